//===- Fold.cpp - operators on static values ------------------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/Fold.h"
#include "llvm/ADT/StringSwitch.h"

#include <cmath>

using namespace net;

/// a ** n in whole numbers; invalid where it overflows.
static SizeExpr wholePower(const SizeExpr &a, int64_t n) {
  SizeExpr result(1);
  for (int64_t i = 0; i < n && result.isValid(); ++i)
    result = result * a;
  return result;
}

static std::optional<Value> foldSizes(llvm::StringRef op, const SizeExpr &a, const SizeExpr &b,
                                      SourceRange range) {
  auto whole = [&](SizeExpr size) -> std::optional<Value> {
    if (!size.isValid())
      return std::nullopt;
    return Value(std::move(size), range);
  };
  if (op == "+")
    return whole(a + b);
  if (op == "-")
    return whole(a - b);
  if (op == "*")
    return whole(a * b);
  auto ca = a.constant(), cb = b.constant();
  if (op == "**" && ca && cb && *cb >= 0 && *cb <= 64)
    return whole(wholePower(a, *cb));
  auto difference = (a - b).constant();
  if (!difference)
    return std::nullopt;
  std::optional<bool> truth;
  if (op == "<")
    truth = *difference < 0;
  else if (op == "<=")
    truth = *difference <= 0;
  else if (op == ">")
    truth = *difference > 0;
  else if (op == ">=")
    truth = *difference >= 0;
  else if (op == "==")
    truth = *difference == 0;
  else if (op == "!=")
    truth = *difference != 0;
  if (!truth)
    return std::nullopt;
  return Value(Truth{*truth}, range);
}

static std::optional<Value> foldNumbers(llvm::StringRef op, double a, double b, SourceRange range) {
  auto number = [&](double x) { return Value(Number{x}, range); };
  auto truth = [&](bool x) { return Value(Truth{x}, range); };
  if (op == "+")
    return number(a + b);
  if (op == "-")
    return number(a - b);
  if (op == "*")
    return number(a * b);
  if (op == "/")
    return number(a / b);
  if (op == "**")
    return number(std::pow(a, b));
  if (op == "<")
    return truth(a < b);
  if (op == "<=")
    return truth(a <= b);
  if (op == ">")
    return truth(a > b);
  if (op == ">=")
    return truth(a >= b);
  if (op == "==")
    return truth(a == b);
  if (op == "!=")
    return truth(a != b);
  return std::nullopt;
}

std::optional<Value> net::fold(llvm::StringRef op, const Value &a, const Value &b,
                               SourceRange range) {
  if (auto *x = a.as<Size>())
    if (auto *y = b.as<Size>())
      if (auto folded = foldSizes(op, x->size, y->size, range))
        return folded;
  auto x = a.number(), y = b.number();
  if (x && y)
    return foldNumbers(op, *x, *y, range);
  if (auto s = a.truth())
    if (auto t = b.truth()) {
      if (op == "and")
        return Value(Truth{*s && *t}, range);
      if (op == "or")
        return Value(Truth{*s || *t}, range);
      if (op == "==" || op == "!=")
        return Value(Truth{(*s == *t) == (op == "==")}, range);
    }
  if (auto s = a.text())
    if (auto t = b.text())
      if (op == "==" || op == "!=")
        return Value(Truth{(*s == *t) == (op == "==")}, range);
  return std::nullopt;
}

std::optional<double> net::foldFunction(llvm::StringRef name, double x) {
  using Function = double (*)(double);
  auto function = llvm::StringSwitch<Function>(name)
                      .Case("exp", [](double v) { return std::exp(v); })
                      .Case("log", [](double v) { return std::log(v); })
                      .Case("sqrt", [](double v) { return std::sqrt(v); })
                      .Case("rsqrt", [](double v) { return 1 / std::sqrt(v); })
                      .Case("sin", [](double v) { return std::sin(v); })
                      .Case("cos", [](double v) { return std::cos(v); })
                      .Case("tanh", [](double v) { return std::tanh(v); })
                      .Case("abs", [](double v) { return std::fabs(v); })
                      .Case("floor", [](double v) { return std::floor(v); })
                      .Case("ceil", [](double v) { return std::ceil(v); })
                      .Case("round", [](double v) { return std::nearbyint(v); })
                      .Default(nullptr);
  if (!function)
    return std::nullopt;
  return function(x);
}
