//===- PrinterImpl.h - the printer of trees ---------------------*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef NETC_FRONTEND_PRINTERIMPL_H
#define NETC_FRONTEND_PRINTERIMPL_H

#include "frontend/AstPrinter.h"

namespace net {
namespace ast {

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

/// Prints into `out`. Each method prints one kind of node; those of expressions take the loosest
/// level that needs no parentheses.
class Printer {
public:
  /// `bodies`: of scans too, else `{ .. }`.
  explicit Printer(bool bodies) : bodies(bodies) {}
  virtual ~Printer() = default;
  std::string out;

  /// As the language writes a string.
  static std::string quoted(const std::string &text);

  void file(const File &file);

  //===-- declarations ---------------------------------------------------------------------===//

  void decl(const Decl &d);
  void constant(const ConstantDecl &d);
  virtual void callable(const Callable &d);
  void derivative(const Derivative &d);
  void data(const Data &d);
  void params(const std::vector<Parameter> &parameters);
  void type(const Type &t);
  void pattern(const Pattern &p);

  //===-- statements -----------------------------------------------------------------------===//

  void block(const Block &body);
  void statements(const Block &body);
  virtual void stmt(const Stmt &s);
  void binding(const char *keyword, const Pattern &p, const Expr &value);
  void clause(const char *keyword, const ExprPtr &value, Level level);
  void values(const char *keyword, const Expr &value);
  void label(const Identifier &name);
  void on(const std::optional<Pattern> &p, const Expr &data);
  virtual void each(const Each &loop);
  void target(const Target &t);

  //===-- expressions ----------------------------------------------------------------------===//

  virtual void expr(const Expr &e, Level atLeast = Whole);
  void bare(const Expr &e);
  void chain(const Chain &c);
  void scan(const Scan &s);
  void rows(const Rows &r);
  void side(const Rows &r, size_t first, size_t count);
  void cell(const Rows &r, const Rows::Cell &c);
  void argument(const Argument &a);
  void arguments(const std::vector<Argument> &all);
  void indices(const std::vector<Index> &all);
  void bracketed(char open, const std::vector<ExprPtr> &elements, char close);

protected:
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

} // namespace ast
} // namespace net
#endif // NETC_FRONTEND_PRINTERIMPL_H
