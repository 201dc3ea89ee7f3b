//===- Size.cpp - reading and evaluating size expressions -----------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "runtime/Size.h"

#include "runtime/Error.h"

#include <algorithm>
#include <cctype>

namespace netrt {

/// Deep enough for anything the compiler prints; evaluation has a fixed stack of this size.
static constexpr int maxDepth = 64;

/// Recursive descent; `depth` bounds both its own recursion and the evaluation stack.
class Size::Parser {
public:
  Parser(std::string_view text, SizeNames &names, bool extend, std::vector<Step> &code)
      : rest(text), whole(text), names(names), extend(extend), code(code) {}

  void parse() {
    sum(0);
    skip();
    if (!rest.empty())
      fail();
  }

private:
  [[noreturn]] void fail() {
    failInternal("bad size expression '%.*s' in the program description", int(whole.size()),
                 whole.data());
  }
  void skip() {
    while (!rest.empty() && isspace(static_cast<unsigned char>(rest[0])))
      rest.remove_prefix(1);
  }
  bool eat(std::string_view token) {
    skip();
    if (rest.substr(0, token.size()) != token)
      return false;
    rest.remove_prefix(token.size());
    return true;
  }
  void emit(Op op, int64_t value = 0) { code.push_back({op, value}); }

  void sum(int depth) {
    product(depth);
    for (;;) {
      Op op = eat("+") ? Op::Add : eat("-") ? Op::Sub : Op::Push;
      if (op == Op::Push)
        return;
      product(depth + 1);
      emit(op);
    }
  }
  void product(int depth) {
    factor(depth);
    for (;;) {
      Op op = eat("*")          ? Op::Mul
              : eat("floordiv") ? Op::Div
              : eat("ceildiv")  ? Op::CeilDiv
              : eat("mod")      ? Op::Mod
                                : Op::Push;
      if (op == Op::Push)
        return;
      factor(depth + 2);
      emit(op);
    }
  }
  void factor(int depth) {
    if (depth > maxDepth - 4)
      fail();
    if (eat("-")) {
      factor(depth + 1);
      emit(Op::Neg);
    } else if (eat("(")) {
      sum(depth + 1);
      if (!eat(")"))
        fail();
    } else if (!rest.empty() && isdigit(static_cast<unsigned char>(rest[0]))) {
      number();
    } else {
      name();
    }
  }
  void number() {
    int64_t value = 0;
    while (!rest.empty() && isdigit(static_cast<unsigned char>(rest[0]))) {
      if (__builtin_mul_overflow(value, 10, &value) ||
          __builtin_add_overflow(value, rest[0] - '0', &value))
        fail();
      rest.remove_prefix(1);
    }
    emit(Op::Push, value);
  }
  void name() {
    size_t length = 0; // names may be Greek, end in primes, or carry a path
    while (length < rest.size() && !isspace(static_cast<unsigned char>(rest[length])) &&
           std::string_view("+-*()").find(rest[length]) == std::string_view::npos)
      ++length;
    if (length == 0)
      fail();
    std::string found(rest.substr(0, length));
    rest.remove_prefix(length);
    auto at = std::find(names.begin(), names.end(), found);
    if (at == names.end() && !extend)
      failInternal("size expression `%.*s` uses `%s`, which its entry does not bind",
                   int(whole.size()), whole.data(), found.c_str());
    emit(Op::Name, at - names.begin());
    if (at == names.end())
      names.push_back(found);
  }

  std::string_view rest, whole;
  SizeNames &names;
  bool extend;
  std::vector<Step> &code;
};

Size Size::parse(std::string_view text, SizeNames &names, bool extend) {
  Size result;
  Parser(text, names, extend, result.code).parse();
  result.text = std::string(text);
  if (std::none_of(result.code.begin(), result.code.end(),
                   [](const Step &step) { return step.op == Op::Name; })) {
    int64_t value = result.evaluate(nullptr);
    return Size(value);
  }
  return result;
}

int Size::bareName() const {
  return code.size() == 1 && code[0].op == Op::Name ? static_cast<int>(code[0].value) : -1;
}

bool Size::mentions(int name) const {
  return std::any_of(code.begin(), code.end(),
                     [&](const Step &step) { return step.op == Op::Name && step.value == name; });
}

/// Rounded towards minus infinity.
static int64_t floorDiv(int64_t a, int64_t b) { return a / b - (a % b != 0 && (a < 0) != (b < 0)); }

int64_t Size::evaluateSigned(const int64_t *values) const {
  if (code.empty())
    return constant;
  int64_t stack[maxDepth + 4];
  int top = 0;
  for (const Step &step : code) {
    if (step.op == Op::Push || step.op == Op::Name) {
      stack[top++] = step.op == Op::Push ? step.value : values[step.value];
      if (stack[top - 1] == unbound)
        failInternal("size `%s` is used before its names are known", text.c_str());
      continue;
    }
    int64_t b = stack[--top], a = 0;
    if (step.op == Op::Neg) // 0 - b
      ++top;
    else
      a = stack[top - 1];
    int64_t &result = stack[top - 1];
    bool bad = false;
    switch (step.op) {
    case Op::Add:
      bad = __builtin_add_overflow(a, b, &result);
      break;
    case Op::Sub:
    case Op::Neg:
      bad = __builtin_sub_overflow(a, b, &result);
      break;
    case Op::Mul:
      bad = __builtin_mul_overflow(a, b, &result);
      break;
    default: // the divisions; no size divides by a negative one
      if ((bad = b <= 0))
        break;
      result = floorDiv(a, b);
      if (step.op == Op::Mod)
        result = a - result * b;
      else if (step.op == Op::CeilDiv)
        result += result * b != a;
    }
    if (bad)
      failData("the size `%s` overflows or divides by zero", text.c_str());
  }
  return stack[0];
}

int64_t Size::evaluate(const int64_t *values) const {
  int64_t value = evaluateSigned(values);
  if (value < 0)
    failData("the size `%s` is negative (%lld): an input is too small for this network",
             str().c_str(), (long long)value);
  return value;
}

} // namespace netrt
