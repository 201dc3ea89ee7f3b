//===- Passes.h - passes on the net dialect ---------------------*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef NETC_PASSES_PASSES_H
#define NETC_PASSES_PASSES_H

#include "ir/NetDialect.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

namespace net {

#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "passes/Passes.h.inc"

/// Is there a phase of this name that runs on the net dialect? (`grad`, `simplify`, `fuse`)
bool isPhase(llvm::StringRef phase);
/// Adds the passes that lead from the phase before to this one; `phase` is one of the above.
void buildPhase(mlir::OpPassManager &pm, llvm::StringRef phase);
/// `net-pipeline-grad`, ... for `--pass-pipeline`.
void registerPipelines();

} // namespace net
#endif // NETC_PASSES_PASSES_H
