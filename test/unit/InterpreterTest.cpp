//===- InterpreterTest.cpp - functions in the interpreter -----------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "OpsCases.h"
#include "ir/Types.h"
#include "mlir/AsmParser/AsmParser.h"
#include "mlir/Parser/Parser.h"
#include "gtest/gtest.h"

#include <cmath>

using namespace mlir;
using namespace net;
using namespace net::test;

namespace {
using Numbers = std::vector<double>;

Array array(const char *element, std::vector<int64_t> shape, const Numbers &numbers) {
  Array made(elementNamed(element, &testContext()), std::move(shape));
  for (size_t i = 0; i < made.size(); ++i)
    made.set(i, Dual(numbers[i]));
  return made;
}

/// Runs the first function of the text; the error's text instead of results.
struct Outcome {
  Outcome(StringRef text, std::vector<Array> arguments, InterpretOptions options = {}) {
    auto module = parseSourceString<ModuleOp>(text, &testContext());
    if (!module) {
      error = "no module";
      return;
    }
    auto given = interpret(*module->getOps<func::FuncOp>().begin(), arguments, options);
    if (given)
      results = std::move(*given);
    else
      error = llvm::toString(given.takeError());
  }
  std::vector<Array> results;
  std::string error;
};
} // namespace

TEST(Interpreter, BindsNamedSizes) {
  const char *text = R"(
    func.func @f(%x: tensor<?x2xf32, #net.sizes<[B, 2]>>) -> (tensor<?xf32, #net.sizes<[B*2]>>, tensor<i64>) {
      %y = net.reshape %x : tensor<?x2xf32, #net.sizes<[B, 2]>> -> tensor<?xf32, #net.sizes<[B*2]>>
      %n = net.size "B + 1" : tensor<i64>
      return %y, %n : tensor<?xf32, #net.sizes<[B*2]>>, tensor<i64>
    })";
  Outcome run(text, {array("f32", {3, 2}, {1, 2, 3, 4, 5, 6})});
  ASSERT_EQ(run.error, "");
  EXPECT_EQ(run.results[0].shape, (std::vector<int64_t>{6}));
  EXPECT_EQ(run.results[0].values, (Numbers{1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(run.results[1].wholes[0], 4);
  EXPECT_EQ(Outcome(text, {array("f32", {3, 1}, {1, 2, 3})}).error,
            "'f': an argument is f32[3, 1], wanted is f32[B, 2]");
  EXPECT_EQ(Outcome(text, {array("f64", {1, 2}, {1, 2})}).error,
            "'f': an argument is f64[1, 2], wanted is f32[B, 2]");
  EXPECT_EQ(Outcome(text, {}).error, "'f': 1 arguments wanted, 0 given");
}

TEST(Interpreter, RefusesSizesThatContradict) {
  const char *text = R"(
    func.func @f(%x: tensor<?xf32, #net.sizes<[B]>>, %y: tensor<?xf32, #net.sizes<[B]>>) {
      return
    })";
  EXPECT_EQ(Outcome(text, {array("f32", {2}, {1, 2}), array("f32", {2}, {1, 2})}).error, "");
  EXPECT_EQ(Outcome(text, {array("f32", {2}, {1, 2}), array("f32", {3}, {1, 2, 3})}).error,
            "'f': an argument is f32[3], wanted is f32[B]");
}

TEST(Interpreter, CallsLayersInTheCallersSizes) {
  const char *text = R"(
    func.func @f(%x: tensor<?xf32, #net.sizes<[B]>>) -> tensor<?xf32, #net.sizes<[B]>> {
      %y = net.call @half(%x) {path = "f.half_1"} : (tensor<?xf32, #net.sizes<[B]>>) -> tensor<?xf32, #net.sizes<[B]>>
      return %y : tensor<?xf32, #net.sizes<[B]>>
    }
    func.func private @half(%x: tensor<?xf32, #net.sizes<[B]>>) -> tensor<?xf32, #net.sizes<[B]>> {
      %h = net.constant dense<0.5> : tensor<f32>
      %b = net.broadcast %h to [] : tensor<f32> -> tensor<?xf32, #net.sizes<[B]>>
      %y = net.mul %x, %b : tensor<?xf32, #net.sizes<[B]>>
      return %y : tensor<?xf32, #net.sizes<[B]>>
    })";
  Outcome run(text, {array("f32", {2}, {1, 5})});
  ASSERT_EQ(run.error, "");
  EXPECT_EQ(run.results[0].values, (Numbers{0.5, 2.5}));
}

TEST(Interpreter, RunsKernels) {
  Outcome run(R"(
    func.func @f(%x: tensor<2xf32>) -> tensor<f32> {
      %s = net.kernel : tensor<f32> {
        %y = net.mul %x, %x : tensor<2xf32>
        %t = net.sum %y over [0] : (tensor<2xf32>) -> tensor<f32>
        net.yield %t : tensor<f32>
      }
      return %s : tensor<f32>
    })",
              {array("f32", {2}, {3, 4})});
  ASSERT_EQ(run.error, "");
  EXPECT_EQ(run.results[0].values, Numbers{25});
}

TEST(Interpreter, GradientsByDefinition) {
  const char *text = R"(
    func.func @f(%w: tensor<2xf64>, %x: tensor<2xf64>)
        -> (tensor<2xf64>, tensor<2xf64>, tensor<f64>, tensor<2xf64>) {
      %dw, %dt, %l, %o = net.grad %w : (tensor<2xf64>) -> (tensor<2xf64>, tensor<2xf64>, tensor<f64>, tensor<2xf64>) {
      ^bb0(%v: tensor<2xf64>):
        %p = net.mul %v, %x : tensor<2xf64>
        %t = net.tap %p : tensor<2xf64>
        %q = net.mul %t, %t : tensor<2xf64>
        %s = net.sum %q over [0] : (tensor<2xf64>) -> tensor<f64>
        net.yield %s, %q : tensor<f64>, tensor<2xf64>
      }
      return %dw, %dt, %l, %o : tensor<2xf64>, tensor<2xf64>, tensor<f64>, tensor<2xf64>
    })";
  std::vector<Array> arguments = {array("f64", {2}, {1, 2}), array("f64", {2}, {3, 5})};
  Outcome run(text, arguments);
  ASSERT_EQ(run.error, "");
  EXPECT_EQ(run.results[0].values, (Numbers{18, 100})); // 2 w x^2
  EXPECT_EQ(run.results[1].values, (Numbers{6, 20}));   // 2 w x
  EXPECT_EQ(run.results[2].values, Numbers{109});
  EXPECT_EQ(run.results[3].values, (Numbers{9, 100}));
  EXPECT_TRUE(run.results[3].tangents.empty());
  InterpretOptions few;
  few.gradLimit = 3;
  EXPECT_TRUE(StringRef(Outcome(text, arguments, few).error).contains("expand net.grad before"));
}

TEST(Interpreter, RoundsToTheStorageTypeIfAsked) {
  const char *text = R"(
    func.func @f(%x: tensor<f32>, %y: tensor<f32>) -> tensor<f32> {
      %s = net.add %x, %y : tensor<f32>
      %d = net.sub %s, %x : tensor<f32>
      return %d : tensor<f32>
    })";
  std::vector<Array> arguments = {array("f32", {}, {1}), array("f32", {}, {0x1p-30})};
  EXPECT_EQ(Outcome(text, arguments).results[0].values, Numbers{0x1p-30});
  InterpretOptions options;
  options.round = true;
  EXPECT_EQ(Outcome(text, arguments, options).results[0].values, Numbers{0});
}

TEST(Interpreter, WholeNumbersAreExact) {
  const char *text = R"(
    func.func @f(%x: tensor<i64>, %y: tensor<i64>) -> tensor<i64> {
      %s = net.add %x, %y : tensor<i64>
      return %s : tensor<i64>
    })";
  Array a(IntegerType::get(&testContext(), 64), {}), b = a;
  a.wholes[0] = INT64_MAX - 1;
  b.wholes[0] = 1;
  EXPECT_EQ(Outcome(text, {a, b}).results[0].wholes[0], INT64_MAX);
  EXPECT_EQ(Outcome(text, {a, a}).results[0].wholes[0], -4);
}

TEST(Interpreter, ErrorsNameTheirPlace) {
  const char *text = R"(
    #at = loc("lenet.net":7:3)
    func.func @f(%x: tensor<ui8>) -> tensor<ui8> {
      %y = net.checked %x below "10" else "label is out of range 0..9" : tensor<ui8> loc(#at)
      return %y : tensor<ui8>
    })";
  EXPECT_EQ(Outcome(text, {array("u8", {}, {9})}).error, "");
  EXPECT_EQ(Outcome(text, {array("u8", {}, {255})}).error,
            "lenet.net:7:3: label is out of range 0..9");
}

TEST(Array, Rounding) {
  MLIRContext *context = &testContext();
  EXPECT_EQ(roundTo(elementNamed("f32", context), 0.1), static_cast<double>(0.1f));
  EXPECT_EQ(roundTo(elementNamed("bf16", context), 1.00390625), 1);
  EXPECT_EQ(roundTo(elementNamed("bf16", context), 1.01171875), 1.015625);
  EXPECT_EQ(roundTo(elementNamed("f16", context), 65520), HUGE_VAL);
  EXPECT_EQ(wrapTo(elementNamed("u8", context), -1), 255);
  EXPECT_EQ(wrapTo(elementNamed("i8", context), 128), -128);
  EXPECT_EQ(wrapTo(elementNamed("bool", context), 3), 1);
}

TEST(Array, ConstantsThereAndBack) {
  for (const char *text :
       {"dense<[[1.5, -2.0], [0.25, 3.0]]> : tensor<2x2xf32>", "dense<7> : tensor<3xui8>",
        "dense<[true, false]> : tensor<2xi1>", "dense<-5> : tensor<i64>",
        "dense<[1.0, 2.0]> : tensor<2xf16>", "dense<> : tensor<0x3xf64>"}) {
    auto attr = dyn_cast_or_null<ElementsAttr>(parseAttribute(text, &testContext()));
    ASSERT_TRUE(attr) << text;
    auto given = arrayOf(attr);
    ASSERT_TRUE(bool(given)) << text;
    EXPECT_EQ(elementsOf(*given), attr) << text;
  }
}

TEST(Array, ToMemoryAndBack) {
  for (const char *element : {"bool", "u8", "i8", "i32", "i64", "f16", "bf16", "f32", "f64"}) {
    Array array(elementNamed(element, &testContext()), {3});
    const double numbers[] = {1, 0, array.isReal() ? -2.5 : 1};
    for (size_t i = 0; i < 3; ++i)
      array.set(i, numbers[i]);
    std::vector<char> memory(3 * byteWidth(array.element) + 1, 'x');
    array.store(memory.data());
    EXPECT_EQ(memory.back(), 'x') << element;
    Array again(array.element, {3});
    again.load(memory.data());
    EXPECT_EQ(str(again), str(array));
  }
  const char bits[] = "\0\0\x20\x41";
  Array ten(elementNamed("f32", &testContext()), {1});
  ten.load(bits);
  EXPECT_EQ(ten.values, Numbers{10});
}
