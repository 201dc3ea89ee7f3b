//===- OpsRandom.cpp - random numbers that never change -------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Philox against the known answers of Random123's distribution; keys and first values
// against a few lines of Python that follow the definition.
//
//===----------------------------------------------------------------------===//
#include "OpsCases.h"
#include "ir/Evaluation.h"
#include "mlir/Parser/Parser.h"
#include "gtest/gtest.h"

#include <cmath>

using namespace mlir;
using namespace net;
using namespace net::test;

namespace {
using Words = std::array<uint32_t, 4>;
/// splitmix64's finalizer of seed 42.
constexpr int64_t key = -6387817139659442654;

Array run(StringRef text, std::vector<Array> arguments) {
  auto module = parseSourceString<ModuleOp>(text, &testContext());
  EXPECT_TRUE(module);
  if (!module)
    return {};
  auto results = interpret(*module->getOps<func::FuncOp>().begin(), arguments);
  EXPECT_TRUE(bool(results)) << llvm::toString(results.takeError());
  return results ? (*results)[0] : Array();
}
Array keyArray() { return Array::key(&testContext(), static_cast<uint64_t>(key)); }
Array whole(int64_t value) {
  Array array(IntegerType::get(&testContext(), 64), {});
  array.wholes[0] = value;
  return array;
}
} // namespace

TEST(Random, PhiloxKnownAnswers) {
  EXPECT_EQ(philox({0, 0, 0, 0}, {0, 0}), (Words{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  constexpr uint32_t ones = 0xffffffff;
  EXPECT_EQ(philox({ones, ones, ones, ones}, {ones, ones}),
            (Words{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(philox({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}),
            (Words{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST(Random, Keys) {
  const char *fold = "func.func @f(%k: tensor<i64>, %i: tensor<i64>) -> tensor<i64> {\n"
                     "  %y = net.fold_in %k, %i : (tensor<i64>, tensor<i64>) -> tensor<i64>\n"
                     "  return %y : tensor<i64>\n}";
  EXPECT_EQ(run(fold, {keyArray(), whole(0)}).wholes[0], -7450291807549245335);
  EXPECT_EQ(run(fold, {keyArray(), whole(7)}).wholes[0], 2820384354626331986);
  EXPECT_EQ(run(fold, {keyArray(), whole(-1)}).wholes[0], -7500032730674233179);
  EXPECT_EQ(run("func.func @f(%k: tensor<i64>) -> tensor<i64> {\n"
                "  %y = net.fold_key %k \"dropout_1\" : tensor<i64> -> tensor<i64>\n"
                "  return %y : tensor<i64>\n}",
                {keyArray()})
                .wholes[0],
            8324710514571009600);
}

TEST(Random, FirstValues) {
  auto draw = [](const char *op) {
    return run(std::string("func.func @f(%k: tensor<i64>) -> tensor<3xf64> {\n  %y = net.") + op +
                   " %k : tensor<i64> -> tensor<3xf64>\n  return %y : tensor<3xf64>\n}",
               {keyArray()})
        .values;
  };
  EXPECT_EQ(draw("uniform"),
            (std::vector<double>{11234001 * 0x1p-24, 13473770 * 0x1p-24, 12354561 * 0x1p-24}));
  std::vector<double> normal = draw("normal");
  ASSERT_EQ(normal.size(), 3u);
  EXPECT_NEAR(normal[0], 0.6838712726664161, 1e-15);
  EXPECT_NEAR(normal[1], -0.589315364268243, 1e-15);
  EXPECT_NEAR(normal[2], -0.4893343154473019, 1e-15);
  const char *randint =
      "func.func @f(%k: tensor<i64>, %l: tensor<i64>, %h: tensor<i64>) -> tensor<3xi32> {\n"
      "  %y = net.randint %k, %l, %h : (tensor<i64>, tensor<i64>, tensor<i64>) -> tensor<3xi32>\n"
      "  return %y : tensor<3xi32>\n}";
  EXPECT_EQ(run(randint, {keyArray(), whole(-3), whole(10)}).wholes,
            (std::vector<int64_t>{5, 7, 6}));
}

TEST(Random, MomentsAreThoseOfTheDistributions) {
  const char *text = "func.func @f(%k: tensor<i64>) -> tensor<200x500xf64> {\n"
                     "  %y = net.normal %k : tensor<i64> -> tensor<200x500xf64>\n  return %y : "
                     "tensor<200x500xf64>\n}";
  double mean = 0, square = 0, fourth = 0;
  std::vector<double> values = run(text, {keyArray()}).values;
  for (double x : values) {
    mean += x / 1e5;
    square += x * x / 1e5;
    fourth += x * x * x * x / 1e5;
  }
  EXPECT_NEAR(mean, 0, 0.015);
  EXPECT_NEAR(square, 1, 0.02);
  EXPECT_NEAR(fourth, 3, 0.15);
}
