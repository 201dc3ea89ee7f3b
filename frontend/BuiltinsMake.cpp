//===- BuiltinsMake.cpp - arrays from numbers -----------------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/Builtins.h"

using namespace net;

namespace {
/// zeros(f32[B, 10]), ones(..): a type, or an array whose type it is.
template <int number> Value constant(CallSite &c) {
  if (!c.accepts(1, 1))
    return {};
  auto type = c.type(0);
  if (!type)
    return {};
  return c.done(c.emit().fill(number, type.getElementType(), shapeOf(type)));
}

template <int number> Value like(CallSite &c) {
  if (!c.accepts(1, 1))
    return {};
  if (auto *bundle = c.at(0).bundle())
    return c.elaborator.mapBundle(*bundle, c.env, c.range, [&](const Value &x) {
      return c.elaborator.callPrimitive(c.name, {Argument{"", x, c.range}}, c.env, c.range);
    });
  if (!c.elaborator.isArrayLike(c.at(0))) {
    c.error("N0305", "takes an array, this is " + c.at(0).describe())
        .help("`zeros(f32[3])` takes a type");
    return {};
  }
  mlir::Value x = c.array(0);
  if (!x)
    return {};
  return c.done(c.emit().fill(number, elementOf(x.getType()), shapeOf(x.getType())));
}

/// fill(f32[2], [-1.2, 1]), fill(u8[B], 1)
Value fill(CallSite &c) {
  if (!c.accepts(2, 2))
    return {};
  auto type = c.type(0);
  if (!type)
    return {};
  mlir::Value x = c.elaborator.toTensorOf(c.at(1), type, c.env, c.range);
  return x ? c.done(x) : Value();
}

/// The arguments `n`, or `f64, n`. Nothing after a diagnostic.
std::optional<SizeExpr> elementAndSize(CallSite &c, mlir::Type &element) {
  if (!c.accepts(1, 2))
    return std::nullopt;
  if (c.count() == 2) {
    auto type = c.type(0);
    if (!type)
      return std::nullopt;
    element = type.getElementType();
  }
  const Value &last = c.at(c.count() - 1);
  auto n = last.size();
  if (!n)
    c.error("N0307", "takes a size, this is " + last.describe());
  return n;
}

/// eye(n), eye(f64, n)
Value eye(CallSite &c) {
  Emit e = c.emit();
  mlir::Type element = e.f32();
  auto n = elementAndSize(c, element);
  if (!n)
    return {};
  mlir::Value row = e.iota(*n, e.i32());
  mlir::Value across = e.broadcastAxes(row, {*n, *n}, {1}),
              down = e.broadcastAxes(row, {*n, *n}, {0});
  return c.done(e.cast(e.compare<EqOp>(down, across), element));
}

/// iota(n): i32 0 .. n - 1; iota(f32, n).
Value iota(CallSite &c) {
  Emit e = c.emit();
  mlir::Type element = e.i32();
  auto n = elementAndSize(c, element);
  if (!n)
    return {};
  return c.done(e.cast(e.iota(*n, e.i32()), element));
}

/// linspace(a, b, n): n evenly spaced numbers, both ends among them.
Value linspace(CallSite &c) {
  if (!c.accepts(3, 3))
    return {};
  auto n = c.whole(&c.at(2), "the number of points", 0);
  mlir::Value a = n ? c.real(0) : mlir::Value(), b = a ? c.real(1) : mlir::Value();
  if (!b)
    return {};
  if (*n < 1 || llvm::cast<mlir::RankedTensorType>(a.getType()).getRank() ||
      llvm::cast<mlir::RankedTensorType>(b.getType()).getRank()) {
    c.error("N0307", "takes two scalars and the number of points, at least 1");
    return {};
  }
  Emit e = c.emit();
  mlir::Type element = elementOf(a.getType());
  Shape shape = {SizeExpr(*n)};
  mlir::Value t = e.cast(e.iota(*n, e.i32()), element);
  t = e.binary<DivOp>(t, e.fill(std::max<double>(1, *n - 1), element, shape));
  mlir::Value span = e.binary<SubOp>(e.cast(b, element), a);
  mlir::Value y = e.binary<AddOp>(e.fill(a, shape), e.binary<MulOp>(e.fill(span, shape), t));
  return c.done(y);
}

/// size(B): a size, or the product of a pack `size(K..)`, or of a type's or array's axes.
Value size(CallSite &c) {
  if (!c.accepts(1, 1))
    return {};
  const Value &v = c.at(0);
  if (v.size())
    return v;
  if (auto *pack = v.as<Pack>())
    return Value(product(pack->sizes), c.range);
  if (auto *type = v.as<ArrayType>())
    return Value(product(shapeOf(type->type)), c.range);
  if (mlir::Value x = v.tensor())
    return Value(product(shapeOf(x.getType())), c.range);
  c.error("N0307", "takes sizes, a type or an array, this is " + v.describe());
  return {};
}

/// one_hot(i, n): 1 at the position, 0 elsewhere, along a new last axis.
Value oneHot(CallSite &c) {
  if (!c.accepts(2, 2, {"type"}))
    return {};
  mlir::Value index = c.array(0);
  if (!index)
    return {};
  auto n = c.at(1).size();
  if (!n || !isInteger(elementOf(index.getType()))) {
    c.error("N0307", "takes whole numbers and a size, these are " + c.at(0).describe() + " and " +
                         c.at(1).describe());
    return {};
  }
  Emit e = c.emit();
  mlir::Type element = e.f32();
  if (const Value *type = c.named("type")) {
    if (!type->as<ElementType>()) {
      c.error("N0307", "`type` is an element type, this is " + type->describe());
      return {};
    }
    element = type->as<ElementType>()->type;
  }
  index = c.elaborator.checkedIndex(e.cast(index, e.i32()), *n, c.env, c.range, "label");
  Shape shape = shapeOf(index.getType());
  llvm::SmallVector<int64_t> axes;
  for (size_t i = 0; i < shape.size(); ++i)
    axes.push_back(static_cast<int64_t>(i));
  shape.push_back(*n);
  int64_t last = static_cast<int64_t>(shape.size()) - 1;
  mlir::Value classes = e.broadcastAxes(e.iota(*n, e.i32()), shape, {last});
  mlir::Value hit = e.compare<EqOp>(e.broadcastAxes(index, shape, axes), classes);
  return c.done(e.cast(hit, element));
}
/// refuse("why"): what a layer says where no value makes sense, on a side of `where` chosen at
/// compile time.
Value refuse(CallSite &c) {
  if (!c.accepts(1, 1))
    return {};
  auto text = c.at(0).text();
  c.elaborator.error(c.range, "N0416", text ? *text : "this is refused");
  return {};
}
} // namespace

void net::addMakers(Primitives &table) {
  table["zeros"] = constant<0>;
  table["ones"] = constant<1>;
  table["zeros_like"] = like<0>;
  table["ones_like"] = like<1>;
  table["fill"] = fill;
  table["eye"] = eye;
  table["iota"] = iota;
  table["linspace"] = linspace;
  table["size"] = size;
  table["one_hot"] = oneHot;
  table["refuse"] = refuse;
}
