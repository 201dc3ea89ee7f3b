//===- RecomputeTurns.cpp - scans that run again on the way back ----------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Memory for time (Griewank and Walther, Algorithm 799: revolve, 2000; Chen and others, Training
// Deep Nets with Sublinear Memory Cost, 2016): the derivative of a scan runs each turn of it once
// more, from the carries with which it began, instead of reading what all turns kept. Long scans
// are scans over segments since `net-simplify-scan`; a segment's turns keep what they kept, as
// long as the segment's derivative is taken. Within a segment the same can be done again.
//
//===----------------------------------------------------------------------===//
#include "passes/Ledger.h"
#include "passes/Passes.h"
#include "passes/ScanRecompute.h"
#include "passes/SimplifyScan.h"

using namespace mlir;
using namespace net;

namespace net {
#define GEN_PASS_DEF_RECOMPUTETURNS
#include "passes/Passes.h.inc"
} // namespace net

namespace {
/// A scan, and what it keeps that its readers can compute again.
struct Trade {
  ScanOp scan;
  SmallVector<unsigned> kept;
  int64_t saved = 0; ///< bytes

  bool drops(Value value) const {
    for (unsigned number : kept)
      if (ScanOp(scan).keptInTurn()[number] == value)
        return true;
    return false;
  }
  /// Kept in any case.
  bool isLeaf(Value value) const { return !drops(value) && arrayIfKept(scan, value); }
};
} // namespace

/// A sequence that nobody but the scan and scans before it reads, and that lives longer therefore.
static bool livesLonger(ScanOp scan, Value sequence, ArrayRef<ScanOp> readers) {
  if (isa<BlockArgument>(sequence))
    return false;
  return llvm::none_of(sequence.getUsers(), [&](Operation *user) {
    Operation *owner = scan->getBlock()->findAncestorOpInBlock(*user);
    return llvm::any_of(readers, [&](ScanOp reader) {
      return owner == reader || ScanOp(reader)->isBeforeInBlock(owner);
    });
  });
}

static Trade tradeOf(ScanOp scan, const DeclaredSizes &sizes) {
  Trade trade{scan, {}, 0};
  SmallVector<ScanOp> readers;
  SmallVector<Value> values;
  // How much that would be has to be known.
  if (untilOf(scan) || !scan.length().constant())
    return trade;
  for (auto [i, value] : llvm::enumerate(scan.keptInTurn())) {
    auto own = readersAlong(scan, scan.kept()[i]);
    bool isCarry = isa<BlockArgument>(value);
    if (own.empty() || isCarry || !scan.getBody().isAncestor(value.getParentRegion()))
      continue;
    trade.kept.push_back(i);
    values.push_back(value);
    readers.append(own);
    trade.saved += sizes.bytesOf(scan.kept()[i].getType());
  }
  for (Value leaf : recipeOf(scan, values, [&](Value v) { return trade.isLeaf(v); }).leaves) {
    Value array = arrayIfKept(scan, leaf);
    if (!array)
      trade.saved -= sizes.bytesOf(stacked(leaf.getType(), scan.length()));
    else if (array.getDefiningOp() != scan && livesLonger(scan, array, readers))
      trade.saved -= sizes.bytesOf(array.getType());
  }
  return trade;
}

/// The one that saves most, if there is any.
static Trade bestTrade(func::FuncOp entry, const DeclaredSizes &sizes) {
  Trade best;
  entry.walk<WalkOrder::PreOrder>([&](ScanOp scan) {
    Trade trade = tradeOf(scan, sizes);
    if (trade.saved > best.saved)
      best = trade;
  });
  return best;
}

static void apply(Trade trade, Ledger &ledger) {
  std::string turns = std::to_string(*trade.scan.length().constant());
  std::string why = "its " + turns + (isOfSegments(trade.scan) ? " segments" : " turns") +
                    " run again on the way back";
  for (unsigned number : trade.kept)
    ledger.recomputed(trade.scan.kept()[number], why);
  // The scan is another once it keeps more: what is asked of the trade is asked of that one.
  computeAgain(trade.scan, trade.kept, [&](Value v) { return trade.isLeaf(v); });
}

namespace {
struct RecomputeTurns : public net::impl::RecomputeTurnsBase<RecomputeTurns> {
  using RecomputeTurnsBase::RecomputeTurnsBase;
  void runOnOperation() override {
    func::FuncOp entry = getOperation();
    DeclaredSizes sizes(entry);
    Ledger ledger(entry, sizes);
    unsigned applied = 0;
    for (; applied < scans; ++applied) {
      Trade trade = bestTrade(entry, sizes);
      if (!trade.scan)
        break;
      apply(trade, ledger);
      cleanScans(entry.getBody().front());
    }
    ledger.write();
    entry->setAttr(scansAgainAttribute, Builder(entry).getI64IntegerAttr(applied));
  }
};
} // namespace
