//===- ProductSums.h - sums between two blocks of terms ---------*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A long sum goes on block by block for all tiles of a chunk. Its value so far lies in the
// thread's own memory, and the next block's multiply-adds begin with it: the bits are those
// of one chain.
//
//===----------------------------------------------------------------------===//
#ifndef NETC_CODEGEN_PRODUCTSUMS_H
#define NETC_CODEGEN_PRODUCTSUMS_H

#include "codegen/ProductPack.h"

namespace net {

class ProductSums {
public:
  ProductSums(const ProductForm &form, const ProductPlan &plan, mlir::Type element);
  /// Bytes of a chunk's sums; 0 if the sum has no blocks.
  const SizeExpr &bytes() const { return total; }
  void clear(Pull &pull, mlir::Value pointer) const;
  /// Where a vector of sums is; turns and lanes count from the chunk's first.
  Index at(llvm::ArrayRef<Index> turns, const Index &lane) const;

private:
  const ProductForm &form;
  llvm::SmallVector<SizeExpr> pitches; ///< in elements, one a loop; 0 for those of the sum
  SizeExpr total;
};

} // namespace net
#endif // NETC_CODEGEN_PRODUCTSUMS_H
