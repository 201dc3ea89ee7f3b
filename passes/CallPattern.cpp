//===- CallPattern.cpp - what a call's derivative is made for --------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "ir/OwnDerivative.h"
#include "passes/CallBackward.h"

using namespace mlir;
using namespace net;

std::string CallPattern::key() const {
  std::string text;
  for (auto [isActive, isUnbounded] : llvm::zip_equal(active, unbounded))
    text += isUnbounded ? 'u' : isActive ? 'a' : '-';
  for (auto [result, isSupported] : llvm::zip_equal(results, supported)) {
    text += isSupported ? 's' : "nbzv"[static_cast<int>(result.kind)];
    // What blocks is reported where it stands.
    if (result.blocker)
      text += std::to_string(reinterpret_cast<uintptr_t>(result.blocker->loc.getAsOpaquePointer()));
  }
  return text;
}

CallPattern CallPattern::bounded() const {
  CallPattern pattern = *this;
  pattern.unbounded.assign(active.size(), false);
  return pattern;
}

//===-- ways through elementwise operations --------------------------------------------------===//

/// Walks from a value through elementwise operations, and calls of them, to where others begin;
/// true from `visit` ends the search.
static void walkElementwise(Functions &functions, Value from,
                            llvm::function_ref<bool(Value)> visit) {
  SmallVector<Value> pending{from};
  llvm::DenseSet<Value> seen;
  while (!pending.empty()) {
    Value value = pending.pop_back_val();
    if (!isReal(value) || !seen.insert(value).second)
      continue;
    if (visit(value))
      return;
    Operation *op = value.getDefiningOp();
    if (isa_and_nonnull<ScalarOp, TapOp>(op)) {
      llvm::append_range(pending, op->getOperands());
    } else if (auto call = dyn_cast_or_null<CallOp>(op)) {
      unsigned number = cast<OpResult>(value).getResultNumber();
      for (unsigned i : functions.waysOf(functions.calleeOf(call), number).arguments.set_bits())
        pending.push_back(call.getArguments()[i]);
    }
  }
}

/// May a derivative be infinite by which this value's operation multiplies?
static bool isUnboundedAt(Functions &functions, Value value) {
  Operation *op = value.getDefiningOp();
  if (auto call = dyn_cast_or_null<CallOp>(op))
    return functions.waysOf(functions.calleeOf(call), cast<OpResult>(value).getResultNumber())
        .unbounded;
  return isa_and_nonnull<ScalarOp>(op) && !hasFiniteDerivative(op);
}

const ElementwiseWays &Functions::waysOf(func::FuncOp callee, unsigned result) {
  auto key = std::make_pair(callee.getOperation(), result);
  if (auto known = ways.find(key); known != ways.end())
    return known->second;
  ElementwiseWays found;
  Block &body = callee.getBody().front();
  found.arguments.resize(body.getNumArguments());
  if (!derivativeOf(callee)) // its rule is not one of operations
    walkElementwise(*this, body.getTerminator()->getOperand(result), [&](Value value) {
      found.unbounded |= isUnboundedAt(*this, value);
      if (auto argument = dyn_cast<BlockArgument>(value); argument && argument.getOwner() == &body)
        found.arguments.set(argument.getArgNumber());
      return false;
    });
  return ways.emplace(key, std::move(found)).first->second;
}

bool Backward::isUnbounded(Value from) {
  bool found = false;
  walkElementwise(*functions, from, [&](Value value) {
    return found |= unbounded.contains(value) || isUnboundedAt(*functions, value);
  });
  return found;
}

/// What the call's derivative is made for. Supports cross the border of a function only where an
/// infinite derivative waits behind it, so that 0 meets no infinity (`where` around a call, a root
/// under one).
CallPattern Backward::patternOf(CallOp call) {
  CallPattern pattern;
  func::FuncOp callee = functions->calleeOf(call);
  for (Value argument : call.getArguments()) {
    pattern.active.push_back(active.contains(argument));
    pattern.unbounded.push_back(active.contains(argument) && isUnbounded(argument));
  }
  for (auto [i, result] : llvm::enumerate(call.getResults())) {
    pattern.results.push_back(adjoints.of(result).withoutContributions());
    const ElementwiseWays &ways = functions->waysOf(callee, i);
    bool isReached =
        ways.unbounded || llvm::any_of(ways.arguments.set_bits(),
                                       [&](unsigned number) { return pattern.unbounded[number]; });
    pattern.supported.push_back(isReached && adjoints.isSupported(result));
  }
  return pattern;
}
