//===- EntryCleanup.h - entries without what nobody needs -------*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef NETC_FRONTEND_ENTRYCLEANUP_H
#define NETC_FRONTEND_ENTRYCLEANUP_H

#include "mlir/IR/BuiltinOps.h"
#include "llvm/Support/JSON.h"

#include <set>
#include <string>

namespace net {

/// Blocks are cut into entries before anyone knows which values the later ones need. Drops results
/// that are variables which nobody needs (temporaries: which nobody reads), arguments without use,
/// entries without results, and layers that nobody calls. Gives the variables that are left.
std::set<std::string> cleanEntries(mlir::ModuleOp module, const std::set<std::string> &temporaries);

/// Takes nodes of entries that are gone out of the trees of blocks.
void dropMissing(llvm::json::Array &blocks, mlir::ModuleOp module);

} // namespace net
#endif // NETC_FRONTEND_ENTRYCLEANUP_H
