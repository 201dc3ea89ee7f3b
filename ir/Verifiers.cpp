//===- Verifiers.cpp - what traits and result types do not say ------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "ir/NetDialect.h"
#include "ir/ShapeRules.h"

using namespace mlir;
using namespace net;

//===-- moves --------------------------------------------------------------------------------===//

LogicalResult IotaOp::verify() {
  return getType().getRank() == 1 ? success()
                                  : emitOpError("gives one axis, not ") << str(getType());
}

LogicalResult BroadcastOp::verify() {
  Shape from = shapeOf(getX().getType()), to = shapeOf(getType());
  if (getAxes().size() != from.size())
    return emitOpError("places ") << getAxes().size() << " axes of " << str(getX().getType());
  int64_t last = -1;
  for (auto [size, axis] : llvm::zip(from, getAxes())) {
    if (axis <= last || axis >= static_cast<int64_t>(to.size()))
      return emitOpError("places axes that do not ascend within ") << str(getType());
    if (size != to[axis] && size != SizeExpr(1))
      return emitOpError("cannot copy an axis of ")
             << size.str() << " to one of " << to[axis].str();
    last = axis;
  }
  if (elementOf(getX().getType()) != elementOf(getType()))
    return emitOpError("changes the element type");
  return success();
}

LogicalResult ReshapeOp::verify() {
  SizeExpr from = product(shapeOf(getX().getType())), to = product(shapeOf(getType()));
  if (from != to || !from.isValid() || elementOf(getX().getType()) != elementOf(getType()))
    return emitOpError("cannot make ") << str(getType()) << " of " << str(getX().getType()) << ": "
                                       << to.str() << " elements of " << from.str();
  return success();
}

LogicalResult SliceOp::verify() {
  Shape x = shapeOf(getX().getType()), y = shapeOf(getType()), starts = getStarts().getShape();
  if (x.size() != y.size() || starts.size() != x.size() || getStrides().size() != x.size())
    return emitOpError("wants a start and a stride for each axis of ") << str(getX().getType());
  if (elementOf(getX().getType()) != elementOf(getType()))
    return emitOpError("changes the element type");
  for (size_t i = 0; i < x.size(); ++i) {
    if (getStrides()[i] < 1)
      return emitOpError("has stride ") << getStrides()[i];
    SizeExpr last = starts[i] + (y[i] - SizeExpr(1)) * SizeExpr(getStrides()[i]);
    bool some = y[i].constant() != 0;
    if (some && (starts[i].constant().value_or(0) < 0 || (x[i] - last).constant().value_or(1) < 1))
      return emitOpError("reads elements ") << starts[i].str() << " to " << last.str()
                                            << " of axis " << i << " of " << str(getX().getType());
  }
  return success();
}

LogicalResult PadOp::verify() {
  size_t rank = getX().getType().getRank();
  if (static_cast<size_t>(getType().getRank()) != rank || getLow().getTexts().size() != rank ||
      getInterior().size() != rank)
    return emitOpError("wants a place and a distance for each axis of ") << str(getX().getType());
  for (int64_t distance : getInterior())
    if (distance < 0)
      return emitOpError("has ") << distance << " elements between neighbours";
  if (elementOf(getValue().getType()) != elementOf(getType()) ||
      elementOf(getX().getType()) != elementOf(getType()))
    return emitOpError("mixes element types");
  return success();
}

LogicalResult ReverseOp::verify() {
  return areAxes(getAxes(), getType()) ? success()
                                       : emitOpError("has no such axes in ") << str(getType());
}

/// A text that must be a size.
static LogicalResult verifySize(Operation *op, StringRef text) {
  auto size = SizeExpr::parse(text.str());
  return size && size->isValid() ? success() : op->emitOpError("has no size '") << text << "'";
}

LogicalResult SizeOp::verify() { return verifySize(*this, getExpr()); }
LogicalResult CheckedOp::verify() { return verifySize(*this, getLimit()); }

LogicalResult UnwindowOp::verify() {
  Windows windows{getAxes(), getSizes(), getStrides(), getDilations(), getLow(), getHigh()};
  SmallVector<Type, 1> wanted;
  if (failed(windowed(getLoc(), getType(), windows, wanted)))
    return failure();
  return wanted[0] == getX().getType() ? success()
                                       : emitOpError("sums ")
                                             << str(getX().getType()) << ", the windows of "
                                             << str(getType()) << " are " << str(wanted[0]);
}

/// Updates must be what the transpose takes.
static LogicalResult verifyUpdates(Operation *op, ArrayRef<Type> wanted, Type updates) {
  return wanted[0] == updates
             ? success()
             : op->emitOpError("adds ") << str(updates) << " where " << str(wanted[0]) << " fits";
}

LogicalResult ScatterAddOp::verify() {
  SmallVector<Type, 1> wanted;
  if (failed(taken(getLoc(), getX().getType(), getIndex().getType(),
                   static_cast<int64_t>(getAxis()), wanted)))
    return failure();
  return verifyUpdates(*this, wanted, getUpdates().getType());
}

LogicalResult ScatterAddAlongOp::verify() {
  SmallVector<Type, 1> wanted;
  if (failed(takenAlong(getLoc(), getX().getType(), getIndex().getType(),
                        static_cast<int64_t>(getAxis()), wanted)))
    return failure();
  return verifyUpdates(*this, wanted, getUpdates().getType());
}

LogicalResult DynamicSliceOp::verify() {
  return isPart(getLoc(), getX().getType(), getType(), getAxes(), getStarts().size());
}

LogicalResult DynamicUpdateOp::verify() {
  return isPart(getLoc(), getX().getType(), getU().getType(), getAxes(), getStarts().size());
}

LogicalResult RecurrenceOp::verify() {
  Type element = elementOf(getType());
  if (!isAxis(static_cast<int64_t>(getAxis()), getType()))
    return emitOpError("has no axis ") << getAxis() << " in " << str(getType());
  return element.isInteger(1) ? emitOpError("takes numbers, not ") << str(getType())
                              : LogicalResult(success());
}
