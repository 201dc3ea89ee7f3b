//===- Reach.h - what a gradient can flow to --------------------*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef NETC_FRONTEND_REACH_H
#define NETC_FRONTEND_REACH_H

#include "ir/NetDialect.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/DenseSet.h"

#include <map>

namespace net {

/// Finds the values from which a path of real numbers leads to a result, through calls of layers. A
/// layer has parameters that only some of its results are computed from.
class Reach {
public:
  explicit Reach(mlir::ModuleOp module) : module(module) {}

  /// All values of the function that a value is computed from, itself included. What `ends` are
  /// computed from does not count, nor what operations before `since` are.
  llvm::DenseSet<mlir::Value> sourcesOf(mlir::Value value, llvm::ArrayRef<mlir::Value> ends = {},
                                        mlir::Operation *since = nullptr);

private:
  /// The arguments of a layer that one of its results is computed from.
  const std::vector<unsigned> &argumentsOf(mlir::func::FuncOp function, unsigned result);

  /// What stands outside of a scan, or is an operand of it, that one of its results is computed
  /// from.
  const llvm::DenseSet<mlir::Value> &outsideOf(ScanOp scan, unsigned result);
  bool isUntrue(mlir::Value value) const;
  friend class ReachOfTurns;

  mlir::ModuleOp module;
  std::map<std::pair<mlir::Operation *, unsigned>, std::vector<unsigned>> known;
  std::map<std::pair<mlir::Operation *, unsigned>, llvm::DenseSet<mlir::Value>> outside;
  /// Truth values that are false where it looks now.
  llvm::DenseSet<mlir::Value> untrue;
};

} // namespace net
#endif // NETC_FRONTEND_REACH_H
