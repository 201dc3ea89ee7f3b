//===- OpsValues.cpp - what the interpreter gives, as literal values ------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "OpsCases.h"
#include "ir/NetDialect.h"
#include "gtest/gtest.h"

#include <cmath>

using namespace mlir;
using namespace net;
using namespace net::test;

namespace {
using Numbers = std::vector<double>;
constexpr double inf = INFINITY, nan_ = NAN;

struct ValueCase {
  OpCase op;
  std::vector<Numbers> operands;
  Numbers result; ///< NaN equals NaN
};

std::string evaluate(const OpCase &c, const std::vector<Numbers> &numbers, Numbers &result,
                     bool round = false) {
  auto built = buildChecked(c);
  if (!built)
    return llvm::toString(built.takeError());
  std::vector<Array> operands;
  for (auto [value, given] : llvm::zip(built->op->getOperands(), numbers)) {
    operands.push_back(Array(elementOf(value.getType()),
                             cast<RankedTensorType>(value.getType()).getShape().vec()));
    for (size_t i = 0; i < operands.back().size(); ++i)
      operands.back().set(i, Dual(given[i]));
  }
  InterpretOptions options;
  options.round = round;
  auto results = interpret(built->check.forward(), operands, options);
  if (!results)
    return llvm::toString(results.takeError());
  result.clear();
  for (size_t i = 0; i < (*results)[0].size(); ++i)
    result.push_back((*results)[0].at(i).v);
  return "";
}

void expectValues(std::initializer_list<ValueCase> cases) {
  for (const ValueCase &c : cases) {
    SCOPED_TRACE(c.op.str());
    Numbers result;
    ASSERT_EQ(evaluate(c.op, c.operands, result), "");
    ASSERT_EQ(result.size(), c.result.size());
    for (size_t i = 0; i < result.size(); ++i)
      if (std::isnan(c.result[i]))
        EXPECT_TRUE(std::isnan(result[i])) << "element " << i << " is " << result[i];
      else
        EXPECT_DOUBLE_EQ(result[i], c.result[i]) << "element " << i;
  }
}

std::string errorOf(const OpCase &c, const std::vector<Numbers> &operands) {
  Numbers result;
  return evaluate(c, operands, result);
}
} // namespace

TEST(Values, Numbers) {
  expectValues({
      {{"net.sign", {"4"}}, {{-2, 0, 5, nan_}}, {-1, 0, 1, nan_}},
      {{"net.round", {"5"}}, {{0.5, 1.5, 2.5, -0.5, -1.5}}, {0, 2, 2, 0, -2}},
      {{"net.floor", {"3"}}, {{-0.5, 1.5, 2}}, {-1, 1, 2}},
      {{"net.ceil", {"3"}}, {{-1.5, 1.5, 2}}, {-1, 2, 2}},
      {{"net.mod", {"5", "5"}}, {{7, -7, 7, -7, 6}, {3, 3, -3, -3, 3}}, {1, 2, -2, -1, 0}},
      {{"net.idiv", {"4", "4"}}, {{7, -7, 7, -7}, {2, 2, -2, -2}}, {3, -4, -4, 3}},
      {{"net.max", {"4", "4"}}, {{1, nan_, 1, -inf}, {2, 1, nan_, 0}}, {2, nan_, nan_, 0}},
      {{"net.min", {"4", "4"}}, {{1, nan_, 1, -inf}, {2, 1, nan_, 0}}, {1, nan_, nan_, -inf}},
      {{"net.powi", {"3"}, "n = 3 : i64"}, {{-2, 0, 3}}, {-8, 0, 27}},
      {{"net.powi", {"2"}, "n = -1 : i64"}, {{-2, 4}}, {-0.5, 0.25}},
      {{"net.softplus", {"3"}}, {{-1000, 0, 1000}}, {0, std::log(2), 1000}},
      {{"net.lt", {"3", "3"}}, {{1, 2, nan_}, {2, 2, 2}}, {1, 0, 0}},
      {{"net.ge", {"3", "3"}}, {{1, 2, nan_}, {2, 2, 2}}, {0, 1, 0}},
      {{"net.ne", {"3", "3"}}, {{1, 2, nan_}, {2, 2, nan_}}, {1, 0, 1}},
      {{"net.where", {"2xi1", "2", "2"}}, {{1, 0}, {1, nan_}, {nan_, 2}}, {1, 2}},
  });
}

TEST(Values, WholeNumbersWrapAndNeverTrap) {
  expectValues({
      {{"net.add", {"2xui8", "2xui8"}}, {{200, 255}, {100, 1}}, {44, 0}},
      {{"net.sub", {"1xui8", "1xui8"}}, {{1}, {2}}, {255}},
      {{"net.add", {"i32", "i32"}}, {{2147483647}, {1}}, {-2147483648.0}},
      {{"net.mul", {"i32", "i32"}}, {{2147483647}, {2147483647}}, {1}},
      {{"net.idiv", {"5xi32", "5xi32"}},
       {{7, -7, 7, 5, -2147483648.0}, {2, 2, -2, 0, -1}},
       {3, -4, -4, 0, -2147483648.0}},
      {{"net.mod", {"4xi32", "4xi32"}}, {{7, -7, 7, 5}, {3, 3, -3, 0}}, {1, 2, -2, 5}},
      {{"net.abs", {"2xi32"}}, {{-5, -2147483648.0}}, {5, -2147483648.0}},
      {{"net.powi", {"2xi32"}, "n = 3 : i64"}, {{-3, 2}}, {-27, 8}},
      {{"net.and", {"4xi1", "4xi1"}}, {{0, 0, 1, 1}, {0, 1, 0, 1}}, {0, 0, 0, 1}},
      {{"net.or", {"4xi1", "4xi1"}}, {{0, 0, 1, 1}, {0, 1, 0, 1}}, {0, 1, 1, 1}},
      {{"net.not", {"2xi1"}}, {{0, 1}}, {1, 0}},
  });
}

TEST(Values, Casts) {
  expectValues({
      {{"net.cast", {"6"}, "", "6xi32"},
       {{1.9, -1.9, 3e9, -3e9, nan_, inf}},
       {1, -1, 2147483647, -2147483648.0, 0, 2147483647}},
      {{"net.cast", {"4"}, "", "4xui8"}, {{-1, 255, 256, 3.7}}, {0, 255, 255, 3}},
      {{"net.cast", {"3xi32"}, "", "3xui8"}, {{-1, 255, 300}}, {0, 255, 255}},
      {{"net.cast", {"2xi1"}, "", "2"}, {{0, 1}}, {0, 1}},
      {{"net.cast", {"3"}, "", "3xi1"}, {{0, 0.5, -2}}, {0, 1, 1}},
      {{"net.cast", {"2xui8"}, "", "2xf32"}, {{0, 255}}, {0, 255}},
  });
  Numbers result;
  ASSERT_EQ(evaluate({"net.cast", {"2"}, "", "2xf32"}, {{0.1, 1}}, result, /*round=*/true), "");
  EXPECT_EQ(result, (Numbers{0.1f, 1}));
  ASSERT_EQ(evaluate({"net.cast", {"2"}, "", "2xf16"}, {{0.1, 70000}}, result, true), "");
  EXPECT_EQ(result, (Numbers{0.0999755859375, inf}));
}

TEST(Values, Moves) {
  expectValues({
      {{"net.broadcast", {"2"}, "axes = array<i64: 1>", "2x2"}, {{1, 2}}, {1, 2, 1, 2}},
      {{"net.broadcast", {"2x1"}, "axes = array<i64: 0, 1>", "2x2"}, {{1, 2}}, {1, 1, 2, 2}},
      {{"net.transpose", {"2x3"}, "order = array<i64: 1, 0>"},
       {{1, 2, 3, 4, 5, 6}},
       {1, 4, 2, 5, 3, 6}},
      {{"net.transpose", {"1x2x3"}, "order = array<i64: 2, 0, 1>"},
       {{1, 2, 3, 4, 5, 6}},
       {1, 4, 2, 5, 3, 6}},
      {{"net.reverse", {"2x2"}, "axes = array<i64: 1>"}, {{1, 2, 3, 4}}, {2, 1, 4, 3}},
      {{"net.slice", {"6"}, "starts = #net.sizes<[1]>, strides = array<i64: 2>", "3"},
       {{0, 1, 2, 3, 4, 5}},
       {1, 3, 5}},
      {{"net.pad", {"2", ""}, "low = #net.sizes<[1]>, interior = array<i64: 1>", "5"},
       {{1, 2}, {9}},
       {9, 1, 9, 2, 9}},
      {{"net.pad", {"3", ""}, "low = #net.sizes<[-1]>, interior = array<i64: 0>", "3"},
       {{1, 2, 3}, {9}},
       {2, 3, 9}},
      {{"net.concat", {"1x2", "1x1"}, "axis = 1 : i64"}, {{1, 2}, {3}}, {1, 2, 3}},
      {{"net.iota", {}, "", "3"}, {}, {0, 1, 2}},
      {{"net.take", {"3x2", "2xi32"}, "axis = 0 : i64"},
       {{1, 2, 3, 4, 5, 6}, {2, 0}},
       {5, 6, 1, 2}},
      {{"net.take", {"2x3", "i32"}, "axis = 1 : i64"}, {{1, 2, 3, 4, 5, 6}, {1}}, {2, 5}},
      {{"net.take_along", {"2x3", "2x1xi32"}, "axis = 1 : i64"},
       {{1, 2, 3, 4, 5, 6}, {2, 0}},
       {3, 4}},
      {{"net.scatter_add", {"3", "3xi32", "3"}, "axis = 0 : i64"},
       {{1, 1, 1}, {0, 0, 2}, {1, 2, 3}},
       {4, 1, 4}},
      {{"net.scatter_add_along", {"2x2", "2x1xi32", "2x1"}, "axis = 1 : i64"},
       {{0, 0, 0, 0}, {1, 0}, {5, 6}},
       {0, 5, 6, 0}},
  });
}

TEST(Values, PartsAtRunTimePositions) {
  expectValues({
      {{"net.dynamic_slice", {"5", "i32"}, "axes = array<i64: 0>", "2"},
       {{1, 2, 3, 4, 5}, {3}},
       {4, 5}},
      {{"net.dynamic_slice", {"2x3", "i32", "i64"}, "axes = array<i64: 1, 0>", "1x2"},
       {{1, 2, 3, 4, 5, 6}, {1}, {0}},
       {2, 3}},
      {{"net.dynamic_update", {"5", "2", "i32"}, "axes = array<i64: 0>", "5"},
       {{1, 2, 3, 4, 5}, {8, 9}, {0}},
       {8, 9, 3, 4, 5}},
      {{"net.dynamic_update", {"2x2xi32", "2x1xi32", "i32"}, "axes = array<i64: 1>", "2x2xi32"},
       {{1, 2, 3, 4}, {8, 9}, {1}},
       {1, 8, 3, 9}},
  });
  EXPECT_EQ(errorOf({"net.dynamic_slice", {"5", "i32"}, "axes = array<i64: 0>", "2"},
                    {{1, 2, 3, 4, 5}, {4}}),
            "net.dynamic_slice: index 4 is out of range 0..3");
  EXPECT_EQ(errorOf({"net.dynamic_update", {"2", "2", "i32"}, "axes = array<i64: 0>", "2"},
                    {{1, 2}, {3, 4}, {-1}}),
            "net.dynamic_update: index -1 is out of range 0..0");
}

TEST(Values, InOrder) {
  auto sort = [](const char *x, const char *more = "") {
    return OpCase{"net.argsort", {x}, std::string("axis = 0 : i64") + more};
  };
  expectValues({
      {sort("4"), {{3, 1, 3, 2}}, {1, 3, 0, 2}},
      {sort("4", ", descending"), {{3, 1, 3, 2}}, {0, 2, 3, 1}},
      // NaN is last in both directions, whatever its sign; -0 and 0 are equal.
      {sort("6"), {{nan_, inf, -0.0, 0, -nan_, -inf}}, {5, 2, 3, 1, 0, 4}},
      {sort("6", ", descending"), {{nan_, -inf, 0, -0.0, -nan_, inf}}, {5, 2, 3, 1, 0, 4}},
      {sort("4xi32"), {{0, -2147483648.0, 2147483647, -1}}, {1, 3, 0, 2}},
      {sort("4xi32", ", descending"), {{0, -2147483648.0, 2147483647, -1}}, {2, 0, 3, 1}},
      {sort("3xui8"), {{200, 100, 0}}, {2, 1, 0}},
      {sort("3xi1"), {{1, 0, 1}}, {1, 0, 2}},
      {{"net.argsort", {"2x2"}, "axis = 0 : i64"}, {{2, 1, 1, 2}}, {1, 0, 0, 1}},
      {sort("0"), {{}}, {}},
      {{"net.recurrence", {"4", "4"}, "axis = 0 : i64"},
       {{nan_, 1, 2, 3}, {1, 2, 3, 4}},
       {1, 3, 9, 31}},
      {{"net.recurrence", {"4", "4"}, "axis = 0 : i64, reverse"},
       {{3, 2, 1, nan_}, {4, 3, 2, 1}},
       {31, 9, 3, 1}},
      {{"net.recurrence", {"2x2xui8", "2x2xui8"}, "axis = 1 : i64"},
       {{9, 3, 9, 1}, {100, 1, 200, 100}},
       {100, 45, 200, 44}},
      {{"net.solve", {"3x3", "3x1"}}, {{0, 2, 1, 1, 0, 0, 1, 1, 1}, {5, 1, 4}}, {1, 2, 1}},
      {{"net.solve", {"2x2", "2x1"}}, {{1, 1, 1, 1}, {1, 2}}, {-inf, inf}},
  });
}

TEST(Values, WindowsAndConvolutions) {
  const std::string plain = "axes = array<i64: 0>, sizes = array<i64: 2>, strides = array<i64: 2>, "
                            "dilations = array<i64: 1>, low = array<i64: 1>, high = array<i64: 0>";
  const std::string conv = "strides = array<i64: 1>, low = array<i64: 0>, high = array<i64: 0>, ";
  const std::string one = "input_dilation = array<i64: 1>, dilation = array<i64: 1>";
  expectValues({
      {{"net.window", {"4", ""}, plain}, {{1, 2, 3, 4}, {9}}, {9, 1, 2, 3}},
      {{"net.unwindow", {"2x2"}, plain, "4"}, {{9, 1, 2, 3}}, {1, 2, 3, 0}},
      {{"net.conv", {"1x4x1", "2x1x1"}, conv + one}, {{1, 2, 3, 4}, {10, 1}}, {12, 23, 34}},
      {{"net.conv",
        {"1x4x1", "2x1x1"},
        "strides = array<i64: 2>, low = array<i64: 1>, high = array<i64: 0>, " + one},
       {{1, 2, 3, 4}, {10, 1}},
       {1, 23}},
      {{"net.conv",
        {"1x4x1", "2x1x1"},
        conv + "input_dilation = array<i64: 1>, dilation = array<i64: 2>"},
       {{1, 2, 3, 4}, {10, 1}},
       {13, 24}},
      {{"net.conv",
        {"1x2x1", "2x1x1"},
        conv + "input_dilation = array<i64: 2>, dilation = array<i64: 1>"},
       {{1, 2}, {10, 1}},
       {10, 2}},
      {{"net.conv", {"1x1x2", "1x1x2"}, conv + one + ", groups = 2 : i64"},
       {{3, 5}, {10, 100}},
       {30, 500}},
      {{"net.conv", {"2x1x1", "1x1x2"}, conv + one + ", batch_groups = 2 : i64"},
       {{3, 5}, {10, 100}},
       {30, 500}},
      {{"net.conv", {"1x1x2", "1x2x1"}, conv + one}, {{3, 5}, {10, 100}}, {530}},
  });
}

TEST(Values, ReductionsAndProducts) {
  expectValues({
      {{"net.sum", {"2x3"}, "axes = array<i64: 0>"}, {{1, 2, 3, 4, 5, 6}}, {5, 7, 9}},
      {{"net.sum", {"2x3"}, "axes = array<i64: 1>"}, {{1, 2, 3, 4, 5, 6}}, {6, 15}},
      {{"net.sum", {"0x2"}, "axes = array<i64: 0>"}, {{}}, {0, 0}},
      {{"net.prod", {"2x0"}, "axes = array<i64: 1>"}, {{}}, {1, 1}},
      {{"net.reduce_max", {"0"}, "axes = array<i64: 0>"}, {{}}, {-inf}},
      {{"net.reduce_min", {"0"}, "axes = array<i64: 0>"}, {{}}, {inf}},
      {{"net.reduce_max", {"0xi32"}, "axes = array<i64: 0>"}, {{}}, {-2147483648.0}},
      {{"net.reduce_max", {"3"}, "axes = array<i64: 0>"}, {{1, nan_, 2}}, {nan_}},
      {{"net.logsumexp", {"2"}, "axes = array<i64: 0>"}, {{-inf, -inf}}, {-inf}},
      {{"net.logsumexp", {"0"}, "axes = array<i64: 0>"}, {{}}, {-inf}},
      {{"net.logsumexp", {"2"}, "axes = array<i64: 0>"}, {{1000, 1000}}, {1000 + std::log(2)}},
      {{"net.argmax", {"2x3"}, "axis = 1 : i64"}, {{1, 3, 3, 7, 7, 6}}, {1, 0}},
      {{"net.argmin", {"2x3"}, "axis = 0 : i64"}, {{1, 3, 3, 0, 3, 9}}, {1, 0, 0}},
      {{"net.any", {"2x2xi1"}, "axes = array<i64: 1>"}, {{0, 0, 0, 1}}, {0, 1}},
      {{"net.all", {"2x2xi1"}, "axes = array<i64: 1>"}, {{1, 1, 0, 1}}, {1, 0}},
      {{"net.einsum", {"2x2", "2x2"}, "spec = \"ij,jk->ik\""},
       {{1, 2, 3, 4}, {5, 6, 7, 8}},
       {19, 22, 43, 50}},
      {{"net.einsum", {"2x2", "2x2"}, "spec = \"ji,jk->ki\""},
       {{1, 2, 3, 4}, {5, 6, 7, 8}},
       {26, 38, 30, 44}},
      {{"net.einsum", {"2", "2"}, "spec = \"i,j->ji\""}, {{1, 2}, {5, 6}}, {5, 10, 6, 12}},
  });
}

TEST(Values, Errors) {
  EXPECT_EQ(errorOf({"net.take", {"3", "2xi32"}, "axis = 0 : i64"}, {{1, 2, 3}, {0, 3}}),
            "net.take: index 3 is out of range 0..2");
  EXPECT_EQ(errorOf({"net.take", {"3", "1xi32"}, "axis = 0 : i64"}, {{1, 2, 3}, {-1}}),
            "net.take: index -1 is out of range 0..2");
  OpCase label{"net.checked", {"2xui8"}, "limit = \"10\", message = \"label out of range 0..9\""};
  EXPECT_EQ(errorOf(label, {{0, 9}}), "");
  EXPECT_EQ(errorOf(label, {{0, 10}}), "label out of range 0..9");
}
