//===- CheckProgramTest.cpp - checks of a whole program's gradients -------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "tools/CheckProgram.h"
#include "OpsCases.h"
#include "ir/Types.h"
#include "mlir/Parser/Parser.h"
#include "gtest/gtest.h"

using namespace mlir;
using namespace net;
using namespace net::test;

namespace {
/// A classifier of three classes: weights drawn by `init`, labels checked, the batch's size free.
const char *classifier = R"(
  func.func @init(%key: tensor<i64> {net.key}) -> (tensor<3x5xf32> {net.var = "N.W"})
      attributes {net.entry = "init"} {
    %k = net.fold_key %key "N.W" : tensor<i64> -> tensor<i64>
    %w = net.normal %k : tensor<i64> -> tensor<3x5xf32>
    return %w : tensor<3x5xf32>
  }
  func.func @step(%W: tensor<3x5xf32> {net.var = "N.W"},
                  %x: tensor<?x5xf32, #net.sizes<[B, 5]>> {net.column = "x"},
                  %label: tensor<?xui8, #net.sizes<[B]>> {net.column = "label"})
      -> (tensor<3x5xf32> {net.var = "N.W"}) attributes {net.entry = "step"} {
    %i = net.cast %label : tensor<?xui8, #net.sizes<[B]>> -> tensor<?xi32, #net.sizes<[B]>>
    %c = net.checked %i below "3" else "label out of range" : tensor<?xi32, #net.sizes<[B]>>
    %dW, %loss = net.grad %W : (tensor<3x5xf32>) -> (tensor<3x5xf32>, tensor<f32>) {
    ^bb0(%w: tensor<3x5xf32>):
      %s = net.take %w at %c over 0 : (tensor<3x5xf32>, tensor<?xi32, #net.sizes<[B]>>)
          -> tensor<?x5xf32, #net.sizes<[B, 5]>>
      %p = net.mul %s, %x : tensor<?x5xf32, #net.sizes<[B, 5]>>
      %t = net.tanh %p : tensor<?x5xf32, #net.sizes<[B, 5]>>
      %l = net.sum %t over [0, 1] : (tensor<?x5xf32, #net.sizes<[B, 5]>>) -> tensor<f32>
      net.yield %l : tensor<f32>
    }
    return %dW : tensor<3x5xf32>
  })";

OwningOpRef<ModuleOp> parse(StringRef text) {
  auto module = parseSourceString<ModuleOp>(text, &testContext());
  EXPECT_TRUE(module);
  return module;
}
} // namespace

TEST(CheckProgram, DrawsAPointForEachEntry) {
  auto module = parse(classifier);
  auto reports = checkProgram(*module);
  ASSERT_TRUE(bool(reports)) << llvm::toString(reports.takeError());
  ASSERT_EQ(reports->size(), 1u);
  const EntryReport &step = (*reports)[0];
  EXPECT_EQ(step.entry, "step");
  EXPECT_EQ(step.sizes, (SizeValues{{"B", 4}}));
  ASSERT_EQ(step.report.rows.size(), 1u);
  EXPECT_EQ(step.report.rows[0].name, "N.W");
  EXPECT_EQ(step.report.rows[0].checked, 3);
  EXPECT_LT(step.report.rows[0].worst, 1e-7);
  std::string text;
  llvm::raw_string_ostream out(text);
  EXPECT_TRUE(print(*reports, out));
  EXPECT_NE(text.find("step with B = 4\nN.W "), std::string::npos) << text;
  EXPECT_NE(text.find("1 gradients checked, 0 wrong, 0 kinks redrawn\n"), std::string::npos)
      << text;
}

TEST(CheckProgram, TakesWhatIsGiven) {
  auto module = parse(classifier);
  CheckProgramOptions options;
  options.grad.sizes["B"] = 2;
  Array labels(elementNamed("u8", &testContext()), {2});
  labels.wholes = {1, 7};
  options.given["label"] = labels;
  auto reports = checkProgram(*module, options);
  ASSERT_FALSE(bool(reports));
  EXPECT_EQ(llvm::toString(reports.takeError()), "'step': -:13:10: label out of range");
}

TEST(CheckProgram, SizesAreAsSmallAsTheTypesAllow) {
  auto module =
      parse(R"(func.func @f(%x: tensor<?xf32, #net.sizes<[T]>>, %y: tensor<?xf32, #net.sizes<[N]>>)
      -> tensor<?xf32, #net.sizes<[T - 9]>> {
    %z = net.slice %x from #net.sizes<[9]> by [1] : tensor<?xf32, #net.sizes<[T]>> -> tensor<?xf32, #net.sizes<[T - 9]>>
    return %z : tensor<?xf32, #net.sizes<[T - 9]>>
  })");
  auto function = module->lookupSymbol<func::FuncOp>("f");
  auto sizes = smallSizes(function);
  ASSERT_TRUE(bool(sizes)) << llvm::toString(sizes.takeError());
  EXPECT_EQ(*sizes, (SizeValues{{"N", 16}, {"T", 16}}));
  auto impossible = smallSizes(function, {{"T", 9}});
  ASSERT_FALSE(bool(impossible));
  EXPECT_EQ(llvm::toString(impossible.takeError()), "no small sizes fit 'f'");
}

TEST(CheckProgram, SaysThatThereIsNoGradient) {
  auto module =
      parse("func.func @f(%x: tensor<f32>) -> tensor<f32> attributes {net.entry = \"predict\"} "
            "{ return %x : tensor<f32> }");
  auto reports = checkProgram(*module);
  ASSERT_TRUE(bool(reports)) << llvm::toString(reports.takeError());
  std::string text;
  llvm::raw_string_ostream out(text);
  EXPECT_TRUE(print(*reports, out));
  EXPECT_EQ(text, "the program takes no gradient\n");
}
