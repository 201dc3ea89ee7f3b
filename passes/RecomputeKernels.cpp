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
// other (Chen and others, Training Deep Nets with Sublinear Memory Cost, 2016). Before any of that,
// updates move to where their gradients are known.
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

//===-- order --------------------------------------------------------------------------------===//

/// The operation of the block that a value comes from; null if it is an argument.
static Operation *makerOf(Block &block, Value value) {
  Operation *op = value.getDefiningOp();
  return op ? block.findAncestorOpInBlock(*op) : nullptr;
}

/// The value of a variable before the step, of which a result is the value behind it.
static Value oldValueOf(func::FuncOp entry, unsigned result) {
  auto variable = entry.getResultAttrOfType<StringAttr>(result, "net.var");
  for (BlockArgument argument : entry.getArguments())
    if (variable &&
        entry.getArgAttrOfType<StringAttr>(argument.getArgNumber(), "net.var") == variable)
      return argument;
  return {};
}

/// The last of the operations before a kernel that it has to stay behind: those that compute what
/// it reads, and those that read what it replaces.
static Operation *mustFollow(Block &block, KernelOp kernel) {
  Operation *last = nullptr;
  auto follow = [&](Operation *op) {
    if (op && op != kernel && (!last || last->isBeforeInBlock(op)))
      last = op;
  };
  kernel->walk([&](Operation *inner) {
    for (Value operand : inner->getOperands())
      follow(makerOf(block, operand));
  });
  auto entry = cast<func::FuncOp>(block.getParentOp());
  for (Value result : kernel.getResults())
    for (OpOperand &use : result.getUses())
      if (Value old = oldValueOf(entry, use.getOperandNumber()))
        for (Operation *user : old.getUsers())
          follow(block.findAncestorOpInBlock(*user));
  return last;
}

/// Kernels of which all results are returned, as updates of parameters, run as early as they can: a
/// gradient waits for nobody.
static void runUpdatesEarly(func::FuncOp entry) {
  Block &block = entry.getBody().front();
  for (KernelOp kernel : llvm::to_vector(block.getOps<KernelOp>())) {
    bool returned =
        llvm::all_of(kernel->getUsers(), [](Operation *user) { return isa<func::ReturnOp>(user); });
    Operation *last = returned ? mustFollow(block, kernel) : nullptr;
    if (last && last->isBeforeInBlock(kernel))
      kernel->moveAfter(last);
  }
}

namespace {
struct RecomputeKernels : public net::impl::RecomputeKernelsBase<RecomputeKernels> {
  using RecomputeKernelsBase::RecomputeKernelsBase;
  void runOnOperation() override {
    func::FuncOp entry = getOperation();
    DeclaredSizes sizes(entry);
    Ledger ledger(entry, sizes);
    if (moveUpdates && peakOf(entry, sizes) > budget)
      runUpdatesEarly(entry);
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
