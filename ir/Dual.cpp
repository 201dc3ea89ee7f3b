//===- Dual.cpp - arithmetic of numbers with derivatives ------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Derivatives are written from calculus, in other forms than the `vjp` rules of the
// records where there is a choice. Conventions at kinks are the language's: |x|' = 0 at
// 0, of equal numbers the first takes the derivative of max and min. What does not
// change (derivative 0) stays so where a local derivative is infinite.
//
//===----------------------------------------------------------------------===//
#include "ir/Scalar.h"
#include "mlir/IR/BuiltinTypes.h"

#include <cmath>

using namespace net;

/// f'(x) dx, without 0 * inf.
static double chain(double slope, double dx) { return dx == 0 ? 0 : slope * dx; }

/// A number that is constant around the point, or a truth value.
static Dual constant(double value) { return Dual(value, 0); }

namespace net::scalar {

//===-- arithmetic ---------------------------------------------------------------------------===//

Dual operator-(const Dual &x) { return {-x.v, -x.d}; }
Dual operator+(const Dual &a, const Dual &b) { return {a.v + b.v, a.d + b.d}; }
Dual operator-(const Dual &a, const Dual &b) { return {a.v - b.v, a.d - b.d}; }
Dual operator*(const Dual &a, const Dual &b) {
  return {a.v * b.v, chain(b.v, a.d) + chain(a.v, b.d)};
}
Dual operator/(const Dual &a, const Dual &b) {
  return {a.v / b.v, chain(1 / b.v, a.d) - chain(a.v / (b.v * b.v), b.d)};
}

Dual abs(const Dual &x) { return {std::fabs(x.v), x.v > 0 ? x.d : x.v < 0 ? -x.d : 0}; }
Dual sign(const Dual &x) { return constant(x.v > 0 ? 1 : x.v < 0 ? -1 : x.v); }
Dual floor(const Dual &x) { return constant(std::floor(x.v)); }
Dual ceil(const Dual &x) { return constant(std::ceil(x.v)); }
Dual round(const Dual &x) { return constant(std::nearbyint(x.v)); }

//===-- functions ----------------------------------------------------------------------------===//

Dual exp(const Dual &x) { return {std::exp(x.v), chain(std::exp(x.v), x.d)}; }
Dual expm1(const Dual &x) { return {std::expm1(x.v), chain(std::exp(x.v), x.d)}; }
Dual log(const Dual &x) { return {std::log(x.v), chain(1 / x.v, x.d)}; }
Dual log1p(const Dual &x) { return {std::log1p(x.v), chain(1 / (1 + x.v), x.d)}; }
Dual sqrt(const Dual &x) { return {std::sqrt(x.v), chain(0.5 / std::sqrt(x.v), x.d)}; }
Dual rsqrt(const Dual &x) { return {1 / std::sqrt(x.v), chain(-0.5 * std::pow(x.v, -1.5), x.d)}; }

Dual tanh(const Dual &x) {
  double c = std::cosh(x.v);
  return {std::tanh(x.v), chain(1 / (c * c), x.d)};
}
Dual sigmoid(const Dual &x) {
  double e = std::exp(-std::fabs(x.v)), s = 1 + e;
  return {x.v < 0 ? e / s : 1 / s, chain(e / (s * s), x.d)};
}
Dual softplus(const Dual &x) {
  double e = std::exp(-std::fabs(x.v));
  return {std::fmax(x.v, 0) + std::log1p(e), chain(sigmoid(x).v, x.d)};
}
Dual erf(const Dual &x) {
  const double twoOverRootPi = 1.12837916709551257390;
  return {std::erf(x.v), chain(twoOverRootPi * std::exp(-x.v * x.v), x.d)};
}
Dual sin(const Dual &x) { return {std::sin(x.v), chain(std::cos(x.v), x.d)}; }
Dual cos(const Dual &x) { return {std::cos(x.v), chain(-std::sin(x.v), x.d)}; }

Dual pow(const Dual &a, const Dual &b) {
  double y = std::pow(a.v, b.v);
  double byBase = b.v == 0 ? 0 : chain(b.v * std::pow(a.v, b.v - 1), a.d);
  double byExponent = a.v == 0 ? 0 : chain(std::log(a.v) * y, b.d);
  return {y, byBase + byExponent};
}
Dual powi(const Dual &x, int64_t n) {
  double slope = n == 0 ? 0 : static_cast<double>(n) * std::pow(x.v, static_cast<double>(n - 1));
  return {std::pow(x.v, static_cast<double>(n)), chain(slope, x.d)};
}

//===-- choice -------------------------------------------------------------------------------===//

Dual maximum(const Dual &a, const Dual &b) {
  if (std::isnan(b.v))
    return b;
  return a.v < b.v ? b : a;
}
Dual minimum(const Dual &a, const Dual &b) {
  if (std::isnan(b.v))
    return b;
  return a.v > b.v ? b : a;
}
Dual idiv(const Dual &a, const Dual &b) { return constant(std::floor(a.v / b.v)); }
Dual mod(const Dual &a, const Dual &b) {
  double turns = std::floor(a.v / b.v);
  return {a.v - b.v * turns, a.d - chain(turns, b.d)};
}

Dual logicalNot(const Dual &x) { return constant(x.v == 0); }
Dual logicalAnd(const Dual &a, const Dual &b) { return constant(a.v != 0 && b.v != 0); }
Dual logicalOr(const Dual &a, const Dual &b) { return constant(a.v != 0 || b.v != 0); }
Dual equal(const Dual &a, const Dual &b) { return constant(a.v == b.v); }
Dual notEqual(const Dual &a, const Dual &b) { return constant(a.v != b.v); }
Dual less(const Dual &a, const Dual &b) { return constant(a.v < b.v); }
Dual lessEqual(const Dual &a, const Dual &b) { return constant(a.v <= b.v); }
Dual select(const Dual &c, const Dual &a, const Dual &b) { return c.v != 0 ? a : b; }

/// Real types keep the number: rounding to a storage type is the interpreter's choice.
/// Whole types up to 32 bits; the interpreter converts to i64 by itself.
Dual convert(const Dual &x, mlir::Type element) {
  if (mlir::isa<mlir::FloatType>(element))
    return x;
  if (element.isInteger(1))
    return constant(x.v != 0);
  if (std::isnan(x.v))
    return constant(0);
  unsigned bits = element.getIntOrFloatBitWidth();
  bool isUnsigned = element.isUnsignedInteger();
  double low = isUnsigned ? 0 : -std::ldexp(1, static_cast<int>(bits) - 1);
  double high = std::ldexp(1, static_cast<int>(bits) - (isUnsigned ? 0 : 1)) - 1;
  return constant(std::fmin(std::fmax(std::trunc(x.v), low), high));
}

} // namespace net::scalar
