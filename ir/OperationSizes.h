//===- OperationSizes.h - the sizes that an operation speaks of -*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef NETC_IR_OPERATIONSIZES_H
#define NETC_IR_OPERATIONSIZES_H

#include "ir/SizeExpr.h"
#include "mlir/IR/Operation.h"

namespace net {

/// The sizes of an operation's results, then those that stand in no type: values, limits, starts,
/// edges. Not those of regions' operations.
void forSizes(mlir::Operation *op, llvm::function_ref<void(const SizeExpr &)> visit);

} // namespace net
#endif // NETC_IR_OPERATIONSIZES_H
