//===- Inline.cpp - layers into entries --------------------------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Bottom up: a layer's own calls are replaced before it is copied into its callers.
// Random keys are operands, so a copy needs no change of its `fold_key` paths: each
// names its place within its layer, and the key it folds into names the rest.
//
//===----------------------------------------------------------------------===//
#include "ir/OwnDerivative.h"
#include "mlir/IR/IRMapping.h"
#include "passes/CallOrder.h"
#include "passes/Passes.h"

using namespace mlir;
using namespace net;

namespace net {
#define GEN_PASS_DEF_INLINE
#include "passes/Passes.h.inc"
} // namespace net

namespace {
class Inline : public net::impl::InlineBase<Inline> {
  void runOnOperation() override;
  void inlineCall(CallOp call, SymbolTable &symbols);

  bool keepsDerivatives = false; ///< which `net-grad` is going to read
};

/// Where the call stands, under the name of the instance.
Location callerOf(CallOp call) {
  if (auto path = call.getPath())
    return NameLoc::get(StringAttr::get(call.getContext(), *path), call.getLoc());
  return call.getLoc();
}

/// Clones the body to where the builder stands, with callsite locations, and gives what it returns.
SmallVector<Value> cloneBody(func::FuncOp callee, CallOp call, ValueRange arguments, OpBuilder &b) {
  IRMapping mapping;
  Block &body = callee.getBody().front();
  mapping.map(body.getArguments(), arguments);
  Location caller = callerOf(call);
  for (Operation &op : body.without_terminator()) {
    Operation *clone = b.clone(op, mapping);
    clone->walk(
        [&](Operation *inner) { inner->setLoc(CallSiteLoc::get(inner->getLoc(), caller)); });
  }
  SmallVector<Value> values;
  for (Value value : body.getTerminator()->getOperands())
    values.push_back(mapping.lookupOrDefault(value));
  return values;
}

/// A copy of the body as a region.
void fillRegion(Region &region, func::FuncOp callee, CallOp call) {
  OpBuilder b(call.getContext());
  Block *block = b.createBlock(&region);
  for (BlockArgument argument : callee.getArguments())
    block->addArgument(argument.getType(), argument.getLoc());
  SmallVector<Value> values = cloneBody(callee, call, block->getArguments(), b);
  YieldOp::create(b, call.getLoc(), values);
}

/// A call of a function with a derivative of its own: both stay together until `net-grad`.
SmallVector<Value> customVjp(func::FuncOp callee, func::FuncOp derivative, CallOp call) {
  OpBuilder b(call);
  auto op = CustomVjpOp::create(b, call.getLoc(), call.getResultTypes(), call.getArguments());
  fillRegion(op.getBody(), callee, call);
  fillRegion(op.getDerivative(), derivative, call);
  if (callee->hasAttr(surrogateAttribute))
    op->setAttr(surrogateAttribute, b.getUnitAttr());
  return SmallVector<Value>(op.getResults());
}
} // namespace

void Inline::inlineCall(CallOp call, SymbolTable &symbols) {
  auto callee = symbols.lookup<func::FuncOp>(call.getCallee());
  OpBuilder b(call);
  if (func::FuncOp derivative = derivativeOf(callee); derivative && keepsDerivatives)
    call.replaceAllUsesWith(customVjp(callee, derivative, call));
  else
    call.replaceAllUsesWith(cloneBody(callee, call, call.getArguments(), b));
  call.erase();
}

void Inline::runOnOperation() {
  ModuleOp module = getOperation();
  SymbolTable symbols(module);
  keepsDerivatives = module.walk([](GradOp) { return WalkResult::interrupt(); }).wasInterrupted();
  SmallVector<func::FuncOp> entries;
  for (auto function : module.getOps<func::FuncOp>())
    if (!function.isPrivate() && !function.isExternal())
      entries.push_back(function);
  auto inlineInto = [&](func::FuncOp function) {
    SmallVector<CallOp> calls;
    function.walk([&](CallOp call) { calls.push_back(call); });
    for (CallOp call : calls)
      inlineCall(call, symbols);
    return success();
  };
  if (failed(walkCalleesFirst(entries, inlineInto)))
    return signalPassFailure();
  for (auto function : llvm::make_early_inc_range(module.getOps<func::FuncOp>()))
    if (function.isPrivate())
      function.erase();
}
