//===- Simplify.h - the pattern sets of net-simplify ---------------*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef NETC_PASSES_SIMPLIFY_H
#define NETC_PASSES_SIMPLIFY_H

#include "ir/NetDialect.h"
#include "mlir/IR/PatternMatch.h"
#include <optional>
#include <string>

namespace net {

/// Neutral elements, inverse pairs, constants of scalars.
void populateAlgebraPatterns(mlir::RewritePatternSet &patterns);
/// Operations that move elements: pairs made one, none left where nothing moves.
void populateShapePatterns(mlir::RewritePatternSet &patterns);
/// Transposes into products, sums of products, sums of copies. Some change a formula; see there.
void populateProductPatterns(mlir::RewritePatternSet &patterns);

/// The number that all elements of a float or integer array have, if it is a constant under index
/// transforms.
std::optional<double> splatOf(mlir::Value value);
/// A constant scalar under a broadcast to the type.
mlir::Value splatConstant(mlir::OpBuilder &b, mlir::Location loc, double number, mlir::Type type);

/// The operands' and the result's letters of an einsum.
struct EinsumSpec {
  std::string parts[3];
  static EinsumSpec of(EinsumOp op);
  std::string str() const { return parts[0] + "," + parts[1] + "->" + parts[2]; }
  /// A letter that is none of its, this one if possible; 0 if there is none left.
  char freeLetter(char wanted) const;
};

} // namespace net
#endif // NETC_PASSES_SIMPLIFY_H
