//===- SizeExprTest.cpp - symbolic sizes ----------------------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "ir/SizeExpr.h"
#include "gtest/gtest.h"

#include <random>

using namespace net;

namespace {
SizeExpr parse(const std::string &text) {
  return SizeExpr::parse(text).value_or(SizeExpr::invalid());
}
const SizeExpr B = SizeExpr::symbol("B"), T = SizeExpr::symbol("T");
} // namespace

TEST(SizeExpr, Algebra) {
  EXPECT_EQ(B + T, T + B);
  EXPECT_EQ(B * T - T * B, SizeExpr(0));
  EXPECT_EQ((B + T) * (B - T), B * B - T * T);
  EXPECT_EQ(B + SizeExpr(2) + B - SizeExpr(2), B * SizeExpr(2));
  EXPECT_NE(B, T);
  EXPECT_NE(B, B + SizeExpr(1));
  EXPECT_EQ(product({B, SizeExpr(3), T}), SizeExpr(3) * T * B);
  EXPECT_EQ(product({}), SizeExpr(1));
}

TEST(SizeExpr, FloorDivision) {
  EXPECT_EQ(SizeExpr(7).floorDiv(2), SizeExpr(3));
  EXPECT_EQ(SizeExpr(-7).floorDiv(2), SizeExpr(-4));
  EXPECT_EQ(SizeExpr(7).floorDiv(-2), SizeExpr(-4));
  EXPECT_EQ(SizeExpr(-8).floorDiv(2), SizeExpr(-4));
  EXPECT_EQ((B * T * SizeExpr(6)).floorDiv(B * SizeExpr(2)), T * SizeExpr(3));
  EXPECT_EQ((B * SizeExpr(4) + SizeExpr(2)).floorDiv(2), B * SizeExpr(2) + SizeExpr(1));
  EXPECT_EQ((B + T).floorDiv(B + T), SizeExpr(1));
  EXPECT_EQ((T - SizeExpr(3)).floorDiv(2).str(), "(T - 3) floordiv 2");
  EXPECT_NE(T.floorDiv(2), T.floorDiv(3));
  EXPECT_FALSE(T.floorDiv(0).isValid());
  EXPECT_EQ(T.floorDiv(2) * SizeExpr(2) - T.floorDiv(2), T.floorDiv(2));
}

TEST(SizeExpr, DividesTermByTerm) {
  using Pair = std::pair<SizeExpr, SizeExpr>;
  EXPECT_EQ((B * -9 + 7).divideTerms(3), Pair(B * -3 + 2, 1));
  EXPECT_EQ((B * 2 - 1).divideTerms(3), Pair(-1, B * 2 + 2));
  EXPECT_EQ((B * T + T * 4 + 5).divideTerms(T), Pair(B + 4, 5));
  EXPECT_EQ((B + 2).divideTerms(B + 2), Pair(1, 0));
}

TEST(SizeExpr, Questions) {
  EXPECT_EQ(SizeExpr(5).constant(), 5);
  EXPECT_EQ((B - B).constant(), 0);
  EXPECT_EQ(B.constant(), std::nullopt);
  EXPECT_EQ(B.bareSymbol(), "B");
  EXPECT_EQ((B * SizeExpr(2)).bareSymbol(), std::nullopt);
  EXPECT_EQ((B * B).bareSymbol(), std::nullopt);
  EXPECT_EQ((B + SizeExpr(1)).bareSymbol(), std::nullopt);
  EXPECT_EQ(B.floorDiv(2).bareSymbol(), std::nullopt);
  std::set<std::string> names;
  (B + (T - SizeExpr(1)).floorDiv(2)).collectSymbols(names);
  EXPECT_EQ(names, (std::set<std::string>{"B", "T"}));
}

TEST(SizeExpr, SubstitutionAndValue) {
  SizeExpr e = (T - SizeExpr(3)).floorDiv(2) * B + SizeExpr(1);
  EXPECT_EQ(e.evaluate({{"T", 28}, {"B", 4}}), 12 * 4 + 1);
  EXPECT_EQ(e.evaluate({{"T", 28}}), std::nullopt);
  EXPECT_EQ(SizeExpr(7).evaluate({}), 7);
  auto doubled = e.substitute([](const std::string &name) -> std::optional<SizeExpr> {
    if (name == "T")
      return SizeExpr::symbol("B") * SizeExpr(2) + SizeExpr(3);
    return std::nullopt;
  });
  EXPECT_EQ(doubled, B * B + SizeExpr(1));
}

TEST(SizeExpr, Text) {
  EXPECT_EQ(SizeExpr(0).str(), "0");
  EXPECT_EQ(SizeExpr(-3).str(), "-3");
  EXPECT_EQ((B * T + SizeExpr(1)).str(), "B*T + 1");
  EXPECT_EQ((SizeExpr(1) - B).str(), "-B + 1");
  EXPECT_EQ((B - SizeExpr(2) * T - SizeExpr(3)).str(), "B - 2*T - 3");
  EXPECT_EQ(((T - SizeExpr(3)).floorDiv(2) + SizeExpr(1)).str(), "(T - 3) floordiv 2 + 1");
  EXPECT_EQ((T.floorDiv(2) * SizeExpr(3)).str(), "3*(T floordiv 2)");
  EXPECT_EQ(str({B, SizeExpr(10), B * T}), "[B, 10, B*T]");
  EXPECT_EQ(str(Shape{}), "[]");
}

TEST(SizeExpr, ParsesWhatPeopleWrite) {
  EXPECT_EQ(parse(" B * T+1 "), B * T + SizeExpr(1));
  EXPECT_EQ(parse("T + B"), B + T);
  EXPECT_EQ(parse("(T - 3) floordiv 2 + 1"), (T - SizeExpr(3)).floorDiv(2) + SizeExpr(1));
  EXPECT_EQ(parse("h'"), SizeExpr::symbol("h'"));
  EXPECT_EQ(parse("\xCE\xB1 + 1"), SizeExpr::symbol("\xCE\xB1") + SizeExpr(1));
  for (const char *text :
       {"", "B +", "* B", "(B", "B)", "B T", "1.5", "99999999999999999999", "B + - T", "[B]"})
    EXPECT_FALSE(SizeExpr::parse(text)) << text;
  EXPECT_FALSE(SizeExpr::parse(std::string(100000, '(')));
}

TEST(SizeExpr, Overflow) {
  SizeExpr big(INT64_MAX);
  EXPECT_FALSE((big + SizeExpr(1)).isValid());
  EXPECT_FALSE((big * SizeExpr(2)).isValid());
  EXPECT_FALSE((B * big + B).isValid());
  EXPECT_FALSE((big * B * SizeExpr(3)).isValid());
  EXPECT_FALSE(product({SizeExpr(99999999999), SizeExpr(99999999999)}).isValid());
  EXPECT_FALSE((SizeExpr::invalid() + B).isValid());
  EXPECT_FALSE((SizeExpr::invalid() * SizeExpr(0)).isValid());
  EXPECT_FALSE(B.floorDiv(SizeExpr::invalid()).isValid());
  EXPECT_FALSE((SizeExpr(INT64_MIN) * SizeExpr(-1)).isValid());
  EXPECT_FALSE(SizeExpr(INT64_MIN).floorDiv(-1).isValid());
  EXPECT_FALSE((B * SizeExpr(INT64_MIN)).floorDiv(-1).isValid());
  EXPECT_EQ((B * B).evaluate({{"B", int64_t(1) << 40}}), std::nullopt);
  EXPECT_EQ(SizeExpr::invalid().constant(), std::nullopt);
}

namespace {
/// Random expressions and their values, side by side.
struct Pair {
  SizeExpr e;
  int64_t value;
};
Pair randomPair(std::mt19937 &random, const std::map<std::string, int64_t> &sizes, int depth) {
  if (depth == 0) {
    if (random() % 2)
      return {SizeExpr(int64_t(random() % 7) - 2), 0};
    auto it = std::next(sizes.begin(), random() % sizes.size());
    return {SizeExpr::symbol(it->first), it->second};
  }
  Pair a = randomPair(random, sizes, depth - 1), b = randomPair(random, sizes, depth - 1);
  if (auto c = a.e.constant())
    a.value = *c;
  if (auto c = b.e.constant())
    b.value = *c;
  switch (random() % 4) {
  case 0:
    return {a.e + b.e, a.value + b.value};
  case 1:
    return {a.e - b.e, a.value - b.value};
  case 2:
    return {a.e * b.e, a.value * b.value};
  default:
    int64_t divisor = 1 + random() % 4, floor = a.value / divisor;
    return {a.e.floorDiv(divisor), floor - (a.value % divisor < 0)};
  }
}
} // namespace

TEST(SizeExpr, RandomExpressionsKeepTheirValueAndText) {
  std::mt19937 random(1);
  std::map<std::string, int64_t> sizes = {{"B", 5}, {"T", 12}, {"H'", 7}};
  for (int i = 0; i < 2000; ++i) {
    Pair pair = randomPair(random, sizes, 1 + random() % 3);
    if (!pair.e.isValid())
      continue;
    EXPECT_EQ(pair.e.evaluate(sizes), pair.value) << pair.e.str();
    auto again = SizeExpr::parse(pair.e.str());
    ASSERT_TRUE(again) << pair.e.str();
    EXPECT_EQ(*again, pair.e) << pair.e.str();
    EXPECT_EQ(again->str(), pair.e.str());
  }
}
