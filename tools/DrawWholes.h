//===- DrawWholes.h - whole numbers that index something --------*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef NETC_TOOLS_DRAWWHOLES_H
#define NETC_TOOLS_DRAWWHOLES_H

#include "ir/Interpreter.h"

#include <random>

namespace net {

/// Whole numbers and truth values for a value of a function: below what they are checked against
/// as indices, labels or categories, and below `most`.
void drawWholes(Array &array, mlir::Value value, const SizeValues &sizes, std::mt19937_64 &random,
                int64_t most = 256);

} // namespace net
#endif // NETC_TOOLS_DRAWWHOLES_H
