//===- ScanRecompute.h - turns that run again ---------------------*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What a scan keeps of its turns is read by other scans along the same turns, as its derivative
// is. These can compute it again, in their turns, from elements, carries, and whatever else is
// kept: the same operations of the same shapes, hence the same bits.
//
//===----------------------------------------------------------------------===//
#ifndef NETC_PASSES_SCANRECOMPUTE_H
#define NETC_PASSES_SCANRECOMPUTE_H

#include "passes/ScanEdit.h"
#include "llvm/ADT/SetVector.h"

namespace net {

/// How values of a turn are computed from others of the turn, which are kept.
struct Recipe {
  llvm::SmallVector<mlir::Operation *> operations; ///< in order
  llvm::SetVector<mlir::Value> leaves;
};
using IsLeaf = llvm::function_ref<bool(mlir::Value)>;
/// Elements and carries are leaves in any case.
Recipe recipeOf(ScanOp scan, llvm::ArrayRef<mlir::Value> values, IsLeaf isLeaf);

/// The scans that read what a scan keeps, if all of them run along its turns behind it, and nobody
/// else reads it; else none.
llvm::SmallVector<ScanOp> readersAlong(ScanOp scan, mlir::Value kept);

/// What `scan` keeps under these numbers is computed again by its readers along the turns. Kept
/// values that nobody reads any more are still there.
void computeAgain(ScanOp &scan, llvm::ArrayRef<unsigned> kept, IsLeaf isLeaf);

/// Kept values that move or join others that take no more memory: those are kept instead.
ScanOp keepSources(ScanOp scan);

} // namespace net
#endif // NETC_PASSES_SCANRECOMPUTE_H
