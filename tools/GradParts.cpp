//===- GradParts.cpp - a gradient as functions ----------------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "tools/GradParts.h"
#include "ir/Reads.h"
#include "mlir/IR/IRMapping.h"
#include "llvm/ADT/SetVector.h"

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

func::FuncOp net::takeGradient(func::FuncOp entry, size_t number) {
  func::FuncOp gradient =
      cutAfter(entry, number, ("check_grad_" + llvm::Twine(number) + "_gradient").str());
  GradOp grad = gradNumber(gradient, number);
  auto taps = grad.getBody().front().getOps<TapOp>();
  size_t count = grad.getWrt().size() + static_cast<size_t>(llvm::range_size(taps));
  finish(gradient, grad.getResults().take_front(count));
  return gradient;
}

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
  parts.gradient = takeGradient(entry, number);
  parts.point = cutAfter(entry, number, prefix + "_point");
  GradOp last = gradNumber(parts.point, number);
  finish(parts.point, last.getWrt());
  last.erase();
  return parts;
}

//===-- slices -------------------------------------------------------------------------------===//

/// The operations between a value and the result, in order.
static SmallVector<Operation *> between(Value moved, Value result, Block &block) {
  llvm::DenseSet<Value> dependent = {moved}, needed = {result};
  SmallVector<Operation *> forward, both;
  for (Operation &op : block.without_terminator())
    if (!isa<StopGradientOp>(op) &&
        llvm::any_of(valuesReadBy(&op), [&](Value v) { return dependent.contains(v); })) {
      dependent.insert(op.result_begin(), op.result_end());
      forward.push_back(&op);
    }
  for (Operation *op : llvm::reverse(forward))
    if (llvm::any_of(op->getResults(), [&](Value v) { return needed.contains(v); })) {
      needed.insert_range(valuesReadBy(op));
      both.push_back(op);
    }
  std::reverse(both.begin(), both.end());
  return both;
}

LossSlice net::sliceOf(func::FuncOp loss, Value moved, const llvm::Twine &name) {
  Block &block = loss.getBody().front();
  Value result = block.getTerminator()->getOperand(0);
  SmallVector<Operation *> ops = between(moved, result, block);
  llvm::DenseSet<Value> computed = {moved};
  llvm::SetVector<Value> constants;
  auto use = [&](Value value) {
    if (!computed.contains(value))
      constants.insert(value);
  };
  for (Operation *op : ops) {
    llvm::for_each(valuesReadBy(op), use);
    computed.insert(op->result_begin(), op->result_end());
  }
  use(result);
  SmallVector<Type> types = {moved.getType()};
  for (Value value : constants)
    types.push_back(value.getType());
  OpBuilder b = OpBuilder::atBlockEnd(loss->getBlock());
  auto function = func::FuncOp::create(b, loss.getLoc(), name.str(),
                                       b.getFunctionType(types, result.getType()));
  b.setInsertionPointToEnd(function.addEntryBlock());
  IRMapping mapping;
  mapping.map(moved, function.getArgument(0));
  for (auto [i, value] : llvm::enumerate(constants))
    mapping.map(value, function.getArgument(i + 1));
  for (Operation *op : ops)
    b.clone(*op, mapping);
  func::ReturnOp::create(b, loss.getLoc(), mapping.lookup(result));
  return {function, SmallVector<Value>(constants.begin(), constants.end())};
}

//===-- work ---------------------------------------------------------------------------------===//

/// How many numbers are multiplied and added for each element of the result.
static double depthOf(Operation *op, const SizeValues &sizes) {
  auto sizeOf = [&](Value value, size_t axis) {
    return static_cast<double>(shapeOf(value.getType())[axis].evaluate(sizes).value_or(1));
  };
  double depth = 1;
  if (auto einsum = dyn_cast<EinsumOp>(op)) {
    auto [inputs, output] = einsum.getSpec().split("->");
    for (auto [axis, letter] : llvm::enumerate(inputs.split(',').first))
      depth *= output.contains(letter) ? 1 : sizeOf(einsum.getA(), axis);
  } else if (auto conv = dyn_cast<ConvOp>(op)) {
    for (int64_t axis = 0; axis + 1 < conv.getW().getType().getRank(); ++axis)
      depth *= sizeOf(conv.getW(), axis);
  }
  return depth;
}

static double workOf(Block &block, const SizeValues &sizes) {
  double work = 0;
  for (Operation &op : block.without_terminator()) {
    if (auto scan = dyn_cast<ScanOp>(op)) {
      double turns = scan.length().evaluate(sizes).value_or(0);
      work += turns * workOf(scan.getBody().front(), sizes);
      continue;
    }
    for (Value result : op.getResults()) {
      auto count = product(shapeOf(result.getType())).evaluate(sizes);
      work += static_cast<double>(count.value_or(0)) * depthOf(&op, sizes);
    }
  }
  return work;
}

double net::workOf(func::FuncOp function, const SizeValues &sizes) {
  return ::workOf(function.getBody().front(), sizes);
}
