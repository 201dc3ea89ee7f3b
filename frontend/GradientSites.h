//===- GradientSites.h - where a program takes gradients --------*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef NETC_FRONTEND_GRADIENTSITES_H
#define NETC_FRONTEND_GRADIENTSITES_H

#include "frontend/Ast.h"
#include "ir/NetDialect.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"

#include <string>
#include <utility>
#include <vector>

namespace net {

/// Values, and what a block calls them.
using NamedValues = std::vector<std::pair<mlir::Value, std::string>>;

/// What a text can say for a value at some place.
struct Word {
  std::string text;
  std::vector<mlir::Value> values; ///< one array; or the parameters of networks as one value
  std::vector<std::string> names;  ///< of each, as an argument
  std::string name;                ///< of all
  bool isArray = true;
  bool isVariable = false; ///< a parameter or state
};

/// The statements `each` over lists around a place, with the turn of each.
using ListTurns = std::vector<std::pair<const void *, size_t>>;

/// Where something in the text was elaborated: a text may be that several times.
struct Occasion {
  mlir::Operation *within = nullptr; ///< the function of a layer or fn; null in a block
  ListTurns turns;                   ///< in a block
  bool operator==(const Occasion &o) const { return within == o.within && turns == o.turns; }
};

/// The results of a gradient as its `wrt` has them: an array, a tuple, or parameters of networks.
struct ResultShape {
  std::vector<ResultShape> elements; ///< of a tuple
  std::optional<size_t> parameters;  ///< the argument that holds them
};

/// A gradient that a block, task or function takes, as a function of what it can name.
struct GradientSite {
  const void *node = nullptr; ///< the statement `minimize`, or the expression `grad`
  SourceRange range;          ///< of it
  Occasion occasion;
  std::string block;                   ///< the block's name
  std::vector<std::string> parameters; ///< of `minimize`: their paths
  std::string optimizer;               ///< of `minimize`: its name
  bool wantsLoss = false;              ///< the optimizer computes the loss again
  bool reportsLoss = true;             ///< nothing else reports it
  bool setsState = false;              ///< computing the loss does
  bool draws = false;                  ///< the same, random numbers
  bool isFollowed = false;             ///< by random numbers, which are told apart by their order
  /// Gives the gradients, and the loss behind those of `minimize`. Null if the place has no words
  /// for what they are computed from.
  mlir::func::FuncOp function;
  std::vector<Word> arguments; ///< of the function; their values are gone
  ResultShape result;

  /// Do others see that the loss was computed: states, and what random numbers come later?
  bool hasTrace() const { return setsState || (draws && isFollowed); }
};

class GradientSites {
public:
  /// A call of a function that stands in the text.
  struct Call {
    SourceRange range;
    const ast::Callable *callee;
    Occasion occasion;
    mlir::Operation *function; ///< that was made for it
    bool isRandom;             ///< its numbers depend on the function's name
  };
  /// Adds a site, unless an equal one is known at this place; equal ones share a function.
  void add(GradientSite site);
  void add(Call call) { calls.push_back(std::move(call)); }

  /// The text itself reports the loss that a statement minimizes.
  void lossIsReported(const ast::Stmt *minimize, const ListTurns &turns);

  struct Mark {
    size_t sites = 0, calls = 0;
  };
  Mark noted() const { return {all.size(), calls.size()}; }
  /// What was noted within a function since then was elaborated in vain.
  void forget(Mark since, mlir::Operation *within);

  std::vector<GradientSite> all;
  std::vector<Call> calls;
  mlir::OwningOpRef<mlir::ModuleOp> functions; ///< of the sites
};

/// Makes the function of a site: the gradients and all that they are computed from, up to what has
/// a word. `wanted`: words that are arguments in any case, in this order. `isKey`: whether a value
/// is the key of random numbers there, or is the function's and has no word there.
enum class KeyWord { None, Here, Hidden };
void outline(GradientSite &site, llvm::ArrayRef<mlir::Value> gradients,
             const std::vector<Word> &words, size_t wanted,
             llvm::function_ref<KeyWord(mlir::Value)> isKey, mlir::ModuleOp into);

/// The function that a block stands in.
mlir::Operation *functionAround(mlir::Block *block);

/// `W_conv2d_1` for `LeNet.conv2d_1.W`.
std::string parameterName(llvm::StringRef path);

} // namespace net
#endif // NETC_FRONTEND_GRADIENTSITES_H
