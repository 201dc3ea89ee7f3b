//===- Pipelines.cpp - from kernels to loops ------------------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "codegen/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;
using namespace net;

void net::buildLoops(OpPassManager &pm, const Target &target) {
  // 1. Everything of the net dialect becomes loops.
  pm.addPass(createNetToLoops(target));
  // 2. Layers alike have kernels alike. Before the next steps, so that they do each kind once.
  pm.addPass(createMergeKernels());
  // 3. Constants and index arithmetic that emitters repeat: a third of all, gone at little cost.
  pm.addNestedPass<func::FuncOp>(createCSEPass());
  // 4. Loops of one turn, and what is known of the rest. A second round would find next to nothing.
  GreedyRewriteConfig config;
  config.setUseTopDownTraversal().setMaxIterations(1);
  config.setRegionSimplificationLevel(GreedySimplifyRegionLevel::Normal);
  pm.addNestedPass<func::FuncOp>(createCanonicalizerPass(config));
}

void net::registerCodegenPasses() {
  registerNetToLoops();
  registerMergeKernels();
  registerLoopsToLLVM();
  PassPipelineRegistration<>("net-loops", "the phase `loops`, for AVX-512",
                             [](OpPassManager &pm) { buildLoops(pm, Target::avx512()); });
}
