//===- OwnDerivative.h - functions with rules of their own ------*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef NETC_IR_OWNDERIVATIVE_H
#define NETC_IR_OWNDERIVATIVE_H

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace net {

/// The attribute of a function that names the one which computes its cotangents: of the real
/// arguments, from all arguments and a cotangent for each real result.
inline constexpr llvm::StringLiteral derivativeAttribute = "net.derivative";

/// A unit attribute of such a function: the rule is no derivative, and is not compared with one.
inline constexpr llvm::StringLiteral surrogateAttribute = "net.surrogate";

/// An attribute of a module: the rules of functions that nothing calls, by name and place. They are
/// not there, as no call says of which types.
inline constexpr llvm::StringLiteral uncalledAttribute = "net.uncalled_derivatives";

/// That function, or null.
mlir::func::FuncOp derivativeOf(mlir::func::FuncOp function);

/// What it takes and gives.
mlir::FunctionType typeOfDerivative(mlir::func::FuncOp function);

} // namespace net
#endif // NETC_IR_OWNDERIVATIVE_H
