//===- MemoryLedger.cpp - what lies in an entry's memory ------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "codegen/MemoryLedger.h"
#include "ir/DeclaredSizes.h"
#include "ir/ScanEnd.h"
#include "ir/ValuePlace.h"

using namespace mlir;
using namespace net;

namespace {
class MemoryLedger {
public:
  MemoryLedger(func::FuncOp entry, ArrayRef<EmittedKernel> kernels)
      : entry(entry), kernels(kernels), sizes(entry), memory(entry, kernels), b(entry) {
    for (auto [k, kernel] : llvm::enumerate(kernels))
      numbers[kernel.kernel] = k;
  }
  DictionaryAttr describe();

private:
  /// A value that lies in a block from a kernel on.
  struct Owner {
    unsigned from;
    Value value;
  };
  struct Row {
    ValuePlace place;
    int64_t bytes;
    std::string why;
  };

  void findOwners();
  void own(Value value, unsigned from);
  void addGroup(size_t group);
  void addRow(unsigned block, unsigned time);
  std::string whyKept(Value value, unsigned time) const;

  func::FuncOp entry;
  ArrayRef<EmittedKernel> kernels;
  DeclaredSizes sizes;
  StepMemory memory;
  Builder b;
  llvm::DenseMap<Operation *, unsigned> numbers;
  llvm::DenseMap<unsigned, SmallVector<Owner>> owners;
  std::vector<Row> rows;
};
} // namespace

void MemoryLedger::own(Value value, unsigned from) {
  StepMemory::Location place = memory.of(value);
  if (place.buffer < 0)
    owners[place.block].push_back({from, value});
}

void MemoryLedger::findOwners() {
  unsigned number = 0;
  entry.walk<WalkOrder::PreOrder>([&](Operation *op) {
    if (isa<KernelOp>(op)) {
      number = numbers.lookup(op);
      for (Value result : op->getResults())
        own(result, number);
    } else if (isa<ScanOp>(op)) {
      // In between, its place is that of what the turns compute.
      unsigned last = number;
      op->walk([&](KernelOp kernel) { last = std::max(last, numbers.lookup(kernel)); });
      for (Value result : op->getResults()) {
        own(result, number + 1);
        own(result, last + 1);
      }
    }
  });
  for (auto [k, kernel] : llvm::enumerate(kernels))
    if (kernel.plan.scratchBytes != SizeExpr(0))
      owners[memory.scratchOf(k).block].push_back(
          {static_cast<unsigned>(k), KernelOp(kernel.kernel).getResult(0)});
}

/// Who reads it next, or why it cannot be computed again.
std::string MemoryLedger::whyKept(Value value, unsigned time) const {
  for (Operation *user : value.getUsers())
    if (isa<func::ReturnOp>(user))
      return "it is a result";
  if (auto scan = value.getDefiningOp<ScanOp>()) {
    if (llvm::is_contained(scan.lastCarries(), value))
      return "a carry";
    if (untilOf(scan))
      return "its scan may end early";
    if (!scan.length().constant())
      return "its scan's turns are counted when it runs";
  }
  unsigned next = kernels.size();
  for (auto [k, kernel] : llvm::enumerate(kernels))
    if (k > time && llvm::is_contained(kernel.arrays, value))
      next = std::min<unsigned>(next, k);
  for (Operation *user : value.getUsers())
    if (isa<ScanOp>(user))
      return "a scan reads it";
  if (next == kernels.size())
    return "it is being computed or read";
  ValuePlace reader = placeOf(KernelOp(kernels[next].kernel).getResult(0));
  return "read again for " + reader.name;
}

void MemoryLedger::addRow(unsigned block, unsigned time) {
  Owner last{0, {}};
  for (const Owner &owner : owners.lookup(block))
    if (!last.value || (owner.from <= time && owner.from >= last.from))
      last = owner;
  int64_t bytes = sizes.valueOf(memory.arena.bytesOf(block));
  if (!last.value)
    return rows.push_back({{"copy", "", 0}, bytes, "saved while results are written"});
  bool scratch = llvm::any_of(llvm::enumerate(kernels), [&](auto each) {
    return each.value().plan.scratchBytes != SizeExpr(0) &&
           memory.scratchOf(each.index()).block == block;
  });
  rows.push_back({placeOf(last.value), bytes,
                  scratch ? "memory of its kernel alone" : whyKept(last.value, time)});
}

/// What lives when the blocks of a group take most.
void MemoryLedger::addGroup(size_t group) {
  unsigned time = memory.arena.fullestTime(group);
  for (unsigned block : memory.arena.livingAt(group, time))
    addRow(block, time);
}

DictionaryAttr MemoryLedger::describe() {
  findOwners();
  for (size_t group = 0; group < memory.arena.groupCount(); ++group)
    addGroup(group);
  std::sort(rows.begin(), rows.end(), [](const Row &x, const Row &y) {
    return std::tie(y.bytes, x.place.name, x.why) < std::tie(x.bytes, y.place.name, y.why);
  });
  SmallVector<Attribute> attributes;
  for (const Row &row : rows)
    attributes.push_back(
        b.getDictionaryAttr({b.getNamedAttr("name", b.getStringAttr(row.place.name)),
                             b.getNamedAttr("bytes", b.getI64IntegerAttr(row.bytes)),
                             b.getNamedAttr("file", b.getStringAttr(row.place.file)),
                             b.getNamedAttr("line", b.getI64IntegerAttr(row.place.line)),
                             b.getNamedAttr("why", b.getStringAttr(row.why))}));
  int64_t all = sizes.valueOf(memory.arena.bytes() + memory.ownArena.bytes());
  return b.getDictionaryAttr({b.getNamedAttr("entry", entry.getNameAttr()),
                              b.getNamedAttr("bytes", b.getI64IntegerAttr(all)),
                              b.getNamedAttr("rows", b.getArrayAttr(attributes))});
}

DictionaryAttr net::describeMemory(func::FuncOp entry, ArrayRef<EmittedKernel> kernels) {
  return MemoryLedger(entry, kernels).describe();
}
