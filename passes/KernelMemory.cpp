//===- KernelMemory.cpp - what lives while kernels run --------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "passes/KernelMemory.h"

using namespace mlir;
using namespace net;

bool net::isUnit(Operation *op) {
  return isa<KernelOp, ScanOp>(op) || op->hasTrait<OpTrait::IsTerminator>();
}

KernelMemory::KernelMemory(Block &block, const DeclaredSizes &sizes) : block(block), sizes(sizes) {
  for (Operation &op : block)
    numbers[&op] = numbers.size();
  for (Operation &op : block)
    if (isUnit(&op))
      for (Value result : op.getResults())
        collectReaders(result, result);
  addLives();
}

void KernelMemory::collectReaders(Value value, Value through) {
  for (Operation *user : through.getUsers()) {
    Operation *owner = block.findAncestorOpInBlock(*user);
    if (!owner)
      continue;
    if (!isUnit(owner)) {
      for (Value result : owner->getResults())
        collectReaders(value, result);
      continue;
    }
    readers[value].push_back(owner);
  }
}

ArrayRef<Operation *> KernelMemory::readersOf(Value value) const {
  auto found = readers.find(value);
  return found == readers.end() ? ArrayRef<Operation *>() : ArrayRef<Operation *>(found->second);
}

void KernelMemory::addLives() {
  std::vector<int64_t> changes(numbers.size() + 2);
  for (Operation &op : block) {
    if (!isUnit(&op))
      continue;
    for (Value result : op.getResults()) {
      int64_t last = numbers[&op];
      bool isResult = false;
      for (Operation *reader : readersOf(result)) {
        last = std::max(last, numbers[reader]);
        // What a function returns lies in its caller's memory.
        isResult |= isa<func::ReturnOp>(reader);
      }
      if (isResult)
        continue;
      lives[result] = last;
      int64_t places =
          isa<ScanOp>(op) && llvm::is_contained(cast<ScanOp>(op).lastCarries(), result) ? 2 : 1;
      int64_t bytes = places * sizes.bytesOf(result.getType());
      changes[numbers[&op]] += bytes;
      changes[last + 1] -= bytes;
    }
    if (auto scan = dyn_cast<ScanOp>(op)) {
      int64_t inside = KernelMemory(scan.getBody().front(), sizes).peak();
      changes[numbers[&op]] += inside;
      changes[numbers[&op] + 1] -= inside;
    }
  }
  int64_t bytes = 0;
  for (Operation &op : block) {
    bytes += changes[numbers[&op]];
    if (bytes > most) {
      most = bytes;
      fullestOp = &op;
    }
  }
}
