//===- CheckGrad.cpp - a program's gradients against differences ----------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What `stop_gradient` gives is held while the wanted values move: so the differences are
// those of the program's own rule.
//
//===----------------------------------------------------------------------===//
#include "tools/CheckGrad.h"
#include "ir/CheckVjp.h"
#include "mlir/Pass/PassManager.h"
#include "passes/Passes.h"
#include "tools/GradParts.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Format.h"

#include <cmath>

using namespace mlir;
using namespace net;
using llvm::Error;
using llvm::Expected;

bool GradCheckReport::passed() const {
  return llvm::none_of(rows, [](const GradCheckRow &row) { return row.failed; });
}

//===-- comparing ----------------------------------------------------------------------------===//

namespace {
/// Runs a pass over the module; what it complains of is the error.
Error run(ModuleOp module, llvm::function_ref<void(PassManager &)> build) {
  std::string complaint;
  ScopedDiagnosticHandler collect(module.getContext(), [&](Diagnostic &diagnostic) {
    std::string place = placeOf(diagnostic.getLocation());
    complaint +=
        (complaint.empty() ? "" : "\n") + (place.empty() ? "" : place + ": ") + diagnostic.str();
  });
  PassManager pm(module.getContext(), ModuleOp::getOperationName());
  build(pm);
  return failed(pm.run(module)) ? llvm::createStringError(complaint) : Error::success();
}

/// The loss around one point, and its gradient there.
class Comparison {
public:
  Comparison(GradParts parts, ArrayRef<Array> arguments, const CheckGradOptions &options)
      : parts(std::move(parts)), arguments(arguments), options(options), random(options.seed) {
    interpreter.sizes = options.sizes;
  }
  Error run(std::vector<GradCheckRow> &rows);
  /// The first operation whose rule disagrees with dual numbers at the values of this point.
  Expected<std::string> fault();

private:
  Error prepare();
  Error compare(size_t number, GradCheckRow &row);
  Expected<double> lossAt(size_t number, ArrayRef<double> direction, double step);
  /// The derivative along the direction by differences, or nothing where the loss has a kink.
  Expected<std::optional<double>> derivative(size_t number, ArrayRef<double> direction,
                                             double step);
  std::vector<double> direction(size_t length);
  double bound(double numeric) const {
    return options.tolerance * (typical + std::fabs(numeric)) + rounding;
  }

  GradParts parts;
  ArrayRef<Array> arguments;
  const CheckGradOptions &options;
  std::mt19937_64 random;
  InterpretOptions interpreter;
  /// The entry's arguments, then the wanted values, then no change of the taps.
  std::vector<Array> point;
  std::vector<Array> gradients;
  double loss = 0;
  double typical = 0;  ///< the derivative that a random direction may be expected to have
  double rounding = 0; ///< what differences of the loss lose
};
} // namespace

Error Comparison::prepare() {
  auto wanted = interpret(parts.point, arguments, interpreter);
  if (!wanted)
    return wanted.takeError();
  auto gradients = interpret(parts.gradient, arguments, interpreter);
  if (!gradients)
    return gradients.takeError();
  this->gradients = std::move(*gradients);
  point.assign(arguments.begin(), arguments.end());
  llvm::append_range(point, *wanted);
  for (size_t i = wanted->size(); i < parts.types.size(); ++i)
    point.push_back(Array(this->gradients[i].element, this->gradients[i].shape));
  InterpretOptions watching = interpreter;
  watching.observer = [&](Operation *op, ArrayRef<const Array *> results) {
    if (isa<StopGradientOp>(op))
      interpreter.held[op] = *results[0];
  };
  auto value = interpret(parts.loss, point, watching);
  if (!value)
    return value.takeError();
  loss = (*value)[0].values[0];
  if (!std::isfinite(loss))
    return llvm::createStringError("the loss is not finite at this point");
  rounding = 1e-10 * (1 + std::fabs(loss));
  return Error::success();
}

Expected<double> Comparison::lossAt(size_t number, ArrayRef<double> direction, double step) {
  Array &value = point[arguments.size() + number];
  Array kept = value;
  for (size_t i = 0; i < direction.size(); ++i)
    value.values[i] += step * direction[i];
  auto results = interpret(parts.loss, point, interpreter);
  value = std::move(kept);
  if (!results)
    return results.takeError();
  return (*results)[0].values[0];
}

Expected<std::optional<double>> Comparison::derivative(size_t number, ArrayRef<double> direction,
                                                       double step) {
  double central[2], jump[2];
  for (int half : {0, 1}) {
    double h = half ? step / 2 : step;
    auto after = lossAt(number, direction, h), before = lossAt(number, direction, -h);
    if (!after || !before)
      return llvm::joinErrors(after.takeError(), before.takeError());
    central[half] = (*after - *before) / (2 * h);
    jump[half] = std::fabs((*after - loss) / h - (loss - *before) / h);
  }
  // A smooth function's differences agree, and its one-sided ones approach each other with the
  // step.
  bool agree = std::fabs(central[0] - central[1]) <= 0.25 * bound(central[1]);
  bool kink = jump[1] > bound(central[1]) && jump[1] > 0.7 * jump[0];
  if (!agree || kink)
    return std::optional<double>();
  return std::optional<double>(central[1]);
}

std::vector<double> Comparison::direction(size_t length) {
  Array numbers(Float64Type::get(parts.loss.getContext()), {static_cast<int64_t>(length)});
  fillRandom(numbers, random);
  double norm = 0;
  for (double x : numbers.values)
    norm += x * x;
  for (double &x : numbers.values)
    x /= std::sqrt(norm);
  return numbers.values;
}

Error Comparison::compare(size_t number, GradCheckRow &row) {
  const Array &gradient = gradients[number];
  double square = 0;
  for (double g : gradient.values)
    square += g * g;
  typical = gradient.size() ? std::sqrt(square / static_cast<double>(gradient.size())) : 0;
  const int mostKinks = 4 * options.directions;
  while (gradient.size() > 0 && row.checked < options.directions && row.kinks < mostKinks) {
    std::vector<double> u = direction(gradient.size());
    double analytic = 0;
    for (size_t i = 0; i < u.size(); ++i)
      analytic += u[i] * gradient.values[i];
    std::optional<double> numeric;
    for (double step = options.epsilon; !numeric && step > options.epsilon / 500; step /= 10) {
      auto tried = derivative(number, u, step);
      if (!tried)
        return tried.takeError();
      numeric = *tried;
      row.kinks += step == options.epsilon && !numeric;
    }
    if (!numeric)
      continue;
    ++row.checked;
    double error = std::fabs(analytic - *numeric);
    bool fails = !(error <= bound(*numeric));
    double relative = error / std::max(typical + std::fabs(*numeric), rounding / options.tolerance);
    if (fails || relative >= row.worst) {
      row.worst = relative;
      row.analytic = analytic;
      row.numeric = *numeric;
    }
    row.failed |= fails;
  }
  return Error::success();
}

Error Comparison::run(std::vector<GradCheckRow> &rows) {
  if (Error error = prepare())
    return error;
  for (size_t i = 0; i < parts.names.size(); ++i) {
    GradCheckRow row;
    row.name = parts.names[i];
    if (Error error = compare(i, row))
      return error;
    rows.push_back(row);
  }
  return Error::success();
}

//===-- the operation at fault ---------------------------------------------------------------===//

/// The places of an operation in a layer, then of the calls that lead there.
static void collectPlaces(Location loc, std::vector<std::string> &places) {
  if (auto call = dyn_cast<CallSiteLoc>(loc)) {
    collectPlaces(call.getCallee(), places);
    collectPlaces(call.getCaller(), places);
  } else if (auto named = dyn_cast<NameLoc>(loc)) {
    collectPlaces(named.getChildLoc(), places);
  } else if (std::string place = placeOf(loc); !place.empty()) {
    places.push_back(place);
  }
}

/// `dense.net:4:10, called at lenet.net:6:19`.
static std::string placesOf(Location loc) {
  std::vector<std::string> places;
  collectPlaces(loc, places);
  return places.empty() ? "an unknown place" : llvm::join(places, ", called at ");
}

Expected<std::string> Comparison::fault() {
  DenseMap<Value, Array> values;
  for (auto [argument, array] : llvm::zip(parts.loss.getArguments(), point))
    values[argument] = array;
  InterpretOptions watching = interpreter;
  watching.observer = [&](Operation *op, ArrayRef<const Array *> results) {
    for (auto [value, array] : llvm::zip(op->getResults(), results))
      values[value] = *array;
  };
  auto results = interpret(parts.loss, point, watching);
  if (!results)
    return results.takeError();
  auto sizes = bindSizes(parts.loss.getArgumentTypes(), point, interpreter.sizes);
  if (!sizes)
    return sizes.takeError();
  for (Operation &op : parts.loss.getBody().front().without_terminator()) {
    auto isReal = [&](Value value) { return values.lookup(value).isReal(); };
    if (op.getNumResults() != 1 || !isReal(op.getResult(0)) ||
        llvm::none_of(op.getOperands(), isReal) || isa<StopGradientOp>(op))
      continue;
    std::vector<Array> operands;
    for (Value operand : op.getOperands())
      operands.push_back(values.lookup(operand));
    auto check = RuleCheck::of(&op);
    if (!check) {
      llvm::consumeError(check.takeError());
      continue;
    }
    auto sides = check->dotProduct(operands, random, *sizes);
    std::string place = "'" + op.getName().getStringRef().str() + "' at " + placesOf(op.getLoc());
    if (!sides)
      return place + ": " + llvm::toString(sides.takeError());
    if (!(sides->relativeError() <= 1e-9)) {
      std::string text;
      llvm::raw_string_ostream(text)
          << place << ": its rule gives " << llvm::format("%.9g", sides->rule)
          << " where dual numbers give " << llvm::format("%.9g", sides->truth);
      return text;
    }
  }
  return std::string("no rule alone: each agrees with dual numbers at this point");
}

//===-- the check ----------------------------------------------------------------------------===//

Expected<GradCheckReport> net::checkGrad(ModuleOp module, StringRef entry,
                                         ArrayRef<Array> arguments,
                                         const CheckGradOptions &options) {
  OwningOpRef<ModuleOp> copy = module.clone();
  if (Error error = run(*copy, [](PassManager &pm) { pm.addPass(createInline()); }))
    return error;
  auto function = copy->lookupSymbol<func::FuncOp>(entry);
  if (!function || function.isExternal())
    return llvm::createStringError("no entry '" + entry + "'");
  size_t count = llvm::range_size(function.getBody().front().getOps<GradOp>());
  std::vector<GradParts> all;
  for (size_t number = 0; number < count; ++number)
    all.push_back(takeApart(function, number));
  function.erase();
  if (Error error =
          run(*copy, [](PassManager &pm) { pm.addNestedPass<func::FuncOp>(createGrad()); }))
    return error;
  GradCheckReport report;
  for (const GradParts &parts : all) {
    Comparison comparison(parts, arguments, options);
    size_t before = report.rows.size();
    if (Error error = comparison.run(report.rows))
      return error;
    bool failed = llvm::any_of(ArrayRef(report.rows).drop_front(before),
                               [](auto &row) { return row.failed; });
    if (!failed || !report.fault.empty())
      continue;
    auto fault = comparison.fault();
    if (!fault)
      return fault.takeError();
    report.fault = std::move(*fault);
  }
  return report;
}

void net::print(const GradCheckReport &report, llvm::raw_ostream &out) {
  for (const GradCheckRow &row : report.rows) {
    out << llvm::left_justify(row.name, 40) << "  worst " << llvm::format("%8.2e", row.worst)
        << "  directions " << row.checked << "  kinks " << row.kinks;
    if (row.failed)
      out << "  FAILED: gradient " << llvm::format("%.9g", row.analytic) << ", differences "
          << llvm::format("%.9g", row.numeric);
    else if (row.checked == 0)
      out << "  not checked: no smooth direction";
    out << '\n';
  }
  if (!report.fault.empty())
    out << "at fault: " << report.fault << '\n';
}
