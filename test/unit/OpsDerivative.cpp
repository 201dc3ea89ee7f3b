//===- OpsDerivative.cpp - every reverse rule against two truths ----------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "OpsColumns.h"
#include "llvm/Support/FileSystem.h"
#include "gtest/gtest.h"

#include <cmath>

using namespace mlir;
using namespace net;
using namespace net::test;

namespace {
/// Directions drawn for each case.
constexpr int rounds = 3;

class Derivative : public testing::TestWithParam<std::string> {};
} // namespace

std::string net::test::checkDerivative(const OpCase &c, uint64_t seed, RuleCheck::Change change) {
  std::mt19937_64 random(seed);
  auto built = buildChecked(c, change);
  if (!built)
    return llvm::toString(built.takeError());
  RuleCheck *check = &built->check;
  for (auto [rule, operand] : llvm::zip(check->rules(), built->op->getOperands()))
    if (rule == RuleCheck::Rule::Blocked && isa<FloatType>(elementOf(operand.getType())))
      return "the rule of a real operand is blocked";
  for (int round = 0; round < rounds; ++round) {
    std::vector<Array> operands = randomOperands(c, built->op, random);
    auto dot = check->dotProduct(operands, random, caseSizes());
    if (!dot)
      return llvm::toString(dot.takeError());
    if (!(dot->relativeError() <= 1e-12))
      return "<v, J'w> = " + std::to_string(dot->rule) +
             ", <J v, w> = " + std::to_string(dot->truth);
    auto difference = check->difference(operands, random, 1e-4, caseSizes());
    if (!difference)
      return llvm::toString(difference.takeError());
    double a = difference->rule, n = difference->truth;
    if (!(std::fabs(a - n) <= 1e-5 * (1 + std::fabs(n))))
      return "<v, J'w> = " + std::to_string(a) + ", by differences " + std::to_string(n);
  }
  return "";
}

TEST_P(Derivative, IsWhatDualNumbersAndDifferencesSay) {
  uint64_t seed = 1;
  for (const OpCase &c : cellOf(GetParam(), Column::Vjp).cases)
    EXPECT_EQ(checkDerivative(c, seed++), "") << c.str();
}
INSTANTIATE_TEST_SUITE_P(Ops, Derivative, testing::ValuesIn(operationsIn(Column::Vjp)),
                         [](const auto &info) { return info.param.substr(sizeof("net.") - 1); });

TEST(Ops, EachHasTwelveCasesOrAReason) {
  const auto &cases = derivativeCases();
  const auto &reasons = operationsWithoutDerivative();
  std::set<std::string> registered;
  for (RegisteredOperationName name : testContext().getRegisteredOperationsByDialect("net")) {
    std::string op = name.getStringRef().str();
    registered.insert(op);
    if (reasons.count(op))
      EXPECT_FALSE(cases.count(op)) << op << " stands in both lists";
    else
      EXPECT_GE(cases.count(op) ? cases.at(op).size() : 0, 12u) << op;
  }
  for (const auto &[op, list] : cases)
    EXPECT_TRUE(registered.count(op)) << op;
  for (const auto &[op, reason] : reasons)
    EXPECT_TRUE(registered.count(op)) << op;
}

TEST(Ops, EachHasATestFile) {
  // The terminator has no life of its own.
  const std::map<std::string, std::string> elsewhere = {{"net.yield", "kernel"}};
  for (RegisteredOperationName name : testContext().getRegisteredOperationsByDialect("net")) {
    std::string op = name.getStringRef().str();
    auto other = elsewhere.find(op);
    std::string file = other != elsewhere.end() ? other->second : op.substr(sizeof("net.") - 1);
    EXPECT_TRUE(llvm::sys::fs::exists(NETC_SOURCE_DIR "/test/ops/" + file + ".mlir")) << op;
  }
}

TEST(Ops, OnlyStructureHasNoRule) {
  for (const auto &[op, reason] : operationsWithoutDerivative()) {
    auto name = RegisteredOperationName::lookup(op, &testContext());
    ASSERT_TRUE(name) << op;
    EXPECT_EQ(name->hasInterface<DifferentiableOp>(), !StringRef(reason).starts_with("structure"))
        << op;
  }
}
