//===- ProductFinish.cpp - what follows a product, as a loop --------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "codegen/ProductFinish.h"
#include "codegen/ProductPack.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

using namespace mlir;
using namespace net;

/// Operations for a vector from which on a loop pays: more than a bias with a rectifier or the
/// derivative of tanh, less than an activation by a polynomial or an optimizer with moments.
static constexpr int64_t enough = 8;

/// How many operations the scalar body of an elementwise operation becomes.
static int64_t lengthOf(ScalarOp op) {
  Block block;
  OpBuilder b(op->getContext());
  b.setInsertionPointToEnd(&block);
  SmallVector<Lane> lanes;
  for (Value operand : op->getOperands()) {
    Type element = elementOf(operand.getType());
    Value v = block.addArgument(registerType(element), op->getLoc());
    lanes.emplace_back(b, op->getLoc(), element, v);
  }
  op.emit(lanes);
  return llvm::count_if(block, [](Operation &o) { return !isa<arith::ConstantOp>(o); });
}

ProductFinish::ProductFinish(const KernelInfo &info, Value root) {
  llvm::DenseSet<Value> behind = {root};
  int64_t length = 0;
  for (Operation &op : KernelOp(info.kernel).getBody().front()) {
    if (llvm::none_of(op.getOperands(), [&](Value v) { return behind.contains(v); }))
      continue;
    behind.insert_range(op.getResults());
    if (auto scalar = dyn_cast<ScalarOp>(op))
      length += lengthOf(scalar);
  }
  longEnough = length >= enough;
}

/// Room for a tile, for the time of a call.
static Value onStack(KernelContext &context, VectorType type, int64_t vectors) {
  Pull &pull = context.pull;
  OpBuilder b = OpBuilder::atBlockBegin(context.begin.getParentBlock());
  Value count = arith::ConstantOp::create(b, pull.loc, b.getI64IntegerAttr(vectors));
  unsigned bytes = type.getNumElements() * type.getElementTypeBitWidth() / 8;
  return LLVM::AllocaOp::create(b, pull.loc, LLVM::LLVMPointerType::get(b.getContext()), type,
                                count, bytes);
}

void ProductFinish::forRows(KernelContext &context, ArrayRef<int64_t> extents,
                            ArrayRef<Value> totals, Row row) const {
  Pull &pull = context.pull;
  auto type = cast<VectorType>(totals[0].getType());
  int64_t rows = 1;
  for (int64_t extent : extents)
    rows *= extent;
  int64_t width = type.getNumElements(), vectors = totals.size() / rows;
  Value memory = onStack(context, type, totals.size());
  for (auto [i, total] : llvm::enumerate(totals))
    storePacked(pull, memory, total, Index(i * width));
  SmallVector<Index> turns(extents.size(), Index());
  std::function<void(size_t, Index)> nest = [&](size_t loop, Index before) {
    if (loop < extents.size())
      return pull.loop(SizeExpr(extents[loop]), [&](Index i) {
        turns[loop] = i;
        nest(loop + 1, before * SizeExpr(extents[loop]) + i);
      });
    SmallVector<Value> own;
    for (int64_t v = 0; v < vectors; ++v)
      own.push_back(
          loadPacked(pull, memory, type, before * SizeExpr(vectors * width) + Index(v * width)));
    row(turns, own);
  };
  nest(0, Index());
}
