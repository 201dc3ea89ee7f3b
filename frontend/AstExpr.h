//===- AstExpr.h - expressions of a .net file, and what they consist of -*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef NETC_FRONTEND_ASTEXPR_H
#define NETC_FRONTEND_ASTEXPR_H

#include "frontend/Source.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace net {
namespace ast {

struct Expr;
struct Stmt;
using ExprPtr = std::unique_ptr<Expr>;
using StmtPtr = std::unique_ptr<Stmt>;
using Block = std::vector<StmtPtr>;

/// A name where it stands.
struct Identifier {
  std::string text;
  SourceRange range;
};

//===----------------------------------------------------------------------===//
// Parts of nodes
//===----------------------------------------------------------------------===//

/// `f32[B, 10]`, `dim`, `params`, `(f32, i32)`, `fn`.
struct Type {
  enum class Kind {
    Name,  ///< `name`, or `name[sizes]`
    Tuple, ///< `elements`
    Fn,
  };
  Kind kind = Kind::Name;
  SourceRange range;
  std::string name;           ///< `f32`, `float`, `dim`, `params`, ...
  bool brackets = false;      ///< `f32[]` is not `f32` in the text, though both are scalars
  std::vector<ExprPtr> sizes; ///< `B..` is a Range without an end
  std::vector<Type> elements;
};

/// What `let`, `each`, `scan` and `next` bind: `x`, `x: f32[N, D]`, `(a, (b, _))`.
struct Pattern {
  enum class Kind { Name, Tuple };
  Kind kind = Kind::Name;
  SourceRange range;
  std::string name; ///< `_` is bound to nothing
  std::optional<Type> type;
  std::vector<Pattern> elements;
  bool isName() const { return kind == Kind::Name; }
};

/// A parameter of a declaration, or a column of a data set.
struct Parameter {
  SourceRange range;
  Identifier name;
  std::optional<Type> type;
  ExprPtr defaultValue; ///< or null
};

/// `value` or `name = value` in a call or in the options of `each`.
struct Argument {
  SourceRange range;
  Identifier name; ///< empty text: by position
  ExprPtr value;
  bool isNamed() const { return !name.text.empty(); }
};

/// One place between the brackets of `x[i, 0:3, :, new]`.
struct Index {
  enum class Kind {
    At,    ///< `low` is the index; a Range without an end is `B..`
    Slice, ///< `low:high`, each may be null
    New,   ///< `new`
  };
  Kind kind = Kind::At;
  SourceRange range;
  ExprPtr low, high;
};

/// The left side of `set`: `m`, `Net.dense_1.W`, `err[i]`, `params(Net)`.
struct Target {
  SourceRange range;
  std::vector<Identifier> path;    ///< at least one name
  std::vector<Index> index;        ///< of `x[i] = ..`
  bool isCall = false;             ///< `params(Net)`
  std::vector<Argument> arguments; ///< of a call
};

//===----------------------------------------------------------------------===//
// Expressions
//===----------------------------------------------------------------------===//

struct Expr {
  enum class Kind {
    Number,
    String,
    Name,
    Tuple,
    List,
    Member,
    Index,
    Call,
    Pipe,
    Unary,
    Chain,
    Range,
    Grad,
    Jvp,
    With,
    On,
    As,
    Scan,
    Rows,
  };
  const Kind kind;
  SourceRange range;
  virtual ~Expr() = default;

protected:
  Expr(Kind kind, SourceRange range) : kind(kind), range(range) {}
};

/// `3`, `1e-3`. A number is whole if it was written without point and exponent.
struct Number : Expr {
  double value = 0;
  std::optional<int64_t> whole;
  Number(SourceRange range) : Expr(Kind::Number, range) {}
  static bool classof(const Expr *e) { return e->kind == Kind::Number; }
};

/// `"text"`, escapes resolved.
struct String : Expr {
  std::string value;
  String(SourceRange range) : Expr(Kind::String, range) {}
  static bool classof(const Expr *e) { return e->kind == Kind::String; }
};

/// Any name, also `true`, `training`, `step`, `pi`.
struct Name : Expr {
  std::string name;
  Name(SourceRange range, std::string name) : Expr(Kind::Name, range), name(std::move(name)) {}
  static bool classof(const Expr *e) { return e->kind == Kind::Name; }
};

/// `(a, b)`, also the values of `return a, b` and `emit a, b`. Two elements at least.
struct Tuple : Expr {
  std::vector<ExprPtr> elements;
  Tuple(SourceRange range) : Expr(Kind::Tuple, range) {}
  static bool classof(const Expr *e) { return e->kind == Kind::Tuple; }
};

/// `[a, b]`; may be empty.
struct List : Expr {
  std::vector<ExprPtr> elements;
  List(SourceRange range) : Expr(Kind::List, range) {}
  static bool classof(const Expr *e) { return e->kind == Kind::List; }
};

/// `base.name`, also `x.T`.
struct Member : Expr {
  ExprPtr base;
  Identifier name;
  Member(SourceRange range) : Expr(Kind::Member, range) {}
  static bool classof(const Expr *e) { return e->kind == Kind::Member; }
};

/// `base[..]`: an index or slice, or a type such as `f32[B, 10]`.
struct IndexExpr : Expr {
  ExprPtr base;
  std::vector<Index> index;
  IndexExpr(SourceRange range) : Expr(Kind::Index, range) {}
  static bool classof(const Expr *e) { return e->kind == Kind::Index; }
};

/// `callee(arguments)`. `dense(10)(x)` is a call of a call.
struct Call : Expr {
  ExprPtr callee;
  std::vector<Argument> arguments;
  Call(SourceRange range) : Expr(Kind::Call, range) {}
  static bool classof(const Expr *e) { return e->kind == Kind::Call; }
};

/// `stages[0] |> stages[1] |> ..`, two stages at least.
struct Pipe : Expr {
  std::vector<ExprPtr> stages;
  Pipe(SourceRange range) : Expr(Kind::Pipe, range) {}
  static bool classof(const Expr *e) { return e->kind == Kind::Pipe; }
};

enum class UnaryOp { Neg, Not };

struct Unary : Expr {
  UnaryOp op = UnaryOp::Neg;
  ExprPtr operand;
  Unary(SourceRange range) : Expr(Kind::Unary, range) {}
  static bool classof(const Expr *e) { return e->kind == Kind::Unary; }
};

enum class BinaryOp { Or, And, Lt, Gt, Le, Ge, Eq, Ne, Add, Sub, Mul, Div, MatMul, Pow };

/// `a - b + c`: operators of one level of precedence, to be applied from left to right.
/// Comparisons and `**` have exactly two operands.
struct Chain : Expr {
  std::vector<ExprPtr> operands;
  std::vector<BinaryOp> ops;         ///< ops[i] stands between operands[i] and operands[i + 1]
  std::vector<SourceRange> opRanges; ///< places of the operators
  Chain(SourceRange range) : Expr(Kind::Chain, range) {}
  static bool classof(const Expr *e) { return e->kind == Kind::Chain; }
};

/// `low..high`; without `high` it is a pack of axes, `B..`.
struct Range : Expr {
  ExprPtr low, high;
  Range(SourceRange range) : Expr(Kind::Range, range) {}
  static bool classof(const Expr *e) { return e->kind == Kind::Range; }
};

/// `grad of wrt what`. A tuple `what` gives a tuple of gradients.
struct Grad : Expr {
  ExprPtr of, wrt;
  Grad(SourceRange range) : Expr(Kind::Grad, range) {}
  static bool classof(const Expr *e) { return e->kind == Kind::Grad; }
};

/// `jvp of wrt what along direction`.
struct Jvp : Expr {
  ExprPtr of, wrt, along;
  Jvp(SourceRange range) : Expr(Kind::Jvp, range) {}
  static bool classof(const Expr *e) { return e->kind == Kind::Jvp; }
};

/// `(network with bundle)`: the network at other parameters.
struct With : Expr {
  ExprPtr network, bundle;
  With(SourceRange range) : Expr(Kind::With, range) {}
  static bool classof(const Expr *e) { return e->kind == Kind::With; }
};

/// `value on data`, `value on pattern in data`.
struct On : Expr {
  ExprPtr value;
  std::optional<Pattern> pattern;
  ExprPtr data;
  On(SourceRange range) : Expr(Kind::On, range) {}
  static bool classof(const Expr *e) { return e->kind == Kind::On; }
};

/// `value as "name"`: the name of the instance that the last call makes.
struct As : Expr {
  ExprPtr value;
  std::string name;
  SourceRange nameRange;
  As(SourceRange range) : Expr(Kind::As, range) {}
  static bool classof(const Expr *e) { return e->kind == Kind::As; }
};

/// `name = value` after `with`.
struct Carry {
  SourceRange range;
  Identifier name;
  ExprPtr initial;
};

/// `scan pattern in sequence over axis reverse with carries { body }`.
struct Scan : Expr {
  Pattern pattern;
  ExprPtr sequence;
  ExprPtr axis; ///< or null
  bool reverse = false;
  std::vector<Carry> carries;
  Block body;
  Scan(SourceRange range) : Expr(Kind::Scan, range) {}
  static bool classof(const Expr *e) { return e->kind == Kind::Scan; }
};

/// `rows { (0, 1) -> 1, .. }`: cells in the order of the text, brackets flattened. Kept small, for
/// there may be millions.
struct Rows : Expr {
  struct Cell {
    enum class Kind : uint8_t { Number, Truth, String, Expression };
    Kind kind = Kind::Number;
    bool whole = false;          ///< a number without point and exponent
    uint32_t begin = 0, end = 0; ///< place in the file
    union {
      double number;  ///< of a Number; 0 or 1 of a Truth
      uint64_t index; ///< into `strings` or `expressions`
    };
    Cell() : number(0) {}
  };
  struct Row {
    uint32_t begin = 0, end = 0; ///< place in the file
    uint32_t firstCell = 0, cellCount = 0;
    uint32_t beforeArrow = 0; ///< cells before `->`; cellCount if there is none
  };
  std::vector<Row> rows;
  std::vector<Cell> cells;
  std::vector<std::string> strings;
  std::vector<ExprPtr> expressions; ///< cells that are no literals

  SourceRange rangeOf(const Cell &c) const { return {range.file, c.begin, c.end}; }
  SourceRange rangeOf(const Row &r) const { return {range.file, r.begin, r.end}; }
  Rows(SourceRange range) : Expr(Kind::Rows, range) {}
  static bool classof(const Expr *e) { return e->kind == Kind::Rows; }
};

/// `+`, `and`, `==`.
const char *spelling(BinaryOp op);
/// What messages call an expression: `a call`, `a number`.
const char *describe(const Expr &expr);

} // namespace ast
} // namespace net
#endif // NETC_FRONTEND_ASTEXPR_H
