//===- Adjoint.h - cotangents on their way up ---------------------*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A cotangent that came out of a branch of `where` is zero outside of the condition, by
// construction: this set is its support. Once a rule has multiplied it with a local
// derivative, which may be infinite where the branch was not taken, it may hold NaN there
// (0 times inf) and has to be masked by the support again before it leaves the elementwise
// chain. In between the mask would be work for nothing.
//
//===----------------------------------------------------------------------===//
#ifndef NETC_PASSES_ADJOINT_H
#define NETC_PASSES_ADJOINT_H

#include "ir/NetDialect.h"
#include "llvm/ADT/MapVector.h"

namespace net {

struct Cotangent {
  mlir::Value value;
  mlir::Value support;   ///< bool, in the value's shape: zero where false; null for everywhere
  bool mayBeNaN = false; ///< outside of the support

  /// The cotangent with zeros outside of the support.
  Cotangent masked(ExprBuilder &b) const;
};

/// An operation through which no derivative goes.
struct Blocker {
  mlir::StringRef name;
  mlir::Location loc;
};

/// What is known of the derivative with respect to one value.
struct Adjoint {
  /// In the order of what prevails: a defined path makes up for a blocked one.
  enum class Kind { NoPath, Blocked, Zero, Value };
  Kind kind = Kind::NoPath;
  std::optional<Blocker> blocker; ///< nearest to the value, if it is blocked
  llvm::SmallVector<Cotangent, 2> contributions;

  Adjoint withoutContributions() const { return {kind, blocker, {}}; }
  /// The same, known to who calls the function in which it was found.
  Adjoint seenFrom(mlir::Location call) const;
};

/// The adjoints of the values of one region.
class Adjoints {
public:
  void add(mlir::Value value, const Cotangent &contribution);
  void addZero(mlir::Value value) { raise(value, Adjoint::Kind::Zero); }
  void addBlocked(mlir::Value value, const Blocker &blocker);
  const Adjoint &of(mlir::Value value) { return adjoints[value]; }
  /// Will the sum have a support?
  bool isSupported(mlir::Value value) {
    const auto &parts = adjoints[value].contributions;
    return !parts.empty() && llvm::all_of(parts, [](const Cotangent &c) { return !!c.support; });
  }
  /// What is known of a value is said of another one too; without contributions.
  void addWithout(mlir::Value value, Adjoint known);
  /// The sum of all contributions, of which there is one at least; later calls give the same.
  Cotangent sum(ExprBuilder &b, mlir::Value value);

  /// The value is going to be replaced by another one.
  void move(mlir::Value from, mlir::Value to);
  /// The value is going to be erased.
  void forget(mlir::Value value) { adjoints.erase(value); }
  /// All values that something is known of, in the order in which it became known.
  llvm::SmallVector<mlir::Value> values() const {
    return llvm::to_vector(llvm::make_first_range(adjoints));
  }

private:
  void raise(mlir::Value value, Adjoint::Kind kind);
  llvm::MapVector<mlir::Value, Adjoint> adjoints;
};

/// Is every local derivative a finite number, whatever the operands are?
bool hasFiniteDerivative(mlir::Operation *op);

/// What `op` contributes to its operand: `rule` is what its derivative gave for the result's
/// cotangent `dy`.
Cotangent contributionOf(ExprBuilder &b, mlir::Operation *op, const Cotangent &dy, Expr rule);

} // namespace net
#endif // NETC_PASSES_ADJOINT_H
