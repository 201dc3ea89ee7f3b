//===- GradParts.cpp - a gradient as functions ----------------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "tools/GradParts.h"
#include "ir/Interpreter.h"

using namespace mlir;
using namespace net;

namespace {
GradOp gradNumber(func::FuncOp function, size_t number) {
  auto grads = function.getBody().front().getOps<GradOp>();
  return *std::next(grads.begin(), number);
}

/// A copy of the entry that ends before what follows its gradient.
func::FuncOp cutAfter(func::FuncOp entry, size_t number, const llvm::Twine &name) {
  func::FuncOp copy = entry.clone();
  copy.setName(name.str());
  copy->removeAttr("net.entry");
  copy.removeResAttrsAttr();
  entry->getParentOfType<ModuleOp>().push_back(copy);
  GradOp grad = gradNumber(copy, number);
  while (&grad->getBlock()->back() != grad)
    grad->getBlock()->back().erase();
  return copy;
}

void finish(func::FuncOp function, ValueRange results) {
  OpBuilder b = OpBuilder::atBlockEnd(&function.getBody().front());
  func::ReturnOp::create(b, function.getLoc(), results);
  function.setFunctionType(
      b.getFunctionType(function.getBody().getArgumentTypes(), results.getTypes()));
}

Value addArgument(func::FuncOp function, Type type, Location loc) {
  unsigned number = function.getNumArguments();
  (void)function.insertArgument(number, type, {}, loc);
  return function.getArgument(number);
}

/// The loss as a function of the entry's arguments, then of the wanted values.
func::FuncOp makeLoss(func::FuncOp entry, size_t number, const llvm::Twine &name) {
  func::FuncOp function = cutAfter(entry, number, name);
  GradOp grad = gradNumber(function, number);
  Block &body = grad.getBody().front();
  for (BlockArgument argument : body.getArguments())
    argument.replaceAllUsesWith(addArgument(function, argument.getType(), argument.getLoc()));
  for (TapOp tap : llvm::make_early_inc_range(body.getOps<TapOp>())) {
    OpBuilder b(tap);
    Value change = addArgument(function, tap.getType(), tap.getLoc());
    tap.replaceAllUsesWith(AddOp::create(b, tap.getLoc(), tap.getX(), change).getResult());
    tap.erase();
  }
  Value loss = body.getTerminator()->getOperand(0);
  body.getTerminator()->erase();
  grad->getBlock()->getOperations().splice(grad->getIterator(), body.getOperations());
  grad.erase();
  finish(function, loss);
  return function;
}

std::string nameOf(func::FuncOp entry, Value value) {
  if (auto argument = dyn_cast<BlockArgument>(value))
    if (argument.getOwner() == &entry.getBody().front())
      for (const char *attr : {"net.var", "net.column", "net.whole", "net.arg"})
        if (auto name = entry.getArgAttrOfType<StringAttr>(argument.getArgNumber(), attr))
          return name.str();
  std::string place = placeOf(value.getLoc());
  return str(value.getType()) + (place.empty() ? "" : " of " + place);
}
} // namespace

GradParts net::takeApart(func::FuncOp entry, size_t number) {
  GradParts parts;
  std::string prefix = ("check_grad_" + llvm::Twine(number)).str();
  GradOp grad = gradNumber(entry, number);
  for (Value value : grad.getWrt()) {
    parts.names.push_back(nameOf(entry, value));
    parts.types.push_back(value.getType());
  }
  for (TapOp tap : grad.getBody().front().getOps<TapOp>()) {
    parts.names.push_back(nameOf(entry, tap.getX()));
    parts.types.push_back(tap.getType());
  }
  parts.loss = makeLoss(entry, number, prefix + "_loss");
  parts.gradient = cutAfter(entry, number, prefix + "_gradient");
  finish(parts.gradient,
         gradNumber(parts.gradient, number).getResults().take_front(parts.types.size()));
  parts.point = cutAfter(entry, number, prefix + "_point");
  GradOp last = gradNumber(parts.point, number);
  finish(parts.point, last.getWrt());
  last.erase();
  return parts;
}
