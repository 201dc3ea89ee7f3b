//===- Parts.cpp - a program cut for several threads ----------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "codegen/Parts.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/SymbolTable.h"
#include "llvm/ADT/StringMap.h"

using namespace mlir;
using namespace net;

/// How large parts are to each other, the last the smallest: threads end at about the same time.
/// Few enough that what each part costs by itself does not count.
static constexpr size_t shares[] = {4, 4, 4, 4, 3, 3, 2, 2, 1, 1}, leastOperations = 1000;

static size_t operationsOf(func::FuncOp function) {
  size_t count = 0;
  function.walk([&](Operation *) { ++count; });
  return count;
}

/// The largest first, each to where there is least by now, for the part's share.
static SmallVector<SmallVector<func::FuncOp>> share(ModuleOp program) {
  SmallVector<std::pair<size_t, func::FuncOp>> kernels;
  size_t inEntries = 0, all = 0;
  for (auto function : program.getOps<func::FuncOp>()) {
    size_t count = operationsOf(function);
    all += count;
    if (function->hasAttr("net.entry"))
      inEntries += count;
    else if (!function.isExternal())
      kernels.emplace_back(count, function);
  }
  llvm::sort(kernels, [](auto a, auto b) {
    return a.first != b.first ? a.first > b.first : a.second.getName() < b.second.getName();
  });
  SmallVector<SmallVector<func::FuncOp>> parts(
      std::clamp<size_t>(all / leastOperations, 1, std::size(shares)));
  SmallVector<size_t> sizes(parts.size());
  sizes[0] = inEntries;
  for (auto [count, function] : kernels) {
    size_t to = 0;
    for (size_t i = 1; i < sizes.size(); ++i)
      if ((sizes[i] + count) * shares[to] < (sizes[to] + count) * shares[i])
        to = i;
    sizes[to] += count;
    parts[to].push_back(function);
  }
  return parts;
}

/// What the function refers to: tables are its own and go with it; what is only declared is
/// declared again.
static void bringUsed(func::FuncOp function, SymbolTable &from, SymbolTable &to) {
  auto uses = SymbolTable::getSymbolUses(function);
  for (SymbolTable::SymbolUse use : *uses) {
    StringAttr name = use.getSymbolRef().getRootReference();
    if (to.lookup(name))
      continue;
    Operation *used = from.lookup(name);
    if (isa<func::FuncOp>(used)) {
      to.insert(used->clone());
    } else {
      from.remove(used);
      used->remove();
      to.insert(used);
    }
  }
}

OwningOpRef<ModuleOp> net::cutInParts(OwningOpRef<ModuleOp> program, StringRef symbol) {
  auto all = ModuleOp::create(program->getLoc());
  ModuleOp entries = program.release();
  all.push_back(entries);
  SymbolTable inEntries(entries);
  llvm::StringMap<std::string> renamed;
  auto parts = share(entries);
  for (ArrayRef<func::FuncOp> kernels : llvm::drop_begin(parts)) {
    auto part = ModuleOp::create(entries.getLoc());
    part->setAttr("net.part", UnitAttr::get(part.getContext()));
    all.push_back(part);
    SymbolTable inPart(part);
    for (func::FuncOp kernel : kernels) {
      std::string name = (symbol + "." + kernel.getName()).str();
      renamed[kernel.getName()] = name;
      bringUsed(kernel, inEntries, inPart);
      inEntries.remove(kernel);
      kernel->remove();
      kernel.setName(name);
      inPart.insert(kernel);
      inEntries.insert(kernel.cloneWithoutRegions());
    }
  }
  entries.walk([&](func::CallOp call) {
    if (auto name = renamed.find(call.getCallee()); name != renamed.end())
      call.setCallee(name->second);
  });
  return all;
}
