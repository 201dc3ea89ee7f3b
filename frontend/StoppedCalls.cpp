//===- StoppedCalls.cpp - calls in turns that may not be taken ------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Behind a `stop when` the rest of a turn is computed all the same, and its values are not taken;
// an index out of range must not be complained of there. In the body of the scan itself the
// index is chosen where it is checked; a function that is called there is copied, with a truth
// value more that says whether its values are taken.
//
//===----------------------------------------------------------------------===//
#include "frontend/StoppedCalls.h"
#include "ir/OwnDerivative.h"

using namespace net;

static bool mayBeZero(const SizeExpr &size) { return size.constant().value_or(0) < 1; }

mlir::Value net::askedIndex(Emit &e, mlir::Value index, const SizeExpr &size) {
  if (!mayBeZero(size))
    return index;
  mlir::Type element = elementOf(index.getType());
  Shape shape = shapeOf(index.getType());
  mlir::Value isBehind = e.compare<EqOp>(index, e.fill(e.size(size, element), shape));
  return WhereOp::create(e.builder, e.loc, index.getType(), isBehind, e.fill(-1, element, shape),
                         index);
}

SizeExpr net::askedLimit(const SizeExpr &size) {
  return mayBeZero(size) ? size + SizeExpr(1) : size;
}

static void chooseIndex(CheckedOp check, mlir::Value stopped) {
  mlir::OpBuilder builder(check);
  Emit e(builder, check.getLoc());
  mlir::Type type = check.getType();
  mlir::Value none = e.fill(0, elementOf(type), shapeOf(type)),
              all = e.broadcast(stopped, shapeOf(type));
  SizeExpr limit = *SizeExpr::parse(check.getLimit());
  mlir::Value asked = askedIndex(e, check->getOperand(0), limit);
  check->setOperand(0, WhereOp::create(builder, e.loc, type, all, none, asked));
  check.setLimit(askedLimit(limit).str());
}

namespace {
class Stopper {
public:
  explicit Stopper(mlir::ModuleOp module) : module(module) {}

  void stop(CallOp call, mlir::Value stopped) {
    mlir::func::FuncOp callee = calleeOf(call);
    if (!checks(callee))
      return;
    call.getArgumentsMutable().append(stopped);
    call.setCallee(stoppable(callee).getName());
  }

private:
  mlir::func::FuncOp calleeOf(CallOp call) {
    return module.lookupSymbol<mlir::func::FuncOp>(call.getCallee());
  }

  /// Does it check an index, it or what it calls? A derivative that the program gives takes what
  /// its function takes: both stay as they are.
  bool checks(mlir::func::FuncOp function) {
    auto [it, isNew] = known.try_emplace(function, false);
    if (!isNew || derivativeOf(function))
      return it->second;
    auto found = function.walk([&](mlir::Operation *op) {
      auto call = llvm::dyn_cast<CallOp>(op);
      bool here = llvm::isa<CheckedOp>(op) || (call && checks(calleeOf(call)));
      return here ? mlir::WalkResult::interrupt() : mlir::WalkResult::advance();
    });
    return known[function] = found.wasInterrupted();
  }

  /// The function with a truth value more, made once.
  mlir::func::FuncOp stoppable(mlir::func::FuncOp function) {
    std::string name = (function.getName() + ".stoppable").str();
    if (auto made = module.lookupSymbol<mlir::func::FuncOp>(name))
      return made;
    mlir::func::FuncOp copy = function.clone();
    copy.setName(name);
    module.push_back(copy);
    unsigned last = copy.getNumArguments();
    mlir::Type truth = tensorOf(mlir::IntegerType::get(module.getContext(), 1), {});
    (void)copy.insertArgument(last, truth, {}, function.getLoc());
    mlir::Value stopped = copy.getArgument(last);
    copy.walk([&](mlir::Operation *op) {
      if (auto check = llvm::dyn_cast<CheckedOp>(op))
        chooseIndex(check, stopped);
      else if (auto call = llvm::dyn_cast<CallOp>(op))
        stop(call, stopped);
    });
    return copy;
  }

  mlir::ModuleOp module;
  llvm::DenseMap<mlir::Operation *, bool> known;
};
} // namespace

void net::callStopped(mlir::ModuleOp module, CallOp call, mlir::Value stopped) {
  Stopper(module).stop(call, stopped);
}
