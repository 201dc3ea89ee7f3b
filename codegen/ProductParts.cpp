//===- ProductParts.cpp - a product's sum, cut into parts -----------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "codegen/ProductParts.h"
#include "codegen/ProductFinish.h"
#include "codegen/ProductPack.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace net;

static constexpr int64_t together = 4; ///< vectors of a chunk when parts are added

Value net::pointerBehind(Pull &pull, Value pointer, const Index &offset) {
  return LLVM::GEPOp::create(pull.builder, pull.loc, pointer.getType(), pull.builder.getI8Type(),
                             pointer, ArrayRef<LLVM::GEPArg>{pull.materialize(offset).v});
}

Value net::scratchAt(KernelContext &context, const Index &offset) {
  return pointerBehind(context.pull, context.scratch, offset);
}

SizeExpr ProductParts::outputs() const { return product(shapeOf(root.getType())); }

void ProductParts::store(KernelContext &context, const Index &part, const Place &at, Value value,
                         Value mask) const {
  Index index = part * outputs() + at.linear(shapeOf(root.getType()));
  storePacked(context.pull, scratchAt(context, Index(offset)), value, index, mask);
}

SizeExpr ProductParts::chunks() const {
  SizeExpr block(together * width);
  return (outputs() + block - SizeExpr(1)).floorDiv(block);
}

void ProductParts::add(KernelContext &context) const {
  Pull &pull = context.pull;
  OpBuilder &b = pull.builder;
  SizeExpr block(together * width);
  pull.loop(context.begin, context.end, 1, chunks(), [&](Index chunk) {
    pull.setChunk(chunk);
    Value left =
        arith::SubIOp::create(b, pull.loc, pull.size(outputs()), pull.materialize(chunk * block).v);
    if (divides(block, outputs()))
      return addRun(context, chunk * block, {});
    Value full =
        arith::CmpIOp::create(b, pull.loc, arith::CmpIPredicate::sge, left, pull.size(block));
    pull.when(full, [&] { addRun(context, chunk * block, {}); });
    Value partly =
        arith::CmpIOp::create(b, pull.loc, arith::CmpIPredicate::slt, left, pull.size(block));
    pull.when(partly, [&] { addRun(context, chunk * block, left); });
  });
}

static Value loadMasked(Pull &pull, Value pointer, VectorType type, const Index &index, Value mask,
                        Value zero) {
  Value offset = pull.materialize(index).v;
  Value at = LLVM::GEPOp::create(pull.builder, pull.loc, pointer.getType(), type.getElementType(),
                                 pointer, ArrayRef<LLVM::GEPArg>{offset});
  unsigned alignment = type.getElementTypeBitWidth() / 8;
  return LLVM::MaskedLoadOp::create(pull.builder, pull.loc, type, at, mask, zero,
                                    pull.builder.getI32IntegerAttr(alignment));
}

/// A chunk; `left`: how many elements there are, if fewer than a chunk's.
void ProductParts::addRun(KernelContext &context, const Index &first, Value left) const {
  Pull &pull = context.pull;
  OpBuilder &b = pull.builder;
  Type element = elementOf(root.getType());
  SmallVector<Index> at;
  SmallVector<Element> masks;
  for (int64_t v = 0; v < together; ++v) {
    at.push_back(pull.lanesFrom(first + Index(v * width), outputs()));
    Value own;
    if (left)
      own = arith::SubIOp::create(b, pull.loc, left, pull.size(SizeExpr(v * width)));
    masks.push_back(left ? pull.firstLanes(own) : Element{});
  }
  Value pointer = scratchAt(context, Index(offset));
  auto type = VectorType::get({width}, registerType(element));
  Value zero = pull.splat(pull.zero(element)).v;
  SmallVector<Value> init(together, zero);
  auto sums = pull.loop(count, init, [&](Index part, ValueRange carried) {
    SmallVector<Value> next;
    for (int64_t v = 0; v < together; ++v) {
      Index index = part * outputs() + at[v];
      index.lane = SizeExpr(0);
      Value own = masks[v].v ? loadMasked(pull, pointer, type, index, masks[v].v, zero)
                             : loadPacked(pull, pointer, type, index);
      next.push_back(arith::AddFOp::create(b, pull.loc, carried[v], own));
    }
    return next;
  });
  auto finish = [&](const Index &v, Value sum) {
    unsigned rank = shapeOf(root.getType()).size();
    Index lanes = v * SizeExpr(width);
    Pull::Mask outer = pull.getMask();
    if (left) {
      Value behind = arith::SubIOp::create(b, pull.loc, left, pull.materialize(lanes).v);
      pull.setMask(pull.maskAnd(pull.firstLanes(behind)));
    }
    context.finish(root, Place::flat(pull.lanesFrom(first + lanes, outputs()), rank),
                   narrow(b, pull.loc, sum, element));
    pull.setMask(outer);
  };
  ProductFinish following(context.info, root);
  if (following.isLong())
    return following.forRows(context, {together}, sums,
                             [&](ArrayRef<Index> v, ArrayRef<Value> own) { finish(v[0], own[0]); });
  for (int64_t v = 0; v < together; ++v)
    finish(Index(v), sums[v]);
}
