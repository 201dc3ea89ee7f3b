//===- ProductFinish.h - what follows a product, as a loop ------*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A finished tile has up to 28 vectors, and what follows is code for each of them: for tanh or
// Adam most of what LLVM would have to compile. Where it is long, the tile goes to the stack and
// a loop over its rows takes it from there.
//
//===----------------------------------------------------------------------===//
#ifndef NETC_CODEGEN_PRODUCTFINISH_H
#define NETC_CODEGEN_PRODUCTFINISH_H

#include "codegen/KernelContext.h"

namespace net {

class ProductFinish {
public:
  ProductFinish(const KernelInfo &info, mlir::Value root);
  /// Is the code for a vector longer than what a loop costs?
  bool isLong() const { return longEnough; }

  /// One row of a tile: its turns, from the tile's first, and its vectors.
  using Row = llvm::function_ref<void(llvm::ArrayRef<Index>, llvm::ArrayRef<mlir::Value>)>;
  /// A loop over the rows of a tile with `extents` turns of each loop. `totals`: its vectors, row
  /// by row.
  void forRows(KernelContext &context, llvm::ArrayRef<int64_t> extents,
               llvm::ArrayRef<mlir::Value> totals, Row row) const;

private:
  bool longEnough;
};

} // namespace net
#endif // NETC_CODEGEN_PRODUCTFINISH_H
