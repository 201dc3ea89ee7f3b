//===- VerifyNumeric.cpp - two phases of one program compared -------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "tools/VerifyNumeric.h"
#include "codegen/Native.h"
#include "ir/CheckVjp.h"
#include "ir/RoundedResults.h"
#include "ir/Types.h"
#include "mlir/Pass/Pass.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassRegistry.h"
#include "llvm/Support/Format.h"

#include <cmath>
#include <set>

using namespace mlir;
using namespace net;
using llvm::Expected;

namespace {
/// What to try one after the other: sizes from `smallest` on, whole numbers below `limit`, real
/// ones from `low`.
struct Attempt {
  int64_t smallest, limit;
  double low;
};

/// Distinct sizes for distinct names, so that none is taken for another.
SizeValues chooseSizes(func::FuncOp function, int64_t smallest, SizeValues sizes) {
  std::set<std::string> names;
  for (Type type : function.getArgumentTypes())
    for (const SizeExpr &size : shapeOf(type))
      size.collectSymbols(names);
  for (const std::string &name : names)
    if (sizes.try_emplace(name, smallest).second)
      ++smallest;
  return sizes;
}

Expected<std::vector<Array>> draw(func::FuncOp function, const Attempt &attempt, uint64_t seed,
                                  SizeValues sizes) {
  std::mt19937_64 random(seed);
  sizes = chooseSizes(function, attempt.smallest, std::move(sizes));
  std::vector<Array> arguments;
  for (auto [number, type] : llvm::enumerate(function.getArgumentTypes())) {
    std::vector<int64_t> shape;
    for (const SizeExpr &size : shapeOf(type)) {
      auto value = size.evaluate(sizes);
      if (!value || *value < 0)
        return llvm::createStringError("no size for " + str(type));
      shape.push_back(*value);
    }
    Array array(elementOf(type), shape);
    fillRandom(array, random, attempt.low, 1);
    bool isKey = function.getArgAttr(number, "net.key") != Attribute();
    for (int64_t &whole : array.wholes)
      whole =
          static_cast<int64_t>(isKey ? random() : wrapTo(array.element, random() % attempt.limit));
    arguments.push_back(std::move(array));
  }
  return arguments;
}

bool hasNaN(ArrayRef<Array> arrays) {
  for (const Array &array : arrays)
    for (double value : array.values)
      if (std::isnan(value))
        return true;
  return false;
}

/// The first result that differs, described.
std::optional<std::string> differenceOf(ArrayRef<Array> before, ArrayRef<Array> after,
                                        double bound) {
  for (auto [number, pair] : llvm::enumerate(llvm::zip(before, after))) {
    const auto &[a, b] = pair;
    if (a.shape != b.shape || a.element != b.element)
      return "result " + std::to_string(number) + ": " + str(a, 0) + " became " + str(b, 0);
    double largest = 0;
    for (double value : a.values)
      largest = std::isfinite(value) ? std::max(largest, std::fabs(value)) : largest;
    for (size_t i = 0; i < a.size(); ++i) {
      bool same = a.isReal() ? a.values[i] == b.values[i] ||
                                   (std::isnan(a.values[i]) && std::isnan(b.values[i])) ||
                                   std::fabs(a.values[i] - b.values[i]) <= bound * (1 + largest)
                             : a.wholes[i] == b.wholes[i];
      if (same)
        continue;
      std::string text;
      llvm::raw_string_ostream(text)
          << "result " << number << ", element " << i << ": " << llvm::format("%.17g", a.at(i).v)
          << " became " << llvm::format("%.17g", b.at(i).v);
      return text;
    }
  }
  return std::nullopt;
}
} // namespace

Expected<std::vector<Array>> net::randomArguments(func::FuncOp function, uint64_t seed,
                                                  const SizeValues &sizes) {
  std::string complaint = "nothing was tried";
  std::optional<std::vector<Array>> second;
  InterpretOptions options;
  options.sizes = sizes;
  for (double low : {-1.0, 0.05}) // squares' averages and the like must not be negative
    for (int64_t smallest : {3, 8, 32})
      for (int64_t limit : {200, 10, 2, 1}) {
        auto arguments = draw(function, {smallest, limit, low}, seed, sizes);
        if (!arguments) {
          complaint = llvm::toString(arguments.takeError());
          continue;
        }
        auto results = interpret(function, *arguments, options);
        if (!results)
          complaint = llvm::toString(results.takeError());
        else if (!hasNaN(*results))
          return arguments;
        else if (!second)
          second = std::move(*arguments);
      }
  if (second)
    return *second;
  return llvm::createStringError("'" + function.getName() +
                                 "': no random arguments are accepted: " + complaint);
}

Expected<std::optional<std::string>> net::findDifference(ModuleOp before, ModuleOp after,
                                                         const VerifyNumericOptions &options) {
  InterpretOptions interpreter;
  interpreter.sizes = options.sizes;
  for (auto function : before.getOps<func::FuncOp>()) {
    if (function.isPrivate() || function.isExternal())
      continue;
    std::string name = "'" + function.getName().str() + "': ";
    auto other = after.lookupSymbol<func::FuncOp>(function.getName());
    if (!other || other.isExternal() || other.getArgumentTypes() != function.getArgumentTypes())
      return name + "is gone, or takes other arguments";
    auto arguments = randomArguments(function, options.seed, options.sizes);
    if (!arguments)
      return arguments.takeError();
    auto wanted = interpret(function, *arguments, interpreter);
    if (!wanted)
      return wanted.takeError();
    auto given = interpret(other, *arguments, interpreter);
    if (!given)
      return name + llvm::toString(given.takeError());
    if (wanted->size() != given->size())
      return name + "has another number of results";
    if (auto difference = differenceOf(*wanted, *given, options.bound))
      return name + *difference;
  }
  return std::optional<std::string>();
}

namespace {
class Watcher : public PassInstrumentation {
public:
  Watcher(std::optional<WrongPass> &found, const VerifyNumericOptions &options)
      : found(found), options(options) {}

  void runBeforePass(Pass *, Operation *op) override {
    if (isa<func::FuncOp>(op))
      before = copyOf(op);
  }
  void runAfterPass(Pass *pass, Operation *op) override {
    if (!isa<func::FuncOp>(op) || found)
      return;
    auto difference = findDifference(*before, *copyOf(op), options);
    if (!difference)
      found = {pass->getArgument().str(), llvm::toString(difference.takeError()),
               std::move(before)};
    else if (*difference)
      found = {pass->getArgument().str(), **difference, std::move(before)};
  }

private:
  static OwningOpRef<ModuleOp> copyOf(Operation *function) {
    OwningOpRef<ModuleOp> module = ModuleOp::create(function->getLoc());
    module->push_back(function->clone());
    return module;
  }

  std::optional<WrongPass> &found;
  VerifyNumericOptions options;
  OwningOpRef<ModuleOp> before;
};
} // namespace

std::unique_ptr<PassInstrumentation> net::watchPasses(std::optional<WrongPass> &found,
                                                      const VerifyNumericOptions &options) {
  return std::make_unique<Watcher>(found, options);
}

bool net::changesResults(StringRef pass, ModuleOp module, const VerifyNumericOptions &options) {
  OwningOpRef<ModuleOp> after = module.clone();
  PassManager pm(module.getContext());
  if (failed(parsePassPipeline(pass, pm.nest<func::FuncOp>())) || failed(pm.run(*after)))
    return false;
  auto difference = findDifference(module, *after, options);
  if (difference)
    return difference->has_value();
  llvm::consumeError(difference.takeError());
  return false;
}

Expected<std::optional<std::string>>
net::findDifferenceInCode(ModuleOp module, const Target &target, unsigned level,
                          const VerifyNumericOptions &options) {
  OwningOpRef<ModuleOp> lowered = module.clone();
  auto code = Native::compile(*lowered, target, level);
  if (!code)
    return code.takeError();
  for (auto function : module.getOps<func::FuncOp>()) {
    if (function.isPrivate() || function.isExternal())
      continue;
    std::string name = "'" + function.getName().str() + "': ";
    auto arguments = randomArguments(function, options.seed, options.sizes);
    if (!arguments)
      return arguments.takeError();
    auto wanted = RoundedResults::of(function, *arguments, options.sizes, options.seed);
    if (!wanted)
      return wanted.takeError();
    auto given =
        (*code)->run(function.getName(), *arguments, {options.sizes, 1, /*isolated=*/true});
    if (!given)
      return name + llvm::toString(given.takeError());
    for (size_t i = 0; i < given->size(); ++i)
      if (auto misfit = wanted->misfit(i, (*given)[i]))
        return name + "result " + std::to_string(i) + ": " + *misfit;
  }
  return std::optional<std::string>();
}
