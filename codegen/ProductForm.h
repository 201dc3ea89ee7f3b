//===- ProductForm.h - einsum and convolution as one kind of loops -*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Every product is y[rows, lanes] = sum of a[rows, sum] * b[sum, lanes] over loops, whose
// turns go fixed steps through the axes of both operands and the result. A convolution
// differs only in that two loops (pixel and tap) go through one axis.
//
//===----------------------------------------------------------------------===//
#ifndef NETC_CODEGEN_PRODUCTFORM_H
#define NETC_CODEGEN_PRODUCTFORM_H

#include "codegen/KernelContext.h"

namespace net {

struct ProductLoop {
  SizeExpr size;
  /// Rows: of the result and the operand whose elements are broadcast; Lanes: of the result and the
  /// operand read as vectors; Batch: of all three; Sum: not of the result.
  enum Kind { Batch, Rows, Lanes, Sum } kind;
};

/// Neighbouring axes of an array, taken together, and the loops that go through them.
struct ProductAxis {
  unsigned axes = 1;
  SizeExpr extent; ///< elements of the array
  /// Zeros before them, and one element every `spread` positions, with zeros between. Positions
  /// beyond the last count as zero as well if `guarded`.
  SizeExpr low = SizeExpr(0);
  int64_t spread = 1;
  bool guarded = false;
  llvm::SmallVector<SizeExpr> steps; ///< positions a turn, one a loop of the product
};

/// An operand, behind its transposes, or the result.
struct ProductArray {
  mlir::Value value;
  llvm::SmallVector<ProductAxis, 4> axes;

  bool isGuarded() const;
  bool has(size_t loop) const;
  /// Row-major steps in the whole array, one a loop. Not for guarded arrays.
  llvm::SmallVector<SizeExpr> steps() const;
  /// Where the loops stand at these turns. Not for guarded arrays.
  Place place(llvm::ArrayRef<Index> turns) const;
};

struct ProductForm {
  llvm::SmallVector<ProductLoop> loops;
  ProductArray rows, lanes, result;
  /// The loop that vectors run over; its step in the result is 1.
  size_t laneLoop;

  /// Lanes of several pixels side by side, where one has few: lane = pixel * outputs + output. The
  /// taps of later pixels begin later, so `taps` has turns more than the operand has taps, and the
  /// operand has to be packed with zeros around them.
  struct Neighbours {
    int64_t pixels = 1, outputs = 0;
    size_t taps = 0;   ///< loop
    int64_t shift = 0; ///< turns of `taps` from pixel to pixel
    SizeExpr ownTaps;  ///< of the operand
  };
  Neighbours neighbours;

  /// Nothing if the last axis of the result is in both operands, or in none.
  static std::optional<ProductForm> of(mlir::Operation *op);
  void swapOperands();
  /// Fills vectors of `width` lanes with neighbouring pixels, if that pays.
  void joinNeighbours(int64_t width);
};

} // namespace net
#endif // NETC_CODEGEN_PRODUCTFORM_H
