//===- Rows.cpp - what goes through an axis in order -----------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "codegen/Rows.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

using namespace mlir;
using namespace net;

Whole net::operator+(const Whole &a, const Whole &b) {
  return a.with(arith::AddIOp::create(a.pull->builder, a.pull->loc, a.v, b.v));
}
Whole net::operator-(const Whole &a, const Whole &b) {
  return a.with(arith::SubIOp::create(a.pull->builder, a.pull->loc, a.v, b.v));
}
Whole net::operator*(const Whole &a, const Whole &b) {
  return a.with(arith::MulIOp::create(a.pull->builder, a.pull->loc, a.v, b.v));
}
Whole net::min(const Whole &a, const Whole &b) {
  return a.with(arith::MinSIOp::create(a.pull->builder, a.pull->loc, a.v, b.v));
}
Value net::operator<(const Whole &a, const Whole &b) {
  return arith::CmpIOp::create(a.pull->builder, a.pull->loc, arith::CmpIPredicate::slt, a.v, b.v);
}

//===-- memory -------------------------------------------------------------------------------===//

OwnArray::OwnArray(KernelContext &context, const SizeExpr &firstByte, Type element)
    : pull(context.pull), element(element) {
  base =
      LLVM::GEPOp::create(pull.builder, pull.loc, context.own.getType(), pull.builder.getI8Type(),
                          context.own, ArrayRef<LLVM::GEPArg>{pull.size(firstByte)});
}

Value OwnArray::address(Value at) const {
  return LLVM::GEPOp::create(pull.builder, pull.loc, base.getType(), element, base,
                             ArrayRef<LLVM::GEPArg>{at});
}

Value OwnArray::load(Value at) const {
  return LLVM::LoadOp::create(pull.builder, pull.loc, element, address(at),
                              element.getIntOrFloatBitWidth() / 8);
}

void OwnArray::store(Value at, Value v) const {
  LLVM::StoreOp::create(pull.builder, pull.loc, v, address(at),
                        element.getIntOrFloatBitWidth() / 8);
}

Value OwnArray::loadLanes(Value at, Value mask) const {
  auto type = VectorType::get({pull.getWidth()}, element);
  unsigned alignment = element.getIntOrFloatBitWidth() / 8;
  if (!mask)
    return LLVM::LoadOp::create(pull.builder, pull.loc, type, address(at), alignment);
  Value zero = arith::ConstantOp::create(pull.builder, pull.loc, pull.builder.getZeroAttr(type));
  return LLVM::MaskedLoadOp::create(pull.builder, pull.loc, type, address(at), mask, zero,
                                    pull.builder.getI32IntegerAttr(alignment));
}

void OwnArray::storeLanes(Value at, Value v, Value mask) const {
  unsigned alignment = element.getIntOrFloatBitWidth() / 8;
  if (mask)
    LLVM::MaskedStoreOp::create(pull.builder, pull.loc, v, address(at), mask,
                                pull.builder.getI32IntegerAttr(alignment));
  else
    LLVM::StoreOp::create(pull.builder, pull.loc, v, address(at), alignment);
}

//===-- loops --------------------------------------------------------------------------------===//

void net::eachVector(Pull &pull, const Whole &low, const Whole &high,
                     llvm::function_ref<void(const Whole &, Value)> body) {
  Value width = pull.size(SizeExpr(pull.getWidth()));
  Whole rest =
      low.with(arith::RemSIOp::create(pull.builder, pull.loc, (high - low).v, width).getResult());
  Whole end = high - rest;
  pull.loop(low.v, end.v, pull.getWidth(), SizeExpr::invalid(),
            [&](Index i) { body(low.with(pull.materialize(i).v), {}); });
  pull.when(Whole(pull, SizeExpr(0)) < rest, [&] { body(end, pull.firstLanes(rest.v).v); });
}

void net::eachVector(Pull &pull, const SizeExpr &n, llvm::function_ref<void(const Index &)> body) {
  SizeExpr width(pull.getWidth()), whole = n.floorDiv(width) * width, rest = n - whole;
  if (whole != SizeExpr(0))
    pull.loop(pull.size(0), pull.size(whole), pull.getWidth(), SizeExpr::invalid(),
              [&](Index i) { body(pull.lanesFrom(i, n)); });
  if (rest == SizeExpr(0))
    return;
  auto tail = [&] {
    auto outer = pull.setMask(pull.maskAnd(pull.firstLanes(pull.size(rest))));
    body(pull.lanesFrom(Index(whole), n));
    pull.setMask(outer);
  };
  if (rest.constant())
    tail();
  else
    pull.when(Whole(pull, SizeExpr(0)) < Whole(pull, rest), tail);
}

Shape net::beside(Shape shape, size_t first, size_t count) {
  shape.erase(shape.begin() + first, shape.begin() + first + count);
  return shape;
}

Place net::inRow(ArrayRef<Index> beside, int64_t axis, const Index &position) {
  SmallVector<Index> indices(beside);
  indices.insert(indices.begin() + axis, position);
  return Place(indices);
}
