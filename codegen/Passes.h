//===- Passes.h - passes of code generation ----------------------*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef NETC_CODEGEN_PASSES_H
#define NETC_CODEGEN_PASSES_H

#include "codegen/Target.h"
#include <memory>

namespace mlir {
class OpPassManager;
class Pass;
} // namespace mlir

namespace net {

/// Needs entries as pure functions of tensors, layers inlined, kernels formed. Each becomes a step
/// function with its kernels and its arena's size; nothing of the net dialect is left. With
/// `describesMemory` the module says what lies in the arenas (MemoryLedger.h).
std::unique_ptr<mlir::Pass> createNetToLoops(const Target &target, bool describesMemory = false);
void registerNetToLoops();

/// Needs step functions that call kernels; of kernels that differ in their name alone one is left.
std::unique_ptr<mlir::Pass> createMergeKernels();
void registerMergeKernels();

/// Needs loops and pointers; leaves LLVM's dialect alone, all dialects converted at once.
std::unique_ptr<mlir::Pass> createLoopsToLLVM();
void registerLoopsToLLVM();

/// fuse -> loops: the pass, and what makes its output small.
void buildLoops(mlir::OpPassManager &pm, const Target &target);

/// All passes and pipelines of this folder by name, for tools.
void registerCodegenPasses();

} // namespace net
#endif // NETC_CODEGEN_PASSES_H
