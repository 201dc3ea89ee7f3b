//===- ElaborateTest.cpp - what texts mean, as literals -------------------===//
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
/// A program with a network N of one argument x, and its value. All parameters are 0.5.
struct Meaning {
  std::string name;
  std::string text;
  std::vector<int64_t> shape;
  Numbers x;
  std::vector<int64_t> expectedShape;
  Numbers expected;
  std::map<std::string, Numbers> params = {};
};

std::ostream &operator<<(std::ostream &os, const Meaning &m) { return os << m.name; }

class Meanings : public testing::TestWithParam<Meaning> {};

TEST_P(Meanings, HasItsValue) {
  const Meaning &m = GetParam();
  Elaborated program(m.text);
  auto results = program.run("N", {array("f32", m.shape, m.x)}, m.params);
  ASSERT_EQ(program.error, "");
  ASSERT_EQ(program.messages(), "");
  ASSERT_EQ(results.size(), 1u);
  EXPECT_EQ(results[0].shape, m.expectedShape);
  Numbers got = numbers(results[0]);
  ASSERT_EQ(got.size(), m.expected.size());
  for (size_t i = 0; i < got.size(); ++i)
    EXPECT_NEAR(got[i], m.expected[i], 1e-6 * (1 + std::abs(m.expected[i]))) << "at " << i;
}

/// `network N(x: type) { return expression }`
Meaning of(const std::string &name, const std::string &type, const std::string &body,
           std::vector<int64_t> shape, Numbers x, std::vector<int64_t> expectedShape,
           Numbers expected) {
  bool block = body.find("return") != std::string::npos;
  return {name,          "network N(x: " + type + ") { " + (block ? body : "return " + body) + " }",
          shape,         x,
          expectedShape, expected};
}

// clang-format off: a case a line
std::vector<Meaning> operators() {
  return {
      of("precedence", "f32[B]", "-x ** 2 + 2 * x / 4 - 1", {2}, {2, 4}, {2}, {-4, -15}),
      of("chains from the left", "f32[B]", "x - 1 - 2 / 4 / 2", {1}, {1}, {1}, {-0.25}),
      of("power of a power", "f32[B]", "x ** 2 ** 3", {1}, {2}, {1}, {256}),
      of("real powers", "f32[B]", "x ** 0.5", {2}, {4, 9}, {2}, {2, 3}),
      of("numbers to a power", "f32[B]", "2 ** x", {2}, {3, -1}, {2}, {8, 0.5}),
      of("sizes divide as real numbers", "f32[B]", "x + 4 / 3 - 1 / 3", {1}, {1}, {1}, {2}),
      of("broadcast on the right", "f32[B, 2]", "x + [10, 20]", {2, 2}, {1, 2, 3, 4}, {2, 2}, {11, 22, 13, 24}),
      of("broadcast of size 1", "f32[B, 1]", "x * [1, 10]", {2, 1}, {1, 2}, {2, 2}, {1, 10, 2, 20}),
      of("comparison", "f32[B]", "f32(x > 1) + f32(x >= 1) + f32(x == 1) + f32(x != 1)", {3}, {0, 1, 2}, {3}, {1, 2, 3}),
      of("truth", "f32[B]", "f32(x > 0 and not (x > 2) or x == 5)", {4}, {0, 1, 3, 5}, {4}, {0, 1, 0, 1}),
      of("matrix by vector", "f32[B, 2]", "x @ [1, 10]", {2, 2}, {1, 2, 3, 4}, {2}, {21, 43}),
      of("vector by matrix", "f32[2]", "x @ [[1, 2], [3, 4]]", {2}, {1, 10}, {2}, {31, 42}),
      of("vector by vector", "f32[2]", "x @ x", {2}, {3, 4}, {}, {25}),
      of("batched product", "f32[B, 1, 2]", "x @ [[1], [10]]", {2, 1, 2}, {1, 2, 3, 4}, {2, 1, 1}, {21, 43}),
      of("product of batches", "f32[B, 2, 1]", "x @ x.T", {1, 2, 1}, {2, 3}, {1, 2, 2}, {4, 6, 6, 9}),
      of("transpose", "f32[2, 3]", "x.T", {2, 3}, {1, 2, 3, 4, 5, 6}, {3, 2}, {1, 4, 2, 5, 3, 6}),
      of("whole numbers", "f32[B]", "f32(idiv(i32(x), 2)) + 10 * f32(mod(i32(x), 2))", {2}, {7, -7}, {2}, {13, 6}),
      of("pipe into the first argument", "f32[B]", "x |> max(1) |> min(2)", {3}, {0, 1.5, 3}, {3}, {1, 1.5, 2}),
      of("choice", "f32[B]", "where(x > 1, x, 0)", {2}, {1, 2}, {2}, {0, 2}),
      of("choice at compile time", "f32[3]", "where(2 > 1, x, refuse(\"never\"))", {3}, {1, 2, 3}, {3}, {1, 2, 3}),
      of("training is false in prediction", "f32[B]", "where(training, 0 * x, x)", {1}, {3}, {1}, {3}),
      of("numbers adapt", "f32[B]", "clamp(x, 0, 1) + 1e-1", {3}, {-1, 0.5, 2}, {3}, {0.1, 0.6, 1.1}),
  };
}

std::vector<Meaning> shapes() {
  return {
      of("slices", "f32[5]", "x[1:4]", {5}, {0, 1, 2, 3, 4}, {3}, {1, 2, 3}),
      of("slices from the end", "f32[5]", "x[-2:]", {5}, {0, 1, 2, 3, 4}, {2}, {3, 4}),
      of("open slices", "f32[B, 3]", "x[:, :-1]", {1, 3}, {1, 2, 3}, {1, 2}, {1, 2}),
      of("positions", "f32[B, 3]", "x[:, 1] + x[:, -1]", {2, 3}, {1, 2, 3, 4, 5, 6}, {2}, {5, 11}),
      of("new axes", "f32[B]", "x[:, new] * [1, 2]", {2}, {1, 2}, {2, 2}, {1, 2, 2, 4}),
      of("axes of a pack", "f32[B, 2, 3]", "last(x)", {1, 2, 3}, {1, 2, 3, 4, 5, 6}, {1, 2}, {3, 6}),
      of("positions at run time", "f32[B, 3]", "x[:, [2, 0]]", {1, 3}, {1, 2, 3}, {1, 2}, {3, 1}),
      of("ranges", "f32[3]", "x + f32(1..4)", {3}, {0, 10, 20}, {3}, {1, 12, 23}),
      of("sizes by name", "f32[B, T]", "sum(x, over = T) / T + B", {1, 2}, {1, 2}, {1}, {2.5}),
      of("axes by position", "f32[B, T]", "mean(x, over = 0)", {2, 2}, {1, 2, 3, 4}, {2}, {2, 3}),
      of("several axes", "f32[B, Y, X]", "sum(x, over = (Y, X))", {1, 2, 2}, {1, 2, 3, 4}, {1}, {10}),
      of("kept axes", "f32[B, T]", "x - max(x, over = T, keep = true)", {1, 2}, {1, 3}, {1, 2}, {-2, 0}),
      of("reshape", "f32[B, 4]", "reshape(x, f32[B, 2, 2])", {1, 4}, {1, 2, 3, 4}, {1, 2, 2}, {1, 2, 3, 4}),
      of("concat", "f32[B, 1]", "concat(x, 2 * x)", {2, 1}, {1, 2}, {2, 2}, {1, 2, 2, 4}),
      of("stack", "f32[B]", "stack(x, x)", {2}, {1, 2}, {2, 2}, {1, 2, 1, 2}),
      of("unstack", "f32[2, B]", "let (a, b) = unstack(x)  return a - b", {2, 1}, {5, 3}, {1}, {2}),
      of("split", "f32[B, 4]", "let (a, b) = split(x, 2)  return a * b", {1, 4}, {1, 2, 3, 4}, {1, 2}, {3, 8}),
      of("pad", "f32[B, 1]", "pad(x, over = 1, before = 1, after = 2, value = 9)", {1, 1}, {5}, {1, 4}, {9, 5, 9, 9}),
      of("flip and roll", "f32[3]", "flip(x) + 10 * roll(x, 1)", {3}, {1, 2, 3}, {3}, {33, 12, 21}),
      of("one hot", "f32[B]", "one_hot(i32(x), 3)", {2}, {2, 0}, {2, 3}, {0, 0, 1, 1, 0, 0}),
      of("gather", "f32[B, 3]", "gather(x, i32(x)[:, 0:1], over = -1)", {1, 3}, {2, 5, 7}, {1, 1}, {7}),
      of("einsum", "f32[B, 2]", "einsum(\"bi,bj->bij\", x, x)", {1, 2}, {2, 3}, {1, 2, 2}, {4, 6, 6, 9}),
      of("argmax", "f32[B, 3]", "f32(argmax(x, over = -1))", {2, 3}, {1, 3, 3, 5, 1, 1}, {2}, {1, 0}),
      of("sum of a scalar", "f32[B]", "sum(sum(x))", {2}, {1, 2}, {}, {3}),
      of("named sizes", "f32[B, 6]", "let y: f32[N, K] = x  return sum(y) / K", {1, 6}, {1}, {}, {1}),
      of("eye and linspace", "f32[2]", "x @ eye(2) + linspace(0, 1, 2)", {2}, {1, 2}, {2}, {1, 3}),
      of("nested lists", "f32[2]", "[[1, 2], [3, 4]] @ x", {2}, {1, 1}, {2}, {3, 7}),
      of("statistics", "f32[4]", "stack(mean(x), var(x), std(x), norm(x), dot(x, x), logsumexp(0 * x))", {4}, {1, 1, 3, 3},
         {6}, {2, 1, 1, std::sqrt(20.0), 20, std::log(4.0)}),
  };
}

std::vector<Meaning> withLast() {
  auto cases = shapes();
  for (Meaning &m : cases)
    if (m.name == "axes of a pack")
      m.text += "\nfn last(x: f32[B.., C]) -> f32[B..] { return x[B.., -1] }";
  return cases;
}

std::vector<Meaning> layers() {
  const std::string scale = "layer scale(by: f32 = 2)(x: float[B..]) -> float[B..] { return by * x }\n"
                            "layer shift()(x: float[B.., C]) -> float[B.., C] { param b: float[C] ~ ones() return x + b }\n";
  return {
      {"occurrences have parameters of their own", scale + "network N(x: f32[B, 1]) { return x |> shift |> shift }", {1, 1}, {0},
       {1, 1}, {11}, {{"N.shift_1.b", {1}}, {"N.shift_2.b", {10}}}},
      {"an instance shares", scale + "network N(x: f32[B, 1]) { let s = shift()  return s(s(x)) }", {1, 1}, {0}, {1, 1}, {2},
       {{"N.s.b", {1}}}},
      {"as names an instance", scale + "network N(x: f32[B, 1]) { return (x |> shift as \"first\") + 1 }", {1, 1}, {0}, {1, 1}, {4},
       {{"N.first.b", {3}}}},
      {"static arguments by name", scale + "network N(x: f32[B]) { return x |> scale(by = 3) |> scale }", {1}, {1}, {1}, {6}},
      {"templates as arguments", scale + "layer twice(f: fn)(x: f32[B, C]) -> f32[B, C] { return f(f(x)) }\n"
       "network N(x: f32[B, 1]) { return x |> twice(scale(3)) }", {1, 1}, {1}, {1, 1}, {9}},
      {"a list of layers", scale + "network N(x: f32[B, 1]) { return x |> chain(3, shift()) }", {1, 1}, {0}, {1, 1}, {111},
       {{"N.shift_1.b", {1}}, {"N.shift_2.b", {10}}, {"N.shift_3.b", {100}}}},
      {"copies", scale + "network N(x: f32[B, 1]) { let list = copies(2, shift())  return list[1](x) - list[0](x) }", {1, 1}, {0},
       {1, 1}, {9}, {{"N.shift_1.b", {1}}, {"N.shift_2.b", {10}}}},
      {"chains of lists", scale + "network N(x: f32[B, 1]) { return x |> chain([shift(), scale(2)]) }", {1, 1}, {0}, {1, 1}, {2},
       {{"N.shift_1.b", {1}}}},
      {"nested paths", scale + "layer outer()(x: f32[B, 1]) { return x |> shift |> dense(1, bias = false) }\n"
       "network N(x: f32[B, 1]) { return x |> outer }", {1, 1}, {0}, {1, 1}, {15},
       {{"N.outer_1.shift_1.b", {5}}, {"N.outer_1.dense_1.W", {3}}}},
      {"networks keep their identity", scale + "network M(x: f32[B, 1]) { return x |> shift }\n"
       "network N(x: f32[B, 1]) { return M(M(x)) }", {1, 1}, {0}, {1, 1}, {14}, {{"M.shift_1.b", {7}}}},
      {"values of a call", scale + "network M(x: f32[B, 1]) { let h = x |> shift  return 2 * h }\n"
       "network N(x: f32[B, 1]) { let run = M(x)  return run + 100 * run.h + 1000 * run.shift_1.b }", {1, 1}, {1}, {1, 1}, {2306},
       {{"M.shift_1.b", {2}}}},
      {"values of a layer's call", "layer two()(x: f32[B]) { let a = x + 1  return a * 2 }\n"
       "network N(x: f32[B]) { let r = x |> two  return r + r.a }", {1}, {1}, {1}, {6}},
      {"parameters by path", scale + "network M(x: f32[B, 1]) { return x |> shift }\n"
       "network N(x: f32[B, 1]) { return x * M.shift_1.b }", {1, 1}, {3}, {1, 1}, {12}, {{"M.shift_1.b", {4}}}},
      {"norm of parameters", scale + "network M(x: f32[B, 2]) { return x |> shift |> dense(1) }\n"
       "network N(x: f32[B]) { return x * norm(params(M)) ** 2 }", {1}, {1}, {1}, {4 + 4 + 9 + 9 + 1},
       {{"M.shift_1.b", {2}}, {"M.dense_1.W", {3}}, {"M.dense_1.b", {1}}}},
      {"tuples", "fn swap(a: float[B..], b: float[B..]) -> (float[B..], float[B..]) { return b, a }\n"
       "network N(x: f32[B]) { let (p, (q, _)) = (x, swap(x, 2 * x))  return p - q }", {1}, {1}, {1}, {-1}},
      {"functions as operators", "fn cap(limit: f32, x: f32[B..]) { return min(x, limit) }\n"
       "network N(x: f32[B]) { return cap(limit = 2, x = x) }", {2}, {1, 3}, {2}, {1, 2}},
      {"defaults speak of others", "fn f(x: f32[B..], a: f32 = 2, b: f32 = a * a) { return x + b }\n"
       "network N(x: f32[B]) { return f(x) + f(x, 3) }", {1}, {0}, {1}, {13}},
      {"sizes of results", "fn pairs(x: f32[B, T]) -> f32[B, T - 1] { return x[:, 1:] - x[:, :-1] }\n"
       "network N(x: f32[B, T]) { return pairs(x) }", {1, 3}, {1, 4, 9}, {1, 2}, {3, 5}},
      {"sizes in expressions", "layer half()(x: f32[B, N]) -> f32[B, N / 2] { return x[:, 0:N / 2] }\n"
       "network N(x: f32[B, 5]) { return x |> half }", {1, 5}, {1, 2, 3, 4, 5}, {1, 2}, {1, 2}},
      {"a pack of no axes", "network N(x: f32[]) { return relu(x) + sigmoid(0 * x) }", {}, {3}, {}, {3.5}},
      {"constants of a file", "let K = 3\nlet t = [1, 10, 100]\nnetwork N(x: f32[B, K]) { return x @ c }\nlet c = f32(t[:K])", {1, 3},
       {1, 2, 3}, {1}, {321}, {{"c", {1, 10, 100}}}},
      {"names hide the library", "fn relu(x: f32[B..]) { return x + 1 }\nnetwork N(x: f32[B]) { return relu(x) }", {1}, {-5}, {1}, {-4}},
      {"training of a call", "fn f(x: f32[B]) { return where(training, x, -x) }\n"
       "network N(x: f32[B]) { return f(x) + 10 * f(x, training = true) }", {1}, {1}, {1}, {9}},
      {"gradients", "network N(x: f32[B]) { let y = sum(x ** 3)  return grad y wrt x }", {2}, {1, 2}, {2}, {3, 12}},
      {"gradients of several", "network N(x: f32[B]) { let y = 2 * x  let (a, b) = grad sum(y * x) wrt (x, y)  return a + 100 * b }", {1}, {3},
       {1}, {12 + 300}},
      {"networks with other parameters", "network M(x: f32[B, 1]) { return x |> dense(1) }\n"
       "network N(x: f32[B, 1]) { return (M with 2 * params(M))(x) - M(x) }", {1, 1}, {1}, {1, 1}, {3 + 5}, {{"M.dense_1.W", {3}}, {"M.dense_1.b", {5}}}},
      {"relu has no derivative at 0", "network N(x: f32[B]) { return grad sum(relu(x)) wrt x }", {3}, {-1, 0, 1}, {3}, {0, 0, 1}},
      {"elu is smooth", "network N(x: f32[B]) { return grad sum(x |> elu) wrt x }", {3}, {-200, 0, 200}, {3}, {0, 1, 1}},
  };
}

std::vector<Meaning> scans() {
  return {
      of("a scan along an axis", "f32[B, 3]", "scan v in x over 1 with s = zeros(f32[B]) { next s = s + v }", {2, 3},
         {1, 2, 3, 4, 5, 6}, {2}, {6, 15}),
      of("emitted values take the axis's place", "f32[B, 3]", "let (r, s) = scan v in x over 1 with s = zeros(f32[B]) { next s = s + v emit s } return r",
         {2, 3}, {1, 2, 3, 4, 5, 6}, {2, 3}, {1, 3, 6, 4, 9, 15}),
      of("emit takes the value where it stands", "f32[B]", "let (r, s) = scan i in 0..3 with s = x { emit s next s = 2 * s } return r", {1}, {1},
         {3, 1}, {1, 2, 4}),
      of("without carries", "f32[3, B]", "scan v in x { emit 2 * v }", {3, 1}, {1, 2, 3}, {3, 1}, {2, 4, 6}),
      of("in reverse", "f32[3]", "let (r, s) = scan v in x over 0 reverse with s = 0 { next s = s + v emit s } return r", {3}, {1, 2, 3}, {3}, {6, 5, 3}),
      of("counters are sizes", "f32[B]", "scan i in 0..3 with s = x { next s = s + 2 ** i }", {1}, {0}, {1}, {7}),
      of("several sequences", "f32[3]", "scan (a, i) in (x, 0..3) over 0 with s = 0 { next s = s + a * i }", {3}, {1, 10, 100}, {}, {210}),
      of("simultaneous and sequential", "f32[B]", "let (a, b) = scan i in 0..2 with a = x, b = 10 * x { next (a, b) = (b, a) next a = a + 1 } return 100 * a + b",
         {1}, {1}, {1}, {211}),
      of("stop when", "f32[4]", "let (r, s) = scan v in x over 0 with s = 0 { next s = s + v  emit s  stop when s > 4 } return r", {4}, {1, 2, 3, 4}, {4},
         {1, 3, 6, 6}),
      of("gradients go through", "f32[3]", "let s = scan v in x over 0 with s = 1 { next s = s * v } return grad s wrt x", {3}, {2, 3, 5}, {3}, {15, 10, 6}),
      of("a loop of many turns", "f32[B]", "scan i in 0..20 with s = x { next s = s + i }", {1}, {1}, {1}, {191}),
      of("a loop along a run-time size", "f32[T]", "let (r, s, n) = scan v in x over T reverse with s = 0, n = 0 { next s = s + v  next n = n + 1  emit s * n } return r",
         {3}, {1, 2, 3}, {3}, {18, 10, 3}),
      of("a number that becomes an array", "f32[T, 2]", "let (a, b) = scan v in x over T with a = 1, b = 0 { next b = a * 2  next a = a * v } return a + b", {3, 2},
         {1, 2, 3, 4, 5, 6}, {2}, {21, 64}),
      of("no turns", "f32[T, 2]", "let (r, s) = scan v in x over T with s = 5 { next s = s + sum(v)  emit 2 * v } return s + sum(r)", {0, 2}, {}, {}, {5}),
      of("stop when in a loop", "f32[T]", "let (r, s) = scan v in x over T with s = 0 { next s = s + v  emit s  stop when s > 4 } return r + s", {4}, {1, 2, 3, 4}, {4},
         {7, 9, 12, 12}),
      of("a counter that has to be known", "f32[B]", "scan i in 0..20 with s = x { next s = s + sum(ones(f32[i])) }", {1}, {1}, {1}, {191}),
      of("loops in loops", "f32[T, S]", "scan v in x over T with s = 0 { next s = scan w in v over S with t = s { next t = 2 * t + w } }", {2, 2}, {1, 2, 3, 4}, {}, {26}),
      of("gradients in turns", "f32[T]", "scan v in x over T with w = 2.0 { next w = w - grad (w * v) ** 2 wrt w }", {2}, {1, 0.5}, {}, {-1}),
      of("gradients of loops", "f32[T]", "let s = scan v in x over T with s = 1 { next s = s * v } return grad s wrt x", {3}, {2, 3, 5}, {3}, {15, 10, 6}),
      of("gradients in turns by what stands outside", "f32[2]",
         "let y = 3 * x return scan v in y over 0 { emit sum(grad (v * sum(y)) wrt x) }", {2}, {1, 2}, {2}, {45, 63}),
      of("gradients in turns through what stands outside", "f32[T]",
         "let y = 3 * x return scan v in x over T { emit sum(grad (stop_gradient(v) * sum(y ** 2)) wrt x) }", {2}, {1, 2}, {2}, {54, 108}),
      {"lets of a loop", "network M(x: f32[B, T]) { return scan v in x over T with s = zeros(f32[B]) { let d = 2 * v next s = s + d } }\n"
       "network N(x: f32[B, T]) { let run = M(x) return run.d }", {1, 2}, {1, 2}, {1, 2}, {2, 4}},
      {"one instance for all turns", "network N(x: f32[B, 1]) { return scan i in 0..3 with h = x { next h = h |> dense(1) } }", {1, 1}, {1}, {1, 1}, {8},
       {{"N.dense_1.W", {2}}, {"N.dense_1.b", {0}}}},
      {"lists of layers", "network N(x: f32[B, 1]) { return scan f in copies(2, dense(1, bias = false)) with h = x { next h = f(h) } }", {1, 1}, {1}, {1, 1},
       {6}, {{"N.dense_1.W", {2}}, {"N.dense_2.W", {3}}}},
      {"lets of the body", "network M(x: f32[B, 2]) { return scan v in x over 1 with s = zeros(f32[B]) { let d = 2 * v next s = s + d } }\n"
       "network N(x: f32[B, 2]) { let run = M(x) return run.d }", {1, 2}, {1, 2}, {1, 2}, {2, 4}},
  };
}

// clang-format on

/// x ** 3 at 1 and 2, differentiated twice in several ways.
TEST(Elaborate, GradientsHaveGradients) {
  const std::pair<const char *, Numbers> cases[] = {
      {"let g = grad sum(x ** 3) wrt x  return grad sum(g) wrt x", {6, 12}},
      {"return jvp x ** 3 wrt x along [1, 10]", {3, 120}},
      {"return jvp (x @ [[1, 2], [3, 4]]) wrt x along [1, 0]", {1, 2}},
      {"let g = grad sum(x ** 3) wrt x  return jvp g wrt x along 1", {6, 12}},
      {"let s = scan i in 0..2 with s = x { next s = s * s }  return jvp s wrt x along [1, 1]",
       {4, 32}},
  };
  for (const auto &[body, expected] : cases) {
    Elaborated program(std::string("network N(x: f32[2]) { ") + body + " }");
    program.expandGradients = true;
    auto results = program.run("N", {array("f32", {2}, {1, 2})});
    ASSERT_EQ(program.error, "") << body;
    EXPECT_EQ(numbers(results[0]), expected) << body;
  }
}

/// A loop draws what the same turns one by one draw.
TEST(Elaborate, LoopsDrawTheNumbersOfTheirTurns) {
  auto drawn = [](const std::string &scan) {
    Elaborated program("network N(x: f32[B]) { return " + scan + " }");
    auto results = program.run("N", {array("f32", {1}, {1})});
    EXPECT_EQ(program.error, "") << scan;
    return program.error.empty() ? numbers(results[0]) : Numbers();
  };
  std::string turns = "{ emit uniform(f32) }";
  for (std::string reverse : {"", "reverse "}) {
    // `f32[i]` makes the counter a size, so that each turn is elaborated by itself.
    Numbers loop = drawn("scan i in 0..20 " + reverse + turns);
    EXPECT_EQ(loop,
              drawn("scan i in 0..20 " + reverse + "{ emit uniform(f32) + sum(zeros(f32[i])) }"));
    EXPECT_NE(loop[0], loop[1]);
  }
}

TEST(Elaborate, TurnsDrawDifferentNumbers) {
  Elaborated program("network N(x: f32[B]) { return scan i in 0..3 { emit uniform(f32) } }");
  auto results = program.run("N", {array("f32", {1}, {1})});
  ASSERT_EQ(program.error, "");
  Numbers u = numbers(results[0]);
  EXPECT_TRUE(u[0] != u[1] && u[1] != u[2] && u[0] != u[2]);
}

INSTANTIATE_TEST_SUITE_P(Scans, Meanings, testing::ValuesIn(scans()));
INSTANTIATE_TEST_SUITE_P(Operators, Meanings, testing::ValuesIn(operators()));
INSTANTIATE_TEST_SUITE_P(Shapes, Meanings, testing::ValuesIn(withLast()));
INSTANTIATE_TEST_SUITE_P(Layers, Meanings, testing::ValuesIn(layers()));

TEST(Elaborate, RunTimeSizesKeepTheirNames) {
  Elaborated program(
      "network N(x: f32[B, T, 3]) { return concat(x, x, over = T)[:, 1:] |> dense(2) }");
  const Specialization *n = program.network("N");
  ASSERT_TRUE(n) << program.messages();
  EXPECT_EQ(n->result.describe(), "f32[B, 2*T - 1, 2]");
  auto results = program.run("N", {array("f32", {2, 4, 3}, {1})});
  ASSERT_EQ(program.error, "");
  EXPECT_EQ(results[0].shape, (std::vector<int64_t>{2, 7, 2}));
}

TEST(Elaborate, EqualCallsShareAFunction) {
  Elaborated program(
      "network N(x: f32[B, 4]) { return x |> dense(4) |> dense(4) |> dense(4) |> dense(2) }");
  const Specialization *n = program.network("N");
  ASSERT_TRUE(n) << program.messages();
  std::set<std::string> callees;
  n->function.walk([&](mlir::Operation *op) {
    if (auto callee = op->getAttrOfType<mlir::FlatSymbolRefAttr>("callee"))
      callees.insert(callee.getValue().str());
  });
  EXPECT_EQ(callees.size(), 2u);
}

TEST(Elaborate, WidthsOfNetworksAreStatic) {
  Elaborated program(
      "network M(units: dim)(x: f32[B, 2]) { return x |> dense(units) }\n"
      "network N(x: f32[B, 2]) { return sum(M(3)(x)) + sum(M(4)(x)) + sum(M(3)(x)) }");
  EXPECT_EQ(program.slots("N"),
            (std::vector<std::string>{"M(3).dense_1.W: f32[2, 3]", "M(3).dense_1.b: f32[3]",
                                      "M(4).dense_1.W: f32[2, 4]", "M(4).dense_1.b: f32[4]"}))
      << program.messages();
}

TEST(Elaborate, RandomCallsDiffer) {
  Elaborated program(
      "network N(x: f32[B]) { return normal(f32[2]) - normal(f32[2]) }\n"
      "fn f(x: f32[B]) { return uniform(f32[3]) }\nnetwork M(x: f32[B]) { return f(x) - f(x) }");
  for (const char *name : {"N", "M"}) {
    auto results = program.run(name, {array("f32", {1}, {1})});
    ASSERT_EQ(program.error, "");
    for (double v : numbers(results[0]))
      EXPECT_NE(v, 0);
  }
}

TEST(Elaborate, IndicesAreChecked) {
  Elaborated program("network N(i: i32[B]) { return [1.5, 2.5, 3.5][i] }");
  auto results = program.run("N", {array("i32", {2}, {2, 0})});
  ASSERT_EQ(program.error, "");
  EXPECT_EQ(numbers(results[0]), (Numbers{3.5, 1.5}));
  program.run("N", {array("i32", {1}, {3})});
  EXPECT_NE(program.error.find("index is out of range 0..2"), std::string::npos) << program.error;
}
} // namespace
