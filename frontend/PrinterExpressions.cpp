//===- PrinterExpressions.cpp - from tree to text: expressions -------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/PrinterImpl.h"
#include "llvm/Support/Casting.h"

#include <charconv>

using namespace net;
using namespace net::ast;

static Level levelOf(BinaryOp op) {
  switch (op) {
  case BinaryOp::Or:
    return Disjunction;
  case BinaryOp::And:
    return Conjunction;
  case BinaryOp::Add:
  case BinaryOp::Sub:
    return Sum;
  case BinaryOp::Mul:
  case BinaryOp::Div:
    return Product;
  case BinaryOp::MatMul:
    return Contraction;
  case BinaryOp::Pow:
    return Power;
  default:
    return Comparison;
  }
}

static Level levelOf(const Expr &e) {
  switch (e.kind) {
  case Expr::Kind::On:
  case Expr::Kind::As:
    return Whole;
  case Expr::Kind::Pipe:
    return Piped;
  case Expr::Kind::Chain:
    return levelOf(llvm::cast<Chain>(e).ops[0]);
  case Expr::Kind::Range:
    return Spanned;
  case Expr::Kind::Unary:
  case Expr::Kind::Grad:
  case Expr::Kind::Jvp:
    return Prefix;
  case Expr::Kind::Member:
  case Expr::Kind::Index:
  case Expr::Kind::Call:
    return Postfix;
  default:
    return Atom;
  }
}

/// Shortest digits that read back as the same number; with a point or exponent unless it is whole.
static std::string digits(double value, bool whole) {
  char buffer[400];
  auto format = whole ? std::chars_format::fixed : std::chars_format::general;
  auto end = whole ? std::to_chars(buffer, buffer + sizeof buffer, value, format).ptr
                   : std::to_chars(buffer, buffer + sizeof buffer, value).ptr;
  std::string text(buffer, end);
  // `1e-04` is `1e-4`.
  size_t exponent = text.find('e');
  while (exponent != std::string::npos && text.size() > exponent + 3 && text[exponent + 2] == '0')
    text.erase(exponent + 2, 1);
  if (!whole && text.find_first_of(".en") == std::string::npos)
    text += ".0";
  return text;
}

void Printer::expr(const Expr &e, Level atLeast) {
  bool parentheses = levelOf(e) < atLeast;
  if (parentheses)
    out += '(';
  bare(e);
  if (parentheses)
    out += ')';
}

void Printer::bare(const Expr &e) {
  switch (e.kind) {
  case Expr::Kind::Number: {
    auto &number = llvm::cast<Number>(e);
    out += number.whole ? std::to_string(*number.whole) : digits(number.value, false);
    return;
  }
  case Expr::Kind::String:
    out += quoted(llvm::cast<String>(e).value);
    return;
  case Expr::Kind::Name:
    out += llvm::cast<Name>(e).name;
    return;
  case Expr::Kind::Tuple:
    return bracketed('(', llvm::cast<Tuple>(e).elements, ')');
  case Expr::Kind::List:
    return bracketed('[', llvm::cast<List>(e).elements, ']');
  case Expr::Kind::Member:
    expr(*llvm::cast<Member>(e).base, Postfix);
    out += "." + llvm::cast<Member>(e).name.text;
    return;
  case Expr::Kind::Index:
    expr(*llvm::cast<IndexExpr>(e).base, Postfix);
    return indices(llvm::cast<IndexExpr>(e).index);
  case Expr::Kind::Call:
    expr(*llvm::cast<Call>(e).callee, Postfix);
    return arguments(llvm::cast<Call>(e).arguments);
  case Expr::Kind::Pipe:
    for (const ExprPtr &stage : llvm::cast<Pipe>(e).stages) {
      out += &stage == &llvm::cast<Pipe>(e).stages.front() ? "" : " |> ";
      expr(*stage, Disjunction);
    }
    return;
  case Expr::Kind::Unary:
    out += llvm::cast<Unary>(e).op == UnaryOp::Neg ? "-" : "not ";
    return expr(*llvm::cast<Unary>(e).operand, Prefix);
  case Expr::Kind::Chain:
    return chain(llvm::cast<Chain>(e));
  case Expr::Kind::Range:
    expr(*llvm::cast<Range>(e).low, Sum);
    out += "..";
    return clause("", llvm::cast<Range>(e).high, Sum);
  case Expr::Kind::Grad:
    clause("grad ", llvm::cast<Grad>(e).of, Prefix);
    return clause(" wrt ", llvm::cast<Grad>(e).wrt, Prefix);
  case Expr::Kind::Jvp:
    clause("jvp ", llvm::cast<Jvp>(e).of, Prefix);
    clause(" wrt ", llvm::cast<Jvp>(e).wrt, Prefix);
    return clause(" along ", llvm::cast<Jvp>(e).along, Prefix);
  case Expr::Kind::With:
    clause("(", llvm::cast<With>(e).network, Whole);
    clause(" with ", llvm::cast<With>(e).bundle, Whole);
    out += ')';
    return;
  case Expr::Kind::On:
    expr(*llvm::cast<On>(e).value, Piped);
    return on(llvm::cast<On>(e).pattern, *llvm::cast<On>(e).data);
  case Expr::Kind::As: {
    auto &as = llvm::cast<As>(e);
    expr(*as.value, llvm::isa<On>(as.value.get()) ? Whole : Piped);
    out += " as " + quoted(as.name);
    return;
  }
  case Expr::Kind::Scan:
    return scan(llvm::cast<Scan>(e));
  case Expr::Kind::Rows:
    return rows(llvm::cast<Rows>(e));
  }
}

void Printer::chain(const Chain &c) {
  Level level = levelOf(c.ops[0]);
  // Operands of a power and a comparison are of other levels than a chain's, which are one
  // tighter.
  Level left = level == Power ? Postfix : static_cast<Level>(level + 1);
  Level right = level == Power ? Prefix : left;
  expr(*c.operands[0], left);
  for (size_t i = 0; i < c.ops.size(); ++i) {
    out += std::string(" ") + spelling(c.ops[i]) + " ";
    expr(*c.operands[i + 1], right);
  }
}

void Printer::scan(const Scan &s) {
  out += "scan ";
  pattern(s.pattern);
  clause(" in ", s.sequence, Whole);
  clause(" over ", s.axis, Prefix);
  if (s.reverse)
    out += " reverse";
  for (const Carry &carry : s.carries) {
    out += (&carry == &s.carries.front() ? " with " : ", ") + carry.name.text;
    clause(" = ", carry.initial, Whole);
  }
  out += ' ';
  block(s.body);
}

void Printer::rows(const Rows &r) {
  out += "rows {";
  ++indent;
  for (const Rows::Row &row : r.rows) {
    out += &row == &r.rows.front() ? "" : ",";
    newline();
    side(r, row.firstCell, row.beforeArrow);
    if (row.beforeArrow < row.cellCount) {
      out += " -> ";
      side(r, row.firstCell + row.beforeArrow, row.cellCount - row.beforeArrow);
    }
  }
  --indent;
  newline();
  out += '}';
}

void Printer::side(const Rows &r, size_t first, size_t count) {
  if (count != 1)
    out += count ? '(' : '[';
  for (size_t i = 0; i < count; ++i) {
    out += i ? ", " : "";
    cell(r, r.cells[first + i]);
  }
  if (count != 1)
    out += count ? ')' : ']';
}

void Printer::cell(const Rows &r, const Rows::Cell &c) {
  switch (c.kind) {
  case Rows::Cell::Kind::Number:
    out += digits(c.number, c.whole);
    return;
  case Rows::Cell::Kind::Truth:
    out += c.number != 0 ? "true" : "false";
    return;
  case Rows::Cell::Kind::String:
    out += quoted(r.strings[c.index]);
    return;
  case Rows::Cell::Kind::Expression:
    return expr(*r.expressions[c.index]);
  }
}

void Printer::argument(const Argument &a) {
  if (a.isNamed())
    out += a.name.text + " = ";
  expr(*a.value);
}

void Printer::arguments(const std::vector<Argument> &all) {
  out += '(';
  list(all, [&](const Argument &a) { argument(a); });
  out += ')';
}

void Printer::indices(const std::vector<Index> &all) {
  out += '[';
  list(all, [&](const Index &i) {
    if (i.kind == Index::Kind::New)
      out += "new";
    if (i.low)
      expr(*i.low);
    if (i.kind == Index::Kind::Slice)
      out += ':';
    if (i.high)
      expr(*i.high);
  });
  out += ']';
}

void Printer::bracketed(char open, const std::vector<ExprPtr> &elements, char close) {
  out += open;
  list(elements, [&](const ExprPtr &element) { expr(*element); });
  out += close;
}
