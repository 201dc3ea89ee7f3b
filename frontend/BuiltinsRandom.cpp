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
  c.error("N0302",
          std::string("gives ") + (whole ? "whole" : "real") + " numbers, not " + str(type));
  return {};
}

/// An argument in every element: numbers, scalars, or arrays that broadcast.
mlir::Value spread(CallSite &c, const Value *v, double otherwise, mlir::RankedTensorType type) {
  Emit e = c.emit();
  if (!v)
    return e.fill(otherwise, type.getElementType(), shapeOf(type));
  return c.elaborator.toTensorOf(*v, type, c.env, c.range);
}

/// Random numbers r as first + scale r, where arguments of these names say so. `isRange`: the
/// second is the end, first + scale.
template <typename RandomOp>
Value scaled(CallSite &c, const char *firstName, const char *secondName, bool isRange) {
  if (!c.accepts(1, 3, {"key"}))
    return {};
  auto type = typeOf(c, false);
  if (!type)
    return {};
  Emit e = c.emit();
  mlir::Value key = c.key();
  if (!key)
    return {};
  mlir::Value random = RandomOp::create(e.builder, e.loc, type, key).getResult();
  const Value *first = c.get(1, firstName), *second = c.get(2, secondName);
  if (!first && !second)
    return c.done(random);
  mlir::Value a = spread(c, first, 0, type), b = a ? spread(c, second, 1, type) : a;
  if (!b)
    return {};
  mlir::Value scale = isRange ? e.binary<SubOp>(b, a) : b;
  return c.done(e.binary<AddOp>(a, e.binary<MulOp>(scale, random)));
}

Value uniform(CallSite &c) { return scaled<UniformOp>(c, "low", "high", /*isRange=*/true); }
Value normal(CallSite &c) { return scaled<NormalOp>(c, "mean", "deviation", /*isRange=*/false); }

/// 1 with probability p, else 0.
Value bernoulli(CallSite &c) {
  if (!c.accepts(2, 2, {"key"}))
    return {};
  auto type = typeOf(c, false);
  if (!type)
    return {};
  Emit e = c.emit();
  mlir::Value p = spread(c, &c.at(1), 0, type);
  if (!p)
    return {};
  mlir::Value key = c.key();
  if (!key)
    return {};
  mlir::Value u = UniformOp::create(e.builder, e.loc, type, key).getResult();
  return c.done(e.cast(e.compare<LtOp>(u, p), type.getElementType()));
}

/// randint(i32[64], lo, hi): whole numbers lo .. hi - 1.
Value randint(CallSite &c) {
  if (!c.accepts(3, 3, {"key"}))
    return {};
  auto type = typeOf(c, true);
  if (!type)
    return {};
  Emit e = c.emit();
  // Bytes are drawn as i32, in which the end of their range can be said.
  mlir::Type element = type.getElementType();
  bool isByte = element.getIntOrFloatBitWidth() < 32;
  mlir::Type drawn = isByte ? e.i32() : element;
  auto bound = [&](const Value &v) -> mlir::Value {
    mlir::Value x = c.array(v, drawn);
    if (!x)
      return {};
    bool weak = v.as<Tensor>() && v.as<Tensor>()->weak && isInteger(elementOf(x.getType()));
    if (weak || elementOf(x.getType()) == element)
      x = e.cast(x, drawn);
    if (elementOf(x.getType()) == drawn &&
        llvm::cast<mlir::RankedTensorType>(x.getType()).getRank() == 0)
      return x;
    c.error("N0301", "bounds are scalars of " + elementName(element) + ", this is " + v.describe());
    return {};
  };
  mlir::Value low = bound(c.at(1)), high = low ? bound(c.at(2)) : low;
  if (!high)
    return {};
  auto from = c.at(1).wholeNumber(), to = c.at(2).wholeNumber();
  bool hasSign = !element.isUnsignedInteger();
  int64_t least = hasSign ? -128 : 0, end = least + 256;
  if ((from && to && *from >= *to) || (isByte && ((from && *from < least) || (to && *to > end)))) {
    c.error("N0307", "no " + elementName(element) + " is drawn from " + c.at(1).describe() +
                         " up to " + c.at(2).describe());
    return {};
  }
  mlir::Value key = c.key();
  if (!key)
    return {};
  auto draws = RandIntOp::create(e.builder, e.loc, withElement(type, drawn), key, low, high);
  return c.done(e.cast(draws.getResult(), element));
}
} // namespace

void net::addRandom(Primitives &table) {
  table["uniform"] = uniform;
  table["normal"] = normal;
  table["bernoulli"] = bernoulli;
  table["randint"] = randint;
}
