//===- OpsNative.cpp - compiled operations against the interpreter --------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Every case of the table of operations, in f64 and in f32, and random programs through all phases:
// the machine's numbers are the interpreter's, within rounding.
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
/// The cases of one operation as functions of one module.
struct Batch {
  OwningOpRef<ModuleOp> module;
  std::vector<std::string> names;
  std::vector<std::vector<Array>> arguments;
  std::vector<std::string> descriptions;
};

OpCase inElement(OpCase c, const std::string &element) {
  auto convert = [&](std::string &type) {
    bool other = false;
    for (const char *name : {"i1", "i32", "ui8", "i64", "f32"})
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

std::string collect(const std::string &op, const std::string &element, Batch &batch) {
  MLIRContext &context = nativeContext();
  batch.module = ModuleOp::create(UnknownLoc::get(&context));
  std::mt19937_64 random(7);
  for (const OpCase &given : derivativeCases().at(op)) {
    OpCase c = inElement(given, element);
    auto built = build(c, &context);
    if (!built)
      return llvm::toString(built.takeError());
    auto check = RuleCheck::of(built->op);
    if (!check)
      return llvm::toString(check.takeError());
    func::FuncOp function = check->forward().clone();
    function.setName("case_" + std::to_string(batch.names.size()));
    batch.module->push_back(function);
    batch.names.push_back(function.getName().str());
    batch.arguments.push_back(randomOperands(c, built->op, random));
    for (Array &argument : batch.arguments.back())
      argument.round();
    batch.descriptions.push_back(c.str());
  }
  return "";
}

bool isClose(const Array &wanted, const Array &given, double bound) {
  if (wanted.shape != given.shape || wanted.element != given.element)
    return false;
  double largest = 0;
  for (double x : wanted.values)
    largest = std::isfinite(x) ? std::max(largest, std::fabs(x)) : largest;
  for (size_t i = 0; i < wanted.size(); ++i) {
    bool same = wanted.isReal()
                    ? wanted.values[i] == given.values[i] ||
                          (std::isnan(wanted.values[i]) && std::isnan(given.values[i])) ||
                          std::fabs(wanted.values[i] - given.values[i]) <= bound * (1 + largest)
                    : wanted.wholes[i] == given.wholes[i];
    if (!same)
      return false;
  }
  return true;
}

class NativeOps : public testing::TestWithParam<std::string> {};
std::vector<std::string> names() {
  std::vector<std::string> list;
  for (const auto &[name, cases] : derivativeCases())
    if (name != "net.tap" && name != "net.conv")
      list.push_back(name);
  return list;
}

void compare(const std::string &op, const std::string &element, const Target &target,
             double bound) {
  Batch batch;
  ASSERT_EQ(collect(op, element, batch), "");
  OwningOpRef<ModuleOp> lowered = batch.module->clone();
  auto native = Native::compile(*lowered, target);
  ASSERT_TRUE(bool(native)) << llvm::toString(native.takeError());
  InterpretOptions options;
  options.sizes = caseSizes();
  for (size_t i = 0; i < batch.names.size(); ++i) {
    auto wanted = interpret(batch.module->lookupSymbol<func::FuncOp>(batch.names[i]),
                            batch.arguments[i], options);
    ASSERT_TRUE(bool(wanted)) << llvm::toString(wanted.takeError());
    auto given = (*native)->run(batch.names[i], batch.arguments[i], {caseSizes()});
    ASSERT_TRUE(bool(given)) << llvm::toString(given.takeError());
    (*wanted)[0].round();
    EXPECT_TRUE(isClose((*wanted)[0], (*given)[0], bound))
        << batch.descriptions[i] << ": interpreted " << str((*wanted)[0]) << ", compiled "
        << str((*given)[0]);
  }
}
} // namespace

TEST_P(NativeOps, GiveTheInterpretersNumbersInF64) {
  compare(GetParam(), "f64", Target::avx2(), 1e-12);
}
TEST_P(NativeOps, GiveTheInterpretersNumbersInF32) {
  compare(GetParam(), "f32", Target::avx512(), 5e-6);
}
INSTANTIATE_TEST_SUITE_P(Ops, NativeOps, testing::ValuesIn(names()),
                         [](const auto &info) { return info.param.substr(sizeof("net.") - 1); });
