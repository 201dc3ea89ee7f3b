//===- StoppedCalls.h - calls in turns that may not be taken ----*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef NETC_FRONTEND_STOPPEDCALLS_H
#define NETC_FRONTEND_STOPPEDCALLS_H

#include "ir/NetDialect.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace net {

/// A call behind a `stop when`: what is called gets a truth value more, whether the turn has been
/// stopped, and then looks at no index. Nothing is changed where nothing is looked at.
void callStopped(mlir::ModuleOp module, CallOp call, mlir::Value stopped);

} // namespace net
#endif // NETC_FRONTEND_STOPPEDCALLS_H
