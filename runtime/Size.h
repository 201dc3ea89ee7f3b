//===- Size.h - size expressions of the program description -----*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef NETC_RUNTIME_SIZE_H
#define NETC_RUNTIME_SIZE_H

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace netrt {

/// The named sizes of one entry, in its order.
using SizeNames = std::vector<std::string>;

/// A size of an axis, as the description spells it: `28`, `B`, `B*T + 1`, `(T - 3) floordiv 2 + 1`.
/// Compiled once into postfix code, so that evaluating in a training step allocates nothing.
class Size {
public:
  Size(int64_t constant = 0) : constant(constant) {}

  /// Reads `text`; names are looked up in `names`, and added to them if `extend`.
  /// Throws an internal Error for text that is no size expression.
  static Size parse(std::string_view text, SizeNames &names, bool extend);

  /// Its value where the names have these values. Throws an Error that names the expression if a
  /// name is still unbound, if it overflows, divides by zero, or is negative.
  int64_t evaluate(const int64_t *values) const;
  /// The same, but it may be negative.
  int64_t evaluateSigned(const int64_t *values) const;
  bool isConstant() const { return code.empty(); }
  /// The name's index if the expression is one bare name, else -1.
  int bareName() const;
  /// Whether it mentions the name with this index.
  bool mentions(int name) const;
  std::string str() const { return code.empty() ? std::to_string(constant) : text; }

  /// What an unbound name's value is.
  static constexpr int64_t unbound = INT64_MIN;

private:
  enum class Op : uint8_t { Push, Name, Add, Sub, Mul, Div, CeilDiv, Mod, Neg };
  struct Step {
    Op op;
    int64_t value; ///< constant of Push, index of Name
  };
  class Parser;

  int64_t constant;
  std::vector<Step> code;
  std::string text;
};

/// A size per axis.
using Shape = std::vector<Size>;

} // namespace netrt
#endif // NETC_RUNTIME_SIZE_H
