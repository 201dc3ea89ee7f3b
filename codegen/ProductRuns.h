//===- ProductRuns.h - turns of a product's loops ---------------*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef NETC_CODEGEN_PRODUCTRUNS_H
#define NETC_CODEGEN_PRODUCTRUNS_H

#include "codegen/ProductPlan.h"

namespace net {

/// A run of a range's turns: `whole` + `within` is the first; `left`: how many of `extent` there
/// are, if not all.
using ProductRun = llvm::function_ref<void(const Index &whole, const Index &within, int64_t extent,
                                           mlir::Value left)>;

/// Cuts a range of a loop with `size` turns into runs of `length`, and what is left into one
/// shorter run if that is known when compiling, else into runs of `unit`.
void forRuns(Pull &pull, const ProductRange &range, const SizeExpr &size, int64_t length,
             int64_t unit, ProductRun body);

/// The turns of a tile's first row and of its last one.
struct ProductCorners {
  llvm::SmallVector<Index> first, last;
};
/// The turns of a loop of the sum without those that meet only zeros around the operand.
std::pair<mlir::Value, mlir::Value> tapsInside(Pull &pull, const ProductForm &form,
                                               const ProductPlan &plan,
                                               llvm::ArrayRef<ProductRange> ranges, size_t loop,
                                               const ProductCorners &tile);

/// A loop from `low` to `high` that carries values, `together` turns to one of the code's loop,
/// each of which begins with `first`; the rest one by one. `most`: the most turns.
llvm::SmallVector<mlir::Value> loopTogether(Pull &pull, mlir::Value low, mlir::Value high,
                                            const SizeExpr &most, int64_t together,
                                            mlir::ValueRange init, Pull::Carried turn,
                                            llvm::function_ref<void(const Index &)> first);

} // namespace net
#endif // NETC_CODEGEN_PRODUCTRUNS_H
