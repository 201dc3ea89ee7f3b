//===- AstWalk.h - every expression below a node ----------------*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef NETC_FRONTEND_ASTWALK_H
#define NETC_FRONTEND_ASTWALK_H

#include "frontend/Ast.h"

#include <functional>
#include <set>
#include <string>

namespace net {
namespace ast {

using VisitExpr = std::function<void(const Expr &)>;

/// The expression and all that it is made of, also in the bodies of scans, from outside inwards.
void walk(const Expr &expr, const VisitExpr &visit);
/// All expressions of a statement, also of the statements inside it.
void walk(const Stmt &stmt, const VisitExpr &visit);

/// All names that an expression mentions.
std::set<std::string> namesIn(const Expr &expr);
/// All names that a pattern binds.
void namesOf(const Pattern &pattern, std::set<std::string> &names);
/// All names that a declaration knows and mentions, and its own.
void namesOf(const Decl &decl, std::set<std::string> &names);
/// What a file uses, found from where `to` is written, no longer from `from`; as it is for the
/// standard output.
void moveUses(File &file, const std::string &from, const std::string &to);
/// Whether `E on data` stands somewhere in it.
bool mentionsOn(const Expr &expr);

} // namespace ast
} // namespace net
#endif // NETC_FRONTEND_ASTWALK_H
