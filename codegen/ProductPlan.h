//===- ProductPlan.h - how a product is tiled, packed, shared out -*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Decided from sizes and target alone, so that the bits of a result do not depend on the
// number of threads. The scheme is that of Goto and van de Geijn (Anatomy of High-Performance
// Matrix Multiplication, 2008) and BLIS (Van Zee and van de Geijn, 2015): a tile of the result
// stays in registers over the whole sum, one operand is read as vectors, the other one's
// elements are broadcast.
//
//===----------------------------------------------------------------------===//
#ifndef NETC_CODEGEN_PRODUCTPLAN_H
#define NETC_CODEGEN_PRODUCTPLAN_H

#include "codegen/ProductForm.h"

namespace net {

/// The turns of a loop that a chunk does.
struct ProductRange {
  Index base;        ///< its first turn
  SizeExpr most;     ///< turns at most
  mlir::Value count; ///< null: `most`
};

/// A grid of chunks: some loops are cut into blocks.
struct ProductGrid {
  struct Cut {
    size_t loop;
    SizeExpr size;
    int64_t block;
    SizeExpr blocks() const;
  };
  llvm::SmallVector<Cut> cuts; ///< the last one changes fastest

  SizeExpr chunks() const;
  const Cut *find(size_t loop) const;
  /// The turns of every loop in a chunk.
  llvm::SmallVector<ProductRange> ranges(Pull &pull, const Index &chunk,
                                         llvm::ArrayRef<ProductLoop> loops) const;
};

struct ProductPlan {
  int64_t width;   ///< lanes of a vector
  int64_t vectors; ///< of a tile
  /// Turns of each loop in a tile; 1 for those that are not `Rows`.
  llvm::SmallVector<int64_t> tile;
  ProductGrid grid;
  llvm::SmallVector<size_t> sums; ///< loops of the sum, outermost first
  /// The operand whose elements are broadcast is copied, a chunk's part at a time: it is computed
  /// on the way, or has zeros around it.
  bool copyRows;
  /// The operand that is read as vectors is packed into panels of a tile's lanes first.
  bool packLanes;
  /// A loop of the sum is cut in parts, whose sums are added in order at the end; -1 for none.
  int64_t partLoop = -1;
  /// The outermost loop of the sum goes `blockTurns` at a time, so that what a tile reads meanwhile
  /// stays in the first cache. The chunk's sums lie in the thread's own memory between two blocks,
  /// and each goes on where it was. -1 for none; its size is known.
  int64_t blockLoop = -1, blockTurns = 0;

  /// Turns of the innermost loop of the sum that are one turn of the code's loop: a short loop's
  /// jump costs decoded instructions, of which two threads of one core have half each.
  int64_t turnsTogether = 1;
  /// Elements of the next panel that each turn of the sum fetches into the cache; 0 for none. The
  /// first tile of a panel would wait for the third cache, longer than three tiles take.
  int64_t fetched = 0;

  int64_t panel() const { return vectors * width; }
  /// The most turns of a loop that are done at once.
  SizeExpr most(const ProductForm &form, size_t loop) const;
  static ProductPlan make(const KernelInfo &info, const ProductForm &form);
};

/// Does the value lie in memory, in the order of its elements and in the type of the sum?
bool isPlainMemory(const KernelInfo &info, mlir::Value value);

} // namespace net
#endif // NETC_CODEGEN_PRODUCTPLAN_H
