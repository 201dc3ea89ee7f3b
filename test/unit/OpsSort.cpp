//===- OpsSort.cpp - compiled orders against the interpreter --------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Positions are exact: the compiled ones are the interpreter's, for every element type, with
// equal elements, infinities and NaN among them.
//
//===----------------------------------------------------------------------===//
#include "NativeContext.h"
#include "OpsCases.h"
#include "ir/Types.h"
#include "gtest/gtest.h"

#include <cmath>

using namespace mlir;
using namespace net;
using namespace net::test;

namespace {
/// Few different numbers, so that many are equal.
void fill(Array &array, std::mt19937_64 &random) {
  const double numbers[] = {0, -0.0, 1, -1, 2.5, -2.5, 1e30, INFINITY, -INFINITY, NAN, -NAN};
  for (size_t i = 0; i < array.size(); ++i) {
    if (array.isReal())
      array.values[i] = numbers[random() % std::size(numbers)];
    else
      array.wholes[i] = array.element.isInteger(1)
                            ? static_cast<int64_t>(random() % 2)
                            : wrapTo(array.element, static_cast<int64_t>(random() % 7) - 3);
  }
  array.round();
}

void compare(const std::string &element, const Target &target) {
  MLIRContext &context = nativeContext();
  OwningOpRef<ModuleOp> module = ModuleOp::create(UnknownLoc::get(&context));
  std::vector<std::vector<Array>> arguments;
  std::vector<std::string> names;
  std::mt19937_64 random(5);
  SizeValues values = caseSizes();
  values["S100"] = 100;
  const std::pair<const char *, int> ways[] = {
      {"1", 0},   {"0", 0},   {"2", 0},    {"3", 0},    {"16", 0},    {"17", 0},
      {"100", 0}, {"5x1", 1}, {"5x33", 1}, {"33x5", 0}, {"3x7x2", 1}, {"2x1x31x2", 2}};
  for (auto [shape, axis] : ways)
    for (const char *more : {"", ", descending"})
      for (bool named : {false, true}) {
        OpCase c{"net.argsort",
                 {std::string(shape) + "x" + element},
                 "axis = " + std::to_string(axis) + " : i64" + more};
        auto built = build(named ? c.named() : c, &context);
        ASSERT_TRUE(bool(built)) << llvm::toString(built.takeError());
        auto check = RuleCheck::of(built->op);
        ASSERT_TRUE(bool(check)) << llvm::toString(check.takeError());
        func::FuncOp function = check->forward().clone();
        names.push_back("case_" + std::to_string(names.size()));
        function.setName(names.back());
        module->push_back(function);
        std::vector<int64_t> sizes;
        for (const SizeExpr &size : shapeOf(built->op->getOperand(0).getType()))
          sizes.push_back(*size.evaluate(values));
        arguments.push_back({Array(elementOf(built->op->getOperand(0).getType()), sizes)});
        fill(arguments.back()[0], random);
      }
  OwningOpRef<ModuleOp> lowered = module->clone();
  auto native = Native::compile(*lowered, target);
  ASSERT_TRUE(bool(native)) << llvm::toString(native.takeError());
  InterpretOptions options;
  options.sizes = values;
  for (size_t i = 0; i < names.size(); ++i) {
    auto function = module->lookupSymbol<func::FuncOp>(names[i]);
    auto wanted = interpret(function, arguments[i], options);
    ASSERT_TRUE(bool(wanted)) << llvm::toString(wanted.takeError());
    auto given = (*native)->run(names[i], arguments[i], {values});
    ASSERT_TRUE(bool(given)) << llvm::toString(given.takeError());
    EXPECT_EQ((*wanted)[0].wholes, (*given)[0].wholes)
        << names[i] << " of " << str(arguments[i][0]);
  }
}
} // namespace

TEST(OpsSort, IsTheInterpretersForRealNumbers) {
  for (const char *element : {"f64", "f32", "f16"})
    compare(element, Target::avx2());
  compare("f32", Target::avx512());
}

TEST(OpsSort, IsTheInterpretersForWholeNumbers) {
  for (const char *element : {"i64", "i32", "ui8", "i1"})
    compare(element, Target::avx2());
}
