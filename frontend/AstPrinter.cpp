//===- AstPrinter.cpp - from tree to text: declarations, types -------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/PrinterImpl.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Casting.h"

using namespace net;
using namespace net::ast;

std::string Printer::quoted(const std::string &text) {
  std::string out = "\"";
  for (char c : text) {
    if (c == '\n')
      out += "\\n";
    else if (c == '\t')
      out += "\\t";
    else if (c == '"' || c == '\\')
      out += std::string("\\") + c;
    else
      out += c;
  }
  return out + "\"";
}

void Printer::file(const File &file) {
  const Decl *before = nullptr;
  for (const DeclPtr &decl : file.decls) {
    bool together = before && before->kind == decl->kind && decl->doc.empty() &&
                    (llvm::isa<Use>(decl.get()) || llvm::isa<ConstantDecl>(decl.get()));
    if (before && !together)
      out += '\n';
    this->decl(*decl);
    before = decl.get();
  }
}

void Printer::decl(const Decl &d) {
  for (llvm::StringRef rest = d.doc; !rest.empty();) {
    auto [line, tail] = rest.split('\n');
    out += "##" + (line.empty() ? std::string() : " " + line.str()) + "\n";
    rest = tail;
  }
  if (auto *use = llvm::dyn_cast<Use>(&d))
    out += "use " + quoted(use->path) + "\n";
  else if (auto *let = llvm::dyn_cast<ConstantDecl>(&d))
    constant(*let);
  else if (auto *derivative = llvm::dyn_cast<Derivative>(&d))
    this->derivative(*derivative);
  else if (auto *data = llvm::dyn_cast<Data>(&d))
    this->data(*data);
  else
    callable(llvm::cast<Callable>(d));
}

void Printer::constant(const ConstantDecl &d) {
  out += "let ";
  pattern(d.pattern);
  out += " = ";
  expr(*d.value);
  out += '\n';
}

void Printer::callable(const Callable &d) {
  out += std::string(kindName(d)) + " " + d.name;
  if (d.hasStatics)
    params(d.statics);
  if (d.kind != Decl::Kind::Train)
    params(d.params);
  if (d.result) {
    out += " -> ";
    type(*d.result);
  }
  out += ' ';
  block(d.body);
  out += '\n';
}

void Printer::derivative(const Derivative &d) {
  out += (d.isSurrogate ? "surrogate derivative " : "derivative ") + d.name + "(";
  list(d.params, [&](const Identifier &name) { out += name.text; });
  out += ") given ";
  list(d.given, [&](const Identifier &name) { out += name.text; });
  out += ' ';
  block(d.body);
  out += '\n';
}

void Printer::data(const Data &d) {
  out += "data " + d.name;
  params(d.columns);
  out += " {";
  ++indent;
  for (const Data::Item &item : d.items) {
    newline();
    if (!item.name.text.empty())
      out += item.name.text + " = ";
    expr(*item.value);
  }
  --indent;
  newline();
  out += "}\n";
}

void Printer::params(const std::vector<Parameter> &parameters) {
  out += '(';
  list(parameters, [&](const Parameter &p) {
    out += p.name.text;
    if (p.type) {
      out += ": ";
      type(*p.type);
    }
    if (p.defaultValue) {
      out += " = ";
      expr(*p.defaultValue);
    }
  });
  out += ')';
}

void Printer::type(const Type &t) {
  if (t.kind == Type::Kind::Fn) {
    out += "fn";
  } else if (t.kind == Type::Kind::Tuple) {
    out += '(';
    list(t.elements, [&](const Type &element) { type(element); });
    out += ')';
  } else {
    out += t.name;
    if (t.brackets) {
      out += '[';
      list(t.sizes, [&](const ExprPtr &size) { expr(*size); });
      out += ']';
    }
  }
}

void Printer::pattern(const Pattern &p) {
  if (p.isName()) {
    out += p.name;
    if (p.type) {
      out += ": ";
      type(*p.type);
    }
    return;
  }
  out += '(';
  list(p.elements, [&](const Pattern &element) { pattern(element); });
  out += ')';
}

template <typename Print> static std::string with(bool bodies, Print &&print) {
  Printer printer(bodies);
  print(printer);
  return std::move(printer.out);
}

std::string ast::print(const File &file) {
  return with(true, [&](Printer &p) { p.file(file); });
}

std::string ast::print(const Decl &decl) {
  return with(true, [&](Printer &p) { p.decl(decl); });
}

std::string ast::print(const Expr &expr) {
  return with(false, [&](Printer &p) { p.expr(expr); });
}

std::string ast::print(const Type &type) {
  return with(false, [&](Printer &p) { p.type(type); });
}

std::string ast::print(const Pattern &pattern) {
  return with(false, [&](Printer &p) { p.pattern(pattern); });
}
