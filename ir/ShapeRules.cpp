//===- ShapeRules.cpp - types of results ----------------------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "ir/ShapeRules.h"

using namespace mlir;
using namespace net;

bool net::isAxis(int64_t axis, Type type) {
  return axis >= 0 && axis < cast<RankedTensorType>(type).getRank();
}

bool net::areAxes(ArrayRef<int64_t> axes, Type type) {
  std::vector<bool> seen(cast<RankedTensorType>(type).getRank(), false);
  for (int64_t axis : axes) {
    if (!isAxis(axis, type) || seen[axis])
      return false;
    seen[axis] = true;
  }
  return true;
}

bool net::areAll(size_t count, std::initializer_list<ArrayRef<int64_t>> lists) {
  return llvm::all_of(lists, [&](ArrayRef<int64_t> list) { return list.size() == count; });
}

bool net::arePositive(std::initializer_list<ArrayRef<int64_t>> lists) {
  return llvm::all_of(lists, [](ArrayRef<int64_t> list) {
    return llvm::all_of(list, [](int64_t n) { return n > 0; });
  });
}

SizeExpr net::countOfWindows(const SizeExpr &padded, const SizeExpr &window, int64_t stride) {
  SizeExpr count = (padded - window).floorDiv(SizeExpr(stride)) + SizeExpr(1);
  return count.constant().value_or(1) < 0 ? SizeExpr(0) : count;
}

LogicalResult net::reduced(MaybeLocation loc, Type x, ArrayRef<int64_t> axes, Type element,
                           ResultTypes &result) {
  Shape shape = shapeOf(x), kept;
  std::vector<bool> gone(shape.size(), false);
  for (int64_t axis : axes) {
    if (!isAxis(axis, x) || gone[axis])
      return emitOptionalError(loc, "cannot reduce axis ", axis, " of ", net::str(x));
    gone[axis] = true;
  }
  for (size_t i = 0; i < shape.size(); ++i)
    if (!gone[i])
      kept.push_back(shape[i]);
  result.push_back(tensorOf(element ? element : elementOf(x), kept));
  return success();
}

LogicalResult net::windowed(MaybeLocation loc, Type x, const Windows &windows,
                            ResultTypes &result) {
  Shape shape = shapeOf(x);
  if (!areAll(windows.axes.size(),
              {windows.sizes, windows.strides, windows.dilations, windows.low, windows.high}) ||
      !arePositive({windows.sizes, windows.strides, windows.dilations}))
    return emitOptionalError(
        loc, "wants a size, a stride, a dilation and paddings for each windowed axis");
  if (!areAxes(windows.axes, x))
    return emitOptionalError(loc, "has windows over axes that ", net::str(x), " has not");
  for (auto [i, axis] : llvm::enumerate(windows.axes)) {
    SizeExpr window =
        (SizeExpr(windows.sizes[i]) - SizeExpr(1)) * SizeExpr(windows.dilations[i]) + SizeExpr(1);
    SizeExpr padded = shape[axis] + SizeExpr(windows.low[i]) + SizeExpr(windows.high[i]);
    shape[axis] = countOfWindows(padded, window, windows.strides[i]);
    if (!shape[axis].isValid())
      return emitOptionalError(loc, "the count of windows over axis ", axis, " of ", net::str(x),
                               " overflows");
  }
  for (int64_t size : windows.sizes)
    shape.push_back(SizeExpr(size));
  result.push_back(tensorOf(elementOf(x), shape));
  return success();
}

LogicalResult net::taken(MaybeLocation loc, Type x, Type index, int64_t axis, ResultTypes &result) {
  if (!isAxis(axis, x))
    return emitOptionalError(loc, "cannot take from axis ", axis, " of ", net::str(x), " at ",
                             net::str(index));
  Shape shape = shapeOf(x), indices = shapeOf(index);
  shape.erase(shape.begin() + axis);
  shape.insert(shape.begin() + axis, indices.begin(), indices.end());
  result.push_back(tensorOf(elementOf(x), shape));
  return success();
}

LogicalResult net::takenAlong(MaybeLocation loc, Type x, Type index, int64_t axis,
                              ResultTypes &result) {
  Shape shape = shapeOf(x), indices = shapeOf(index);
  bool fits = isAxis(axis, x) && shape.size() == indices.size();
  for (size_t i = 0; fits && i < shape.size(); ++i)
    fits = static_cast<int64_t>(i) == axis || shape[i] == indices[i];
  if (!fits)
    return emitOptionalError(loc, "cannot take from axis ", axis, " of ", net::str(x), " at ",
                             net::str(index));
  result.push_back(tensorOf(elementOf(x), indices));
  return success();
}

LogicalResult net::isPart(MaybeLocation loc, Type x, Type part, ArrayRef<int64_t> axes,
                          size_t count) {
  Shape whole = shapeOf(x), sizes = shapeOf(part);
  if (!areAxes(axes, x) || axes.size() != count)
    return emitOptionalError(loc, "wants a position for each of its axes of ", net::str(x));
  bool fits = whole.size() == sizes.size() && elementOf(x) == elementOf(part);
  for (size_t i = 0; fits && i < whole.size(); ++i)
    fits = llvm::is_contained(axes, static_cast<int64_t>(i))
               ? (whole[i] - sizes[i]).constant().value_or(0) >= 0
               : whole[i] == sizes[i];
  if (!fits)
    return emitOptionalError(loc, net::str(part), " is no part of ", net::str(x));
  return success();
}

LogicalResult net::solved(MaybeLocation loc, Type a, Type b, ResultTypes &result) {
  Shape matrix = shapeOf(a), right = shapeOf(b);
  size_t rank = matrix.size();
  bool fits = rank >= 2 && right.size() == rank && matrix[rank - 1] == matrix[rank - 2] &&
              elementOf(a) == elementOf(b);
  for (size_t i = 0; fits && i + 1 < rank; ++i)
    fits = matrix[i] == right[i];
  if (!fits)
    return emitOptionalError(loc, "cannot solve for ", net::str(b), " by ", net::str(a));
  result.push_back(b);
  return success();
}
