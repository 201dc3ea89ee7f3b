//===- CheckGrad.h - a program's gradients against differences --*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef NETC_TOOLS_CHECKGRAD_H
#define NETC_TOOLS_CHECKGRAD_H

#include "ir/Interpreter.h"
#include "mlir/IR/BuiltinOps.h"

namespace net {

struct CheckGradOptions {
  uint64_t seed = 0;
  int directions = 3;      ///< smooth ones for each wanted value
  double work = 4e9;       ///< multiplications after which there are fewer directions
  double epsilon = 1e-4;   ///< a step along a direction of length 1
  double tolerance = 1e-5; ///< |analytic - numeric| <= tolerance (typical + |numeric|)
  SizeValues sizes;        ///< named sizes that the arguments do not fix
};

/// One value that a derivative is wanted for.
struct GradCheckRow {
  std::string name; ///< the parameter's path, or where the value is computed
  int checked = 0;  ///< smooth directions
  int kinks = 0;    ///< directions in which the loss is not smooth at the point: drawn again
  double worst = 0; ///< largest |analytic - numeric| / (typical + |numeric|)
  double analytic = 0, numeric = 0; ///< in the worst direction
  double compiled = 0; ///< largest difference of the compiled gradient from the interpreter's
  std::string misfit;  ///< of the compiled gradient, if it is further away than rounding leads
  /// A surrogate lies on the way to the loss: the gradient is compared with dual numbers, which
  /// take it as it is, in place of differences.
  bool surrogate = false;
  bool failed = false;
};

struct GradCheckReport {
  std::vector<GradCheckRow> rows;
  /// After a failure: the operation whose rule is wrong at the values that it has, and its line.
  std::string fault;
  bool passed() const;
};

/// Checks every `net.grad` of an entry, at the given arguments: derivatives by `net-grad` against
/// central differences of the loss, both in f64 in the interpreter. `module` is in the phase before
/// `grad` and is not changed. Errors are of the interpreter or of the passes.
llvm::Expected<GradCheckReport> checkGrad(mlir::ModuleOp module, llvm::StringRef entry,
                                          llvm::ArrayRef<Array> arguments,
                                          const CheckGradOptions &options = {});

/// A line for each wanted value, and the operation at fault.
void print(const GradCheckReport &report, llvm::raw_ostream &out);

} // namespace net
#endif // NETC_TOOLS_CHECKGRAD_H
