//===- SizeExpr.h - symbolic sizes ------------------------------*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The size of an axis: a polynomial with integer coefficients over named sizes
// (`B`, `T`) and floor-divisions, kept in one canonical form, so that two sizes
// are equal for the compiler exactly when their texts are.
//
//===----------------------------------------------------------------------===//
#ifndef NETC_IR_SIZEEXPR_H
#define NETC_IR_SIZEEXPR_H

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace net {

class SizeExpr {
public:
  SizeExpr(int64_t constant = 0);
  static SizeExpr symbol(std::string name);
  /// The size that overflowed 64 bits, or had no meaning (division by zero). It absorbs everything.
  static SizeExpr invalid();

  bool isValid() const { return valid; }
  /// The value, if no named size is in it.
  std::optional<int64_t> constant() const;
  /// The name, if it is a bare named size.
  std::optional<std::string> bareSymbol() const;
  void collectSymbols(std::set<std::string> &names) const;

  SizeExpr operator+(const SizeExpr &other) const;
  SizeExpr operator-(const SizeExpr &other) const;
  SizeExpr operator*(const SizeExpr &other) const;
  /// Rounded towards minus infinity; exact when the divisor divides every term.
  SizeExpr floorDiv(const SizeExpr &divisor) const;
  /// (q, r) with *this = q * divisor + r: each term that the divisor divides is in q, a number by a
  /// number is rounded down, the other terms stay in r.
  std::pair<SizeExpr, SizeExpr> divideTerms(const SizeExpr &divisor) const;
  bool operator==(const SizeExpr &other) const;
  bool operator!=(const SizeExpr &other) const { return !(*this == other); }
  bool operator<(const SizeExpr &other) const { return str() < other.str(); }

  using Lookup = std::function<std::optional<SizeExpr>(const std::string &)>;
  /// Every named size for which `lookup` has an answer is replaced by it.
  SizeExpr substitute(const Lookup &lookup) const;
  /// The value where each named size has the one given; nothing if one is missing or it overflows.
  std::optional<int64_t> evaluate(const std::map<std::string, int64_t> &values) const;

  /// Canonical text: `B*T + 1`, `(T - 3) floordiv 2 + 1`. The empty sum is `0`.
  std::string str() const;
  static std::optional<SizeExpr> parse(std::string_view text);

  /// A factor of a term: a named size, or a floor-division that is not exact.
  struct Atom {
    std::string text; ///< the canonical text, by which atoms are compared
    std::shared_ptr<const std::pair<SizeExpr, SizeExpr>> quotient; ///< null for a named size
    bool operator<(const Atom &other) const { return text < other.text; }
    bool operator==(const Atom &other) const { return text == other.text; }
  };
  using Monomial = std::vector<Atom>; ///< sorted; a square stands twice
  const std::map<Monomial, int64_t> &getTerms() const { return terms; }

private:
  void add(const Monomial &monomial, int64_t coefficient);
  std::optional<SizeExpr> divideExactly(const SizeExpr &divisor) const;

  std::map<Monomial, int64_t> terms;
  bool valid = true;
};

/// A size per axis.
using Shape = std::vector<SizeExpr>;
/// The product of all sizes; 1 for rank 0.
SizeExpr product(const Shape &shape);
/// `[B, 10]`.
std::string str(const Shape &shape);
/// The names that are an axis each: the sizes that an array of this shape fixes.
std::set<std::string> bareSymbols(const Shape &shape);

} // namespace net
#endif // NETC_IR_SIZEEXPR_H
