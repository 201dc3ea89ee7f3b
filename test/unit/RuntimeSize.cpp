//===- RuntimeSize.cpp - size expressions of the description --------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "runtime/Error.h"
#include "runtime/Size.h"

#include <gtest/gtest.h>

using namespace netrt;

static int64_t evaluate(const char *text, int64_t b, int64_t t) {
  SizeNames names = {"B", "T"};
  int64_t values[] = {b, t};
  return Size::parse(text, names, false).evaluate(values);
}

TEST(RuntimeSize, Evaluates) {
  EXPECT_EQ(evaluate("28", 0, 0), 28);
  EXPECT_EQ(evaluate("B", 5, 0), 5);
  EXPECT_EQ(evaluate("B*T + 1", 3, 7), 22);
  EXPECT_EQ(evaluate("(T - 3) floordiv 2 + 1", 0, 10), 4);
  EXPECT_EQ(evaluate("-B + 2*T", 3, 4), 5);
  EXPECT_EQ(evaluate("T ceildiv 4", 0, 9), 3);
  EXPECT_EQ(evaluate("T mod 4", 0, 9), 1);
  EXPECT_EQ(evaluate("2 - (T - 3) floordiv 2 - 5*B + 3", 0, 2), 6) << "rounds down";
}

TEST(RuntimeSize, NamesAndConstants) {
  SizeNames names;
  EXPECT_TRUE(Size::parse("2*3 + 1", names, true).isConstant());
  Size size = Size::parse(" N' ", names, true);
  EXPECT_EQ(names, SizeNames{"N'"});
  EXPECT_EQ(size.bareName(), 0);
  EXPECT_FALSE(size.isConstant());
  EXPECT_EQ(Size::parse("N' + 1", names, true).bareName(), -1);
  EXPECT_TRUE(Size::parse("N' + 1", names, true).mentions(0));
}

TEST(RuntimeSize, RefusesWhatIsNoSize) {
  SizeNames names = {"B"};
  std::string deep(1000, '(');
  for (const char *text :
       {"", "B +", "(B", "B)", "+", "B B", "99999999999999999999", "C", deep.c_str()})
    EXPECT_THROW(Size::parse(text, names, false), Error) << text;
}

TEST(RuntimeSize, ChecksArithmetic) {
  EXPECT_THROW(evaluate("B*T", int64_t(1) << 40, int64_t(1) << 40), Error);
  EXPECT_THROW(evaluate("B floordiv T", 1, 0), Error);
  EXPECT_THROW(evaluate("B - T", 1, 2), Error) << "negative";
  EXPECT_THROW(evaluate("-(-B - 1)", INT64_MAX, 0), Error);
  EXPECT_THROW(evaluate("B", Size::unbound, 0), Error);
}
