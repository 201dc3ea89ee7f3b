//===- Ast.cpp - the tree of a .net file ----------------------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/Ast.h"

using namespace net;

const char *ast::kindName(const Decl &decl) {
  switch (decl.kind) {
  case Decl::Kind::Use:
    return "use";
  case Decl::Kind::Constant:
    return "let";
  case Decl::Kind::Layer:
    return "layer";
  case Decl::Kind::Network:
    return "network";
  case Decl::Kind::Fn:
    return "fn";
  case Decl::Kind::Optimizer:
    return "optimizer";
  case Decl::Kind::Initializer:
    return "initializer";
  case Decl::Kind::Train:
    return "train";
  case Decl::Kind::Task:
    return "task";
  case Decl::Kind::Derivative:
    return "derivative";
  case Decl::Kind::Data:
    return "data";
  }
  return "";
}

const char *ast::spelling(BinaryOp op) {
  switch (op) {
  case BinaryOp::Or:
    return "or";
  case BinaryOp::And:
    return "and";
  case BinaryOp::Lt:
    return "<";
  case BinaryOp::Gt:
    return ">";
  case BinaryOp::Le:
    return "<=";
  case BinaryOp::Ge:
    return ">=";
  case BinaryOp::Eq:
    return "==";
  case BinaryOp::Ne:
    return "!=";
  case BinaryOp::Add:
    return "+";
  case BinaryOp::Sub:
    return "-";
  case BinaryOp::Mul:
    return "*";
  case BinaryOp::Div:
    return "/";
  case BinaryOp::MatMul:
    return "@";
  case BinaryOp::Pow:
    return "**";
  }
  return "";
}

const char *ast::describe(const Expr &expr) {
  switch (expr.kind) {
  case Expr::Kind::Number:
    return "a number";
  case Expr::Kind::String:
    return "a string";
  case Expr::Kind::Name:
    return "a name";
  case Expr::Kind::Tuple:
    return "a tuple";
  case Expr::Kind::List:
    return "a list";
  case Expr::Kind::Member:
    return "a member";
  case Expr::Kind::Index:
    return "an index";
  case Expr::Kind::Call:
    return "a call";
  case Expr::Kind::Pipe:
    return "a pipe";
  case Expr::Kind::Unary:
  case Expr::Kind::Chain:
    return "an operation";
  case Expr::Kind::Range:
    return "a range";
  case Expr::Kind::Grad:
    return "a gradient";
  case Expr::Kind::Jvp:
    return "a directional derivative";
  case Expr::Kind::With:
    return "a network with parameters";
  case Expr::Kind::On:
    return "an evaluation on data";
  case Expr::Kind::As:
    return "a named expression";
  case Expr::Kind::Scan:
    return "a scan";
  case Expr::Kind::Rows:
    return "rows";
  }
  return "";
}
