//===- Limits.h - what a text may not exceed --------------------*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Recursive code runs over the parse tree and the tree of a file. These limits
// hold before either exists, so that no text can exhaust stack or memory.
//
//===----------------------------------------------------------------------===//
#ifndef NETC_FRONTEND_LIMITS_H
#define NETC_FRONTEND_LIMITS_H

#include <cstddef>

namespace net {
namespace limits {

/// Bytes of a file.
constexpr size_t sourceBytes = 16u << 20;
/// Brackets, prefix operators, `**`, `grad` and `scan` that may be open at one place.
constexpr size_t depth = 256;
/// Tokens of a file, those of `rows` that hold only literals not counted.
constexpr size_t tokens = 1000000;
/// Tokens of one declaration: a parse tree takes up to 2 KB a token while the declaration is read.
constexpr size_t declarationTokens = 100000;
/// Cells of all `rows` of a file.
constexpr size_t cells = 8000000;

} // namespace limits
} // namespace net
#endif // NETC_FRONTEND_LIMITS_H
