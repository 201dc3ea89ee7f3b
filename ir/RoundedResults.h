//===- RoundedResults.h - how far rounding may lead -------------*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Compiled code rounds each operation to its type, the interpreter computes in f64. How
// far the two may be apart is measured, in units of the function's coarsest type: as far
// as the interpreter's numbers move when its arguments move by some units (backward error:
// Higham, Accuracy and Stability of Numerical Algorithms, 1.5), and when every operation's
// result does (Parker, Monte Carlo Arithmetic, 1997).
//
//===----------------------------------------------------------------------===//
#ifndef NETC_IR_ROUNDEDRESULTS_H
#define NETC_IR_ROUNDEDRESULTS_H

#include "ir/Interpreter.h"

namespace net {

/// What a function makes of its arguments, and how near to that its compiled code has to come.
class RoundedResults {
public:
  /// Rounds the arguments to their types: they are what the code has to be given. Errors: the
  /// interpreter's.
  static llvm::Expected<RoundedResults> of(mlir::func::FuncOp function,
                                           llvm::MutableArrayRef<Array> arguments,
                                           const SizeValues &sizes = {}, uint64_t seed = 0);

  /// Of result `number`, by element; infinite at a margin of a comparison, of a largest element or
  /// of the type's range, where nothing can be said.
  double bound(size_t number) const { return bounds[number]; }
  /// The largest distance of a given result's elements from the interpreter's.
  double distance(size_t number, const Array &given) const;
  /// The first element out of its bound, described.
  std::optional<std::string> misfit(size_t number, const Array &given) const;
  size_t size() const { return wanted.size(); }

private:
  std::vector<Array> wanted;
  std::vector<double> bounds;
};

} // namespace net
#endif // NETC_IR_ROUNDEDRESULTS_H
