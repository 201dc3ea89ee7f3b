//===- Value.h - what an expression denotes while compiling -----*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The elaborator is an interpreter of the tree whose numbers are partly known:
// an expression denotes something static (a size, a type, a layer) or a tensor
// that net IR computes. Static values build no operations.
//
//===----------------------------------------------------------------------===//
#ifndef NETC_FRONTEND_VALUE_H
#define NETC_FRONTEND_VALUE_H

#include "frontend/Ast.h"
#include "ir/SizeExpr.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Value.h"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace net {

class Value;
class Scope;
struct Instance;
struct CallRecord;
struct Slot;
struct FileScope;

/// What a mistake leaves behind: it silences everything that is computed from it.
struct Poison {};
/// An array or scalar in net IR. A weak one (a loop counter) takes the element type of its partner.
struct Tensor {
  mlir::Value value;
  bool weak = false;
};
/// A real number known now; takes any float type.
struct Number {
  double value;
};
/// A whole number or size; takes any number type, and stands in types.
struct Size {
  SizeExpr size;
};
struct Truth {
  bool value;
};
struct Text {
  std::string text;
};
/// `f32`, or an element-type variable (`float`) as a signature fixed it.
struct ElementType {
  mlir::Type type;
};
/// `f32[B, 10]` where a value is asked for. Axes may be named by size variables.
struct ArrayType {
  mlir::RankedTensorType type;
};
/// `B..`: any number of leading axes.
struct Pack {
  std::string name;
  Shape sizes;
};
/// `a..b` with bounds known as sizes; an array i32[b - a] where one is needed.
struct Range {
  SizeExpr low, high;
};
/// What `over = ..` says: axes by size variable, by position, or a whole pack.
struct Axes {
  struct Entry {
    std::string text; ///< as written
    std::optional<SizeExpr> size;
    std::optional<Shape> pack;
    int64_t position = 0; ///< if it has no size and no pack
  };
  std::vector<Entry> entries;
};
struct Tuple {
  std::vector<Value> elements;
};
struct List {
  std::vector<Value> elements;
};
/// A layer, network, optimizer or function, with those of its static arguments that are fixed. It
/// becomes an instance where it is applied or named.
struct Template {
  const ast::Callable *decl = nullptr;
  FileScope *file = nullptr; ///< where it is declared
  std::map<std::string, Value> bound;
  bool staticsDone = false; ///< the static list stood in the text, or may be left out
};
/// A primitive operation as a value: `activation = tanh`.
struct Primitive {
  std::string name;
};
/// `D`, `D.train`.
struct DataPart {
  const ast::Data *data = nullptr;
  std::string part; ///< empty: the data set as such
};
/// The parameters of networks by path, as one value.
struct Bundle {
  std::vector<std::pair<std::string, mlir::Value>> parts;
};
/// A layer inside an instance: `Dbn.r1`.
struct LayerPath {
  std::shared_ptr<Instance> instance;
  std::string path;
};
/// A parameter or state in scope: its value is what the frame holds when the name is used.
struct Reference {
  std::shared_ptr<const Slot> slot;
};
/// A state that holds the parameters of networks: one for each, by its path.
struct References {
  std::vector<std::pair<std::string, std::shared_ptr<const Slot>>> parts;
};
/// The `loss` of an optimizer: a scalar, to be computed again where parameters have other values.
struct LossFunction {
  mlir::Value loss;
  std::shared_ptr<const Value> parameters; ///< a bundle or a tensor, as the loss was computed from
};
/// What a call makes visible under a layer's name: `run.r1`.
struct Part {
  std::shared_ptr<const CallRecord> record;
  std::string path;
};

/// How a value came about: printed as the chain of notes of a shape error.
struct Origin {
  SourceRange range;
  std::string what; ///< `argument x`, `param W`, `conv2d(..)`
  std::string type; ///< `f32[B, 400]`
  std::shared_ptr<const Origin> from;
};

class Value {
public:
  using Data = std::variant<Poison, Tensor, Number, Size, Truth, Text, ElementType, ArrayType, Pack,
                            Axes, Range, std::shared_ptr<const Tuple>, std::shared_ptr<const List>,
                            std::shared_ptr<const Template>, std::shared_ptr<Instance>, Primitive,
                            DataPart, std::shared_ptr<const Bundle>, Part, LayerPath, Reference,
                            References, LossFunction>;

  Value() = default; ///< poison
  template <typename T> Value(T data, SourceRange range) : data(std::move(data)), range(range) {}
  Value(mlir::Value value, SourceRange range) : data(Tensor{value}), range(range) {}
  Value(SizeExpr size, SourceRange range) : data(Size{std::move(size)}), range(range) {}
  static Value tuple(std::vector<Value> elements, SourceRange range);
  static Value list(std::vector<Value> elements, SourceRange range);

  bool isPoison() const { return std::holds_alternative<Poison>(data); }
  template <typename T> const T *as() const { return std::get_if<T>(&data); }
  const Tuple *tuple() const { return pointee<const Tuple>(); }
  const List *list() const { return pointee<const List>(); }
  const Template *asTemplate() const { return pointee<const Template>(); }
  const Bundle *bundle() const { return pointee<const Bundle>(); }
  std::shared_ptr<Instance> instance() const {
    auto *p = as<std::shared_ptr<Instance>>();
    return p ? *p : nullptr;
  }
  /// The tensor's SSA value, or null.
  mlir::Value tensor() const {
    auto *t = as<Tensor>();
    return t ? t->value : mlir::Value();
  }
  std::optional<int64_t> wholeNumber() const;
  /// A number or whole number known now.
  std::optional<double> number() const;
  std::optional<bool> truth() const;
  std::optional<std::string> text() const;
  std::optional<SizeExpr> size() const;

  /// `f32[B, 10]`, `size`, `layer dense`: for messages.
  std::string describe() const;
  /// A text that is the same for the same static value, and for tensors of the same type.
  std::string key() const;
  /// The same, as a program has it: `relu`, `0.5`. Two values may have one.
  std::string spelling() const;

  Data data;
  SourceRange range;
  std::shared_ptr<const Origin> origin;
  /// Set if the value is what a layer returned: its inner `let`s and parameters.
  std::shared_ptr<const CallRecord> call;
  /// Of a network: the parameters that its calls take instead of its own, and where that was said.
  std::shared_ptr<const Bundle> with;
  SourceRange withRange;

private:
  template <typename T> T *pointee() const {
    auto *p = as<std::shared_ptr<T>>();
    return p ? p->get() : nullptr;
  }
};

/// The initial value of a parameter or state, evaluated where the init entry wants it.
struct Initial {
  const ast::Expr *expr = nullptr; ///< null: zeros
  std::shared_ptr<Scope> scope;    ///< the names it may use: sizes and static values
  bool ofType = false;             ///< `~ f(a)`: means f(type, a); else the value itself
  std::vector<unsigned> element;   ///< of `let (a, (b, c)) = ..`: which part of the value
  std::string part;                ///< of parameters as one value: the path of this one
};

/// Something with an identity that outlives a call: what a function needs besides its arguments.
struct Slot {
  enum class Kind {
    Param,
    State,
    Constant, ///< a `let` of a file that is an array: computed once, like a state nobody sets
    Column,   ///< a whole column of a data set: `Iris.train.x`
  };
  Kind kind = Kind::Param;
  std::shared_ptr<Instance> instance; ///< whose it is; null: it belongs to the frame itself
  std::string path;                   ///< within the instance; whole for Constant and Column
  mlir::RankedTensorType type;
  Initial initial;
  std::string layer; ///< name of the declaration that holds it: `dense`
  SourceRange range;
};

/// One layer with its own parameters. Equal static arguments of a network name the same instance.
struct Instance {
  Template what;
  std::string path;  ///< within its owner: `dense_1`; a network's root: `LeNet`
  int owner = -1;    ///< id of the frame whose parameters it adds to; -1 for networks
  int calls = 0;     ///< so that each call has random numbers of its own
  SourceRange range; ///< where it was made
  std::map<std::string, Slot> slots; ///< parameters and states by path, as its callees told
  bool isNetwork() const { return owner < 0; }
};

/// Inner values of one call by path: `h1`, `r1.p`, `r1.W`.
struct CallRecord {
  std::shared_ptr<Instance> instance;
  std::map<std::string, Value> inner;
};

/// The value with every tensor in it replaced, also inside tuples, bundles, arguments of templates
/// and parameters that a network was given. Calls are forgotten.
Value mapTensors(const Value &value, const std::function<mlir::Value(mlir::Value)> &map);
/// Whether two values are of the same parts, whatever the types of their tensors.
bool sameStructure(const Value &a, const Value &b);
void forEachTensor(const Value &value, const std::function<void(mlir::Value)> &visit);

} // namespace net
#endif // NETC_FRONTEND_VALUE_H
