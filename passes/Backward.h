//===- Backward.h - the operations of a block, backwards ---------*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A block's order is the order of the computation; walked backwards, every use of a value
// comes before its definition, and its adjoint is complete when its operation is reached.
//
//===----------------------------------------------------------------------===//
#ifndef NETC_PASSES_BACKWARD_H
#define NETC_PASSES_BACKWARD_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "passes/Adjoint.h"

namespace net {

/// Values that depend on one that a derivative is wanted for.
using Active = llvm::DenseSet<mlir::Value>;
/// Adds what depends on active values in a block and in the regions inside.
void addActive(mlir::Block &block, Active &active);

/// Copies the operations of a block to where the builder stands; what it yields.
llvm::SmallVector<mlir::Value> cloneBlock(mlir::OpBuilder &builder, mlir::Block &block,
                                          mlir::ValueRange arguments);

/// Costs nothing to compute again, so that it is not kept for the derivative.
bool isRecomputed(mlir::Operation *op);

class Functions;
struct CallDerivative;
struct CallPattern;

class Backward {
public:
  /// Cotangents are computed where the builder stands, behind the block or in another one.
  /// `functions` has the derivatives of what is called; null where nothing is.
  Backward(mlir::OpBuilder &builder, Active &active, Functions *functions)
      : builder(builder), active(active), functions(functions) {}

  /// Of the results of these operations are known, in `adjoints`, the cotangents that come from
  /// elsewhere; after it, those of all values that they read. Walks from `last` to the block's
  /// begin.
  llvm::LogicalResult sweep(mlir::Operation *last);

  Adjoints adjoints;
  /// Arguments of the block behind which, elementwise, a derivative may be infinite.
  llvm::DenseSet<mlir::Value> unbounded;

private:
  friend class ScanBackward;
  llvm::LogicalResult differentiate(mlir::Operation *op);
  llvm::LogicalResult applyRule(DifferentiableOp op);
  void applyOwnRule(CustomVjpOp op);
  void applyOwnRule(CallOp call, mlir::func::FuncOp derivative);
  llvm::LogicalResult reverse(ScanOp op);
  llvm::LogicalResult reverse(CallOp op);
  llvm::SmallVector<mlir::Value> callAdjoint(CallOp call, const CallDerivative &made,
                                             llvm::ArrayRef<mlir::Value> cotangents);
  bool isUnbounded(mlir::Value value);
  CallPattern patternOf(CallOp call);
  void appendCotangents(mlir::Operation *op, llvm::SmallVector<mlir::Value> &given);
  void giveRealOperands(mlir::ValueRange operands, mlir::ValueRange cotangents);

  mlir::OpBuilder &builder;
  Active &active;
  Functions *functions;
};

/// Erases operations from `last` back to `first` that nobody uses. Rules also compute what nobody
/// asked for: the cotangents of constants, supports that mask nothing.
void eraseUnused(mlir::Operation *first, mlir::Operation *last);

inline bool isReal(mlir::Value value) {
  return llvm::isa<mlir::FloatType>(elementOf(value.getType()));
}

} // namespace net
#endif // NETC_PASSES_BACKWARD_H
