//===- CheckRules.cpp - derivatives that a program gives ------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "tools/CheckRules.h"
#include "ir/CheckVjp.h"
#include "ir/OwnDerivative.h"
#include "ir/ValueNames.h"
#include "mlir/Pass/PassManager.h"
#include "passes/Passes.h"
#include "tools/CheckProgram.h"
#include "tools/DrawWholes.h"
#include "llvm/Support/Format.h"

#include <cmath>

using namespace mlir;
using namespace net;
using llvm::Error;
using llvm::Expected;

namespace {
/// What both sides may differ by, relative to what was added up in them.
constexpr double tolerance = 1e-6;

/// `f` for the function `f.2` of another kind of call.
std::string declaredName(func::FuncOp function) {
  return function.getName().split('.').first.str();
}

std::string number(double x) {
  std::string text;
  llvm::raw_string_ostream(text) << llvm::format("%.9g", x);
  return text;
}

/// One function and its rule at one choice of sizes.
class RuleComparison {
public:
  RuleComparison(func::FuncOp function, SizeValues sizes, std::mt19937_64 &random)
      : function(function), rule(derivativeOf(function)), sizes(std::move(sizes)), random(random) {
    options.sizes = this->sizes;
  }
  /// What is wrong at a point of numbers in a range; empty if nothing is. Sets `finite`.
  Expected<std::string> at(double lowest, double highest);
  bool finite = false; ///< the function and its rule have values at the point

private:
  using Arrays = std::vector<Array>;
  Array draw(Type type, double lowest, double highest, Value value = {});
  /// Cotangents of results, and what the rule gives for them.
  Arrays drawCotangents();
  Expected<Arrays> ruleAt(const Arrays &cotangents);
  std::string nonlinear(const Arrays &first, const Arrays &second, const Arrays &sum,
                        const Arrays &twice);
  Expected<std::string> compare(const Arrays &cotangents, const Arrays &given);
  std::string nameOf(unsigned argument);
  std::string head() const { return "the derivative of `" + declaredName(function) + "` "; }

  func::FuncOp function, rule;
  SizeValues sizes;
  std::mt19937_64 &random;
  InterpretOptions options;
  Arrays arguments;
};
} // namespace

static bool isFinite(const std::vector<Array> &arrays) {
  return llvm::all_of(arrays, [](const Array &array) {
    auto finite = [](double x) { return std::isfinite(x); };
    return llvm::all_of(array.values, finite) && llvm::all_of(array.tangents, finite);
  });
}

Array RuleComparison::draw(Type type, double lowest, double highest, Value value) {
  std::vector<int64_t> shape;
  for (const SizeExpr &size : shapeOf(type))
    shape.push_back(size.evaluate(sizes).value_or(0));
  Array array(elementOf(type), shape);
  if (array.isReal())
    fillRandom(array, random, lowest, highest);
  else
    drawWholes(array, value, sizes, random);
  return array;
}

std::vector<Array> RuleComparison::drawCotangents() {
  Arrays cotangents;
  for (Type type : function.getResultTypes())
    if (isa<FloatType>(elementOf(type)))
      cotangents.push_back(draw(type, -1, 1));
  return cotangents;
}

Expected<std::vector<Array>> RuleComparison::ruleAt(const Arrays &cotangents) {
  Arrays given = arguments;
  llvm::append_range(given, cotangents);
  return interpret(rule, given, options);
}

std::string RuleComparison::nameOf(unsigned argument) {
  Value value = function.getArgument(argument);
  std::string name = net::nameOf(value);
  return "`" + (name.empty() ? "argument " + std::to_string(argument + 1) : name) + "`, " +
         str(value.getType());
}

/// a + b, or 2 a.
static std::vector<Array> sumOf(std::vector<Array> a, const std::vector<Array> &b) {
  for (auto [x, y] : llvm::zip_equal(a, b))
    for (size_t i = 0; i < x.values.size(); ++i)
      x.values[i] += y.values[i];
  return a;
}

std::string RuleComparison::nonlinear(const Arrays &first, const Arrays &second, const Arrays &sum,
                                      const Arrays &twice) {
  unsigned next = 0;
  for (BlockArgument argument : function.getArguments()) {
    if (!isa<FloatType>(elementOf(argument.getType())))
      continue;
    unsigned k = next++;
    for (size_t i = 0; i < first[k].values.size(); ++i) {
      double a = first[k].values[i], b = second[k].values[i];
      auto differs = [&](double found, double wanted) {
        return !(std::fabs(found - wanted) <= 1e-9 * (std::fabs(a) + std::fabs(b) + 1e-300));
      };
      auto text = [&](const std::string &at, double wanted, double found) {
        return head() + "is not linear in its cotangent: for " + nameOf(argument.getArgNumber()) +
               " at " + at + ", expected " + number(wanted) + ", found " + number(found);
      };
      if (differs(twice[k].values[i], 2 * a))
        return text("2 dy, twice what it gives at dy", 2 * a, twice[k].values[i]);
      if (differs(sum[k].values[i], a + b))
        return text("dy1 + dy2, the sum of what it gives at each", a + b, sum[k].values[i]);
    }
  }
  return "";
}

/// <w, J v> by dual numbers of the body and <J'w, v> by the rule, for each argument alone.
Expected<std::string> RuleComparison::compare(const Arrays &cotangents, const Arrays &given) {
  unsigned next = 0;
  for (auto [k, argument] : llvm::enumerate(arguments)) {
    if (!argument.isReal())
      continue;
    const Array &cotangent = given[next++];
    Arrays moved = arguments;
    Array direction(argument.element, argument.shape);
    fillRandom(direction, random);
    moved[k].tangents = direction.values;
    auto results = interpret(function, moved, options);
    if (!results)
      return results.takeError();
    double expected = 0, found = 0, scale = 0;
    unsigned real = 0;
    for (const Array &result : *results) {
      if (!result.isReal())
        continue;
      const Array &w = cotangents[real++];
      for (size_t i = 0; i < result.values.size(); ++i)
        expected += w.values[i] * result.at(i).d;
    }
    for (size_t i = 0; i < cotangent.values.size(); ++i) {
      found += cotangent.values[i] * direction.values[i];
      scale += std::fabs(cotangent.values[i] * direction.values[i]);
    }
    if (!std::isfinite(expected))
      return finite = false, std::string();
    if (!(std::fabs(expected - found) <= tolerance * (scale + std::fabs(expected)) + 1e-12))
      return head() + "is not that of the function: for " + nameOf(k) +
             ", along a direction, expected " + number(expected) + " by dual numbers, found " +
             number(found);
  }
  return std::string();
}

Expected<std::string> RuleComparison::at(double lowest, double highest) {
  arguments.clear();
  for (BlockArgument argument : function.getArguments())
    arguments.push_back(draw(argument.getType(), lowest, highest, argument));
  auto value = interpret(function, arguments, options);
  if (!value)
    return value.takeError();
  Arrays first = drawCotangents(), second = drawCotangents();
  auto a = ruleAt(first), b = ruleAt(second), sum = ruleAt(sumOf(first, second)),
       twice = ruleAt(sumOf(first, first));
  if (!a || !b || !sum || !twice)
    return llvm::joinErrors(llvm::joinErrors(a.takeError(), b.takeError()),
                            llvm::joinErrors(sum.takeError(), twice.takeError()));
  finite = isFinite(*value) && isFinite(*a);
  if (!finite)
    return std::string();
  std::string wrong = nonlinear(*a, *b, *sum, *twice);
  return wrong.empty() ? compare(first, *a) : wrong;
}

/// Choices of sizes: small ones; all 1; all different. Only those that the types allow.
static Expected<std::vector<SizeValues>> sizesFor(func::FuncOp function) {
  auto small = smallSizes(function);
  if (!small)
    return small.takeError();
  std::vector<SizeValues> all = {*small};
  SizeValues ones, different;
  int64_t next = 2;
  for (const auto &[name, value] : *small) {
    ones[name] = 1;
    different[name] = next++;
  }
  for (SizeValues &other : {std::ref(ones), std::ref(different)})
    if (auto fits = smallSizes(function, other))
      all.push_back(*fits);
    else
      llvm::consumeError(fits.takeError());
  return all;
}

/// Checks one function; the first thing that is wrong is its fault.
static Error checkRule(func::FuncOp function, std::mt19937_64 &random, RuleReport &report) {
  std::string place = placeOf(derivativeOf(function).getLoc());
  auto sizes = sizesFor(function);
  if (!sizes)
    return sizes.takeError();
  bool any = false;
  std::string why;
  for (const SizeValues &choice : *sizes)
    for (auto [lowest, highest] :
         {std::pair(-1.0, 1.0), std::pair(-3.0, 3.0), std::pair(0.1, 0.9), std::pair(1.0, 2.0)}) {
      RuleComparison comparison(function, choice, random);
      auto wrong = comparison.at(lowest, highest);
      if (!wrong) {
        why = llvm::toString(wrong.takeError());
        continue;
      }
      any |= comparison.finite;
      if (wrong->empty())
        continue;
      report.faults.push_back({place, *wrong});
      return Error::success();
    }
  ++report.checked;
  if (!any)
    report.unchecked.push_back(
        {place, "the derivative of `" + declaredName(function) +
                    "` could not be checked: " + (why.empty() ? "no value is finite" : why)});
  return Error::success();
}

Expected<RuleReport> net::checkRules(ModuleOp module, uint64_t seed) {
  RuleReport report;
  if (auto uncalled = module->getAttrOfType<ArrayAttr>(uncalledAttribute))
    for (auto rule : uncalled.getAsRange<ArrayAttr>()) {
      auto name = cast<StringAttr>(rule[0]), place = cast<StringAttr>(rule[1]);
      report.unchecked.push_back({place.str(), "the derivative of `" + name.str() +
                                                   "` is not checked: nothing calls `" +
                                                   name.str() + "`, which would say its types"});
    }
  OwningOpRef<ModuleOp> copy = module.clone();
  std::vector<func::FuncOp> functions;
  for (auto function : llvm::make_early_inc_range(copy->getOps<func::FuncOp>()))
    if (function->hasAttr("net.entry"))
      function.erase();
    else if (function->hasAttr(surrogateAttribute))
      ++report.surrogates;
    else if (function->hasAttr(derivativeAttribute))
      functions.push_back(function);
  if (functions.empty())
    return report;
  PassManager pm(copy->getContext(), ModuleOp::getOperationName());
  pm.addPass(createGrad({}));
  if (failed(pm.run(*copy)))
    return llvm::createStringError("the gradients in functions have no operations");
  std::mt19937_64 random(seed);
  std::set<std::string> faulty;
  for (func::FuncOp function : functions) {
    if (faulty.count(declaredName(function)))
      continue;
    size_t before = report.faults.size();
    if (Error error = checkRule(function, random, report))
      return error;
    if (report.faults.size() != before)
      faulty.insert(declaredName(function));
  }
  return report;
}

bool net::print(const RuleReport &report, llvm::raw_ostream &out) {
  for (const RuleFault &fault : report.faults)
    out << fault.place << ": error: " << fault.what << '\n';
  for (const RuleFault &fault : report.unchecked)
    out << fault.place << ": warning: " << fault.what << '\n';
  return report.faults.empty();
}
