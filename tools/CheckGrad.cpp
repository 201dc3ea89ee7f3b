//===- CheckGrad.cpp - a program's gradients against differences ----------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "tools/CheckGrad.h"
#include "codegen/Machine.h"
#include "codegen/Native.h"
#include "ir/NetDialect.h"
#include "ir/OwnDerivative.h"
#include "ir/RoundedResults.h"
#include "mlir/IR/Threading.h"
#include "mlir/Pass/PassManager.h"
#include "passes/Passes.h"
#include "tools/Differences.h"
#include "tools/FaultyRule.h"
#include "tools/GradParts.h"
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
/// Runs passes over a module or function; what they complain of is the error.
Error run(Operation *op, llvm::function_ref<void(PassManager &)> build) {
  std::string complaint;
  ScopedDiagnosticHandler collect(op->getContext(), [&](Diagnostic &diagnostic) {
    std::string place = placeOf(diagnostic.getLocation());
    complaint +=
        (complaint.empty() ? "" : "\n") + (place.empty() ? "" : place + ": ") + diagnostic.str();
  });
  PassManager pm(op->getContext(), op->getName().getStringRef());
  build(pm);
  return failed(pm.run(op)) ? llvm::createStringError(complaint) : Error::success();
}

/// The loss around one point, and its gradient there.
class Comparison {
public:
  Comparison(GradParts parts, ArrayRef<Array> arguments, const CheckGradOptions &options)
      : parts(std::move(parts)), arguments(arguments), options(options) {}
  Error run(std::vector<GradCheckRow> &rows);
  Expected<std::string> fault() { return faultyRule(parts.loss, point, sizes, options.seed); }

private:
  Error findPoint();
  Error compareCompiled(MutableArrayRef<GradCheckRow> rows);
  Error slice();
  GradientClaim claimOf(size_t number) const;
  /// As many as are asked for and can be afforded, at least one.
  int directions() const;

  GradParts parts;
  ArrayRef<Array> arguments;
  const CheckGradOptions &options;
  SizeValues sizes;
  /// The entry's arguments, then the wanted values, then no change of the taps.
  std::vector<Array> point;
  std::vector<Array> gradients;
  double loss = 0;
  SmallVector<LossSlice> slices;          ///< one a wanted value
  llvm::DenseMap<Value, Array> constants; ///< what the slices ask for
};
} // namespace

Error Comparison::findPoint() {
  InterpretOptions interpreter;
  interpreter.sizes = options.sizes;
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
  auto bound = bindSizes(parts.loss.getArgumentTypes(), point, options.sizes);
  if (!bound)
    return bound.takeError();
  sizes = std::move(*bound);
  return Error::success();
}

/// The loss as a function of each wanted value alone; the rest is computed once, here.
Error Comparison::slice() {
  for (size_t i = 0; i < parts.types.size(); ++i) {
    BlockArgument moved = parts.loss.getArgument(arguments.size() + i);
    slices.push_back(sliceOf(parts.loss, moved, parts.loss.getName() + "_" + llvm::Twine(i)));
    for (Value value : slices.back().constants)
      constants[value];
  }
  auto keep = [&](Value value, const Array &array) {
    if (auto constant = constants.find(value); constant != constants.end())
      constant->second = array;
  };
  for (auto [argument, array] : llvm::zip(parts.loss.getArguments(), point))
    keep(argument, array);
  InterpretOptions watching;
  watching.sizes = sizes;
  watching.observer = [&](Operation *op, ArrayRef<Array *> results) {
    for (auto [value, array] : llvm::zip(op->getResults(), results))
      keep(value, *array);
  };
  auto value = interpret(parts.loss, point, watching);
  if (!value)
    return value.takeError();
  loss = (*value)[0].values[0];
  return std::isfinite(loss) ? Error::success()
                             : llvm::createStringError("the loss is not finite at this point");
}

GradientClaim Comparison::claimOf(size_t number) const {
  GradientClaim claim{
      slices[number].function, {point[arguments.size() + number]}, sizes, loss, gradients[number]};
  for (Value constant : slices[number].constants)
    claim.arguments.push_back(constants.lookup(constant));
  claim.surrogate = claim.function
                        .walk([](CustomVjpOp op) {
                          return op->hasAttr(surrogateAttribute) ? WalkResult::interrupt()
                                                                 : WalkResult::advance();
                        })
                        .wasInterrupted();
  return claim;
}

/// The gradient through the phases that are left, as code.
Error Comparison::compareCompiled(MutableArrayRef<GradCheckRow> rows) {
  std::vector<Array> rounded = arguments;
  auto wanted = RoundedResults::of(parts.gradient, rounded, options.sizes, options.seed);
  if (!wanted)
    return wanted.takeError();
  OwningOpRef<ModuleOp> module = ModuleOp::create(parts.gradient.getLoc());
  func::FuncOp function = parts.gradient.clone();
  function.setPublic();
  module->push_back(function);
  std::string name = function.getName().str();
  if (Error error = ::run(*module, [](PassManager &pm) {
        buildPhase(pm, "simplify");
        buildPhase(pm, "fuse");
      }))
    return error;
  auto machine = Machine::create("", "native", 2);
  if (!machine)
    return machine.takeError();
  auto code = Native::compile(*module, machine->target(), 2);
  if (!code)
    return code.takeError();
  auto given = (*code)->run(name, rounded, {options.sizes, 2, /*isolated=*/true});
  if (!given)
    return llvm::createStringError("the compiled gradient: " + llvm::toString(given.takeError()));
  for (auto [i, row] : llvm::enumerate(rows)) {
    row.compiled = wanted->distance(i, (*given)[i]);
    row.misfit = wanted->misfit(i, (*given)[i]).value_or("");
    row.failed |= !row.misfit.empty();
  }
  return Error::success();
}

int Comparison::directions() const {
  double each = 0;
  for (const LossSlice &slice : slices)
    each += 2 * workOf(slice.function, sizes);
  double number = std::min(options.work / std::max(each, 1.0), double(options.directions));
  return std::max(1, static_cast<int>(number));
}

Error Comparison::run(std::vector<GradCheckRow> &rows) {
  if (Error error = findPoint())
    return error;
  if (Error error = slice())
    return error;
  CheckGradOptions affordable = options;
  affordable.directions = directions();
  std::vector<GradCheckRow> own(slices.size());
  std::vector<std::string> errors(slices.size());
  parallelFor(parts.loss.getContext(), 0, slices.size(), [&](size_t i) {
    own[i].name = parts.names[i];
    errors[i] =
        llvm::toString(compareWithDifferences(claimOf(i), affordable, options.seed + i, own[i]));
  });
  for (const std::string &error : errors)
    if (!error.empty())
      return llvm::createStringError(error);
  if (Error error = compareCompiled(own))
    return error;
  llvm::append_range(rows, own);
  return Error::success();
}

//===-- the check ----------------------------------------------------------------------------===//

/// Which of the entry's own gradients one is, before calls are inlined.
static constexpr StringLiteral ownNumber = "net.check_number";

/// The entry's own gradients as they are compiled: function by function, each layer as the layer's
/// forward pass and adjoint, and only then inlined.
static Error makeGradients(ModuleOp module, StringRef entry,
                           SmallVectorImpl<func::FuncOp> &gradients) {
  auto function = module.lookupSymbol<func::FuncOp>(entry);
  size_t count = llvm::range_size(function.getBody().front().getOps<GradOp>());
  for (size_t number = 0; number < count; ++number)
    gradients.push_back(takeGradient(function, number));
  for (auto other : llvm::make_early_inc_range(module.getOps<func::FuncOp>()))
    if (!other.isPrivate() && !llvm::is_contained(gradients, other))
      other.erase();
  return run(module, [](PassManager &pm) {
    pm.addPass(createGrad());
    pm.addPass(createInline());
  });
}

Expected<GradCheckReport> net::checkGrad(ModuleOp module, StringRef entry,
                                         ArrayRef<Array> arguments,
                                         const CheckGradOptions &options) {
  OwningOpRef<ModuleOp> copy = module.clone();
  auto function = copy->lookupSymbol<func::FuncOp>(entry);
  if (!function || function.isExternal())
    return llvm::createStringError("no entry '" + entry + "'");
  for (auto [number, grad] : llvm::enumerate(function.getBody().front().getOps<GradOp>()))
    grad->setAttr(ownNumber, OpBuilder(grad).getIndexAttr(static_cast<int64_t>(number)));
  OwningOpRef<ModuleOp> compiled = copy->clone();
  SmallVector<func::FuncOp> gradients;
  if (Error error = makeGradients(*compiled, entry, gradients))
    return error;
  if (Error error = run(*copy, [](PassManager &pm) { pm.addPass(createInline()); }))
    return error;
  function = copy->lookupSymbol<func::FuncOp>(entry);
  std::vector<GradParts> all;
  for (auto [number, grad] : llvm::enumerate(function.getBody().front().getOps<GradOp>())) {
    all.push_back(takeApart(function, number));
    if (auto own = grad->getAttrOfType<IntegerAttr>(ownNumber)) {
      all.back().gradient.erase();
      all.back().gradient = gradients[own.getInt()];
    }
  }
  function.erase();
  // The loss keeps derivatives that the program gives: they may be at fault.
  for (func::FuncOp function : copy->getOps<func::FuncOp>()) {
    bool loss = llvm::any_of(all, [&](const GradParts &parts) { return parts.loss == function; });
    if (Error error = run(function, [&](PassManager &pm) { pm.addPass(createGrad({loss})); }))
      return error;
  }
  GradCheckReport report;
  for (const GradParts &parts : all) {
    Comparison comparison(parts, arguments, options);
    size_t before = report.rows.size();
    if (Error error = comparison.run(report.rows))
      return error;
    bool failed = llvm::any_of(ArrayRef(report.rows).drop_front(before),
                               [](auto &row) { return row.failed && row.misfit.empty(); });
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
        << "  directions " << row.checked << "  kinks " << row.kinks << "  compiled "
        << llvm::format("%8.2e", row.compiled);
    if (!row.misfit.empty())
      out << "  FAILED: " << row.misfit;
    else if (row.failed)
      out << "  FAILED: gradient " << llvm::format("%.9g", row.analytic)
          << (row.surrogate ? ", dual numbers " : ", differences ")
          << llvm::format("%.9g", row.numeric);
    else if (row.checked == 0)
      out << "  not checked: no smooth direction";
    else if (row.surrogate)
      out << "  with surrogates taken as they are";
    out << '\n';
  }
  if (!report.fault.empty())
    out << "at fault: " << report.fault << '\n';
}
