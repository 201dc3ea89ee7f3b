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
#include "mlir/IR/IRMapping.h"
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
  LogicalResult inlineInto(func::FuncOp function, SymbolTable &symbols);
  LogicalResult inlineCall(CallOp call, SymbolTable &symbols);

  enum class State { Open, Done };
  DenseMap<Operation *, State> states;
};

/// Where the call stands, under the name of the instance.
Location callerOf(CallOp call) {
  if (auto path = call.getPath())
    return NameLoc::get(StringAttr::get(call.getContext(), *path), call.getLoc());
  return call.getLoc();
}

/// Clones the body before the call, with callsite locations, and gives what it returns.
SmallVector<Value> cloneBody(func::FuncOp callee, CallOp call) {
  OpBuilder b(call);
  IRMapping mapping;
  Block &body = callee.getBody().front();
  mapping.map(body.getArguments(), call.getArguments());
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
} // namespace

LogicalResult Inline::inlineCall(CallOp call, SymbolTable &symbols) {
  auto callee = symbols.lookup<func::FuncOp>(call.getCallee());
  if (!callee || callee.isExternal())
    return call.emitError("calls a layer that has no body: '") << call.getCallee() << "'";
  if (failed(inlineInto(callee, symbols)))
    return failure();
  call.replaceAllUsesWith(cloneBody(callee, call));
  call.erase();
  return success();
}

LogicalResult Inline::inlineInto(func::FuncOp function, SymbolTable &symbols) {
  auto [entry, inserted] = states.try_emplace(function, State::Open);
  if (!inserted) {
    if (entry->second == State::Done)
      return success();
    return function.emitError("the layer applies itself, directly or through others");
  }
  SmallVector<CallOp> calls;
  function.walk([&](CallOp call) { calls.push_back(call); });
  for (CallOp call : calls)
    if (failed(inlineCall(call, symbols)))
      return failure();
  states[function] = State::Done;
  return success();
}

void Inline::runOnOperation() {
  ModuleOp module = getOperation();
  SymbolTable symbols(module);
  states.clear();
  for (auto function : module.getOps<func::FuncOp>())
    if (!function.isPrivate() && !function.isExternal() && failed(inlineInto(function, symbols)))
      return signalPassFailure();
  for (auto function : llvm::make_early_inc_range(module.getOps<func::FuncOp>()))
    if (function.isPrivate())
      function.erase();
}
