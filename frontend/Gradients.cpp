//===- Gradients.cpp - grad .. wrt .. -------------------------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What lies between the wanted values and the loss is copied into the region of a
// `net.grad`. The original stays; equal computations become one again after the
// gradient is expanded.
//
//===----------------------------------------------------------------------===//
#include "frontend/BlockedPath.h"
#include "frontend/Elaborator.h"
#include "frontend/Reach.h"
#include "frontend/Slices.h"
#include "ir/Reads.h"
#include "mlir/IR/IRMapping.h"
#include "llvm/Support/Format.h"

using namespace net;

/// A derivative is a few times as long as what it is taken of; of this order and length it is
/// refused.
static constexpr int highOrder = 5;
static constexpr double longest = 2e5;

namespace {
/// Gradients that an operation takes of each other, and about how long it is when they are
/// operations.
struct Growth {
  int order = 0;
  double length = 0;
};

Growth growthOf(mlir::Block &block);

Growth growthOf(mlir::Operation *op) {
  Growth growth{0, 1};
  for (mlir::Region &region : op->getRegions())
    for (mlir::Block &block : region) {
      Growth inside = growthOf(block);
      growth.order = std::max(growth.order, inside.order);
      growth.length += inside.length;
    }
  return llvm::isa<GradOp>(op) ? Growth{growth.order + 1, 3 * growth.length} : growth;
}

Growth growthOf(mlir::Block &block) {
  Growth growth;
  for (mlir::Operation &op : block) {
    Growth one = growthOf(&op);
    growth.order = std::max(growth.order, one.order);
    growth.length += one.length;
  }
  return growth;
}
} // namespace

llvm::SmallVector<mlir::Value> Elaborator::gradients(mlir::Value loss,
                                                     llvm::ArrayRef<mlir::Value> wrt, Frame &frame,
                                                     SourceRange range) {
  mlir::OpBuilder &builder = frame.builder;
  mlir::Location loc = location(range);
  llvm::SmallVector<mlir::Value> result(wrt.size());
  // Wanted values that depend on other wanted ones are computed inside, and tapped.
  llvm::SmallVector<mlir::Value> operands, taps;
  llvm::DenseSet<mlir::Value> read = {loss}, computed;
  for (mlir::Operation *op : between(wrt, loss, Paths::Differentiable)) {
    read.insert_range(valuesReadBy(op));
    computed.insert(op->result_begin(), op->result_end());
  }
  for (mlir::Value value : wrt)
    if (read.contains(value) && !llvm::is_contained(operands, value) &&
        !llvm::is_contained(taps, value))
      (computed.contains(value) ? taps : operands).push_back(value);
  if (operands.empty())
    return result;
  auto ops = between(operands, loss, Paths::Differentiable);
  auto region = std::make_unique<mlir::Region>();
  mlir::Block *body = new mlir::Block;
  region->push_back(body);
  mlir::IRMapping mapping;
  for (mlir::Value operand : operands)
    body->addArgument(operand.getType(), operand.getLoc());
  mapping.map(operands, body->getArguments());
  llvm::SmallVector<mlir::Value> tapOrder;
  {
    mlir::OpBuilder inside(module.getContext());
    inside.setInsertionPointToEnd(body);
    for (mlir::Operation *op : ops) {
      inside.clone(*op, mapping);
      for (mlir::Value value : op->getResults())
        if (llvm::is_contained(taps, value)) {
          mlir::Value tapped = TapOp::create(inside, loc, value.getType(), mapping.lookup(value),
                                             static_cast<int64_t>(tapOrder.size()))
                                   .getResult();
          mapping.map(value, tapped);
          tapOrder.push_back(value);
        }
    }
    YieldOp::create(inside, loc, mlir::ValueRange{mapping.lookupOrDefault(loss)});
  }
  llvm::SmallVector<mlir::Type> types;
  for (mlir::Value value : operands)
    types.push_back(value.getType());
  for (mlir::Value value : tapOrder)
    types.push_back(value.getType());
  types.push_back(loss.getType());
  mlir::OperationState state(loc, GradOp::getOperationName());
  state.addOperands(operands);
  state.addTypes(types);
  state.addRegion(std::move(region));
  mlir::Operation *grad = builder.create(state);
  if (Growth growth = growthOf(grad); growth.order >= highOrder && growth.length > longest) {
    std::string length;
    llvm::raw_string_ostream(length) << llvm::format("%.0e", growth.length);
    error(range, "N0608",
          "gradients of gradients, " + std::to_string(growth.order) + " in each other: about " +
              length + " operations")
        .help("`stop_gradient(..)` of what an earlier gradient gave takes it for a number");
    grad->erase();
    return {};
  }
  for (size_t i = 0; i < wrt.size(); ++i)
    for (size_t k = 0; k < operands.size() + tapOrder.size(); ++k)
      if (wrt[i] == (k < operands.size() ? operands[k] : tapOrder[k - operands.size()]))
        result[i] = grad->getResult(static_cast<unsigned>(k));
  return result;
}

namespace {
/// What stands behind `wrt`.
struct Wanted {
  llvm::SmallVector<mlir::Value> values;
  /// Values [first, second) are the parameters of networks: some may be without a path.
  llvm::SmallVector<std::pair<size_t, size_t>> sets;
};
} // namespace

/// The tensors of `wrt`, in order; false after a diagnostic.
static bool wanted(Elaborator &e, const Value &wrt, Wanted &found) {
  auto &values = found.values;
  if (mlir::Value tensor = wrt.tensor()) {
    if (isFloat(elementOf(tensor.getType()))) {
      values.push_back(tensor);
      return true;
    }
    e.error(wrt.range, "N0602",
            "no gradient wrt " + wrt.describe() + ": only real numbers have derivatives");
    return false;
  }
  if (auto *tuple = wrt.tuple())
    return llvm::all_of(tuple->elements, [&](const Value &v) { return wanted(e, v, found); });
  if (auto *bundle = wrt.bundle()) {
    found.sets.emplace_back(values.size(), values.size() + bundle->parts.size());
    for (const auto &[path, tensor] : bundle->parts)
      values.push_back(tensor);
    return true;
  }
  if (wrt.isPoison())
    return false;
  auto instance = wrt.instance();
  bool isNumber = wrt.as<Number>() || (wrt.list() && e.isArrayLike(wrt));
  e.error(wrt.range, "N0602",
          "no gradient wrt " + wrt.describe() + ": it is not computed, but known")
      .help(
          instance ? "`params(" + instance->path + ")` are its parameters"
          : isNumber
              ? "a number or list is made anew wherever it is used: `let x = f32(..)` of it is one "
                "value, by which there is a gradient"
              : "give a value a name with `let`, and take the gradient wrt that name");
  return false;
}

/// Inside of a scan's turn, is the loss computed from a carry that earlier turns may have computed
/// from a wanted value outside, or from an element of an array that was?
static bool leavesTurn(mlir::ModuleOp module, const llvm::DenseSet<mlir::Value> &sources,
                       llvm::ArrayRef<mlir::Value> wanted) {
  return llvm::any_of(sources, [&](mlir::Value source) {
    auto argument = llvm::dyn_cast<mlir::BlockArgument>(source);
    auto scan = argument ? llvm::dyn_cast<ScanOp>(argument.getOwner()->getParentOp()) : ScanOp();
    if (!scan || llvm::is_contained(wanted, source))
      return false;
    unsigned number = argument.getArgNumber();
    if (number >= scan.getSequences().size())
      return llvm::any_of(wanted, [&](mlir::Value value) {
        return !scan.getBody().isAncestor(value.getParentRegion());
      });
    auto before = Reach(module).sourcesOf(scan.getSequences()[number]);
    return llvm::any_of(wanted, [&](mlir::Value value) { return before.contains(value); });
  });
}

/// Was something changed since that the loss, or what is wanted, was computed from?
static bool isOutdated(Elaborator &e, mlir::Value loss, llvm::ArrayRef<mlir::Value> values,
                       const ast::Grad &expr, Env &env) {
  Reach reach(e.module);
  std::string path;
  auto now = env.frame.valuesNow(); // which may be computed from what was before
  if (now.empty())
    return false;
  auto look = [&](mlir::Value value) {
    auto sources = reach.sourcesOf(value, now);
    if (path.empty())
      path = env.frame.changedSince([&](mlir::Value before) { return sources.contains(before); });
  };
  look(loss);
  for (mlir::Value value : values)
    look(value);
  if (path.empty())
    return false;
  e.error(expr.of->range, "N0604", "this was computed from `" + path + "` before it was changed")
      .label(expr.wrt->range, "wanted as it is now")
      .help("recompute the let: write its expression behind the `set` or `minimize` once more");
  return true;
}

/// No path leads from a value to the loss: where the nearest one ends.
static void noPath(Elaborator &e, const ast::Grad &expr, mlir::Value value, mlir::Value loss) {
  auto &d = e.error(expr.range, "N0601", "the loss is not computed from this value");
  d.label(expr.wrt->range, "wanted here").label(expr.of->range, "the loss");
  if (noteBlockedPath(e, d, {value}, loss))
    return;
  d.help("`wrt` means that very value, not an equal one: use the name that the loss was computed "
         "from");
}

/// A cotangent for each wanted value; nothing after a diagnostic.
static llvm::SmallVector<mlir::Value> cotangentsOf(Elaborator &e, const Wanted &wanted,
                                                   const llvm::DenseSet<mlir::Value> &sources,
                                                   mlir::Value loss, const ast::Grad &expr,
                                                   Env &env) {
  llvm::SmallVector<mlir::Value> reached;
  for (mlir::Value value : wanted.values)
    if (sources.contains(value))
      reached.push_back(value);
  // A parameter that the loss does not reach has no gradient in it, if others of its network have.
  auto mayBeZero = [&](size_t i) {
    return llvm::any_of(wanted.sets, [&](auto set) {
      auto [first, last] = set;
      return first <= i && i < last &&
             std::any_of(
                 wanted.values.begin() + first, wanted.values.begin() + last,
                 [&](mlir::Value v) { return sources.contains(v); });
    });
  };
  auto found = e.gradients(loss, reached, env.frame, expr.range);
  if (found.size() != reached.size())
    return {};
  llvm::SmallVector<mlir::Value> cotangents;
  for (auto [i, value] : llvm::enumerate(wanted.values)) {
    auto at = llvm::find(reached, value);
    if (at == reached.end() && !mayBeZero(i)) {
      noPath(e, expr, value, loss);
      return {};
    }
    mlir::Type type = value.getType();
    cotangents.push_back(at == reached.end()
                             ? e.emit(env, expr.range).fill(0, elementOf(type), shapeOf(type))
                             : found[at - reached.begin()]);
  }
  return cotangents;
}

Value Elaborator::evaluateGrad(const ast::Grad &expr, Env &env) {
  Frame::Mark before = env.frame.mark();
  Value loss = evaluate(*expr.of, env), wrt = evaluate(*expr.wrt, env);
  if (loss.isPoison() || wrt.isPoison())
    return {};
  Frame::Effects effects = env.frame.effectsSince(before);
  mlir::Value scalar = loss.tensor();
  if (!scalar || llvm::cast<mlir::RankedTensorType>(scalar.getType()).getRank() ||
      !isFloat(elementOf(scalar.getType()))) {
    auto &d = error(expr.of->range, "N0603",
                    "a gradient is that of a real scalar, this is " + loss.describe());
    if (scalar && isFloat(elementOf(scalar.getType())))
      d.help("reduce it first: `sum(..)` or `mean(..)`");
    else if (scalar)
      d.help("only real numbers have derivatives: no gradient flows through whole numbers");
    else if (loss.tuple())
      d.help("one at a time, or that of their sum");
    return {};
  }
  Wanted wantedOnes;
  if (!wanted(*this, wrt, wantedOnes))
    return {};
  auto &values = wantedOnes.values;
  if (isOutdated(*this, scalar, values, expr, env))
    return {};
  exposeInner(module, env.frame.builder, values, scalar);
  bool inTurn = !llvm::isa<mlir::func::FuncOp>(env.frame.builder.getBlock()->getParentOp());
  if (inTurn && leavesTurn(module, Reach(module).sourcesOf(scalar, values), values)) {
    error(expr.range, "N0607", "this gradient leaves the turn of a scan")
        .label(expr.of->range,
               "computed from a carry or an element, and so by what stands before this turn")
        .help("`stop_gradient` of it gives the gradient of this turn alone; take the "
              "gradient behind the scan for that of all turns");
    return {};
  }
  // Derivatives are total: a path may lead through other wanted values.
  auto sources = Reach(module).sourcesOf(scalar, {}, firstAfter(values));
  auto cotangents = cotangentsOf(*this, wantedOnes, sources, scalar, expr, env);
  if (cotangents.empty())
    return wrt.bundle() && wantedOnes.values.empty() ? wrt : Value();
  noteGradient(expr, cotangents, wrt, *expr.wrt, env, effects);
  size_t next = 0;
  return mapTensors(wrt, [&](mlir::Value) { return cotangents[next++]; });
}
