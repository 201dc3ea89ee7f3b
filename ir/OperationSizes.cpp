//===- OperationSizes.cpp - the sizes that an operation speaks of ---------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "ir/OperationSizes.h"
#include "ir/NetDialect.h"
#include "ir/Types.h"

using namespace mlir;

void net::forSizes(Operation *op, llvm::function_ref<void(const SizeExpr &)> visit) {
  for (Type type : op->getResultTypes())
    if (isa<RankedTensorType>(type))
      llvm::for_each(shapeOf(type), visit);
  auto visitText = [&](StringRef text) {
    if (auto size = SizeExpr::parse(text))
      visit(*size);
  };
  if (auto size = dyn_cast<SizeOp>(op))
    visitText(size.getExpr());
  else if (auto checked = dyn_cast<CheckedOp>(op))
    visitText(checked.getLimit());
  else if (auto slice = dyn_cast<SliceOp>(op))
    llvm::for_each(slice.getStarts().getShape(), visit);
  else if (auto pad = dyn_cast<PadOp>(op))
    llvm::for_each(pad.getLow().getShape(), visit);
}
