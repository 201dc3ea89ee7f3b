//===- Explain.h - the pages of the error ids -------------------*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef NETC_FRONTEND_EXPLAIN_H
#define NETC_FRONTEND_EXPLAIN_H

#include "llvm/ADT/StringRef.h"

#include <vector>

namespace net {

/// The page of an id (`N0203`), as Markdown. Empty for an unknown id.
llvm::StringRef explanation(llvm::StringRef id);
/// The first line of the page without its marks: `a syntax error`.
llvm::StringRef explanationTitle(llvm::StringRef id);
/// All ids that have a page, ascending.
std::vector<llvm::StringRef> explainedIds();

} // namespace net
#endif // NETC_FRONTEND_EXPLAIN_H
