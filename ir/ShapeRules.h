//===- ShapeRules.h - types of results --------------------------*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// One rule an operation, for builders and for the verifiers of its transpose. A rule appends
// the result's type, or emits why there is none (where there is a place to emit it at).
//
//===----------------------------------------------------------------------===//
#ifndef NETC_IR_SHAPERULES_H
#define NETC_IR_SHAPERULES_H

#include "ir/Types.h"
#include "mlir/IR/Diagnostics.h"

#include <optional>

namespace net {

using MaybeLocation = std::optional<mlir::Location>;
using ResultTypes = llvm::SmallVectorImpl<mlir::Type>;

bool isAxis(int64_t axis, mlir::Type type);
/// Axes of the type, each once.
bool areAxes(llvm::ArrayRef<int64_t> axes, mlir::Type type);
bool areAll(size_t count, std::initializer_list<llvm::ArrayRef<int64_t>> lists);
bool arePositive(std::initializer_list<llvm::ArrayRef<int64_t>> lists);

/// How many windows fit: none where the sizes are known and not one does.
SizeExpr countOfWindows(const SizeExpr &padded, const SizeExpr &window, int64_t stride);

/// x without `axes`, of another element type if one is given.
mlir::LogicalResult reduced(MaybeLocation loc, mlir::Type x, llvm::ArrayRef<int64_t> axes,
                            mlir::Type element, ResultTypes &result);

/// The attributes of `net.window`.
struct Windows {
  llvm::ArrayRef<int64_t> axes, sizes, strides, dilations, low, high;
};
mlir::LogicalResult windowed(MaybeLocation loc, mlir::Type x, const Windows &windows,
                             ResultTypes &result);
mlir::LogicalResult taken(MaybeLocation loc, mlir::Type x, mlir::Type index, int64_t axis,
                          ResultTypes &result);
mlir::LogicalResult takenAlong(MaybeLocation loc, mlir::Type x, mlir::Type index, int64_t axis,
                               ResultTypes &result);
/// Can a part of these sizes begin at `count` run-time positions of these axes of x?
mlir::LogicalResult isPart(MaybeLocation loc, mlir::Type x, mlir::Type part,
                           llvm::ArrayRef<int64_t> axes, size_t count);
mlir::LogicalResult solved(MaybeLocation loc, mlir::Type a, mlir::Type b, ResultTypes &result);

} // namespace net
#endif // NETC_IR_SHAPERULES_H
