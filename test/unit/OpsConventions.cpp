//===- OpsConventions.cpp - derivatives at ties, kinks and bounds ---------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Where a derivative is a matter of convention, the convention is stated here as numbers,
// for the reverse rules and for dual numbers.
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
constexpr double inf = INFINITY;

struct Convention {
  OpCase op;
  std::vector<Numbers> operands;
  Numbers dy;
  std::vector<Numbers> cotangents; ///< of the real operands
};

Array arrayOf(Type type, const Numbers &numbers) {
  auto tensor = cast<RankedTensorType>(type);
  Array array(elementOf(type), tensor.getShape().vec());
  for (size_t i = 0; i < array.size(); ++i)
    array.set(i, Dual(numbers[i]));
  return array;
}

void expectConvention(const Convention &c) {
  SCOPED_TRACE(c.op.str());
  auto built = buildChecked(c.op);
  ASSERT_TRUE(bool(built)) << llvm::toString(built.takeError());
  RuleCheck *check = &built->check;
  std::vector<Array> operands;
  for (auto [value, numbers] : llvm::zip(built->op->getOperands(), c.operands))
    operands.push_back(arrayOf(value.getType(), numbers));
  Array dy = arrayOf(built->op->getResult(0).getType(), c.dy);
  auto given = check->cotangents(operands, dy);
  ASSERT_TRUE(bool(given)) << llvm::toString(given.takeError());
  size_t next = 0;
  for (size_t i = 0; i < operands.size(); ++i) {
    if (!operands[i].isReal())
      continue;
    const Numbers &wanted = c.cotangents[next++];
    ASSERT_EQ((*given)[i].values.size(), wanted.size()) << "operand " << i;
    for (size_t k = 0; k < wanted.size(); ++k)
      EXPECT_NEAR((*given)[i].values[k], wanted[k], 1e-12 * std::fabs(wanted[k]))
          << "operand " << i;
    // One forward run for each number gives the same column by column.
    for (size_t k = 0; k < operands[i].size(); ++k) {
      std::vector<Array> seeded = operands;
      seeded[i].addTangents();
      seeded[i].tangents[k] = 1;
      auto results = interpret(check->forward(), seeded);
      ASSERT_TRUE(bool(results)) << llvm::toString(results.takeError());
      double sum = 0;
      for (size_t j = 0; j < dy.size(); ++j)
        sum += (*results)[0].at(j).d == 0 ? 0 : (*results)[0].at(j).d * dy.values[j];
      EXPECT_NEAR(sum, wanted[k], 1e-12 * std::fabs(wanted[k]))
          << "operand " << i << ", by dual numbers";
    }
  }
}

OpCase unary(const char *op, const char *shape = "") { return {op, {shape}}; }
OpCase binary(const char *op) { return {op, {"", ""}}; }
OpCase over(const char *op, const char *shape, const char *axes) {
  return {op, {shape}, std::string("axes = array<i64: ") + axes + ">"};
}
} // namespace

TEST(Conventions, Kinks) {
  expectConvention({unary("net.abs"), {{0}}, {3}, {{0}}});
  expectConvention({unary("net.abs"), {{-2}}, {3}, {{-3}}});
  expectConvention({unary("net.sign"), {{0}}, {3}, {{0}}});
  expectConvention({unary("net.floor"), {{2}}, {3}, {{0}}});
  expectConvention({unary("net.stop_gradient"), {{2}}, {3}, {{0}}});
}

TEST(Conventions, OfEqualNumbersTheFirstTakesAll) {
  expectConvention({binary("net.max"), {{2}, {2}}, {3}, {{3}, {0}}});
  expectConvention({binary("net.min"), {{2}, {2}}, {3}, {{3}, {0}}});
  expectConvention({binary("net.max"), {{1}, {2}}, {3}, {{0}, {3}}});
  expectConvention({binary("net.min"), {{1}, {2}}, {3}, {{3}, {0}}});
  expectConvention({binary("net.max"), {{0}, {-0.0}}, {3}, {{3}, {0}}});
  // relu is max(0, x): its derivative at 0 is 0.
  expectConvention({binary("net.max"), {{0}, {0}}, {1}, {{1}, {0}}});
}

TEST(Conventions, ReductionsOfEqualNumbers) {
  expectConvention({over("net.reduce_max", "4", "0"), {{1, 5, 5, 2}}, {3}, {{0, 3, 0, 0}}});
  expectConvention({over("net.reduce_min", "4", "0"), {{1, 5, 1, 2}}, {3}, {{3, 0, 0, 0}}});
  expectConvention({over("net.reduce_max", "2x2", "0"), {{1, 4, 1, 3}}, {3, 7}, {{3, 7, 0, 0}}});
  expectConvention({over("net.reduce_max", "2x2", "0, 1"), {{1, 4, 4, 4}}, {3}, {{0, 3, 0, 0}}});
  expectConvention({over("net.reduce_max", "3", "0"), {{-inf, -inf, -inf}}, {3}, {{3, 0, 0}}});
}

TEST(Conventions, LogSumExpOfNothing) {
  expectConvention({over("net.logsumexp", "2", "0"), {{-inf, -inf}}, {3}, {{0, 0}}});
  expectConvention({over("net.logsumexp", "2", "0"), {{-inf, 0}}, {3}, {{0, 3}}});
  expectConvention({over("net.logsumexp", "2", "0"), {{1000, 1000}}, {3}, {{1.5, 1.5}}});
}

TEST(Conventions, ProductsWithZeros) {
  expectConvention({over("net.prod", "3", "0"), {{2, 0, 5}}, {3}, {{0, 30, 0}}});
  expectConvention({over("net.prod", "3", "0"), {{0, 0, 5}}, {3}, {{0, 0, 0}}});
  expectConvention({over("net.prod", "2x2", "1"), {{2, 3, 0, 4}}, {1, 2}, {{3, 2, 8, 0}}});
  expectConvention({over("net.prod", "2x2", "0, 1"), {{2, 3, 0, 4}}, {1}, {{0, 0, 24, 0}}});
}

TEST(Conventions, PowersOfZero) {
  expectConvention({binary("net.pow"), {{0}, {2}}, {3}, {{0}, {0}}});
  expectConvention({binary("net.pow"), {{0}, {1}}, {3}, {{3}, {0}}});
  expectConvention({binary("net.pow"), {{0}, {0}}, {3}, {{0}, {0}}});
  expectConvention({{"net.powi", {""}, "n = 0 : i64"}, {{0}}, {3}, {{0}}});
  expectConvention({{"net.powi", {""}, "n = 1 : i64"}, {{0}}, {3}, {{3}}});
  expectConvention({{"net.powi", {""}, "n = 2 : i64"}, {{0}}, {3}, {{0}}});
}

TEST(Conventions, WhereTakesOneBranch) {
  OpCase where{"net.where", {"2xi1", "2", "2"}};
  expectConvention({where, {{1, 0}, {5, 6}, {7, 8}}, {3, 4}, {{3, 0}, {0, 4}}});
  expectConvention({where, {{1, 0}, {5, inf}, {inf, 8}}, {3, 4}, {{3, 0}, {0, 4}}});
}

TEST(Conventions, SaturatedFunctionsHaveFiniteDerivatives) {
  for (double x : {-1000.0, 1000.0}) {
    expectConvention({unary("net.tanh"), {{x}}, {1}, {{0}}});
    expectConvention({unary("net.sigmoid"), {{x}}, {1}, {{0}}});
    expectConvention({unary("net.erf"), {{x}}, {1}, {{0}}});
    expectConvention({unary("net.softplus"), {{x}}, {1}, {{x > 0 ? 1.0 : 0.0}}});
  }
}

TEST(Conventions, RecurrencesWithZerosDivideByNone) {
  OpCase forward{"net.recurrence", {"4", "4"}, "axis = 0 : i64"};
  // y = 1, 0, 0, 7; g = 17, 7.5, 5, 2; what a holds first is never read, not even infinity.
  expectConvention({forward,
                    {{inf, 0, 3, 0.5}, {1, 0, 0, 7}},
                    {17, -7.5, 4, 2},
                    {{0, 7.5, 0, 0}, {17, 7.5, 5, 2}}});
  OpCase backward{"net.recurrence", {"3", "3"}, "axis = 0 : i64, reverse"};
  // y = 10, 5, 5 from behind; g = 1, 3, 4 from before.
  expectConvention({backward, {{2, 1, inf}, {0, 0, 5}}, {1, 1, 1}, {{5, 15, 0}, {1, 3, 4}}});
}

TEST(Conventions, PositionsAndWholeNumbersAreBlocked) {
  for (const OpCase &c :
       {OpCase{"net.argmax", {"3"}, "axis = 0 : i64"},
        OpCase{"net.argmin", {"3"}, "axis = 0 : i64"},
        OpCase{"net.argsort", {"3"}, "axis = 0 : i64"}, OpCase{"net.cast", {"3"}, "", "3xi32"}}) {
    auto built = build(c, &testContext());
    ASSERT_TRUE(bool(built)) << llvm::toString(built.takeError());
    OpBuilder b(built->op->getBlock(), built->op->getBlock()->end());
    ExprBuilder builder(b, built->op->getLoc());
    // The result is no real number: its cotangent is never looked at.
    SmallVector<Expr> dys = {Expr::zero()};
    auto rules = cast<DifferentiableOp>(built->op).vjp(builder, dys);
    ASSERT_EQ(rules.size(), 1u);
    EXPECT_TRUE(rules[0].isBlocked()) << c.str();
  }
}
