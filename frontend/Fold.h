//===- Fold.h - operators on static values ----------------------*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef NETC_FRONTEND_FOLD_H
#define NETC_FRONTEND_FOLD_H

#include "frontend/Value.h"
#include "llvm/ADT/StringRef.h"

namespace net {

/// The operator applied to static operands; nothing if one is not static, or the result is known
/// only when the program runs.
std::optional<Value> fold(llvm::StringRef op, const Value &a, const Value &b, SourceRange range);
/// An elementwise function of one static number: `sqrt(2)`. Nothing for names it does not know.
std::optional<double> foldFunction(llvm::StringRef name, double x);

} // namespace net
#endif // NETC_FRONTEND_FOLD_H
