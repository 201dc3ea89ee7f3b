//===- ScanRecompute.cpp - turns that run again ---------------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "passes/ScanRecompute.h"
#include "mlir/IR/IRMapping.h"
#include "passes/FusionGraph.h"

using namespace mlir;
using namespace net;

Recipe net::recipeOf(ScanOp scan, ArrayRef<Value> values, IsLeaf isLeaf) {
  Block &body = scan.getBody().front();
  Recipe recipe;
  llvm::DenseSet<Operation *> needed;
  SmallVector<Value> work(values);
  while (!work.empty()) {
    Value value = work.pop_back_val();
    Operation *op = value.getDefiningOp();
    if (value.getParentBlock() != &body)
      continue; // from above
    if (!op || isLeaf(value)) {
      recipe.leaves.insert(value);
      continue;
    }
    if (needed.insert(op).second)
      op->walk([&](Operation *inner) { llvm::append_range(work, inner->getOperands()); });
  }
  for (Operation &op : body)
    if (needed.contains(&op))
      recipe.operations.push_back(&op);
  return recipe;
}

SmallVector<ScanOp> net::readersAlong(ScanOp scan, Value kept) {
  SmallVector<ScanOp> readers;
  for (OpOperand &use : kept.getUses()) {
    auto reader = dyn_cast<ScanOp>(use.getOwner());
    if (!reader || reader->getBlock() != scan->getBlock() ||
        use.getOperandNumber() >= reader.getSequences().size() || untilOf(reader))
      return {};
    if (!llvm::is_contained(readers, reader))
      readers.push_back(reader);
  }
  return readers;
}

/// Of the kept values of `from` with these numbers, those that `reader` reads.
static SmallVector<unsigned> readBy(ScanOp reader, ScanOp from, ArrayRef<unsigned> kept) {
  SmallVector<unsigned> numbers;
  for (unsigned number : kept)
    if (llvm::is_contained(reader.getSequences(), from.kept()[number]))
      numbers.push_back(number);
  return numbers;
}

static void computeIn(ScanOp reader, ScanOp &scan, ArrayRef<unsigned> kept, IsLeaf isLeaf) {
  SmallVector<Value> values;
  for (unsigned number : kept)
    values.push_back(scan.keptInTurn()[number]);
  Recipe recipe = recipeOf(scan, values, isLeaf);
  IRMapping mapping;
  for (Value leaf : recipe.leaves)
    mapping.map(leaf, asElement(reader, asArray(scan, leaf)));
  OpBuilder b = OpBuilder::atBlockBegin(&reader.getBody().front());
  for (Operation *op : recipe.operations)
    b.clone(*op, mapping);
  for (auto [number, value] : llvm::zip(kept, values))
    for (auto [element, array] : llvm::zip(reader.elements(), reader.getSequences()))
      if (array == scan.kept()[number])
        element.replaceAllUsesWith(mapping.lookupOrDefault(value));
}

void net::computeAgain(ScanOp &scan, ArrayRef<unsigned> kept, IsLeaf isLeaf) {
  llvm::SetVector<Operation *> readers;
  for (unsigned number : kept)
    for (ScanOp reader : readersAlong(scan, scan.kept()[number]))
      readers.insert(reader);
  for (Operation *reader : readers)
    computeIn(cast<ScanOp>(reader), scan, readBy(cast<ScanOp>(reader), scan, kept), isLeaf);
}

//===-- what costs nothing -------------------------------------------------------------------===//

/// A leaf if it is computed by more than a move.
static bool isComputed(Value value) {
  Operation *op = value.getDefiningOp();
  return !op ||
         !isa<ConcatOp, ReshapeOp, TransposeOp, SliceOp, DynamicSliceOp, BroadcastOp, ReverseOp>(
             op);
}

ScanOp net::keepSources(ScanOp scan) {
  for (unsigned i = 0; i < scan.keptCount(); ++i) {
    Value value = scan.keptInTurn()[i];
    if (isComputed(value) || !scan.getBody().isAncestor(value.getParentRegion()) ||
        readersAlong(scan, scan.kept()[i]).empty())
      continue;
    int64_t bytes = 0;
    for (Value leaf : recipeOf(scan, {value}, isComputed).leaves)
      if (!arrayIfKept(scan, leaf))
        bytes += fusion::bytesOf(leaf.getType());
    if (bytes <= fusion::bytesOf(value.getType()))
      computeAgain(scan, {i}, isComputed);
  }
  return scan;
}
