//===- Ast.h - the tree of a .net file --------------------------*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Plain structs that own their children. Every node knows its place, has a kind,
// and answers llvm::isa and llvm::dyn_cast. Chains of operators are one node, so
// the depth of a tree is bounded by the depth of brackets and prefixes in the text.
//
//===----------------------------------------------------------------------===//
#ifndef NETC_FRONTEND_AST_H
#define NETC_FRONTEND_AST_H

#include "frontend/AstStmt.h"

namespace net {
namespace ast {

struct Decl;
using DeclPtr = std::unique_ptr<Decl>;

struct Decl {
  enum class Kind {
    Use,
    Constant,
    Layer,
    Network,
    Fn,
    Optimizer,
    Initializer,
    Train,
    Task,
    Derivative,
    Data,
  };
  const Kind kind;
  SourceRange range;
  SourceRange nameRange;
  std::string name; ///< empty for `use` and `let`
  std::string doc; ///< text of the `##` lines before it, without marks, lines separated by newlines
  virtual ~Decl() = default;

protected:
  Decl(Kind kind, SourceRange range) : kind(kind), range(range) {}
};

/// `use "lenet.net"`.
struct Use : Decl {
  std::string path;
  SourceRange pathRange;
  Use(SourceRange range) : Decl(Kind::Use, range) {}
  static bool classof(const Decl *d) { return d->kind == Kind::Use; }
};

/// `let pattern = value` of a file.
struct ConstantDecl : Decl {
  Pattern pattern;
  ExprPtr value;
  ConstantDecl(SourceRange range) : Decl(Kind::Constant, range) {}
  static bool classof(const Decl *d) { return d->kind == Kind::Constant; }
};

/// Everything with parameters and a body: layer, network, fn, optimizer, initializer, train, task.
/// Of two lists the first is static; a single one is data.
struct Callable : Decl {
  std::vector<Parameter> statics;
  bool hasStatics = false; ///< a first list stood in the text, even if empty
  std::vector<Parameter> params;
  std::optional<Type> result;
  Block body;
  SourceRange signature; ///< from the keyword to before the body
  Callable(Kind kind, SourceRange range) : Decl(kind, range) {}
  static bool classof(const Decl *d) { return d->kind >= Kind::Layer && d->kind <= Kind::Task; }
};

/// `derivative f(x, y) given dz { return dx, dy }`; the name is the function's.
struct Derivative : Decl {
  bool isSurrogate = false; ///< stands in for the derivative, on purpose
  std::vector<Identifier> params, given;
  Block body;
  Derivative(SourceRange range) : Decl(Kind::Derivative, range) {}
  static bool classof(const Decl *d) { return d->kind == Kind::Derivative; }
};

/// `data D(columns) { part = source .. }`.
struct Data : Decl {
  struct Item {
    SourceRange range;
    Identifier name; ///< empty text: `rows { .. }` alone, the part `all`
    ExprPtr value;   ///< maybe Rows
  };
  std::vector<Parameter> columns;
  std::vector<Item> items;
  Data(SourceRange range) : Decl(Kind::Data, range) {}
  static bool classof(const Decl *d) { return d->kind == Kind::Data; }
};

/// A parsed text.
struct File {
  FileId id = 0;
  std::vector<DeclPtr> decls;
};

/// `layer`, `network`, `fn`: the keyword of a declaration.
const char *kindName(const Decl &decl);

} // namespace ast
} // namespace net
#endif // NETC_FRONTEND_AST_H
