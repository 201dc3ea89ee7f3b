//===- Reduce.h - the smallest program that still fails ---------*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef NETC_TOOLS_REDUCE_H
#define NETC_TOOLS_REDUCE_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"

namespace net {

/// A copy of `module`, of whose functions (without calls) as many results, operations and arguments
/// are gone as `fails` allows: it is asked about each smaller program. An operation goes by its
/// results becoming arguments (delta debugging: Zeller and Hildebrandt 2002).
mlir::OwningOpRef<mlir::ModuleOp> reduce(mlir::ModuleOp module,
                                         llvm::function_ref<bool(mlir::ModuleOp)> fails);

} // namespace net
#endif // NETC_TOOLS_REDUCE_H
