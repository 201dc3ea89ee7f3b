//===- Stretch.h - a part of an array along one axis ---------------*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef NETC_PASSES_STRETCH_H
#define NETC_PASSES_STRETCH_H

#include "ir/NetDialect.h"
#include "mlir/IR/Builders.h"

namespace net {

/// Elements first, first + 1, .., `count` of them, of an axis.
struct Stretch {
  int64_t first, count;
  mlir::Value position; ///< i32, added to `first`; or null
};

/// The stretch of an array along an axis, computed from the stretches of arguments, so that the
/// whole array need not be in memory; or null where that is not possible or not cheap. What was
/// begun in vain is left without readers.
mlir::Value stretchOf(mlir::OpBuilder &b, mlir::Value array, int64_t axis, const Stretch &stretch);
/// The stretch of an array that is in memory.
mlir::Value sliceOf(mlir::OpBuilder &b, mlir::Location loc, mlir::Value array, int64_t axis,
                    const Stretch &stretch);

} // namespace net
#endif // NETC_PASSES_STRETCH_H
