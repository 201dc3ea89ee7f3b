//===- ValueNames.h - what programs call values -----------------*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Names and rules are kept in locations, where no pass sees them: equal operations stay equal. They
// serve who reads a program that was derived from another one, and nothing depends on them.
//
//===----------------------------------------------------------------------===//
#ifndef NETC_IR_VALUENAMES_H
#define NETC_IR_VALUENAMES_H

#include "mlir/IR/Operation.h"

#include <string>

namespace net {

/// Gives a value a name, unless it has one.
void setName(mlir::Value value, llvm::StringRef name);
/// The value's name, or nothing.
std::string nameOf(mlir::Value value);
/// `W_conv2d_1` for the path `conv2d_1.W`: the last part, then the rest.
std::string subscripted(llvm::StringRef path);
/// `y_dense_1`: what a layer calls `y`, of the instance `dense_1`; a name that says so already is
/// kept.
std::string ofInstance(const std::string &name, llvm::StringRef path);
/// A location without the name of the value that stands there.
mlir::Location withoutName(mlir::Location loc);

/// The location of what the derivative of an operation, or of a function, consists of.
mlir::Location derivedFrom(mlir::Operation *op);
/// The location of a sum of cotangents of a value.
mlir::Location sumOfCotangents(mlir::Value value);
/// The operation whose derivative made what stands there: `tanh`; what else a derivative does; or
/// nothing.
llvm::StringRef ruleOf(mlir::Location loc);

} // namespace net
#endif // NETC_IR_VALUENAMES_H
