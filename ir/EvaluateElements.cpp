//===- EvaluateElements.cpp - elementwise operations ----------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Real numbers go through the scalar body of the operation, as dual numbers. Whole
// numbers are computed here in 64 bits, which a double has not, and wrapped.
//
//===----------------------------------------------------------------------===//
#include "ir/Evaluation.h"
#include "llvm/ADT/TypeSwitch.h"

#include <cmath>

using namespace mlir;
using namespace net;

namespace {
int64_t plus(int64_t a, int64_t b) {
  return static_cast<int64_t>(static_cast<uint64_t>(a) + static_cast<uint64_t>(b));
}
int64_t times(int64_t a, int64_t b) {
  return static_cast<int64_t>(static_cast<uint64_t>(a) * static_cast<uint64_t>(b));
}
int64_t minus(int64_t a) { return times(a, -1); }

/// Towards minus infinity; 0 for division by 0, the lowest number by -1 is itself.
int64_t floorDiv(int64_t a, int64_t b) {
  if (b == 0)
    return 0;
  if (b == -1)
    return minus(a);
  int64_t quotient = a / b, rest = a % b;
  return quotient - (rest != 0 && (rest < 0) != (b < 0));
}

int64_t power(int64_t x, int64_t n) {
  if (n < 0)
    return x == 1 ? 1 : x == -1 ? (n % 2 ? -1 : 1) : 0;
  int64_t result = 1;
  for (; n > 0; n /= 2, x = times(x, x))
    if (n % 2)
      result = times(result, x);
  return result;
}

/// The operation on whole numbers, before wrapping; nothing if it has no such meaning.
std::optional<int64_t> wholeElement(Operation *op, int64_t a, int64_t b, int64_t c) {
  using Result = std::optional<int64_t>;
  return llvm::TypeSwitch<Operation *, Result>(op)
      .Case<NegOp>([&](auto) -> Result { return minus(a); })
      .Case<AbsOp>([&](auto) -> Result { return a < 0 ? minus(a) : a; })
      .Case<SignOp>([&](auto) -> Result { return (a > 0) - (a < 0); })
      .Case<FloorOp, CeilOp, RoundOp, StopGradientOp>([&](auto) -> Result { return a; })
      .Case<NotOp>([&](auto) -> Result { return a == 0; })
      .Case<AddOp>([&](auto) -> Result { return plus(a, b); })
      .Case<SubOp>([&](auto) -> Result { return plus(a, minus(b)); })
      .Case<MulOp>([&](auto) -> Result { return times(a, b); })
      .Case<DivOp, IdivOp>([&](auto) -> Result { return floorDiv(a, b); })
      .Case<ModOp>([&](auto) -> Result { return plus(a, minus(times(b, floorDiv(a, b)))); })
      .Case<PowiOp>([&](PowiOp op) -> Result { return power(a, op.getN()); })
      .Case<MaxOp>([&](auto) -> Result { return std::max(a, b); })
      .Case<MinOp>([&](auto) -> Result { return std::min(a, b); })
      .Case<AndOp>([&](auto) -> Result { return a && b; })
      .Case<OrOp>([&](auto) -> Result { return a || b; })
      .Case<EqOp>([&](auto) -> Result { return a == b; })
      .Case<NeOp>([&](auto) -> Result { return a != b; })
      .Case<LtOp>([&](auto) -> Result { return a < b; })
      .Case<LeOp>([&](auto) -> Result { return a <= b; })
      .Case<GtOp>([&](auto) -> Result { return a > b; })
      .Case<GeOp>([&](auto) -> Result { return a >= b; })
      .Case<WhereOp>([&](auto) -> Result { return a ? b : c; })
      .Default([](Operation *) -> Result { return std::nullopt; });
}

void wholeElements(Evaluation &e) {
  auto number = [&](size_t operand, size_t i) {
    return operand < e.in.size() ? e.in[operand]->wholes[i] : 0;
  };
  for (size_t i = 0; i < e.out.size(); ++i) {
    auto result = wholeElement(e.op, number(0, i), number(1, i), number(2, i));
    if (!result)
      return e.fail("is not defined on " + elementName(e.in[0]->element));
    e.out.wholes[i] = wrapTo(e.out.element, *result);
  }
}

/// A double cannot count up to the bounds of i64.
int64_t toInt64(double x) {
  if (std::isnan(x))
    return 0;
  if (x >= 0x1p63)
    return INT64_MAX;
  return x < -0x1p63 ? INT64_MIN : static_cast<int64_t>(x);
}

int64_t clampTo(Type element, int64_t x) {
  if (element.isInteger(1))
    return x != 0;
  unsigned bits = element.getIntOrFloatBitWidth();
  if (bits == 64)
    return x;
  int64_t low = element.isUnsignedInteger() ? 0 : -(int64_t(1) << (bits - 1));
  int64_t high = (int64_t(1) << (element.isUnsignedInteger() ? bits : bits - 1)) - 1;
  return std::clamp(x, low, high);
}

void cast_(Evaluation &e) {
  const Array &x = *e.in[0];
  for (size_t i = 0; i < x.size(); ++i) {
    if (e.out.isReal())
      e.out.set(i, x.at(i));
    else if (!x.isReal())
      e.out.wholes[i] = clampTo(e.out.element, x.wholes[i]);
    else if (e.out.element.isInteger(64))
      e.out.wholes[i] = toInt64(x.values[i]);
    else
      e.out.set(i, scalar::convert(x.at(i), e.out.element));
  }
}

void realElements(Evaluation &e, ScalarOp op) {
  SmallVector<Dual, 3> operands(e.in.size());
  for (size_t i = 0; i < e.out.size(); ++i) {
    for (auto [operand, array] : llvm::zip(operands, e.in))
      operand = array->at(i);
    e.out.set(i, op.evaluate(operands));
  }
}

/// The limit is a size expression; the message is the program's own.
void check(Evaluation &e, CheckedOp op) {
  auto limit = SizeExpr::parse(op.getLimit());
  auto value = limit ? limit->evaluate(e.sizes) : std::nullopt;
  if (!value)
    return e.fail("limit '" + op.getLimit() + "' is not known");
  for (size_t i = 0; i < e.out.size(); ++i) {
    double x = e.in[0]->at(i).v;
    if (!(x >= 0 && x < static_cast<double>(*value)))
      return e.fail(op.getMessage());
    e.out.copy(i, *e.in[0], i);
  }
}
} // namespace

bool net::evaluateElements(Evaluation &e) {
  auto isWhole = [](const Array *array) { return !array->isReal(); };
  auto sameShape = [&](const Array *array) { return e.isShape(array->shape); };
  if (!isa<ScalarOp, CheckedOp, StopGradientOp, TapOp>(e.op))
    return false;
  if (!llvm::all_of(e.in, sameShape))
    return true;
  if (auto checked = dyn_cast<CheckedOp>(e.op)) {
    check(e, checked);
    return true;
  }
  if (isa<TapOp>(e.op)) {
    for (size_t i = 0; i < e.out.size(); ++i)
      e.out.copy(i, *e.in[0], i);
    return true;
  }
  if (isa<StopGradientOp>(e.op)) {
    for (size_t i = 0; i < e.out.size(); ++i)
      e.out.copy(i, *e.in[0], i);
    e.out.tangents.clear();
    return true;
  }
  if (isa<CastOp>(e.op))
    cast_(e);
  else if (llvm::all_of(e.in, isWhole) && !e.out.isReal())
    wholeElements(e);
  else
    realElements(e, cast<ScalarOp>(e.op));
  return true;
}
