//===- Ledger.h - what a step computes again rather than keep -----*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef NETC_PASSES_LEDGER_H
#define NETC_PASSES_LEDGER_H

#include "ir/DeclaredSizes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace net {

/// An entry's attribute `net.recomputed`: a dictionary {name, bytes, file, line, why} for each
/// array that the step would have kept.
class Ledger {
public:
  Ledger(mlir::func::FuncOp entry, const DeclaredSizes &sizes);
  void recomputed(mlir::Value array, const std::string &why);
  /// How many arrays that is.
  size_t size() const { return rows.size(); }
  void write();

private:
  mlir::func::FuncOp entry;
  const DeclaredSizes &sizes;
  llvm::SmallVector<mlir::Attribute> rows;
};

constexpr char recomputedAttribute[] = "net.recomputed";
/// How many scans run again.
constexpr char scansAgainAttribute[] = "net.scans_again";

} // namespace net
#endif // NETC_PASSES_LEDGER_H
