//===- Cuts.h - where indices have to be taken apart -------------*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A value without cuts is read through one row-major index, however many axes it has.
// A cut is a stride: 28 in f32[B, 784] says that the index is wanted as (i div 28, i mod 28).
// Loops with these bounds need no divisions.
//
//===----------------------------------------------------------------------===//
#ifndef NETC_CODEGEN_CUTS_H
#define NETC_CODEGEN_CUTS_H

#include "ir/NetDialect.h"

namespace net {

class CutAnalysis {
public:
  using InMemory = std::function<bool(mlir::Value)>;
  explicit CutAnalysis(InMemory inMemory) : inMemory(std::move(inMemory)) {}
  /// The strides, in no particular order, without 1.
  const std::vector<SizeExpr> &of(mlir::Value value);

private:
  std::vector<SizeExpr> compute(mlir::Value value);
  InMemory inMemory;
  llvm::DenseMap<mlir::Value, std::vector<SizeExpr>> known;
};

} // namespace net
#endif // NETC_CODEGEN_CUTS_H
