//===- Slices.h - what lies between values, and copies of it ----*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef NETC_FRONTEND_SLICES_H
#define NETC_FRONTEND_SLICES_H

#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/IRMapping.h"

namespace net {

/// The operations that a block sees, in order: its own, and those before the ones it stands in.
llvm::SmallVector<mlir::Operation *> visibleFrom(mlir::Block &block);
/// Does an operation stand before another one? Both are seen from one block.
bool precedes(mlir::Operation *op, mlir::Operation *other);
/// The first operation that may read one of some values; null if any may.
mlir::Operation *firstAfter(llvm::ArrayRef<mlir::Value> values);

/// What leads from a value to another: all that is computed from it, or real numbers without
/// `stop_gradient`, along which gradients flow.
enum class Paths { All, Differentiable };
/// The operations that lie between some values and another one, in order. Looks at no operation
/// before them, and at none that the other value is not computed from.
llvm::SmallVector<mlir::Operation *> between(llvm::ArrayRef<mlir::Value> from, mlir::Value to,
                                             Paths paths);

/// What a call shows besides its results is computed inside of it: no path leads from such a value
/// to what is computed from the results. Copies the call's body and what follows to where the
/// builder stands, so that there is one, and puts the copies in the place of `wanted` and `loss`.
/// The same for what the turns of a scan show. The originals stay; equal computations become one.
void exposeInner(mlir::ModuleOp module, mlir::OpBuilder &builder,
                 llvm::SmallVectorImpl<mlir::Value> &wanted, mlir::Value &loss);

} // namespace net
#endif // NETC_FRONTEND_SLICES_H
