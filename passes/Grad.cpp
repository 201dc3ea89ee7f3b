//===- Grad.cpp - derivatives as operations ----------------------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Reverse mode. A region of `net.grad` is one block, so its order is the order of the
// computation; walked backwards, every use of a value comes before its definition, and
// its adjoint is complete when its operation is reached.
//
// Innermost gradients go first: what they become are differentiable operations, which
// the outer ones differentiate again.
//
//===----------------------------------------------------------------------===//
#include "mlir/IR/IRMapping.h"
#include "passes/Adjoint.h"
#include "passes/Passes.h"

using namespace mlir;
using namespace net;

namespace net {
#define GEN_PASS_DEF_GRAD
#include "passes/Passes.h.inc"
} // namespace net

namespace {
/// Expands one `net.grad` that has no other inside.
class Expansion {
public:
  explicit Expansion(GradOp grad)
      : grad(grad), body(grad.getBody().front()), yield(body.getTerminator()), builder(yield) {}
  LogicalResult run();

private:
  void findActive();
  LogicalResult sweep();
  LogicalResult differentiate(Operation *op);
  LogicalResult applyRule(DifferentiableOp op);
  void applyOwnRule(CustomVjpOp op);
  FailureOr<Value> gradientOf(Value wanted);
  void removeUnused(Operation *lastForward);
  void dissolve();

  GradOp grad;
  Block &body;
  Operation *yield;
  OpBuilder builder;
  SmallVector<Value> wanted;    ///< block arguments, then taps
  llvm::DenseSet<Value> active; ///< depends on a wanted value
  Adjoints adjoints;
};

class Grad : public net::impl::GradBase<Grad> {
public:
  using GradBase::GradBase;

private:
  void runOnOperation() override;
};
} // namespace

/// Copies the operations of a block to where the builder stands; what it yields.
static SmallVector<Value> cloneBlock(OpBuilder &builder, Block &block, ValueRange arguments) {
  IRMapping mapping;
  mapping.map(block.getArguments(), arguments);
  for (Operation &op : block.without_terminator())
    builder.clone(op, mapping);
  return llvm::to_vector(llvm::map_range(block.getTerminator()->getOperands(),
                                         [&](Value v) { return mapping.lookupOrDefault(v); }));
}

static bool isReal(Value value) { return isa<FloatType>(elementOf(value.getType())); }

void Expansion::findActive() {
  for (Value argument : body.getArguments())
    active.insert(argument);
  wanted.append(body.args_begin(), body.args_end());
  for (Operation &op : body) {
    if (isa<TapOp>(op))
      wanted.push_back(op.getResult(0));
    if (isa<TapOp>(op) ||
        llvm::any_of(op.getOperands(), [&](Value v) { return active.contains(v); }))
      active.insert(op.result_begin(), op.result_end());
  }
}

/// Cotangents of the operands from the rule of the operation.
LogicalResult Expansion::applyRule(DifferentiableOp op) {
  ExprBuilder b(builder, op.getLoc());
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
      adjoints.addBlocked(operand, op);
    else if (rule.isZero())
      adjoints.addZero(operand);
    else
      adjoints.add(operand, contributionOf(b, op, last, rule));
  }
  return success();
}

/// The derivative that the program gives, at the operands and the cotangents of the results.
void Expansion::applyOwnRule(CustomVjpOp op) {
  ExprBuilder b(builder, op.getLoc());
  SmallVector<Value> given(op.getArguments());
  for (Value result : op.getResults()) {
    if (!isReal(result))
      continue;
    bool reached = adjoints.of(result).kind == Adjoint::Kind::Value;
    given.push_back(reached ? adjoints.sum(b, result).masked(b).value
                            : expr::splat(b, 0.0, cast<RankedTensorType>(result.getType())).get());
  }
  SmallVector<Value> cotangents = cloneBlock(builder, op.getDerivative().front(), given);
  auto next = cotangents.begin();
  for (Value operand : op.getArguments())
    if (!isReal(operand))
      continue;
    else if (Value cotangent = *next++; active.contains(operand))
      adjoints.add(operand, {cotangent, {}, false});
}

LogicalResult Expansion::differentiate(Operation *op) {
  Adjoint::Kind kind = Adjoint::Kind::NoPath;
  Operation *blocker = nullptr;
  for (Value result : op->getResults()) {
    kind = std::max(kind, adjoints.of(result).kind);
    if (adjoints.of(result).blocker)
      blocker = adjoints.of(result).blocker;
  }
  if (kind == Adjoint::Kind::NoPath ||
      llvm::none_of(op->getResults(), [&](Value v) { return active.contains(v); }))
    return success();
  if (kind == Adjoint::Kind::Value) {
    if (auto custom = dyn_cast<CustomVjpOp>(op))
      return applyOwnRule(custom), success();
    if (auto rule = dyn_cast<DifferentiableOp>(op))
      return applyRule(rule);
    return op->emitError("has no derivative: '")
           << op->getName() << "' stands between a wanted value and the loss";
  }
  // Of several operations that block, the one is named at which the way from the value ends: where
  // real numbers become others (`argmax`, not the cast of what it gives).
  bool leavesReal = llvm::none_of(op->getResults(), isReal);
  for (Value operand : op->getOperands()) {
    if (kind == Adjoint::Kind::Blocked)
      adjoints.addBlocked(operand, leavesReal && isReal(operand) ? op : blocker);
    else
      adjoints.addZero(operand);
  }
  return success();
}

LogicalResult Expansion::sweep() {
  ExprBuilder b(builder, grad.getLoc());
  Value loss = yield->getOperand(0);
  adjoints.add(loss,
               {expr::splat(b, 1.0, cast<RankedTensorType>(loss.getType())).get(), {}, false});
  for (Operation *op = yield->getPrevNode(), *before; op; op = before) {
    before = op->getPrevNode();
    if (failed(differentiate(op)))
      return failure();
  }
  return success();
}

/// The finished cotangent of a wanted value, or an error that says why there is none.
FailureOr<Value> Expansion::gradientOf(Value value) {
  Operation *def = value.getDefiningOp();
  ExprBuilder b(builder, def ? def->getLoc() : grad.getLoc());
  const Adjoint &adjoint = adjoints.of(value);
  if (adjoint.kind == Adjoint::Kind::Value)
    return adjoints.sum(b, value).masked(b).value;
  if (adjoint.kind == Adjoint::Kind::Zero)
    return expr::splat(b, 0.0, cast<RankedTensorType>(value.getType())).get();
  InFlightDiagnostic error = grad.emitError();
  if (adjoint.kind == Adjoint::Kind::NoPath) {
    error << "the loss does not depend on a value that its derivative is wanted for, "
          << str(value.getType());
    error.attachNote(value.getLoc()) << "this value";
    return failure();
  }
  error << "no derivative for a wanted value, " << str(value.getType()) << ": '"
        << adjoint.blocker->getName()
        << "' has none, and every way from the value to the loss leads through such operations";
  error.attachNote(adjoint.blocker->getLoc()) << "the nearest is here";
  return failure();
}

/// Rules also compute what nobody asked for: the cotangents of constants, supports that mask
/// nothing.
void Expansion::removeUnused(Operation *lastForward) {
  for (Operation *op = yield->getPrevNode(), *before; op != lastForward; op = before) {
    before = op->getPrevNode();
    if (op->use_empty())
      op->erase();
  }
}

/// The region's operations take the place of the gradient, whose first results are replaced
/// already.
void Expansion::dissolve() {
  for (auto [result, value] :
       llvm::zip(grad.getResults().take_back(yield->getNumOperands()), yield->getOperands()))
    result.replaceAllUsesWith(value);
  // What replaced a result may be a block argument or a tap: these go last.
  for (auto [argument, operand] : llvm::zip(body.getArguments(), grad.getWrt()))
    argument.replaceAllUsesWith(operand);
  yield->erase();
  for (TapOp tap : llvm::make_early_inc_range(body.getOps<TapOp>())) {
    tap.replaceAllUsesWith(tap.getX());
    tap.erase();
  }
  grad->getBlock()->getOperations().splice(grad->getIterator(), body.getOperations());
  grad.erase();
}

LogicalResult Expansion::run() {
  findActive();
  Operation *lastForward = yield->getPrevNode();
  if (failed(sweep()))
    return failure();
  SmallVector<Value> gradients;
  for (Value value : wanted) {
    FailureOr<Value> gradient = gradientOf(value);
    if (failed(gradient))
      return failure();
    gradients.push_back(*gradient);
  }
  // Before unused operations go: the results are uses.
  for (auto [result, gradient] : llvm::zip(grad.getResults(), gradients))
    result.replaceAllUsesWith(gradient);
  removeUnused(lastForward);
  dissolve();
  return success();
}

void Grad::runOnOperation() {
  SmallVector<GradOp> grads;
  getOperation().walk([&](GradOp grad) { grads.push_back(grad); }); // post order: innermost first
  for (GradOp grad : grads)
    if (failed(Expansion(grad).run()))
      return signalPassFailure();
  if (keepCustomVjp)
    return;
  // Derivatives of their own have served; inner ones become operations of outer ones.
  getOperation().walk<WalkOrder::PostOrder>([](CustomVjpOp op) {
    OpBuilder builder(op);
    op.replaceAllUsesWith(cloneBlock(builder, op.getBody().front(), op.getArguments()));
    op.erase();
  });
}
