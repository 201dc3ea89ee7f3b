//===- KernelCut.cpp - what is kept, and what is computed again -----------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "passes/FusionGraph.h"
#include "passes/KernelRecompute.h"
#include "passes/MinCut.h"
#include "passes/Simplify.h"

using namespace mlir;
using namespace net;

Value net::computedAs(Value value) {
  while (auto kernel = value.getDefiningOp<KernelOp>())
    value = kernel.getBody().front().getTerminator()->getOperand(
        cast<OpResult>(value).getResultNumber());
  return value;
}

namespace {
class KernelCut {
public:
  KernelCut(Block &block, const KernelMemory &memory, const DeclaredSizes &sizes,
            const RecomputeChoice &choice)
      : block(block), memory(memory), sizes(sizes), choice(choice),
        place(memory.numberOf(memory.fullest())) {}
  RecomputePlan plan();

private:
  struct Ends {
    unsigned in, out;
  };

  /// The operations up to the place.
  auto before() {
    return llvm::make_range(block.begin(), std::next(memory.fullest()->getIterator()));
  }
  bool isBefore(Operation *op) const {
    return memory.numberOf(block.findAncestorOpInBlock(*op)) <= place;
  }
  Ends nodeOf(Value value);
  void addOperation(Operation *op);
  void findWanted();
  void keepBetweenSegments();
  int64_t capacityOf(Value value) const;
  int64_t costOf(Operation *op) const;
  void collect(const std::vector<bool> &reached, RecomputePlan &plan);

  Block &block;
  const KernelMemory &memory;
  const DeclaredSizes &sizes;
  const RecomputeChoice &choice;
  int64_t place;
  MinCut graph;
  llvm::DenseMap<Value, Ends> nodes;
  llvm::DenseMap<Value, Value> arrays; ///< of what kernels compute, the first that holds it
  llvm::DenseSet<Value> free;          ///< kept in any case
  llvm::SetVector<Value> wanted;
};
} // namespace

/// Bytes that it takes to keep a value until it is read behind the place.
int64_t KernelCut::capacityOf(Value value) const {
  if (isa<BlockArgument>(value) || free.contains(value))
    return 0;
  auto array = arrays.find(value);
  if (array == arrays.end())
    return MinCut::unlimited;
  // What is returned lies elsewhere.
  return memory.isArray(array->second) ? sizes.bytesOf(value.getType()) : 0;
}

/// In bytes.
int64_t KernelCut::costOf(Operation *op) const {
  if (isa<CheckedOp, ScanOp>(op))
    return MinCut::unlimited;
  if (!isa<KernelOp>(op->getParentOp()) || fusion::isFree(op, [](Value) { return false; }))
    return 0;
  double count = static_cast<double>(sizes.valueOf(product(shapeOf(op->getResult(0).getType()))));
  for (Value operand : op->getOperands())
    count =
        std::max(count, static_cast<double>(sizes.valueOf(product(shapeOf(operand.getType())))));
  double work = count * fusion::weightOf(op);
  if (auto einsum = dyn_cast<EinsumOp>(op)) {
    EinsumSpec spec = EinsumSpec::of(einsum);
    std::map<char, int64_t> letters;
    for (int i : {0, 1})
      for (auto [letter, size] : llvm::zip(spec.parts[i], shapeOf(op->getOperand(i).getType())))
        letters[letter] = sizes.valueOf(size);
    work = 1;
    for (auto [letter, size] : letters)
      work *= static_cast<double>(size);
  } else if (isa<ConvOp>(op)) {
    net::Shape weight = shapeOf(op->getOperand(1).getType());
    weight.pop_back();
    work = static_cast<double>(sizes.valueOf(product(shapeOf(op->getResult(0).getType())))) *
           static_cast<double>(sizes.valueOf(product(weight)));
  } else if (isa<ArgSortOp, SolveOp, RecurrenceOp, ScatterAddOp, ScatterAddAlongOp>(op)) {
    work *= 32;
  }
  return static_cast<int64_t>(std::min(work / 16 * choice.price, 1e14));
}

KernelCut::Ends KernelCut::nodeOf(Value value) {
  auto [at, isNew] = nodes.try_emplace(value);
  if (!isNew)
    return at->second;
  Ends ends{graph.addNode(), graph.addNode()};
  at->second = ends;
  graph.addEdge(ends.in, ends.out, capacityOf(value));
  // What is there already: arguments, and what is kept in any case.
  Operation *op = free.contains(value) ? nullptr : value.getDefiningOp();
  graph.addEdge(MinCut::source, ends.in, op ? costOf(op) : MinCut::unlimited);
  return ends;
}

void KernelCut::addOperation(Operation *op) {
  for (Value result : op->getResults())
    for (Value operand : op->getOperands())
      graph.addEdge(nodeOf(computedAs(operand)).out, nodeOf(result).in, MinCut::unlimited);
}

/// What is read behind the place.
void KernelCut::findWanted() {
  for (Operation &op : before())
    for (Value result : op.getResults())
      if (!isa<BlockArgument>(computedAs(result)) &&
          llvm::any_of(result.getUsers(), [&](Operation *user) { return !isBefore(user); }))
        wanted.insert(result);
}

/// Cuts what comes before into parts of which each computes about as many bytes; what lives from
/// one into the next costs nothing.
void KernelCut::keepBetweenSegments() {
  if (choice.segments < 2)
    return;
  int64_t all = 0, bytes = 0;
  SmallVector<std::pair<Operation *, int64_t>> made;
  for (Operation &op : before()) {
    int64_t own = 0;
    for (Value result : op.getResults())
      if (wanted.contains(result) && memory.isArray(result))
        own += sizes.bytesOf(result.getType());
    made.push_back({&op, own});
    all += own;
  }
  unsigned next = 1;
  for (auto [op, own] : made) {
    bytes += own;
    if (next >= choice.segments || bytes * choice.segments < all * next)
      continue;
    while (next < choice.segments && bytes * choice.segments >= all * next)
      ++next;
    int64_t border = memory.numberOf(op);
    for (auto [before, unused] : made)
      for (Value result : before->getResults())
        if (memory.numberOf(before) <= border &&
            llvm::any_of(memory.readersOf(result), [&](Operation *reader) {
              return memory.numberOf(reader) > border && memory.numberOf(reader) <= place;
            }))
          free.insert(computedAs(result));
  }
}

/// The operations between what is kept and what is wanted.
void KernelCut::collect(const std::vector<bool> &reached, RecomputePlan &plan) {
  SmallVector<Value> work;
  auto need = [&](Value value) {
    auto node = nodes.find(value);
    Operation *op = value.getDefiningOp();
    // Before the cut: it is kept, or nothing that is wanted needs it.
    if (!op || node == nodes.end() || reached[node->second.in])
      return;
    if (plan.again.insert(op).second)
      work.append(op->getOperands().begin(), op->getOperands().end());
  };
  for (Value value : wanted)
    need(computedAs(value));
  while (!work.empty())
    need(computedAs(work.pop_back_val()));
  for (Value value : wanted)
    if (plan.again.contains(computedAs(value).getDefiningOp()))
      plan.wanted.insert(value);
}

RecomputePlan KernelCut::plan() {
  for (Operation &op : before())
    if (isUnit(&op))
      for (Value result : op.getResults())
        arrays.try_emplace(computedAs(result), result);
  findWanted();
  keepBetweenSegments();
  for (Operation &op : before()) {
    if (auto kernel = dyn_cast<KernelOp>(op)) {
      for (Operation &inner : kernel.getBody().front().without_terminator())
        addOperation(&inner);
    } else if (!isUnit(&op)) {
      addOperation(&op);
    }
  }
  for (Value value : wanted)
    graph.addEdge(nodeOf(computedAs(value)).out, MinCut::sink, MinCut::unlimited);
  RecomputePlan plan{place, {}, {}};
  collect(graph.solve(), plan);
  return plan;
}

RecomputePlan net::planRecompute(Block &block, const KernelMemory &memory,
                                 const DeclaredSizes &sizes, const RecomputeChoice &choice) {
  return KernelCut(block, memory, sizes, choice).plan();
}
