//===- PrinterStatements.cpp - from tree to text: statements ---------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/PrinterImpl.h"
#include "llvm/Support/Casting.h"

using namespace net;
using namespace net::ast;

void Printer::block(const Block &body) {
  if (!bodies) {
    out += "{ .. }";
    return;
  }
  out += '{';
  ++indent;
  statements(body);
  --indent;
  newline();
  out += '}';
}

void Printer::statements(const Block &body) {
  for (const StmtPtr &s : body) {
    newline();
    stmt(*s);
  }
}

void Printer::stmt(const Stmt &s) {
  switch (s.kind) {
  case Stmt::Kind::Let:
    return binding("let ", llvm::cast<Let>(s).pattern, *llvm::cast<Let>(s).value);
  case Stmt::Kind::Next:
    return binding("next ", llvm::cast<Next>(s).pattern, *llvm::cast<Next>(s).value);
  case Stmt::Kind::Param: {
    auto &param = llvm::cast<Param>(s);
    out += "param " + param.name.text + ": ";
    type(param.type);
    clause(" ~ ", param.initializer, Whole);
    return;
  }
  case Stmt::Kind::State: {
    auto &state = llvm::cast<State>(s);
    out += "state " + state.name.text;
    if (state.type) {
      out += ": ";
      type(*state.type);
    }
    return clause(" = ", state.value, Whole);
  }
  case Stmt::Kind::Set:
    out += "set ";
    target(llvm::cast<Set>(s).target);
    return clause(" = ", llvm::cast<Set>(s).value, Whole);
  case Stmt::Kind::Return:
    return values("return ", *llvm::cast<Return>(s).value);
  case Stmt::Kind::Emit:
    return values("emit ", *llvm::cast<Emit>(s).value);
  case Stmt::Kind::Minimize: {
    auto &minimize = llvm::cast<Minimize>(s);
    clause(minimize.maximize ? "maximize " : "minimize ", minimize.loss, Piped);
    clause(" over ", minimize.over, Piped);
    clause(" using ", minimize.optimizer, Piped);
    return label(minimize.name);
  }
  case Stmt::Kind::Update: {
    auto &update = llvm::cast<Update>(s);
    clause("update ", update.parameters, Piped);
    clause(" with ", update.gradient, Piped);
    clause(" of ", update.loss, Piped);
    clause(" using ", update.optimizer, Piped);
    return label(update.name);
  }
  case Stmt::Kind::Report:
  case Stmt::Kind::Show: {
    auto &report = llvm::cast<Report>(s);
    clause(report.isShow() ? "show " : "report ", report.value, Piped);
    if (report.data)
      on(report.pattern, *report.data);
    return label(report.name);
  }
  case Stmt::Kind::Each:
    return each(llvm::cast<Each>(s));
  case Stmt::Kind::Stop:
    return clause("stop when ", llvm::cast<Stop>(s).condition, Whole);
  }
}

void Printer::binding(const char *keyword, const Pattern &p, const Expr &value) {
  out += keyword;
  pattern(p);
  out += " = ";
  expr(value);
}

void Printer::clause(const char *keyword, const ExprPtr &value, Level level) {
  if (!value)
    return;
  out += keyword;
  expr(*value, level);
}

void Printer::values(const char *keyword, const Expr &value) {
  out += keyword;
  if (auto *tuple = llvm::dyn_cast<Tuple>(&value))
    list(tuple->elements, [&](const ExprPtr &element) { expr(*element); });
  else
    expr(value);
}

void Printer::label(const Identifier &name) {
  if (name.range.isValid())
    out += " as " + quoted(name.text);
}

void Printer::on(const std::optional<Pattern> &p, const Expr &data) {
  out += " on ";
  if (p) {
    pattern(*p);
    out += " in ";
  }
  expr(data, Piped);
}

void Printer::each(const Each &loop) {
  out += "each ";
  pattern(loop.pattern);
  out += " in ";
  expr(*loop.sequence);
  for (const Argument &option : loop.options) {
    out += ", ";
    argument(option);
  }
  if (loop.braces) {
    out += ' ';
    block(loop.body);
  } else {
    statements(loop.body);
  }
}

void Printer::target(const Target &t) {
  for (const Identifier &name : t.path)
    out += (&name == &t.path.front() ? "" : ".") + name.text;
  if (t.isCall)
    arguments(t.arguments);
  else if (!t.index.empty())
    indices(t.index);
}
