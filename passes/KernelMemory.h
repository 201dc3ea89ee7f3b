//===- KernelMemory.h - what lives while kernels run ---------------*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// An estimate of what codegen plans, before there is code: no memory of kernels of their own, no
// result in place of an operand.
//
//===----------------------------------------------------------------------===//
#ifndef NETC_PASSES_KERNELMEMORY_H
#define NETC_PASSES_KERNELMEMORY_H

#include "ir/DeclaredSizes.h"
#include "llvm/ADT/DenseMap.h"

namespace net {

class KernelMemory {
public:
  KernelMemory(mlir::Block &block, const DeclaredSizes &sizes);

  /// The operation during which most bytes live, and how many these are.
  mlir::Operation *fullest() const { return fullestOp; }
  int64_t peak() const { return most; }
  int64_t numberOf(mlir::Operation *op) const { return numbers.lookup(op); }
  /// The kernels, scans, and the block's end, that read a value, maybe through operations that
  /// store nothing.
  llvm::ArrayRef<mlir::Operation *> readersOf(mlir::Value value) const;
  /// A value that takes memory of its own while it lives.
  bool isArray(mlir::Value value) const { return lives.contains(value); }
  int64_t lastReader(mlir::Value value) const { return lives.lookup(value); }

private:
  void collectReaders(mlir::Value value, mlir::Value through);
  void addLives();

  mlir::Block &block;
  const DeclaredSizes &sizes;
  llvm::DenseMap<mlir::Operation *, int64_t> numbers;
  llvm::DenseMap<mlir::Value, llvm::SmallVector<mlir::Operation *>> readers;
  llvm::DenseMap<mlir::Value, int64_t> lives; ///< number of the last reader
  mlir::Operation *fullestOp = nullptr;
  int64_t most = 0;
};

/// Does the operation compute something, rather than say where elements are read?
bool isUnit(mlir::Operation *op);

} // namespace net
#endif // NETC_PASSES_KERNELMEMORY_H
