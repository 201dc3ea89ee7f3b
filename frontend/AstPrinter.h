//===- AstPrinter.h - from tree to text -------------------------*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef NETC_FRONTEND_ASTPRINTER_H
#define NETC_FRONTEND_ASTPRINTER_H

#include "frontend/Ast.h"

#include <string>

namespace net {
namespace ast {

/// Canonical text, which parses to the same tree. Documentation is kept, other comments are not in
/// the tree.
std::string print(const File &file);
std::string print(const Decl &decl);
/// One line, for messages: `x |> dense(120, tanh)`. A scan's body is shown as `{ .. }`.
std::string print(const Expr &expr);
std::string print(const Type &type);
std::string print(const Pattern &pattern);

} // namespace ast
} // namespace net
#endif // NETC_FRONTEND_ASTPRINTER_H
