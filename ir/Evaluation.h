//===- Evaluation.h - one operation at work ---------------------*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What the families of operations have in common in the interpreter: operands, the
// result's array, and a place for an error. Each `evaluate..` says whether the operation
// is one of its family.
//
//===----------------------------------------------------------------------===//
#ifndef NETC_IR_EVALUATION_H
#define NETC_IR_EVALUATION_H

#include "ir/Interpreter.h"
#include "ir/NetDialect.h"

namespace net {

struct Evaluation {
  mlir::Operation *op;
  llvm::SmallVector<const Array *, 3> in;
  const SizeValues &sizes;
  Array out;         ///< zeros in the shape of the result's type; tangents if an operand has some
  std::string error; ///< not empty: the operation has failed

  void fail(const llvm::Twine &why) {
    if (error.empty())
      error = why.str();
  }
  /// The shape that the operands give must be the one that the result's type states.
  bool isShape(llvm::ArrayRef<int64_t> shape);
  /// The sizes of an attribute; fails where one is not known.
  std::vector<int64_t> sizesOf(SizesAttr attr);
  /// An index in 0 .. limit - 1, or 0 after failing.
  int64_t index(const Array &indices, size_t i, int64_t limit);
};

/// An axis as one of [outer, axis, inner]: what is left and right of it are counters.
struct AxisView {
  AxisView(llvm::ArrayRef<int64_t> shape, int64_t axis)
      : outer(countOf(shape.take_front(axis))), size(shape[axis]),
        inner(countOf(shape.drop_front(axis + 1))) {}
  size_t at(int64_t o, int64_t i, int64_t k) const { return (o * size + i) * inner + k; }
  int64_t outer, size, inner;
};

/// An array's size along each axis as a value, or an error.
llvm::Expected<std::vector<int64_t>> sizesOf(mlir::Type type, const SizeValues &sizes);

bool evaluateElements(Evaluation &e);
bool evaluateShape(Evaluation &e);
bool evaluateWindow(Evaluation &e);
bool evaluateIndexing(Evaluation &e);
bool evaluateReduction(Evaluation &e);
bool evaluateRows(Evaluation &e);
bool evaluateProduct(Evaluation &e);
bool evaluateRandom(Evaluation &e);

/// Philox4x32-10 (Salmon et al. 2011): four random words of a counter.
std::array<uint32_t, 4> philox(std::array<uint32_t, 4> counter, std::array<uint32_t, 2> key);

} // namespace net
#endif // NETC_IR_EVALUATION_H
