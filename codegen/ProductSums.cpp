//===- ProductSums.cpp - sums between two blocks of terms -----------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "codegen/ProductSums.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

using namespace mlir;
using namespace net;

ProductSums::ProductSums(const ProductForm &form, const ProductPlan &plan, Type element)
    : form(form), pitches(form.loops.size(), SizeExpr(0)), total(0) {
  if (plan.blockLoop < 0)
    return;
  // The last vector of the lanes is whole here.
  SizeExpr lanes = plan.most(form, form.laneLoop) + SizeExpr(plan.panel() - 1);
  total = lanes.floorDiv(SizeExpr(plan.panel())) * SizeExpr(plan.panel());
  pitches[form.laneLoop] = SizeExpr(1);
  for (size_t i = form.loops.size(); i-- > 0;) {
    if (i == form.laneLoop || form.loops[i].kind == ProductLoop::Sum)
      continue;
    pitches[i] = total;
    total = total * plan.most(form, i);
  }
  total = total * SizeExpr(registerType(element).getIntOrFloatBitWidth() / 8);
}

void ProductSums::clear(Pull &pull, Value pointer) const {
  OpBuilder &b = pull.builder;
  Value zero = arith::ConstantOp::create(b, pull.loc, b.getI8IntegerAttr(0));
  LLVM::MemsetOp::create(b, pull.loc, pointer, zero, pull.size(total), /*isVolatile=*/false);
}

Index ProductSums::at(ArrayRef<Index> turns, const Index &lane) const {
  Index index = lane;
  for (auto [i, pitch] : llvm::enumerate(pitches))
    if (i != form.laneLoop && pitch != SizeExpr(0))
      index = index + turns[i] * pitch;
  return index;
}
