//===- Interpreter.h - the net dialect, executed ----------------*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The reference of what operations mean: in f64, one loop an operation, written for
// reading. It shares nothing with code generation but the scalar bodies' text.
//
//===----------------------------------------------------------------------===//
#ifndef NETC_IR_INTERPRETER_H
#define NETC_IR_INTERPRETER_H

#include "ir/Array.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

#include <functional>
#include <map>

namespace net {

/// Values of named sizes.
using SizeValues = std::map<std::string, int64_t>;

struct InterpretOptions {
  /// Every result is rounded to its element type; otherwise all real numbers are f64.
  bool round = false;
  /// Sizes that no argument's type has as a bare name.
  SizeValues sizes;
  /// Gradients (`net.grad`) are computed by one forward run for each number that they have. More
  /// numbers than this are refused.
  int64_t gradLimit = 4096;
  /// Called after each operation with its results, which it may change.
  std::function<void(mlir::Operation *, llvm::ArrayRef<Array *>)> observer;
};

/// The results of a function. Tangents of arguments are carried along: the results' tangents are
/// the derivatives along that direction. Errors: arguments that do not fit, `net.checked` (its
/// message), indices out of range, operations that have no meaning here; with the operation's
/// place.
llvm::Expected<std::vector<Array>> interpret(mlir::func::FuncOp function,
                                             llvm::ArrayRef<Array> arguments,
                                             const InterpretOptions &options = {});

/// The named sizes that make the types those of the arrays.
llvm::Expected<SizeValues> bindSizes(mlir::TypeRange types, llvm::ArrayRef<Array> arrays,
                                     SizeValues sizes = {});

/// Where the program says what became this: the innermost place outside of the standard library, or
/// in it, or null.
mlir::FileLineColLoc fileLocation(mlir::Location loc);
/// `file:line:column` of it, or nothing if it is not known.
std::string placeOf(mlir::Location loc);

} // namespace net
#endif // NETC_IR_INTERPRETER_H
