//===- CheckGradTest.cpp - checks of a program's gradients ----------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "tools/CheckGrad.h"
#include "OpsCases.h"
#include "ir/CheckVjp.h"
#include "ir/NetDialect.h"
#include "ir/Types.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "passes/Passes.h"
#include "tools/VerifyNumeric.h"
#include "gtest/gtest.h"

#include <cmath>

using namespace mlir;
using namespace net;
using namespace net::test;

namespace {
/// y = x^2, whose rule forgets the factor 2.
class WrongSquare
    : public Op<WrongSquare, OpTrait::OneResult, OpTrait::OneTypedResult<RankedTensorType>::Impl,
                OpTrait::OneOperand, OpTrait::ZeroRegions, OpTrait::ZeroSuccessors, ScalarOp::Trait,
                DifferentiableOp::Trait> {
public:
  using Op::Op;
  static StringRef getOperationName() { return "wrong.square"; }
  static ArrayRef<StringRef> getAttributeNames() { return {}; }
  Dual evaluate(ArrayRef<Dual> x) { return scalar::operator*(x[0], x[0]); }
  Lane emit(ArrayRef<Lane> x) { return x[0]; }
  SmallVector<Expr> vjp(ExprBuilder &b, ArrayRef<Expr> dys) {
    return {expr::operator*(dys[0], Expr(b, getOperation()->getOperand(0)))};
  }
};
class WrongDialect : public Dialect {
public:
  explicit WrongDialect(MLIRContext *context)
      : Dialect("wrong", context, TypeID::get<WrongDialect>()) {
    addOperations<WrongSquare>();
  }
  static StringRef getDialectNamespace() { return "wrong"; }
};

/// A dense layer with a loss: W and b are wanted, the layer's value is tapped.
const char *dense = R"(
  func.func @step(%W: tensor<3x2xf32> {net.var = "N.W"}, %b: tensor<2xf32> {net.var = "N.b"},
                  %x: tensor<?x3xf32, #net.sizes<[B, 3]>> {net.column = "x"})
      -> (tensor<3x2xf32>, tensor<2xf32>, tensor<?x2xf32, #net.sizes<[B, 2]>>) {
    %dW, %db, %dy, %loss = net.grad %W, %b : (tensor<3x2xf32>, tensor<2xf32>)
        -> (tensor<3x2xf32>, tensor<2xf32>, tensor<?x2xf32, #net.sizes<[B, 2]>>, tensor<f32>) {
    ^bb0(%w: tensor<3x2xf32>, %c: tensor<2xf32>):
      %y = net.call @layer(%x, %w, %c) : (tensor<?x3xf32, #net.sizes<[B, 3]>>, tensor<3x2xf32>, tensor<2xf32>)
          -> tensor<?x2xf32, #net.sizes<[B, 2]>>
      %t = net.tap %y : tensor<?x2xf32, #net.sizes<[B, 2]>>
      %q = net.ACTIVATION %t : tensor<?x2xf32, #net.sizes<[B, 2]>> loc("n.net":7:3)
      %l = net.sum %q over [0, 1] : (tensor<?x2xf32, #net.sizes<[B, 2]>>) -> tensor<f32>
      net.yield %l : tensor<f32>
    }
    return %dW, %db, %dy : tensor<3x2xf32>, tensor<2xf32>, tensor<?x2xf32, #net.sizes<[B, 2]>>
  }
  func.func private @layer(%x: tensor<?x3xf32, #net.sizes<[B, 3]>>, %w: tensor<3x2xf32>, %b: tensor<2xf32>)
      -> tensor<?x2xf32, #net.sizes<[B, 2]>> {
    %p = net.einsum "ij,jk->ik" %x, %w
        : (tensor<?x3xf32, #net.sizes<[B, 3]>>, tensor<3x2xf32>) -> tensor<?x2xf32, #net.sizes<[B, 2]>>
    %c = net.broadcast %b to [1] : tensor<2xf32> -> tensor<?x2xf32, #net.sizes<[B, 2]>>
    %y = net.add %p, %c : tensor<?x2xf32, #net.sizes<[B, 2]>>
    return %y : tensor<?x2xf32, #net.sizes<[B, 2]>>
  })";

OwningOpRef<ModuleOp> parse(std::string text, const std::string &activation = "tanh") {
  size_t at = text.find("ACTIVATION");
  if (at != std::string::npos)
    text.replace(at, 10, activation);
  auto module = parseSourceString<ModuleOp>(text, &testContext());
  EXPECT_TRUE(module);
  return module;
}

std::vector<Array> denseArguments(std::mt19937_64 &random) {
  Type f32 = elementNamed("f32", &testContext());
  std::vector<Array> arguments = {Array(f32, {3, 2}), Array(f32, {2}), Array(f32, {4, 3})};
  for (Array &argument : arguments)
    fillRandom(argument, random);
  return arguments;
}
} // namespace

TEST(CheckGrad, AgreesWithDifferences) {
  auto module = parse(dense);
  std::mt19937_64 random(1);
  auto report = checkGrad(*module, "step", denseArguments(random));
  ASSERT_TRUE(bool(report)) << llvm::toString(report.takeError());
  ASSERT_EQ(report->rows.size(), 3u);
  EXPECT_EQ(report->rows[0].name, "N.W");
  EXPECT_EQ(report->rows[1].name, "N.b");
  for (const GradCheckRow &row : report->rows) {
    EXPECT_EQ(row.checked, 3);
    EXPECT_EQ(row.kinks, 0);
    EXPECT_LT(row.worst, 1e-7);
    EXPECT_FALSE(row.failed);
  }
  EXPECT_TRUE(report->passed());
  EXPECT_EQ(report->fault, "");
}

TEST(CheckGrad, CountsKinks) {
  // |x W + b| with x and b zero: every direction of b starts at a kink.
  auto module = parse(dense, "abs");
  std::mt19937_64 random(1);
  std::vector<Array> arguments = denseArguments(random);
  fillRandom(arguments[1], random, 0, 0);
  fillRandom(arguments[2], random, 0, 0);
  auto report = checkGrad(*module, "step", arguments);
  ASSERT_TRUE(bool(report)) << llvm::toString(report.takeError());
  EXPECT_EQ(report->rows[1].checked, 0);
  EXPECT_GT(report->rows[1].kinks, 0);
  EXPECT_TRUE(report->passed());
  std::string text;
  llvm::raw_string_ostream out(text);
  print(*report, out);
  EXPECT_NE(text.find("not checked: no smooth direction"), std::string::npos) << text;
}

TEST(CheckGrad, HoldsWhatGradientsDoNotPass) {
  auto module = parse(dense, "stop_gradient");
  std::mt19937_64 random(1);
  auto report = checkGrad(*module, "step", denseArguments(random));
  ASSERT_TRUE(bool(report)) << llvm::toString(report.takeError());
  EXPECT_TRUE(report->passed());
  EXPECT_EQ(report->rows[0].numeric, 0);
}

TEST(CheckGrad, NamesTheOperationAtFault) {
  testContext().loadDialect<WrongDialect>();
  std::string text = dense;
  const std::string right = "net.ACTIVATION %t : tensor<?x2xf32, #net.sizes<[B, 2]>>";
  text.replace(text.find(right), right.size(),
               "\"wrong.square\"(%t) : (tensor<?x2xf32, #net.sizes<[B, 2]>>) -> tensor<?x2xf32, "
               "#net.sizes<[B, 2]>>");
  auto module = parse(text);
  std::mt19937_64 random(1);
  auto report = checkGrad(*module, "step", denseArguments(random));
  ASSERT_TRUE(bool(report)) << llvm::toString(report.takeError());
  EXPECT_FALSE(report->passed());
  EXPECT_TRUE(report->rows[0].failed);
  EXPECT_EQ(report->fault.substr(0, 44), "'wrong.square' at n.net:7:3: its rule gives ")
      << report->fault;
}

TEST(CheckGrad, RefusesUnknownEntries) {
  auto module = parse(dense);
  auto report = checkGrad(*module, "nothing", {});
  ASSERT_FALSE(bool(report));
  EXPECT_EQ(llvm::toString(report.takeError()), "no entry 'nothing'");
}

TEST(VerifyNumeric, ComparesGradientsWithTheirExpansion) {
  auto before = parse(dense), after = parse(dense);
  PassManager pm(&testContext());
  buildPhase(pm, "grad");
  ASSERT_TRUE(succeeded(pm.run(*after)));
  auto found = findDifference(*before, *after);
  ASSERT_TRUE(bool(found)) << llvm::toString(found.takeError());
  EXPECT_FALSE(*found) << **found;
}
