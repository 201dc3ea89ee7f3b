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
#include "OpsCases.h"
#include "ir/NetDialect.h"
#include "tools/CheckGrad.h"
#include "gtest/gtest.h"

using namespace mlir;
using namespace net;
using namespace net::test;

namespace {
/// The sum of all elements, in f64.
Expr total(Expr x) {
  Expr sum = expr::sum(x, llvm::to_vector(llvm::seq<int64_t>(0, x.rank())));
  return expr::cast(sum, x.b().builder.getF64Type());
}

bool isReal(Value value) { return isa<FloatType>(elementOf(value.getType())); }

/// A gradient with respect to `wrt`, whose loss `body` makes of the block's arguments.
GradOp makeGrad(OpBuilder &b, Location loc, ValueRange wrt,
                llvm::function_ref<Value(OpBuilder &, ValueRange)> body) {
  SmallVector<Type> types(wrt.getTypes());
  types.push_back(RankedTensorType::get({}, b.getF64Type()));
  auto grad = GradOp::create(b, loc, types, wrt);
  Block *block = b.createBlock(&grad.getBody());
  for (Value value : wrt)
    block->addArgument(value.getType(), loc);
  YieldOp::create(b, loc, ValueRange(body(b, block->getArguments())));
  b.setInsertionPointAfter(grad);
  return grad;
}

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
  func::ReturnOp::create(b, loc, outer.getResults().take_front(reals.size()));
  op->erase();
  function.setFunctionType(b.getFunctionType(
      entry.getArgumentTypes(), outer.getResults().take_front(reals.size()).getTypes()));
  return function;
}

std::string check(const OpCase &c, uint64_t seed) {
  auto built = build(c, &testContext());
  if (!built)
    return llvm::toString(built.takeError());
  std::mt19937_64 random(seed);
  std::vector<Array> arguments = randomOperands(c, built->op, random);
  for (const Array &argument : arguments)
    if (argument.size() == 0)
      return ""; // nothing to differentiate
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
std::vector<std::string> names() {
  std::vector<std::string> list;
  for (const auto &[name, cases] : derivativeCases())
    if (name !=
        "net.tap") // structure: what is one of inner and outer gradient at once has no meaning
      list.push_back(name);
  return list;
}
} // namespace

TEST_P(SecondOrder, IsWhatDifferencesSay) {
  uint64_t seed = 1;
  for (const OpCase &c : derivativeCases().at(GetParam()))
    EXPECT_EQ(check(c, seed++), "") << c.str();
}
INSTANTIATE_TEST_SUITE_P(Ops, SecondOrder, testing::ValuesIn(names()),
                         [](const auto &info) { return info.param.substr(sizeof("net.") - 1); });
