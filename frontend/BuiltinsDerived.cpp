//===- BuiltinsDerived.cpp - what derivatives consist of ------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Operations that programs seldom write and gradients do: the transposes of others, and random keys
// as values.
//
//===----------------------------------------------------------------------===//
#include "frontend/Builtins.h"

using namespace net;

namespace {
int64_t rankOf(mlir::Value x) { return llvm::cast<mlir::RankedTensorType>(x.getType()).getRank(); }

/// Sizes of a tuple, or one, as many as there are axes.
std::optional<Shape> sizes(CallSite &c, const Value *v, llvm::StringRef what, size_t count) {
  if (!v)
    return Shape(count, SizeExpr(0));
  std::vector<Value> parts = v->tuple() ? v->tuple()->elements : std::vector<Value>{*v};
  Shape result;
  for (const Value &part : parts)
    if (auto size = part.size())
      result.push_back(*size);
  if (parts.size() == count && result.size() == count)
    return result;
  c.error("N0307", what.str() + " has a size for each of " + std::to_string(count) + " axes");
  return std::nullopt;
}

/// slice(x, (i, j), f32[n, m], strides = 1): n and m elements from places i and j on.
Value slice(CallSite &c) {
  if (!c.accepts(3, 3, {"strides"}))
    return {};
  mlir::Value x = c.array(0);
  auto type = x ? c.type(2) : mlir::RankedTensorType();
  if (!type)
    return {};
  auto rank = static_cast<size_t>(rankOf(x));
  auto starts = sizes(c, &c.at(1), "the first place", rank);
  auto strides = starts ? c.wholes(c.named("strides"), "strides", rank, 1) : std::nullopt;
  if (!strides)
    return {};
  Shape from = shapeOf(x.getType()), to = shapeOf(type);
  bool fits = to.size() == rank && type.getElementType() == elementOf(x.getType());
  for (size_t i = 0; fits && i < rank; ++i) {
    auto known =
        (from[i] - (*starts)[i] - (to[i] - SizeExpr(1)) * SizeExpr((*strides)[i])).constant();
    fits = (*strides)[i] >= 1 && (*starts)[i].constant().value_or(0) >= 0 &&
           (!known || *known >= 1 || to[i] == SizeExpr(0));
  }
  if (!fits) {
    c.error("N0204", str(x.getType()) + " has no such slice " + str(type));
    return {};
  }
  return c.done(c.emit().slice(x, *starts, to, *strides));
}

/// unwindow(y, f32[B, Y, X], (2, 2), over = (1, 2), ..): the sum of the windows that `windows` of
/// the same attributes cuts out of an array of the type.
Value unwindow(CallSite &c) {
  if (!c.accepts(3, 3, {"over", "strides", "dilation", "low", "high"}))
    return {};
  mlir::Value y = c.array(0);
  auto type = y ? c.type(1) : mlir::RankedTensorType();
  const Value *over = c.named("over");
  if (!type)
    return {};
  auto axes =
      over ? c.elaborator.resolveAxes(*over, type.getRank(), nullptr, c.range) : std::nullopt;
  if (!axes) {
    if (!over)
      c.error("N0307", "`over` names the axes that windows slide along");
    return {};
  }
  size_t n = axes->size();
  auto window = c.wholes(&c.at(2), "the window", n, 1);
  auto strides = c.wholes(c.named("strides"), "strides", n, 1);
  auto dilation = c.wholes(c.named("dilation"), "dilation", n, 1);
  auto low = c.wholes(c.named("low"), "low", n, 0), high = c.wholes(c.named("high"), "high", n, 0);
  if (!window || !strides || !dilation || !low || !high)
    return {};
  Emit e = c.emit();
  auto op = UnwindowOp::create(e.builder, e.loc, type, y, *axes, *window, *strides, *dilation, *low,
                               *high);
  // Sizes are checked by the operation's own rule.
  std::string why;
  {
    mlir::ScopedDiagnosticHandler handler(e.builder.getContext(), [&](mlir::Diagnostic &d) {
      why = d.str();
      return mlir::success();
    });
    if (mlir::failed(op.verify()))
      why = why.empty() ? "does not fit" : why;
  }
  if (why.empty())
    return c.done(op.getResult());
  op.erase();
  c.error("N0204", why);
  return {};
}

/// scatter_add_along(x, i, y, over = a): x with one element of y added for each index: the
/// transpose of `gather`.
Value scatterAddAlong(CallSite &c) {
  if (!c.accepts(3, 3, {"over"}))
    return {};
  mlir::Value x = c.array(0), index = x ? c.array(1) : x;
  mlir::Value y = index ? c.array(2, elementOf(x.getType())) : index;
  auto axis = y ? c.axis(rankOf(x), x, rankOf(x) - 1) : std::nullopt;
  if (!axis)
    return {};
  Shape sx = shapeOf(x.getType()), si = shapeOf(index.getType()), wanted = sx;
  if (si.size() == sx.size())
    wanted[*axis] = si[*axis];
  if (si != wanted || shapeOf(y.getType()) != si || !isInteger(elementOf(index.getType())) ||
      elementOf(y.getType()) != elementOf(x.getType())) {
    c.error("N0204", "positions and addends have x's sizes but along the axis, these are " +
                         c.at(1).describe() + " and " + c.at(2).describe() + " for " +
                         c.at(0).describe());
    return {};
  }
  Emit e = c.emit();
  index = c.elaborator.checkedIndex(e.cast(index, e.i32()), sx[*axis], c.env, c.range,
                                    "scatter_add_along: a position");
  return c.done(ScatterAddAlongOp::create(e.builder, e.loc, x.getType(), x, index, y,
                                          static_cast<uint64_t>(*axis))
                    .getResult());
}

/// checked(i, n, "why"): i, all of whose elements are to be in 0 .. n - 1; else the step ends with
/// the message.
Value checked(CallSite &c) {
  if (!c.accepts(2, 3))
    return {};
  mlir::Value index = c.array(0);
  auto limit = index ? c.at(1).size() : std::nullopt;
  auto message = c.count() == 3 ? c.at(2).text() : std::optional<std::string>();
  if (!index)
    return {};
  if (!isInteger(elementOf(index.getType())) || !limit || (c.count() == 3 && !message)) {
    c.error("N0307", "takes whole numbers, a size and a message");
    return {};
  }
  Emit e = c.emit();
  return c.done(CheckedOp::create(e.builder, e.loc, index.getType(), index, limit->str(),
                                  message.value_or("a position is out of range"))
                    .getResult());
}

} // namespace

/// pad(x, f32[4, 7], low = (0, 2), interior = (0, 1), value = 0): x in an array of that type, from
/// low on, with so many values between its elements.
Value net::padInto(CallSite &c) {
  if (!c.accepts(2, 2, {"low", "interior", "value"}))
    return {};
  mlir::Value x = c.array(0);
  auto type = x ? c.type(1) : mlir::RankedTensorType();
  if (!type)
    return {};
  auto rank = static_cast<size_t>(rankOf(x));
  auto interior = c.wholes(c.named("interior"), "interior", rank, 0);
  const Value *first = c.named("low");
  Shape low(rank, SizeExpr(0));
  std::vector<Value> given = !first           ? std::vector<Value>()
                             : first->tuple() ? first->tuple()->elements
                                              : std::vector<Value>{*first};
  bool fits = interior && type.getRank() == rankOf(x) && (!first || given.size() == rank) &&
              type.getElementType() == elementOf(x.getType());
  for (size_t i = 0; fits && i < given.size(); ++i) {
    auto size = given[i].size();
    fits = size.has_value();
    low[i] = size.value_or(SizeExpr(0));
  }
  constexpr int64_t widest = int64_t(1) << 31;
  fits = fits && llvm::all_of(*interior, [](int64_t n) { return n >= 0 && n < widest; });
  if (!fits) {
    c.error("N0204", "`low` and `interior` have a number for each axis of " + c.at(0).describe() +
                         ", and " + str(type) + " as many axes");
    return {};
  }
  Emit e = c.emit();
  mlir::Type element = type.getElementType();
  mlir::Value value = c.named("value") ? c.array(*c.named("value"), element) : e.number(0, element);
  if (!value)
    return {};
  if (value.getType() != tensorOf(element, {})) {
    c.error("N0302", "the value is one number of type " + str(tensorOf(element, {})) +
                         ", this is " + str(value.getType()));
    return {};
  }
  auto lowAttr = SizesAttr::get(e.builder.getContext(), low);
  return c.done(PadOp::create(e.builder, e.loc, type, x, value, lowAttr, *interior).getResult());
}

namespace {
//===-- keys ---------------------------------------------------------------------------------===//

/// random_key(): the key of this place, from which all random numbers here are made.
Value randomKey(CallSite &c) {
  if (!c.accepts(0, 0))
    return {};
  return c.done(c.elaborator.keyHere(c.env, c.range));
}

/// fold_key(key, "name"): the key of a named place.
Value foldKey(CallSite &c) {
  if (!c.accepts(2, 2))
    return {};
  mlir::Value key = c.keyAt(&c.at(0));
  auto name = c.at(1).text();
  if (!key)
    return {};
  if (!name) {
    c.error("N0307", "takes a key and a name");
    return {};
  }
  Emit e = c.emit();
  return c.done(FoldKeyOp::create(e.builder, e.loc, key.getType(), key, *name).getResult());
}

/// fold_in(key, i): the key of a turn.
Value foldIn(CallSite &c) {
  if (!c.accepts(2, 2))
    return {};
  mlir::Value key = c.keyAt(&c.at(0)), turn = key ? c.array(1) : key;
  if (!turn)
    return {};
  if (!isInteger(elementOf(turn.getType())) || rankOf(turn)) {
    c.error("N0307", "takes a key and a whole number");
    return {};
  }
  Emit e = c.emit();
  return c.done(FoldInOp::create(e.builder, e.loc, key.getType(), key, turn).getResult());
}
} // namespace

void net::addDerived(Primitives &table) {
  table["slice"] = slice;
  table["unwindow"] = unwindow;
  table["scatter_add_along"] = scatterAddAlong;
  table["checked"] = checked;
  table["random_key"] = randomKey;
  table["fold_key"] = foldKey;
  table["fold_in"] = foldIn;
}
