//===- Parser.h - from text to tree -----------------------------*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef NETC_FRONTEND_PARSER_H
#define NETC_FRONTEND_PARSER_H

#include "frontend/Ast.h"
#include "frontend/Diagnostics.h"

namespace net {

/// Parses a text that `sources` knows. Never null: what has errors is left out of the tree, and
/// `diagnostics` says so. Does not follow `use`.
std::unique_ptr<ast::File> parseFile(SourceManager &sources, FileId file, Diagnostics &diagnostics);

} // namespace net
#endif // NETC_FRONTEND_PARSER_H
