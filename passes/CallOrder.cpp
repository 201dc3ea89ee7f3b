//===- CallOrder.cpp - functions behind what they call --------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "passes/CallOrder.h"
#include "ir/OwnDerivative.h"

using namespace mlir;
using namespace net;

namespace {
class CallOrder {
public:
  explicit CallOrder(llvm::function_ref<LogicalResult(func::FuncOp)> visit) : visit(visit) {}
  LogicalResult walk(func::FuncOp function);

private:
  llvm::function_ref<LogicalResult(func::FuncOp)> visit;
  SymbolTableCollection symbols;
  enum class State { Open, Done };
  DenseMap<Operation *, State> states;
};
} // namespace

LogicalResult CallOrder::walk(func::FuncOp function) {
  auto [entry, inserted] = states.try_emplace(function, State::Open);
  if (!inserted) {
    if (entry->second == State::Done)
      return success();
    return function.emitError("the layer applies itself, directly or through others");
  }
  SmallVector<CallOp> calls;
  function.walk([&](CallOp call) { calls.push_back(call); });
  for (CallOp call : calls) {
    auto callee = symbols.lookupNearestSymbolFrom<func::FuncOp>(call, call.getCalleeAttr());
    if (!callee || callee.isExternal())
      return call.emitError("calls a layer that has no body: '") << call.getCallee() << "'";
    func::FuncOp derivative = derivativeOf(callee);
    if (failed(walk(callee)) || (derivative && failed(walk(derivative))))
      return failure();
  }
  states[function] = State::Done;
  return visit(function);
}

LogicalResult net::walkCalleesFirst(ArrayRef<func::FuncOp> functions,
                                    llvm::function_ref<LogicalResult(func::FuncOp)> visit) {
  CallOrder order(visit);
  for (func::FuncOp function : functions)
    if (failed(order.walk(function)))
      return failure();
  return success();
}
