//===- FusionGraph.h - what reads what, behind index transforms ---*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Operations that only say where an element is read (transpose, broadcast, ..), constants
// and scalars of the entry cost nothing inside a kernel and are copied into every kernel
// that wants them. They are "free"; the graph of the others is what fusion works on.
//
//===----------------------------------------------------------------------===//
#ifndef NETC_PASSES_FUSIONGRAPH_H
#define NETC_PASSES_FUSIONGRAPH_H

#include "ir/NetDialect.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/MapVector.h"

#include <unordered_map>

namespace net::fusion {

enum class Role { Free, Element, Reduction, Product, Scatter, Rows };

/// A value that an operand is computed from, through free operations.
struct Source {
  mlir::Value value;
  bool positional =
      true;             ///< element i of the operand is element i of the value, in row-major order
  bool rereads = false; ///< elements are read more than once
  mlir::Value through;  ///< the free value that is read, if the source is not positional
};

/// Who computes with a value, and how it gets there.
struct Reader {
  mlir::Operation *op;
  unsigned operand;
  Source source;
};

/// Of operations that follow each other in a block; what they read and do not compute lies in
/// memory.
class Graph {
public:
  /// From `first` up to `end`, which is not one of them.
  Graph(mlir::Operation *first, mlir::Operation *end);

  /// The operation of the graph that computes a value; null if it comes from outside.
  mlir::Operation *producerOf(mlir::Value value) const;

  Role roleOf(mlir::Operation *op) const;
  bool isFree(mlir::Operation *op) const { return roleOf(op) == Role::Free; }
  llvm::ArrayRef<mlir::Operation *> all() const { return members; }
  /// All operations that are not free, in order.
  llvm::ArrayRef<mlir::Operation *> operations() const { return ordered; }
  llvm::ArrayRef<Source> sourcesOf(mlir::Operation *op, unsigned operand) const;
  llvm::ArrayRef<Reader> readersOf(mlir::Operation *op) const;
  /// Read by others than operations of the graph?
  bool isReturned(mlir::Operation *op) const { return returned.contains(op); }
  /// How many elements an array has.
  const SizeExpr &countOf(mlir::Value value) const;

private:
  void separateReturned();
  void collect();
  llvm::SmallVector<Source> trace(mlir::Value value);
  Source seenThrough(mlir::Operation *op, mlir::Value operand, const Source &inner) const;

  llvm::SmallVector<mlir::Operation *> members;
  llvm::DenseSet<mlir::Operation *> isMember;
  mutable std::unordered_map<const void *, SizeExpr> counts; ///< of the elements of a type
  llvm::DenseSet<mlir::Operation *> free, returned;
  llvm::SmallVector<mlir::Operation *> ordered;
  llvm::DenseMap<mlir::Value, llvm::SmallVector<Source>> traced;
  llvm::DenseMap<std::pair<mlir::Operation *, unsigned>, llvm::SmallVector<Source>> sources;
  llvm::DenseMap<mlir::Operation *, llvm::SmallVector<Reader>> readers;
};

/// Does the operation only say where an element is read, or is it a scalar that is computed from
/// such ones and from `known` values? It is copied into every kernel that wants it.
bool isFree(mlir::Operation *op, llvm::function_ref<bool(mlir::Value)> known);

/// The axes that a reduction removes, ascending.
llvm::SmallVector<int64_t> reducedAxes(mlir::Operation *op);

//===-- costs -------------------------------------------------------------------------------===//

/// Bytes of an array; every run-time size counts as 128.
int64_t bytesOf(mlir::Type type);
int64_t estimate(const SizeExpr &size);
/// Work for one element, in multiples of an addition.
int weightOf(mlir::Operation *op);
/// What may be computed again rather than stored: for one operation, and all of a kernel together.
constexpr int cheapWeight = 4, cheapTotal = 12;

} // namespace net::fusion
#endif // NETC_PASSES_FUSIONGRAPH_H
