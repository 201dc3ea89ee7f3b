//===- AstWalk.cpp - every expression below a node ------------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/AstWalk.h"
#include "llvm/Support/Casting.h"

#include <filesystem>

using namespace net;
using namespace net::ast;
using llvm::dyn_cast;

namespace {
class Walker {
public:
  explicit Walker(const VisitExpr &visit) : visit(visit) {}

  void go(const ExprPtr &expr) {
    if (expr)
      go(*expr);
  }

  void go(const Expr &expr) {
    visit(expr);
    if (auto *e = dyn_cast<ast::Tuple>(&expr))
      all(e->elements);
    else if (auto *e = dyn_cast<ast::List>(&expr))
      all(e->elements);
    else if (auto *e = dyn_cast<Member>(&expr))
      go(e->base);
    else if (auto *e = dyn_cast<IndexExpr>(&expr))
      goIndex(*e);
    else if (auto *e = dyn_cast<Call>(&expr))
      goCall(*e);
    else if (auto *e = dyn_cast<Pipe>(&expr))
      all(e->stages);
    else if (auto *e = dyn_cast<Unary>(&expr))
      go(e->operand);
    else if (auto *e = dyn_cast<Chain>(&expr))
      all(e->operands);
    else if (auto *e = dyn_cast<As>(&expr))
      go(e->value);
    else
      goRare(expr);
  }

  void go(const Stmt &stmt) {
    if (auto *s = dyn_cast<Let>(&stmt))
      go(s->value);
    else if (auto *s = dyn_cast<ast::Param>(&stmt))
      go(s->initializer);
    else if (auto *s = dyn_cast<ast::State>(&stmt))
      go(s->value);
    else if (auto *s = dyn_cast<Set>(&stmt)) {
      goTarget(s->target);
      go(s->value);
    } else if (auto *s = dyn_cast<Return>(&stmt))
      go(s->value);
    else if (auto *s = dyn_cast<Next>(&stmt))
      go(s->value);
    else if (auto *s = dyn_cast<Emit>(&stmt))
      go(s->value);
    else
      goBlock(stmt);
  }

private:
  void all(const std::vector<ExprPtr> &exprs) {
    for (const ExprPtr &expr : exprs)
      go(expr);
  }

  void goIndices(const std::vector<Index> &index) {
    for (const Index &i : index) {
      go(i.low);
      go(i.high);
    }
  }

  void goIndex(const IndexExpr &e) {
    go(e.base);
    goIndices(e.index);
  }

  void goCall(const Call &e) {
    go(e.callee);
    for (const ast::Argument &argument : e.arguments)
      go(argument.value);
  }

  void goTarget(const Target &target) {
    goIndices(target.index);
    for (const ast::Argument &argument : target.arguments)
      go(argument.value);
  }

  void goRare(const Expr &expr) {
    if (auto *e = dyn_cast<ast::Range>(&expr)) {
      go(e->low);
      go(e->high);
    } else if (auto *e = dyn_cast<Grad>(&expr)) {
      go(e->of);
      go(e->wrt);
    } else if (auto *e = dyn_cast<Jvp>(&expr)) {
      go(e->of);
      go(e->wrt);
      go(e->along);
    } else if (auto *e = dyn_cast<With>(&expr)) {
      go(e->network);
      go(e->bundle);
    } else if (auto *e = dyn_cast<On>(&expr)) {
      go(e->value);
      go(e->data);
    } else if (auto *e = dyn_cast<Scan>(&expr)) {
      go(e->sequence);
      for (const Carry &carry : e->carries)
        go(carry.initial);
      for (const StmtPtr &stmt : e->body)
        go(*stmt);
    }
  }

  void goBlock(const Stmt &stmt) {
    if (auto *s = dyn_cast<Minimize>(&stmt)) {
      go(s->loss);
      go(s->over);
      go(s->optimizer);
    } else if (auto *s = dyn_cast<Update>(&stmt)) {
      go(s->parameters);
      go(s->gradient);
      go(s->loss);
      go(s->optimizer);
    } else if (auto *s = dyn_cast<Report>(&stmt)) {
      go(s->value);
      go(s->data);
    } else if (auto *s = dyn_cast<Stop>(&stmt)) {
      go(s->condition);
    } else if (auto *s = dyn_cast<Each>(&stmt)) {
      go(s->sequence);
      for (const ast::Argument &option : s->options)
        go(option.value);
      for (const StmtPtr &inner : s->body)
        go(*inner);
    }
  }

  const VisitExpr &visit;
};
} // namespace

void ast::walk(const Expr &expr, const VisitExpr &visit) { Walker(visit).go(expr); }
void ast::walk(const Stmt &stmt, const VisitExpr &visit) { Walker(visit).go(stmt); }

std::set<std::string> ast::namesIn(const Expr &expr) {
  std::set<std::string> names;
  walk(expr, [&](const Expr &e) {
    if (auto *name = dyn_cast<Name>(&e))
      names.insert(name->name);
  });
  return names;
}

void ast::namesOf(const Pattern &pattern, std::set<std::string> &names) {
  if (pattern.isName())
    names.insert(pattern.name);
  for (const Pattern &element : pattern.elements)
    namesOf(element, names);
}

void ast::namesOf(const Decl &decl, std::set<std::string> &names) {
  names.insert(decl.name);
  auto *callable = llvm::dyn_cast<Callable>(&decl);
  if (!callable)
    return;
  for (const auto *list : {&callable->statics, &callable->params})
    for (const Parameter &parameter : *list)
      names.insert(parameter.name.text);
  for (const StmtPtr &s : callable->body) {
    if (auto *let = llvm::dyn_cast<Let>(s.get()))
      namesOf(let->pattern, names);
    walk(*s, [&](const Expr &e) {
      if (auto *name = llvm::dyn_cast<Name>(&e))
        names.insert(name->name);
    });
  }
}

void ast::moveUses(File &file, const std::string &from, const std::string &to) {
  if (to.empty() || to == "-")
    return;
  namespace fs = std::filesystem;
  auto folder = [](const std::string &path) { return fs::absolute(path).parent_path(); };
  for (DeclPtr &decl : file.decls) {
    auto *use = llvm::dyn_cast<Use>(decl.get());
    std::error_code failed;
    if (!use || fs::path(use->path).is_absolute())
      continue;
    fs::path moved = fs::proximate(folder(from) / use->path, folder(to), failed);
    if (!failed)
      use->path = moved.generic_string();
  }
}

bool ast::mentionsOn(const Expr &expr) {
  bool found = false;
  walk(expr, [&](const Expr &e) { found |= llvm::isa<On>(e); });
  return found;
}
