//===- Stretch.cpp - a part of an array along one axis --------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "passes/Stretch.h"
#include "passes/FusionGraph.h"

using namespace mlir;
using namespace net;
using namespace net::expr;

static net::Shape cut(net::Shape shape, int64_t axis, int64_t count) {
  shape[axis] = SizeExpr(count);
  return shape;
}

Value net::sliceOf(OpBuilder &builder, Location loc, Value array, int64_t axis,
                   const Stretch &stretch) {
  ExprBuilder b(builder, loc);
  net::Shape sizes = cut(shapeOf(array.getType()), axis, stretch.count);
  if (!stretch.position) {
    net::Shape starts(sizes.size(), SizeExpr(0));
    starts[axis] = SizeExpr(stretch.first);
    SmallVector<int64_t> strides(sizes.size(), 1);
    return slice(Expr(b, array), starts, sizes, strides).get();
  }
  Expr start(b, stretch.position);
  if (stretch.first)
    start = start + static_cast<double>(stretch.first);
  return dynamicSlice(Expr(b, array), ValueRange{start.get()}, {axis}, sizes).get();
}

namespace {
/// Goes from an array to what it is computed from.
class Stretcher {
public:
  explicit Stretcher(OpBuilder &builder) : builder(builder) {}
  Value of(Value array, int64_t axis, const Stretch &stretch);

private:
  Value of(BroadcastOp op, int64_t axis, const Stretch &stretch);
  Value of(ReshapeOp op, int64_t axis, const Stretch &stretch);
  Value of(SliceOp op, int64_t axis, Stretch stretch);
  Value of(PadOp op, int64_t axis, const Stretch &stretch);
  Value padAlong(PadOp op, int64_t axis, const Stretch &stretch);
  /// The operation once more, applied to stretches.
  Value again(Operation *op, ArrayRef<Value> operands, int64_t axis, const Stretch &stretch) {
    if (!llvm::all_of(operands, [](Value v) { return v; }))
      return {};
    Value result = op->getResult(0);
    OperationState state(
        op->getLoc(), op->getName(), operands,
        tensorOf(elementOf(result.getType()), cut(shapeOf(result.getType()), axis, stretch.count)),
        op->getAttrs());
    return builder.create(state)->getResult(0);
  }

  OpBuilder &builder;
  int work = 0;
};
} // namespace

Value Stretcher::of(BroadcastOp op, int64_t axis, const Stretch &stretch) {
  const auto *own = llvm::find(op.getAxes(), axis);
  if (own == op.getAxes().end())
    return again(op, {op.getX()}, axis, stretch);
  return again(op, {of(op.getX(), own - op.getAxes().begin(), stretch)}, axis, stretch);
}

/// Where the axis is the operand's as well: what stands before it has as many elements.
Value Stretcher::of(ReshapeOp op, int64_t axis, const Stretch &stretch) {
  net::Shape from = shapeOf(op.getX().getType()), to = shapeOf(op.getType());
  SizeExpr before = product(ArrayRef(to).take_front(axis)), count(1);
  for (size_t own = 0; own < from.size(); ++own) {
    if (count == before && from[own] == to[axis])
      return again(op, {of(op.getX(), own, stretch)}, axis, stretch);
    count = count * from[own];
  }
  return {};
}

Value Stretcher::of(SliceOp op, int64_t axis, Stretch stretch) {
  net::Shape starts = op.getStarts().getShape();
  auto start = starts[axis].constant();
  if (!start || op.getStrides()[axis] != 1)
    return {};
  stretch.first += *start;
  Value x = of(op.getX(), axis, stretch);
  if (!x)
    return {};
  starts[axis] = SizeExpr(0);
  ExprBuilder b(builder, op.getLoc());
  return slice(Expr(b, x), starts, cut(shapeOf(op.getType()), axis, stretch.count), op.getStrides())
      .get();
}

/// One element along the axis, as the cotangent of a sequence of which the last one is read.
Value Stretcher::padAlong(PadOp op, int64_t axis, const Stretch &stretch) {
  net::Shape from = shapeOf(op.getX().getType()), to = shapeOf(op.getType());
  auto low = op.getLow().getShape()[axis].constant();
  net::Shape own = cut(to, axis, 1);
  if (!low || from != own || !llvm::all_of(op.getInterior(), [](int64_t n) { return n == 0; }))
    return {};
  for (size_t i = 0; i < to.size(); ++i)
    if (static_cast<int64_t>(i) != axis && op.getLow().getShape()[i] != SizeExpr(0))
      return {};
  ExprBuilder b(builder, op.getLoc());
  Expr x(b, op.getX()), rest(b, op.getValue());
  net::Shape shape = cut(to, axis, stretch.count), others;
  SmallVector<int64_t> axes;
  for (size_t i = 0; i < to.size(); ++i)
    if (static_cast<int64_t>(i) != axis) {
      axes.push_back(i);
      others.push_back(to[i]);
    }
  Expr number = iota(b, builder.getI32Type(), {SizeExpr(stretch.count)}, 0);
  if (stretch.position)
    number = number + broadcast(Expr(b, stretch.position), number.shape(), {});
  Expr here = broadcast(number == static_cast<double>(*low - stretch.first), shape, {axis});
  return where(here, broadcast(reshape(x, others), shape, axes), broadcast(rest, shape, {})).get();
}

Value Stretcher::of(PadOp op, int64_t axis, const Stretch &stretch) {
  net::Shape from = shapeOf(op.getX().getType());
  if (from[axis] != shapeOf(op.getType())[axis] || op.getLow().getShape()[axis] != SizeExpr(0))
    return padAlong(op, axis, stretch);
  return again(op, {of(op.getX(), axis, stretch), op.getValue()}, axis, stretch);
}

Value Stretcher::of(Value array, int64_t axis, const Stretch &stretch) {
  if (isa<BlockArgument>(array))
    return sliceOf(builder, array.getLoc(), array, axis, stretch);
  Operation *op = array.getDefiningOp();
  if (auto broadcast = dyn_cast<BroadcastOp>(op))
    return of(broadcast, axis, stretch);
  if (auto reshape = dyn_cast<ReshapeOp>(op))
    return of(reshape, axis, stretch);
  if (auto slice = dyn_cast<SliceOp>(op))
    return of(slice, axis, stretch);
  if (auto pad = dyn_cast<PadOp>(op))
    return of(pad, axis, stretch);
  if (auto transpose = dyn_cast<TransposeOp>(op))
    return again(op, {of(transpose.getX(), transpose.getOrder()[axis], stretch)}, axis, stretch);
  if (!isa<ScalarOp>(op) || (work += fusion::weightOf(op)) > fusion::cheapTotal)
    return {};
  SmallVector<Value> operands;
  for (Value operand : op->getOperands())
    operands.push_back(of(operand, axis, stretch));
  return again(op, operands, axis, stretch);
}

Value net::stretchOf(OpBuilder &b, Value array, int64_t axis, const Stretch &stretch) {
  return Stretcher(b).of(array, axis, stretch);
}
