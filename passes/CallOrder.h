//===- CallOrder.h - functions behind what they call -------------*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef NETC_PASSES_CALLORDER_H
#define NETC_PASSES_CALLORDER_H

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace net {

/// Visits functions of a module, each once and behind all that it calls and their own derivatives.
/// An error: a function that calls itself, directly or through others, or one without a body.
llvm::LogicalResult
walkCalleesFirst(llvm::ArrayRef<mlir::func::FuncOp> functions,
                 llvm::function_ref<llvm::LogicalResult(mlir::func::FuncOp)> visit);

} // namespace net
#endif // NETC_PASSES_CALLORDER_H
