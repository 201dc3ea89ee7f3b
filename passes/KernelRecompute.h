//===- KernelRecompute.h - kernels that run again -----------------*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// At an operation of a block, everything that was computed before and is read behind lies in
// memory. Some of it can be computed again behind, from the rest. Which is a minimal cut between
// what is there in any case and what is read behind (Jain and others, Checkmate, 2020, have the
// problem in general; AOTAutograd of PyTorch takes such a cut between forward and backward).
//
//===----------------------------------------------------------------------===//
#ifndef NETC_PASSES_KERNELRECOMPUTE_H
#define NETC_PASSES_KERNELRECOMPUTE_H

#include "passes/KernelMemory.h"
#include "llvm/ADT/SetVector.h"

namespace net {

/// How much is computed again.
struct RecomputeChoice {
  double price = 0;      ///< bytes that a vector instruction is worth
  unsigned segments = 1; ///< parts of what comes before; what one hands to the next is kept
};

/// What is computed again behind an operation of a block.
struct RecomputePlan {
  int64_t place;                           ///< number of the operation
  llvm::SetVector<mlir::Value> wanted;     ///< read behind it
  llvm::DenseSet<mlir::Operation *> again; ///< operations, also those inside of kernels
};

RecomputePlan planRecompute(mlir::Block &block, const KernelMemory &memory,
                            const DeclaredSizes &sizes, const RecomputeChoice &choice);
/// Changes the block. Gives arrays that were kept, and are not any more, as they were.
void recompute(mlir::Block &block, const KernelMemory &memory, const RecomputePlan &plan);

/// What a value of the block is inside of the kernel that computes it.
mlir::Value computedAs(mlir::Value value);

} // namespace net
#endif // NETC_PASSES_KERNELRECOMPUTE_H
