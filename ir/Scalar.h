//===- Scalar.h - the scalar bodies of operations ---------------*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The scalar body of an operation is written once, over T:
//   Dual  a number with its derivative along one direction, in f64: the interpreter;
//   Lane  an SSA value, a scalar or a vector of consecutive elements: code generation.
// The derivative that duals carry comes from calculus here, not from the `vjp` rules,
// so that one can be tested with the other.
//
//===----------------------------------------------------------------------===//
#ifndef NETC_IR_SCALAR_H
#define NETC_IR_SCALAR_H

#include "mlir/IR/Builders.h"
#include "mlir/IR/Value.h"

namespace net {

struct Dual {
  double v = 0; ///< the value; truth values are 0 and 1
  double d = 0; ///< its derivative
  Dual() = default;
  Dual(double v, double d = 0) : v(v), d(d) {}
};

/// Element types in registers: i1 for bool, i32 for u8, i8 and i32 (wrapped to their own width
/// after arithmetic), i64, and f32 or f64 (f16 and bf16 are computed in f32). `element` is the type
/// in memory.
struct Lane {
  mlir::OpBuilder *builder = nullptr;
  mlir::Location loc;
  mlir::Type element; ///< element type as the net dialect has it: ui8, f32, i1 ...
  mlir::Value v;
  Lane(mlir::OpBuilder &b, mlir::Location loc, mlir::Type element, mlir::Value v)
      : builder(&b), loc(loc), element(element), v(v) {}
};

/// What scalar bodies may call, for Dual and Lane alike.
namespace scalar {
#define NETC_SCALAR_FUNCTIONS(T)                                                                   \
  T operator-(const T &x);                                                                         \
  T operator+(const T &a, const T &b);                                                             \
  T operator-(const T &a, const T &b);                                                             \
  T operator*(const T &a, const T &b);                                                             \
  T operator/(const T &a, const T &b);                                                             \
  T abs(const T &x);                                                                               \
  T sign(const T &x);                                                                              \
  T floor(const T &x);                                                                             \
  T ceil(const T &x);                                                                              \
  T round(const T &x);                                                                             \
  T exp(const T &x);                                                                               \
  T expm1(const T &x);                                                                             \
  T log(const T &x);                                                                               \
  T log1p(const T &x);                                                                             \
  T sqrt(const T &x);                                                                              \
  T rsqrt(const T &x);                                                                             \
  T tanh(const T &x);                                                                              \
  T sigmoid(const T &x);                                                                           \
  T softplus(const T &x);                                                                          \
  T erf(const T &x);                                                                               \
  T sin(const T &x);                                                                               \
  T cos(const T &x);                                                                               \
  T pow(const T &a, const T &b);                                                                   \
  T powi(const T &x, int64_t n);                                                                   \
  T maximum(const T &a, const T &b);                                                               \
  T minimum(const T &a, const T &b);                                                               \
  T mod(const T &a, const T &b);                                                                   \
  T idiv(const T &a, const T &b);                                                                  \
  T logicalNot(const T &x);                                                                        \
  T logicalAnd(const T &a, const T &b);                                                            \
  T logicalOr(const T &a, const T &b);                                                             \
  T equal(const T &a, const T &b);                                                                 \
  T notEqual(const T &a, const T &b);                                                              \
  T less(const T &a, const T &b);                                                                  \
  T lessEqual(const T &a, const T &b);                                                             \
  T select(const T &c, const T &a, const T &b);                                                    \
  T convert(const T &x, mlir::Type element);
NETC_SCALAR_FUNCTIONS(Dual)
NETC_SCALAR_FUNCTIONS(Lane)
#undef NETC_SCALAR_FUNCTIONS
} // namespace scalar

} // namespace net
#endif // NETC_IR_SCALAR_H
