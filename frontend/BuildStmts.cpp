//===- BuildStmts.cpp - statements from the parse tree --------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/BuildAst.h"
#include "llvm/Support/Casting.h"

using namespace net;
using namespace net::ast;

/// `each` without braces in one block; each is one more level of the tree.
static constexpr size_t openLoops = 64;

Block AstBuilder::block(P::BlockContext *context) {
  Block list;
  for (auto *part : context->stmt())
    if (!part->exception)
      list.push_back(stmt(part));
  // A loop without braces takes the rest of its block; from the end, the inner ones first.
  size_t loops = 0;
  for (size_t i = list.size(); i-- > 0;) {
    auto *loop = llvm::dyn_cast<Each>(list[i].get());
    if (!loop || loop->braces)
      continue;
    if (++loops > openLoops) {
      diagnostics.error(loop->range, "N0004",
                        "more than " + std::to_string(openLoops) + " loops stand in one another");
      return {};
    }
    loop->body.assign(std::make_move_iterator(list.begin() + i + 1),
                      std::make_move_iterator(list.end()));
    list.resize(i + 1);
    if (!loop->body.empty())
      loop->range.end = loop->body.back()->range.end;
  }
  return list;
}

StmtPtr AstBuilder::stmt(P::StmtContext *context) {
  switch (context->start->getType()) {
  case P::LET:
    return let(static_cast<P::LetStmtContext *>(context));
  case P::PARAM:
    return param(static_cast<P::ParamStmtContext *>(context));
  case P::STATE:
    return state(static_cast<P::StateStmtContext *>(context));
  case P::SET:
    return set(static_cast<P::SetStmtContext *>(context));
  case P::RETURN: {
    auto out = std::make_unique<Return>(at(context));
    out->value = values(static_cast<P::ReturnStmtContext *>(context)->expr());
    return out;
  }
  case P::NEXT:
    return next(static_cast<P::NextStmtContext *>(context));
  case P::EMIT: {
    auto out = std::make_unique<Emit>(at(context));
    out->value = values(static_cast<P::EmitStmtContext *>(context)->expr());
    return out;
  }
  case P::MINIMIZE:
  case P::MAXIMIZE:
    return minimize(static_cast<P::MinimizeStmtContext *>(context));
  case P::UPDATE:
    return update(static_cast<P::UpdateStmtContext *>(context));
  case P::REPORT:
  case P::SHOW:
    return report(static_cast<P::ReportStmtContext *>(context));
  case P::EACH:
    return each(static_cast<P::EachStmtContext *>(context));
  default:
    return stop(static_cast<P::StopStmtContext *>(context));
  }
}

StmtPtr AstBuilder::let(P::LetStmtContext *context) {
  auto out = std::make_unique<Let>(at(context));
  out->pattern = pattern(context->pattern());
  out->value = expr(context->expr());
  return out;
}

StmtPtr AstBuilder::param(P::ParamStmtContext *context) {
  auto out = std::make_unique<Param>(at(context));
  out->name = identifier(context->name());
  out->type = type(context->type());
  if (context->expr())
    out->initializer = expr(context->expr());
  return out;
}

StmtPtr AstBuilder::state(P::StateStmtContext *context) {
  auto out = std::make_unique<State>(at(context));
  out->name = identifier(context->name());
  if (context->type())
    out->type = type(context->type());
  out->value = expr(context->expr());
  return out;
}

StmtPtr AstBuilder::set(P::SetStmtContext *context) {
  auto out = std::make_unique<Set>(at(context));
  out->target = target(context->target());
  out->value = expr(context->expr());
  return out;
}

StmtPtr AstBuilder::next(P::NextStmtContext *context) {
  auto out = std::make_unique<Next>(at(context));
  out->pattern = pattern(context->pattern());
  out->value = expr(context->expr());
  return out;
}

StmtPtr AstBuilder::minimize(P::MinimizeStmtContext *context) {
  auto out = std::make_unique<Minimize>(at(context));
  out->maximize = context->MAXIMIZE() != nullptr;
  out->loss = expr(context->pipe(0));
  if (context->OVER())
    out->over = expr(context->pipe(1));
  out->optimizer = expr(context->pipe().back());
  out->name = label(context->STRING());
  return out;
}

StmtPtr AstBuilder::update(P::UpdateStmtContext *context) {
  auto out = std::make_unique<Update>(at(context));
  out->parameters = expr(context->pipe(0));
  out->gradient = expr(context->pipe(1));
  if (context->OF())
    out->loss = expr(context->pipe(2));
  out->optimizer = expr(context->pipe().back());
  out->name = label(context->STRING());
  return out;
}

StmtPtr AstBuilder::report(P::ReportStmtContext *context) {
  auto kind = context->SHOW() ? Stmt::Kind::Show : Stmt::Kind::Report;
  auto out = std::make_unique<Report>(kind, at(context));
  out->value = expr(context->pipe());
  if (auto *on = context->on()) {
    if (on->pattern())
      out->pattern = pattern(on->pattern());
    out->data = expr(on->pipe());
  }
  out->name = label(context->STRING());
  return out;
}

StmtPtr AstBuilder::each(P::EachStmtContext *context) {
  auto out = std::make_unique<Each>(at(context));
  out->pattern = pattern(context->pattern());
  out->sequence = expr(context->expr());
  for (auto *option : context->option()) {
    Argument argument;
    argument.range = at(option);
    argument.name = identifier(option->word());
    argument.value = expr(option->expr());
    out->options.push_back(std::move(argument));
  }
  out->braces = context->block() != nullptr;
  if (out->braces)
    out->body = block(context->block());
  return out;
}

StmtPtr AstBuilder::stop(P::StopStmtContext *context) {
  auto out = std::make_unique<Stop>(at(context));
  out->condition = expr(context->expr());
  return out;
}

/// Several values are a tuple.
ExprPtr AstBuilder::values(const std::vector<P::ExprContext *> &contexts) {
  if (contexts.size() == 1)
    return expr(contexts[0]);
  auto tuple = std::make_unique<Tuple>(at(contexts.front()).to(at(contexts.back())));
  for (auto *value : contexts)
    tuple->elements.push_back(expr(value));
  return tuple;
}

Pattern AstBuilder::pattern(P::PatternContext *context) {
  Pattern out;
  out.range = at(context);
  if (context->name()) {
    out.name = identifier(context->name()).text;
    if (context->type())
      out.type = type(context->type());
    return out;
  }
  if (context->pattern().size() == 1)
    return pattern(context->pattern(0));
  out.kind = Pattern::Kind::Tuple;
  for (auto *element : context->pattern())
    out.elements.push_back(pattern(element));
  return out;
}

Target AstBuilder::target(P::TargetContext *context) {
  Target out;
  out.range = at(context);
  out.path.push_back(identifier(context->name()));
  for (auto *word : context->word())
    out.path.push_back(identifier(word));
  out.index = indices(context->index());
  out.isCall = context->args() != nullptr;
  if (out.isCall)
    out.arguments = args(context->args());
  return out;
}

Identifier AstBuilder::label(antlr4::tree::TerminalNode *node) {
  if (!node)
    return {};
  return {string(node->getSymbol()), at(node)};
}
