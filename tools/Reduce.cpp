//===- Reduce.cpp - the smallest program that still fails -----------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "tools/Reduce.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

using namespace mlir;
using namespace net;

namespace {
class Reducer {
public:
  Reducer(ModuleOp module, llvm::function_ref<bool(ModuleOp)> fails)
      : best(module.clone()), fails(fails) {}

  OwningOpRef<ModuleOp> run() {
    dropFunctions();
    for (size_t number = 0; number < functions().size(); ++number) {
      this->number = number;
      dropResults();
      while (stepBack())
        dropResults();
      cutOperations();
    }
    return std::move(best);
  }

private:
  SmallVector<func::FuncOp> functions() { return functionsOf(*best); }
  static SmallVector<func::FuncOp> functionsOf(ModuleOp module) {
    return llvm::to_vector(module.getOps<func::FuncOp>());
  }
  func::FuncOp function() { return functions()[number]; }
  static Operation *returned(func::FuncOp function) {
    return function.getBody().front().getTerminator();
  }

  /// Changes a copy, and keeps it if it is a program that fails.
  bool attempt(llvm::function_ref<void(ModuleOp)> change) {
    OwningOpRef<ModuleOp> smaller = best->clone();
    change(*smaller);
    for (func::FuncOp function : functionsOf(*smaller))
      dropUnused(function);
    ScopedDiagnosticHandler silent(best->getContext(), [](Diagnostic &) { return success(); });
    if (failed(verify(*smaller)) || !fails(*smaller))
      return false;
    best = std::move(smaller);
    return true;
  }
  bool attempt(llvm::function_ref<void(func::FuncOp)> change) {
    return attempt([&](ModuleOp module) { change(functionsOf(module)[number]); });
  }

  static void dropUnused(func::FuncOp function) {
    Block &block = function.getBody().front();
    SmallVector<Operation *> operations;
    for (Operation &op : block.without_terminator())
      operations.push_back(&op);
    for (Operation *op : llvm::reverse(operations))
      if (isOpTriviallyDead(op))
        op->erase();
    llvm::BitVector unused(function.getNumArguments());
    for (BlockArgument argument : block.getArguments())
      if (argument.use_empty())
        unused.set(argument.getArgNumber());
    (void)function.eraseArguments(unused);
  }

  void dropFunctions() {
    for (size_t i = functions().size(); i-- > 0 && functions().size() > 1;)
      attempt([&](ModuleOp module) { functionsOf(module)[i].erase(); });
  }

  void dropResults() {
    for (unsigned i = function().getNumResults(); i-- > 0 && function().getNumResults() > 1;)
      attempt([&](func::FuncOp function) {
        returned(function)->eraseOperand(i);
        (void)function.eraseResult(i);
      });
  }

  /// What a result is computed from is returned in its place.
  bool stepBack() {
    for (unsigned i = 0; i < function().getNumResults(); ++i) {
      Operation *maker = returned(function())->getOperand(i).getDefiningOp();
      bool done = maker && maker->getNumOperands() > 0 && attempt([&](func::FuncOp function) {
                    Operation *last = returned(function);
                    SmallVector<Value> operands(last->getOperand(i).getDefiningOp()->getOperands());
                    last->setOperands(i, 1, operands);
                    (void)function.eraseResult(i);
                    for (auto [k, operand] : llvm::enumerate(operands))
                      (void)function.insertResult(i + k, operand.getType(), {});
                  });
      if (done)
        return true;
    }
    return false;
  }

  size_t operations() { return function().getBody().front().getOperations().size() - 1; }

  /// Runs of operations become arguments, long runs first.
  void cutOperations() {
    for (size_t length = std::max<size_t>(operations() / 2, 1);; length /= 2) {
      for (size_t begin = 0; begin < operations();)
        if (!attempt([&](func::FuncOp function) { cut(function, begin, length); }))
          begin += length;
      if (length <= 1)
        return;
    }
  }

  static void cut(func::FuncOp function, size_t begin, size_t length) {
    Block &block = function.getBody().front();
    auto first = std::next(block.without_terminator().begin(), begin);
    for (auto op = first; length > 0 && op != block.without_terminator().end(); --length) {
      Operation &gone = *op++;
      for (Value result : gone.getResults()) {
        if (result.use_empty())
          continue;
        unsigned at = function.getNumArguments();
        (void)function.insertArgument(at, result.getType(), {}, gone.getLoc());
        result.replaceAllUsesWith(function.getArgument(at));
      }
      gone.erase();
    }
  }

  OwningOpRef<ModuleOp> best;
  llvm::function_ref<bool(ModuleOp)> fails;
  size_t number = 0; ///< of the function that is made smaller
};
} // namespace

OwningOpRef<ModuleOp> net::reduce(ModuleOp module, llvm::function_ref<bool(ModuleOp)> fails) {
  return Reducer(module, fails).run();
}
