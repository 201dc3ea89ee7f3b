//===- OpsSecondOrder.cpp - derivatives of derivatives --------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The reverse rule of an operation is built of operations with rules. Here both are
// applied in each other, and the outcome compared with differences of the first
// derivative.
//
//===----------------------------------------------------------------------===//
#include "OpsColumns.h"
#include "tools/CheckGrad.h"
#include "gtest/gtest.h"

using namespace mlir;
using namespace net;
using namespace net::test;

namespace {
/// d/dx of sum(sin(x) u dl/dx), where l = sum(op(x) w): `f(operands, w, u..)`.
func::FuncOp makeSecond(const BuiltCase &built) {
  Operation *op = built.op;
  Location loc = op->getLoc();
  auto function = op->getParentOfType<func::FuncOp>();
  Block &entry = function.getBody().front();
  SmallVector<unsigned> wanted;
  for (auto [i, operand] : llvm::enumerate(op->getOperands()))
    if (isReal(operand))
      wanted.push_back(i);
  SmallVector<Value> reals, directions;
  for (unsigned i : wanted)
    reals.push_back(op->getOperand(i));
  Value weights = entry.addArgument(op->getResult(0).getType(), loc);
  for (Value real : reals)
    directions.push_back(entry.addArgument(real.getType(), loc));
  OpBuilder b = OpBuilder::atBlockEnd(&entry);
  auto loss = [&](OpBuilder &b, ValueRange at) -> Value {
    Operation *copy = b.clone(*op);
    for (auto [value, i] : llvm::zip(at, wanted))
      copy->setOperand(i, value);
    ExprBuilder formulas(b, loc);
    using expr::operator*;
    return total(Expr(formulas, copy->getResult(0)) * Expr(formulas, weights)).get();
  };
  GradOp outer = makeGrad(b, loc, reals, [&](OpBuilder &b, ValueRange at) -> Value {
    GradOp inner = makeGrad(b, loc, at, loss);
    ExprBuilder formulas(b, loc);
    using namespace expr;
    Expr sum;
    for (auto [x, cotangent, u] : llvm::zip(at, inner.getResults(), directions))
      sum = sum + total(sin(Expr(formulas, x)) * Expr(formulas, u) * Expr(formulas, cotangent));
    return sum.get();
  });
  op->erase();
  finish(function, outer.getResults().take_front(reals.size()));
  return function;
}

std::string check(const OpCase &c, uint64_t seed) {
  auto built = build(c, &testContext());
  if (!built)
    return llvm::toString(built.takeError());
  std::mt19937_64 random(seed);
  std::vector<Array> arguments = randomOperands(c, built->op, random);
  func::FuncOp function = makeSecond(*built);
  for (Type type : function.getArgumentTypes().drop_front(arguments.size())) {
    std::vector<int64_t> shape;
    for (const SizeExpr &size : shapeOf(type))
      shape.push_back(*size.evaluate(caseSizes()));
    arguments.push_back(Array(elementOf(type), shape));
    fillRandom(arguments.back(), random);
  }
  CheckGradOptions options;
  options.sizes = caseSizes();
  auto report = checkGrad(*built->module, function.getName(), arguments, options);
  if (!report)
    return llvm::toString(report.takeError());
  std::string text;
  llvm::raw_string_ostream out(text);
  print(*report, out);
  bool checked = llvm::all_of(report->rows, [](auto &row) { return row.checked > 0; });
  return report->passed() && checked ? "" : text;
}

class SecondOrder : public testing::TestWithParam<std::string> {};
} // namespace

TEST_P(SecondOrder, IsWhatDifferencesSay) {
  uint64_t seed = 1;
  for (const OpCase &c : cellOf(GetParam(), Column::SecondOrder).cases)
    EXPECT_EQ(check(c, seed++), "") << c.str();
}
INSTANTIATE_TEST_SUITE_P(Ops, SecondOrder, testing::ValuesIn(operationsIn(Column::SecondOrder)),
                         [](const auto &info) { return info.param.substr(sizeof("net.") - 1); });
