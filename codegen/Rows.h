//===- Rows.h - what goes through an axis in order ---------------*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Chunks divide what lies beside the axis; within a chunk each row is done from one end to
// the other, in memory of the thread's own where the order is not that of the array.
//
//===----------------------------------------------------------------------===//
#ifndef NETC_CODEGEN_ROWS_H
#define NETC_CODEGEN_ROWS_H

#include "codegen/Domain.h"

namespace net {

/// i64 arithmetic where the builder stands.
struct Whole {
  Pull *pull;
  mlir::Value v;
  Whole(Pull &pull, mlir::Value v) : pull(&pull), v(v) {}
  Whole(Pull &pull, const SizeExpr &size) : pull(&pull), v(pull.size(size)) {}
  Whole with(mlir::Value value) const { return {*pull, value}; }
};
Whole operator+(const Whole &a, const Whole &b);
Whole operator-(const Whole &a, const Whole &b);
Whole operator*(const Whole &a, const Whole &b);
Whole min(const Whole &a, const Whole &b);
/// i1
mlir::Value operator<(const Whole &a, const Whole &b);

/// Memory of the thread's own as an array of a register type.
class OwnArray {
public:
  OwnArray(KernelContext &context, const SizeExpr &firstByte, mlir::Type element);
  mlir::Value load(mlir::Value at) const;
  void store(mlir::Value at, mlir::Value v) const;
  /// Neighbours from `at` on, those that count in `mask` (null: all).
  mlir::Value loadLanes(mlir::Value at, mlir::Value mask) const;
  void storeLanes(mlir::Value at, mlir::Value v, mlir::Value mask) const;

private:
  mlir::Value address(mlir::Value at) const;
  Pull &pull;
  mlir::Value base;
  mlir::Type element;
};

/// low .. high - 1 by vectors: where each begins, and the lanes that count (null: all).
void eachVector(Pull &pull, const Whole &low, const Whole &high,
                llvm::function_ref<void(const Whole &, mlir::Value)> body);
/// 0 .. n - 1 by vectors, as an index with lanes; the pull's mask says which count.
void eachVector(Pull &pull, const SizeExpr &n, llvm::function_ref<void(const Index &)> body);

/// The sizes beside the axes first .. first + count - 1.
Shape beside(Shape shape, size_t first, size_t count = 1);
/// The place at a position of an axis, in the row with these indices beside it.
Place inRow(llvm::ArrayRef<Index> beside, int64_t axis, const Index &position);

/// Emitters of one operation each, the only root and output of their kernels.
std::unique_ptr<KernelEmitter> createRecurrenceEmitter(const KernelInfo &info);
std::unique_ptr<KernelEmitter> createSortEmitter(const KernelInfo &info);
std::unique_ptr<KernelEmitter> createSolveEmitter(const KernelInfo &info);

} // namespace net
#endif // NETC_CODEGEN_ROWS_H
