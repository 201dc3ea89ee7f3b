//===- Expr.h - operations written as formulas ------------------*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// `dy * (1 - y * y)` builds `net` operations. Numbers take the shape and element
// type of the other operand. A cotangent that is known to be zero is no operation.
//
//===----------------------------------------------------------------------===//
#ifndef NETC_IR_EXPR_H
#define NETC_IR_EXPR_H

#include "ir/Types.h"
#include "mlir/IR/Builders.h"

namespace net {

/// Where the operations go, and the place in the source that they come from.
class ExprBuilder {
public:
  ExprBuilder(mlir::OpBuilder &builder, mlir::Location loc) : builder(builder), loc(loc) {}
  mlir::OpBuilder &builder;
  mlir::Location loc;
};

class SizesAttr;

class Expr {
public:
  enum class Kind { Value, Zero, Blocked };

  Expr() = default; ///< zero
  Expr(ExprBuilder &b, mlir::Value value) : builder(&b), value(value), kind(Kind::Value) {}
  static Expr zero() { return {}; }
  static Expr blocked() {
    Expr e;
    e.kind = Kind::Blocked;
    return e;
  }

  bool isZero() const { return kind == Kind::Zero; }
  bool isBlocked() const { return kind == Kind::Blocked; }
  explicit operator bool() const { return kind == Kind::Value; }
  mlir::Value get() const { return value; }
  mlir::RankedTensorType type() const {
    return llvm::cast<mlir::RankedTensorType>(value.getType());
  }
  Shape shape() const { return shapeOf(value.getType()); }
  mlir::Type element() const { return elementOf(value.getType()); }
  int64_t rank() const { return type().getRank(); }
  ExprBuilder &b() const { return *builder; }

private:
  ExprBuilder *builder = nullptr;
  mlir::Value value;
  Kind kind = Kind::Zero;
};

/// The functions of formulas. All shapes must agree; nothing broadcasts but numbers.
namespace expr {
using net::Expr;

Expr operator-(Expr x);
Expr operator+(Expr a, Expr b);
Expr operator-(Expr a, Expr b);
Expr operator*(Expr a, Expr b);
Expr operator/(Expr a, Expr b);
Expr operator+(Expr a, double b);
Expr operator-(Expr a, double b);
Expr operator-(double a, Expr b);
Expr operator*(Expr a, double b);
Expr operator*(double a, Expr b);
Expr operator/(Expr a, double b);
Expr operator==(Expr a, Expr b);
Expr operator==(Expr a, double b);
Expr operator<(Expr a, Expr b);
Expr operator<=(Expr a, Expr b);
Expr operator>=(Expr a, Expr b);
Expr operator>(Expr a, double b);
Expr where(Expr c, Expr a, Expr b);
Expr where(Expr c, Expr a, double b);
Expr where(Expr c, double a, Expr b);
Expr exp(Expr x);
Expr log(Expr x);
Expr sqrt(Expr x);
Expr sin(Expr x);
Expr cos(Expr x);
Expr sign(Expr x);
Expr floor(Expr x);
Expr sigmoid(Expr x);
Expr pow(Expr a, Expr b);
Expr powi(Expr x, int64_t n);
Expr cast(Expr x, mlir::Type element);

/// A number in the shape and element type of `like`.
Expr splat(ExprBuilder &b, double number, mlir::RankedTensorType like);
Expr splat(Expr like, double number);
Expr zerosLike(Expr like);
/// Axis i of x becomes axis `axes[i]` of the result.
Expr broadcast(Expr x, const Shape &shape, llvm::ArrayRef<int64_t> axes);
Expr reshape(Expr x, const Shape &shape);
Expr transpose(Expr x, llvm::ArrayRef<int64_t> order);
Expr reverse(Expr x, llvm::ArrayRef<int64_t> axes);
Expr slice(Expr x, const Shape &starts, const Shape &sizes, llvm::ArrayRef<int64_t> strides);
/// x from `low` on in an array of `shape`, the rest `value`.
Expr pad(Expr x, Expr value, const Shape &low, const Shape &shape,
         llvm::ArrayRef<int64_t> interior);
Expr concat(ExprBuilder &b, llvm::ArrayRef<Expr> xs, int64_t axis);
/// 0, 1, 2, .. along axis of the shape.
Expr iota(ExprBuilder &b, mlir::Type element, const Shape &shape, int64_t axis);
Expr sum(Expr x, llvm::ArrayRef<int64_t> axes);
Expr argmax(Expr x, int64_t axis);
Expr argmin(Expr x, int64_t axis);
/// y, a reduction over `axes` of an array of x's shape, copied along these axes.
Expr expand(Expr y, Expr x, llvm::ArrayRef<int64_t> axes);
Expr einsum(Expr a, Expr b, const std::string &spec);
/// The spec with its three parts (0, 1: operands, 2: result) in another order.
std::string einsumSpec(llvm::StringRef spec, int first, int second, int result);
Expr take(Expr x, Expr index, int64_t axis);
Expr takeAlong(Expr x, Expr index, int64_t axis);
Expr scatterAdd(Expr x, Expr index, Expr updates, int64_t axis);
Expr scatterAddAlong(Expr x, Expr index, Expr updates, int64_t axis);
/// The part of x of these sizes, from `starts` on along `axes`; x with such a part replaced by u.
Expr dynamicSlice(Expr x, mlir::ValueRange starts, llvm::ArrayRef<int64_t> axes,
                  const Shape &sizes);
Expr dynamicUpdate(Expr x, Expr u, mlir::ValueRange starts, llvm::ArrayRef<int64_t> axes);
Expr recurrence(Expr a, Expr x, int64_t axis, bool reverse);
Expr solve(Expr a, Expr b);

// Rules that several records share.
Expr powiRule(Expr dy, Expr x, int64_t n);
Expr castRule(Expr dy, Expr x);
Expr broadcastRule(Expr dy, Expr x, llvm::ArrayRef<int64_t> axes);
Expr transposeRule(Expr dy, llvm::ArrayRef<int64_t> order);
Expr sliceRule(Expr dy, Expr x, SizesAttr starts, llvm::ArrayRef<int64_t> strides);
Expr logsumexpRule(Expr dy, Expr x, Expr y, llvm::ArrayRef<int64_t> axes);
} // namespace expr

// Rules longer than three lines, named in the records.
llvm::SmallVector<Expr> noOperands(mlir::Operation *op, ExprBuilder &b, llvm::ArrayRef<Expr> dys);
llvm::SmallVector<Expr> padVjp(mlir::Operation *op, ExprBuilder &b, llvm::ArrayRef<Expr> dys);
llvm::SmallVector<Expr> concatVjp(mlir::Operation *op, ExprBuilder &b, llvm::ArrayRef<Expr> dys);
llvm::SmallVector<Expr> windowVjp(mlir::Operation *op, ExprBuilder &b, llvm::ArrayRef<Expr> dys);
llvm::SmallVector<Expr> unwindowVjp(mlir::Operation *op, ExprBuilder &b, llvm::ArrayRef<Expr> dys);
llvm::SmallVector<Expr> prodVjp(mlir::Operation *op, ExprBuilder &b, llvm::ArrayRef<Expr> dys);
llvm::SmallVector<Expr> extremumVjp(mlir::Operation *op, ExprBuilder &b, llvm::ArrayRef<Expr> dys);
llvm::SmallVector<Expr> convVjp(mlir::Operation *op, ExprBuilder &b, llvm::ArrayRef<Expr> dys);
llvm::SmallVector<Expr> dynamicSliceVjp(mlir::Operation *op, ExprBuilder &b,
                                        llvm::ArrayRef<Expr> dys);
llvm::SmallVector<Expr> dynamicUpdateVjp(mlir::Operation *op, ExprBuilder &b,
                                         llvm::ArrayRef<Expr> dys);
llvm::SmallVector<Expr> recurrenceVjp(mlir::Operation *op, ExprBuilder &b,
                                      llvm::ArrayRef<Expr> dys);
llvm::SmallVector<Expr> solveVjp(mlir::Operation *op, ExprBuilder &b, llvm::ArrayRef<Expr> dys);

} // namespace net
#endif // NETC_IR_EXPR_H
