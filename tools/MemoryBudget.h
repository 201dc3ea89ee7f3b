//===- MemoryBudget.h - steps that fit into so many bytes -------*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What a step takes of memory is known when its kernels are made; what it could compute again
// rather than keep is decided before. So it is tried: compiled to the plan of its arena, with more
// and more computed again, until the plan fits.
//
//===----------------------------------------------------------------------===//
#ifndef NETC_TOOLS_MEMORYBUDGET_H
#define NETC_TOOLS_MEMORYBUDGET_H

#include "codegen/Target.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/StringRef.h"

#include <optional>
#include <string>
#include <vector>

namespace mlir {
class PassManager;
} // namespace mlir

namespace net {

/// `64M`, `512K`, `2G`, or a number of bytes. Nothing for another text, zero, or too large a
/// number.
std::optional<int64_t> bytesNamed(llvm::StringRef text);
/// `25.31 MB`
std::string sizeText(int64_t bytes);

/// How an entry is led to the phase `fuse`.
struct Trades {
  unsigned scans = 0;         ///< that run again
  bool moveUpdates = true;    ///< to where their gradients are known, with a target
  int64_t target = 0;         ///< bytes that kernels are computed again for; 0: none are
  int64_t bytes = 0;          ///< of the arena that is planned then, at the declared batch
  bool bounded = true;        ///< is there a declared batch, so that the budget holds?
  unsigned applied = 0;       ///< scans that did run again
  mlir::DictionaryAttr plan;  ///< `net.memory` of the entry
  mlir::ArrayAttr recomputed; ///< `net.recomputed`
};

class MemoryBudget {
public:
  /// `module` is in the phase `simplify`; no budget: nothing is traded.
  MemoryBudget(mlir::ModuleOp module, const Target &target, std::optional<int64_t> budget)
      : module(module), target(target), budget(budget) {}

  /// Leads the module to the phase `fuse`. `configure` gets each pass manager before it runs.
  bool run(llvm::function_ref<bool(mlir::PassManager &)> configure);
  /// A line for each entry that does not fit: `FILE:LINE:COLUMN: error[..]: ..`.
  std::string misfits() const;
  /// What steps keep and compute again, as a table.
  std::string ledger() const;

private:
  struct Entry {
    mlir::func::FuncOp function;
    Trades trades;
  };
  bool fits(const Trades &trades) const {
    return !budget || !trades.bounded || trades.bytes <= *budget;
  }
  bool plan(mlir::func::FuncOp function, Trades &trades) const;
  bool search(Entry &entry) const;
  bool searchKernels(Entry &entry, bool moveUpdates) const;

  mlir::ModuleOp module;
  Target target;
  std::optional<int64_t> budget;
  std::vector<Entry> entries;
};

} // namespace net
#endif // NETC_TOOLS_MEMORYBUDGET_H
