//===- Normalize.h - kernels in the forms that are emitted -------*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef NETC_CODEGEN_NORMALIZE_H
#define NETC_CODEGEN_NORMALIZE_H

#include "ir/NetDialect.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace net {

/// Every operation that computes something stands in a kernel; constants and operations that only
/// move elements may stand outside, their users read through them. Kernels are split until each is
/// one of:
///   a map: outputs of one number of elements, with reductions at most over the rows of it;
///   reductions of one shape over the same axes, followed by elementwise operations on the results;
///   one product or convolution, followed by elementwise operations on its result;
///   one sum at positions, recurrence, order or system of equations, which is the only output.
/// What a turn of a scan yields, and what its carries begin as, are results of kernels, each for
/// this one purpose.
void normalizeKernels(mlir::func::FuncOp entry);

/// Kernels that replace a variable move behind those that read its old value, where nothing hinders
/// it.
void sinkUpdates(mlir::func::FuncOp entry);

/// The operations that decide the loops of a normalized kernel; none for a map.
llvm::SmallVector<mlir::Operation *> rootsOf(KernelOp kernel);

/// May the operation stand outside of kernels?
bool isReadThrough(mlir::Operation *op);

} // namespace net
#endif // NETC_CODEGEN_NORMALIZE_H
