//===- VerifyNumericTest.cpp - phases and code compared -------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "tools/VerifyNumeric.h"
#include "NativeContext.h"
#include "ir/NetDialect.h"
#include "ir/RoundedResults.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"
#include "passes/Passes.h"
#include "tools/Reduce.h"
#include "gtest/gtest.h"

using namespace mlir;
using namespace net;
using namespace net::test;

namespace {
/// `activation` stands for ACTIVATION in the text.
OwningOpRef<ModuleOp> parse(std::string text, const std::string &activation = "tanh") {
  size_t at = text.find("ACTIVATION");
  if (at != std::string::npos)
    text.replace(at, 10, activation);
  return parseSourceString<ModuleOp>(text, &nativeContext());
}
} // namespace

TEST(VerifyNumeric, FindsWhatChanged) {
  const std::string text = R"(
    func.func @f(%x: tensor<?xf32, #net.sizes<[B]>>, %i: tensor<?xui8, #net.sizes<[B]>>) -> tensor<?xf32, #net.sizes<[B]>> {
      %c = net.checked %i below "3" else "out of range" : tensor<?xui8, #net.sizes<[B]>>
      %y = net.cast %c : tensor<?xui8, #net.sizes<[B]>> -> tensor<?xf32, #net.sizes<[B]>>
      %z = net.ACTIVATION %x : tensor<?xf32, #net.sizes<[B]>>
      %s = net.add %y, %z : tensor<?xf32, #net.sizes<[B]>>
      return %s : tensor<?xf32, #net.sizes<[B]>>
    })";
  auto before = parse(text, "tanh"), same = parse(text, "tanh"), other = parse(text, "sin");
  auto nothing = findDifference(*before, *same);
  ASSERT_TRUE(bool(nothing)) << llvm::toString(nothing.takeError());
  EXPECT_FALSE(*nothing);
  auto found = findDifference(*before, *other);
  ASSERT_TRUE(bool(found)) << llvm::toString(found.takeError());
  ASSERT_TRUE(*found);
  EXPECT_EQ((*found)->substr(0, 26), "'f': result 0, element 0: ");
}

namespace {
/// Makes sines of hyperbolic tangents.
struct SinesOfTanh : PassWrapper<SinesOfTanh, OperationPass<func::FuncOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(SinesOfTanh)
  StringRef getArgument() const override { return "wrong"; }
  void runOnOperation() override {
    getOperation().walk([](TanhOp op) {
      OpBuilder b(op);
      op.replaceAllUsesWith(SinOp::create(b, op.getLoc(), op.getType(), op.getX()).getResult());
    });
  }
};
const char *const activated = R"(
    func.func @f(%x: tensor<?xf32, #net.sizes<[B]>>) -> tensor<?xf32, #net.sizes<[B]>> {
      %y = net.ACTIVATION %x : tensor<?xf32, #net.sizes<[B]>>
      return %y : tensor<?xf32, #net.sizes<[B]>>
    })";
} // namespace

TEST(VerifyNumeric, NamesThePass) {
  auto module = parse(activated);
  std::optional<WrongPass> found;
  PassManager pm(&nativeContext());
  pm.addNestedPass<func::FuncOp>(createCSEPass());
  pm.addNestedPass<func::FuncOp>(std::make_unique<SinesOfTanh>());
  pm.addNestedPass<func::FuncOp>(createCSEPass());
  pm.addInstrumentation(watchPasses(found));
  ASSERT_TRUE(succeeded(pm.run(*module)));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->pass, "wrong");
  EXPECT_EQ(found->how.substr(0, 23), "'f': result 0, element ");
  EXPECT_EQ((*found->function)->getNumRegions(), 1u);
}

TEST(VerifyNumeric, ReducesToTheOperationAtFault) {
  registerPass([] { return std::make_unique<SinesOfTanh>(); });
  auto module = parse(R"(
    func.func @g(%x: tensor<2xf32>) -> tensor<2xf32> {
      return %x : tensor<2xf32>
    }
    func.func @f(%x: tensor<2xf32>, %y: tensor<2xf32>) -> (tensor<2xf32>, tensor<2xf32>, tensor<f32>) {
      %a = net.exp %x : tensor<2xf32>
      %b = net.mul %a, %y : tensor<2xf32>
      %c = net.tanh %b : tensor<2xf32>
      %d = net.add %c, %a : tensor<2xf32>
      %e = net.sum %d over [0] : (tensor<2xf32>) -> tensor<f32>
      return %a, %b, %e : tensor<2xf32>, tensor<2xf32>, tensor<f32>
    })");
  ASSERT_TRUE(changesResults("wrong", *module));
  auto smallest = reduce(*module, [](ModuleOp m) { return changesResults("wrong", m); });
  std::string text;
  llvm::raw_string_ostream(text) << *smallest;
  EXPECT_EQ(text, R"(module {
  func.func @f(%arg0: tensor<2xf32>) -> tensor<2xf32> {
    %0 = net.tanh %arg0 : tensor<2xf32>
    return %0 : tensor<2xf32>
  }
})");
}

TEST(VerifyNumeric, RunsTheCode) {
  auto module = parse(activated);
  for (unsigned level : {0u, 2u}) {
    auto difference = findDifferenceInCode(*module, Target::avx2(), level);
    ASSERT_TRUE(bool(difference)) << llvm::toString(difference.takeError());
    EXPECT_FALSE(*difference) << **difference;
  }
}

// y = (1 + x) - 1 at 1e-3 has an error of a thousandth in f32 at most; what is asked for is near
// it.
TEST(VerifyNumeric, BoundsFollowCancellation) {
  auto module = parse(R"(
    func.func @f(%x: tensor<f32>) -> tensor<f32> {
      %one = net.constant dense<1.0> : tensor<f32>
      %y = net.add %one, %x : tensor<f32>
      %z = net.sub %y, %one : tensor<f32>
      return %z : tensor<f32>
    })");
  auto function = module->lookupSymbol<func::FuncOp>("f");
  Array x = Array::scalar(elementOf(function.getArgumentTypes()[0]), 1e-3);
  auto results = RoundedResults::of(function, x);
  ASSERT_TRUE(bool(results)) << llvm::toString(results.takeError());
  Array y = x;
  y.values[0] = (1 + 1e-3f) - 1.0f;
  EXPECT_NE(y.values[0], x.values[0]);
  EXPECT_FALSE(results->misfit(0, y)) << *results->misfit(0, y);
  y.values[0] = 1.02e-3;
  EXPECT_TRUE(results->misfit(0, y));
}
