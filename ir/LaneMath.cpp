//===- LaneMath.cpp - elementary functions as polynomials -----------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// One fixed form per function and element type, equal on every target: range reduction
// and polynomial after Cephes (Moshier 1989) for exp, log, sin, cos and tanh; erf after
// Juffa. Bounds in f32, tested (test/unit/NativeMath.cpp), in units in the last place:
// log and erf 1; exp, expm1, log1p, tanh, sin, cos and rsqrt 1.5; sigmoid and softplus 2.
// In f64: exp and log 1.5, log1p 2, softplus 3, expm1 4, and sigmoid; the rest calls the C library,
// element by element.
//
//===----------------------------------------------------------------------===//
#include "ir/LaneMath.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace net;
using namespace net::lane;

namespace {
using net::scalar::operator+;
using net::scalar::operator-;
using net::scalar::operator*;
using net::scalar::operator/;
using net::scalar::less;
using net::scalar::select;

bool isDouble(const Lane &x) { return scalarType(x.v).isF64(); }

/// Highest power first, by fma.
Lane polynomial(const Lane &x, ArrayRef<double> coefficients) {
  Lane sum = number(x, coefficients[0]);
  for (double c : coefficients.drop_front())
    sum = fma(sum, x, number(x, c));
  return sum;
}

/// The bits of a real number as integers of its width, and back.
Lane bits(const Lane &x) {
  Type type = x.builder->getIntegerType(isDouble(x) ? 64 : 32);
  return Lane(*x.builder, x.loc, type,
              arith::BitcastOp::create(*x.builder, x.loc, like(x.v.getType(), type), x.v));
}
Lane real(const Lane &bits, const Lane &x) {
  return with(x, arith::BitcastOp::create(*x.builder, x.loc, x.v.getType(), bits.v));
}
template <typename Shift> Lane shift(const Lane &x, int64_t by) {
  return with(x, Shift::create(*x.builder, x.loc, x.v, number(x, by).v));
}
Lane masked(const Lane &x, int64_t mask) {
  return with(x, arith::AndIOp::create(*x.builder, x.loc, x.v, number(x, mask).v));
}
/// A number between two others; NaN stays.
Lane clamped(const Lane &x, double low, double high) {
  Lane a = number(x, low), b = number(x, high);
  Lane above = select(less(x, a), a, x);
  return select(less(b, above), b, above);
}

/// x scaled to a whole number n, as a number and as an integer: by adding 1.5 * 2^(mantissa bits).
std::pair<Lane, Lane> nearest(const Lane &x, double scale) {
  Lane magic = number(x, isDouble(x) ? 0x1.8p52 : 0x1.8p23);
  Lane moved = fma(x, number(x, scale), magic);
  return {moved - magic, bits(moved) - bits(magic)};
}

/// 2^n for a whole n within the exponents of normal numbers.
Lane power(const Lane &n, const Lane &x) {
  int64_t bias = isDouble(x) ? 1023 : 127, mantissa = isDouble(x) ? 52 : 23;
  return real(shift<arith::ShLIOp>(n + number(n, bias), mantissa), x);
}

/// e^r - 1 for |r| <= ln 2 / 2.
Lane expm1Kernel(const Lane &r) {
  if (!isDouble(r)) {
    Lane p = polynomial(r, {1.9875691500e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2,
                            1.6666665459e-1, 5.0000001201e-1});
    return fma(p, r * r, r);
  }
  Lane z = r * r;
  Lane p = r * polynomial(z, {1.26177193074810590878e-4, 3.02994407707441961300e-2,
                              9.99999999999999999910e-1});
  Lane q = polynomial(z, {3.00198505138664455042e-6, 2.52448340349684104192e-3,
                          2.27265548208155028766e-1, 2.00000000000000000005});
  return number(r, 2) * p / (q - p);
}

/// x = n ln 2 + r.
struct Reduced {
  Lane n, r;
};
Reduced reduceExp(const Lane &x) {
  auto [k, n] = nearest(x, 1.4426950408889634);
  bool wide = isDouble(x);
  Lane r = fma(k, number(x, wide ? -6.93145751953125e-1 : -0.693359375), x);
  return {n, fma(k, number(x, wide ? -1.42860682030941723212e-6 : 2.12194440e-4), r)};
}

/// The exponent k and the logarithm's argument f = m - 1 of x = m 2^k, m from sqrt(1/2) to sqrt(2).
struct Split {
  Lane k, f;
};
Split splitLog(const Lane &x) {
  bool wide = isDouble(x);
  int64_t mantissa = wide ? 52 : 23, half = wide ? 0x3FE6A09E667F3BCD : 0x3F3504F3;
  // Numbers below the normal ones are scaled up first.
  Lane tiny = less(x, number(x, wide ? 0x1p-1022 : 0x1p-126));
  Lane scaled = select(tiny, x * number(x, wide ? 0x1p52 : 0x1p23), x);
  Lane image = bits(scaled);
  Type type = scalarType(image.v);
  Attribute attr = x.builder->getIntegerAttr(type, half);
  if (auto vector = dyn_cast<VectorType>(image.v.getType()))
    attr = DenseElementsAttr::get(vector, attr);
  Lane least = with(image, arith::ConstantOp::create(*x.builder, x.loc, cast<TypedAttr>(attr)));
  Lane k = shift<arith::ShRSIOp>(image - least, mantissa);
  Lane m = real(image - shift<arith::ShLIOp>(k, mantissa), x);
  Lane exponent = with(x, arith::SIToFPOp::create(*x.builder, x.loc, x.v.getType(), k.v));
  return {select(tiny, exponent - number(x, mantissa), exponent), m - number(x, 1)};
}

/// ln x for finite x above 0.
Lane logKernel(const Lane &x) {
  auto [k, f] = splitLog(x);
  Lane z = f * f;
  Lane y = [&, f = f] {
    if (!isDouble(x))
      return f * z *
             polynomial(f, {7.0376836292e-2, -1.1514610310e-1, 1.1676998740e-1, -1.2420140846e-1,
                            1.4249322787e-1, -1.6668057665e-1, 2.0000714765e-1, -2.4999993993e-1,
                            3.3333331174e-1});
    Lane p =
        polynomial(f, {1.01875663804580931796e-4, 4.97494994976747001425e-1, 4.70579119878881725854,
                       1.44989225341610930846e1, 1.79368678507819816313e1, 7.70838733755885391666});
    Lane q = polynomial(f, {1.0, 1.12873587189167450590e1, 4.52279145837532221105e1,
                            8.29875266912776603211e1, 7.11544750618563894466e1,
                            2.31251620126765340583e1});
    return f * (z * p / q);
  }();
  y = fma(k, number(x, -2.121944400546905827679e-4), y);
  y = fma(number(x, -0.5), z, y);
  return fma(k, number(x, 0.693359375), f + y);
}

/// The function of the C library, element by element.
template <typename Op> Lane library(const Lane &x) {
  OpBuilder &b = *x.builder;
  auto vector = dyn_cast<VectorType>(x.v.getType());
  if (!vector)
    return with(x, Op::create(b, x.loc, x.v));
  SmallVector<Value> lanes;
  for (int64_t i = 0; i < vector.getNumElements(); ++i)
    lanes.push_back(
        Op::create(b, x.loc, vector::ExtractOp::create(b, x.loc, x.v, ArrayRef<int64_t>{i})));
  return with(x, vector::FromElementsOp::create(b, x.loc, vector, lanes));
}

/// sin (first = 0) or cos (first = 1).
Lane circular(const Lane &x, int64_t first) {
  OpBuilder &b = *x.builder;
  // The angle is reduced in f64, which leaves nothing to see in f32 up to 2^28.
  Lane wide(b, x.loc, b.getF64Type(),
            arith::ExtFOp::create(b, x.loc, like(x.v.getType(), b.getF64Type()), x.v));
  auto [k, n] = nearest(wide, 0.63661977236758138);
  Lane angle =
      fma(k, number(wide, -6.123233995736766e-17), fma(k, number(wide, -1.5707963267948966), wide));
  Lane r = with(x, arith::TruncFOp::create(b, x.loc, x.v.getType(), angle.v)), z = r * r;
  Lane turn(b, x.loc, b.getI32Type(),
            arith::TruncIOp::create(b, x.loc, like(x.v.getType(), b.getI32Type()), n.v));
  turn = turn + number(turn, first);
  Lane s = fma(r * z, polynomial(z, {-1.9515295891e-4, 8.3321608736e-3, -1.6666654611e-1}), r);
  Lane c =
      fma(z * z, polynomial(z, {2.443315711809948e-5, -1.388731625493765e-3, 4.166664568298827e-2}),
          fma(number(z, -0.5), z, number(z, 1)));
  Lane odd = net::scalar::notEqual(masked(turn, 1), number(turn, 0));
  Lane negative = net::scalar::notEqual(masked(turn, 2), number(turn, 0));
  Lane y = select(odd, c, s);
  return select(negative, -y, y);
}

Lane erfSingle(const Lane &x) {
  Lane t = net::scalar::abs(x), s = x * x;
  Lane r = fma(number(x, -1.72853470e-5), t, number(x, 3.83197126e-4));
  Lane u = fma(number(x, -3.88396438e-3), t, number(x, 2.42546219e-2));
  r = fma(r, s, u);
  r = fma(r, t, number(x, -1.06777877e-1));
  r = fma(r, t, number(x, -6.34846687e-1));
  r = fma(r, t, number(x, -1.28717512e-1));
  r = fma(r, t, -t);
  Lane far = number(x, 1) - net::scalar::exp(r);
  far = with(x, math::CopySignOp::create(*x.builder, x.loc, far.v, x.v));
  Lane p = polynomial(s, {-5.96761703e-4, 4.99119423e-3, -2.67681349e-2, 1.12819925e-1,
                          -3.76125336e-1, 1.28379166e-1});
  return select(less(number(x, 0.927734375), t), far, fma(p, x, x));
}
} // namespace

namespace net::scalar {

Lane exp(const Lane &x) {
  bool wide = isDouble(x);
  auto [n, r] = reduceExp(wide ? clamped(x, -746, 710) : clamped(x, -104, 89));
  // Two factors, so that the ends of the range round as they should.
  Lane first = shift<arith::ShRSIOp>(n, 1);
  return (expm1Kernel(r) + number(x, 1)) * power(first, x) * power(n - first, x);
}

Lane expm1(const Lane &x) {
  auto [n, r] = reduceExp(isDouble(x) ? clamped(x, -40, 710) : clamped(x, -18, 89));
  Lane half = power(n - number(n, 1), x);
  return number(x, 2) * fma(half, expm1Kernel(r), half - number(x, 0.5));
}

Lane log(const Lane &x) {
  double infinity = std::numeric_limits<double>::infinity(),
         nan = std::numeric_limits<double>::quiet_NaN();
  Lane zero = number(x, 0), top = number(x, infinity);
  Lane y = select(less(x, top), logKernel(x), x); // infinity and NaN are kept
  y = select(less(x, zero), number(x, nan), y);
  return select(equal(x, zero), number(x, -infinity), y);
}

Lane log1p(const Lane &x) {
  // What 1 + x lost is put back by the derivative.
  Lane u = number(x, 1) + x, y = log(u);
  Lane lost = x - (u - number(x, 1));
  Lane finite = less(abs(y), number(x, std::numeric_limits<double>::infinity()));
  return select(finite, y + lost / u, y);
}

Lane tanh(const Lane &x) {
  if (isDouble(x))
    return library<math::TanhOp>(x);
  // 1 - 2 / (e^2t + 1), which is 1 from 9.2 on: with a value below, derivatives of saturated units,
  // 1 - y^2, would add up. About 0, where that cancels, Cephes' polynomial. The sign is taken off
  // and put back.
  OpBuilder &b = *x.builder;
  Lane sign = masked(bits(x), std::numeric_limits<int32_t>::min());
  Lane t = real(with(sign, arith::XOrIOp::create(b, x.loc, bits(x).v, sign.v)), x);
  Lane end = number(x, 9.2);
  t = select(less(end, t), end, t);
  // 2t = n ln 2 + 2r; p = (e^2r - 1) / 2, of which the first terms need no wait for the others. An
  // error of n ln 2 is not seen where n is large.
  auto [k, n] = nearest(t, 2.8853900817779268);
  Lane r = fma(k, number(x, -0.34657359027997264), t), square = r * r;
  Lane low = polynomial(r, {0.66666073217393536, 1.0000000191393288});
  Lane high = polynomial(r, {0.13390325861816192, 0.33332963326515608});
  high = fma(number(x, 0.04464192275435591), square, high);
  Lane p = fma(fma(high, square, low), square, r), scale = power(n, x), half = number(x, 0.5);
  Lane far = number(x, 1) - number(x, 1) / fma(p, scale, fma(scale, half, half));
  Lane z = t * t;
  Lane q = polynomial(z, {-5.70498872745e-3, 2.06390887954e-2, -5.37397155531e-2, 1.33314422036e-1,
                          -3.33332819422e-1});
  Lane y = select(less(t, number(x, 0.625)), fma(t * z, q, t), far);
  return real(with(sign, arith::OrIOp::create(b, x.loc, bits(y).v, sign.v)), x);
}

Lane sigmoid(const Lane &x) { return number(x, 1) / (number(x, 1) + exp(-x)); }
Lane softplus(const Lane &x) { return maximum(x, number(x, 0)) + log1p(exp(-abs(x))); }
Lane erf(const Lane &x) { return isDouble(x) ? library<math::ErfOp>(x) : erfSingle(x); }
Lane sin(const Lane &x) { return isDouble(x) ? library<math::SinOp>(x) : circular(x, 0); }
Lane cos(const Lane &x) { return isDouble(x) ? library<math::CosOp>(x) : circular(x, 1); }

Lane pow(const Lane &a, const Lane &b) {
  // In f64, where the logarithm's error is not seen after the exponential.
  OpBuilder &builder = *a.builder;
  Type f64 = builder.getF64Type();
  auto wide = [&](const Lane &x) {
    if (isDouble(x))
      return x;
    return Lane(builder, x.loc, f64,
                arith::ExtFOp::create(builder, x.loc, like(x.v.getType(), f64), x.v));
  };
  Lane x = wide(a), y = wide(b);
  Lane one = number(x, 1), size = select(equal(abs(x), one), one, exp(y * log(abs(x))));
  Lane whole = equal(floor(y), y), halves = y * number(y, 0.5), even = equal(floor(halves), halves);
  Lane nan = number(x, std::numeric_limits<double>::quiet_NaN());
  Lane negative = select(whole, select(even, size, -size), nan);
  Lane result = select(less(x, number(x, 0)), negative, size);
  result = select(equal(y, number(y, 0)), one, result);
  if (isDouble(a))
    return result;
  return with(a, arith::TruncFOp::create(builder, a.loc, a.v.getType(), result.v));
}

} // namespace net::scalar
