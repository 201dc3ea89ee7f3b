//===- Fuse.cpp - kernels, by bytes moved -------------------------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The cost of a step is the bytes that its kernels write and read. Merging a producer
// with its only reader saves both; with one of several readers it saves one reading.
// Every merge that a kernel's form allows saves something, so the order matters most:
// first what a root's result goes through, while it is in registers.
//
//===----------------------------------------------------------------------===//
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Transforms/RegionUtils.h"
#include "passes/FusionGroups.h"
#include "passes/Passes.h"
#include "llvm/Support/Debug.h"

#define DEBUG_TYPE "net-fuse"

using namespace mlir;
using namespace net;
using namespace net::fusion;

namespace net {
#define GEN_PASS_DEF_FUSE
#include "passes/Passes.h.inc"
} // namespace net

namespace {
class Fuse : public net::impl::FuseBase<Fuse> {
public:
  using FuseBase::FuseBase;
  void runOnOperation() override;

private:
  LogicalResult fuse(Block &block);
};

//===-- decisions -----------------------------------------------------------------------------===//

/// Groups whose results an operation reads element by element, those that save most bytes first.
SmallVector<Groups::Id> epilogueCandidates(const Graph &graph, const Groups &groups,
                                           Operation *op) {
  llvm::MapVector<Groups::Id, int64_t> saved;
  for (unsigned i = 0; i < op->getNumOperands(); ++i)
    for (const Source &source : graph.sourcesOf(op, i))
      if (Operation *def = graph.producerOf(source.value); def && source.positional) {
        // The only reader also saves the writing.
        bool only = graph.readersOf(def).size() == 1 && !graph.isReturned(def);
        saved[groups.homeOf(def)] += bytesOf(source.value.getType()) * (only ? 2 : 1);
      }
  SmallVector<Groups::Id> order;
  for (const auto &entry : saved)
    order.push_back(entry.first);
  llvm::sort(order, [&](Groups::Id a, Groups::Id b) {
    return saved[a] != saved[b] ? saved[a] > saved[b] : a < b;
  });
  return order;
}

/// Elementwise operations join those whose results they read.
void mergeEpilogues(const Graph &graph, Groups &groups) {
  for (Operation *op : graph.operations())
    if (graph.roleOf(op) == Role::Element)
      for (Groups::Id candidate : epilogueCandidates(graph, groups, op))
        groups.merge(candidate, groups.homeOf(op));
}

/// A group with a single reader joins it.
bool mergeProducers(const Graph &graph, Groups &groups) {
  bool changed = false;
  for (Operation *op : llvm::reverse(graph.operations())) {
    Groups::Id group = groups.homeOf(op);
    auto consumers = groups.consumersOf(group);
    if (consumers.size() == 1)
      changed |= groups.merge(consumers[0], group);
  }
  return changed;
}

/// The arrays that a group reads; scalars do not count.
llvm::SmallPtrSet<void *, 8> arraysOf(const Graph &graph, const Groups &groups, Groups::Id group) {
  llvm::SmallPtrSet<void *, 8> arrays;
  for (Operation *op : groups.operationsOf(group))
    for (unsigned i = 0; i < op->getNumOperands(); ++i)
      for (const Source &source : graph.sourcesOf(op, i)) {
        Operation *def = graph.producerOf(source.value);
        if (graph.countOf(source.value) != SizeExpr(1) && (!def || !groups.contains(group, def)))
          arrays.insert(source.value.getAsOpaquePointer());
      }
  return arrays;
}

/// What tells loops apart: reductions of one domain, or maps over as many elements.
std::string loopOf(const Graph &graph, const Groups &groups, Groups::Id group) {
  for (Operation *op : groups.operationsOf(group)) {
    if (graph.roleOf(op) == Role::Reduction)
      return "reduce " + str(shapeOf(op->getOperand(0).getType()));
    if (graph.roleOf(op) != Role::Element)
      return "";
  }
  return "map " + graph.countOf(groups.operationsOf(group).back()->getResult(0)).str();
}

/// Independent groups that read the same array in the same loop become one; so do all scalar ones,
/// to have fewer kernels.
void mergeSiblings(const Graph &graph, Groups &groups) {
  std::map<std::string, SmallVector<Groups::Id>> byLoop;
  for (Groups::Id group : groups.inOrder())
    if (std::string loop = loopOf(graph, groups, group); !loop.empty())
      byLoop[loop].push_back(group);
  for (auto &[loop, alike] : byLoop)
    for (auto first = alike.begin(); first != alike.end(); ++first)
      for (auto second = std::next(first); second != alike.end(); ++second) {
        if (groups.operationsOf(*first).empty() || groups.operationsOf(*second).empty())
          continue;
        auto left = arraysOf(graph, groups, *first), right = arraysOf(graph, groups, *second);
        bool shared = llvm::any_of(left, [&](void *array) { return right.contains(array); });
        if (shared || loop == "map 1")
          groups.merge(*first, *second);
      }
}

/// Values that are cheaper computed by their readers than stored for them.
bool sinkCheap(const Graph &graph, Groups &groups) {
  bool changed = false;
  for (Operation *op : llvm::reverse(graph.operations()))
    if (groups.isStored(op))
      changed |= groups.sink(op);
  return changed;
}

Groups decide(const Graph &graph) {
  Groups groups(graph);
  // 1. Results go on in registers: bias, activation, optimizer.
  mergeEpilogues(graph, groups);
  // 2. What only one kernel reads is computed there; also rows into what is done with them.
  while (mergeProducers(graph, groups)) {
  }
  // 3. Local derivatives need not be stored if what they are computed from is. Then more values may
  // have one reader.
  while (sinkCheap(graph, groups))
    mergeProducers(graph, groups);
  // 4. One pass over an array that several read.
  mergeSiblings(graph, groups);
  return groups;
}

//===-- kernels -------------------------------------------------------------------------------===//

/// Builds the kernels behind the operations, which they replace.
class Emission {
public:
  Emission(const Graph &graph, const Groups &groups, Operation *end)
      : graph(graph), groups(groups), b(end) {}
  void run();

private:
  void build(Groups::Id group);
  /// The value in the kernel: free operations are copied into it.
  Value inside(Value value, IRMapping &local);

  const Graph &graph;
  const Groups &groups;
  OpBuilder b;
  IRMapping stored;                             ///< by the kernels so far
  SmallVector<std::pair<Value, Value>> outputs; ///< and what they are results of
};

Value Emission::inside(Value value, IRMapping &local) {
  if (Value known = local.lookupOrNull(value))
    return known;
  Operation *def = graph.producerOf(value);
  if (!def || !graph.isFree(def))
    return stored.lookupOrDefault(value);
  for (Value operand : def->getOperands())
    local.map(operand, inside(operand, local));
  return b.clone(*def, local)->getResult(0);
}

void Emission::build(Groups::Id group) {
  SmallVector<Type> types;
  SmallVector<Value> values;
  for (Operation *op : groups.operationsOf(group))
    if (groups.isOutput(group, op)) {
      values.push_back(op->getResult(0));
      types.push_back(op->getResult(0).getType());
    }
  Location loc = groups.operationsOf(group).back()->getLoc();
  auto kernel = KernelOp::create(b, loc, types);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(&kernel.getBody().emplaceBlock());
  IRMapping local;
  for (Operation *op : groups.operationsOf(group)) {
    for (Value operand : op->getOperands())
      local.map(operand, inside(operand, local));
    b.clone(*op, local);
  }
  YieldOp::create(b, loc, llvm::map_to_vector(values, [&](Value v) { return local.lookup(v); }));
  for (auto [value, result] : llvm::zip(values, kernel.getResults())) {
    stored.map(value, result);
    outputs.push_back({value, result});
  }
}

void Emission::run() {
  for (Groups::Id group : groups.inOrder())
    build(group);
  for (auto [value, result] : outputs)
    value.replaceAllUsesWith(result);
  for (Operation *op : llvm::reverse(graph.all()))
    op->erase();
}

/// Says at each value that passes through memory why.
void explain(const Graph &graph, const Groups &groups, bool remarks) {
  for (Groups::Id group : groups.inOrder())
    for (Groups::Id consumer : groups.consumersOf(group)) {
      std::string why = groups.whyNotMerge(group, consumer);
      if (why.empty())
        why = "nothing would be saved";
      Operation *from = groups.operationsOf(group).back(),
                *to = groups.operationsOf(consumer).back();
      LLVM_DEBUG(llvm::dbgs() << from->getName() << " not fused with " << to->getName() << ": "
                              << why << "\n");
      if (remarks)
        from->emitRemark() << "not fused with '" << to->getName() << "': " << why;
    }
}

//===-- stretches -----------------------------------------------------------------------------===//

/// A scan ends a stretch of operations: kernels stand before it, in it or behind it. So does a
/// kernel that was formed before. Operations that are free are copied to those who read them in
/// another stretch, so that nothing is stored for them; a scan's own operands are arrays.
void copyFree(Block &block) {
  llvm::DenseMap<Operation *, unsigned> stretches;
  llvm::DenseSet<Operation *> free;
  SmallVector<Operation *> ordered;
  unsigned stretch = 0;
  for (Operation &op : block) {
    stretches[&op] = stretch;
    if (isa<ScanOp>(op)) {
      ++stretch;
      continue;
    }
    auto known = [&](Value v) {
      Operation *def = v.getDefiningOp();
      return !def || stretches.lookup(def) != stretch || isa<ScanOp>(def) || free.contains(def);
    };
    if (op.getNumResults() == 1 && isFree(&op, known)) {
      free.insert(&op);
      ordered.push_back(&op);
    }
  }
  // From the last on: copies of what a copy reads come before it.
  for (Operation *op : llvm::reverse(ordered)) {
    llvm::MapVector<std::pair<Operation *, unsigned>, SmallVector<OpOperand *>> readers;
    for (OpOperand &use : op->getResult(0).getUses()) {
      Operation *owner = block.findAncestorOpInBlock(*use.getOwner());
      if (isa<ScanOp>(owner) && owner != use.getOwner())
        readers[{owner, 0}].push_back(&use);
      else if (!isa<ScanOp>(owner) && !owner->hasTrait<OpTrait::IsTerminator>() &&
               stretches.lookup(owner) != stretches.lookup(op))
        readers[{nullptr, stretches.lookup(owner)}].push_back(&use);
    }
    for (auto &[where, uses] : readers) {
      Operation *first = nullptr;
      if (where.first)
        first = &cast<ScanOp>(where.first).getBody().front().front();
      for (OpOperand *use : uses)
        if (!where.first)
          if (Operation *owner = use->getOwner(); !first || owner->isBeforeInBlock(first))
            first = owner;
      Operation *copy = OpBuilder(first).clone(*op);
      stretches[copy] = where.second;
      for (OpOperand *use : uses)
        use->set(copy->getResult(0));
    }
  }
}
} // namespace

LogicalResult Fuse::fuse(Block &block) {
  copyFree(block);
  for (Operation *first = &block.front(), *op = first; op; op = op->getNextNode()) {
    auto scan = dyn_cast<ScanOp>(op);
    if (!scan && !isa<KernelOp>(op) && !op->hasTrait<OpTrait::IsTerminator>()) {
      if (op->getNumResults() != 1 || isa<CallOp, GradOp>(op))
        return op->emitError("net-fuse needs a function without calls and gradients");
      continue;
    }
    if (first != op) {
      Graph graph(first, op);
      Groups groups = decide(graph);
      LLVM_DEBUG(explain(graph, groups, false));
      if (whyNotFused)
        explain(graph, groups, true);
      Emission(graph, groups, op).run();
    }
    if (scan && failed(fuse(scan.getBody().front())))
      return failure();
    first = op->getNextNode();
  }
  return success();
}

void Fuse::runOnOperation() {
  // What nobody reads has no place in any kernel.
  IRRewriter rewriter(&getContext());
  (void)runRegionDCE(rewriter, getOperation()->getRegions());
  if (failed(fuse(getOperation().getBody().front())))
    signalPassFailure();
}
