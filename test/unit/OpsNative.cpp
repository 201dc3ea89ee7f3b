//===- OpsNative.cpp - compiled operations against the interpreter --------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Every case of the table of operations as code for each processor, with its reverse rule, and in
// f32: the machine's numbers are the interpreter's, within what rounding can do.
//
//===----------------------------------------------------------------------===//
#include "NativeContext.h"
#include "OpsColumns.h"
#include "ir/RoundedResults.h"
#include "gtest/gtest.h"

#include <cmath>

using namespace mlir;
using namespace net;
using namespace net::test;

namespace {
/// The cases of one operation as functions of one module.
struct Batch {
  OwningOpRef<ModuleOp> module;
  std::vector<std::string> names;
  std::vector<std::vector<Array>> arguments;
  std::vector<std::string> descriptions;

  void add(func::FuncOp function, std::vector<Array> given, const std::string &description) {
    func::FuncOp copy = function.clone();
    copy.setName("case_" + std::to_string(names.size()));
    module->push_back(copy);
    names.push_back(copy.getName().str());
    arguments.push_back(std::move(given));
    descriptions.push_back(description);
  }
};

OpCase inElement(OpCase c, const std::string &element) {
  auto convert = [&](std::string &type) {
    bool other = false;
    for (const char *name : {"i1", "i32", "ui8", "i64", "f32", "f64"})
      other |= StringRef(type).ends_with(name);
    if (!other)
      type += (type.empty() ? "" : "x") + element;
  };
  for (std::string &operand : c.operands)
    convert(operand);
  if (c.result != "infer")
    convert(c.result);
  return c;
}

std::string collect(const std::vector<OpCase> &cases, const std::string &element, Batch &batch) {
  MLIRContext &context = nativeContext();
  batch.module = ModuleOp::create(UnknownLoc::get(&context));
  std::mt19937_64 random(7);
  for (const OpCase &given : cases) {
    OpCase c = inElement(given, element);
    auto built = build(c, &context);
    if (!built)
      return llvm::toString(built.takeError());
    std::vector<Array> arguments = randomOperands(c, built->op, random);
    if (!isReal(built->op->getResult(0)) || operationsWithoutDerivative().count(c.op)) {
      finish(built->op->getParentOfType<func::FuncOp>(), built->op->getResults());
      batch.add(built->op->getParentOfType<func::FuncOp>(), std::move(arguments), c.str());
      continue;
    }
    auto check = RuleCheck::of(built->op);
    if (!check)
      return llvm::toString(check.takeError());
    batch.add(check->forward(), arguments, c.str());
    if (element != "f64" || check->backward().getNumResults() == 0)
      continue;
    std::vector<int64_t> shape;
    for (const SizeExpr &size : shapeOf(built->op->getResult(0).getType()))
      shape.push_back(*size.evaluate(caseSizes()));
    fillRandom(arguments.emplace_back(elementOf(built->op->getResult(0).getType()), shape), random);
    batch.add(check->backward(), std::move(arguments), "the rule of " + c.str());
  }
  return "";
}

void compare(const std::vector<OpCase> &cases, const std::string &element, const Target &target,
             StringRef arch) {
  Batch batch;
  ASSERT_EQ(collect(cases, element, batch), "");
  OwningOpRef<ModuleOp> lowered = batch.module->clone();
  auto native = Native::compile(*lowered, target, 0, arch);
  ASSERT_TRUE(bool(native)) << llvm::toString(native.takeError());
  for (size_t i = 0; i < batch.names.size(); ++i) {
    auto function = batch.module->lookupSymbol<func::FuncOp>(batch.names[i]);
    auto wanted = RoundedResults::of(function, batch.arguments[i], caseSizes());
    ASSERT_TRUE(bool(wanted)) << llvm::toString(wanted.takeError());
    auto given = (*native)->run(batch.names[i], batch.arguments[i], {caseSizes()});
    ASSERT_TRUE(bool(given)) << llvm::toString(given.takeError());
    for (size_t k = 0; k < given->size(); ++k) {
      // In f64 rounding leads nowhere near a kink: something is said of each case.
      EXPECT_TRUE(element != "f64" || std::isfinite(wanted->bound(k))) << batch.descriptions[i];
      EXPECT_EQ(wanted->misfit(k, (*given)[k]).value_or(""), "") << batch.descriptions[i];
    }
  }
}

/// The column v4 needs a machine that has it.
bool hasV4() {
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") &&
         __builtin_cpu_supports("avx512vl");
}

class NativeOps : public testing::TestWithParam<std::string> {};
} // namespace

TEST_P(NativeOps, GiveTheInterpretersNumbersOnV3) {
  compare(cellOf(GetParam(), Column::NativeV3).cases, "f64", Target::avx2(), "x86-64-v3");
}
TEST_P(NativeOps, GiveTheInterpretersNumbersOnV4) {
  if (!hasV4())
    GTEST_SKIP() << "this machine has no x86-64-v4";
  compare(cellOf(GetParam(), Column::NativeV4).cases, "f64", Target::avx512(), "x86-64-v4");
}
TEST_P(NativeOps, GiveTheInterpretersNumbersInF32) {
  compare(cellOf(GetParam(), Column::NativeV3).cases, "f32", Target::avx512(), "native");
}
INSTANTIATE_TEST_SUITE_P(Ops, NativeOps, testing::ValuesIn(operationsIn(Column::NativeV3)),
                         [](const auto &info) { return info.param.substr(sizeof("net.") - 1); });
