//===- ElaborateStdTest.cpp - the library's definitions as literals -------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "ElaborateCases.h"
#include "gtest/gtest.h"

#include <cmath>

using namespace net;
using namespace net::test;

namespace {
/// A network of one expression in x, its input's type, and what is expected of one input.
struct StdCase {
  std::string input;      ///< `f32[B, 4]`
  std::string expression; ///< of x
  std::vector<int64_t> shape;
  Numbers x;
  std::map<std::string, Numbers> params;
  std::vector<int64_t> expectedShape;
  Numbers expected;
  bool training = false;
};

std::ostream &operator<<(std::ostream &os, const StdCase &c) {
  return os << c.input << " |> " << c.expression;
}

Numbers counted(size_t n, double first = 1) {
  Numbers result;
  for (size_t i = 0; i < n; ++i)
    result.push_back(first + static_cast<double>(i));
  return result;
}

void expectNear(const Array &result, const std::vector<int64_t> &shape, const Numbers &expected) {
  EXPECT_EQ(result.shape, shape);
  Numbers got = numbers(result);
  ASSERT_EQ(got.size(), expected.size());
  for (size_t i = 0; i < got.size(); ++i)
    EXPECT_NEAR(got[i], expected[i], 1e-6 * (1 + std::abs(expected[i]))) << "at " << i;
}

class StdLayers : public testing::TestWithParam<StdCase> {};

TEST_P(StdLayers, HasItsValue) {
  const StdCase &c = GetParam();
  Elaborated program("network N(x: " + c.input + ") { " +
                     (c.expression.rfind("let", 0) == 0 ? "" : "return ") + c.expression + " }");
  auto results = program.run("N", {array("f32", c.shape, c.x)}, c.params, c.training);
  ASSERT_EQ(program.error, "");
  ASSERT_EQ(results.size(), 1u);
  expectNear(results[0], c.expectedShape, c.expected);
}

const double e = std::exp(1.0);

// clang-format off: a case a line
std::vector<StdCase> dense() {
  return {
      {"f32[B, 2]", "x |> dense(3)", {1, 2}, {1, 2}, {{"N.dense_1.W", {1, 2, 3, 4, 5, 6}}, {"N.dense_1.b", {10, 20, 30}}},
       {1, 3}, {19, 32, 45}},
      {"f32[B, 2]", "x |> dense(1, bias = false)", {3, 2}, {1, 2, 3, 4, 5, 6}, {{"N.dense_1.W", {1, -1}}}, {3, 1}, {-1, -1, -1}},
      {"f32[2]", "x |> dense(1)", {2}, {1, 2}, {{"N.dense_1.W", {1, 1}}, {"N.dense_1.b", {0.25}}}, {1}, {3.25}},
      {"f32[B, T, 1]", "x |> dense(1, activation = relu)", {1, 3, 1}, {-1, 0, 1}, {{"N.dense_1.W", {2}}, {"N.dense_1.b", {1}}},
       {1, 3, 1}, {0, 1, 3}},
      {"f32[B, 1]", "x |> dense(1, activation = leaky_relu(0.5))", {2, 1}, {-1, 1}, {{"N.dense_1.W", {2}}, {"N.dense_1.b", {0}}},
       {2, 1}, {-1, 2}},
  };
}

std::vector<StdCase> convolutions() {
  return {
      {"f32[B, T, 1]", "x |> conv1d(1, kernel = 2)", {1, 3, 1}, {1, 2, 3}, {{"N.conv1d_1.W", {1, 10}}, {"N.conv1d_1.b", {0}}},
       {1, 2, 1}, {21, 32}},
      {"f32[B, T, 1]", "x |> conv1d(1, kernel = 3, padding = same, bias = false)", {1, 3, 1}, {1, 2, 3},
       {{"N.conv1d_1.W", {1, 10, 100}}}, {1, 3, 1}, {210, 321, 32}},
      {"f32[B, T, 1]", "x |> conv1d(1, kernel = 2, padding = same, bias = false)", {1, 2, 1}, {1, 2},
       {{"N.conv1d_1.W", {1, 10}}}, {1, 2, 1}, {21, 2}},
      {"f32[B, 5, 1]", "x |> conv1d(1, kernel = 3, stride = 2, padding = same, bias = false)", {1, 5, 1}, {1, 2, 3, 4, 5},
       {{"N.conv1d_1.W", {1, 10, 100}}}, {1, 3, 1}, {210, 432, 54}},
      {"f32[B, 5, 1]", "x |> conv1d(1, kernel = 2, dilation = 2, bias = false)", {1, 5, 1}, {1, 2, 3, 4, 5},
       {{"N.conv1d_1.W", {1, 10}}}, {1, 3, 1}, {31, 42, 53}},
      {"f32[B, T, 2]", "x |> conv1d(2, kernel = 1, groups = 2, bias = false)", {1, 2, 2}, {1, 2, 3, 4},
       {{"N.conv1d_1.W", {10, 100}}}, {1, 2, 2}, {10, 200, 30, 400}},
      {"f32[B, Y, X, 1]", "x |> conv2d(1, kernel = 2)", {1, 2, 3, 1}, counted(6),
       {{"N.conv2d_1.W", {1, 10, 100, 1000}}, {"N.conv2d_1.b", {0.5}}}, {1, 1, 2, 1}, {5421.5, 6532.5}},
      {"f32[B, 4, 4, 1]", "x |> conv2d(1, kernel = 2, stride = 2, padding = same, bias = false)", {1, 4, 4, 1}, counted(16),
       {{"N.conv2d_1.W", {1, 1, 1, 1}}}, {1, 2, 2, 1}, {14, 22, 46, 54}},
      {"f32[B, Y, X, 1]", "x |> conv2d(1, kernel = 1, bias = false)", {1, 1, 1, 1}, {3}, {{"N.conv2d_1.W", {2}}}, {1, 1, 1, 1}, {6}},
      {"f32[B, 1, 2, 1]", "x |> conv2d_transpose(1, kernel = 2, stride = 2, bias = false)", {1, 1, 2, 1}, {1, 2},
       {{"N.conv2d_transpose_1.W", {1, 10, 100, 1000}}}, {1, 2, 4, 1}, {1, 10, 2, 20, 100, 1000, 200, 2000}},
      {"f32[B, Y, X, 1]", "x |> conv2d_transpose(1, kernel = 2, bias = false)", {1, 1, 2, 1}, {1, 2},
       {{"N.conv2d_transpose_1.W", {1, 10, 100, 1000}}}, {1, 2, 3, 1}, {1, 12, 20, 100, 1200, 2000}},
      {"f32[B, 1, 2, 1]", "x |> conv2d_transpose(1, kernel = 3, stride = 2, padding = same, bias = false)", {1, 1, 2, 1}, {1, 2},
       {{"N.conv2d_transpose_1.W", {1, 2, 3, 4, 5, 6, 7, 8, 9}}}, {1, 2, 4, 1}, {1, 2, 5, 4, 4, 5, 14, 10}},
      {"f32[B, 1, 1, 1]", "x |> conv2d_transpose(1, kernel = 1, stride = 2, padding = same, bias = false)", {1, 1, 1, 1}, {3},
       {{"N.conv2d_transpose_1.W", {2}}}, {1, 2, 2, 1}, {6, 0, 0, 0}},
  };
}

std::vector<StdCase> pooling() {
  return {
      {"f32[B, 4, 4, 1]", "x |> max_pool(2)", {1, 4, 4, 1}, counted(16), {}, {1, 2, 2, 1}, {6, 8, 14, 16}},
      {"f32[B, 3, 3, 1]", "x |> max_pool(2, stride = 1)", {1, 3, 3, 1}, counted(9), {}, {1, 2, 2, 1}, {5, 6, 8, 9}},
      {"f32[B, 3, 3, 1]", "x |> max_pool(2, padding = same)", {1, 3, 3, 1}, counted(9, -10), {}, {1, 2, 2, 1}, {-6, -5, -3, -2}},
      {"f32[B, 3, 3, 1]", "x |> max_pool(2)", {1, 3, 3, 1}, counted(9), {}, {1, 1, 1, 1}, {5}},
      {"f32[B, 2, 2, 2]", "x |> avg_pool(2)", {1, 2, 2, 2}, counted(8), {}, {1, 1, 1, 2}, {4, 5}},
      {"f32[B, 3, 3, 1]", "x |> avg_pool(2, padding = same)", {1, 3, 3, 1}, counted(9), {}, {1, 2, 2, 1}, {3, 4.5, 7.5, 9}},
      {"f32[B, Y, X, 1]", "x |> avg_pool(1)", {2, 1, 1, 1}, {1, 2}, {}, {2, 1, 1, 1}, {1, 2}},
      {"f32[B, 2, 1, 2]", "x |> flatten", {2, 2, 1, 2}, counted(8), {}, {2, 4}, counted(8)},
  };
}

std::vector<StdCase> normalizations() {
  double r = 1 / std::sqrt(1 + 1e-5);
  return {
      {"f32[B, 1]", "x |> batch_norm", {2, 1}, {1, 3}, {{"N.batch_norm_1.gamma", {2}}, {"N.batch_norm_1.beta", {5}}},
       {2, 1}, {5 - 2 * r, 5 + 2 * r}, true},
      {"f32[B, 1]", "x |> batch_norm", {2, 1}, {1, 3},
       {{"N.batch_norm_1.gamma", {2}}, {"N.batch_norm_1.beta", {5}}, {"N.batch_norm_1.m_run", {1}}, {"N.batch_norm_1.v_run", {1}}},
       {2, 1}, {5, 5 + 4 * r}},
      {"f32[B, T, 2]", "x |> batch_norm(eps = 0)", {1, 2, 2}, {1, 10, 3, 30},
       {{"N.batch_norm_1.gamma", {1}}, {"N.batch_norm_1.beta", {0}}}, {1, 2, 2}, {-1, -1, 1, 1}, true},
      {"f32[B, 2]", "x |> layer_norm", {1, 2}, {1, 3}, {{"N.layer_norm_1.gamma", {1, 2}}, {"N.layer_norm_1.beta", {0, 1}}},
       {1, 2}, {-r, 1 + 2 * r}},
      {"f32[B, 2]", "x |> dropout(0.5)", {1, 2}, {1, 3}, {}, {1, 2}, {1, 3}},
      {"f32[B, 2]", "x |> dropout", {1, 2}, {1, 3}, {}, {1, 2}, {1, 3}},
      {"f32[B, 1]", "x |> dropout(0)", {3, 1}, {1, 2, 3}, {}, {3, 1}, {1, 2, 3}, true},
      {"f32[B, 2]", "i32(x) |> embedding(3, 2)", {1, 2}, {2, 0}, {{"N.embedding_1.E", {0, 1, 10, 11, 20, 21}}},
       {1, 2, 2}, {20, 21, 0, 1}},
  };
}

std::vector<StdCase> activations() {
  auto map = [](const std::string &expression, double (*f)(double)) {
    Numbers xs = {-100, -2, -0.5, 0, 0.5, 2, 100}, ys;
    for (double x : xs)
      ys.push_back(f(x));
    return StdCase{"f32[B]", expression, {7}, xs, {}, {7}, ys};
  };
  auto logistic = [](double x) { return 1 / (1 + std::exp(-x)); };
  (void)logistic;
  return {
      map("relu(x)", [](double x) { return x > 0 ? x : 0; }),
      map("x |> leaky_relu", [](double x) { return x > 0 ? x : 0.01 * x; }),
      map("x |> leaky_relu(0.2)", [](double x) { return x > 0 ? x : 0.2 * x; }),
      map("sigmoid(x)", [](double x) { return 1 / (1 + std::exp(-x)); }),
      map("tanh(x)", [](double x) { return std::tanh(x); }),
      map("gelu(x)", [](double x) { return 0.5 * x * (1 + std::erf(x / std::sqrt(2.0))); }),
      map("x |> elu", [](double x) { return x > 0 ? x : std::expm1(x); }),
      map("x |> elu(alpha = 2)", [](double x) { return x > 0 ? x : 2 * std::expm1(x); }),
      map("softplus(x)", [](double x) { return x > 50 ? x : std::log1p(std::exp(x)); }),
      map("silu(x)", [](double x) { return x / (1 + std::exp(-x)); }),
      map("identity(x)", [](double x) { return x; }),
      {"f32[B, 2]", "softmax(x)", {2, 2}, {0, 1, 1000, 1000}, {}, {2, 2}, {1 / (1 + e), e / (1 + e), 0.5, 0.5}},
      {"f32[B, T]", "softmax(x, over = B)", {2, 1}, {0, 1}, {}, {2, 1}, {1 / (1 + e), e / (1 + e)}},
      {"f32[B, T]", "x |> softmax(over = 0)", {2, 1}, {0, 1}, {}, {2, 1}, {1 / (1 + e), e / (1 + e)}},
      {"f32[T]", "log_softmax(x)", {2}, {0, 1000}, {}, {2}, {-1000, 0}},
      {"f32[B, 1]", "softmax(x)", {2, 1}, {3, -4}, {}, {2, 1}, {1, 1}},
  };
}

/// The last output after steps from zeros, where all weights of h and x are 0 or meet 0, and all biases 0.5.
double lstmOutput(int steps) {
  double h = 0, c = 0;
  for (int i = 0; i < steps; ++i) {
    double others = 0.5 * h + 0.5, gate = 1 / (1 + std::exp(-others));
    c = gate * c + gate * std::tanh(0.5);
    h = gate * std::tanh(c);
  }
  return h;
}

std::vector<StdCase> losses() {
  double l = std::log(1 + e);
  return {
      {"f32[2, 2]", "cross_entropy(x, [0, 1])", {2, 2}, {0, 1, 0, 1}, {}, {}, {(l + l - 1) / 2}},
      {"f32[2, 2]", "cross_entropy(x, u8([0, 1]))", {2, 2}, {0, 1000, 0, 1000}, {}, {}, {500}},
      {"f32[2]", "cross_entropy(x, 1)", {2}, {0, 1}, {}, {}, {l - 1}},
      {"f32[1, 2]", "cross_entropy(x, [1], smoothing = 0.2)", {1, 2}, {0, 1}, {}, {}, {l - 0.8 - 0.1}},
      {"f32[1, 2, 2]", "cross_entropy(x, [[0, 1]])", {1, 2, 2}, {0, 1, 0, 1}, {}, {}, {(l + l - 1) / 2}},
      {"f32[1, 2]", "nll(x, [1])", {1, 2}, {-3, -7}, {}, {}, {7}},
      {"f32[B]", "bce(x, 1)", {2}, {0, 1000}, {}, {}, {std::log(2.0) / 2}},
      {"f32[2]", "bce(x, [0, 1])", {2}, {0, -1000}, {}, {}, {(std::log(2.0) + 1000) / 2}},
      {"f32[B]", "mse(x, 1)", {3}, {1, 2, 4}, {}, {}, {10.0 / 3}},
      {"f32[3]", "mae(x, [1, 1, 1])", {3}, {1, 0, 4}, {}, {}, {4.0 / 3}},
      {"f32[3]", "hinge(x, [1, -1, 1])", {3}, {2, 2, 0.5}, {}, {}, {3.5 / 3}},
      {"f32[B]", "huber(x, 0)", {3}, {0.5, -3, 1}, {}, {}, {(0.125 + 2.5 + 0.5) / 3}},
      {"f32[B]", "huber(x, 0, delta = 2)", {1}, {5}, {}, {}, {8}},
      {"f32[1, 2, 2]", "ctc_loss(x, [[1]], 2, 1)", {1, 2, 2}, {0, 0, 0, 0}, {}, {}, {std::log(4.0 / 3)}},
      {"f32[2, 3, 2]", "ctc_loss(x, [[1, 1], [1, 0]], [3, 2], [2, 1])", {2, 3, 2}, Numbers(12, 0), {}, {},
       {(std::log(8.0) + std::log(4.0 / 3)) / 2}},
      {"f32[3, 2]", "accuracy(x, [0, 1, 1])", {3, 2}, {1, 0, 1, 0, 0, 1}, {}, {}, {2.0 / 3}},
      {"f32[1, 3]", "accuracy(x, u8([0]))", {1, 3}, {7, 7, 7}, {}, {}, {1}},
  };
}

std::vector<StdCase> arrays() {
  const Numbers x = {3, 1, 3, 2};
  return {
      {"f32[B, 4]", "sort(x)", {1, 4}, x, {}, {1, 4}, {1, 2, 3, 3}},
      {"f32[4]", "f32(argsort(x))", {4}, x, {}, {4}, {1, 3, 0, 2}},
      {"f32[1]", "sort(x)", {1}, {7}, {}, {1}, {7}},
      {"f32[4]", "let (v, i) = top_k(x, 2) return concat(v, f32(i))", {4}, x, {}, {4}, {3, 3, 0, 2}},
      {"f32[B, 4]", "cumsum(x)", {1, 4}, x, {}, {1, 4}, {3, 4, 7, 9}},
      {"f32[4]", "cumprod(x)", {4}, x, {}, {4}, {3, 3, 9, 18}},
      {"f32[N, 2]", "sort(x, over = N, descending = true)", {3, 2}, {1, 5, 3, 4, 2, 6}, {}, {3, 2}, {3, 6, 2, 5, 1, 4}},
      {"f32[4]", "f32(argsort(x, descending = true))", {4}, x, {}, {4}, {0, 2, 3, 1}},
      {"f32[2, N]", "let (v, i) = top_k(x, 1, over = 0) return v + f32(i)", {2, 2}, {1, 5, 3, 4}, {}, {1, 2}, {4, 5}},
      {"f32[4]", "cumsum(x, exclusive = true)", {4}, x, {}, {4}, {0, 3, 4, 7}},
      {"f32[4]", "cumsum(x, reverse = true)", {4}, x, {}, {4}, {9, 6, 5, 2}},
      {"f32[4]", "cumsum(x, exclusive = true, reverse = true)", {4}, x, {}, {4}, {6, 5, 2, 0}},
      {"f32[N, 2]", "cumsum(x, over = N)", {2, 2}, {1, 5, 3, 5}, {}, {2, 2}, {1, 5, 4, 10}},
      {"f32[4]", "f32(cumsum(i32(x > 2)))", {4}, x, {}, {4}, {1, 1, 2, 2}},
      {"f32[4]", "cumprod(x, exclusive = true)", {4}, x, {}, {4}, {1, 3, 3, 9}},
      {"f32[4]", "cumprod(x, reverse = true)", {4}, x, {}, {4}, {18, 6, 6, 2}},
      {"f32[4]", "cumprod(x, exclusive = true, reverse = true)", {4}, x, {}, {4}, {6, 6, 2, 1}},
      {"f32[4]", "grad sum(cumprod(x)) wrt x", {4}, {2, 0, 3, 0}, {}, {4}, {1, 8, 0, 0}},
      {"f32[4]", "recurrence(0.5, x)", {4}, x, {}, {4}, {3, 2.5, 4.25, 4.125}},
      {"f32[4]", "recurrence(x, x, reverse = true)", {4}, x, {}, {4}, {33, 10, 9, 2}},
      {"f32[4]", "dynamic_slice(x, i32(x[1]), f32[2])", {4}, x, {}, {2}, {1, 3}},
      {"f32[2, 3]", "dynamic_slice(x, (1, i32(x[0, 0])), f32[1, 2])", {2, 3}, {1, 2, 3, 4, 5, 6}, {}, {1, 2}, {5, 6}},
      {"f32[2, 3]", "dynamic_slice(x, (1, 1), f32[1, 2])", {2, 3}, {1, 2, 3, 4, 5, 6}, {}, {1, 2}, {5, 6}},
      {"f32[4]", "dynamic_update(x, [8, 9], i32(x[1]))", {4}, x, {}, {4}, {3, 8, 9, 2}},
      {"f32[2, 3]", "dynamic_update(x, 0 * x[0:1, 0:2], (1, i32(x[0, 0])))", {2, 3}, {1, 2, 3, 4, 5, 6}, {}, {2, 3}, {1, 2, 3, 4, 0, 0}},
      {"f32[4]", "grad sum(x * dynamic_update(x, x[0:2] ** 2, 1)) wrt x", {4}, x, {}, {4}, {12, 15, 1, 4}},
      {"f32[2, 2]", "solve(x, [3, 5])", {2, 2}, {1, 1, 2, 1}, {}, {2}, {2, 1}},
      {"f32[B, 2, 2]", "solve(x, x)", {1, 2, 2}, {1, 2, 3, 4}, {}, {1, 2, 2}, {1, 0, 0, 1}},
      {"f32[2, 2]", "grad sum(solve(x, [4, 2])) wrt x", {2, 2}, {2, 0, 0, 1}, {}, {2, 2}, {-1, -1, -2, -2}},
      {"f32[4]", "roll(x, i32(x[1]))", {4}, {1, 2, 3, 4}, {}, {4}, {3, 4, 1, 2}},
      {"f32[4]", "roll(x, -i32(x[0]))", {4}, {1, 2, 3, 4}, {}, {4}, {2, 3, 4, 1}},
      {"f32[2, 3]", "roll(x, i32([4, 1]), over = (1, 0))", {2, 3}, {1, 2, 3, 4, 5, 6}, {}, {2, 3}, {6, 4, 5, 3, 1, 2}},
      {"f32[2, 3]", "roll(x, (1, i32(x[0, 0])), over = (0, 1))", {2, 3}, {1, 2, 3, 4, 5, 6}, {}, {2, 3}, {6, 4, 5, 3, 1, 2}},
      {"f32[3]", "grad sum(roll(x, i32(x[1])) * x) wrt x", {3}, {2, 1, 3}, {}, {3}, {4, 5, 3}},
      {"f32[1, 2, 3, 1]", "x |> patches(2)", {1, 2, 3, 1}, {1, 2, 3, 4, 5, 6}, {}, {1, 1, 2, 4}, {1, 2, 4, 5, 2, 3, 5, 6}},
      {"f32[1, 1, 2, 2]", "patches(x, 3, stride = 2, padding = same)", {1, 1, 2, 2}, {1, 2, 3, 4}, {}, {1, 1, 1, 18},
       {0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 0, 0, 0, 0, 0, 0, 0, 0}},
      {"f32[B, 1, 2, 1]", "resize(x, 2)", {1, 1, 2, 1}, {1, 2}, {}, {1, 2, 4, 1}, {1, 1, 2, 2, 1, 1, 2, 2}},
      {"f32[B, 2, 1]", "resize(x, 2, method = linear)", {1, 2, 1}, {1, 2}, {}, {1, 4, 1}, {1, 1.25, 1.75, 2}},
      {"f32[5]", "resize(x, 3, over = 0)", {5}, {1, 2, 3, 4, 5}, {}, {15}, {1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4, 5, 5, 5}},
      {"f32[4, 5]", "resize(x, (2, 3), over = (0, 1))", {4, 5}, {0, 1, 2, 3, 4, 10, 11, 12, 13, 14, 20, 21, 22, 23, 24, 30, 31, 32, 33, 34},
       {}, {2, 3}, {10, 12, 14, 30, 32, 34}},
      {"f32[1, 4, 2, 1]", "resize(x, (2, 3), method = linear)", {1, 4, 2, 1}, {0, 1, 2, 3, 4, 5, 6, 7}, {}, {1, 2, 3, 1}, {1, 1.5, 2, 5, 5.5, 6}},
      {"f32[4]", "resize(x, size = 2, over = 0)", {4}, x, {}, {2}, {1, 2}},
      {"f32[4]", "sort(f32(permutation(4)))", {4}, x, {}, {4}, {0, 1, 2, 3}},
      {"f32[N, 2]", "standardize(x)", {2, 2}, {1, 5, 3, 5}, {}, {2, 2}, {-1, 0, 1, 0}},
      {"f32[3, 3]", "solve(x, [[5], [1], [4]])[:, 0]", {3, 3}, {0, 2, 1, 1, 0, 0, 1, 1, 1}, {}, {3}, {1, 2, 1}},
      {"f32[N, 1]", "sort(shuffle(x)[:, 0])", {4, 1}, x, {}, {4}, {1, 2, 3, 3}},
      {"f32[B, 2]", "sliced_wasserstein(x, x)", {3, 2}, {1, 2, 3, 4, 5, 6}, {}, {}, {0}},
      {"f32[B, 2]", "f32(categorical(1000 * x))", {2, 2}, {0, 1, 1, 0}, {}, {2}, {1, 0}},
      {"f32[B, 2, 1]", "x |> attention(1)", {1, 2, 1}, {0, 1}, {{"N.attention_1.dense_1.W", {1, 0, 1}}, {"N.attention_1.dense_2.W", {2}}},
       {1, 2, 1}, {1, 1}},
      {"f32[B, 2, 1]", "x |> attention(1, causal = true)", {1, 2, 1}, {0, 1},
       {{"N.attention_1.dense_1.W", {0, 0, 1}}, {"N.attention_1.dense_2.W", {2}}}, {1, 2, 1}, {0, 1}},
      {"f32[B, 2, 1]", "multi_head_attention(1)(x, x[:, 0:1] + 3)", {1, 2, 1}, {0, 1},
       {{"N.multi_head_attention_1.dense_1.W", {1}}, {"N.multi_head_attention_1.dense_2.W", {1}},
        {"N.multi_head_attention_1.dense_3.W", {1}}, {"N.multi_head_attention_1.dense_4.W", {2}}}, {1, 2, 1}, {6, 6}},
      {"f32[1, 2, 1]", "multi_head_attention(1)(x, x, within([1], 2))", {1, 2, 1}, {5, 1},
       {{"N.multi_head_attention_1.dense_1.W", {1}}, {"N.multi_head_attention_1.dense_2.W", {1}},
        {"N.multi_head_attention_1.dense_3.W", {1}}, {"N.multi_head_attention_1.dense_4.W", {2}}}, {1, 2, 1}, {10, 10}},
      {"f32[B, 2, 1]", "x |> rnn(1, identity)", {1, 2, 1}, {1, 2}, {{"N.rnn_1.cell.dense_1.W", {1, 1}}, {"N.rnn_1.cell.dense_1.b", {0}}},
       {1, 2, 1}, {1, 3}},
      {"f32[B, 2, 1]", "x |> bidirectional(rnn(1, identity), rnn(1, identity))", {1, 2, 1}, {1, 2},
       {{"N.bidirectional_1.rnn_1.cell.dense_1.W", {1, 1}}, {"N.bidirectional_1.rnn_1.cell.dense_1.b", {0}},
        {"N.bidirectional_1.rnn_2.cell.dense_1.W", {1, 1}}, {"N.bidirectional_1.rnn_2.cell.dense_1.b", {0}}}, {1, 2, 2}, {1, 3, 3, 2}},
      {"f32[2, 3]", "turn(x, [2, 3])", {2, 3}, counted(6), {}, {2, 3}, {2, 1, 3, 6, 5, 4}},
      {"f32[B, 3]", "turn(x)", {2, 3}, counted(6), {}, {2, 3}, {3, 2, 1, 6, 5, 4}},
      {"f32[2, 3]", "last(x, [2, 3])", {2, 3}, counted(6), {}, {2}, {2, 6}},
      {"f32[B, 2, 1]", "x |> lstm(1)", {1, 2, 1}, {0, 0}, {{"N.lstm_1.cell.dense_1.W", {0}}}, {1, 2, 1}, {lstmOutput(1), lstmOutput(2)}},
      {"f32[B, 2, 1]", "x |> gru(1)", {1, 2, 1}, {0, 0},
       {{"N.gru_1.cell.dense_1.W", {0}}, {"N.gru_1.cell.dense_1.b", {0}}, {"N.gru_1.cell.dense_3.W", {0}}, {"N.gru_1.cell.dense_3.b", {1}}},
       {1, 2, 1}, {std::tanh(1.0) / 2, std::tanh(1.0) * 3 / 4}},
  };
}

// clang-format on

INSTANTIATE_TEST_SUITE_P(Arrays, StdLayers, testing::ValuesIn(arrays()));
INSTANTIATE_TEST_SUITE_P(Dense, StdLayers, testing::ValuesIn(dense()));
INSTANTIATE_TEST_SUITE_P(Convolutions, StdLayers, testing::ValuesIn(convolutions()));
INSTANTIATE_TEST_SUITE_P(Pooling, StdLayers, testing::ValuesIn(pooling()));
INSTANTIATE_TEST_SUITE_P(Normalizations, StdLayers, testing::ValuesIn(normalizations()));
INSTANTIATE_TEST_SUITE_P(Activations, StdLayers, testing::ValuesIn(activations()));
INSTANTIATE_TEST_SUITE_P(Losses, StdLayers, testing::ValuesIn(losses()));

TEST(StdLayers, DropoutKeepsTheMean) {
  Elaborated program("network N(x: f32[B]) { return x |> dropout(0.25) }");
  auto results = program.run("N", {array("f32", {4000}, {3})}, {}, /*training=*/true);
  ASSERT_EQ(program.error, "");
  double sum = 0;
  for (double y : numbers(results[0])) {
    EXPECT_TRUE(y == 0 || std::abs(y - 4) < 1e-12) << y;
    sum += y;
  }
  EXPECT_NEAR(sum / 4000, 3, 0.1);
}

TEST(StdLayers, WhatIsLeftOutIsNoParameter) {
  Elaborated program("network N(x: f32[B, 28, 28, 1]) { return x |> conv2d(6, kernel = 5, bias = "
                     "false) |> batch_norm |> flatten |> dense(10) }");
  EXPECT_EQ(program.slots("N"), (std::vector<std::string>{
                                    "N.batch_norm_1.beta: f32[6]", "N.batch_norm_1.gamma: f32[6]",
                                    "N.batch_norm_1.m_run: f32[6]", "N.batch_norm_1.v_run: f32[6]",
                                    "N.conv2d_1.W: f32[5, 5, 1, 6]", "N.dense_1.W: f32[3456, 10]",
                                    "N.dense_1.b: f32[10]"}))
      << program.messages();
}

TEST(StdLayers, StatesMoveOnInTraining) {
  Elaborated program("network N(x: f32[B, 1]) { return x |> batch_norm(momentum = 0.5) }");
  const Specialization *training = program.network("N", true),
                       *predict = program.network("N", false);
  ASSERT_TRUE(training && predict) << program.messages();
  EXPECT_EQ(training->updates.size(), 2u);
  EXPECT_EQ(predict->updates.size(), 0u);
}

TEST(StdLayers, InitialValues) {
  Elaborated program("network N(x: f32[B, 8]) { param W: f32[300, 100] ~ he_normal()  param V: "
                     "f32[3, 3, 2, 4] ~ glorot_uniform()\n"
                     "  param c: f32[2] ~ fill([1, 2])  state s = 3  return sum(x) + sum(W) + "
                     "sum(V) + sum(c) + f32(s) }");
  auto variance = [&](const std::string &path) {
    Array initial = program.initial("N", path);
    double sum = 0;
    for (double v : numbers(initial))
      sum += v * v;
    return sum / static_cast<double>(initial.size());
  };
  EXPECT_NEAR(variance("N.W"), 2.0 / 300, 2e-4) << program.error;
  double limit = std::sqrt(6.0 / (9 * 6));
  Array V = program.initial("N", "N.V");
  EXPECT_EQ(V.shape, (std::vector<int64_t>{3, 3, 2, 4}));
  for (double v : numbers(V))
    EXPECT_LE(std::abs(v), limit);
  EXPECT_NEAR(variance("N.V"), limit * limit / 3, 0.02);
  EXPECT_EQ(numbers(program.initial("N", "N.c")), (Numbers{1, 2}));
  EXPECT_EQ(numbers(program.initial("N", "N.s")), Numbers{3});
  EXPECT_EQ(program.messages(), "");
}

TEST(StdLayers, EveryPrecision) {
  for (const char *type : {"f64", "f16", "bf16"}) {
    std::string t = type;
    Elaborated program(
        "network N(x: " + t +
        "[B, 4, 4, 2]) { return x |> conv2d(2, kernel = 3, padding = same) |> gelu |> "
        "batch_norm |> dropout(0.1) |> max_pool(2) |> flatten |> layer_norm |> dense(3) |> softmax "
        "}");
    auto results = program.run("N", {array(type, {2, 4, 4, 2}, {1})}, {}, true);
    ASSERT_EQ(program.error, "");
    EXPECT_EQ(results[0].shape, (std::vector<int64_t>{2, 3}));
  }
}

TEST(StdLayers, RecurrentCells) {
  Elaborated program(
      "network N(x: f32[B, 1], h: f32[B, 1], c: f32[B, 1]) { return lstm_cell(1)(x, h, c) }\n"
      "network G(x: f32[B, 1], h: f32[B, 1]) { return gru_cell(1)(x, h) }");
  std::vector<Array> state = {array("f32", {1, 1}, {1}), array("f32", {1, 1}, {2}),
                              array("f32", {1, 1}, {3})};
  auto results = program.run(
      "N", state, {{"N.lstm_cell_1.dense_1.W", {1, 0}}, {"N.lstm_cell_1.dense_1.b", {0}}});
  ASSERT_EQ(program.error, "");
  ASSERT_EQ(results.size(), 2u);
  double gate = 1 / (1 + std::exp(-2.0)), c = gate * 3 + gate * std::tanh(2.0);
  EXPECT_NEAR(numbers(results[1])[0], c, 1e-12);
  EXPECT_NEAR(numbers(results[0])[0], gate * std::tanh(c), 1e-12);
  results = program.run("G", {state[0], state[1]});
  ASSERT_EQ(program.error, "");
  double z = 1 / (1 + std::exp(-2.0)), g = std::tanh(0.5 * (z * 2 + 1) + 0.5);
  EXPECT_NEAR(numbers(results[0])[0], (1 - z) * 2 + z * g, 1e-12);
}
} // namespace
