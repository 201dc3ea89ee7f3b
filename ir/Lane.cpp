//===- Lane.cpp - arithmetic of one element, as operations ----------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Values are scalars or vectors in register types (see Scalar.h). No fast-math flags:
// the bits of an operation do not depend on what surrounds it.
//
//===----------------------------------------------------------------------===//
#include "ir/LaneMath.h"

using namespace mlir;
using namespace net;
using namespace net::lane;

//===-- building blocks ----------------------------------------------------------------------===//

Type lane::like(Type shape, Type element) {
  if (auto vector = dyn_cast<VectorType>(shape))
    return vector.clone(element);
  return element;
}

Type lane::scalarType(Value v) { return getElementTypeOrSelf(v.getType()); }
bool lane::isFloat(const Lane &x) { return isa<FloatType>(scalarType(x.v)); }

Lane lane::with(const Lane &x, Value v) { return Lane(*x.builder, x.loc, x.element, v); }
Lane lane::truth(const Lane &x, Value v) {
  return Lane(*x.builder, x.loc, x.builder->getI1Type(), v);
}

Lane lane::number(const Lane &x, double value) {
  Type type = scalarType(x.v);
  Attribute attr = isa<FloatType>(type)
                       ? Attribute(x.builder->getFloatAttr(type, value))
                       : x.builder->getIntegerAttr(type, static_cast<int64_t>(value));
  if (auto vector = dyn_cast<VectorType>(x.v.getType()))
    attr = DenseElementsAttr::get(vector, attr);
  return with(x, arith::ConstantOp::create(*x.builder, x.loc, cast<TypedAttr>(attr)));
}

Lane lane::fma(const Lane &a, const Lane &b, const Lane &c) {
  return with(a, math::FmaOp::create(*a.builder, a.loc, a.v, b.v, c.v));
}

Lane lane::compare(arith::CmpFPredicate real, arith::CmpIPredicate whole, const Lane &a,
                   const Lane &b) {
  if (isFloat(a))
    return truth(a, arith::CmpFOp::create(*a.builder, a.loc, real, a.v, b.v));
  return truth(a, arith::CmpIOp::create(*a.builder, a.loc, whole, a.v, b.v));
}

namespace {
template <typename Real, typename Whole> Lane binary(const Lane &a, const Lane &b) {
  if (isFloat(a))
    return with(a, Real::create(*a.builder, a.loc, a.v, b.v));
  return with(a, Whole::create(*a.builder, a.loc, a.v, b.v));
}

template <typename Real> Lane rounded(const Lane &x) {
  return isFloat(x) ? with(x, Real::create(*x.builder, x.loc, x.v)) : x;
}

bool isUnsignedLess(const Lane &a) { return scalarType(a.v).isInteger(1); }
using F = arith::CmpFPredicate;
using I = arith::CmpIPredicate;
} // namespace

//===-- arithmetic ---------------------------------------------------------------------------===//

namespace net::scalar {

Lane operator-(const Lane &x) {
  if (isFloat(x))
    return with(x, arith::NegFOp::create(*x.builder, x.loc, x.v));
  return number(x, 0) - x;
}
Lane operator+(const Lane &a, const Lane &b) { return binary<arith::AddFOp, arith::AddIOp>(a, b); }
Lane operator-(const Lane &a, const Lane &b) { return binary<arith::SubFOp, arith::SubIOp>(a, b); }
Lane operator*(const Lane &a, const Lane &b) { return binary<arith::MulFOp, arith::MulIOp>(a, b); }
Lane operator/(const Lane &a, const Lane &b) {
  return isFloat(a) ? with(a, arith::DivFOp::create(*a.builder, a.loc, a.v, b.v)) : idiv(a, b);
}

Lane abs(const Lane &x) {
  if (isFloat(x))
    return with(x, math::AbsFOp::create(*x.builder, x.loc, x.v));
  return select(less(x, number(x, 0)), -x, x);
}
Lane sign(const Lane &x) {
  Lane zero = number(x, 0);
  return select(less(zero, x), number(x, 1), select(less(x, zero), number(x, -1), x));
}
Lane floor(const Lane &x) { return rounded<math::FloorOp>(x); }
Lane ceil(const Lane &x) { return rounded<math::CeilOp>(x); }
Lane round(const Lane &x) { return rounded<math::RoundEvenOp>(x); }
Lane sqrt(const Lane &x) { return with(x, math::SqrtOp::create(*x.builder, x.loc, x.v)); }
Lane rsqrt(const Lane &x) { return number(x, 1) / sqrt(x); }

Lane powi(const Lane &x, int64_t n) {
  if (n < 0)
    return number(x, 1) / powi(x, -n);
  if (n == 0)
    return number(x, 1);
  if (n == 1)
    return x;
  Lane half = powi(x, n / 2), square = half * half;
  return n % 2 ? square * x : square;
}

Lane maximum(const Lane &a, const Lane &b) {
  if (!isFloat(a))
    return select(compare(F::OGT, isUnsignedLess(a) ? I::ugt : I::sgt, a, b), a, b);
  // NaN of NaN, in a form that is one instruction where b is a number known at compile time.
  Lane larger = select(compare(F::UGT, I::sgt, a, b), a, b);
  return select(compare(F::UNO, I::eq, b, b), b, larger);
}
Lane minimum(const Lane &a, const Lane &b) {
  if (!isFloat(a))
    return select(compare(F::OLT, isUnsignedLess(a) ? I::ult : I::slt, a, b), a, b);
  Lane smaller = select(compare(F::ULT, I::slt, a, b), a, b);
  return select(compare(F::UNO, I::eq, b, b), b, smaller);
}

/// Division by zero gives 0, the lowest number divided by -1 itself: no trap.
Lane idiv(const Lane &a, const Lane &b) {
  if (isFloat(a))
    return floor(a / b);
  OpBuilder &builder = *a.builder;
  Lane zero = number(a, 0), one = number(a, 1), minusOne = number(a, -1);
  Lane isZero = equal(b, zero), isMinus = equal(b, minusOne);
  Lane safe = select(logicalOr(isZero, isMinus), one, b);
  Lane quotient = with(a, arith::DivSIOp::create(builder, a.loc, a.v, safe.v));
  Lane rest = a - quotient * safe;
  Lane mixed =
      truth(a, arith::XOrIOp::create(builder, a.loc, less(rest, zero).v, less(safe, zero).v));
  Lane floored = select(logicalAnd(notEqual(rest, zero), mixed), quotient - one, quotient);
  return select(isZero, zero, select(isMinus, -a, floored));
}
Lane mod(const Lane &a, const Lane &b) { return a - b * idiv(a, b); }

//===-- truth --------------------------------------------------------------------------------===//

Lane logicalNot(const Lane &x) {
  return with(x, arith::XOrIOp::create(*x.builder, x.loc, x.v, number(x, 1).v));
}
Lane logicalAnd(const Lane &a, const Lane &b) {
  return with(a, arith::AndIOp::create(*a.builder, a.loc, a.v, b.v));
}
Lane logicalOr(const Lane &a, const Lane &b) {
  return with(a, arith::OrIOp::create(*a.builder, a.loc, a.v, b.v));
}
Lane equal(const Lane &a, const Lane &b) { return compare(F::OEQ, I::eq, a, b); }
Lane notEqual(const Lane &a, const Lane &b) { return compare(F::UNE, I::ne, a, b); }
Lane less(const Lane &a, const Lane &b) {
  return compare(F::OLT, isUnsignedLess(a) ? I::ult : I::slt, a, b);
}
Lane lessEqual(const Lane &a, const Lane &b) {
  return compare(F::OLE, isUnsignedLess(a) ? I::ule : I::sle, a, b);
}
Lane select(const Lane &c, const Lane &a, const Lane &b) {
  return with(a, arith::SelectOp::create(*a.builder, a.loc, c.v, a.v, b.v));
}

//===-- element types ------------------------------------------------------------------------===//

namespace {
/// Bounds of an integer element type.
std::pair<double, double> bounds(Type element) {
  unsigned bits = element.getIntOrFloatBitWidth();
  if (element.isUnsignedInteger())
    return {0, std::ldexp(1, bits) - 1};
  return {-std::ldexp(1, bits - 1), std::ldexp(1, bits - 1) - 1};
}

/// A real number as an integer in a register: towards zero, saturating, NaN as 0.
Lane truncated(const Lane &x, Type element, Type to) {
  auto [low, high] = bounds(element);
  OpBuilder &b = *x.builder;
  Lane zero = number(x, 0);
  // Where the bound itself is no f32, comparing with the power of two above it decides.
  bool exactHigh =
      element.getIntOrFloatBitWidth() <= 8 || (scalarType(x.v).isF64() && to.isInteger(32));
  Lane top = number(x, exactHigh ? high : high + 1);
  Lane tooLow = less(x, number(x, low)), tooHigh = lessEqual(top, x), noNumber = notEqual(x, x);
  Lane safe = select(logicalOr(logicalOr(tooLow, tooHigh), noNumber), zero, x);
  Lane whole(b, x.loc, element, arith::FPToSIOp::create(b, x.loc, like(x.v.getType(), to), safe.v));
  APInt limit = element.isUnsignedInteger()
                    ? APInt::getMaxValue(8).zext(64)
                    : APInt::getSignedMaxValue(element.getIntOrFloatBitWidth()).sext(64);
  auto integer = [&](const APInt &n) {
    Attribute attr = b.getIntegerAttr(to, n.trunc(to.getIntOrFloatBitWidth()));
    if (auto vector = dyn_cast<VectorType>(whole.v.getType()))
      attr = DenseElementsAttr::get(vector, attr);
    return with(whole, arith::ConstantOp::create(b, x.loc, cast<TypedAttr>(attr)));
  };
  APInt lowest = element.isUnsignedInteger()
                     ? APInt(64, 0)
                     : APInt::getSignedMinValue(element.getIntOrFloatBitWidth()).sext(64);
  return select(tooLow, integer(lowest), select(tooHigh, integer(limit), whole));
}
} // namespace

Lane convert(const Lane &x, Type element) {
  OpBuilder &b = *x.builder;
  Type from = scalarType(x.v), to = element;
  if (element.isInteger(8))
    to = b.getI32Type();
  if (element.isF16() || element.isBF16())
    to = b.getF32Type();
  Type type = like(x.v.getType(), to);
  auto result = [&](Value v) { return Lane(b, x.loc, element, v); };
  if (x.element == element)
    return x;
  if (to.isInteger(1))
    return result(notEqual(x, number(x, 0)).v);
  if (from.isInteger(1) && isa<FloatType>(to))
    return result(arith::UIToFPOp::create(b, x.loc, type, x.v));
  if (from.isInteger(1))
    return result(arith::ExtUIOp::create(b, x.loc, type, x.v));
  if (isa<FloatType>(from) && isa<FloatType>(to)) {
    if (from == to)
      return result(x.v);
    bool wider = to.getIntOrFloatBitWidth() > from.getIntOrFloatBitWidth();
    return result(wider ? Value(arith::ExtFOp::create(b, x.loc, type, x.v))
                        : Value(arith::TruncFOp::create(b, x.loc, type, x.v)));
  }
  if (isa<FloatType>(from))
    return truncated(x, element, to);
  if (isa<FloatType>(to))
    return result(arith::SIToFPOp::create(b, x.loc, type, x.v));
  // Whole numbers: clamped in the type that they have, then widened or narrowed.
  Lane clamped = x;
  auto [low, high] = bounds(element);
  auto [ownLow, ownHigh] = bounds(x.element);
  if (low > ownLow)
    clamped = maximum(clamped, number(x, low));
  if (high < ownHigh)
    clamped = minimum(clamped, number(x, high));
  unsigned own = from.getIntOrFloatBitWidth(), wanted = to.getIntOrFloatBitWidth();
  if (own == wanted)
    return result(clamped.v);
  return result(wanted > own ? Value(arith::ExtSIOp::create(b, x.loc, type, clamped.v))
                             : Value(arith::TruncIOp::create(b, x.loc, type, clamped.v)));
}

} // namespace net::scalar
