//===- Sizes.h - solving the size variables of signatures -------*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A declared type is a pattern: `float[B.., T, 2 * C]`. Bare variables are solved
// by the sizes of the value that stands for it; expressions are checked after all
// arguments have been seen. Each solution remembers who fixed it.
//
//===----------------------------------------------------------------------===//
#ifndef NETC_FRONTEND_SIZES_H
#define NETC_FRONTEND_SIZES_H

#include "frontend/Diagnostics.h"
#include "ir/SizeExpr.h"
#include "mlir/IR/BuiltinTypes.h"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace net {

/// Variables of a pattern are symbols with this mark before their name, so that they never meet a
/// caller's.
constexpr char patternMark = '?';

struct AxisPattern {
  SizeExpr size;    ///< over marked variables and the sizes of the scope
  std::string pack; ///< `B` of `B..`; then `size` means nothing
  std::string text; ///< as written
};

struct TypePattern {
  mlir::Type element;   ///< null if it is a variable
  std::string variable; ///< `float`, `int`, `any`
  std::vector<AxisPattern> axes;
  SourceRange range;
  bool isScalar() const { return axes.empty(); }
  std::string str() const;
};

/// What a variable was fixed to, and by whom.
template <typename T> struct Solved {
  T value;
  SourceRange range; ///< of the value that fixed it
  std::string by;    ///< `x: f32[B, 400]`
};

/// Why a value does not fit a pattern.
struct Misfit {
  enum class Kind { Rank, Axis, Expression, Pack, Element };
  Kind kind;
  std::string name; ///< the variable or expression, as written
  std::string expected, actual;
  SourceRange fixedRange; ///< of what fixed the expected size, if anything
  std::string fixedBy;
};

class Sizes {
public:
  /// Solves what is bare and new, compares what is known. Expressions wait for `check`.
  std::optional<Misfit> unify(const TypePattern &pattern, mlir::RankedTensorType actual,
                              SourceRange range, const std::string &by);
  /// The expressions of a pattern that `unify` has accepted.
  std::optional<Misfit> check(const TypePattern &pattern, mlir::RankedTensorType actual) const;
  /// The type that the pattern means now; nothing while a variable is open (its name in `open`).
  std::optional<mlir::RankedTensorType> resolve(const TypePattern &pattern, mlir::Type defaultFloat,
                                                std::string *open = nullptr) const;
  SizeExpr substitute(const SizeExpr &size) const;
  bool isSolved(const SizeExpr &size) const;

  std::map<std::string, Solved<SizeExpr>> sizes;
  std::map<std::string, Solved<Shape>> packs;
  std::map<std::string, Solved<mlir::Type>> elements;

private:
  std::optional<Misfit> unifyElement(const TypePattern &pattern, mlir::Type element,
                                     SourceRange range, const std::string &by);
  std::optional<Misfit> unifyAxis(const AxisPattern &axis, const SizeExpr &actual,
                                  SourceRange range, const std::string &by);
};

/// `float` admits f16 bf16 f32 f64, `int` u8 i8 i32 i64, `any` those and bool.
bool admits(const std::string &variable, mlir::Type element);

} // namespace net
#endif // NETC_FRONTEND_SIZES_H
