//===- Pipelines.cpp - from one phase to the next ---------------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Transforms/Passes.h"
#include "passes/Passes.h"

using namespace mlir;
using namespace net;

/// net -> grad.
static void buildGrad(OpPassManager &pm) {
  // 1. What no result needs would be differentiated in vain; equal operations would give two
  // adjoints.
  pm.addNestedPass<func::FuncOp>(createCSEPass());
  // 2. The derivatives. Layers are functions still, so that a gradient is a program in functions,
  // and each layer is differentiated once.
  pm.addPass(createGrad());
  // 3. Functions whose place others have taken.
  pm.addPass(createSymbolDCEPass());
}

/// grad -> simplify.
static void buildSimplify(OpPassManager &pm) {
  // 1. Layers into entries: from here on a graph of operations is looked at.
  pm.addPass(createInline());
  // 2. Derivatives recompute what the forward part has (`1 - y * y` twice): first make equals one,
  // so that the number of uses, which patterns ask for, is the true one.
  pm.addNestedPass<func::FuncOp>(createCSEPass());
  // 3. What sizes the program asks for, while all that it says is there.
  pm.addNestedPass<func::FuncOp>(createCheckSizes());
  // 4. Algebra, on one sample of each value.
  pm.addNestedPass<func::FuncOp>(createSimplify());
  // 5. Rewriting makes equal operations again, and leaves dead ones.
  pm.addNestedPass<func::FuncOp>(createCSEPass());
  // 6. Out of the turns of scans, which the steps before have made smaller; what comes out is
  // simplified in its turn.
  pm.addNestedPass<func::FuncOp>(createSimplifyScan());
  pm.addNestedPass<func::FuncOp>(createSimplify());
  pm.addNestedPass<func::FuncOp>(createCSEPass());
}

/// simplify -> fuse.
static void buildFuse(OpPassManager &pm) {
  // 1. Kernels: everything that may change the graph has happened.
  pm.addNestedPass<func::FuncOp>(createFuse());
}

using PhaseBuilder = void (*)(OpPassManager &);
static PhaseBuilder builderOf(StringRef phase) {
  if (phase == "grad")
    return buildGrad;
  if (phase == "simplify")
    return buildSimplify;
  if (phase == "fuse")
    return buildFuse;
  return nullptr;
}

bool net::isPhase(StringRef phase) { return builderOf(phase); }

void net::buildPhase(OpPassManager &pm, StringRef phase) {
  PhaseBuilder builder = builderOf(phase);
  assert(builder && "no phase of the net dialect");
  builder(pm);
}

void net::registerPipelines() {
  PassPipelineRegistration<>("net-pipeline-grad", "derivatives taken", buildGrad);
  PassPipelineRegistration<>("net-pipeline-simplify",
                             "layers inlined, algebra, constants, equals, dead code",
                             buildSimplify);
  PassPipelineRegistration<>("net-pipeline-fuse", "kernels", buildFuse);
}
