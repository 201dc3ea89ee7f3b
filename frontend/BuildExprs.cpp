//===- BuildExprs.cpp - expressions from the parse tree -------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/BuildAst.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Casting.h"

#include <charconv>

using namespace net;
using namespace net::ast;
using antlr4::ParserRuleContext;
using antlr4::tree::TerminalNode;

static ParserRuleContext *ruleAt(ParserRuleContext *context, size_t i) {
  return dynamic_cast<ParserRuleContext *>(context->children[i]);
}

/// Any rule from `expr` down to `postfix`.
ExprPtr AstBuilder::expr(ParserRuleContext *context) {
  // Most levels of precedence have one child: walked here, not by recursion.
  while (context->children.size() == 1 && context->getRuleIndex() != P::RuleAtom)
    context = ruleAt(context, 0);
  switch (context->getRuleIndex()) {
  case P::RuleExpr:
    return whole(static_cast<P::ExprContext *>(context));
  case P::RulePipe:
    return pipe(static_cast<P::PipeContext *>(context));
  case P::RuleRange:
    return span(static_cast<P::RangeContext *>(context));
  case P::RulePrefix:
    return prefix(static_cast<P::PrefixContext *>(context));
  case P::RulePostfix:
    return postfix(static_cast<P::PostfixContext *>(context));
  case P::RuleAtom:
    return atom(static_cast<P::AtomContext *>(context));
  default:
    return chain(context);
  }
}

ExprPtr AstBuilder::whole(P::ExprContext *context) {
  ExprPtr value = expr(context->pipe());
  if (auto *part = context->on()) {
    auto on = std::make_unique<On>(at(context->pipe()).to(at(part)));
    on->value = std::move(value);
    if (part->pattern())
      on->pattern = pattern(part->pattern());
    on->data = expr(part->pipe());
    value = std::move(on);
  }
  if (auto *name = context->STRING()) {
    auto as = std::make_unique<As>(at(context));
    as->value = std::move(value);
    as->name = string(name->getSymbol());
    as->nameRange = at(name);
    value = std::move(as);
  }
  return value;
}

ExprPtr AstBuilder::pipe(P::PipeContext *context) {
  auto pipe = std::make_unique<Pipe>(at(context));
  for (auto *stage : context->disjunction())
    pipe->stages.push_back(expr(stage));
  return pipe;
}

static BinaryOp operatorOf(size_t token) {
  using P = netgrammar::NetParser;
  switch (token) {
  case P::OR:
    return BinaryOp::Or;
  case P::AND:
    return BinaryOp::And;
  case P::LT:
    return BinaryOp::Lt;
  case P::GT:
    return BinaryOp::Gt;
  case P::LE:
    return BinaryOp::Le;
  case P::GE:
    return BinaryOp::Ge;
  case P::EQ:
    return BinaryOp::Eq;
  case P::NE:
    return BinaryOp::Ne;
  case P::PLUS:
    return BinaryOp::Add;
  case P::MINUS:
    return BinaryOp::Sub;
  case P::TIMES:
    return BinaryOp::Mul;
  case P::DIVIDE:
    return BinaryOp::Div;
  case P::AT:
    return BinaryOp::MatMul;
  default:
    return BinaryOp::Pow;
  }
}

/// Operand, operator, operand, ..
ExprPtr AstBuilder::chain(ParserRuleContext *context) {
  auto chain = std::make_unique<Chain>(at(context));
  for (size_t i = 0; i < context->children.size(); i += 2) {
    chain->operands.push_back(expr(ruleAt(context, i)));
    if (i + 1 == context->children.size())
      break;
    auto *op = dynamic_cast<TerminalNode *>(context->children[i + 1]);
    chain->ops.push_back(operatorOf(op->getSymbol()->getType()));
    chain->opRanges.push_back(at(op));
  }
  return chain;
}

ExprPtr AstBuilder::span(P::RangeContext *context) {
  auto range = std::make_unique<Range>(at(context));
  range->low = expr(context->sum(0));
  if (context->sum(1))
    range->high = expr(context->sum(1));
  return range;
}

ExprPtr AstBuilder::prefix(P::PrefixContext *context) {
  if (context->GRAD()) {
    auto grad = std::make_unique<Grad>(at(context));
    grad->of = expr(context->prefix(0));
    grad->wrt = expr(context->prefix(1));
    return grad;
  }
  if (context->JVP()) {
    auto jvp = std::make_unique<Jvp>(at(context));
    jvp->of = expr(context->prefix(0));
    jvp->wrt = expr(context->prefix(1));
    jvp->along = expr(context->prefix(2));
    return jvp;
  }
  auto unary = std::make_unique<Unary>(at(context));
  unary->op = context->NOT() ? UnaryOp::Not : UnaryOp::Neg;
  unary->operand = expr(context->prefix(0));
  return unary;
}

ExprPtr AstBuilder::postfix(P::PostfixContext *context) {
  ExprPtr base = atom(context->atom());
  SourceRange begin = at(context->atom());
  for (auto *suffix : context->suffix()) {
    SourceRange range = begin.to(at(suffix));
    if (suffix->word()) {
      auto member = std::make_unique<Member>(range);
      member->base = std::move(base);
      member->name = identifier(suffix->word());
      base = std::move(member);
    } else if (suffix->args()) {
      auto call = std::make_unique<Call>(range);
      call->callee = std::move(base);
      call->arguments = args(suffix->args());
      base = std::move(call);
    } else {
      auto indexed = std::make_unique<IndexExpr>(range);
      indexed->base = std::move(base);
      indexed->index = indices(suffix->index());
      base = std::move(indexed);
    }
  }
  return base;
}

ExprPtr AstBuilder::atom(P::AtomContext *context) {
  if (context->LPAREN())
    return parenthesized(context);
  if (context->scan())
    return scan(context->scan());
  if (context->name())
    return std::make_unique<Name>(at(context), identifier(context->name()).text);
  if (context->NUMBER())
    return number(context->NUMBER()->getSymbol());
  if (context->STRING()) {
    auto out = std::make_unique<String>(at(context));
    out->value = string(context->STRING()->getSymbol());
    return out;
  }
  auto list = std::make_unique<List>(at(context));
  for (auto *element : context->expr())
    list->elements.push_back(expr(element));
  return list;
}

ExprPtr AstBuilder::parenthesized(P::AtomContext *context) {
  if (context->WITH()) {
    auto with = std::make_unique<With>(at(context));
    with->network = expr(context->expr(0));
    with->bundle = expr(context->expr(1));
    return with;
  }
  if (context->expr().size() == 1)
    return expr(context->expr(0));
  auto tuple = std::make_unique<Tuple>(at(context));
  for (auto *element : context->expr())
    tuple->elements.push_back(expr(element));
  return tuple;
}

ExprPtr AstBuilder::scan(P::ScanContext *context) {
  auto scan = std::make_unique<Scan>(at(context));
  scan->pattern = pattern(context->pattern());
  scan->sequence = expr(context->expr());
  if (context->prefix())
    scan->axis = expr(context->prefix());
  scan->reverse = context->REVERSE() != nullptr;
  for (auto *carry : context->carry()) {
    Carry out;
    out.range = at(carry);
    out.name = identifier(carry->name());
    out.initial = expr(carry->expr());
    scan->carries.push_back(std::move(out));
  }
  scan->body = block(context->block());
  return scan;
}

ExprPtr AstBuilder::number(const antlr4::Token *token) {
  auto number = std::make_unique<Number>(places.range(token));
  std::string_view spelled = sources.text(number->range);
  const char *end = spelled.data() + spelled.size();
  bool tooLarge =
      std::from_chars(spelled.data(), end, number->value).ec == std::errc::result_out_of_range;
  if (spelled.find_first_of(".eE") == std::string_view::npos) {
    int64_t whole = 0;
    if (std::from_chars(spelled.data(), end, whole).ec == std::errc())
      number->whole = whole;
    else
      tooLarge = true;
  }
  if (tooLarge)
    diagnostics.error(number->range, "N0107",
                      number->value < 1 && !number->whole && spelled.find('-') != spelled.npos
                          ? "the number is too small for f64"
                          : "the number is too large for its type");
  return number;
}

std::string AstBuilder::string(const antlr4::Token *token) {
  SourceRange range = places.range(token);
  std::string out;
  size_t bad = 0;
  if (!unescape(sources.text(range).substr(1, range.size() - 2), out, bad)) {
    uint32_t place = range.begin + 1 + static_cast<uint32_t>(bad);
    diagnostics
        .error({range.file, place, place + 2}, "N0105",
               "unknown escape `" + text({range.file, place, place + 2}) + "`")
        .help("escapes are `\\n`, `\\t`, `\\\"` and `\\\\`");
  }
  return out;
}

std::vector<Argument> AstBuilder::args(P::ArgsContext *context) {
  std::vector<Argument> list;
  for (auto *arg : context->arg()) {
    Argument out;
    out.range = at(arg);
    if (arg->word())
      out.name = identifier(arg->word());
    out.value = expr(arg->expr());
    list.push_back(std::move(out));
  }
  return list;
}

std::vector<Index> AstBuilder::indices(const std::vector<P::IndexContext *> &contexts) {
  std::vector<Index> list;
  for (auto *context : contexts)
    list.push_back(index(context));
  return list;
}

Index AstBuilder::index(P::IndexContext *context) {
  Index out;
  out.range = at(context);
  bool colonFirst = context->start->getType() == P::COLON;
  if (!colonFirst)
    out.low = expr(context->expr(0));
  if (auto *high = context->expr(colonFirst ? 0 : 1))
    out.high = expr(high);
  if (context->COLON()) {
    out.kind = Index::Kind::Slice;
  } else if (auto *name = llvm::dyn_cast<Name>(out.low.get()); name && name->name == "new") {
    out.kind = Index::Kind::New;
    out.low = nullptr;
  }
  return out;
}
