//===- CheckVjp.h - a reverse rule against two other truths -----*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The reverse rule J' of one operation, executed at given operands, is compared with
// dual numbers (<J v, w> = <v, J' w>) and with central differences.
//
//===----------------------------------------------------------------------===//
#ifndef NETC_IR_CHECKVJP_H
#define NETC_IR_CHECKVJP_H

#include "ir/Expr.h"
#include "ir/Interpreter.h"
#include "mlir/IR/BuiltinOps.h"

#include <random>

namespace net {

/// A copy of one operation as a function of its operands, and its reverse rule as a function of the
/// operands and the result's cotangent.
class RuleCheck {
public:
  /// May put other values in the places of a rule's, and change the operations that the rule made,
  /// which are the last ones of the function `reverse`: tests of the tests do.
  using Change =
      llvm::function_ref<void(mlir::func::FuncOp reverse, llvm::SmallVectorImpl<Expr> &)>;
  /// An error if the operation has no rule, or not one result.
  static llvm::Expected<RuleCheck> of(mlir::Operation *op, Change change = {});

  enum class Rule { Cotangent, Zero, Blocked };
  /// What the rule gave for each operand.
  llvm::ArrayRef<Rule> rules() const { return kinds; }
  mlir::func::FuncOp forward() const { return primal; }
  /// Gives the cotangents that are neither zero nor blocked.
  mlir::func::FuncOp backward() const { return reverse; }

  /// Both sides of an identity, and the sum of the sizes of what was added up in them.
  struct Sides {
    double rule = 0, truth = 0, scale = 0;
    /// |rule - truth| relative to what was added up; 0 where that is nothing.
    double relativeError() const;
  };
  /// <v, J'w> and <J v, w> for a random direction v in all real operands and random w.
  llvm::Expected<Sides> dotProduct(llvm::ArrayRef<Array> operands, std::mt19937_64 &random,
                                   const SizeValues &sizes = {}) const;
  /// <v, J'w> and the central difference of <op(x), w> along v, for elements of v in -1 .. 1.
  llvm::Expected<Sides> difference(llvm::ArrayRef<Array> operands, std::mt19937_64 &random,
                                   double epsilon, const SizeValues &sizes = {}) const;
  /// The rule's cotangents for dy; zeros where it gave none.
  llvm::Expected<std::vector<Array>> cotangents(llvm::ArrayRef<Array> operands, const Array &dy,
                                                const SizeValues &sizes = {}) const;

private:
  struct Directions;
  llvm::Expected<Directions> draw(llvm::ArrayRef<Array> operands, std::mt19937_64 &random,
                                  const SizeValues &sizes) const;

  mlir::OwningOpRef<mlir::ModuleOp> module;
  mlir::func::FuncOp primal, reverse;
  llvm::SmallVector<Rule> kinds;
};

/// Numbers in lowest .. highest.
void fillRandom(Array &array, std::mt19937_64 &random, double lowest = -1, double highest = 1);

} // namespace net
#endif // NETC_IR_CHECKVJP_H
