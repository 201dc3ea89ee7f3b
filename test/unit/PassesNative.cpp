//===- PassesNative.cpp - random programs compiled and interpreted --------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Each program, with scans and its gradient, is compiled twice: as it stands after `grad`, and
// through all phases and LLVM's optimizer. Both agree with the interpreter, and have the same bits
// on 1, 2 and 3 threads, however these come to run. How far numbers may be apart is measured
// (ir/RoundedResults.h). Every third program is of f32, the others of f64. NETC_FUZZ=n runs n
// programs instead of a few, from the seed NETC_FUZZ_FIRST on.
//
//===----------------------------------------------------------------------===//
#include "NativeContext.h"
#include "RandomGraph.h"
#include "ir/CheckVjp.h"
#include "ir/RoundedResults.h"
#include "mlir/Pass/PassManager.h"
#include "passes/Passes.h"
#include "gtest/gtest.h"

#include <cstring>

using namespace mlir;
using namespace net;
using namespace net::test;

namespace {
using Arrays = std::vector<Array>;

/// A program, inputs, and what the interpreter makes of them.
struct Trial {
  OwningOpRef<ModuleOp> module; ///< after `grad`
  Arrays inputs;
  RoundedResults wanted;
};

std::string run(ModuleOp module, ArrayRef<const char *> phases) {
  std::string complaint;
  ScopedDiagnosticHandler collect(module.getContext(),
                                  [&](Diagnostic &d) { complaint += d.str() + "; "; });
  PassManager pm(module.getContext());
  for (const char *phase : phases)
    buildPhase(pm, phase);
  bool fails = failed(pm.run(module));
  return fails || !complaint.empty() ? "passes complain: " + complaint : "";
}

/// Sizes of batches about the lanes of vectors.
int64_t batchOf(uint64_t seed) {
  const int64_t sizes[] = {4, 1, 7, 16, 33, 5, 40, 8};
  return sizes[seed % std::size(sizes)];
}

std::string prepare(uint64_t seed, Trial &trial) {
  Builder builder(&nativeContext());
  bool single = seed % 3 == 0;
  trial.module = randomGraph(single ? builder.getF32Type() : builder.getF64Type(), seed,
                             4 + static_cast<int>(seed % 25));
  if (std::string complaint = run(*trial.module, {"grad"}); !complaint.empty())
    return complaint;
  auto function = trial.module->lookupSymbol<func::FuncOp>("f");
  std::mt19937_64 random(seed);
  for (Type type : function.getArgumentTypes()) {
    std::vector<int64_t> shape;
    for (const SizeExpr &size : shapeOf(type))
      shape.push_back(*size.evaluate({{"B", batchOf(seed)}}));
    trial.inputs.emplace_back(elementOf(type), shape);
    fillRandom(trial.inputs.back(), random);
  }
  auto wanted = RoundedResults::of(function, trial.inputs, {}, seed);
  if (!wanted)
    return "not interpreted: " + llvm::toString(wanted.takeError());
  trial.wanted = std::move(*wanted);
  return "";
}

/// Empty if the results are as near as their conditioning lets expect.
std::string compare(const RoundedResults &wanted, const Arrays &given) {
  for (size_t i = 0; i < given.size(); ++i)
    if (auto misfit = wanted.misfit(i, given[i]))
      return "result " + std::to_string(i) + ": " + *misfit;
  return "";
}

bool sameBits(const Arrays &a, const Arrays &b) {
  for (auto [x, y] : llvm::zip_equal(a, b))
    if (std::memcmp(x.values.data(), y.values.data(), x.values.size() * sizeof(double)) != 0)
      return false;
  return true;
}

std::string check(uint64_t seed) {
  Trial trial;
  if (std::string complaint = prepare(seed, trial); !complaint.empty())
    return complaint;
  std::string text;
  llvm::raw_string_ostream(text) << *trial.module;
  Target target = seed % 2 ? Target::avx2() : Target::avx512();
  // Even the smallest kernel is shared by threads.
  target.workOfOneThread = 0;
  for (unsigned optimize : {0u, 2 + unsigned(seed % 2)}) {
    OwningOpRef<ModuleOp> module = trial.module->clone();
    std::string level = "-O" + std::to_string(optimize) + ": ";
    if (optimize)
      if (std::string complaint = run(*module, {"simplify", "fuse"}); !complaint.empty())
        return level + complaint + "\n" + text;
    auto native = Native::compile(*module, target, optimize);
    if (!native)
      return level + llvm::toString(native.takeError()) + "\n" + text;
    Arrays first;
    for (Native::Schedule schedule : schedules)
      for (int threads : {1, 2, 3}) {
        auto given = (*native)->run("f", trial.inputs, {{}, threads, /*isolated=*/false, schedule});
        if (!given)
          return level + llvm::toString(given.takeError()) + "\n" + text;
        if (first.empty())
          first = std::move(*given);
        else if (!sameBits(first, *given))
          return level + std::to_string(threads) + " threads, schedule " +
                 std::to_string(static_cast<int>(schedule)) + ": other bits\n" + text;
      }
    if (std::string complaint = compare(trial.wanted, first); !complaint.empty())
      return level + complaint + "\n" + text;
  }
  return "";
}
} // namespace

TEST(Passes, CompiledRandomProgramsAgreeWithTheInterpreter) { expectOfSeeds(40, check); }
