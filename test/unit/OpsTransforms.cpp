//===- OpsTransforms.cpp - operations in forward mode, and in scans -------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What `net-grad` makes of each case of the table of operations, against the interpreter's dual
// numbers: J v as the gradient of <J' u, v> with respect to u, which is how `jvp` is
// compiled; and the gradient of a scan that applies the operation in every turn.
//
//===----------------------------------------------------------------------===//
#include "OpsColumns.h"
#include "mlir/Pass/PassManager.h"
#include "passes/Passes.h"
#include "gtest/gtest.h"

#include <cmath>

using namespace mlir;
using namespace net;
using namespace net::test;

namespace {
/// Turns of a scan.
constexpr int64_t turns = 3;

Expr in(ExprBuilder &b, Value value) { return Expr(b, value); }

Array arrayOf(Type type) {
  std::vector<int64_t> shape;
  for (const SizeExpr &size : shapeOf(type))
    shape.push_back(*size.evaluate(caseSizes()));
  return Array(elementOf(type), shape);
}

std::string runPasses(ModuleOp module) {
  std::string complaint;
  ScopedDiagnosticHandler collect(module.getContext(),
                                  [&](Diagnostic &d) { complaint += d.str() + "; "; });
  PassManager pm(module.getContext());
  buildPhase(pm, "grad");
  buildPhase(pm, "simplify");
  return failed(pm.run(module)) ? "the passes fail: " + complaint : "";
}

Operation *applied(OpBuilder &b, Operation *op, ValueRange operands) {
  Operation *copy = b.clone(*op);
  copy->setOperands(operands);
  return copy;
}

func::FuncOp makeFunction(ModuleOp module, StringRef name, TypeRange types) {
  OpBuilder b = OpBuilder::atBlockEnd(module.getBody());
  auto function = func::FuncOp::create(b, module.getLoc(), name, b.getFunctionType(types, {}));
  function.addEntryBlock();
  return function;
}

//===-- forward mode --------------------------------------------------------------------------===//

/// J v: `jvp(operands, u, v..)`.
func::FuncOp makeJvp(const BuiltCase &built) {
  Operation *op = built.op;
  Location loc = op->getLoc();
  SmallVector<Type> types(op->getOperandTypes());
  types.push_back(op->getResult(0).getType());
  SmallVector<unsigned> wanted;
  for (auto [i, operand] : llvm::enumerate(op->getOperands()))
    if (isReal(operand)) {
      wanted.push_back(i);
      types.push_back(operand.getType());
    }
  func::FuncOp function = makeFunction(*built.module, "jvp", types);
  auto arguments = function.getArguments();
  size_t count = op->getNumOperands();
  Value u = arguments[count];
  OpBuilder b = OpBuilder::atBlockEnd(&function.getBody().front());
  GradOp pushed = makeGrad(b, loc, u, [&](OpBuilder &b, ValueRange at) -> Value {
    SmallVector<Value> pulledAt;
    for (unsigned i : wanted)
      pulledAt.push_back(arguments[i]);
    pulledAt.push_back(at[0]);
    GradOp pulled = makeGrad(b, loc, pulledAt, [&](OpBuilder &b, ValueRange at) -> Value {
      SmallVector<Value> operands(arguments.take_front(count));
      for (auto [i, value] : llvm::zip(wanted, at))
        operands[i] = value;
      ExprBuilder formulas(b, loc);
      using expr::operator*;
      return total(in(formulas, applied(b, op, operands)->getResult(0)) * in(formulas, at.back()))
          .get();
    });
    ExprBuilder formulas(b, loc);
    using namespace expr;
    Expr sum;
    for (auto [cotangent, v] : llvm::zip(pulled.getResults(), arguments.drop_front(count + 1)))
      sum = sum + total(in(formulas, cotangent) * in(formulas, v));
    return sum.get();
  });
  finish(function, pushed->getResult(0));
  return function;
}

std::string checkJvp(const OpCase &c, uint64_t seed) {
  auto built = buildChecked(c);
  if (!built)
    return llvm::toString(built.takeError());
  std::mt19937_64 random(seed);
  std::vector<Array> operands = randomOperands(c, built->op, random), arguments = operands;
  arguments.push_back(arrayOf(built->op->getResult(0).getType()));
  fillRandom(arguments.back(), random);
  for (Array &operand : operands)
    if (operand.isReal()) {
      Array direction(operand.element, operand.shape);
      fillRandom(direction, random);
      operand.tangents = direction.values;
      arguments.push_back(std::move(direction));
    }
  makeJvp(*built);
  built->module->lookupSymbol("primal")->erase();
  if (std::string why = runPasses(*built->module); !why.empty())
    return why;
  InterpretOptions options;
  options.sizes = caseSizes();
  auto wanted = interpret(built->check.forward(), operands, options);
  auto given = interpret(built->module->lookupSymbol<func::FuncOp>("jvp"), arguments, options);
  if (!wanted || !given)
    return llvm::toString(llvm::joinErrors(wanted.takeError(), given.takeError()));
  const Array &y = (*wanted)[0];
  double largest = 0;
  for (size_t i = 0; i < y.size(); ++i)
    largest = std::max(largest, std::fabs(y.at(i).d));
  for (size_t i = 0; i < y.size(); ++i)
    if (!(std::fabs((*given)[0].values[i] - y.at(i).d) <= 1e-12 * (1 + largest)))
      return "J v has " + std::to_string((*given)[0].values[i]) + " instead of " +
             std::to_string(y.at(i).d);
  return "";
}

//===-- in a scan -----------------------------------------------------------------------------===//

/// The loss of a scan that applies the operation to elements of `values` in place of its real
/// operands, the first of which is moved by what the turns before gave.
Value lossOfScan(OpBuilder &b, Operation *op, ValueRange values, ValueRange others) {
  Location loc = op->getLoc();
  Value y = op->getResult(0);
  Shape kept = shapeOf(y.getType());
  kept.insert(kept.begin(), SizeExpr(turns));
  auto scalar = RankedTensorType::get({}, b.getF64Type());
  ExprBuilder formulas(b, loc);
  Value zero = expr::splat(formulas, 0, scalar).get();
  OperationState state(loc, ScanOp::getOperationName());
  state.addOperands(values);
  state.addOperands(zero);
  state.addTypes({tensorOf(elementOf(y.getType()), kept), scalar});
  state.addAttribute("operandSegmentSizes",
                     b.getDenseI32ArrayAttr({static_cast<int32_t>(values.size()), 1}));
  Block *turn = new Block;
  state.addRegion()->push_back(turn);
  auto scan = cast<ScanOp>(b.create(state));
  {
    OpBuilder inside = OpBuilder::atBlockEnd(turn);
    ExprBuilder formulas(inside, loc);
    SmallVector<Value> operands(others);
    bool isFirst = true;
    for (auto [i, operand] : llvm::enumerate(op->getOperands()))
      if (isReal(operand))
        operands[i] = turn->addArgument(operand.getType(), loc);
    Expr carry = in(formulas, turn->addArgument(scalar, loc));
    using namespace expr;
    for (auto [i, operand] : llvm::enumerate(op->getOperands()))
      if (isReal(operand) && std::exchange(isFirst, false)) {
        Expr x = in(formulas, operands[i]);
        Expr moved = cast(sin(carry) * 1e-3, x.element());
        operands[i] = (x + broadcast(moved, x.shape(), {})).get();
      }
    Expr result = in(formulas, applied(inside, op, operands)->getResult(0));
    Expr next = carry * 0.5 + total(result);
    YieldOp::create(inside, loc, ValueRange{result.get(), next.get()});
  }
  using namespace expr;
  Expr all = in(formulas, scan->getResult(0)), last = in(formulas, scan->getResult(1));
  return (total(all * all) + sin(last)).get();
}

std::string checkInScan(const OpCase &c, uint64_t seed) {
  auto built = build(c, &testContext());
  if (!built)
    return llvm::toString(built.takeError());
  Operation *op = built->op;
  std::mt19937_64 random(seed);
  // Each turn has operands of its own, away from kinks.
  std::vector<Array> arguments = randomOperands(c, op, random);
  SmallVector<Type> types(op->getOperandTypes());
  SmallVector<unsigned> wanted;
  for (auto [i, operand] : llvm::enumerate(op->getOperands())) {
    if (!isReal(operand))
      continue;
    wanted.push_back(i);
    Shape shape = shapeOf(operand.getType());
    shape.insert(shape.begin(), SizeExpr(turns));
    types[i] = tensorOf(elementOf(operand.getType()), shape);
    arguments[i].shape.insert(arguments[i].shape.begin(), turns);
  }
  for (int64_t turn = 1; turn < turns; ++turn) {
    std::vector<Array> more = randomOperands(c, op, random);
    for (unsigned i : wanted)
      llvm::append_range(arguments[i].values, more[i].values);
  }
  func::FuncOp primal = makeFunction(*built->module, "loss", types);
  func::FuncOp gradient = makeFunction(*built->module, "gradient", types);
  auto pick = [&](ValueRange all) {
    return llvm::map_to_vector(wanted, [&](unsigned i) -> Value { return all[i]; });
  };
  OpBuilder b = OpBuilder::atBlockEnd(&primal.getBody().front());
  finish(primal, lossOfScan(b, op, pick(primal.getArguments()), primal.getArguments()));
  b.setInsertionPointToEnd(&gradient.getBody().front());
  GradOp grad = makeGrad(b, op->getLoc(), pick(gradient.getArguments()),
                         [&](OpBuilder &b, ValueRange at) -> Value {
                           return lossOfScan(b, op, at, gradient.getArguments());
                         });
  finish(gradient, grad.getResults().take_front(wanted.size()));
  op->getParentOfType<func::FuncOp>().erase();
  OwningOpRef<ModuleOp> before = built->module->clone();
  if (std::string why = runPasses(*built->module); !why.empty())
    return why;
  InterpretOptions options;
  options.sizes = caseSizes();
  auto given = interpret(built->module->lookupSymbol<func::FuncOp>("gradient"), arguments, options);
  if (!given)
    return llvm::toString(given.takeError());
  double product = 0, scale = 0;
  for (auto [i, cotangent] : llvm::zip(wanted, *given)) {
    Array direction(arguments[i].element, arguments[i].shape);
    fillRandom(direction, random);
    for (size_t k = 0; k < direction.size(); ++k) {
      product += cotangent.values[k] * direction.values[k];
      scale += std::fabs(cotangent.values[k] * direction.values[k]);
    }
    arguments[i].tangents = std::move(direction.values);
  }
  auto wantedLoss = interpret(before->lookupSymbol<func::FuncOp>("loss"), arguments, options);
  if (!wantedLoss)
    return llvm::toString(wantedLoss.takeError());
  double truth = (*wantedLoss)[0].at(0).d;
  if (!(std::fabs(product - truth) <= 1e-11 * (1 + scale)))
    return "<v, gradient> = " + std::to_string(product) + ", J v = " + std::to_string(truth);
  return "";
}

class Jvp : public testing::TestWithParam<std::string> {};
class InScan : public testing::TestWithParam<std::string> {};
std::string nameOf(const testing::TestParamInfo<std::string> &info) {
  return info.param.substr(sizeof("net.") - 1);
}
} // namespace

TEST_P(Jvp, IsWhatDualNumbersSay) {
  uint64_t seed = 1;
  for (const OpCase &c : cellOf(GetParam(), Column::Jvp).cases)
    EXPECT_EQ(checkJvp(c, seed++), "") << c.str();
}
INSTANTIATE_TEST_SUITE_P(Ops, Jvp, testing::ValuesIn(operationsIn(Column::Jvp)), nameOf);

TEST_P(InScan, HasTheGradientThatDualNumbersSay) {
  uint64_t seed = 1;
  for (const OpCase &c : cellOf(GetParam(), Column::InScan).cases)
    EXPECT_EQ(checkInScan(c, seed++), "") << c.str();
}
INSTANTIATE_TEST_SUITE_P(Ops, InScan, testing::ValuesIn(operationsIn(Column::InScan)), nameOf);
