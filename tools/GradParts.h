//===- GradParts.h - a gradient as functions --------------------*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Each `net.grad` of an entry becomes three functions, copies of the entry cut off there:
// `point` gives the values that derivatives are wanted for, `loss` takes them as further
// arguments, `gradient` is what `net-grad` makes. A value inside the region (`net.tap`)
// is moved by a further argument that is added to it.
//
//===----------------------------------------------------------------------===//
#ifndef NETC_TOOLS_GRADPARTS_H
#define NETC_TOOLS_GRADPARTS_H

#include "ir/Interpreter.h"
#include "ir/NetDialect.h"

namespace net {

/// One gradient of an entry, taken apart.
struct GradParts {
  mlir::func::FuncOp point, loss, gradient;
  llvm::SmallVector<std::string> names; ///< of the wanted values
  llvm::SmallVector<mlir::Type> types;
};

/// The loss as a function of one argument and of what does not depend on it.
struct LossSlice {
  mlir::func::FuncOp function;
  llvm::SmallVector<mlir::Value> constants; ///< values in the loss, the arguments after the first
};
/// What `stop_gradient` gives is a constant: differences of the slice are those of the program's
/// own rule. The function is added to the loss's module.
LossSlice sliceOf(mlir::func::FuncOp loss, mlir::Value moved, const llvm::Twine &name);

/// About how many multiplications and element operations a run of the function takes.
double workOf(mlir::func::FuncOp function, const SizeValues &sizes);

/// The functions of the entry's gradient with this number, added to its module. Calls are inlined.
GradParts takeApart(mlir::func::FuncOp entry, size_t number);

/// The gradient alone, of an entry whose calls stand, added to its module.
mlir::func::FuncOp takeGradient(mlir::func::FuncOp entry, size_t number);

} // namespace net
#endif // NETC_TOOLS_GRADPARTS_H
