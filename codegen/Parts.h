//===- Parts.h - a program cut for several threads --------------*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef NETC_CODEGEN_PARTS_H
#define NETC_CODEGEN_PARTS_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"

namespace net {

/// Moves kernels of a program in the phase `loops` to modules of their own, so that all have about
/// as many operations; as few as one, if there are few. All come back within a module, the one with
/// the entries first. Kernels get the prefix `<symbol>.`, under which the entries' object finds
/// them. What goes where is decided by the program alone, never by the machine.
mlir::OwningOpRef<mlir::ModuleOp> cutInParts(mlir::OwningOpRef<mlir::ModuleOp> program,
                                             llvm::StringRef symbol);

} // namespace net
#endif // NETC_CODEGEN_PARTS_H
