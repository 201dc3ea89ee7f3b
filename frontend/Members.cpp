//===- Members.cpp - the names that someone reads from outside ------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// `run.h2` asks a layer for its `let h2`. Which names are asked for is known from
// the text alone, before anything is elaborated.
//
//===----------------------------------------------------------------------===//
#include "frontend/ElaboratorImpl.h"

using namespace net;

namespace {
class Collector {
public:
  explicit Collector(std::set<std::string> &names) : names(names) {}

  void visit(const ast::Expr *expr) {
    if (!expr)
      return;
    if (auto *e = llvm::dyn_cast<ast::Member>(expr)) {
      names.insert(e->name.text);
      visit(e->base.get());
    } else if (auto *e = llvm::dyn_cast<ast::Tuple>(expr)) {
      all(e->elements);
    } else if (auto *e = llvm::dyn_cast<ast::List>(expr)) {
      all(e->elements);
    } else if (auto *e = llvm::dyn_cast<ast::IndexExpr>(expr)) {
      visit(e->base.get());
      for (const ast::Index &i : e->index) {
        visit(i.low.get());
        visit(i.high.get());
      }
    } else if (auto *e = llvm::dyn_cast<ast::Call>(expr)) {
      visit(e->callee.get());
      for (const ast::Argument &a : e->arguments)
        visit(a.value.get());
    } else if (auto *e = llvm::dyn_cast<ast::Pipe>(expr)) {
      all(e->stages);
    } else if (auto *e = llvm::dyn_cast<ast::Unary>(expr)) {
      visit(e->operand.get());
    } else if (auto *e = llvm::dyn_cast<ast::Chain>(expr)) {
      all(e->operands);
    } else {
      others(expr);
    }
  }

  void visit(const ast::Block &block) {
    for (const ast::StmtPtr &stmt : block)
      visit(*stmt);
  }

private:
  void all(const std::vector<ast::ExprPtr> &list) {
    for (const ast::ExprPtr &e : list)
      visit(e.get());
  }

  void others(const ast::Expr *expr) {
    if (auto *e = llvm::dyn_cast<ast::Range>(expr)) {
      visit(e->low.get());
      visit(e->high.get());
    } else if (auto *e = llvm::dyn_cast<ast::Grad>(expr)) {
      visit(e->of.get());
      visit(e->wrt.get());
    } else if (auto *e = llvm::dyn_cast<ast::Jvp>(expr)) {
      visit(e->of.get());
      visit(e->wrt.get());
      visit(e->along.get());
    } else if (auto *e = llvm::dyn_cast<ast::With>(expr)) {
      visit(e->network.get());
      visit(e->bundle.get());
    } else if (auto *e = llvm::dyn_cast<ast::On>(expr)) {
      visit(e->value.get());
      visit(e->data.get());
    } else if (auto *e = llvm::dyn_cast<ast::As>(expr)) {
      visit(e->value.get());
    } else if (auto *e = llvm::dyn_cast<ast::Scan>(expr)) {
      visit(e->sequence.get());
      for (const ast::Carry &carry : e->carries)
        visit(carry.initial.get());
      visit(e->body);
    }
  }

  void visit(const ast::Stmt &stmt) {
    if (auto *s = llvm::dyn_cast<ast::Let>(&stmt))
      visit(s->value.get());
    else if (auto *s = llvm::dyn_cast<ast::State>(&stmt))
      visit(s->value.get());
    else if (auto *s = llvm::dyn_cast<ast::Set>(&stmt))
      visit(s->value.get());
    else if (auto *s = llvm::dyn_cast<ast::Return>(&stmt))
      visit(s->value.get());
    else if (auto *s = llvm::dyn_cast<ast::Next>(&stmt))
      visit(s->value.get());
    else if (auto *s = llvm::dyn_cast<ast::Emit>(&stmt))
      visit(s->value.get());
    else if (auto *s = llvm::dyn_cast<ast::Stop>(&stmt))
      visit(s->condition.get());
    else
      trainStatement(stmt);
  }

  void trainStatement(const ast::Stmt &stmt) {
    if (auto *s = llvm::dyn_cast<ast::Minimize>(&stmt)) {
      visit(s->loss.get());
      visit(s->optimizer.get());
    } else if (auto *s = llvm::dyn_cast<ast::Update>(&stmt)) {
      visit(s->gradient.get());
      visit(s->loss.get());
      visit(s->optimizer.get());
    } else if (auto *s = llvm::dyn_cast<ast::Report>(&stmt)) {
      visit(s->value.get());
    } else if (auto *s = llvm::dyn_cast<ast::Each>(&stmt)) {
      visit(s->sequence.get());
      visit(s->body);
    }
  }

  std::set<std::string> &names;
};
} // namespace

void net::collectMembers(const ast::Decl &decl, std::set<std::string> &names) {
  Collector collector(names);
  if (auto *callable = llvm::dyn_cast<ast::Callable>(&decl))
    collector.visit(callable->body);
  else if (auto *constant = llvm::dyn_cast<ast::ConstantDecl>(&decl))
    collector.visit(constant->value.get());
  else if (auto *derivative = llvm::dyn_cast<ast::Derivative>(&decl))
    collector.visit(derivative->body);
}
