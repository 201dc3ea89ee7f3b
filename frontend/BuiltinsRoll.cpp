//===- BuiltinsRoll.cpp - elements that go round an axis ------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/Builtins.h"

using namespace net;

namespace {
int64_t rankOf(mlir::Value x) { return llvm::cast<mlir::RankedTensorType>(x.getType()).getRank(); }

/// Moved a number of places that is known now.
mlir::Value rolled(CallSite &c, mlir::Value x, int64_t axis, int64_t shift) {
  SizeExpr size = shapeOf(x.getType())[axis], by(std::abs(shift));
  SizeExpr none = SizeExpr(1).floorDiv(size + 1); // 1 of an empty axis, or else 0
  if (std::abs(shift) <= 1)
    by = by * (SizeExpr(1) - none);
  else // by more than the axis has is by the rest
    by = by - by.floorDiv(size + none) * (size + none);
  if (by == SizeExpr(0) || size == SizeExpr(0))
    return x;
  // Moving back by k is cutting at k.
  SizeExpr cut = shift > 0 ? size - by : by;
  Emit e = c.emit();
  return e.concat({e.part(x, axis, cut, size - cut), e.part(x, axis, 0, cut)}, axis);
}

/// A number of places that the program computes: the part of x behind x that begins there.
mlir::Value rolled(CallSite &c, mlir::Value x, int64_t axis, mlir::Value shift) {
  Emit e = c.emit();
  SizeExpr size = shapeOf(x.getType())[axis];
  if (size == SizeExpr(0))
    return x;
  // In the shift's own type, whose smallest number has no negative.
  mlir::Type type = elementOf(shift.getType());
  mlir::Value whole = e.size(size, type);
  mlir::Value back = e.binary<SubOp>(whole, e.binary<ModOp>(shift, whole));
  mlir::Value start = e.cast(e.binary<ModOp>(back, whole), e.i32());
  return DynamicSliceOp::create(e.builder, e.loc, x.getType(), e.concat({x, x}, axis), start, axis)
      .getResult();
}

/// How far each of `count` axes is to be moved: a number for all, or one each, from a tuple or an
/// array.
std::optional<std::vector<Value>> shiftsOf(CallSite &c, size_t count) {
  const Value &v = c.at(1);
  if (auto *tuple = v.tuple(); tuple && tuple->elements.size() == count)
    return tuple->elements;
  if (v.wholeNumber())
    return std::vector<Value>(count, v);
  mlir::Value x = v.tuple() ? mlir::Value() : v.tensor();
  Shape shape = x ? shapeOf(x.getType()) : Shape();
  bool each = shape.size() == 1 && shape[0] == SizeExpr(static_cast<int64_t>(count));
  if (x && isInteger(elementOf(x.getType())) && (shape.empty() || each)) {
    std::vector<Value> shifts;
    Emit e = c.emit();
    for (int64_t i = 0; i < static_cast<int64_t>(count); ++i)
      shifts.push_back(shape.empty() ? v : c.done(e.reshape(e.part(x, 0, i, 1), {})));
    return shifts;
  }
  c.error("N0307", "the number of places is a whole number, or one for each of the " +
                       std::to_string(count) + " axes; this is " + v.describe());
  return std::nullopt;
}

/// roll(x, n, over = axis): elements move n places on, those that fall off return at the other end.
Value roll(CallSite &c) {
  if (!c.accepts(2, 2, {"over"}))
    return {};
  mlir::Value x = c.array(0);
  if (!x)
    return {};
  std::optional<llvm::SmallVector<int64_t>> axes;
  if (c.named("over"))
    axes = c.overInOrder(x);
  else if (auto axis = c.axis(rankOf(x), x, 0))
    axes = llvm::SmallVector<int64_t>{*axis};
  auto shifts = axes ? shiftsOf(c, axes->size()) : std::nullopt;
  if (!shifts)
    return {};
  for (auto [axis, shift] : llvm::zip(*axes, *shifts)) {
    if (auto places = shift.wholeNumber()) {
      x = rolled(c, x, axis, *places);
      continue;
    }
    mlir::Value places = c.array(shift);
    if (!places)
      return {};
    if (!isInteger(elementOf(places.getType())) || rankOf(places)) {
      c.error("N0302", "the number of places is a whole number, this is " + shift.describe());
      return {};
    }
    x = rolled(c, x, axis, places);
  }
  return c.done(x);
}
} // namespace

void net::addRoll(Primitives &table) { table["roll"] = roll; }
