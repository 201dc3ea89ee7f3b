//===- NativeMath.cpp - elementary functions against the C library --------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The bounds that ir/LaneMath.cpp states, on numbers of every size, against the library's function
// in f64 (which errs by less than a unit itself), in units in the last place.
//
//===----------------------------------------------------------------------===//
#include "NativeContext.h"
#include "mlir/Parser/Parser.h"
#include "gtest/gtest.h"

#include <cmath>
#include <random>

using namespace mlir;
using namespace net;
using namespace net::test;

namespace {
struct Function {
  std::string name;
  double (*truth)(double);
  double low, high;    ///< where the bound is tested, beside what is special
  double bound;        ///< in units in the last place
  bool isWide = false; ///< f64, not f32
};
void PrintTo(const Function &f, std::ostream *os) { *os << f.name; }

double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }
double softplus(double x) { return std::fmax(x, 0) + std::log1p(std::exp(-std::fabs(x))); }
double inverseRoot(double x) { return 1 / std::sqrt(x); }

constexpr double infinity = std::numeric_limits<double>::infinity();

/// Even over low .. high, then about zero down to the smallest normal numbers, then special ones.
std::vector<double> numbers(const Function &f) {
  std::mt19937_64 random(1);
  std::uniform_real_distribution<double> even(f.low, f.high), exponent(-125, std::log2(f.high));
  std::vector<double> all;
  for (int i = 0; i < 40000; ++i)
    all.push_back(even(random));
  for (int i = 0; i < 20000; ++i) {
    double x = std::exp2(exponent(random));
    all.push_back(i % 2 && f.low < 0 && -x > f.low ? -x : x);
  }
  for (double x : {0.0, 1.0, f.low, f.high, infinity, -infinity, std::nan("")})
    all.push_back(x);
  for (double &x : all)
    x = f.isWide ? x : static_cast<float>(x);
  return all;
}

class NativeMath : public testing::TestWithParam<Function> {};
} // namespace

TEST_P(NativeMath, IsWithinItsBound) {
  const Function &f = GetParam();
  Array x;
  x.values = numbers(f);
  std::string type = "tensor<" + std::to_string(x.values.size()) + (f.isWide ? "xf64>" : "xf32>");
  auto module =
      parseSourceString<ModuleOp>("func.func @f(%x: " + type + ") -> " + type + " {\n  %y = net." +
                                      f.name + " %x : " + type + "\n  return %y : " + type + "\n}",
                                  &nativeContext());
  ASSERT_TRUE(module);
  Builder builder(&nativeContext());
  x.element = f.isWide ? Type(builder.getF64Type()) : builder.getF32Type();
  x.shape = {static_cast<int64_t>(x.values.size())};
  auto native = Native::compile(*module, Target::avx2());
  ASSERT_TRUE(bool(native)) << llvm::toString(native.takeError());
  auto given = (*native)->run("f", {x});
  ASSERT_TRUE(bool(given)) << llvm::toString(given.takeError());
  double worst = 0, where = 0;
  for (auto [in, out] : llvm::zip_equal(x.values, (*given)[0].values)) {
    double truth = f.truth(in);
    double rounded = f.isWide ? truth : static_cast<float>(truth);
    if (!std::isfinite(rounded) || rounded == 0) {
      EXPECT_TRUE(out == rounded || (std::isnan(out) && std::isnan(truth)))
          << f.name << "(" << in << ") is " << out << ", not " << rounded;
      continue;
    }
    // Below the normal numbers a unit is what it is at the smallest of them.
    double size = std::max(std::fabs(rounded), f.isWide ? 0x1p-1022 : 0x1p-126);
    double unit = std::ldexp(1, std::ilogb(size) - (f.isWide ? 52 : 23));
    double error = std::fabs(out - truth) / unit;
    if (!(error <= worst)) {
      worst = error;
      where = in;
    }
  }
  EXPECT_LE(worst, f.bound) << "at " << where;
  // A bound that is far away says nothing.
  EXPECT_GE(worst, f.bound / 2) << "at " << where;
}

INSTANTIATE_TEST_SUITE_P(
    Functions, NativeMath,
    testing::Values(
        Function{"exp", std::exp, -87, 88.7, 1.5}, Function{"expm1", std::expm1, -20, 88.7, 1.5},
        Function{"log", std::log, 0, 1000, 1}, Function{"log1p", std::log1p, -0.999, 1000, 1.5},
        Function{"tanh", std::tanh, -12, 12, 1.5}, Function{"sigmoid", sigmoid, -87, 40, 2},
        Function{"softplus", softplus, -87, 100, 2}, Function{"erf", std::erf, -5, 5, 1},
        Function{"sin", std::sin, -1000, 1000, 1.5}, Function{"cos", std::cos, -1000, 1000, 1.5},
        Function{"sqrt", std::sqrt, 0, 1000, 0.5}, Function{"rsqrt", inverseRoot, 0, 1000, 1.5},
        Function{"exp", std::exp, -700, 709.7, 1.5, true},
        Function{"expm1", std::expm1, -40, 709.7, 4, true},
        Function{"log", std::log, 0, 1000, 1.5, true},
        Function{"log1p", std::log1p, -0.999, 1000, 2, true},
        Function{"softplus", softplus, -700, 100, 3, true}),
    [](const auto &info) { return info.param.name + (info.param.isWide ? "F64" : ""); });
