//===- StepMemory.cpp - where every value of an entry lies ----------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "codegen/Step.h"

using namespace mlir;
using namespace net;

namespace {
SizeExpr bytesOfArray(Value value) {
  return product(shapeOf(value.getType())) * SizeExpr(bytesOf(elementOf(value.getType())));
}
} // namespace

unsigned net::bufferOfResult(func::FuncOp entry, unsigned result) {
  if (auto variable = entry.getResultAttrOfType<StringAttr>(result, "net.var"))
    for (unsigned i = 0; i < entry.getNumArguments(); ++i)
      if (entry.getArgAttrOfType<StringAttr>(i, "net.var") == variable)
        return i;
  return entry.getNumArguments() + result;
}

StepMemory::StepMemory(func::FuncOp entry, ArrayRef<EmittedKernel> kernels)
    : entry(entry), kernels(kernels) {
  for (BlockArgument argument : entry.getArguments())
    locations[argument] = {argument.getArgNumber(), 0};
  placeResults();
  placeRest();
  arena.plan();
  ownArena.plan();
}

bool StepMemory::overlap(const Location &a, const Location &b) const {
  if (a.buffer >= 0 || b.buffer >= 0)
    return a.buffer == b.buffer;
  return arena.overlap(a.block, b.block);
}

bool StepMemory::isReadAfter(Value value, size_t kernel) const {
  for (size_t i = kernel + 1; i < kernels.size(); ++i)
    if (llvm::is_contained(kernels[i].arrays, value))
      return true;
  return false;
}

bool StepMemory::isInPlace(const EmittedKernel &kernel, Value input, Value output) const {
  if (bytesOfArray(input) != bytesOfArray(output) ||
      bytesOf(elementOf(input.getType())) != bytesOf(elementOf(output.getType())))
    return false;
  for (const EmittedKernel::Function &function : kernel.functions)
    for (const Access &load : function.accesses) {
      if (load.array != input)
        continue;
      // Elements of an index are all computed before any is stored.
      bool same = llvm::any_of(function.accesses, [&](const Access &store) {
        return store.store && store.array == output && !store.anywhere &&
               store.linear == load.linear;
      });
      if (load.anywhere || !same)
        return false;
    }
  return true;
}

void StepMemory::placeResults() {
  auto returned = entry.getBody().front().getTerminator()->getOperands();
  llvm::DenseSet<Value> keptToTheEnd;
  for (auto [i, value] : llvm::enumerate(returned))
    if (auto argument = dyn_cast<BlockArgument>(value))
      if (bufferOfResult(entry, i) != argument.getArgNumber())
        keptToTheEnd.insert(value);
  for (auto [i, value] : llvm::enumerate(returned)) {
    Location to{bufferOfResult(entry, i), 0};
    if (isa<BlockArgument>(value)) {
      if (!(locations[value] == to))
        copies.push_back({locations[value], to, bytesOfArray(value)});
      continue;
    }
    bool placed = locations.contains(value), direct = !placed;
    size_t writer = 0;
    while (!llvm::is_contained(KernelOp(kernels[writer].kernel).getResults(), value))
      ++writer;
    if (direct && to.buffer < entry.getNumArguments()) {
      Value old = entry.getArgument(to.buffer);
      direct = !keptToTheEnd.contains(old) && !isReadAfter(old, writer) &&
               (!llvm::is_contained(kernels[writer].arrays, old) ||
                isInPlace(kernels[writer], old, value));
    }
    if (direct) {
      locations[value] = to;
      continue;
    }
    if (!placed)
      locations[value] = {-1, arena.add(bytesOfArray(value), writer, kernels.size())};
    copies.push_back({locations[value], to, bytesOfArray(value)});
  }
  // A buffer that is copied from and to is saved first.
  for (Copy &copy : copies) {
    bool written = copy.from.buffer >= 0 &&
                   llvm::any_of(copies, [&](const Copy &other) { return other.to == copy.from; });
    if (!written)
      continue;
    Location saved{-1, arena.add(copy.bytes, kernels.size(), kernels.size())};
    savesBefore.push_back({copy.from, saved, copy.bytes});
    copy.from = saved;
  }
}

void StepMemory::placeRest() {
  for (auto [k, kernel] : llvm::enumerate(kernels)) {
    unsigned number = k;
    llvm::DenseSet<unsigned> taken;
    for (Value output : KernelOp(kernel.kernel).getResults()) {
      if (locations.contains(output))
        continue;
      unsigned last = number;
      for (size_t i = k + 1; i < kernels.size(); ++i)
        if (llvm::is_contained(kernels[i].arrays, output))
          last = i;
      Location own;
      for (Value input : kernel.arrays) {
        auto it = locations.find(input);
        if (it == locations.end() || it->second.buffer >= 0 || taken.contains(it->second.block) ||
            llvm::is_contained(KernelOp(kernel.kernel).getResults(), input))
          continue;
        if (arena.lastOf(it->second.block) == number && isInPlace(kernel, input, output)) {
          own = it->second;
          arena.extend(own.block, last);
          taken.insert(own.block);
          locations[output] = own;
          break;
        }
      }
      if (!locations.contains(output))
        locations[output] = {-1, arena.add(bytesOfArray(output), number, last)};
    }
    scratch.push_back({});
    if (kernel.plan.scratchBytes != SizeExpr(0))
      scratch.back() = {-1, arena.add(kernel.plan.scratchBytes, number, number)};
    own.push_back(0);
    if (kernel.plan.ownBytes != SizeExpr(0))
      own.back() = ownArena.add(kernel.plan.ownBytes, number, number);
  }
}
