//===- Places.h - what stands between the brackets of x[..] ------*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef NETC_FRONTEND_PLACES_H
#define NETC_FRONTEND_PLACES_H

#include "frontend/Elaborator.h"

namespace net {

/// One place between the brackets, understood.
struct AxisPlace {
  enum class Kind { Slice, New, Static, Array };
  Kind kind = Kind::Slice;
  SizeExpr low, size; ///< Slice: the part; Static: low is the position
  Value value;        ///< Array: the positions
  SourceRange range;
};

/// The places of an index of `x`, one for each of its axes and each `new`; nothing after a
/// diagnostic. `range` is where `x` stands.
std::optional<std::vector<AxisPlace>> readPlaces(Elaborator &e, Env &env, mlir::Value x,
                                                 llvm::ArrayRef<ast::Index> index,
                                                 SourceRange range);

} // namespace net
#endif // NETC_FRONTEND_PLACES_H
