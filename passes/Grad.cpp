//===- Grad.cpp - derivatives as operations ----------------------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Reverse mode: the operations of a `net.grad`, backwards, behind them. Innermost gradients go
// first, and those in functions before those around their calls: what they become are
// differentiable operations, which the outer ones differentiate again.
//
//===----------------------------------------------------------------------===//
#include "ir/OwnDerivative.h"
#include "passes/CallBackward.h"
#include "passes/CallOrder.h"
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
  /// `ofGradients`: there were other gradients inside.
  Expansion(GradOp grad, bool ofGradients, Functions *functions)
      : grad(grad), ofGradients(ofGradients), body(grad.getBody().front()),
        yield(body.getTerminator()), builder(yield), backward(builder, active, functions) {}
  LogicalResult run();

private:
  void findActive();
  FailureOr<Value> gradientOf(Value wanted);
  void dissolve();

  GradOp grad;
  bool ofGradients;
  Block &body;
  Operation *yield;
  OpBuilder builder;
  SmallVector<Value> wanted; ///< block arguments, then taps
  Active active;
  Backward backward;
};

class Grad : public net::impl::GradBase<Grad> {
public:
  using GradBase::GradBase;

private:
  void runOnOperation() override;
  bool takesGradients(Operation *root);
  LogicalResult expandAll(Operation *root, Functions *functions);

  llvm::DenseSet<Operation *> differentiating; ///< functions that take gradients
};
} // namespace

void Expansion::findActive() {
  active.insert(body.args_begin(), body.args_end());
  wanted.append(body.args_begin(), body.args_end());
  for (TapOp tap : body.getOps<TapOp>())
    wanted.push_back(tap);
  addActive(body, active);
}

/// The finished cotangent of a wanted value, or an error that says why there is none.
FailureOr<Value> Expansion::gradientOf(Value value) {
  Operation *def = value.getDefiningOp();
  ExprBuilder b(builder, def ? def->getLoc() : grad.getLoc());
  const Adjoint &adjoint = backward.adjoints.of(value);
  if (adjoint.kind == Adjoint::Kind::Value)
    return backward.adjoints.sum(b, value).masked(b).value;
  // What a gradient does not depend on any more, its derivative by that is zero: that of a linear
  // function is constant.
  if (adjoint.kind == Adjoint::Kind::Zero || (adjoint.kind == Adjoint::Kind::NoPath && ofGradients))
    return expr::splat(b, 0.0, cast<RankedTensorType>(value.getType())).get();
  InFlightDiagnostic error = grad.emitError();
  if (adjoint.kind == Adjoint::Kind::NoPath) {
    error << "the loss does not depend on a value that its derivative is wanted for, "
          << str(value.getType());
    error.attachNote(value.getLoc()) << "this value";
    return failure();
  }
  error << "no derivative for a wanted value, " << str(value.getType()) << ": '"
        << adjoint.blocker->name
        << "' has none, and every way from the value to the loss leads through such operations";
  error.attachNote(adjoint.blocker->loc) << "the nearest is here";
  return failure();
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
  ExprBuilder b(builder, grad.getLoc());
  Value loss = yield->getOperand(0);
  Value seed = expr::splat(b, 1.0, cast<RankedTensorType>(loss.getType())).get();
  // The operations of the region end before this one, also where a scan among them is replaced.
  Operation *first = seed.getDefiningOp();
  backward.adjoints.add(loss, {seed, {}, false});
  if (failed(backward.sweep(first->getPrevNode())))
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
  eraseUnused(first, yield->getPrevNode());
  dissolve();
  return success();
}

/// Is there a gradient inside of an operation, or in what is called there?
bool Grad::takesGradients(Operation *root) {
  return root
      ->walk([&](Operation *op) {
        bool calls =
            isa<CallOp>(op) && differentiating.contains(SymbolTable::lookupNearestSymbolFrom(
                                   op, cast<CallOp>(op).getCalleeAttr()));
        bool takes = op != root && isa<GradOp>(op);
        return calls || takes ? WalkResult::interrupt() : WalkResult::advance();
      })
      .wasInterrupted();
}

LogicalResult Grad::expandAll(Operation *root, Functions *functions) {
  if (takesGradients(root))
    differentiating.insert(root);
  SmallVector<std::pair<GradOp, bool>> grads;
  // Post order: innermost first.
  root->walk([&](GradOp grad) { grads.push_back({grad, takesGradients(grad)}); });
  for (auto [grad, ofGradients] : grads)
    if (failed(Expansion(grad, ofGradients, functions).run()))
      return failure();
  return success();
}

void Grad::runOnOperation() {
  if (auto module = dyn_cast<ModuleOp>(getOperation())) {
    Functions functions(module);
    auto expand = [&](func::FuncOp function) { return expandAll(function, &functions); };
    if (failed(walkCalleesFirst(llvm::to_vector(module.getOps<func::FuncOp>()), expand)))
      return signalPassFailure();
  } else if (failed(expandAll(getOperation(), nullptr))) {
    return signalPassFailure();
  }
  if (keepCustomVjp)
    return;
  // Derivatives of their own have served; inner ones become operations of outer ones.
  getOperation()->walk<WalkOrder::PostOrder>([](CustomVjpOp op) {
    OpBuilder builder(op);
    op.replaceAllUsesWith(cloneBlock(builder, op.getBody().front(), op.getArguments()));
    op.erase();
  });
}
