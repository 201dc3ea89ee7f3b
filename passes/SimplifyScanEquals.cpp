//===- SimplifyScanEquals.cpp - scans that are one ------------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A loss that is reported and differentiated stands twice; the copy whose gradient is taken
// keeps more of its turns. Common subexpressions are found operation by operation; that two
// carries are equal is shown by induction: they begin equal, and if they are equal in a turn,
// so they are in the next.
//
//===----------------------------------------------------------------------===//
#include "passes/SimplifyScan.h"

using namespace mlir;
using namespace net;

namespace {
/// Values of the turns of two scans along the same sequences, carries that begin equal being equal.
class Equals {
public:
  Equals(ScanOp a, ScanOp b) : a(a), b(b) {
    for (auto [x, y] : llvm::zip(a.getBody().getArguments(), b.getBody().getArguments()))
      known[x] = y;
  }

  bool are(Value x, Value y) {
    if (!a.getBody().isAncestor(x.getParentRegion()))
      return x == y;
    if (Value other = known.lookup(x))
      return other == y;
    Operation *p = x.getDefiningOp(), *q = y.getDefiningOp();
    if (!p || !q || p->getNumRegions() || p->getNumResults() != 1 || p->getName() != q->getName() ||
        x.getType() != y.getType() || p->getAttrDictionary() != q->getAttrDictionary() ||
        p->getNumOperands() != q->getNumOperands() || !b.getBody().isAncestor(y.getParentRegion()))
      return false;
    if (different.contains({x, y}))
      return false;
    for (auto [left, right] : llvm::zip(p->getOperands(), q->getOperands()))
      if (!are(left, right)) {
        different.insert({x, y});
        return false;
      }
    known[x] = y;
    return true;
  }

  /// The value of b's turn, or null.
  Value find(Value x) {
    if (Value other = known.lookup(x))
      return other;
    for (Operation &op : b.getBody().front())
      for (Value y : op.getResults())
        if (are(x, y))
          return y;
    return {};
  }

private:
  ScanOp a, b;
  llvm::DenseMap<Value, Value> known;
  llvm::DenseSet<std::pair<Value, Value>> different;
};
} // namespace

/// Does all that the scan reads stand before another operation of its block?
static bool isKnownAt(ScanOp scan, Operation *place) {
  bool known = true;
  scan->walk([&](Operation *op) {
    for (Value operand : op->getOperands())
      if (Operation *def = operand.getDefiningOp(); def && def->getBlock() == place->getBlock())
        known &= def->isBeforeInBlock(place);
  });
  return known;
}

/// Everything that the first gives is given by the second, which takes its place.
static bool unite(ScanOp first, ScanOp &second) {
  if (first.getSequences() != second.getSequences() || first.getInitial() != second.getInitial() ||
      first.getReverse() != second.getReverse() || untilOf(first) || untilOf(second) ||
      !first->isBeforeInBlock(second) || !isKnownAt(second, first))
    return false;
  Equals equals(first, second);
  for (auto [x, y] : llvm::zip(first.nextCarries(), second.nextCarries()))
    if (!equals.are(x, y))
      return false;
  SmallVector<std::pair<Value, Value>> kept;
  for (auto [result, x] : llvm::zip(first.kept(), first.keptInTurn())) {
    Value y = result.use_empty() ? Value() : equals.find(x);
    if (!y && !result.use_empty())
      return false;
    kept.push_back({result, y});
  }
  second->moveBefore(first);
  for (auto [result, y] : kept)
    if (y)
      Value(result).replaceAllUsesWith(asArray(second, y));
  first.lastCarries().replaceAllUsesWith(second.lastCarries());
  first.erase();
  return true;
}

void net::uniteScans(Block &block) {
  auto scans = llvm::to_vector(block.getOps<ScanOp>());
  for (size_t i = 0; i < scans.size(); ++i)
    for (size_t j = i + 1; j < scans.size(); ++j)
      if (unite(scans[i], scans[j]))
        break;
}
