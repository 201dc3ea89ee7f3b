//===- Differences.h - a gradient against differences -----------*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Central differences of a scalar function along random directions. Where the one-sided
// differences do not approach each other, the function has a kink: another direction is
// drawn, and the kink counted.
//
//===----------------------------------------------------------------------===//
#ifndef NETC_TOOLS_DIFFERENCES_H
#define NETC_TOOLS_DIFFERENCES_H

#include "tools/CheckGrad.h"

namespace net {

/// A function's value at a point, and what is said to be its gradient by the first argument.
struct GradientClaim {
  mlir::func::FuncOp function;
  std::vector<Array> arguments;
  SizeValues sizes;
  double value = 0;
  Array gradient;
  bool surrogate = false; ///< its derivative is not that of its values, on purpose
};

/// Fills the row's figures. Errors are of the interpreter.
llvm::Error compareWithDifferences(GradientClaim claim, const CheckGradOptions &options,
                                   uint64_t seed, GradCheckRow &row);

} // namespace net
#endif // NETC_TOOLS_DIFFERENCES_H
