//===- Reducer.h - reductions as loops --------------------------*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The order in which elements are combined depends on sizes and the vector width only:
// lanes and, in long rows, four accumulators a lane; rows in order; then the
// accumulators in pairs, then the lanes in halves.
//
//===----------------------------------------------------------------------===//
#ifndef NETC_CODEGEN_REDUCER_H
#define NETC_CODEGEN_REDUCER_H

#include "codegen/Pull.h"

namespace net {

bool isReduction(mlir::Operation *op);
/// The axes that go, ascending.
llvm::SmallVector<int64_t> reducedAxes(mlir::Operation *root);

/// Are the elements of a sum neighbours in memory?
bool reducesInnermost(mlir::Operation *root);

/// What is known of a result while its elements come in: one value for most; largest and position
/// for argmax; largest and sum for logsumexp.
using Partial = llvm::SmallVector<mlir::Value, 2>;

/// Reductions of one shape over the same axes, at some places of the result at once, in the same
/// loops.
class Reducer {
public:
  /// Every place has lanes, or none has. `parted`: the outermost loop is run in parts.
  Reducer(Pull &pull, llvm::ArrayRef<mlir::Operation *> roots, llvm::ArrayRef<Place> places,
          bool parted = false);

  /// The size of the outermost loop over what is reduced, if that is run in parts.
  static SizeExpr outermost(CutAnalysis &cuts, llvm::ArrayRef<mlir::Operation *> roots);
  /// Runs the loops, the outermost from `low` to `high` (null: all of it): a partial for each place
  /// and root, place by place.
  llvm::SmallVector<Partial> run(mlir::Value low = {}, mlir::Value high = {});

  /// Of nothing.
  static Partial identity(Pull &pull, mlir::Operation *root, bool vector);
  static Partial merge(Pull &pull, mlir::Operation *root, const Partial &a, const Partial &b);
  static mlir::Value finish(Pull &pull, mlir::Operation *root, const Partial &partial);

private:
  /// A loop is over some neighbouring axes of x, or a part of them.
  struct Loop {
    unsigned axis, axes; ///< the run of reduced axes of x
    SizeExpr stride;     ///< of the loop's variable in the run's row-major index
  };
  using Values = llvm::SmallVector<mlir::Value>;
  enum class Stage { Simple, Exponentials };

  static void planLoops(CutAnalysis &cuts, llvm::ArrayRef<mlir::Operation *> roots, bool parted,
                        llvm::SmallVector<Loop> &nest, Shape &sizes);
  Values begin(Stage stage);
  Values nest(size_t level, const Values &carried, Stage stage, mlir::Value low, mlir::Value high);
  Values lanes(const Values &carried, Stage stage, mlir::Value low, mlir::Value high);
  Values step(const Values &carried, Stage stage, unsigned set, Element mask);
  Values together(const Values &carried, Stage stage);
  Place placeOf(const Place &kept) const;
  unsigned partsOf(mlir::Operation *root, Stage stage) const;

  Pull &pull;
  llvm::SmallVector<mlir::Operation *> roots;
  llvm::SmallVector<Place, 0> places;
  Shape shape, sizes;
  llvm::SmallVector<int64_t> reduced;
  llvm::SmallVector<Loop> nestOf;
  llvm::SmallVector<Index> indices; ///< of the loops entered so far
  bool acrossLanes;  ///< the innermost loop runs over lanes, which are combined at the end
  bool vectorOf;     ///< what is carried are vectors
  unsigned sets = 1; ///< accumulators beside each other
  llvm::SmallVector<mlir::Value> shifts; ///< of logsumexp, a root at a place
};

} // namespace net
#endif // NETC_CODEGEN_REDUCER_H
