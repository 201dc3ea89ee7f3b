//===- ProductParts.h - a product's sum, cut into parts ---------*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Long sums with few results are cut where their sizes alone say, so that threads
// share them: each part's sums go to scratch, and are added in order.
//
//===----------------------------------------------------------------------===//
#ifndef NETC_CODEGEN_PRODUCTPARTS_H
#define NETC_CODEGEN_PRODUCTPARTS_H

#include "codegen/KernelContext.h"

namespace net {

/// So many bytes behind a pointer.
mlir::Value pointerBehind(Pull &pull, mlir::Value pointer, const Index &offset);
/// A byte offset into a kernel's scratch, as a pointer.
mlir::Value scratchAt(KernelContext &context, const Index &offset);

struct ProductParts {
  mlir::Value root; ///< the product
  int64_t width;    ///< lanes of a vector
  SizeExpr count;   ///< of parts
  SizeExpr offset;  ///< of their sums in scratch, in bytes

  /// Keeps a vector of one part's sums, of the elements from `at` on.
  void store(KernelContext &context, const Index &part, const Place &at, mlir::Value value,
             mlir::Value mask) const;
  /// The grid of `add`.
  SizeExpr chunks() const;
  /// Emits the phase that adds the parts and finishes the results.
  void add(KernelContext &context) const;

private:
  void addRun(KernelContext &context, const Index &first, mlir::Value left) const;
  SizeExpr outputs() const;
};

} // namespace net
#endif // NETC_CODEGEN_PRODUCTPARTS_H
