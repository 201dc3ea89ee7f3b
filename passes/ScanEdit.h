//===- ScanEdit.h - scans taken apart and put together ------------*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef NETC_PASSES_SCANEDIT_H
#define NETC_PASSES_SCANEDIT_H

#include "ir/ScanEnd.h"
#include "passes/Simplify.h"
#include "llvm/ADT/SmallBitVector.h"

namespace net {

/// What is taken from a scan and added to it.
struct ScanChange {
  llvm::SmallBitVector dropSequences, dropKept, dropCarries; ///< empty: none
  llvm::SmallVector<mlir::Value> sequences;                  ///< arrays, behind those there are
  llvm::SmallVector<mlir::Value> kept; ///< values of the turn, behind those that are kept
};
/// The changed scan, in place of the one that there was. Nobody may need what is dropped; what only
/// that was computed for goes as well.
ScanOp changed(ScanOp scan, const ScanChange &change);
/// An array's element in the turn; the array becomes a sequence if it is none.
mlir::Value asElement(ScanOp &scan, mlir::Value array);
/// The values that one of the turn has in all turns, if that array is there already; or null.
mlir::Value arrayIfKept(ScanOp scan, mlir::Value value);
/// The same; it is kept from now on if it was not.
mlir::Value asArray(ScanOp &scan, mlir::Value value);

/// What the values of a scan's turn depend on.
class TurnReach {
public:
  /// Nothing of the turn; elements of sequences alone; what other turns computed. What a check may
  /// refuse counts as the last: it has to stay in its turn.
  enum Kind { Above, Elements, Turns };
  explicit TurnReach(ScanOp scan);
  Kind of(mlir::Value value) const;

private:
  mlir::Region *body;
  llvm::DenseMap<mlir::Value, Kind> kinds;
};

/// Computes what a turn does for all turns at once, as arrays `[T, ..]`.
class AllTurns {
public:
  /// Gives the array for a value of the turn, or null: computed by its operation.
  using Known = llvm::function_ref<mlir::Value(mlir::Value)>;
  AllTurns(mlir::OpBuilder &builder, mlir::Region &body, const SizeExpr &length, Known known)
      : builder(builder), body(body), length(length), known(known) {}

  /// Can an operation be applied to arrays of all turns?
  static bool canDo(mlir::Operation *op);
  /// Null if some operation cannot.
  mlir::Value of(mlir::Value value);

private:
  mlir::Value operand(mlir::Operation *op, mlir::Value value);
  bool isAbove(mlir::Value value) const { return !body.isAncestor(value.getParentRegion()); }

  mlir::OpBuilder &builder;
  mlir::Region &body;
  SizeExpr length;
  Known known;
  llvm::DenseMap<mlir::Value, mlir::Value> done;
};

/// Values of one type one behind the other on a new first axis, and one of them.
mlir::Value stackOf(mlir::OpBuilder &b, mlir::Location loc, mlir::ValueRange parts);
mlir::Value partOf(mlir::OpBuilder &b, mlir::Location loc, mlir::Value stack, int64_t number);

} // namespace net
#endif // NETC_PASSES_SCANEDIT_H
