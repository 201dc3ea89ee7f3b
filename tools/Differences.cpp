//===- Differences.cpp - a gradient against differences -------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "tools/Differences.h"
#include "ir/CheckVjp.h"
#include "ir/NetDialect.h"

#include <cmath>

using namespace mlir;
using namespace net;
using llvm::Error;
using llvm::Expected;

namespace {
class Differences {
public:
  Differences(GradientClaim claim, const CheckGradOptions &options, uint64_t seed);
  Error compare(GradCheckRow &row);

private:
  /// What `stop_gradient` gives in the turns of scans at the point itself, one after the other: it
  /// is the same around the point.
  Error keepStopped();
  Expected<double> valueAt(ArrayRef<double> direction, double step);
  /// The derivative along the direction by dual numbers, through the rules that the program gives.
  Expected<double> tangentAlong(ArrayRef<double> direction);
  /// The derivative along the direction by differences, or nothing where there is a kink. A
  /// difference that is the analytic derivative is believed without more, where no kink shows.
  Expected<std::optional<double>> derivative(ArrayRef<double> direction, double analytic,
                                             double step);
  /// The same with smaller and smaller steps: kinks may be near.
  Expected<std::optional<double>> smoothDerivative(ArrayRef<double> direction, double analytic,
                                                   GradCheckRow &row);
  std::vector<double> direction();
  void judge(double analytic, double numeric, GradCheckRow &row) const;
  double bound(double numeric) const {
    return options.tolerance * (typical + std::fabs(numeric)) + rounding;
  }

  GradientClaim claim;
  std::vector<double> start; ///< of the first argument, which moves
  const CheckGradOptions &options;
  std::mt19937_64 random;
  InterpretOptions interpreter;
  std::vector<Array> stopped;
  double typical = 0;  ///< the derivative that a random direction may be expected to have
  double rounding = 0; ///< what differences of the value lose
};
} // namespace

Differences::Differences(GradientClaim given, const CheckGradOptions &options, uint64_t seed)
    : claim(std::move(given)), start(claim.arguments[0].values), options(options), random(seed) {
  interpreter.sizes = claim.sizes;
  rounding = 1e-10 * (1 + std::fabs(claim.value));
  double square = 0;
  for (double g : claim.gradient.values)
    square += g * g;
  if (claim.gradient.size() > 0)
    typical = std::sqrt(square / static_cast<double>(claim.gradient.size()));
}

Error Differences::keepStopped() {
  auto stops = [](StopGradientOp) { return WalkResult::interrupt(); };
  if (claim.surrogate || !claim.function.walk(stops).wasInterrupted())
    return Error::success();
  InterpretOptions watching = interpreter;
  watching.observer = [this](Operation *op, ArrayRef<Array *> results) {
    if (isa<StopGradientOp>(op))
      stopped.push_back(*results[0]);
  };
  return interpret(claim.function, claim.arguments, watching).takeError();
}

Expected<double> Differences::valueAt(ArrayRef<double> direction, double step) {
  InterpretOptions replaying = interpreter;
  size_t next = 0;
  if (!stopped.empty())
    replaying.observer = [&](Operation *op, ArrayRef<Array *> results) {
      if (isa<StopGradientOp>(op) && next < stopped.size())
        *results[0] = stopped[next++];
    };
  for (size_t i = 0; i < direction.size(); ++i)
    claim.arguments[0].values[i] = start[i] + step * direction[i];
  auto results = interpret(claim.function, claim.arguments, replaying);
  if (!results)
    return results.takeError();
  return (*results)[0].values[0];
}

Expected<double> Differences::tangentAlong(ArrayRef<double> direction) {
  claim.arguments[0].values = start;
  claim.arguments[0].tangents = direction.vec();
  auto results = interpret(claim.function, claim.arguments, interpreter);
  if (!results)
    return results.takeError();
  return (*results)[0].at(0).d;
}

Expected<std::optional<double>> Differences::derivative(ArrayRef<double> direction, double analytic,
                                                        double step) {
  double central[2], jump[2];
  for (int half : {0, 1}) {
    double h = half ? step / 2 : step;
    auto after = valueAt(direction, h), before = valueAt(direction, -h);
    if (!after || !before)
      return llvm::joinErrors(after.takeError(), before.takeError());
    central[half] = (*after - *before) / (2 * h);
    jump[half] = std::fabs((*after - claim.value) / h - (claim.value - *before) / h);
    bool same = std::fabs(central[half] - analytic) <= bound(central[half]);
    if (same && jump[half] <= 100 * bound(central[half]))
      return std::optional<double>(central[half]);
  }
  // A smooth function's differences agree, and its one-sided ones approach each other with the
  // step.
  bool agree = std::fabs(central[0] - central[1]) <= 0.25 * bound(central[1]);
  bool kink = jump[1] > bound(central[1]) && jump[1] > 0.7 * jump[0];
  if (!agree || kink)
    return std::optional<double>();
  return std::optional<double>(central[1]);
}

Expected<std::optional<double>> Differences::smoothDerivative(ArrayRef<double> direction,
                                                              double analytic, GradCheckRow &row) {
  if (claim.surrogate) {
    auto tangent = tangentAlong(direction);
    if (!tangent)
      return tangent.takeError();
    return std::optional<double>(*tangent);
  }
  for (double step = options.epsilon; step > options.epsilon / 500; step /= 10) {
    auto tried = derivative(direction, analytic, step);
    if (!tried || *tried)
      return tried;
    row.kinks += step == options.epsilon;
  }
  return std::optional<double>();
}

std::vector<double> Differences::direction() {
  Array numbers(claim.gradient.element, claim.gradient.shape);
  fillRandom(numbers, random);
  double norm = 0;
  for (double x : numbers.values)
    norm += x * x;
  for (double &x : numbers.values)
    x /= std::sqrt(norm);
  return numbers.values;
}

void Differences::judge(double analytic, double numeric, GradCheckRow &row) const {
  double error = std::fabs(analytic - numeric);
  bool fails = !(error <= bound(numeric));
  double relative = error / std::max(typical + std::fabs(numeric), rounding / options.tolerance);
  if (fails || relative >= row.worst) {
    row.worst = relative;
    row.analytic = analytic;
    row.numeric = numeric;
  }
  row.failed |= fails;
}

Error Differences::compare(GradCheckRow &row) {
  const int mostKinks = 4 * options.directions;
  row.surrogate = claim.surrogate;
  const std::vector<double> &gradient = claim.gradient.values;
  if (Error error = keepStopped())
    return error;
  while (!gradient.empty() && row.checked < options.directions && row.kinks < mostKinks) {
    std::vector<double> u = direction();
    double analytic = 0;
    for (size_t i = 0; i < u.size(); ++i)
      analytic += u[i] * gradient[i];
    auto numeric = smoothDerivative(u, analytic, row);
    if (!numeric)
      return numeric.takeError();
    if (!*numeric)
      continue;
    ++row.checked;
    judge(analytic, **numeric, row);
  }
  return Error::success();
}

Error net::compareWithDifferences(GradientClaim claim, const CheckGradOptions &options,
                                  uint64_t seed, GradCheckRow &row) {
  return Differences(std::move(claim), options, seed).compare(row);
}
