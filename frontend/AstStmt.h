//===- AstStmt.h - statements of a .net file --------------------*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef NETC_FRONTEND_ASTSTMT_H
#define NETC_FRONTEND_ASTSTMT_H

#include "frontend/AstExpr.h"

namespace net {
namespace ast {

struct Stmt {
  enum class Kind {
    Let,
    Param,
    State,
    Set,
    Return,
    Next,
    Emit,
    Minimize,
    Update,
    Report,
    Show,
    Each,
    Stop,
  };
  const Kind kind;
  SourceRange range;
  virtual ~Stmt() = default;

protected:
  Stmt(Kind kind, SourceRange range) : kind(kind), range(range) {}
};

/// `let pattern = value`.
struct Let : Stmt {
  Pattern pattern;
  ExprPtr value;
  Let(SourceRange range) : Stmt(Kind::Let, range) {}
  static bool classof(const Stmt *s) { return s->kind == Kind::Let; }
};

/// `param name: type ~ initializer`.
struct Param : Stmt {
  Identifier name;
  Type type;
  ExprPtr initializer; ///< or null
  Param(SourceRange range) : Stmt(Kind::Param, range) {}
  static bool classof(const Stmt *s) { return s->kind == Kind::Param; }
};

/// `state name: type = value`.
struct State : Stmt {
  Identifier name;
  std::optional<Type> type;
  ExprPtr value;
  State(SourceRange range) : Stmt(Kind::State, range) {}
  static bool classof(const Stmt *s) { return s->kind == Kind::State; }
};

/// `set target = value`.
struct Set : Stmt {
  Target target;
  ExprPtr value;
  Set(SourceRange range) : Stmt(Kind::Set, range) {}
  static bool classof(const Stmt *s) { return s->kind == Kind::Set; }
};

/// `return value`; several values are one Tuple.
struct Return : Stmt {
  ExprPtr value;
  Return(SourceRange range) : Stmt(Kind::Return, range) {}
  static bool classof(const Stmt *s) { return s->kind == Kind::Return; }
};

/// `next pattern = value`.
struct Next : Stmt {
  Pattern pattern;
  ExprPtr value;
  Next(SourceRange range) : Stmt(Kind::Next, range) {}
  static bool classof(const Stmt *s) { return s->kind == Kind::Next; }
};

/// `emit value`; several values are one Tuple.
struct Emit : Stmt {
  ExprPtr value;
  Emit(SourceRange range) : Stmt(Kind::Emit, range) {}
  static bool classof(const Stmt *s) { return s->kind == Kind::Emit; }
};

/// `minimize loss over parameters using optimizer as "name"`.
struct Minimize : Stmt {
  bool maximize = false;
  ExprPtr loss;
  ExprPtr over; ///< or null
  ExprPtr optimizer;
  Identifier name; ///< empty text: not named
  Minimize(SourceRange range) : Stmt(Kind::Minimize, range) {}
  static bool classof(const Stmt *s) { return s->kind == Kind::Minimize; }
};

/// `update parameters with gradient of loss using optimizer as "name"`.
struct Update : Stmt {
  ExprPtr parameters, gradient;
  ExprPtr loss; ///< or null
  ExprPtr optimizer;
  Identifier name; ///< empty text: not named
  Update(SourceRange range) : Stmt(Kind::Update, range) {}
  static bool classof(const Stmt *s) { return s->kind == Kind::Update; }
};

/// `report value on pattern in data as "name"`, and `show` of the same form.
struct Report : Stmt {
  ExprPtr value;
  std::optional<Pattern> pattern; ///< of `on pattern in data`
  ExprPtr data;                   ///< or null: no `on`
  Identifier name;                ///< empty text: not named
  Report(Kind kind, SourceRange range) : Stmt(kind, range) {}
  bool isShow() const { return kind == Kind::Show; }
  static bool classof(const Stmt *s) { return s->kind == Kind::Report || s->kind == Kind::Show; }
};

/// `each pattern in sequence, options { body }`.
struct Each : Stmt {
  Pattern pattern;
  ExprPtr sequence;
  std::vector<Argument> options; ///< all named
  Block body;                    ///< without braces: the rest of the block around it
  bool braces = false;
  Each(SourceRange range) : Stmt(Kind::Each, range) {}
  static bool classof(const Stmt *s) { return s->kind == Kind::Each; }
};

/// `stop when condition`.
struct Stop : Stmt {
  ExprPtr condition;
  Stop(SourceRange range) : Stmt(Kind::Stop, range) {}
  static bool classof(const Stmt *s) { return s->kind == Kind::Stop; }
};

} // namespace ast
} // namespace net
#endif // NETC_FRONTEND_ASTSTMT_H
