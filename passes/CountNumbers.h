//===- CountNumbers.h - what a value is like -------------------*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef NETC_PASSES_COUNTNUMBERS_H
#define NETC_PASSES_COUNTNUMBERS_H

#include "mlir/IR/Builders.h"

namespace net {

/// What a value is like, f64[5]: how many numbers it has, how many of them are NaN, how many are
/// not finite, the least and the largest of the finite ones. In kernels of its own, where the
/// builder stands: values of a size and type have kernels alike, whatever they are computed from.
mlir::Value countNumbers(mlir::OpBuilder &builder, mlir::Value value);
constexpr int64_t notFinite = 2;

/// One behind the other, by a kernel.
mlir::Value joinRows(mlir::OpBuilder &builder, llvm::ArrayRef<mlir::Value> rows,
                     mlir::Location loc);

} // namespace net
#endif // NETC_PASSES_COUNTNUMBERS_H
