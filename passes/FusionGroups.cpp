//===- FusionGroups.cpp - operations gathered into kernels-to-be -------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "passes/FusionGroups.h"
#include <queue>

using namespace mlir;
using namespace net;
using namespace net::fusion;

namespace {
bool isBefore(Operation *a, Operation *b) { return a->isBeforeInBlock(b); }

/// Operations of both, in the order of the function.
SmallVector<Operation *> united(ArrayRef<Operation *> a, ArrayRef<Operation *> b) {
  SmallVector<Operation *> both(a);
  llvm::append_range(both, b);
  llvm::sort(both, isBefore);
  both.erase(std::unique(both.begin(), both.end()), both.end());
  return both;
}
} // namespace

Groups::Groups(const Graph &graph) : graph(graph) {
  for (Operation *op : graph.operations()) {
    homes[op] = {static_cast<Id>(groups.size())};
    groups.push_back({op});
    ranks.push_back(ranks.size());
  }
}

bool Groups::contains(Id group, Operation *op) const {
  return llvm::is_contained(homes.find(op)->second, group);
}

bool Groups::isStored(Operation *op) const {
  if (graph.isReturned(op))
    return true;
  return llvm::any_of(graph.readersOf(op), [&](const Reader &reader) {
    return llvm::any_of(homes.find(reader.op)->second, [&](Id id) { return !contains(id, op); });
  });
}

SmallVector<Groups::Id> Groups::consumersOf(Id group) const {
  llvm::SetVector<Id> found;
  for (Operation *op : groups[group])
    if (isOutput(group, op))
      for (const Reader &reader : graph.readersOf(op))
        for (Id id : homes.find(reader.op)->second)
          if (!contains(id, op))
            found.insert(id);
  return found.takeVector();
}

SmallVector<Groups::Id> Groups::producersOf(Id group) const {
  llvm::SetVector<Id> found;
  for (Operation *op : groups[group])
    for (unsigned i = 0; i < op->getNumOperands(); ++i)
      for (const Source &source : graph.sourcesOf(op, i))
        if (Operation *def = graph.producerOf(source.value); def && !contains(group, def))
          found.insert(homeOf(def));
  return found.takeVector();
}

/// Is there a way from one group to another? The edge between them counts if `direct`.
//===-- order -------------------------------------------------------------------------------===//
//
// Ranks are kept through merges as by Pearce and Kelly, "A dynamic topological sort algorithm for
// directed acyclic graphs" (2006): only groups between the two in question are looked at.

bool Groups::reachesThroughOthers(Id from, Id to) const {
  // From both ends, where less was found so far: one of them often has few ways to go.
  llvm::DenseSet<Id> seen[2];
  SmallVector<Id> work[2] = {consumersOf(from), producersOf(to)};
  llvm::erase(work[0], to);
  llvm::erase(work[1], from);
  while (!work[0].empty() && !work[1].empty()) {
    bool backward = seen[1].size() < seen[0].size();
    Id id = work[backward].pop_back_val();
    if (id == from || id == to || seen[!backward].contains(id))
      return true;
    if (ranks[id] < ranks[from] || ranks[id] > ranks[to] || !seen[backward].insert(id).second)
      continue;
    llvm::append_range(work[backward], backward ? producersOf(id) : consumersOf(id));
  }
  return false;
}

SmallVector<Groups::Id> Groups::between(Id start, bool forward, unsigned low, unsigned high) const {
  llvm::SetVector<Id> found;
  SmallVector<Id> work = {start};
  while (!work.empty()) {
    Id id = work.pop_back_val();
    for (Id next : forward ? consumersOf(id) : producersOf(id))
      if (ranks[next] > low && ranks[next] < high && found.insert(next))
        work.push_back(next);
  }
  SmallVector<Id> inOrder = found.takeVector();
  llvm::sort(inOrder, [&](Id a, Id b) { return ranks[a] < ranks[b]; });
  return inOrder;
}

void Groups::rank(Id low, Id high, Id merged) {
  SmallVector<Id> before = between(high, /*forward=*/false, ranks[low], ranks[high]),
                  behind = between(low, /*forward=*/true, ranks[low], ranks[high]);
  SmallVector<unsigned> free = {ranks[low], ranks[high]};
  for (Id id : llvm::concat<Id>(before, behind))
    free.push_back(ranks[id]);
  llvm::sort(free);
  auto next = free.begin();
  for (Id id : before)
    ranks[id] = *next++;
  ranks[merged] = *next++;
  for (Id id : behind)
    ranks[id] = *next++;
}

//===-- merging -----------------------------------------------------------------------------===//

std::string Groups::whyNotMerge(Id a, Id b) const {
  if (ranks[a] < ranks[b] ? reachesThroughOthers(a, b) : reachesThroughOthers(b, a))
    return "another kernel stands between them";
  auto isOutputOfBoth = [&](Operation *op) {
    if (homeOf(op) != a && homeOf(op) != b)
      return false;
    return graph.isReturned(op) || llvm::any_of(graph.readersOf(op), [&](const Reader &reader) {
             return llvm::any_of(homes.find(reader.op)->second,
                                 [&](Id id) { return id != a && id != b && !contains(id, op); });
           });
  };
  return whyNoKernel(graph, united(groups[a], groups[b]), isOutputOfBoth);
}

bool Groups::merge(Id a, Id b) {
  if (a == b || !whyNotMerge(a, b).empty())
    return false;
  ranks[a] < ranks[b] ? rank(a, b, a) : rank(b, a, a);
  for (Operation *op : groups[b]) {
    auto &ids = homes[op];
    if (llvm::is_contained(ids, a))
      llvm::erase(ids, b);
    else
      std::replace(ids.begin(), ids.end(), b, a);
  }
  groups[a] = united(groups[a], groups[b]);
  groups[b].clear();
  return true;
}

//===-- computing again instead of storing ----------------------------------------------------===//

/// The operations of `home` that `op` needs, down to values that are stored anyway. False if some
/// are dear.
bool Groups::collectCone(Operation *op, Id home, llvm::SetVector<Operation *> &cone,
                         llvm::SetVector<Value> &leaves) const {
  if (graph.roleOf(op) != Role::Element || weightOf(op) > cheapWeight ||
      !isa<ScalarOp, ReshapeOp>(op))
    return false;
  cone.insert(op);
  for (unsigned i = 0; i < op->getNumOperands(); ++i)
    for (const Source &source : graph.sourcesOf(op, i)) {
      Operation *def = graph.producerOf(source.value);
      if (!def || homeOf(def) != home || isStored(def))
        leaves.insert(source.value);
      else if (!collectCone(def, home, cone, leaves))
        return false;
    }
  return true;
}

std::string Groups::whyNoKernelWith(Id group, ArrayRef<Operation *> more) const {
  return whyNoKernel(graph, united(groups[group], more),
                     [&](Operation *op) { return isOutput(group, op); });
}

void Groups::append(Id group, ArrayRef<Operation *> more) {
  for (Operation *op : more)
    if (!contains(group, op))
      homes[op].push_back(group);
  groups[group] = united(groups[group], more);
}

/// Drops operations that nobody reads from this group.
void Groups::removeUnneeded(Id group) {
  auto before = groups[group]; // a copy: the loop takes operations out
  for (Operation *op : llvm::reverse(before)) {
    bool readHere = llvm::any_of(graph.readersOf(op),
                                 [&](const Reader &reader) { return contains(group, reader.op); });
    if (readHere || isOutput(group, op))
      continue;
    llvm::erase(homes[op], group);
    llvm::erase(groups[group], op);
  }
}

bool Groups::sink(Operation *op) {
  Id home = homeOf(op);
  llvm::SetVector<Operation *> cone;
  llvm::SetVector<Value> leaves;
  if (graph.isReturned(op) || !collectCone(op, home, cone, leaves))
    return false;
  llvm::SetVector<Id> consumers;
  for (const Reader &reader : graph.readersOf(op))
    for (Id id : homes.find(reader.op)->second)
      if (!contains(id, op))
        consumers.insert(id);
  // Stored: written once, read by each consumer. Computed again: each reads the leaves that it does
  // not read anyway.
  int64_t stored = bytesOf(op->getResult(0).getType()) * static_cast<int64_t>(1 + consumers.size()),
          again = 0;
  for (Id consumer : consumers) {
    for (Value leaf : leaves) {
      bool read = llvm::any_of(groups[consumer], [&](Operation *member) {
        for (unsigned i = 0; i < member->getNumOperands(); ++i)
          for (const Source &source : graph.sourcesOf(member, i))
            if (source.value == leaf)
              return true;
        return graph.producerOf(leaf) == member;
      });
      again += read ? 0 : bytesOf(leaf.getType());
    }
    if (!whyNoKernelWith(consumer, cone.getArrayRef()).empty())
      return false;
  }
  if (again >= stored || consumers.empty())
    return false;
  for (Id consumer : consumers)
    append(consumer, cone.getArrayRef());
  removeUnneeded(home);
  return true;
}

//===-- order ---------------------------------------------------------------------------------===//

SmallVector<Groups::Id> Groups::all() const {
  SmallVector<Id> ids;
  for (Id id = 0; id < groups.size(); ++id)
    if (!groups[id].empty())
      ids.push_back(id);
  return ids;
}

SmallVector<Groups::Id> Groups::inOrder() const {
  // As early as the last operation stood: values die about where they did before.
  auto later = [&](Id a, Id b) { return isBefore(groups[b].back(), groups[a].back()); };
  std::priority_queue<Id, std::vector<Id>, decltype(later)> ready(later);
  llvm::DenseMap<Id, unsigned> missing;
  for (Id id : all())
    if (!(missing[id] = producersOf(id).size()))
      ready.push(id);
  SmallVector<Id> order;
  while (!ready.empty()) {
    Id id = ready.top();
    ready.pop();
    order.push_back(id);
    for (Id consumer : consumersOf(id))
      if (!--missing[consumer])
        ready.push(consumer);
  }
  assert(order.size() == all().size() && "groups depend on each other in a circle");
  return order;
}
