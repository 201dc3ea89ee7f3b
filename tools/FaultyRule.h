//===- FaultyRule.h - the derivative that is not its function's -*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef NETC_TOOLS_FAULTYRULE_H
#define NETC_TOOLS_FAULTYRULE_H

#include "ir/Interpreter.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace net {

/// The first operation of a function whose derivative disagrees with dual numbers at the values
/// that the operation has there, with its source line and both figures; or a sentence that there is
/// none. A derivative that the program gives (`net.custom_vjp`) is compared with its own function.
/// Errors are of the interpreter.
llvm::Expected<std::string> faultyRule(mlir::func::FuncOp function, llvm::ArrayRef<Array> point,
                                       const SizeValues &sizes, uint64_t seed);

} // namespace net
#endif // NETC_TOOLS_FAULTYRULE_H
