//===- Description.h - what the runtime is told of entries -------*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef NETC_CODEGEN_DESCRIPTION_H
#define NETC_CODEGEN_DESCRIPTION_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/Support/JSON.h"

namespace net {

/// An entry before it is lowered: its sizes, arguments and results in the order of its buffers, and
/// the floating-point operations of its products (a size expression).
llvm::json::Object describeEntry(mlir::func::FuncOp entry);

/// Adds "entries" and "messages" (from `net.messages`) to the program description `net.program`, if
/// there is one. Fails with a diagnostic if that is no JSON object.
mlir::LogicalResult describeProgram(mlir::ModuleOp module, llvm::json::Array entries);

} // namespace net
#endif // NETC_CODEGEN_DESCRIPTION_H
