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

/// One func.func and what calls of it must bring and may take.
struct Specialization {
  mlir::func::FuncOp function;
  std::vector<Slot> slots; ///< arguments after the operands
  bool usesKey = false;    ///< then the last argument is a key
  Value result;            ///< its tensors are values of the function, among `returned`
  std::vector<mlir::Value> returned;                    ///< operands of its return
  std::vector<std::pair<Slot, mlir::Value>> updates;    ///< new values of states, among `returned`
  std::map<std::string, Value> inner;                   ///< inner lets that someone reads
  bool poisoned = false; ///< had an error, which was reported
  bool running = false;  ///< is being built: a call now is recursion
};

/// What the elaborator asks of the part that knows blocks, data and optimizers.
class Hooks {
public:
  virtual ~Hooks() = default;
  /// `D.part`, `D.part.col`: a DataPart, or the column as a tensor (through frame.read of a Column slot).
  virtual Value dataMember(const DataPart &data, const std::string &name, Env &env, SourceRange range) = 0;
  /// An optimizer applied where a value is asked for: `inner(p, dp)`.
  virtual Value applyOptimizer(const Template &optimizer, Arguments arguments, Env &env,
                               SourceRange range) = 0;
  /// `E on data` inside an expression of a block.
  virtual Value on(const ast::Expr &expr, Env &env) = 0;
  /// `step`, `epoch`, and the like, when no scope knows the name. Poison if it is none of them.
  virtual Value special(const std::string &name, Env &env, SourceRange range) = 0;
};

class Elaborator {
public:
  Elaborator(mlir::ModuleOp module, Diagnostics &diagnostics);
  ~Elaborator();

  //===-- files ---------------------------------------------------------------------------===//
  /// Makes a file's declarations known. `library` files lie below all others.
  FileScope *addFile(const ast::File &file, bool library);
  std::shared_ptr<Scope> fileScope(FileScope *file);
  void setHooks(Hooks *hooks) { this->hooks = hooks; }

  //===-- expressions (Expressions.cpp, Operators.cpp, Indexing.cpp) ------------------------===//
  Value evaluate(const ast::Expr &expr, Env &env);
  /// As a tensor: numbers and sizes become constants of `element`, or of i32 and f32 if it is null.
  mlir::Value toTensor(const Value &value, Env &env, mlir::Type element = {});
  /// As a tensor of exactly this type; numbers and scalars fill it. Null after a diagnostic.
  mlir::Value toTensorOf(const Value &value, mlir::RankedTensorType type, Env &env, SourceRange range);
  Value member(const Value &base, const std::string &name, Env &env, SourceRange range);
  Value lookup(const std::string &name, Env &env, SourceRange range);
  Value binary(ast::BinaryOp op, const Value &a, const Value &b, Env &env, SourceRange range);
  /// `x[i] = v` as a new x.
  mlir::Value updated(mlir::Value x, llvm::ArrayRef<ast::Index> index, const Value &v, Env &env,
                      SourceRange range);

  //===-- types (Types.cpp) -----------------------------------------------------------------===//
  /// `f32[B, 10]` with all its names known; null after a diagnostic.
  mlir::RankedTensorType typeOf(const ast::Type &type, Env &env);
  /// The pattern of a signature, where unknown names are variables.
  std::optional<TypePattern> patternOf(const ast::Type &type, Env &env);
  /// A size as in types: `/` is floor division. Nothing after a diagnostic.
  std::optional<SizeExpr> sizeOf(const ast::Expr &expr, Env &env, bool unknownIsVariable = false);

  //===-- statements (Statements.cpp) -------------------------------------------------------===//
  /// let, param, state, set, return. False: not one of these.
  bool execute(const ast::Stmt &stmt, Env &env);
  void bind(const ast::Pattern &pattern, const Value &value, Env &env);
  /// `set target = value`, through frame.write.
  void assign(const ast::Target &target, const Value &value, Env &env, SourceRange range);

  //===-- calls (Calls.cpp, Functions.cpp, Layers.cpp) --------------------------------------===//
  Value call(const Value &callee, Arguments arguments, Env &env, SourceRange range);
  /// A template becomes an instance under a name of the frame (`dense_1` if empty).
  Value instantiate(const Template &what, const std::string &name, Env &env, SourceRange range);
  /// The network's one instance; null after a diagnostic.
  std::shared_ptr<Instance> network(const ast::Decl &decl, const Template *statics, SourceRange range);
  /// The network applied to arguments of its declared types: its parameters, and its predict function.
  const Specialization *signature(const std::shared_ptr<Instance> &network, bool training);
  /// All slots that a network reaches, each once.
  std::vector<Slot> reachable(const std::shared_ptr<Instance> &network);
  /// The initial value of a slot, in the init entry; random numbers by `path`. Null after a diagnostic.
  mlir::Value initialize(const Slot &slot, const std::string &path, Frame &frame);

  //===-- used by the parts ------------------------------------------------------------------===//
  mlir::Location location(SourceRange range) const;
  Emit emit(Env &env, SourceRange range) { return {env.frame.builder, location(range)}; }
  /// The names after any `.` in all files: inner lets of these names are kept as results.
  std::set<std::string> memberNames;

  mlir::ModuleOp module;
  Diagnostics &diagnostics;
  Hooks *hooks = nullptr;

private:
  struct Impl;
  std::unique_ptr<Impl> impl;
};

} // namespace net
#endif // NETC_FRONTEND_ELABORATOR_H
