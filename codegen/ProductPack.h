//===- ProductPack.h - operands of products, rearranged ---------*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef NETC_CODEGEN_PRODUCTPACK_H
#define NETC_CODEGEN_PRODUCTPACK_H

#include "codegen/ProductPlan.h"

namespace net {

/// The part of the rows operand that a chunk needs, with its zeros, axis by axis as the array has
/// it. So a convolution reads every window in place: taps are distances known at compile time.
class RowsCopy {
public:
  RowsCopy(const ProductForm &form, const ProductPlan &plan);
  /// Elements of one copy.
  const SizeExpr &elements() const { return total; }
  /// Writes the zeros that no chunk overwrites; once for many.
  void clear(Pull &pull, mlir::Value pointer) const;
  void fill(Pull &pull, mlir::Value pointer, llvm::ArrayRef<ProductRange> ranges) const;
  /// Where an element is; turns count from the chunk's first.
  Index at(llvm::ArrayRef<Index> turns) const;

private:
  struct Filling;
  bool isCut(const ProductAxis &axis) const;

  const ProductForm &form;
  const ProductPlan &plan;
  mlir::Type element;
  llvm::SmallVector<SizeExpr> extents, pitches;
  SizeExpr total;
  size_t inner; ///< the first of the axes that are filled as one, by vectors; all: by elements
};

/// The lanes operand, rearranged in panels: all turns of the sum for the lanes of one tile.
class LanesPanels {
public:
  LanesPanels(const KernelInfo &info, const ProductForm &form, const ProductPlan &plan);
  SizeExpr elements() const;
  const ProductGrid &grid() const { return cuts; }
  void fill(Pull &pull, mlir::Value pointer, const Index &chunk) const;
  /// Where the vector begins; `panel` counts lanes before the panel, `within` lanes in it.
  Index at(llvm::ArrayRef<Index> turns, const Index &panel, const Index &within) const;

private:
  void fillNeighbours(Pull &pull, mlir::Value pointer) const;
  struct Filling;
  /// Do neighbours of the array go into rows of a panel, not into its lanes?
  bool isTransposed() const;

  const ProductForm &form;
  const ProductPlan &plan;
  mlir::Type element;
  llvm::SmallVector<size_t> outer; ///< loops around a matrix
  int64_t together = 1;            ///< panels of a chunk
  ProductGrid cuts;
  SizeExpr terms = SizeExpr(1), panels;
};

/// Element(s) at an index of packed memory.
mlir::Value loadPacked(Pull &pull, mlir::Value pointer, mlir::Type type, const Index &index);
void storePacked(Pull &pull, mlir::Value pointer, mlir::Value value, const Index &index,
                 mlir::Value mask = {});
/// Asks for the line; no address is wrong.
void fetchPacked(Pull &pull, mlir::Value pointer, mlir::Type type, const Index &index);

} // namespace net
#endif // NETC_CODEGEN_PRODUCTPACK_H
