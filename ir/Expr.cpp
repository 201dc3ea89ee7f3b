//===- Expr.cpp - operations written as formulas --------------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A cotangent that is zero is known to be so: `0 * x` and `0 + x` build nothing.
//
//===----------------------------------------------------------------------===//
#include "ir/NetDialect.h"

using namespace mlir;
using namespace net;

namespace {
template <typename Op, typename... Operands> Expr unary(Expr x, Operands... rest) {
  return Expr(x.b(), Op::create(x.b().builder, x.b().loc, x.type(), x.get(), rest...).getResult());
}
template <typename Op> Expr binary(Expr a, Expr b) {
  ExprBuilder &at = a.b();
  return Expr(at, Op::create(at.builder, at.loc, a.type(), a.get(), b.get()).getResult());
}
template <typename Op> Expr compare(Expr a, Expr b) {
  ExprBuilder &at = a.b();
  Type type = withElement(a.type(), at.builder.getI1Type());
  return Expr(at, Op::create(at.builder, at.loc, type, a.get(), b.get()).getResult());
}
/// The operation's own shape rule gives the type.
template <typename Op, typename... Operands> Expr inferred(ExprBuilder &b, Operands... operands) {
  return Expr(b, Op::create(b.builder, b.loc, operands...).getResult());
}
template <typename Op, typename... Operands>
Expr typed(ExprBuilder &b, RankedTensorType type, Operands... operands) {
  return Expr(b, Op::create(b.builder, b.loc, type, operands...).getResult());
}
} // namespace

namespace net::expr {

//===-- arithmetic ---------------------------------------------------------------------------===//

Expr operator-(Expr x) { return x ? unary<NegOp>(x) : x; }
Expr operator+(Expr a, Expr b) { return !a ? b : !b ? a : binary<AddOp>(a, b); }
Expr operator-(Expr a, Expr b) { return !b ? a : !a ? -b : binary<SubOp>(a, b); }
Expr operator*(Expr a, Expr b) { return !a ? a : !b ? b : binary<MulOp>(a, b); }
Expr operator/(Expr a, Expr b) { return !a ? a : binary<DivOp>(a, b); }
Expr operator+(Expr a, double b) { return a + splat(a, b); }
Expr operator-(Expr a, double b) { return a - splat(a, b); }
Expr operator-(double a, Expr b) { return splat(b, a) - b; }
Expr operator*(Expr a, double b) { return a ? a * splat(a, b) : a; }
Expr operator*(double a, Expr b) { return b ? splat(b, a) * b : b; }
Expr operator/(Expr a, double b) { return a ? a / splat(a, b) : a; }

Expr operator==(Expr a, Expr b) { return compare<EqOp>(a, b); }
Expr operator==(Expr a, double b) { return compare<EqOp>(a, splat(a, b)); }
Expr operator<(Expr a, Expr b) { return compare<LtOp>(a, b); }
Expr operator<=(Expr a, Expr b) { return compare<LeOp>(a, b); }
Expr operator>=(Expr a, Expr b) { return compare<GeOp>(a, b); }
Expr operator>(Expr a, double b) { return compare<GtOp>(a, splat(a, b)); }

Expr where(Expr c, Expr a, Expr b) {
  if (!a && !b)
    return a;
  if (!a)
    a = zerosLike(b);
  if (!b)
    b = zerosLike(a);
  return typed<WhereOp>(c.b(), a.type(), c.get(), a.get(), b.get());
}
Expr where(Expr c, Expr a, double b) { return a ? where(c, a, splat(a, b)) : a; }
Expr where(Expr c, double a, Expr b) { return b ? where(c, splat(b, a), b) : b; }

Expr exp(Expr x) { return unary<ExpOp>(x); }
Expr log(Expr x) { return unary<LogOp>(x); }
Expr sqrt(Expr x) { return unary<SqrtOp>(x); }
Expr sin(Expr x) { return unary<SinOp>(x); }
Expr cos(Expr x) { return unary<CosOp>(x); }
Expr sign(Expr x) { return unary<SignOp>(x); }
Expr floor(Expr x) { return unary<FloorOp>(x); }
Expr sigmoid(Expr x) { return unary<SigmoidOp>(x); }
Expr pow(Expr a, Expr b) { return binary<PowOp>(a, b); }
Expr powi(Expr x, int64_t n) { return n == 1 ? x : unary<PowiOp>(x, static_cast<uint64_t>(n)); }
Expr cast(Expr x, Type element) {
  if (!x || x.element() == element)
    return x;
  return typed<CastOp>(x.b(), withElement(x.type(), element), x.get());
}

//===-- numbers ------------------------------------------------------------------------------===//

Expr splat(ExprBuilder &b, double number, RankedTensorType like) {
  Type element = like.getElementType();
  auto scalar = RankedTensorType::get({}, element);
  Attribute value;
  if (isa<FloatType>(element))
    value = b.builder.getFloatAttr(element, number);
  else
    value = IntegerAttr::get(element, static_cast<int64_t>(number));
  Expr constant(b,
                ConstantOp::create(b.builder, b.loc, scalar, DenseElementsAttr::get(scalar, value))
                    .getResult());
  return like.getRank() == 0 ? constant : broadcast(constant, shapeOf(like), {});
}
Expr splat(Expr like, double number) { return splat(like.b(), number, like.type()); }
Expr zerosLike(Expr like) { return splat(like, 0); }

//===-- moves --------------------------------------------------------------------------------===//

Expr broadcast(Expr x, const Shape &shape, ArrayRef<int64_t> axes) {
  if (!x || x.shape() == shape)
    return x;
  return typed<BroadcastOp>(x.b(), tensorOf(x.element(), shape), x.get(), axes);
}
Expr reshape(Expr x, const Shape &shape) {
  if (!x || x.shape() == shape)
    return x;
  return typed<ReshapeOp>(x.b(), tensorOf(x.element(), shape), x.get());
}
Expr transpose(Expr x, ArrayRef<int64_t> order) {
  bool sorted = llvm::is_sorted(order);
  return x && !sorted ? inferred<TransposeOp>(x.b(), x.get(), order) : x;
}
Expr reverse(Expr x, ArrayRef<int64_t> axes) {
  return x && !axes.empty() ? typed<ReverseOp>(x.b(), x.type(), x.get(), axes) : x;
}
Expr slice(Expr x, const Shape &starts, const Shape &sizes, ArrayRef<int64_t> strides) {
  if (!x)
    return x;
  auto attr = SizesAttr::get(x.b().builder.getContext(), starts);
  return typed<SliceOp>(x.b(), tensorOf(x.element(), sizes), x.get(), attr, strides);
}
Expr pad(Expr x, Expr value, const Shape &low, const Shape &shape, ArrayRef<int64_t> interior) {
  if (!x)
    return x;
  auto attr = SizesAttr::get(x.b().builder.getContext(), low);
  return typed<PadOp>(x.b(), tensorOf(x.element(), shape), x.get(), value.get(), attr, interior);
}
Expr concat(ExprBuilder &b, ArrayRef<Expr> xs, int64_t axis) {
  SmallVector<Value> values;
  for (Expr x : xs)
    values.push_back(x.get());
  return inferred<ConcatOp>(b, ValueRange(values), static_cast<uint64_t>(axis));
}
Expr iota(ExprBuilder &b, Type element, const Shape &shape, int64_t axis) {
  Expr numbers = typed<IotaOp>(b, tensorOf(element, {shape[axis]}));
  return broadcast(numbers, shape, {axis});
}

//===-- reductions and products --------------------------------------------------------------===//

Expr sum(Expr x, ArrayRef<int64_t> axes) {
  return !x || axes.empty() ? x : inferred<SumOp>(x.b(), x.get(), axes);
}
Expr argmax(Expr x, int64_t axis) {
  return inferred<ArgMaxOp>(x.b(), x.get(), static_cast<uint64_t>(axis));
}
Expr argmin(Expr x, int64_t axis) {
  return inferred<ArgMinOp>(x.b(), x.get(), static_cast<uint64_t>(axis));
}

Expr expand(Expr y, Expr x, ArrayRef<int64_t> axes) {
  if (!y)
    return y;
  SmallVector<int64_t> kept;
  for (int64_t axis = 0; axis < x.rank(); ++axis)
    if (!llvm::is_contained(axes, axis))
      kept.push_back(axis);
  return broadcast(y, x.shape(), kept);
}

std::string einsumSpec(StringRef spec, int first, int second, int result) {
  auto [operands, last] = spec.split("->");
  auto [a, b] = operands.split(',');
  StringRef parts[] = {a, b, last};
  return (parts[first] + "," + parts[second] + "->" + parts[result]).str();
}
Expr einsum(Expr a, Expr b, const std::string &spec) {
  return !a ? a : !b ? b : inferred<EinsumOp>(a.b(), a.get(), b.get(), StringRef(spec));
}

//===-- indexing -----------------------------------------------------------------------------===//

Expr take(Expr x, Expr index, int64_t axis) {
  return x ? inferred<TakeOp>(x.b(), x.get(), index.get(), static_cast<uint64_t>(axis)) : x;
}
Expr takeAlong(Expr x, Expr index, int64_t axis) {
  return x ? inferred<TakeAlongOp>(x.b(), x.get(), index.get(), static_cast<uint64_t>(axis)) : x;
}
Expr scatterAdd(Expr x, Expr index, Expr updates, int64_t axis) {
  if (!updates)
    return updates;
  return typed<ScatterAddOp>(x.b(), x.type(), x.get(), index.get(), updates.get(),
                             static_cast<uint64_t>(axis));
}
Expr scatterAddAlong(Expr x, Expr index, Expr updates, int64_t axis) {
  if (!updates)
    return updates;
  return typed<ScatterAddAlongOp>(x.b(), x.type(), x.get(), index.get(), updates.get(),
                                  static_cast<uint64_t>(axis));
}

Expr dynamicSlice(Expr x, ValueRange starts, ArrayRef<int64_t> axes, const Shape &sizes) {
  return x ? typed<DynamicSliceOp>(x.b(), tensorOf(x.element(), sizes), x.get(), starts, axes) : x;
}
Expr dynamicUpdate(Expr x, Expr u, ValueRange starts, ArrayRef<int64_t> axes) {
  return typed<DynamicUpdateOp>(x.b(), x.type(), x.get(), u.get(), starts, axes);
}

//===-- in order -----------------------------------------------------------------------------===//

Expr recurrence(Expr a, Expr x, int64_t axis, bool reverse) {
  if (!x)
    return x;
  return typed<RecurrenceOp>(x.b(), x.type(), a.get(), x.get(), static_cast<uint64_t>(axis),
                             reverse);
}
Expr solve(Expr a, Expr b) { return b ? inferred<SolveOp>(b.b(), a.get(), b.get()) : b; }

} // namespace net::expr
