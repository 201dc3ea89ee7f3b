//===- SizeExpr.cpp - symbolic sizes --------------------------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "ir/SizeExpr.h"

#include <algorithm>
#include <cctype>

using namespace net;

SizeExpr::SizeExpr(int64_t constant) {
  if (constant)
    terms.emplace(Monomial(), constant);
}

SizeExpr SizeExpr::symbol(std::string name) {
  SizeExpr e;
  e.add({Atom{std::move(name), nullptr}}, 1);
  return e;
}

SizeExpr SizeExpr::invalid() {
  SizeExpr e;
  e.valid = false;
  return e;
}

void SizeExpr::add(const Monomial &monomial, int64_t coefficient) {
  auto slot = terms.try_emplace(monomial, 0).first;
  if (__builtin_add_overflow(slot->second, coefficient, &slot->second))
    valid = false;
  if (slot->second == 0)
    terms.erase(slot);
}

std::optional<int64_t> SizeExpr::constant() const {
  if (!valid)
    return std::nullopt;
  if (terms.empty())
    return 0;
  if (terms.size() == 1 && terms.begin()->first.empty())
    return terms.begin()->second;
  return std::nullopt;
}

std::optional<std::string> SizeExpr::bareSymbol() const {
  if (!valid || terms.size() != 1)
    return std::nullopt;
  const auto &[monomial, coefficient] = *terms.begin();
  if (coefficient != 1 || monomial.size() != 1 || monomial[0].quotient)
    return std::nullopt;
  return monomial[0].text;
}

void SizeExpr::collectSymbols(std::set<std::string> &names) const {
  for (const auto &[monomial, coefficient] : terms)
    for (const Atom &atom : monomial) {
      if (!atom.quotient) {
        names.insert(atom.text);
        continue;
      }
      atom.quotient->first.collectSymbols(names);
      atom.quotient->second.collectSymbols(names);
    }
}

SizeExpr SizeExpr::operator+(const SizeExpr &other) const {
  if (!valid || !other.valid)
    return invalid();
  SizeExpr sum = *this;
  for (const auto &[monomial, coefficient] : other.terms)
    sum.add(monomial, coefficient);
  return sum;
}

SizeExpr SizeExpr::operator-(const SizeExpr &other) const { return *this + other * SizeExpr(-1); }

SizeExpr SizeExpr::operator*(const SizeExpr &other) const {
  if (!valid || !other.valid)
    return invalid();
  // Most sizes are numbers.
  if (auto x = constant(), y = other.constant(); x && y) {
    int64_t number;
    return __builtin_mul_overflow(*x, *y, &number) ? invalid() : SizeExpr(number);
  }
  SizeExpr result;
  for (const auto &[a, ca] : terms)
    for (const auto &[b, cb] : other.terms) {
      int64_t coefficient;
      if (__builtin_mul_overflow(ca, cb, &coefficient))
        return invalid();
      Monomial monomial = a;
      monomial.insert(monomial.end(), b.begin(), b.end());
      std::sort(monomial.begin(), monomial.end());
      result.add(monomial, coefficient);
    }
  return result;
}

std::optional<SizeExpr> SizeExpr::divideExactly(const SizeExpr &divisor) const {
  if (divisor.terms.size() != 1)
    return std::nullopt;
  const auto &[factors, coefficient] = *divisor.terms.begin();
  SizeExpr result;
  for (const auto &[monomial, c] : terms) {
    if (c == INT64_MIN && coefficient == -1)
      return invalid();
    if (c % coefficient)
      return std::nullopt;
    Monomial rest = monomial;
    for (const Atom &factor : factors) {
      auto it = std::find(rest.begin(), rest.end(), factor);
      if (it == rest.end())
        return std::nullopt;
      rest.erase(it);
    }
    result.add(rest, c / coefficient);
  }
  return result;
}

SizeExpr SizeExpr::floorDiv(const SizeExpr &divisor) const {
  if (!valid || !divisor.valid || divisor.terms.empty())
    return invalid();
  if (*this == divisor)
    return SizeExpr(1);
  if (auto exact = divideExactly(divisor))
    return *exact;
  auto a = constant(), b = divisor.constant();
  if (a && b) {
    int64_t quotient = *a / *b;
    return SizeExpr(quotient - ((*a % *b != 0) && ((*a < 0) != (*b < 0))));
  }
  auto operand = [](const SizeExpr &e) {
    bool simple = e.constant().value_or(-1) >= 0 || e.bareSymbol();
    return simple ? e.str() : "(" + e.str() + ")";
  };
  Atom atom{operand(*this) + " floordiv " + operand(divisor),
            std::make_shared<std::pair<SizeExpr, SizeExpr>>(*this, divisor)};
  SizeExpr e;
  e.add({atom}, 1);
  return e;
}

std::pair<SizeExpr, SizeExpr> SizeExpr::divideTerms(const SizeExpr &divisor) const {
  if (SizeExpr whole = floorDiv(divisor); whole * divisor == *this)
    return {whole, SizeExpr()};
  SizeExpr quotient, rest;
  for (const auto &[monomial, coefficient] : terms) {
    SizeExpr term;
    term.add(monomial, coefficient);
    if (auto exact = term.divideExactly(divisor))
      quotient = quotient + *exact;
    else if (term.constant() && divisor.constant()) {
      SizeExpr rounded = term.floorDiv(divisor);
      quotient = quotient + rounded;
      rest = rest + term - rounded * divisor;
    } else
      rest = rest + term;
  }
  return {quotient, rest};
}

bool SizeExpr::operator==(const SizeExpr &other) const {
  return valid == other.valid && terms == other.terms;
}

SizeExpr SizeExpr::substitute(const Lookup &lookup) const {
  if (!valid)
    return invalid();
  SizeExpr result;
  for (const auto &[monomial, coefficient] : terms) {
    SizeExpr term(coefficient);
    for (const Atom &atom : monomial) {
      if (atom.quotient) {
        term = term * atom.quotient->first.substitute(lookup).floorDiv(
                          atom.quotient->second.substitute(lookup));
        continue;
      }
      auto value = lookup(atom.text);
      term = term * (value ? *value : symbol(atom.text));
    }
    result = result + term;
  }
  return result;
}

std::optional<int64_t> SizeExpr::evaluate(const std::map<std::string, int64_t> &values) const {
  return substitute([&](const std::string &name) -> std::optional<SizeExpr> {
           auto it = values.find(name);
           if (it == values.end())
             return std::nullopt;
           return SizeExpr(it->second);
         })
      .constant();
}

std::string SizeExpr::str() const {
  if (!valid)
    return "<invalid>";
  std::string out, constantTerm;
  for (const auto &[monomial, coefficient] : terms) {
    std::string text;
    bool negative = coefficient < 0;
    uint64_t size = negative ? -static_cast<uint64_t>(coefficient) : coefficient;
    if (size != 1 || monomial.empty())
      text = std::to_string(size);
    for (const Atom &atom : monomial) {
      bool brackets = atom.quotient && (monomial.size() > 1 || size != 1);
      text += (text.empty() ? "" : "*") + (brackets ? "(" + atom.text + ")" : atom.text);
    }
    // The constant comes last, as people write it.
    std::string &part = monomial.empty() ? constantTerm : out;
    if (monomial.empty())
      part = (negative ? "-" : "+") + text;
    else
      part += part.empty() ? (negative ? "-" : "") + text : (negative ? " - " : " + ") + text;
  }
  if (constantTerm.empty())
    return out.empty() ? "0" : out;
  if (out.empty())
    return constantTerm[0] == '+' ? constantTerm.substr(1) : constantTerm;
  return out + (constantTerm[0] == '+' ? " + " : " - ") + constantTerm.substr(1);
}

namespace {
/// Recursive descent over the canonical text; nesting is bounded.
class SizeParser {
public:
  explicit SizeParser(std::string_view text) : text(text) {}
  std::optional<SizeExpr> all() {
    auto e = sum();
    skipSpace();
    return e && at == text.size() ? e : std::nullopt;
  }

private:
  void skipSpace() {
    while (at < text.size() && text[at] == ' ')
      ++at;
  }
  bool eat(std::string_view token) {
    skipSpace();
    if (text.substr(at, token.size()) != token)
      return false;
    at += token.size();
    return true;
  }
  std::optional<SizeExpr> sum() {
    bool negative = eat("-");
    auto e = term();
    if (e && negative)
      e = *e * SizeExpr(-1);
    while (e) {
      bool plus = eat("+");
      if (!plus && !eat("-"))
        break;
      auto next = term();
      if (!next)
        return std::nullopt;
      e = plus ? *e + *next : *e - *next;
    }
    return e;
  }
  std::optional<SizeExpr> term() {
    auto e = atom();
    while (e) {
      bool times = eat("*");
      if (!times && !eat("floordiv"))
        break;
      auto next = atom();
      if (!next)
        return std::nullopt;
      e = times ? *e * *next : e->floorDiv(*next);
    }
    return e;
  }
  std::optional<SizeExpr> atom() {
    if (++depth > 64)
      return std::nullopt;
    skipSpace();
    size_t begin = at;
    std::optional<SizeExpr> e;
    if (eat("(")) {
      e = sum();
      if (!eat(")"))
        return std::nullopt;
    } else if (at < text.size() && std::isdigit(static_cast<unsigned char>(text[at]))) {
      int64_t value = 0;
      for (; at < text.size() && std::isdigit(static_cast<unsigned char>(text[at])); ++at)
        if (__builtin_mul_overflow(value, int64_t(10), &value) ||
            __builtin_add_overflow(value, int64_t(text[at] - '0'), &value))
          return std::nullopt;
      e = SizeExpr(value);
    } else {
      auto isName = [](unsigned char c) {
        return std::isalnum(c) || c == '_' || c == '\'' || c == '.' || c == '$' || c >= 0x80;
      };
      while (at < text.size() && isName(text[at]))
        ++at;
      if (at > begin)
        e = SizeExpr::symbol(std::string(text.substr(begin, at - begin)));
    }
    --depth;
    return e;
  }

  std::string_view text;
  size_t at = 0;
  int depth = 0;
};
} // namespace

std::optional<SizeExpr> SizeExpr::parse(std::string_view text) { return SizeParser(text).all(); }

SizeExpr net::product(const Shape &shape) {
  SizeExpr p(1);
  for (const SizeExpr &size : shape)
    p = p * size;
  return p;
}

std::string net::str(const Shape &shape) {
  std::string out = "[";
  for (size_t i = 0; i < shape.size(); ++i)
    out += (i ? ", " : "") + shape[i].str();
  return out + "]";
}

std::set<std::string> net::bareSymbols(const Shape &shape) {
  std::set<std::string> names;
  for (const SizeExpr &size : shape)
    if (auto name = size.bareSymbol())
      names.insert(*name);
  return names;
}
