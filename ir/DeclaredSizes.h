//===- DeclaredSizes.h - sizes at the declared batch ------*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef NETC_IR_DECLAREDSIZES_H
#define NETC_IR_DECLAREDSIZES_H

#include "ir/NetDialect.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace net {

/// Bytes of arrays where all run-time sizes are the declared batch, or 1.
class DeclaredSizes {
public:
  explicit DeclaredSizes(mlir::func::FuncOp entry);
  int64_t valueOf(const SizeExpr &size) const;
  int64_t bytesOf(mlir::Type type) const;

  /// Are there no run-time sizes but that of a declared batch?
  bool areKnown() const { return known; }

private:
  int64_t batch = 1;
  bool known = true;
};

} // namespace net
#endif // NETC_IR_DECLAREDSIZES_H
