//===- Spelling.h - operations, as the language writes them -----*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The way back from operations to text. What is spelled here elaborates to the same operations, so
// that a program which passes made can be read, edited and compiled.
//
//===----------------------------------------------------------------------===//
#ifndef NETC_FRONTEND_SPELLING_H
#define NETC_FRONTEND_SPELLING_H

#include "frontend/GradientSites.h"
#include "frontend/PrinterImpl.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

#include <functional>
#include <map>
#include <optional>

namespace net {

/// An expression, and how tightly its outermost operator binds.
struct Spelled {
  std::string text;
  ast::Level level = ast::Atom;
  /// The text, in parentheses if a looser one cannot stand at this level.
  std::string at(ast::Level least) const { return level < least ? "(" + text + ")" : text; }
};

/// A number as short as it can be so that `element` holds the same one; nothing if there is no such
/// text (NaN).
std::optional<Spelled> spellNumber(mlir::Attribute number);
/// With as few digits as tell it from others of its type.
Spelled spellReal(const llvm::APFloat &number);
/// The same of a `net.constant`.
std::optional<Spelled> spellConstant(mlir::Operation *constant);

/// The value of an operation of one result that is neither a call nor a scan, from what its
/// operands are called; nothing if the language has no word for it.
std::optional<Spelled> spell(mlir::Operation *op, llvm::function_ref<Spelled(mlir::Value)> operand);

/// Is a value made of constants alone, by operators? The language computes it as a number of no
/// type.
bool isStatic(mlir::Value value);

/// Does a bare number among the operands become one of the type that it has? So it is beside
/// numbers that are computed, and where no number of the operation is rounded before the result.
bool takesItsType(mlir::Operation *op);

/// Whether an operand of an elementwise operation is a copy that broadcasting makes by itself.
bool isImplicit(mlir::OpOperand &operand);

/// `x[:, new]`: what a copy is made of, with an axis of size 1 wherever the copy has one more than
/// broadcasting adds in front.
Spelled spellAligned(BroadcastOp op, Spelled x);

/// `base`, or else with `_2`, `_3`, .. before its primes: the first that can be taken.
std::string unusedName(const std::string &base, llvm::function_ref<bool(const std::string &)> take);

/// Does the language have this word, or an operation or element type of that name?
bool isWord(const std::string &name);

/// A value's name as the language can have it: primes end it.
std::string identifier(llvm::StringRef name);

/// `before`, the items separated by commas, `after`; on further lines, behind `before`, what would
/// pass the margin.
std::string wrapped(const std::string &before, llvm::ArrayRef<std::string> items,
                    const std::string &after);

/// What a named size is, or a quotient by its text.
using SizeReplacements = std::map<std::string, SizeExpr>;

/// A size that a body names first, and what it is: `T_2`, `T / 2`.
struct NamedSize {
  std::string name, text;
};

/// How a function's text comes to its sizes.
struct FunctionSizes {
  std::vector<NamedSize> named;
  std::vector<NamedSize> others; ///< that no argument's axis says, and what callers know them by
  std::set<std::string> names;   ///< all, which no value may have
  SizeReplacements caller;       ///< what the sizes that it shared with its callers are called here

  /// What a function that this one calls is given for one of its `others`.
  SizeExpr inCall(const std::string &name) const;
  /// What stands before the rest of a body, whose names are in it.
  std::string lines(const std::string &body) const;
  /// Does a body with its lines have this name?
  bool isMentioned(const std::string &name, const std::string &body) const;
};

/// Rewrites the sizes of a function until its text can name them; `others` are all that the text
/// may turn out to need.
FunctionSizes nameSizes(mlir::func::FuncOp function,
                        llvm::function_ref<bool(llvm::StringRef)> isTaken,
                        const std::set<std::string> &constants,
                        llvm::function_ref<const FunctionSizes &(mlir::func::FuncOp)> ofCallee);

struct FunctionStyle {
  bool derived = false; ///< a line an operation, as rules gave them; else read as mathematics
};

/// Functions as declarations. Names of functions are chosen so that they hide nothing.
class FunctionPrinter {
public:
  /// `constants`: sizes that the file gives, for which no function has a name of its own.
  FunctionPrinter(FunctionStyle style, std::function<bool(llvm::StringRef)> isTaken,
                  std::set<std::string> constants)
      : style(style), isTaken(std::move(isTaken)), constants(std::move(constants)) {}

  /// A name that no function has, for another form of one.
  std::string unused(const std::string &base);
  /// What the text calls a function.
  const std::string &nameOf(mlir::func::FuncOp function);
  /// The program's text calls it, with arrays alone.
  void isCalledByText(mlir::func::FuncOp function) { calledByText.insert(function); }
  const FunctionSizes &sizesOf(mlir::func::FuncOp function);
  /// `fn name(x: f32[B, 4]) { .. }`; nothing after an error at an operation without a spelling.
  /// `site`: the gradient that it is, whose parameters of networks are one argument.
  std::optional<std::string> print(mlir::func::FuncOp function, const GradientSite *site = nullptr);

private:
  std::string ownDerivative(mlir::func::FuncOp function, mlir::func::FuncOp derivative);

  const FunctionStyle style;
  const std::function<bool(llvm::StringRef)> isTaken;
  const std::set<std::string> constants;
  std::map<mlir::Operation *, std::string> names;
  std::map<mlir::Operation *, FunctionSizes> sizes;
  std::set<mlir::Operation *> calledByText;
  std::map<std::string, int> counts;
};

} // namespace net
#endif // NETC_FRONTEND_SPELLING_H
