//===- AstPrinter.cpp - from tree to text ---------------------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/AstPrinter.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Casting.h"

#include <charconv>

using namespace net;
using namespace net::ast;

namespace {
/// Levels of precedence, the loosest first, as in the grammar.
enum Level {
  Whole,
  Piped,
  Disjunction,
  Conjunction,
  Comparison,
  Spanned,
  Sum,
  Product,
  Contraction,
  Prefix,
  Power,
  Postfix,
  Atom
};

Level levelOf(BinaryOp op) {
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

Level levelOf(const Expr &e) {
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
std::string digits(double value, bool whole) {
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

std::string quoted(const std::string &text) {
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

class Printer {
public:
  explicit Printer(bool bodies) : bodies(bodies) {}
  std::string out;

  void file(const File &file) {
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

  //===-- declarations ----------------------------------------------------------------------===//

  void decl(const Decl &d) {
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

  void constant(const ConstantDecl &d) {
    out += "let ";
    pattern(d.pattern);
    out += " = ";
    expr(*d.value);
    out += '\n';
  }

  void callable(const Callable &d) {
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

  void derivative(const Derivative &d) {
    out += "derivative " + d.name + "(";
    list(d.params, [&](const Identifier &name) { out += name.text; });
    out += ") given ";
    list(d.given, [&](const Identifier &name) { out += name.text; });
    out += ' ';
    block(d.body);
    out += '\n';
  }

  void data(const Data &d) {
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

  void params(const std::vector<Parameter> &parameters) {
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

  void type(const Type &t) {
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

  void pattern(const Pattern &p) {
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

  //===-- statements ------------------------------------------------------------------------===//

  void block(const Block &body) {
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

  void statements(const Block &body) {
    for (const StmtPtr &s : body) {
      newline();
      stmt(*s);
    }
  }

  void stmt(const Stmt &s) {
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

  void binding(const char *keyword, const Pattern &p, const Expr &value) {
    out += keyword;
    pattern(p);
    out += " = ";
    expr(value);
  }

  void clause(const char *keyword, const ExprPtr &value, Level level) {
    if (!value)
      return;
    out += keyword;
    expr(*value, level);
  }

  void values(const char *keyword, const Expr &value) {
    out += keyword;
    if (auto *tuple = llvm::dyn_cast<Tuple>(&value))
      list(tuple->elements, [&](const ExprPtr &element) { expr(*element); });
    else
      expr(value);
  }

  void label(const Identifier &name) {
    if (name.range.isValid())
      out += " as " + quoted(name.text);
  }

  void on(const std::optional<Pattern> &p, const Expr &data) {
    out += " on ";
    if (p) {
      pattern(*p);
      out += " in ";
    }
    expr(data, Piped);
  }

  void each(const Each &loop) {
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

  void target(const Target &t) {
    for (const Identifier &name : t.path)
      out += (&name == &t.path.front() ? "" : ".") + name.text;
    if (t.isCall)
      arguments(t.arguments);
    else if (!t.index.empty())
      indices(t.index);
  }

  //===-- expressions -----------------------------------------------------------------------===//

  void expr(const Expr &e, Level atLeast = Whole) {
    bool parentheses = levelOf(e) < atLeast;
    if (parentheses)
      out += '(';
    bare(e);
    if (parentheses)
      out += ')';
  }

  void bare(const Expr &e) {
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
      return clause("..", llvm::cast<Range>(e).high, Sum);
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

  void chain(const Chain &c) {
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

  void scan(const Scan &s) {
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

  void rows(const Rows &r) {
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

  void side(const Rows &r, size_t first, size_t count) {
    if (count != 1)
      out += count ? '(' : '[';
    for (size_t i = 0; i < count; ++i) {
      out += i ? ", " : "";
      cell(r, r.cells[first + i]);
    }
    if (count != 1)
      out += count ? ')' : ']';
  }

  void cell(const Rows &r, const Rows::Cell &c) {
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

  void argument(const Argument &a) {
    if (a.isNamed())
      out += a.name.text + " = ";
    expr(*a.value);
  }

  void arguments(const std::vector<Argument> &all) {
    out += '(';
    list(all, [&](const Argument &a) { argument(a); });
    out += ')';
  }

  void indices(const std::vector<Index> &all) {
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

  void bracketed(char open, const std::vector<ExprPtr> &elements, char close) {
    out += open;
    list(elements, [&](const ExprPtr &element) { expr(*element); });
    out += close;
  }

  template <typename T, typename F> void list(const std::vector<T> &all, F &&one) {
    for (const T &item : all) {
      out += &item == &all.front() ? "" : ", ";
      one(item);
    }
  }

  void newline() { out += "\n" + std::string(2 * indent, ' '); }

private:
  const bool bodies;
  size_t indent = 0;
};

template <typename Print> std::string with(bool bodies, Print &&print) {
  Printer printer(bodies);
  print(printer);
  return std::move(printer.out);
}
} // namespace

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
