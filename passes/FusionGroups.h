//===- FusionGroups.h - operations gathered into kernels-to-be ----*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef NETC_PASSES_FUSIONGROUPS_H
#define NETC_PASSES_FUSIONGROUPS_H

#include "passes/FusionForm.h"

namespace net::fusion {

/// A partition of the graph, but for cheap operations that stand in several groups.
class Groups {
public:
  using Id = unsigned;
  explicit Groups(const Graph &graph); ///< a group an operation

  llvm::ArrayRef<mlir::Operation *> operationsOf(Id group) const { return groups[group]; }
  /// The group that stores the operation's result, if it is stored; the first of those that compute
  /// it.
  Id homeOf(mlir::Operation *op) const { return homes.find(op)->second.front(); }
  bool contains(Id group, mlir::Operation *op) const;
  /// Is the result read by a group that does not compute it itself, or returned?
  bool isStored(mlir::Operation *op) const;
  /// Stored by this group.
  bool isOutput(Id group, mlir::Operation *op) const { return homeOf(op) == group && isStored(op); }
  /// Groups that read what this one stores, in the order of their first reading operation.
  llvm::SmallVector<Id> consumersOf(Id group) const;
  llvm::SmallVector<Id> producersOf(Id group) const;

  /// Why `a` and `b` cannot become one group; empty if they can.
  std::string whyNotMerge(Id a, Id b) const;
  bool merge(Id a, Id b); ///< false if they cannot

  /// Lets all readers compute the operation, and what it needs up to stored values, by themselves.
  bool sink(mlir::Operation *op);

  /// All groups that are left, each behind its producers.
  llvm::SmallVector<Id> inOrder() const;
  llvm::SmallVector<Id> all() const;

private:
  /// Is there a way from one group to a later one through others?
  bool reachesThroughOthers(Id from, Id to) const;
  /// Groups on ways from `start` (forward) or to it (backward) whose ranks lie strictly in between,
  /// by rank; without `start`.
  llvm::SmallVector<Id> between(Id start, bool forward, unsigned low, unsigned high) const;
  /// Ranks that hold when `low` and `high` become one group, which is `merged`.
  void rank(Id low, Id high, Id merged);
  bool collectCone(mlir::Operation *op, Id home, llvm::SetVector<mlir::Operation *> &cone,
                   llvm::SetVector<mlir::Value> &leaves) const;
  std::string whyNoKernelWith(Id group, llvm::ArrayRef<mlir::Operation *> more) const;
  void append(Id group, llvm::ArrayRef<mlir::Operation *> more);
  void removeUnneeded(Id group);

  const Graph &graph;
  std::vector<llvm::SmallVector<mlir::Operation *>> groups; ///< empty: merged into another
  llvm::DenseMap<mlir::Operation *, llvm::SmallVector<Id, 1>> homes;
  std::vector<unsigned> ranks; ///< each group's is higher than those of its producers
};

} // namespace net::fusion
#endif // NETC_PASSES_FUSIONGROUPS_H
