//===- GradientTidy.h - derivatives, as one would write them ----*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Changes of functions that are going to be printed. The values stay the same bits.
//
//===----------------------------------------------------------------------===//
#ifndef NETC_FRONTEND_GRADIENTTIDY_H
#define NETC_FRONTEND_GRADIENTTIDY_H

#include "mlir/IR/BuiltinOps.h"

namespace net {

/// A call of a function that computes nothing says nothing, and neither does what nobody reads.
void withoutUnread(mlir::ModuleOp module);

/// Copies late, so that broadcasting makes most of them; few products with one; nothing that undoes
/// what was done.
void readable(mlir::ModuleOp module);

} // namespace net
#endif // NETC_FRONTEND_GRADIENTTIDY_H
