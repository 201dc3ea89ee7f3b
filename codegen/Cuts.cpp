//===- Cuts.cpp - where indices have to be taken apart --------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A value without cuts is read through one row-major index, however many axes it has.
// A cut is a stride: 28 in f32[B, 784] says that the index is wanted as (i div 28, i mod 28).
//
//===----------------------------------------------------------------------===//
#include "codegen/Cuts.h"
#include "codegen/Index.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace net;

namespace {
using Cuts = std::vector<SizeExpr>;

/// The number of elements behind an axis: axis i begins at stride suffix(i + 1).
SmallVector<SizeExpr> suffixes(const Shape &shape) {
  SmallVector<SizeExpr> products(shape.size() + 1, SizeExpr(1));
  for (size_t i = shape.size(); i-- > 0;)
    products[i] = products[i + 1] * shape[i];
  return products;
}

void add(Cuts &cuts, const SizeExpr &cut) {
  if (cut != SizeExpr(1) && cut != SizeExpr(0) && llvm::find(cuts, cut) == cuts.end())
    cuts.push_back(cut);
}

/// Cuts of an operand that the result has as well. `axisOf[i]`: the result's axis that the
/// operand's axis i is, or -1; cuts inside of an axis survive if the sizes agree.
void addFrom(Cuts &cuts, const Cuts &operand, const Shape &from, const Shape &to,
             ArrayRef<int64_t> axisOf) {
  auto fromSuffix = suffixes(from), toSuffix = suffixes(to);
  for (const SizeExpr &cut : operand)
    for (size_t axis = from.size(); axis-- > 0;) {
      if (axisOf[axis] < 0)
        continue;
      if (cut == fromSuffix[axis + 1]) {
        add(cuts, toSuffix[axisOf[axis] + 1]);
        break;
      }
      bool inside = divides(fromSuffix[axis + 1], cut) && divides(cut, fromSuffix[axis]);
      if (inside && from[axis] == to[axisOf[axis]]) {
        add(cuts, cut.floorDiv(fromSuffix[axis + 1]) * toSuffix[axisOf[axis] + 1]);
        break;
      }
    }
}

/// Before an axis and behind it.
void addAxis(Cuts &cuts, const Shape &shape, size_t axis) {
  auto suffix = suffixes(shape);
  if (axis > 0)
    add(cuts, suffix[axis]);
  add(cuts, suffix[axis + 1]);
}

SmallVector<int64_t> sameAxes(size_t rank) { return llvm::to_vector(llvm::seq<int64_t>(0, rank)); }

/// Axes of the result in which neighbours of the operand are apart: `source[i]` is the operand's
/// axis of i.
void addJumps(Cuts &cuts, const Shape &to, ArrayRef<int64_t> source) {
  auto suffix = suffixes(to);
  for (size_t i = 1; i < to.size(); ++i) {
    bool together =
        source[i] < 0 ? source[i - 1] < 0 : source[i - 1] >= 0 && source[i] == source[i - 1] + 1;
    if (!together)
      add(cuts, suffix[i]);
  }
}

SmallVector<int64_t> inverse(ArrayRef<int64_t> source, size_t rank) {
  SmallVector<int64_t> axisOf(rank, -1);
  for (auto [i, axis] : llvm::enumerate(source))
    if (axis >= 0)
      axisOf[axis] = i;
  return axisOf;
}
} // namespace

const std::vector<SizeExpr> &CutAnalysis::of(Value value) {
  auto it = known.find(value);
  if (it != known.end())
    return it->second;
  Cuts cuts = compute(value);
  return known[value] = std::move(cuts);
}

std::vector<SizeExpr> CutAnalysis::compute(Value value) {
  Operation *op = value.getDefiningOp();
  if (inMemory(value) || !op)
    return {};
  if (auto kernel = dyn_cast<KernelOp>(op))
    return of(kernel.getBody().front().getTerminator()->getOperand(
        cast<OpResult>(value).getResultNumber()));
  Cuts result;
  Shape to = shapeOf(value.getType());
  auto shape = [](Value v) { return shapeOf(v.getType()); };
  TypeSwitch<Operation *>(op)
      .Case<ConstantOp, SizeOp, IotaOp, FoldKeyOp, FoldInOp, UniformOp, NormalOp, RandIntOp>(
          [](auto) {})
      .Case<ReshapeOp>([&](auto op) { result = of(op.getX()); })
      .Case<BroadcastOp>([&](auto op) {
        Shape from = shape(op.getX());
        SmallVector<int64_t> source(to.size(), -1);
        for (auto [axis, target] : llvm::enumerate(op.getAxes()))
          if (from[axis] == to[target])
            source[target] = axis;
        addJumps(result, to, source);
        addFrom(result, of(op.getX()), from, to, inverse(source, from.size()));
      })
      .Case<TransposeOp>([&](auto op) {
        addJumps(result, to, op.getOrder());
        addFrom(result, of(op.getX()), shape(op.getX()), to, inverse(op.getOrder(), to.size()));
      })
      .Case<ReverseOp>([&](auto op) {
        result = of(op.getX());
        for (int64_t axis : op.getAxes())
          addAxis(result, to, axis);
      })
      .Case<SliceOp, PadOp>([&](auto op) {
        Shape from = shape(op.getX());
        for (size_t i = 0; i < to.size(); ++i)
          if (from[i] != to[i])
            addAxis(result, to, i);
        addFrom(result, of(op.getX()), from, to, sameAxes(to.size()));
      })
      .Case<DynamicSliceOp, DynamicUpdateOp>([&](auto op) {
        for (int64_t axis : op.getAxes())
          addAxis(result, to, axis);
        for (Value x : op->getOperands().drop_back(op.getStarts().size()))
          addFrom(result, of(x), shape(x), to, sameAxes(to.size()));
      })
      .Case<ConcatOp>([&](auto op) {
        addAxis(result, to, op.getAxis());
        for (Value x : op.getXs())
          addFrom(result, of(x), shape(x), to, sameAxes(to.size()));
      })
      .Case<WindowOp, UnwindowOp>([&](auto op) {
        Shape from = shape(op.getX());
        for (int64_t axis : op.getAxes())
          addAxis(result, to, axis);
        for (size_t axis = from.size(); axis < to.size(); ++axis)
          addAxis(result, to, axis);
        SmallVector<int64_t> axisOf(from.size(), -1);
        for (size_t axis = 0; axis < std::min(from.size(), to.size()); ++axis)
          axisOf[axis] = axis;
        addFrom(result, of(op.getX()), from, to, axisOf);
      })
      .Case<TakeOp>([&](auto op) {
        Shape from = shape(op.getX()), index = shape(op.getIndex());
        size_t axis = op.getAxis(), rank = index.size();
        SmallVector<int64_t> axisOf(from.size(), -1), ofIndex(rank);
        for (size_t i = 0; i < from.size(); ++i)
          if (i != axis)
            axisOf[i] = i < axis ? i : i + rank - 1;
        for (size_t i = 0; i < rank; ++i)
          ofIndex[i] = axis + i;
        auto suffix = suffixes(to);
        add(result, suffix[axis]);
        add(result, suffix[axis + rank]);
        addFrom(result, of(op.getX()), from, to, axisOf);
        addFrom(result, of(op.getIndex()), index, to, ofIndex);
      })
      .Case<TakeAlongOp>([&](auto op) {
        addAxis(result, to, op.getAxis());
        addFrom(result, of(op.getX()), shape(op.getX()), to, sameAxes(to.size()));
        for (const SizeExpr &cut : of(op.getIndex()))
          add(result, cut);
      })
      .Case<SumOp, ProdOp, ReduceMaxOp, ReduceMinOp, AnyOp, AllOp, LogSumExpOp>([&](auto op) {
        Shape from = shape(op.getX());
        SmallVector<int64_t> source;
        for (size_t axis = 0; axis < from.size(); ++axis)
          if (!llvm::is_contained(op.getAxes(), static_cast<int64_t>(axis)))
            source.push_back(axis);
        addJumps(result, to, source);
        addFrom(result, of(op.getX()), from, to, inverse(source, from.size()));
      })
      .Case<ArgMaxOp, ArgMinOp>([&](auto op) {
        Shape from = shape(op.getX());
        SmallVector<int64_t> source;
        for (size_t axis = 0; axis < from.size(); ++axis)
          if (axis != op.getAxis())
            source.push_back(axis);
        addJumps(result, to, source);
        addFrom(result, of(op.getX()), from, to, inverse(source, from.size()));
      })
      .Case<ScalarOp, CheckedOp, StopGradientOp>([&](Operation *op) {
        for (Value operand : op->getOperands())
          for (const SizeExpr &cut : of(operand))
            add(result, cut);
      })
      .Default([&](Operation *) { // Products and the like: bound axis by axis.
        for (size_t axis = 0; axis < to.size(); ++axis)
          addAxis(result, to, axis);
      });
  return result;
}
