//===- BuiltinsIndexing.cpp - elements at positions -----------------------===//
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

//===-- parts that begin at run-time positions -----------------------------------------------===//

/// Where a part begins in an array: at `fixed`, and along `axes` at `starts` instead.
struct Beginning {
  Shape fixed;
  llvm::SmallVector<int64_t> axes;
  llvm::SmallVector<mlir::Value> starts;
};

/// One position: known now, or a scalar that is checked when the program runs. False after a
/// diagnostic.
bool readStart(CallSite &c, const Value &v, int64_t axis, const SizeExpr &whole,
               const SizeExpr &part, Beginning &begin) {
  SizeExpr rest = whole - part;
  auto size = v.size();
  if (size) {
    auto low = size->constant(), left = (rest - *size).constant();
    if ((low && *low < 0) || (left && *left < 0)) {
      c.error("N0215", "the part " + size->str() + ":" + (*size + part).str() +
                           " is outside of an axis of size " + whole.str());
      return false;
    }
    begin.fixed.push_back(low && left ? *size : SizeExpr(0));
    if (low && left)
      return true;
  } else {
    begin.fixed.push_back(SizeExpr(0));
  }
  Emit e = c.emit();
  mlir::Value at = size ? e.size(*size, e.i32()) : c.array(v);
  if (!at)
    return false;
  if (!isInteger(elementOf(at.getType())) || rankOf(at)) {
    c.error("N0302", "a position is a whole number, this is " + v.describe())
        .help(rankOf(at) ? "give one position an axis: `(i, j)`" : "convert it: `i32(..)`");
    return false;
  }
  begin.axes.push_back(axis);
  begin.starts.push_back(c.elaborator.checkedIndex(e.cast(at, e.i32()), rest + SizeExpr(1), c.env,
                                                   c.range, c.name + ": a position"));
  return true;
}

/// Positions `v`, one an axis, at which a part of these sizes begins in x.
std::optional<Beginning> readStarts(CallSite &c, const Value &v, mlir::Value x, const Shape &part,
                                    const std::string &what) {
  Shape whole = shapeOf(x.getType());
  std::vector<Value> positions = v.tuple() ? v.tuple()->elements : std::vector<Value>{v};
  if (positions.size() != whole.size()) {
    c.error("N0206", "wants a position for each of the " + std::to_string(whole.size()) +
                         " axes of " + str(x.getType()) + ", not " +
                         std::to_string(positions.size()));
    return std::nullopt;
  }
  bool fits = part.size() == whole.size();
  for (size_t i = 0; fits && i < whole.size(); ++i)
    fits = (whole[i] - part[i]).constant().value_or(0) >= 0;
  if (!fits) {
    c.error("N0215", what + " is no part of " + str(x.getType()));
    return std::nullopt;
  }
  Beginning begin;
  for (size_t i = 0; i < whole.size(); ++i)
    if (!readStart(c, positions[i], static_cast<int64_t>(i), whole[i], part[i], begin))
      return std::nullopt;
  return begin;
}

/// dynamic_slice(x, (i, j), f32[2, 3]): the part of these sizes that begins at the positions.
Value dynamicSlice(CallSite &c) {
  if (!c.accepts(3, 3))
    return {};
  mlir::Value x = c.array(0);
  auto type = x ? c.type(2) : mlir::RankedTensorType();
  if (!type)
    return {};
  mlir::Type element = elementOf(x.getType());
  if (type.getElementType() != element) {
    c.error("N0301", "does not convert " + elementName(element) + " to " +
                         elementName(type.getElementType()))
        .help("convert its result: `" + elementName(type.getElementType()) + "(..)`");
    return {};
  }
  Shape part = shapeOf(type);
  auto begin = readStarts(c, c.at(1), x, part, str(type));
  if (!begin)
    return {};
  Emit e = c.emit();
  Shape fixed = shapeOf(x.getType());
  for (size_t i = 0; i < part.size(); ++i)
    if (!llvm::is_contained(begin->axes, static_cast<int64_t>(i)))
      fixed[i] = part[i];
  if (fixed != shapeOf(x.getType()))
    x = e.slice(x, begin->fixed, fixed, llvm::SmallVector<int64_t>(part.size(), 1));
  if (begin->axes.empty())
    return c.done(x);
  return c.done(
      DynamicSliceOp::create(e.builder, e.loc, type, x, begin->starts, begin->axes).getResult());
}

/// dynamic_update(x, u, (i, j)): x with u in place of the part that begins at the positions.
Value dynamicUpdate(CallSite &c) {
  if (!c.accepts(3, 3))
    return {};
  mlir::Value x = c.array(0);
  mlir::Type element = x ? elementOf(x.getType()) : mlir::Type();
  mlir::Value u = x ? c.array(1, element) : x;
  if (!u)
    return {};
  if (c.weak(1))
    u = c.emit().cast(u, element);
  if (elementOf(u.getType()) != element) {
    c.error("N0301", "element types are not converted silently: " + elementName(element) + " and " +
                         elementName(elementOf(u.getType())))
        .help("convert: `" + elementName(element) + "(..)`");
    return {};
  }
  Shape whole = shapeOf(x.getType()), part = shapeOf(u.getType());
  auto begin = readStarts(c, c.at(2), x, part, str(u.getType()));
  if (!begin)
    return {};
  Emit e = c.emit();
  for (size_t i = 0; i < whole.size(); ++i)
    if (part[i] != whole[i] && !llvm::is_contained(begin->axes, static_cast<int64_t>(i))) {
      begin->axes.push_back(static_cast<int64_t>(i));
      begin->starts.push_back(e.integer(*begin->fixed[i].constant(), e.i32()));
    }
  if (begin->axes.empty())
    return c.done(u);
  return c.done(
      DynamicUpdateOp::create(e.builder, e.loc, x.getType(), x, u, begin->starts, begin->axes)
          .getResult());
}
} // namespace

void net::addIndexing(Primitives &table) {
  table["gather"] = gather;
  table["scatter_add"] = scatterAdd;
  table["dynamic_slice"] = dynamicSlice;
  table["dynamic_update"] = dynamicUpdate;
}
