//===- RoundedResults.cpp - how far rounding may lead ---------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "ir/RoundedResults.h"
#include "ir/NetDialect.h"
#include "ir/Types.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"

#include <cmath>
#include <limits>
#include <random>

using namespace mlir;
using namespace net;

/// Half of the distance between 1 and the next number of the coarsest type.
static double unitRoundoff(func::FuncOp function) {
  unsigned digits = llvm::APFloat::semanticsPrecision(llvm::APFloat::IEEEdouble());
  auto visit = [&](Type type) {
    if (auto real = dyn_cast<FloatType>(elementOf(type)))
      digits = std::min(digits, real.getFPMantissaWidth());
  };
  for (Type type : function.getArgumentTypes())
    visit(type);
  function.walk([&](Operation *op) {
    for (Type type : op->getResultTypes())
      visit(type);
  });
  return std::ldexp(1, -static_cast<int>(digits));
}

static double largestOf(const Array &array) {
  double largest = 0;
  for (double x : array.values)
    largest = std::isfinite(x) ? std::max(largest, std::fabs(x)) : largest;
  return largest;
}

/// The smallest and the largest number of a type that have all digits; 0 and 0 of whole ones.
static std::pair<double, double> rangeOf(Type element) {
  auto real = dyn_cast<FloatType>(element);
  if (!real)
    return {0, 0};
  auto number = [](llvm::APFloat x) {
    bool losesInfo;
    x.convert(llvm::APFloat::IEEEdouble(), llvm::APFloat::rmNearestTiesToEven, &losesInfo);
    return x.convertToDouble();
  };
  const llvm::fltSemantics &type = real.getFloatSemantics();
  return {number(llvm::APFloat::getSmallestNormalized(type)),
          number(llvm::APFloat::getLargest(type))};
}

/// Operations that move or choose numbers, or whose results are exact in any type.
static bool isExact(Operation *op) {
  if (isa<ScalarOp>(op))
    return isa<NegOp, AbsOp, SignOp, FloorOp, CeilOp, RoundOp, NotOp, MaxOp, MinOp, ModOp, IdivOp,
               WhereOp, CastOp, StopGradientOp>(op);
  return !isa<SumOp, ProdOp, LogSumExpOp, EinsumOp, ConvOp, NormalOp, RecurrenceOp, SolveOp>(op);
}

/// The largest distance of two numbers; infinite where only the second is not finite.
static double spread(const Array &wanted, const Array &other) {
  double largest = 0;
  for (auto [a, b] : llvm::zip_equal(wanted.values, other.values))
    if (std::isfinite(a) && !(std::fabs(a - b) <= largest))
      largest = std::isfinite(b) ? std::fabs(a - b) : std::numeric_limits<double>::infinity();
  return largest;
}

/// How many units a sum of 10,000 terms may err by: about the root of their number (Higham and
/// Mary, A new approach to probabilistic rounding error analysis, 2019).
static constexpr double sumUnits = 100;
/// How many units an operation may err by: elementary functions 3, the others 1.
static constexpr double operationUnits = 4;
/// A draw stands for what it is drawn from: one normal number is below a fifth of its deviation in
/// one of six draws, and rounding is below four of its deviations but once in 16,000 elements.
static constexpr double draw = 5, deviations = 4;

llvm::Expected<RoundedResults> RoundedResults::of(func::FuncOp function,
                                                  MutableArrayRef<Array> arguments,
                                                  const SizeValues &sizes, uint64_t seed) {
  double unit = unitRoundoff(function);
  std::mt19937_64 random(seed);
  std::uniform_real_distribution<double> little(-sumUnits * unit, sumUnits * unit);
  std::vector<Array> moved;
  for (Array &argument : arguments) {
    argument.round();
    moved.push_back(argument);
    double largest = largestOf(argument);
    for (double &x : moved.back().values)
      x += little(random) * largest;
  }
  InterpretOptions interpreter;
  interpreter.sizes = sizes;
  auto wanted = interpret(function, arguments, interpreter);
  if (!wanted)
    return wanted.takeError();
  auto others = interpret(function, moved, interpreter);
  if (!others)
    return others.takeError();
  std::uniform_real_distribution<double> error(-operationUnits * unit, operationUnits * unit);
  interpreter.observer = [&](Operation *op, ArrayRef<Array *> values) {
    for (Array *array : values) {
      auto [smallest, largest] = rangeOf(array->element);
      double rounds = isExact(op) ? 0 : 1;
      for (double &x : array->values) {
        x *= 1 + rounds * error(random);
        if (std::fabs(x) > largest)
          x = std::copysign(std::numeric_limits<double>::infinity(), x);
        else if (std::fabs(x) < smallest)
          x = 0; // as compiled code does
      }
    }
  };
  auto rounded = interpret(function, arguments, interpreter);
  if (!rounded)
    return rounded.takeError();
  RoundedResults results;
  for (auto [given, other, noisy] : llvm::zip_equal(*wanted, *others, *rounded)) {
    double largest = largestOf(given), apart = spread(given, other), noise = spread(given, noisy);
    // Where noise goes beyond the type, or a choice changes, nothing is said. A result that is a
    // sum of products itself, forwards and in the gradient, errs by twice the sum's units.
    bool margin = apart > 1e5 * unit * (1 + largest) || given.wholes != other.wholes ||
                  given.wholes != noisy.wholes;
    results.bounds.push_back(margin ? std::numeric_limits<double>::infinity()
                                    : 2 * sumUnits * unit * largest + draw * apart +
                                          draw * deviations * noise);
  }
  results.wanted = std::move(*wanted);
  return results;
}

double RoundedResults::distance(size_t number, const Array &given) const {
  double largest = 0;
  for (auto [a, b] : llvm::zip(wanted[number].values, given.values))
    if (std::isfinite(a) && std::isfinite(b))
      largest = std::max(largest, std::fabs(a - b));
  return largest;
}

std::optional<std::string> RoundedResults::misfit(size_t number, const Array &given) const {
  const Array &want = wanted[number];
  if (want.shape != given.shape || want.element != given.element)
    return str(want, 0) + " became " + str(given, 0);
  if (std::isinf(bounds[number]))
    return std::nullopt;
  for (size_t i = 0; i < want.size(); ++i) {
    double a = want.at(i).v, b = given.at(i).v;
    bool same = want.isReal() ? a == b || (std::isnan(a) && std::isnan(b)) ||
                                    std::fabs(a - b) <= bounds[number]
                              : want.wholes[i] == given.wholes[i];
    if (same)
      continue;
    std::string text;
    llvm::raw_string_ostream(text)
        << "element " << i << " is " << llvm::format("%.9g", b) << " compiled, "
        << llvm::format("%.9g", a) << " interpreted, bound "
        << llvm::format("%.1e", bounds[number]);
    return text;
  }
  return std::nullopt;
}
