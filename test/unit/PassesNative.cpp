//===- PassesNative.cpp - random programs compiled and interpreted --------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Each program is compiled twice: as it stands after `grad`, and through all phases and LLVM's
// optimizer. Both agree with the interpreter, and the second has the same bits on 1, 2 and 3
// threads. How far numbers may be apart is measured: as far as those of the interpreter, which
// always computes in f64, move when its inputs move by some units in the last place of the
// program's own type: f32 for every third program, else f64. NETC_FUZZ=n runs n programs instead of
// a few, from the seed NETC_FUZZ_FIRST on.
//
//===----------------------------------------------------------------------===//
#include "Native.h"
#include "RandomGraph.h"
#include "ir/CheckVjp.h"
#include "mlir/Pass/PassManager.h"
#include "passes/Passes.h"
#include "llvm/Support/FormatVariadic.h"
#include "gtest/gtest.h"

#include <cmath>
#include <cstring>

using namespace mlir;
using namespace net;
using namespace net::test;

namespace {
using Arrays = std::vector<Array>;

/// A program, inputs, and what the interpreter makes of them.
struct Trial {
  double unit = 0;              ///< of rounding, of the program's type
  OwningOpRef<ModuleOp> module; ///< after `grad`
  Arrays inputs, wanted, moved; ///< moved: of inputs that are a little different
};

std::string run(ModuleOp module, ArrayRef<const char *> phases) {
  std::string complaint;
  ScopedDiagnosticHandler collect(module.getContext(),
                                  [&](Diagnostic &d) { complaint += d.str() + "; "; });
  PassManager pm(module.getContext());
  for (const char *phase : phases)
    buildPhase(pm, phase);
  return failed(pm.run(module)) ? "passes fail: " + complaint : "";
}

/// Sizes of batches about the lanes of vectors.
int64_t batchOf(uint64_t seed) {
  const int64_t sizes[] = {4, 1, 7, 16, 33, 5, 40, 8};
  return sizes[seed % std::size(sizes)];
}

std::string prepare(uint64_t seed, Trial &trial) {
  Builder builder(&nativeContext());
  bool single = seed % 3 == 0;
  trial.unit = std::ldexp(1, single ? -24 : -53);
  trial.module = randomGraph(single ? builder.getF32Type() : builder.getF64Type(), seed,
                             4 + static_cast<int>(seed % 25));
  if (std::string complaint = run(*trial.module, {"grad"}); !complaint.empty())
    return complaint;
  auto function = trial.module->lookupSymbol<func::FuncOp>("f");
  std::mt19937_64 random(seed);
  std::uniform_real_distribution<double> little(-1, 1);
  Arrays moved;
  for (Type type : function.getArgumentTypes()) {
    std::vector<int64_t> shape;
    for (const SizeExpr &size : shapeOf(type))
      shape.push_back(*size.evaluate({{"B", batchOf(seed)}}));
    trial.inputs.emplace_back(elementOf(type), shape);
    fillRandom(trial.inputs.back(), random);
    if (single)
      for (double &x : trial.inputs.back().values)
        x = static_cast<float>(x);
    moved.push_back(trial.inputs.back());
    for (double &x : moved.back().values)
      x += little(random) * 100 * trial.unit;
  }
  auto wanted = interpret(function, trial.inputs, {}), other = interpret(function, moved, {});
  if (!wanted || !other)
    return "not interpreted: " +
           llvm::toString(llvm::joinErrors(wanted ? llvm::Error::success() : wanted.takeError(),
                                           other ? llvm::Error::success() : other.takeError()));
  trial.wanted = std::move(*wanted);
  trial.moved = std::move(*other);
  return "";
}

/// Empty if the result is as near as its conditioning lets expect.
std::string compare(const Trial &trial, const Arrays &given) {
  for (auto [number, wanted] : llvm::enumerate(trial.wanted)) {
    const Array &moved = trial.moved[number], &array = given[number];
    if (wanted.shape != array.shape)
      return "another shape";
    double largest = 0, spread = 0;
    for (auto [a, b] : llvm::zip(wanted.values, moved.values)) {
      largest = std::isfinite(a) ? std::max(largest, std::fabs(a)) : largest;
      spread = std::isfinite(a) && std::isfinite(b) ? std::max(spread, std::fabs(a - b)) : spread;
    }
    // At a margin (of a comparison, of a largest element) nothing is said.
    if (spread > 1e5 * trial.unit * (1 + largest))
      continue;
    double bound = 200 * trial.unit * (1 + largest) + 5 * spread;
    for (size_t i = 0; i < wanted.size(); ++i) {
      double a = wanted.values[i], b = array.values[i];
      bool same = a == b || (std::isnan(a) && std::isnan(b)) || std::fabs(a - b) <= bound;
      if (!same)
        return llvm::formatv("result {0}, element {1}: {2} instead of {3}, bound {4}", number, i, b,
                             a, bound)
            .str();
    }
  }
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
  for (bool optimize : {false, true}) {
    OwningOpRef<ModuleOp> module = trial.module->clone();
    std::string level = optimize ? "-O3: " : "-O0: ";
    if (optimize)
      if (std::string complaint = run(*module, {"simplify", "fuse"}); !complaint.empty())
        return level + complaint + "\n" + text;
    auto native = Native::compile(*module, target, optimize);
    if (!native)
      return level + llvm::toString(native.takeError()) + "\n" + text;
    Arrays first;
    for (int threads : {1, 2, 3}) {
      auto given = (*native)->run("f", trial.inputs, {}, threads);
      if (!given)
        return level + llvm::toString(given.takeError()) + "\n" + text;
      if (threads == 1)
        first = std::move(*given);
      else if (!sameBits(first, *given))
        return level + std::to_string(threads) + " threads: other bits\n" + text;
    }
    if (std::string complaint = compare(trial, first); !complaint.empty())
      return level + complaint + "\n" + text;
  }
  return "";
}
} // namespace

TEST(Passes, CompiledRandomProgramsAgreeWithTheInterpreter) { expectOfSeeds(40, check); }
