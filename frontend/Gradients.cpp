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
#include "frontend/Elaborator.h"
#include "frontend/Reach.h"
#include "ir/Reads.h"
#include "mlir/IR/IRMapping.h"

using namespace net;

namespace {
using ValueSet = llvm::SmallPtrSet<void *, 32>;

bool contains(const ValueSet &set, mlir::Value value) {
  return set.contains(value.getAsOpaquePointer());
}

/// The operations that a block sees, in order: its own, and those before the ones it stands in.
void collectVisible(mlir::Block &block, llvm::SmallVector<mlir::Operation *> &ops) {
  mlir::Operation *parent = block.getParentOp();
  if (!llvm::isa<mlir::func::FuncOp>(parent)) {
    collectVisible(*parent->getBlock(), ops);
    while (ops.pop_back_val() != parent) {
    }
  }
  for (mlir::Operation &op : block)
    ops.push_back(&op);
}

/// The operations that lie between some values and the loss, in order, as a block sees them.
llvm::SmallVector<mlir::Operation *> between(llvm::ArrayRef<mlir::Value> from, mlir::Value loss,
                                             mlir::Block &block) {
  ValueSet reached;
  for (mlir::Value value : from)
    reached.insert(value.getAsOpaquePointer());
  llvm::SmallVector<mlir::Operation *> visible, forward;
  collectVisible(block, visible);
  for (mlir::Operation *op : visible)
    if (llvm::any_of(valuesReadBy(op), [&](mlir::Value v) { return contains(reached, v); })) {
      forward.push_back(op);
      for (mlir::Value result : op->getResults())
        reached.insert(result.getAsOpaquePointer());
    }
  ValueSet needed;
  needed.insert(loss.getAsOpaquePointer());
  llvm::SmallVector<mlir::Operation *> result;
  for (mlir::Operation *op : llvm::reverse(forward))
    if (llvm::any_of(op->getResults(), [&](mlir::Value v) { return contains(needed, v); })) {
      result.push_back(op);
      for (mlir::Value operand : valuesReadBy(op))
        needed.insert(operand.getAsOpaquePointer());
    }
  std::reverse(result.begin(), result.end());
  return result;
}

/// Whether a loss depends on a value.
bool reaches(mlir::Value from, mlir::Value loss, mlir::Block &block) {
  return from == loss || !between({from}, loss, block).empty();
}
} // namespace

llvm::SmallVector<mlir::Value> Elaborator::gradients(mlir::Value loss,
                                                     llvm::ArrayRef<mlir::Value> wrt, Frame &frame,
                                                     SourceRange range) {
  mlir::OpBuilder &builder = frame.builder;
  mlir::Block &block = *builder.getInsertionBlock();
  mlir::Location loc = location(range);
  llvm::SmallVector<mlir::Value> result(wrt.size());
  // Wanted values that depend on other wanted ones are computed inside, and tapped.
  llvm::SmallVector<mlir::Value> operands, taps;
  for (mlir::Value value : wrt) {
    if (llvm::is_contained(operands, value) || llvm::is_contained(taps, value) ||
        !reaches(value, loss, block))
      continue;
    bool inner = llvm::any_of(
        wrt, [&](mlir::Value other) { return other != value && reaches(other, value, block); });
    (inner ? taps : operands).push_back(value);
  }
  if (operands.empty())
    return result;
  auto ops = between(operands, loss, block);
  auto region = std::make_unique<mlir::Region>();
  mlir::Block *body = new mlir::Block;
  region->push_back(body);
  mlir::IRMapping mapping;
  for (mlir::Value operand : operands)
    mapping.map(operand, body->addArgument(operand.getType(), operand.getLoc()));
  llvm::SmallVector<mlir::Value> tapOrder;
  {
    mlir::OpBuilder inside(module.getContext());
    inside.setInsertionPointToEnd(body);
    for (mlir::Operation *op : ops) {
      inside.clone(*op, mapping);
      for (mlir::Value value : op->getResults())
        if (llvm::is_contained(taps, value)) {
          mlir::Value tapped =
              TapOp::create(inside, loc, value.getType(), mapping.lookup(value)).getResult();
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
  for (size_t i = 0; i < wrt.size(); ++i)
    for (size_t k = 0; k < operands.size() + tapOrder.size(); ++k)
      if (wrt[i] == (k < operands.size() ? operands[k] : tapOrder[k - operands.size()]))
        result[i] = grad->getResult(static_cast<unsigned>(k));
  return result;
}

/// The tensors of `wrt`, in order; false after a diagnostic.
static bool wanted(Elaborator &e, const Value &wrt, llvm::SmallVector<mlir::Value> &values) {
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
    return llvm::all_of(tuple->elements, [&](const Value &v) { return wanted(e, v, values); });
  if (auto *bundle = wrt.bundle()) {
    for (const auto &[path, tensor] : bundle->parts)
      values.push_back(tensor);
    return true;
  }
  if (!wrt.isPoison())
    e.error(wrt.range, "N0602",
            "no gradient wrt " + wrt.describe() + ": it is not computed, but known")
        .help("give a value a name with `let`, and take the gradient wrt that name");
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

Value Elaborator::evaluateGrad(const ast::Grad &expr, Env &env) {
  Value loss = evaluate(*expr.of, env), wrt = evaluate(*expr.wrt, env);
  if (loss.isPoison() || wrt.isPoison())
    return {};
  mlir::Value scalar = loss.tensor();
  if (!scalar || llvm::cast<mlir::RankedTensorType>(scalar.getType()).getRank() ||
      !isFloat(elementOf(scalar.getType()))) {
    error(expr.of->range, "N0603",
          "a gradient is that of a real scalar, this is " + loss.describe())
        .help("reduce it first: `sum(..)` or `mean(..)`");
    return {};
  }
  llvm::SmallVector<mlir::Value> values;
  if (!wanted(*this, wrt, values))
    return {};
  auto sources = Reach(module).sourcesOf(scalar, values);
  for (mlir::Value value : values)
    if (llvm::any_of(env.frame.earlier(value),
                     [&](mlir::Value before) { return sources.contains(before); })) {
      error(expr.of->range, "N0604", "this was computed from a parameter before it was changed")
          .label(expr.wrt->range, "wanted as it is now")
          .help("recompute the let: write its expression behind the `set` or `minimize` once more");
      return {};
    }
  if (leavesTurn(module, sources, values)) {
    error(expr.range, "N0607", "this gradient leaves the turn of a scan")
        .label(expr.of->range,
               "computed from a carry or an element, and so by what stands before this turn")
        .help("`stop_gradient` of it gives the gradient of this turn alone; take the "
              "gradient behind the scan for that of all turns");
    return {};
  }
  llvm::SmallVector<mlir::Value> reached;
  for (mlir::Value value : values)
    if (sources.contains(value))
      reached.push_back(value);
  auto found = gradients(scalar, reached, env.frame, expr.range);
  if (reached.size() == values.size() && !wrt.bundle())
    noteGradient(&expr, found);
  llvm::SmallVector<mlir::Value> cotangents;
  for (mlir::Value value : values) {
    auto at = llvm::find(reached, value);
    cotangents.push_back(at == reached.end() ? mlir::Value() : found[at - reached.begin()]);
  }
  Emit e = emit(env, expr.range);
  for (size_t i = 0; i < values.size(); ++i) {
    if (cotangents[i])
      continue;
    if (!wrt.bundle()) {
      auto &d = error(expr.range, "N0601", "the loss is not computed from this value");
      d.label(expr.wrt->range, "wanted here").label(expr.of->range, "the loss");
      d.help("`wrt` means that very value, not an equal one: use the name that the loss was "
             "computed from");
      return {};
    }
    // A parameter that the loss does not reach has no gradient in it.
    cotangents[i] = e.fill(0, elementOf(values[i].getType()), shapeOf(values[i].getType()));
  }
  size_t next = 0;
  return mapTensors(wrt, [&](mlir::Value) { return cotangents[next++]; });
}
