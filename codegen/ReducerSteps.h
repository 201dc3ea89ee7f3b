//===- ReducerSteps.h - how elements are combined ----------------*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef NETC_CODEGEN_REDUCERSTEPS_H
#define NETC_CODEGEN_REDUCERSTEPS_H

#include "codegen/Reducer.h"

namespace net::reduction {

bool isArg(mlir::Operation *root);
/// One element for two, by what the reduction does; `exponentials`: the second half of logsumexp, a
/// sum.
mlir::Value combine(Pull &pull, mlir::Operation *root, mlir::Value a, mlir::Value b,
                    bool exponentials = false);
/// Is x before y in the order that argmax (argmin) looks for: NaN, then the largest (smallest)?
mlir::Value precedes(Pull &pull, mlir::Operation *root, mlir::Value x, mlir::Value y);
mlir::Value select(Pull &pull, mlir::Value c, mlir::Value a, mlir::Value b);
/// What logsumexp subtracts before exp: the largest, if it is finite.
mlir::Value shiftOf(Pull &pull, mlir::Operation *root, mlir::Value largest);
mlir::Value shiftedExp(Pull &pull, mlir::Operation *root, mlir::Value x, mlir::Value shift);

} // namespace net::reduction
#endif // NETC_CODEGEN_REDUCERSTEPS_H
