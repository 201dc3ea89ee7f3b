//===- BuiltinsIndexing.cpp - gather, scatter_add -------------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/Builtins.h"

using namespace net;

namespace {
int64_t rankOf(mlir::Value x) { return llvm::cast<mlir::RankedTensorType>(x.getType()).getRank(); }

/// Whole positions, as i32.
mlir::Value positions(CallSite &c, size_t i) {
  mlir::Value index = c.array(i);
  if (!index)
    return {};
  if (isInteger(elementOf(index.getType())))
    return c.emit().cast(index, c.emit().i32());
  c.error("N0302", "positions are whole numbers, these are " + c.at(i).describe())
      .help("convert them: `i32(..)`");
  return {};
}

/// gather(x, i, over = A): along the axis, for each index one element; all other sizes are x's.
Value gather(CallSite &c) {
  if (!c.accepts(2, 2, {"over"}))
    return {};
  mlir::Value x = c.array(0), index = x ? positions(c, 1) : x;
  auto axis = index ? c.axis(rankOf(x), x, rankOf(x) - 1) : std::nullopt;
  if (!axis)
    return {};
  Shape sx = shapeOf(x.getType()), si = shapeOf(index.getType()), expected = sx;
  if (si.size() == sx.size())
    expected[*axis] = si[*axis];
  if (si != expected) {
    auto &d = c.error("N0204", "the positions have x's sizes but along the axis, these are " +
                                   c.at(1).describe() + " for " + c.at(0).describe());
    d.help("`x[i]` takes whole slices at positions");
    return {};
  }
  index = c.elaborator.checkedIndex(index, sx[*axis], c.env, c.range, "gather: a position");
  Emit e = c.emit();
  auto type = tensorOf(elementOf(x.getType()), si);
  return c.done(TakeAlongOp::create(e.builder, e.loc, type, x, index, static_cast<uint64_t>(*axis))
                    .getResult());
}

/// scatter_add(x, i, y, over = 0): x with the slices of y added at positions of the axis.
Value scatterAdd(CallSite &c) {
  if (!c.accepts(3, 3, {"over"}))
    return {};
  mlir::Value x = c.array(0), index = x ? positions(c, 1) : x;
  auto axis = index ? c.axis(rankOf(x), x, 0) : std::nullopt;
  if (!axis)
    return {};
  Shape sx = shapeOf(x.getType()), si = shapeOf(index.getType()),
        wanted(sx.begin(), sx.begin() + *axis);
  wanted.insert(wanted.end(), si.begin(), si.end());
  wanted.insert(wanted.end(), sx.begin() + *axis + 1, sx.end());
  auto type = tensorOf(elementOf(x.getType()), wanted);
  mlir::Value updates = c.elaborator.toTensorOf(c.at(2), type, c.env, c.range);
  if (!updates)
    return {};
  index = c.elaborator.checkedIndex(index, sx[*axis], c.env, c.range, "scatter_add: a position");
  Emit e = c.emit();
  return c.done(ScatterAddOp::create(e.builder, e.loc, x.getType(), x, index, updates,
                                     static_cast<uint64_t>(*axis))
                    .getResult());
}
} // namespace

void net::addIndexing(Primitives &table) {
  table["gather"] = gather;
  table["scatter_add"] = scatterAdd;
}
