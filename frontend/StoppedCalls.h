//===- StoppedCalls.h - calls in turns that may not be taken ----*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef NETC_FRONTEND_STOPPEDCALLS_H
#define NETC_FRONTEND_STOPPEDCALLS_H

#include "frontend/Emit.h"
#include "ir/NetDialect.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace net {

/// Turns that are not taken look up position 0, which no check may refuse, though an axis may have
/// no elements: the check is then one for a size more, where the position behind the last has
/// become -1 in all other turns.
mlir::Value askedIndex(Emit &e, mlir::Value index, const SizeExpr &size);
SizeExpr askedLimit(const SizeExpr &size);

/// A call behind a `stop when`: what is called gets a truth value more, whether the turn has been
/// stopped, and then looks at no index. Nothing is changed where nothing is looked at.
void callStopped(mlir::ModuleOp module, CallOp call, mlir::Value stopped);

} // namespace net
#endif // NETC_FRONTEND_STOPPEDCALLS_H
