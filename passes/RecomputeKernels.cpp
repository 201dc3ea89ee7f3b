//===- RecomputeKernels.cpp - kernels run again, for a budget -------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Where an entry's memory is fullest, what is read behind is computed again behind: as much as the
// budget asks for. What a recomputed array is worth is a price for a vector instruction in bytes,
// which falls until the budget is met. If even what is free does not meet it, what comes before is
// cut into segments, whose borders are kept and whose insides are computed again one after the
// other (Chen and others, Training Deep Nets with Sublinear Memory Cost, 2016).
//
//===----------------------------------------------------------------------===//
#include "ir/ValuePlace.h"
#include "passes/KernelRecompute.h"
#include "passes/Ledger.h"
#include "passes/Passes.h"

using namespace mlir;
using namespace net;

namespace net {
#define GEN_PASS_DEF_RECOMPUTEKERNELS
#include "passes/Passes.h.inc"
} // namespace net

/// From cheap to dear.
static std::vector<RecomputeChoice> allChoices() {
  std::vector<RecomputeChoice> choices;
  for (double price = 64; price > 1e-3; price /= 2)
    choices.push_back({price, 1});
  choices.push_back({0, 1});
  for (unsigned segments : {2, 3, 4, 5, 6, 8, 10, 12, 16, 24, 32})
    choices.push_back({0, segments});
  return choices;
}

static int64_t peakOf(func::FuncOp entry, const DeclaredSizes &sizes) {
  return KernelMemory(entry.getBody().front(), sizes).peak();
}

static void apply(func::FuncOp entry, const DeclaredSizes &sizes, const RecomputeChoice &choice,
                  Ledger *ledger) {
  Block &block = entry.getBody().front();
  KernelMemory memory(block, sizes);
  RecomputePlan plan = planRecompute(block, memory, sizes, choice);
  if (ledger)
    for (Value value : plan.wanted)
      if (memory.isArray(value))
        ledger->recomputed(value, "computed again where it is read on the way back");
  recompute(block, memory, plan);
}

/// The first choice after which the entry fits where it is fullest, else the best; nothing if none
/// helps.
static std::optional<RecomputeChoice> choose(func::FuncOp entry, const DeclaredSizes &sizes,
                                             int64_t budget) {
  int64_t least = peakOf(entry, sizes);
  std::optional<RecomputeChoice> best;
  for (const RecomputeChoice &choice : allChoices()) {
    func::FuncOp tried = entry.clone();
    apply(tried, sizes, choice, nullptr);
    int64_t peak = peakOf(tried, sizes);
    tried->erase();
    if (peak < least) {
      least = peak;
      best = choice;
    }
    if (peak <= budget)
      break;
  }
  return best;
}

namespace {
struct RecomputeKernels : public net::impl::RecomputeKernelsBase<RecomputeKernels> {
  using RecomputeKernelsBase::RecomputeKernelsBase;
  void runOnOperation() override {
    func::FuncOp entry = getOperation();
    DeclaredSizes sizes(entry);
    Ledger ledger(entry, sizes);
    // Where it was fullest others live now, and it is fullest elsewhere.
    for (int places = 0; places < 8 && peakOf(entry, sizes) > budget; ++places) {
      auto choice = choose(entry, sizes, budget);
      if (!choice)
        break;
      apply(entry, sizes, *choice, &ledger);
    }
    ledger.write();
  }
};
} // namespace
