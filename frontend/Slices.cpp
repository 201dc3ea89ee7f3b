//===- Slices.cpp - what lies between values, and copies of it ------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/Slices.h"
#include "frontend/Emit.h"
#include "frontend/Reach.h"
#include "ir/OwnDerivative.h"
#include "ir/Reads.h"

using namespace net;
using Values = llvm::DenseSet<mlir::Value>;

llvm::SmallVector<mlir::Operation *> net::visibleFrom(mlir::Block &block) {
  llvm::SmallVector<mlir::Operation *> ops;
  mlir::Operation *parent = block.getParentOp();
  if (!llvm::isa<mlir::func::FuncOp>(parent)) {
    ops = visibleFrom(*parent->getBlock());
    while (ops.pop_back_val() != parent) {
    }
  }
  for (mlir::Operation &op : block)
    ops.push_back(&op);
  return ops;
}

bool net::precedes(mlir::Operation *op, mlir::Operation *other) {
  if (op->getBlock() == other->getBlock())
    return op->isBeforeInBlock(other);
  mlir::Operation *around = op->getBlock()->findAncestorOpInBlock(*other);
  return around && op->isBeforeInBlock(around);
}

mlir::Operation *net::firstAfter(llvm::ArrayRef<mlir::Value> values) {
  mlir::Operation *first = nullptr;
  for (mlir::Value value : values) {
    mlir::Operation *after = value.getDefiningOp();
    if (!after && !value.getParentBlock()->empty())
      after = &value.getParentBlock()->front();
    if (!after)
      return nullptr;
    if (!first || precedes(after, first))
      first = after;
  }
  return first;
}

llvm::SmallVector<mlir::Operation *> net::between(llvm::ArrayRef<mlir::Value> from, mlir::Value to,
                                                  Paths paths) {
  bool all = paths == Paths::All;
  mlir::Operation *first = firstAfter(from);
  llvm::SetVector<mlir::Operation *> before;
  llvm::SmallVector<mlir::Value> todo = {to};
  while (!todo.empty()) {
    mlir::Value value = todo.pop_back_val();
    mlir::Operation *op = value.getDefiningOp();
    if (!op || (first && precedes(op, first)) || before.contains(op))
      continue;
    if (!all && (!isFloat(elementOf(value.getType())) || llvm::isa<StopGradientOp>(op)))
      continue;
    before.insert(op);
    auto reads = valuesReadBy(op);
    todo.append(reads.begin(), reads.end());
  }
  auto inOrder = before.takeVector();
  llvm::sort(inOrder, precedes);
  Values reached(from.begin(), from.end());
  llvm::SmallVector<mlir::Operation *> result;
  for (mlir::Operation *op : inOrder)
    if (llvm::any_of(valuesReadBy(op), [&](mlir::Value v) {
          return reached.contains(v) && (all || isFloat(elementOf(v.getType())));
        })) {
      result.push_back(op);
      reached.insert(op->result_begin(), op->result_end());
    }
  return result;
}

namespace {
/// Finds the calls and scans that show a wanted value, and copies what they do.
class Exposure {
public:
  Exposure(mlir::ModuleOp module, mlir::OpBuilder &builder,
           llvm::SmallVectorImpl<mlir::Value> &wanted, mlir::Value &loss)
      : module(module), builder(builder), wanted(wanted), loss(loss) {}

  /// False if nothing was to be done.
  bool once() {
    mapping.clear();
    llvm::SetVector<mlir::Operation *> shown = showing();
    if (shown.empty())
      return false;
    llvm::SmallVector<mlir::Value> results;
    for (mlir::Operation *op : shown)
      results.append(op->result_begin(), op->result_end());
    mlir::Block &block = *builder.getInsertionBlock();
    auto following = between(results, loss, Paths::Differentiable);
    for (mlir::Operation *op : visibleFrom(block))
      if (auto call = llvm::dyn_cast<CallOp>(op); call && shown.contains(op))
        inlineBody(call);
      else if (shown.contains(op))
        withDeltas(llvm::cast<ScanOp>(op));
      else if (llvm::is_contained(following, op))
        builder.clone(*op, mapping);
    for (mlir::Value &value : wanted)
      value = mapping.lookupOrDefault(value);
    loss = mapping.lookupOrDefault(loss);
    return true;
  }

private:
  /// What shows a wanted value, and gives the loss another one that may be computed from it.
  llvm::SetVector<mlir::Operation *> showing() {
    llvm::SetVector<mlir::Operation *> found;
    shownValues.clear();
    llvm::SmallVector<mlir::Value> inner, results;
    for (mlir::Value value : wanted)
      if (mlir::OpResult result = shownBy(value); result && bodyOf(result.getOwner())) {
        inner.push_back(value);
        results.push_back(result);
      }
    if (inner.empty())
      return found;
    Reach reach(module);
    Values sources = reach.sourcesOf(loss, {}, firstAfter(results));
    for (mlir::Value value : inner) {
      mlir::OpResult result = shownBy(value);
      mlir::Block *body = bodyOf(result.getOwner());
      auto scan = llvm::dyn_cast<ScanOp>(result.getOwner());
      // An array that a scan emits is its very value where something reads it; what a turn shows is
      // that of the turn.
      if (scan && (sources.contains(value) || result.getResultNumber() >= scan.keptCount()))
        continue;
      // A call is opened in any case: the path may lead through calls inside of it.
      auto ends = body->getTerminator()->getOperands();
      Values reached;
      if (scan)
        reached = reachedInTurns(reach, scan, ends[result.getResultNumber()]);
      for (mlir::OpResult other : result.getOwner()->getResults())
        if (other != result && sources.contains(other) &&
            (!scan || meets(reach.sourcesOf(ends[other.getResultNumber()]), reached))) {
          found.insert(result.getOwner());
          shownValues.insert(value);
        }
    }
    return found;
  }

  static bool meets(const Values &values, const Values &others) {
    return llvm::any_of(values, [&](mlir::Value v) { return others.contains(v); });
  }

  /// The value, and the carries that are computed from it in some later turn.
  static Values reachedInTurns(Reach &reach, ScanOp scan, mlir::Value value) {
    Values reached = {value};
    for (bool changed = true; changed;) {
      changed = false;
      for (auto [carry, next] : llvm::zip(scan.carries(), scan.nextCarries()))
        if (!reached.contains(carry) && meets(reach.sourcesOf(next), reached))
          changed |= reached.insert(carry).second;
    }
    return reached;
  }

  /// The result that a value is, but for the order of its axes.
  static mlir::OpResult shownBy(mlir::Value value) {
    if (auto transpose = value.getDefiningOp<TransposeOp>();
        transpose && transpose->getOperand(0).getDefiningOp<ScanOp>())
      value = transpose->getOperand(0);
    return llvm::dyn_cast<mlir::OpResult>(value);
  }

  mlir::Block *bodyOf(mlir::Operation *op) {
    if (auto scan = llvm::dyn_cast<ScanOp>(op))
      return &scan.getBody().front();
    auto call = llvm::dyn_cast<CallOp>(op);
    auto callee = call ? module.lookupSymbol<mlir::func::FuncOp>(call.getCallee()) : nullptr;
    return callee && !derivativeOf(callee) ? &callee.getBody().front() : nullptr;
  }

  void inlineBody(CallOp call) {
    mlir::Block &body = *bodyOf(call);
    mlir::IRMapping inside;
    for (auto [argument, operand] : llvm::zip(body.getArguments(), call.getArguments()))
      inside.map(argument, mapping.lookupOrDefault(operand));
    for (mlir::Operation &op : body.without_terminator())
      builder.clone(op, inside);
    for (auto [result, value] : llvm::zip(call.getResults(), body.getTerminator()->getOperands()))
      mapping.map(result, inside.lookupOrDefault(value));
  }

  /// A value of each turn plus the element of an array of zeros: the array's cotangent is that of
  /// the value, turn by turn. It stands for what the scan shows.
  void withDeltas(ScanOp scan) {
    llvm::SmallVector<mlir::Value> shown;
    for (mlir::Value value : wanted)
      if (shownValues.contains(value) && shownBy(value).getOwner() == scan &&
          !llvm::is_contained(shown, value))
        shown.push_back(value);
    Emit e(builder, scan.getLoc());
    llvm::SmallVector<mlir::Value> sequences, initial;
    for (mlir::Value sequence : scan.getSequences())
      sequences.push_back(mapping.lookupOrDefault(sequence));
    for (mlir::Value value : scan.getInitial())
      initial.push_back(mapping.lookupOrDefault(value));
    llvm::SmallVector<mlir::Value> deltas;
    for (mlir::Value value : shown) {
      deltas.push_back(e.fill(0, elementOf(value.getType()), shapeOf(value.getType())));
      sequences.push_back(alongTurns(e, value, deltas.back()));
    }
    auto made = ScanOp::create(builder, scan.getLoc(), scan.getResultTypes(), sequences, initial,
                               scan.getReverse());
    scan.getBody().cloneInto(&made.getBody(), mapping);
    mlir::Block &body = made.getBody().front();
    unsigned count = static_cast<unsigned>(scan.getSequences().size());
    for (size_t i = 0; i < shown.size(); ++i) {
      mlir::Value kept = body.getTerminator()->getOperand(shownBy(shown[i]).getResultNumber());
      mlir::Value delta =
          body.insertArgument(count + static_cast<unsigned>(i), kept.getType(), kept.getLoc());
      mlir::OpBuilder inside(module.getContext());
      inside.setInsertionPointAfterValue(kept);
      mlir::Value sum = Emit(inside, kept.getLoc()).binary<AddOp>(kept, delta);
      kept.replaceAllUsesExcept(sum, sum.getDefiningOp());
    }
    for (auto [before, now] : llvm::zip(scan.getResults(), made.getResults()))
      mapping.map(before, now);
    for (auto [value, delta] : llvm::zip(shown, deltas))
      mapping.map(value, delta);
  }

  /// The array with the turns first, as the scan keeps it.
  static mlir::Value alongTurns(Emit &e, mlir::Value shown, mlir::Value array) {
    auto transpose = shown.getDefiningOp<TransposeOp>();
    if (!transpose)
      return array;
    llvm::SmallVector<int64_t> inverse(transpose.getOrder().size());
    for (auto [to, from] : llvm::enumerate(transpose.getOrder()))
      inverse[from] = static_cast<int64_t>(to);
    return e.transpose(array, inverse);
  }

  mlir::ModuleOp module;
  mlir::OpBuilder &builder;
  llvm::SmallVectorImpl<mlir::Value> &wanted;
  mlir::Value &loss;
  Values shownValues; ///< the wanted ones
  mlir::IRMapping mapping;
};
} // namespace

void net::exposeInner(mlir::ModuleOp module, mlir::OpBuilder &builder,
                      llvm::SmallVectorImpl<mlir::Value> &wanted, mlir::Value &loss) {
  // A layer's layers show what theirs do.
  while (Exposure(module, builder, wanted, loss).once()) {
  }
}
