//===- KernelRecompute.cpp - kernels that run again -----------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "passes/KernelRecompute.h"
#include "mlir/IR/IRMapping.h"

using namespace mlir;
using namespace net;

namespace {
/// A kernel, or another operation of the block, that runs again in part.
struct Part {
  Operation *unit;
  SmallVector<Operation *> operations;
  llvm::SetVector<Value> outputs; ///< of the operations
  Operation *before = nullptr;    ///< where it runs: as late as its first reader allows
};

class Recomputer {
public:
  Recomputer(Block &block, const KernelMemory &memory, const RecomputePlan &plan)
      : block(block), memory(memory), plan(plan) {}
  void run();

private:
  void collectParts();
  void findPlaces();
  void readAt(Value value, Operation *reader);
  void make(Part &part);
  Value operandOf(const Part &part, Value operand);
  void replaceUses();
  void dropUnused(KernelOp kernel);
  Operation *unitOf(Operation *op) const { return block.findAncestorOpInBlock(*op); }

  Block &block;
  const KernelMemory &memory;
  const RecomputePlan &plan;
  llvm::MapVector<Operation *, Part> parts; ///< in the order of the block
  llvm::DenseMap<Value, Value> made;        ///< by the operations' values
};
} // namespace

void Recomputer::collectParts() {
  for (Operation &op : block) {
    if (plan.again.contains(&op))
      parts[&op] = {&op, {&op}, {}};
    auto kernel = dyn_cast<KernelOp>(op);
    if (!kernel)
      continue;
    for (Operation &inner : kernel.getBody().front())
      if (plan.again.contains(&inner)) {
        Part &part = parts[&op];
        part.unit = &op;
        part.operations.push_back(&inner);
      }
  }
}

/// Somebody behind the place reads what is computed again.
void Recomputer::readAt(Value value, Operation *reader) {
  Part &part = parts[unitOf(value.getDefiningOp())];
  part.outputs.insert(value);
  if (!part.before || memory.numberOf(reader) < memory.numberOf(part.before))
    part.before = reader;
}

void Recomputer::findPlaces() {
  for (Value value : plan.wanted)
    for (Operation *user : value.getUsers())
      if (memory.numberOf(unitOf(user)) > plan.place)
        readAt(computedAs(value), unitOf(user));
  for (auto &[unit, part] : llvm::reverse(parts))
    for (Operation *op : part.operations)
      for (Value operand : op->getOperands()) {
        Value value = computedAs(operand);
        Operation *from = value.getDefiningOp();
        if (from && plan.again.contains(from) && unitOf(from) != unit)
          readAt(value, part.before);
      }
}

/// What an operation that runs again reads: what ran again, or what is kept.
Value Recomputer::operandOf(const Part &part, Value operand) {
  Value value = computedAs(operand);
  if (Value again = made.lookup(value))
    return again;
  auto kernel = dyn_cast<KernelOp>(part.unit);
  if (!kernel || operand.getParentRegion() != &kernel.getBody())
    return operand;
  auto yields = kernel.getBody().front().getTerminator()->getOperands();
  auto found = llvm::find(yields, operand);
  assert(found != yields.end() && "kept values are stored");
  return kernel.getResult(found - yields.begin());
}

void Recomputer::make(Part &part) {
  OpBuilder b(part.before);
  IRMapping mapping;
  auto cloneInto = [&](OpBuilder &to) {
    for (Operation *op : part.operations) {
      for (Value operand : op->getOperands())
        if (!mapping.contains(operand))
          mapping.map(operand, operandOf(part, operand));
      to.clone(*op, mapping);
    }
  };
  if (!isa<KernelOp>(part.unit)) {
    cloneInto(b);
    for (Value output : part.outputs)
      made[output] = mapping.lookup(output);
    return;
  }
  SmallVector<Type> types;
  for (Value output : part.outputs)
    types.push_back(output.getType());
  auto kernel = KernelOp::create(b, part.unit->getLoc(), types);
  OpBuilder inner = OpBuilder::atBlockEnd(&kernel.getBody().emplaceBlock());
  cloneInto(inner);
  SmallVector<Value> yields;
  for (Value output : part.outputs)
    yields.push_back(mapping.lookup(output));
  YieldOp::create(inner, part.unit->getLoc(), yields);
  for (auto [output, result] : llvm::zip(part.outputs, kernel.getResults()))
    made[output] = result;
}

void Recomputer::replaceUses() {
  for (Value value : plan.wanted)
    value.replaceUsesWithIf(made.lookup(computedAs(value)), [&](OpOperand &use) {
      return memory.numberOf(unitOf(use.getOwner())) > plan.place;
    });
}

/// A kernel without results that nobody reads.
void Recomputer::dropUnused(KernelOp kernel) {
  Operation *yield = kernel.getBody().front().getTerminator();
  SmallVector<Value> yields, results;
  SmallVector<Type> types;
  for (auto [value, result] : llvm::zip(yield->getOperands(), kernel.getResults()))
    if (!result.use_empty()) {
      yields.push_back(value);
      results.push_back(result);
      types.push_back(result.getType());
    }
  if (results.size() == kernel.getNumResults())
    return;
  if (results.empty()) {
    kernel.erase();
    return;
  }
  OpBuilder b(kernel);
  auto smaller = KernelOp::create(b, kernel.getLoc(), types);
  smaller->setAttrs(kernel->getAttrs());
  smaller.getBody().takeBody(kernel.getBody());
  yield->setOperands(yields);
  for (auto [from, to] : llvm::zip(results, smaller.getResults()))
    from.replaceAllUsesWith(to);
  kernel.erase();
  for (Operation &op : llvm::make_early_inc_range(llvm::reverse(smaller.getBody().front())))
    if (isOpTriviallyDead(&op))
      op.erase();
}

void Recomputer::run() {
  collectParts();
  findPlaces();
  for (auto &[unit, part] : parts)
    make(part);
  replaceUses();
  for (Operation &op : llvm::make_early_inc_range(llvm::reverse(block)))
    if (auto kernel = dyn_cast<KernelOp>(op))
      dropUnused(kernel);
    else if (isOpTriviallyDead(&op))
      op.erase();
}

void net::recompute(Block &block, const KernelMemory &memory, const RecomputePlan &plan) {
  Recomputer(block, memory, plan).run();
}
