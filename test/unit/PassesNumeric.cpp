//===- PassesNumeric.cpp - passes keep the numbers of random programs -----===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The program before the first pass is run by definition: its gradients come from dual
// numbers. NETC_FUZZ=n runs n programs instead of a few,
// from the seed NETC_FUZZ_FIRST on.
//
//===----------------------------------------------------------------------===//
#include "OpsCases.h"
#include "RandomGraph.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Pass/PassManager.h"
#include "passes/Passes.h"
#include "tools/VerifyNumeric.h"
#include "gtest/gtest.h"

using namespace mlir;
using namespace net;
using namespace net::test;

namespace {
std::string textOf(ModuleOp module) {
  std::string text;
  llvm::raw_string_ostream(text) << module;
  return text;
}

/// To the phase `fuse`, with all computed again that can be.
void buildWithoutMemory(OpPassManager &pm) {
  OpPassManager &entries = pm.nest<func::FuncOp>();
  RecomputeTurnsOptions turns;
  turns.scans = 8;
  entries.addPass(createRecomputeTurns(turns));
  entries.addPass(createFuse());
  RecomputeKernelsOptions kernels;
  kernels.budget = 1;
  entries.addPass(createRecomputeKernels(kernels));
}

/// The first phase after which a number is another, or nothing.
std::string wrongPhase(uint64_t seed) {
  auto module =
      randomGraph(Float64Type::get(&testContext()), seed, 4 + static_cast<int>(seed % 25));
  if (failed(verify(*module)))
    return "the program is not valid";
  OwningOpRef<ModuleOp> before = module->clone();
  for (const char *phase : {"grad", "simplify", "fuse"}) {
    std::string input = textOf(*module);
    PassManager pm(&testContext());
    if (StringRef(phase) == "fuse")
      buildWithoutMemory(pm);
    else
      buildPhase(pm, phase);
    std::string diagnostics;
    ScopedDiagnosticHandler collect(&testContext(),
                                    [&](Diagnostic &d) { diagnostics += d.str() + "\n"; });
    if (failed(pm.run(*module)))
      return std::string(phase) + " fails: " + diagnostics + "on\n" + input;
    VerifyNumericOptions options;
    options.seed = seed;
    options.bound = 1e-11;
    options.sizes = {{"B", 4}};
    auto difference = findDifference(*before, *module, options);
    if (!difference)
      return std::string(phase) + ": " + llvm::toString(difference.takeError()) + "\n" +
             textOf(*module);
    if (*difference)
      return std::string(phase) + ": " + **difference + "\nin\n" + input + "\nwhich became\n" +
             textOf(*module);
  }
  return "";
}
} // namespace

TEST(Passes, KeepTheNumbersOfRandomPrograms) { expectOfSeeds(60, wrongPhase); }
