//===- LaneMath.h - building blocks of emitted arithmetic -------*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef NETC_IR_LANEMATH_H
#define NETC_IR_LANEMATH_H

#include "ir/Scalar.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/TypeUtilities.h"

namespace net::lane {

/// `element`, as a vector if `shape` is one.
mlir::Type like(mlir::Type shape, mlir::Type element);
mlir::Type scalarType(mlir::Value v);
bool isFloat(const Lane &x);
/// Another value of the same element type; a truth value.
Lane with(const Lane &x, mlir::Value v);
Lane truth(const Lane &x, mlir::Value v);
/// A number in the type of x.
Lane number(const Lane &x, double value);
/// a b + c, rounded once.
Lane fma(const Lane &a, const Lane &b, const Lane &c);
Lane compare(mlir::arith::CmpFPredicate real, mlir::arith::CmpIPredicate whole, const Lane &a,
             const Lane &b);

} // namespace net::lane
#endif // NETC_IR_LANEMATH_H
