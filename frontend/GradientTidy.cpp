//===- GradientTidy.cpp - derivatives, as one would write them ------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/GradientTidy.h"
#include "ir/NetDialect.h"
#include "ir/OwnDerivative.h"
#include "ir/ValueNames.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Iterators.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace net;

void net::withoutUnread(ModuleOp module) {
  // Readers before what they read, and what is inside of an operation before the operation.
  module.walk<WalkOrder::PostOrder, ReverseIterator>([&](Operation *op) {
    if (isOpTriviallyDead(op))
      return op->erase();
    auto call = dyn_cast<CallOp>(op);
    if (!call)
      return;
    auto callee = module.lookupSymbol<func::FuncOp>(call.getCallee());
    Block &body = callee.getBody().front();
    if (!llvm::hasSingleElement(body) || derivativeOf(callee))
      return;
    for (auto [result, inside] : llvm::zip(call.getResults(), body.getTerminator()->getOperands()))
      result.replaceAllUsesWith(call.getArguments()[cast<BlockArgument>(inside).getArgNumber()]);
    call.erase();
  });
}

/// A copy of a copy is a copy of what that one copies.
static void copyOnce(BroadcastOp op) {
  auto before = op.getX().getDefiningOp<BroadcastOp>();
  if (!before)
    return;
  op.setAxes(
      llvm::map_to_vector(before.getAxes(), [&](int64_t axis) { return op.getAxes()[axis]; }));
  op.getXMutable().assign(before.getX());
}

/// Elementwise operations on copies alone are done once, on what is copied: the copies are then
/// mostly those that broadcasting makes by itself.
static void copyLate(ScalarOp op) {
  auto copies = llvm::map_to_vector(
      op->getOperands(), [](mlir::Value value) { return value.getDefiningOp<BroadcastOp>(); });
  if (copies.empty() || llvm::is_contained(copies, nullptr))
    return;
  // All of them along the same axes, or numbers along all.
  auto rank = [](BroadcastOp copy) { return copy.getAxes().size(); };
  BroadcastOp widest =
      *llvm::max_element(copies, [&](BroadcastOp a, BroadcastOp b) { return rank(a) < rank(b); });
  Shape shape = shapeOf(widest.getX().getType());
  OpBuilder b(op);
  auto ofShape = [&](Type type) { return tensorOf(elementOf(type), shape); };
  SmallVector<mlir::Value> copied;
  for (BroadcastOp copy : copies) {
    mlir::Value x = copy.getX();
    if (copy.getAxes() == widest.getAxes() && shapeOf(x.getType()) == shape)
      copied.push_back(x);
    else if (copy.getAxes().empty())
      copied.push_back(
          BroadcastOp::create(b, copy.getLoc(), ofShape(x.getType()), x, ArrayRef<int64_t>()));
    else
      return;
  }
  Type type = op->getResult(0).getType();
  Operation *once = b.clone(*op);
  once->setOperands(copied);
  once->getResult(0).setType(ofShape(type));
  auto copy =
      BroadcastOp::create(b, withoutName(op->getLoc()), type, once->getResult(0), widest.getAxes());
  op->getResult(0).replaceAllUsesWith(copy);
  op->erase();
}

/// A shape of a shape is the last one.
static void reshapeOnce(ReshapeOp op) {
  if (auto before = op.getX().getDefiningOp<ReshapeOp>())
    op.getXMutable().assign(before.getX());
  if (op.getX().getType() != op.getType())
    return;
  op.getResult().replaceAllUsesWith(op.getX());
  op.erase();
}

/// Axes changed twice are changed once, or not at all.
static void transposeOnce(TransposeOp op) {
  auto before = op.getX().getDefiningOp<TransposeOp>();
  if (!before)
    return;
  op.setOrder(
      llvm::map_to_vector(op.getOrder(), [&](int64_t axis) { return before.getOrder()[axis]; }));
  op.getXMutable().assign(before.getX());
  if (!llvm::equal(op.getOrder(), llvm::seq<int64_t>(0, op.getOrder().size())))
    return;
  op.getResult().replaceAllUsesWith(op.getX());
  op.erase();
}

/// Is a value the number one, or copies of it?
static bool isOne(mlir::Value value) {
  if (auto copy = value.getDefiningOp<BroadcastOp>())
    value = copy.getX();
  auto constant = value.getDefiningOp<ConstantOp>();
  auto number = constant ? dyn_cast<DenseFPElementsAttr>(constant.getValue()) : nullptr;
  return number && number.isSplat() && number.getSplatValue<APFloat>().isExactlyValue(1);
}

/// The product with one is the other factor, to the bit; a cotangent stays where its name would be
/// lost.
static bool dropOne(MulOp op) {
  mlir::Value one = op.getA(), other = op.getB_();
  if (!isOne(one))
    std::swap(one, other);
  std::string name = nameOf(op.getResult());
  bool nameless = other.getDefiningOp() && other.hasOneUse() && nameOf(other).empty();
  if (!isOne(one) || !(name.empty() || nameless))
    return false;
  setName(other, name);
  op.getResult().replaceAllUsesWith(other);
  op.erase();
  return true;
}

void net::readable(ModuleOp module) {
  module.walk([](Operation *op) {
    if (auto product = dyn_cast<MulOp>(op); product && dropOne(product))
      return;
    TypeSwitch<Operation *>(op)
        .Case<BroadcastOp>(copyOnce)
        .Case<ReshapeOp>(reshapeOnce)
        .Case<TransposeOp>(transposeOnce)
        .Case<ScalarOp>(copyLate);
  });
}
