//===- Reach.cpp - what a gradient can flow to ----------------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/Reach.h"
#include "frontend/Emit.h"
#include "frontend/Slices.h"
#include "ir/OwnDerivative.h"
#include "mlir/Transforms/RegionUtils.h"

using namespace net;

llvm::DenseSet<mlir::Value> Reach::sourcesOf(mlir::Value value, llvm::ArrayRef<mlir::Value> ends,
                                             mlir::Operation *since) {
  llvm::DenseSet<mlir::Value> seen;
  llvm::SmallVector<mlir::Value> todo;
  auto add = [&](mlir::Value v) {
    if (isFloat(elementOf(v.getType())) && seen.insert(v).second && !llvm::is_contained(ends, v))
      todo.push_back(v);
  };
  add(value);
  while (!todo.empty()) {
    mlir::Value next = todo.pop_back_val();
    if (auto argument = llvm::dyn_cast<mlir::BlockArgument>(next))
      if (auto scan = llvm::dyn_cast<ScanOp>(argument.getOwner()->getParentOp());
          scan && argument.getArgNumber() < scan.getSequences().size())
        add(scan.getSequences()[argument.getArgNumber()]); // an element is a part of it
    auto result = llvm::dyn_cast<mlir::OpResult>(next);
    if (!result || llvm::isa<StopGradientOp>(result.getOwner()))
      continue;
    mlir::Operation *op = result.getOwner();
    if (since && precedes(op, since))
      continue;
    if (auto call = llvm::dyn_cast<CallOp>(op)) {
      if (auto callee = module.lookupSymbol<mlir::func::FuncOp>(call.getCallee()))
        for (unsigned argument : argumentsOf(callee, result.getResultNumber()))
          add(op->getOperand(argument));
      continue;
    }
    if (auto scan = llvm::dyn_cast<ScanOp>(op)) {
      for (mlir::Value source : outsideOf(scan, result.getResultNumber()))
        add(source);
      continue;
    }
    if (auto where = llvm::dyn_cast<WhereOp>(op); where && isUntrue(where.getC())) {
      add(where.getB_());
      continue;
    }
    for (mlir::Value operand : op->getOperands())
      add(operand);
    mlir::visitUsedValuesDefinedAbove(op->getRegions(),
                                      [&](mlir::OpOperand *use) { add(use->get()); });
  }
  return seen;
}

bool Reach::isUntrue(mlir::Value value) const {
  while (auto broadcast = value.getDefiningOp<BroadcastOp>())
    value = broadcast.getX();
  return untrue.contains(value);
}

const std::vector<unsigned> &Reach::argumentsOf(mlir::func::FuncOp function, unsigned result) {
  auto [it, isNew] = known.try_emplace({function.getOperation(), result});
  if (!isNew)
    return it->second;
  if (derivativeOf(function)) { // what flows is what the program says, whatever the body does
    for (mlir::BlockArgument argument : function.getArguments())
      if (isFloat(elementOf(argument.getType())))
        it->second.push_back(argument.getArgNumber());
    return it->second;
  }
  mlir::Block &body = function.getBody().front();
  for (mlir::Value source : sourcesOf(body.getTerminator()->getOperand(result)))
    if (auto argument = llvm::dyn_cast<mlir::BlockArgument>(source);
        argument && argument.getOwner() == &body)
      it->second.push_back(argument.getArgNumber());
  return it->second;
}
