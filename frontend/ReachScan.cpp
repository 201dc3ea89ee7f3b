//===- ReachScan.cpp - what a gradient can flow to through turns ----------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// From a result of a scan back through its turns, carry by carry, so that a scan which stays a
// loop says of a gradient what its turns, written out, would say. Where the number of turns is
// not known there may be any.
//
//===----------------------------------------------------------------------===//
#include "frontend/Reach.h"
#include "mlir/IR/Matchers.h"

#include <set>

using namespace net;
using Values = llvm::DenseSet<mlir::Value>;

namespace net {
class ReachOfTurns {
public:
  ReachOfTurns(Reach &reach, ScanOp scan) : reach(reach), scan(scan) {}
  Values run(unsigned result);

private:
  using Carries = std::vector<bool>;

  Carries read(mlir::Value value, bool first);
  Carries readByNext(const Carries &after, bool first);
  void findUntrue();
  void addInitial(const Carries &carries);
  void fromAny(Carries after, std::optional<int64_t> turns);
  void fromLast(Carries after, int64_t turns);

  Reach &reach;
  ScanOp scan;
  Values untrue;  ///< carries that begin as false: no turn has ended the scan before the first
  Values outside; ///< what has been found
  std::map<std::pair<size_t, bool>, Carries> known; ///< what the next carries read
};
} // namespace net

void ReachOfTurns::findUntrue() {
  for (auto [carry, initial] : llvm::zip(scan.carries(), scan.getInitial())) {
    mlir::DenseElementsAttr number;
    if (mlir::matchPattern(initial, mlir::m_Constant(&number)) && number.isSplat() &&
        number.getElementType().isInteger(1) && !number.getSplatValue<bool>())
      untrue.insert(carry);
  }
}

/// The carries that a value of the turn is computed from; what it is computed from outside is
/// found.
ReachOfTurns::Carries ReachOfTurns::read(mlir::Value value, bool first) {
  Values around = std::exchange(reach.untrue, first ? untrue : Values());
  Values sources = reach.sourcesOf(value);
  reach.untrue = std::move(around);
  Carries carries(scan.carryCount());
  for (auto [i, carry] : llvm::enumerate(scan.carries()))
    carries[i] = sources.contains(carry);
  for (mlir::Value source : sources)
    if (!scan.getBody().isAncestor(source.getParentRegion()))
      outside.insert(source);
  return carries;
}

ReachOfTurns::Carries ReachOfTurns::readByNext(const Carries &after, bool first) {
  Carries all(after.size());
  for (size_t i = 0; i < after.size(); ++i)
    if (after[i]) {
      auto [it, isNew] = known.try_emplace({i, first});
      if (isNew)
        it->second = read(scan.nextCarries()[i], first);
      const Carries &one = it->second;
      for (size_t k = 0; k < all.size(); ++k)
        all[k] = all[k] || one[k];
    }
  return all;
}

void ReachOfTurns::addInitial(const Carries &carries) {
  for (auto [i, initial] : llvm::enumerate(scan.getInitial()))
    if (carries[i])
      outside.insert(initial);
}

/// From carries after some turn: after any of the first `turns`, or of as many as there may be.
void ReachOfTurns::fromAny(Carries after, std::optional<int64_t> turns) {
  std::set<Carries> seen;
  for (int64_t turn = 0; (!turns || turn < *turns) && seen.insert(after).second; ++turn) {
    addInitial(readByNext(after, /*first=*/true));
    if (!turns || turn + 1 < *turns)
      after = readByNext(after, /*first=*/false);
  }
}

/// From carries after the last of so many turns.
void ReachOfTurns::fromLast(Carries after, int64_t turns) {
  std::map<Carries, int64_t> seen;
  for (int64_t left = turns - 1; left > 0; --left) {
    auto [it, isNew] = seen.try_emplace(after, left);
    if (!isNew) { // it goes round
      left = (left - 1) % (it->second - left) + 1;
      seen.clear();
    }
    after = readByNext(after, /*first=*/false);
  }
  addInitial(readByNext(after, /*first=*/true));
}

Values ReachOfTurns::run(unsigned result) {
  findUntrue();
  auto turns = scan.length().constant();
  if (result < scan.keptCount()) {
    mlir::Value value = scan.keptInTurn()[result];
    if (turns != 0)
      addInitial(read(value, /*first=*/true));
    if (turns != 0 && turns != 1)
      fromAny(read(value, /*first=*/false), turns ? std::optional(*turns - 1) : turns);
    return outside;
  }
  Carries last(scan.carryCount());
  last[result - scan.keptCount()] = true;
  if (!turns || *turns == 0)
    addInitial(last);
  if (!turns)
    fromAny(last, turns);
  else if (*turns > 0)
    fromLast(last, *turns);
  return outside;
}

const Values &Reach::outsideOf(ScanOp scan, unsigned result) {
  auto [it, isNew] = outside.try_emplace({scan.getOperation(), result});
  if (isNew)
    it->second = ReachOfTurns(*this, scan).run(result);
  return it->second;
}
