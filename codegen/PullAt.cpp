//===- PullAt.cpp - elements at positions that arrays hold ----------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "codegen/Pull.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace net;

namespace {
/// Where the group of an axis stands.
unsigned groupOf(const Place &place, unsigned axis) {
  unsigned position = 0;
  for (unsigned at = 0; at != axis; ++position)
    at += place.groups[position].axes;
  return position;
}
/// Where an axis has no elements, no index is right; the error of the step does not keep the rest
/// of the kernel from running, and a turn that is not taken has no error.
Element hasElements(Pull &pull, const SizeExpr &size) {
  return pull.inRange(Index(0), size, /*low=*/false, /*high=*/true);
}
} // namespace

Index Pull::loadedIndex(Value index, const Place &place, const SizeExpr &below) {
  Element element = get(index, place);
  Type i64 = builder.getI64Type(), type = element.vector ? vectorOf(i64) : i64;
  Value v = element.v;
  if (v.getType() != type)
    v = at(element.scope,
           [&] { return arith::ExtSIOp::create(builder, loc, type, v).getResult(); });
  return newVariable(v, below, element.scope);
}

Element Pull::take(TakeOp op, const Place &place) {
  Shape from = shapeOf(op.getX().getType()), to = shapeOf(op.getType());
  unsigned axis = op.getAxis(), rank = shapeOf(op.getIndex().getType()).size();
  SmallVector<bool> boundary(to.size(), false);
  if (axis < to.size())
    boundary[axis] = true;
  if (axis + rank < to.size())
    boundary[axis + rank] = true;
  Place all = refined(place, to, boundary), x, index;
  unsigned at = 0;
  for (const Place::Group &group : all.groups) {
    (at < axis || at >= axis + rank ? x : index).groups.push_back(group);
    at += group.axes;
  }
  Index position = loadedIndex(op.getIndex(), index, from[axis]);
  unsigned before = groupOf(x, axis);
  x.groups.insert(x.groups.begin() + before, Place::Group{1, position});
  return guarded(hasElements(*this, from[axis]), op.getX(), x, zero(elementOf(op.getType())));
}

Element Pull::takeAlong(TakeAlongOp op, const Place &place) {
  Shape from = shapeOf(op.getX().getType()), to = shapeOf(op.getType());
  unsigned axis = op.getAxis();
  SmallVector<bool> boundary(to.size(), false);
  boundary[axis] = true;
  if (axis + 1 < to.size())
    boundary[axis + 1] = true;
  Place x = refined(place, to, boundary);
  x.groups[groupOf(x, axis)].index = loadedIndex(op.getIndex(), x, from[axis]);
  return guarded(hasElements(*this, from[axis]), op.getX(), x, zero(elementOf(op.getType())));
}

//===-- parts that begin at run-time positions -----------------------------------------------===//

/// Which axes are given. A moved axis may lead a group of axes: its position moves all of it.
static SmallVector<bool> marked(ArrayRef<int64_t> axes, size_t rank) {
  SmallVector<bool> isMarked(rank, false);
  for (int64_t axis : axes)
    isMarked[axis] = true;
  return isMarked;
}

Element Pull::dynamicSlice(DynamicSliceOp op, const Place &place) {
  Shape from = shapeOf(op.getX().getType()), to = shapeOf(op.getType());
  Place x = refined(place, to, marked(op.getAxes(), to.size()));
  unsigned axis = 0;
  for (Place::Group &group : x.groups) {
    for (auto [i, moved] : llvm::enumerate(op.getAxes()))
      if (moved == axis) {
        SizeExpr inner = elementsOf(to, axis + 1, group.axes - 1);
        Index start = loadedIndex(op.getStarts()[i], Place(), from[axis] - to[axis] + SizeExpr(1));
        group.index = group.index + start * inner;
      }
    axis += group.axes;
  }
  return get(op.getX(), x);
}

/// u's element inside of the part, x's outside.
Element Pull::dynamicUpdate(DynamicUpdateOp op, const Place &place) {
  Shape shape = shapeOf(op.getType()), part = shapeOf(op.getU().getType());
  Place x = refined(place, shape, marked(op.getAxes(), shape.size())), u = x;
  Element inside;
  unsigned axis = 0;
  for (Place::Group &group : u.groups) {
    for (auto [i, moved] : llvm::enumerate(op.getAxes()))
      if (moved == axis) {
        SizeExpr inner = elementsOf(shape, axis + 1, group.axes - 1);
        Index start =
            loadedIndex(op.getStarts()[i], Place(), shape[axis] - part[axis] + SizeExpr(1));
        group.index = group.index - start * inner;
        inside = conjunction(inside, inRange(group.index, part[axis] * inner, true, true));
      }
    axis += group.axes;
  }
  return guarded(inside, op.getU(), u, get(op.getX(), x));
}
