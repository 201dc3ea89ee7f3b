//===- Elaborator.h - from the tree to net IR -------------------*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// An abstract interpreter over the tree that emits net IR. Every layer, network
// and fn is specialized into a private func.func for its static arguments and
// operand types. What enters: parsed files. What leaves: functions, and a Value
// for each expression asked for. Mistakes are reported once, at their place, and
// leave Poison behind.
//
//===----------------------------------------------------------------------===//
#ifndef NETC_FRONTEND_ELABORATOR_H
#define NETC_FRONTEND_ELABORATOR_H

#include "frontend/Emit.h"
#include "frontend/Frame.h"
#include "frontend/GradientSites.h"
#include "frontend/Scope.h"
#include "frontend/Sizes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"

#include <functional>
#include <set>

namespace net {

/// Where an expression stands: the function under construction, and the names in sight.
struct Env {
  Frame &frame;
  std::shared_ptr<Scope> scope;
  Env inner() const { return {frame, Scope::within(scope)}; }
};

struct Argument {
  std::string name; ///< empty: by position
  Value value;
  SourceRange range;
  bool piped = false; ///< the first data argument, from `|>`
};
using Arguments = std::vector<Argument>;

/// One func.func, what calls of it must bring and may take. Its arguments: the operands, then the
/// slots, then the key if it is random.
struct Specialization {
  mutable mlir::func::FuncOp function; ///< a handle
  const ast::Callable *decl = nullptr;
  std::vector<Slot> slots;
  std::vector<Slot> declared; ///< all that the layer has, also what it does not use
  bool usesKey = false;
  bool asksTraining = false;         ///< else it serves training and prediction alike
  Value result;                      ///< its tensors are values of the function, among `returned`
  std::vector<mlir::Value> returned; ///< operands of its return
  std::vector<std::pair<Slot, mlir::Value>> updates; ///< new values of states, among `returned`
  std::map<std::string, Value> inner;                ///< inner lets that someone reads, by path
  bool poisoned = false;                             ///< had a mistake, which was reported
  bool running = false; ///< is being built: a call of it now is recursion
};

/// Why a value is no set of parameters such as these; empty if it is.
std::string bundleMisfit(const Bundle &wanted, const Value &value);

/// What the elaborator asks of the part that knows blocks, data and optimizers.
class Hooks {
public:
  virtual ~Hooks() = default;
  /// `D.part`: a DataPart. `D.part.col`: a tensor, through frame.read of a Column slot.
  virtual Value dataMember(const DataPart &data, const std::string &name, Env &env,
                           SourceRange range) = 0;
  /// An optimizer applied where a value is asked for: `inner(p, dp)`.
  virtual Value applyOptimizer(const Template &optimizer, Arguments arguments, Env &env,
                               SourceRange range) = 0;
  /// `E on data` inside an expression of a block.
  virtual Value on(const ast::On &expr, Env &env) = 0;
  /// `step`, `epoch` and the like, when no scope knows the name. Nothing if it is none of them.
  virtual std::optional<Value> special(const std::string &name, Env &env, SourceRange range) = 0;
  /// The block that is being compiled; nothing outside of blocks.
  virtual std::string blockName() const { return ""; }
  /// What is known everywhere in it: columns of data sets, `step`.
  virtual NamedValues inputs() const { return {}; }
  /// The loops over lists around what is being compiled.
  virtual ListTurns turns() const { return {}; }
};

class Elaborator {
public:
  Elaborator(mlir::ModuleOp module, const SourceManager &sources, Diagnostics &diagnostics);
  ~Elaborator();

  //===-- files (Names.cpp) -------------------------------------------------------------===//
  /// Makes a file's declarations known. A library's lie below all others; add it first.
  FileScope *addFile(const ast::File &file, bool library = false);
  const ast::Decl *findDecl(const std::string &name, FileScope *file) const;
  /// A fresh scope of names inside a file.
  std::shared_ptr<Scope> fileScope(FileScope *file) { return std::make_shared<Scope>(file); }
  void setHooks(Hooks *newHooks) { hooks = newHooks; }
  /// Gradients that blocks take are written down there.
  void setSites(GradientSites *newSites) { sites = newSites; }
  GradientSites *gradientSites() const { return sites; }
  /// The gradients that a statement `minimize` takes, of parameters by their paths. `effects`:
  /// of computing the loss.
  void noteGradient(const ast::Stmt &stmt, llvm::ArrayRef<mlir::Value> gradients,
                    std::vector<std::string> parameters, const std::string &optimizer, Env &env,
                    Frame::Effects effects);
  /// Those that an expression gives, wrt a value that stands there as a text.
  void noteGradient(const ast::Expr &expr, llvm::ArrayRef<mlir::Value> gradients, const Value &wrt,
                    const ast::Expr &text, Env &env, Frame::Effects effects);
  /// Random numbers that are drawn here.
  void noteDraw(Env &env);
  /// A call, of which a text that is elaborated several times may need several.
  void noteCall(const ast::Callable &callee, const Specialization &target, Env &env,
                SourceRange range);
  /// Is this the key of random numbers here, `random_key()`?
  bool isKeyHere(mlir::Value value, const Env &env) const;
  /// The optimizer of this name, one of the block, computes the loss again.
  void noteLossWanted(const std::string &optimizer);

  //===-- expressions (Expressions.cpp, Names.cpp, Operators.cpp, Indexing.cpp) ----------===//
  Value evaluate(const ast::Expr &expr, Env &env);
  /// What an `over` means: literals are positions, names of sizes are axes of that size.
  Value evaluateAxes(const ast::Expr &expr, Env &env);
  Value lookup(const std::string &name, Env &env, SourceRange range);
  Value member(const Value &base, const std::string &name, Env &env, SourceRange range);
  Value binary(llvm::StringRef op, const Value &a, const Value &b, Env &env, SourceRange range);
  /// As a tensor: numbers and sizes become constants, of `element` or of i32, f32, bool if it is
  /// null. Null after a diagnostic.
  mlir::Value toTensor(const Value &value, Env &env, mlir::Type element = {});
  /// As a tensor of exactly this type; numbers, lists and smaller arrays fill it. Null after a
  /// diagnostic.
  mlir::Value toTensorOf(const Value &value, mlir::RankedTensorType type, Env &env,
                         SourceRange range);
  Value index(const Value &base, llvm::ArrayRef<ast::Index> index, Env &env, SourceRange range);
  /// x with v at an index: what `set x[i] = v` stores. Null after a diagnostic.
  mlir::Value updated(mlir::Value x, llvm::ArrayRef<ast::Index> index, const Value &v, Env &env,
                      SourceRange range);

  //===-- types (Types.cpp) ---------------------------------------------------------------===//
  /// `f32[B, 10]` with all its names known; null after a diagnostic.
  mlir::RankedTensorType typeOf(const ast::Type &type, Env &env);
  /// The pattern of a signature, where unknown names are variables. Nothing after a diagnostic.
  std::optional<TypePattern> patternOf(const ast::Type &type, Env &env);
  /// A size as in types: `/` is floor division. Nothing after a diagnostic.
  std::optional<SizeExpr> sizeOf(const ast::Expr &expr, Env &env, bool unknownIsVariable = false);

  //===-- statements (Statements.cpp) -----------------------------------------------------===//
  /// let, param, state, set. False: not one of these.
  bool execute(const ast::Stmt &stmt, Env &env);
  void bind(const ast::Pattern &pattern, const Value &value, Env &env);
  /// `set target = value`, through frame.write.
  void assign(const ast::Target &target, const Value &value, Env &env, SourceRange range);
  /// A param or state under `name`, whose value is read from the frame at each use.
  void declare(const std::string &name, Slot slot, Env &env);

  /// The same for a state of parameters: `whole` says what all parts have, `pathOf` where they are.
  Value declareParts(const std::string &name, const Slot &whole, const Bundle &parts, Env &env,
                     const std::function<std::string(std::string)> &pathOf);

  //===-- calls (Calls.cpp, Functions.cpp, Layers.cpp) -------------------------------------===//
  /// `name`: that of `as`, for the instance that the call makes.
  Value call(const Value &callee, Arguments arguments, Env &env, SourceRange range,
             const std::string &name = "");
  Value callPrimitive(const std::string &name, Arguments arguments, Env &env, SourceRange range);
  Arguments evaluateArguments(const std::vector<ast::Argument> &arguments, Env &env);
  /// The template with a static list; poison after a diagnostic.
  Value bindStatics(const Template &what, const Arguments &arguments, Env &env, SourceRange range);
  /// A template becomes an instance under a name of the frame, `dense_1` if it is empty.
  Value instantiate(const Template &what, const std::string &name, Env &env, SourceRange range);
  /// The network's one instance for its static arguments; null after a diagnostic.
  std::shared_ptr<Instance> network(const Template &what, SourceRange range);
  /// All that there are, as they stand in the text; one declaration's by their static arguments.
  std::vector<std::shared_ptr<Instance>> networks() const;
  /// The network applied to arguments of its declared types: its parameters, and what predict runs.
  /// Null after a diagnostic.
  const Specialization *signature(const std::shared_ptr<Instance> &network, bool training);
  /// All slots that a network reaches, each once, as an entry sees them.
  std::vector<Slot> reachable(const std::shared_ptr<Instance> &network);
  /// The slots of an instance or of the layers inside it (`Dbn`, `Dbn.r1`), as `frame` sees them.
  std::vector<Slot> slotsBelow(const Value &value, Env &env, SourceRange range);
  /// The initial value of a slot, for the init entry; `path` gives the random numbers. Null after a
  /// diagnostic.
  mlir::Value initialize(const Slot &slot, const std::string &path, Frame &frame);
  /// A call of a finished function from a frame: slots and key are brought, updates written. Its
  /// results, or nothing after a diagnostic.
  llvm::SmallVector<mlir::Value> emitCall(const Specialization &callee,
                                          llvm::ArrayRef<mlir::Value> operands,
                                          const std::shared_ptr<Instance> &instance,
                                          const std::string &path, Env &env, SourceRange range);
  /// Cotangents of a scalar for values that it was computed from, in the frame's block; null for a
  /// value from which no path leads to the loss. None at all after a diagnostic.
  llvm::SmallVector<mlir::Value> gradients(mlir::Value loss, llvm::ArrayRef<mlir::Value> wrt,
                                           Frame &frame, SourceRange range);
  /// The parameters of a callable bound as by a call, in a scope for its body: optimizers and
  /// tasks, whose bodies are not functions. Null after a diagnostic.
  std::shared_ptr<Scope> bindInline(const Template &what, const Arguments &arguments, Env &env,
                                    SourceRange range);
  /// A value checked against a declared result type, and converted as calls convert; solves
  /// `sizes`.
  Value coerce(const Value &value, const ast::Type &type, Sizes &sizes, Env &env,
               SourceRange range);

  /// What is left of an expression when its `where`s on truth values known now have chosen.
  const ast::Expr *chosen(const ast::Expr &expr, Env &env);

  /// The random key of this place: the function's, in the turns of the scans around it.
  mlir::Value keyHere(Env &env, SourceRange range);

  /// Mistakes inside of the library are shown where the program called it.
  void enterCall(SourceRange range);
  void leaveCall();

  //===-- what builtins use -----------------------------------------------------------------===//
  mlir::Location location(SourceRange range) const;
  /// Where the text stands that a location was made for; invalid if it is none of ours.
  SourceRange rangeOf(mlir::Location location) const;
  Emit emit(Env &env, SourceRange range) { return {env.frame.builder, location(range)}; }
  Diagnostic &error(SourceRange range, llvm::StringRef id, std::string text);
  /// Where the value is, and the chain of how it came about.
  void note(Diagnostic &diagnostic, const Value &value, const std::string &text);
  bool isArrayLike(const Value &value) const;
  mlir::Type commonElement(const Value &a, const Value &b, Env &env, SourceRange range,
                           llvm::StringRef what);
  bool align(const Value &a, const Value &b, mlir::Type element, Env &env, SourceRange range,
             llvm::StringRef what, mlir::Value &x, mlir::Value &y);
  bool alignShapes(llvm::ArrayRef<const Value *> values, llvm::ArrayRef<mlir::Value *> tensors,
                   Env &env, SourceRange range, llvm::StringRef what);
  Value tensorValue(mlir::Value value, bool weak, SourceRange range, const std::string &what,
                    const Value *from = nullptr, const Value *other = nullptr);
  using OnePart = std::function<Value(const Value &)>;
  using TwoParts = std::function<Value(const Value &, const Value &)>;
  /// An optimizer's `loss` where parameters have other values.
  Value lossAt(const LossFunction &loss, const Arguments &arguments, Env &env, SourceRange range);
  Value mapBundle(const Bundle &bundle, Env &env, SourceRange range, const OnePart &part);
  /// Bundles of the same paths; what is no bundle stands beside each part.
  Value overBundle(const Value &a, const Value &b, Env &env, SourceRange range,
                   const TwoParts &part);
  /// Axes of an array of this rank (`x` may be null: then sizes name nothing). Nothing after a
  /// diagnostic.
  std::optional<llvm::SmallVector<int64_t>> resolveAxes(const Value &over, int64_t rank,
                                                        mlir::Value x, SourceRange range);
  /// The index, checked at run time to lie below `limit`.
  mlir::Value checkedIndex(mlir::Value index, const SizeExpr &limit, Env &env, SourceRange range,
                           const std::string &what);

  mutable mlir::ModuleOp module; ///< a handle
  const SourceManager &sources;
  Diagnostics &diagnostics;
  Hooks *hooks = nullptr;
  GradientSites *sites = nullptr;
  /// The names after any `.` in all files: inner lets of these names are kept as results.
  std::set<std::string> memberNames;

private:
  friend class FunctionFrame;
  struct Binding;
  Value arithmetic(llvm::StringRef op, const Value &a, const Value &b, Env &env, SourceRange range);
  Value power(const Value &a, const Value &b, Env &env, SourceRange range);
  Value comparison(llvm::StringRef op, const Value &a, const Value &b, Env &env, SourceRange range);
  Value logical(llvm::StringRef op, const Value &a, const Value &b, Env &env, SourceRange range);
  Value matmul(const Value &a, const Value &b, Env &env, SourceRange range);
  Value negate(const Value &a, Env &env, SourceRange range);
  Value logicalNot(const Value &a, Env &env, SourceRange range);

  Value evaluateCall(const ast::Call &expr, Env &env, const std::string &name, const Value *piped);
  Value evaluatePipe(const ast::Pipe &expr, Env &env, const std::string &name);
  Value evaluateWhere(const ast::Call &expr, const Value &callee, Env &env);
  Value evaluateChain(const ast::Chain &expr, Env &env);
  Value evaluateIndex(const ast::IndexExpr &expr, Env &env);
  Value evaluateGrad(const ast::Grad &expr, Env &env);
  Value evaluateRange(const ast::Range &expr, Env &env);
  Value evaluateScan(const ast::Scan &expr, Env &env);
  Value evaluateJvp(const ast::Jvp &expr, Env &env);
  Value evaluateWith(const ast::With &expr, Env &env);
  /// Does something with a network at other parameters, in whose frame it has them.
  using PlainInside = std::function<Value(const Value &plain, Env &inside)>;
  Value atParameters(const Value &network, Env &env, const PlainInside &what);
  Value appliedWith(const Value &callee, Arguments arguments, Env &env, SourceRange range);
  Value applied(const Value &callee, Arguments arguments, Env &env, SourceRange range,
                const std::string &name);
  Value finishCall(const Specialization &target, llvm::ArrayRef<mlir::Value> operands,
                   const std::shared_ptr<Instance> &instance, Env &env, SourceRange range,
                   const Arguments &arguments);
  Value castTo(mlir::Type element, const Arguments &arguments, Env &env, SourceRange range);
  Value chain(Arguments arguments, Env &env, SourceRange range);
  Value copies(const Arguments &arguments, Env &env, SourceRange range);
  Value parametersOf(const Arguments &arguments, Env &env, SourceRange range);

  Value declared(const ast::Decl &decl, SourceRange range);
  std::optional<Value> constant(const std::string &name, FileScope *file, Env &env,
                                SourceRange range);
  Value unknownName(const std::string &name, Env &env, SourceRange range);

  bool bindParameters(const Template &what, const Arguments &arguments, Env &env, SourceRange range,
                      Binding &binding);
  bool bindOne(const ast::Parameter &parameter, Value value, SourceRange range, Env &env,
               Binding &binding);
  bool bindArray(const ast::Parameter &parameter, const ast::Type &type, Value &value,
                 SourceRange range, Env &env, Binding &binding);
  bool finishBinding(Env &env, SourceRange range, Binding &binding);
  void reportMisfit(const Misfit &misfit, const TypePattern &pattern, const Value &value,
                    const std::string &name, SourceRange range, SourceRange declared);
  Specialization *specialize(const Template &what, const std::shared_ptr<Instance> &instance,
                             Binding &binding, bool training, SourceRange range);
  void elaborateBody(Specialization &target, const Template &what,
                     const std::shared_ptr<Instance> &instance, Binding &binding, bool training);

  /// Each derivative of the file has a function there.
  void checkDerivatives(const FileScope &file);
  /// The function beside `target` that computes its cotangents as the program says.
  void elaborateDerivative(Specialization &target, const Template &what, const Binding &binding,
                           bool training);
  /// A private func.func with an empty body.
  mlir::func::FuncOp makeFunction(const std::string &name, mlir::Location loc);

  struct Impl;
  std::unique_ptr<Impl> impl;
};

/// While it lives, a body is executed for a call that stands there.
struct CalledFrom {
  CalledFrom(Elaborator &e, SourceRange range) : e(e) { e.enterCall(range); }
  ~CalledFrom() { e.leaveCall(); }
  CalledFrom(const CalledFrom &) = delete;
  Elaborator &e;
};

} // namespace net
#endif // NETC_FRONTEND_ELABORATOR_H
