//===- Backward.cpp - the operations of a block, backwards ----------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "ir/OwnDerivative.h"
#include "ir/Reads.h"
#include "ir/ValueNames.h"
#include "mlir/IR/IRMapping.h"
#include "passes/CallBackward.h"

using namespace mlir;
using namespace net;

SmallVector<Value> net::cloneBlock(OpBuilder &builder, Block &block, ValueRange arguments) {
  IRMapping mapping;
  mapping.map(block.getArguments(), arguments);
  for (Operation &op : block.without_terminator())
    builder.clone(op, mapping);
  return llvm::to_vector(llvm::map_range(block.getTerminator()->getOperands(),
                                         [&](Value v) { return mapping.lookupOrDefault(v); }));
}

void net::eraseUnused(Operation *first, Operation *last) {
  for (bool done = false; !done;) {
    Operation *before = last->getPrevNode();
    done = last == first;
    if (last->use_empty())
      last->erase();
    last = before;
  }
}

bool net::isRecomputed(Operation *op) {
  bool isSize = isa<CastOp>(op) && op->getOperand(0).getDefiningOp<SizeOp>();
  return isSize || isa<ConstantOp, SizeOp, IotaOp, BroadcastOp, ReshapeOp, TransposeOp>(op);
}

/// What follows an active value is active; true if one becomes it.
static bool follow(ValueRange values, ValueRange followers, Active &active) {
  bool changed = false;
  for (auto [value, follower] : llvm::zip_equal(values, followers))
    if (active.contains(value))
      changed |= active.insert(follower).second;
  return changed;
}

/// Carries are active from the first turn on, or become it in a later one.
static void addActive(ScanOp scan, Active &active) {
  follow(scan.getSequences(), scan.elements(), active);
  follow(scan.getInitial(), scan.carries(), active);
  do
    net::addActive(scan.getBody().front(), active);
  while (follow(scan.nextCarries(), scan.carries(), active));
  follow(scan.keptInTurn(), scan.kept(), active);
  follow(scan.carries(), scan.lastCarries(), active);
}

void net::addActive(Block &block, Active &active) {
  for (Operation &op : block) {
    if (auto scan = dyn_cast<ScanOp>(op))
      ::addActive(scan, active);
    else if (isa<TapOp>(op) ||
             llvm::any_of(op.getOperands(), [&](Value v) { return active.contains(v); }))
      active.insert(op.result_begin(), op.result_end());
  }
}

/// Cotangents of the operands from the rule of the operation.
LogicalResult Backward::applyRule(DifferentiableOp op) {
  ExprBuilder b(builder, derivedFrom(op));
  SmallVector<Expr> dys;
  Cotangent last;
  for (Value result : op->getResults()) {
    if (adjoints.of(result).kind != Adjoint::Kind::Value) {
      dys.push_back(Expr::zero());
      continue;
    }
    last = adjoints.sum(b, result);
    if (!isa<ScalarOp, TapOp>(op.getOperation()))
      last = last.masked(b);
    dys.push_back(Expr(b, last.value));
  }
  SmallVector<Expr> rules = op.vjp(b, dys);
  assert(rules.size() == op->getNumOperands() && "a rule an operand");
  for (auto [operand, rule] : llvm::zip(op->getOperands(), rules)) {
    if (!active.contains(operand))
      continue;
    if (rule.isBlocked())
      adjoints.addBlocked(operand, {op->getName().getStringRef(), op.getLoc()});
    else if (rule.isZero())
      adjoints.addZero(operand);
    else
      adjoints.add(operand, contributionOf(b, op, last, rule));
  }
  return success();
}

/// A cotangent for each real result.
void Backward::appendCotangents(Operation *op, SmallVector<Value> &given) {
  ExprBuilder b(builder, op->getLoc());
  for (Value result : op->getResults()) {
    if (!isReal(result))
      continue;
    bool reached = adjoints.of(result).kind == Adjoint::Kind::Value;
    given.push_back(reached ? adjoints.sum(b, result).masked(b).value
                            : expr::splat(b, 0.0, cast<RankedTensorType>(result.getType())).get());
  }
}

/// Cotangents of the real operands, of which the active ones are taken.
void Backward::giveRealOperands(ValueRange operands, ValueRange cotangents) {
  auto next = cotangents.begin();
  for (Value operand : operands)
    if (!isReal(operand))
      continue;
    else if (Value cotangent = *next++; active.contains(operand))
      adjoints.add(operand, {cotangent, {}, false});
}

/// The derivative that the program gives, at the operands and the cotangents of the results.
void Backward::applyOwnRule(CustomVjpOp op) {
  SmallVector<Value> given(op.getArguments());
  appendCotangents(op, given);
  giveRealOperands(op.getArguments(), cloneBlock(builder, op.getDerivative().front(), given));
}

LogicalResult Backward::differentiate(Operation *op) {
  Adjoint::Kind kind = Adjoint::Kind::NoPath;
  std::optional<Blocker> blocker;
  for (Value result : op->getResults()) {
    kind = std::max(kind, adjoints.of(result).kind);
    if (adjoints.of(result).blocker)
      blocker = adjoints.of(result).blocker;
  }
  if (kind == Adjoint::Kind::NoPath ||
      llvm::none_of(op->getResults(), [&](Value v) { return active.contains(v); }))
    return success();
  auto call = dyn_cast<CallOp>(op);
  if (call && functions &&
      (kind == Adjoint::Kind::Value || !derivativeOf(functions->calleeOf(call))))
    return reverse(call);
  if (kind == Adjoint::Kind::Value) {
    if (auto custom = dyn_cast<CustomVjpOp>(op))
      return applyOwnRule(custom), success();
    if (auto scan = dyn_cast<ScanOp>(op))
      return reverse(scan);
    if (auto rule = dyn_cast<DifferentiableOp>(op))
      return applyRule(rule);
    return op->emitError("has no derivative: '")
           << op->getName() << "' stands between a wanted value and the loss";
  }
  // Of several operations that block, the one is named at which the way from the value ends: where
  // real numbers become others (`argmax`, not the cast of what it gives).
  bool leavesReal = llvm::none_of(op->getResults(), isReal);
  Blocker own{op->getName().getStringRef(), op->getLoc()};
  for (Value operand : valuesReadBy(op)) {
    if (kind == Adjoint::Kind::Blocked)
      adjoints.addBlocked(operand, leavesReal && isReal(operand) ? own : *blocker);
    else
      adjoints.addZero(operand);
  }
  return success();
}

LogicalResult Backward::sweep(Operation *last) {
  for (Operation *op = last, *before; op; op = before) {
    before = op->getPrevNode();
    if (failed(differentiate(op)))
      return failure();
  }
  return success();
}
