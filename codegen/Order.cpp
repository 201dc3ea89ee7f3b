//===- Order.cpp - updates after the last look at what they replace --------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The gradient of a layer's input reads the weights that the update before it has already
// replaced in the text. Kernels are pure: the update moves behind, and is written in place
// instead of beside and copied.
//
//===----------------------------------------------------------------------===//
#include "codegen/Normalize.h"

using namespace mlir;
using namespace net;

namespace {
/// The operation of the entry's own block that an operation stands in.
Operation *ownerIn(Block &block, Operation *op) { return block.findAncestorOpInBlock(*op); }

/// Kernels, scans, and the end, that read a value, through operations outside of kernels as well.
void collectReaders(Block &block, Value value, SmallVector<Operation *> &readers) {
  for (Operation *user : value.getUsers()) {
    Operation *owner = ownerIn(block, user);
    readers.push_back(owner);
    if (!isa<KernelOp, ScanOp>(owner) && !owner->hasTrait<OpTrait::IsTerminator>())
      for (Value result : owner->getResults())
        collectReaders(block, result, readers);
  }
}

Value oldValueOf(func::FuncOp entry, unsigned result) {
  if (auto variable = entry.getResultAttrOfType<StringAttr>(result, "net.var"))
    for (BlockArgument argument : entry.getArguments())
      if (entry.getArgAttrOfType<StringAttr>(argument.getArgNumber(), "net.var") == variable)
        return argument;
  return {};
}
} // namespace

void net::sinkUpdates(func::FuncOp entry) {
  Block &block = entry.getBody().front();
  Operation *end = block.getTerminator();
  for (KernelOp kernel : llvm::to_vector(block.getOps<KernelOp>())) {
    Operation *last = kernel;
    for (OpOperand &use : end->getOpOperands()) {
      Value old =
          use.get().getDefiningOp() == kernel ? oldValueOf(entry, use.getOperandNumber()) : Value();
      SmallVector<Operation *> readers;
      if (old)
        collectReaders(block, old, readers);
      for (Operation *reader : readers)
        if (isa<KernelOp, ScanOp>(reader) && last->isBeforeInBlock(reader))
          last = reader;
    }
    // Whoever needs the new value stays behind it.
    SmallVector<Operation *> users;
    for (Value result : kernel.getResults())
      collectReaders(block, result, users);
    bool free = llvm::all_of(
        users, [&](Operation *user) { return user == end || last->isBeforeInBlock(user); });
    if (last != kernel && free)
      kernel->moveAfter(last);
  }
}
