//===- BuiltinsRandom.cpp - random numbers --------------------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/Builtins.h"

using namespace net;

namespace {
/// The type, which must be of float or, for `whole`, of integer elements.
mlir::RankedTensorType typeOf(CallSite &c, bool whole) {
  auto type = c.type(0);
  if (!type)
    return {};
  bool right = whole ? isInteger(type.getElementType()) : isFloat(type.getElementType());
  if (right)
    return type;
  c.error("N0302", std::string("gives ") + (whole ? "whole" : "real") + " numbers, not " + str(type));
  return {};
}

/// An argument in every element: numbers, scalars, or arrays that broadcast.
mlir::Value spread(CallSite &c, const Value *v, double otherwise, mlir::RankedTensorType type) {
  Emit e = c.emit();
  if (!v)
    return e.fill(otherwise, type.getElementType(), shapeOf(type));
  return c.elaborator.toTensorOf(*v, type, c.env, c.range);
}

/// lo + (hi - lo) u
Value uniform(CallSite &c) {
  if (!c.accepts(1, 3))
    return {};
  auto type = typeOf(c, false);
  if (!type)
    return {};
  Emit e = c.emit();
  mlir::Value u = UniformOp::create(e.builder, e.loc, type, c.key()).getResult();
  const Value *low = c.get(1, "low"), *high = c.get(2, "high");
  if (!low && !high)
    return c.done(u);
  mlir::Value lo = spread(c, low, 0, type), hi = lo ? spread(c, high, 1, type) : lo;
  if (!hi)
    return {};
  return c.done(e.binary<AddOp>(lo, e.binary<MulOp>(e.binary<SubOp>(hi, lo), u)));
}

/// mean + deviation n
Value normal(CallSite &c) {
  if (!c.accepts(1, 3))
    return {};
  auto type = typeOf(c, false);
  if (!type)
    return {};
  Emit e = c.emit();
  mlir::Value n = NormalOp::create(e.builder, e.loc, type, c.key()).getResult();
  const Value *mean = c.get(1, "mean"), *deviation = c.get(2, "deviation");
  if (!mean && !deviation)
    return c.done(n);
  mlir::Value m = spread(c, mean, 0, type), s = m ? spread(c, deviation, 1, type) : m;
  if (!s)
    return {};
  return c.done(e.binary<AddOp>(m, e.binary<MulOp>(s, n)));
}

/// 1 with probability p, else 0.
Value bernoulli(CallSite &c) {
  if (!c.accepts(2, 2))
    return {};
  auto type = typeOf(c, false);
  if (!type)
    return {};
  Emit e = c.emit();
  mlir::Value p = spread(c, &c.at(1), 0, type);
  if (!p)
    return {};
  mlir::Value u = UniformOp::create(e.builder, e.loc, type, c.key()).getResult();
  return c.done(e.cast(e.compare<LtOp>(u, p), type.getElementType()));
}

/// randint(i32[64], lo, hi): whole numbers lo .. hi - 1.
Value randint(CallSite &c) {
  if (!c.accepts(3, 3))
    return {};
  auto type = typeOf(c, true);
  if (!type)
    return {};
  mlir::Type element = type.getElementType();
  auto bound = [&](const Value &v) -> mlir::Value {
    mlir::Value x = c.array(v, element);
    if (!x)
      return {};
    bool weak = v.as<Tensor>() && v.as<Tensor>()->weak && isInteger(elementOf(x.getType()));
    if (weak)
      x = c.emit().cast(x, element);
    if (elementOf(x.getType()) == element && llvm::cast<mlir::RankedTensorType>(x.getType()).getRank() == 0)
      return x;
    c.error("N0301", "bounds are scalars of " + elementName(element) + ", this is " + v.describe());
    return {};
  };
  mlir::Value low = bound(c.at(1)), high = low ? bound(c.at(2)) : low;
  if (!high)
    return {};
  Emit e = c.emit();
  return c.done(RandIntOp::create(e.builder, e.loc, type, c.key(), low, high).getResult());
}
} // namespace

void net::addRandom(Primitives &table) {
  table["uniform"] = uniform;
  table["normal"] = normal;
  table["bernoulli"] = bernoulli;
  table["randint"] = randint;
}
