//===- ElaborateParams.cpp - parameters and inner values, as literals -----===//
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
/// The body of a network of x: f32[B], and its value. M has p = [1, 2] and q = [[3, 4]].
struct Case {
  std::string name, body;
  Numbers x, expected;
};

std::ostream &operator<<(std::ostream &os, const Case &c) { return os << c.name; }

class ElaborateParams : public testing::TestWithParam<Case> {};

const char *const text = R"(
network M() -> f32[2] {
  param p: f32[2]
  param q: f32[1, 2]
  return p + q[0]
}
fn half(p: params) { return 0.5 * p }
fn first(both: (params, f32[B])) {
  let (p, x) = both
  return p
}
layer inner()(x: f32[B]) {
  let p = 2 * x
  return p ** 2
}
network L(x: f32[B]) -> f32 {
  let h = x ** 2
  let k = 3 * (h |> inner as "i")
  return sum(k)
}
network R(x: f32[B]) -> f32 {
  let h = scan x_t in x with h = zeros(f32) {
    let u = h * 2 + x_t
    next h = u
  }
  return h
}
)";

TEST_P(ElaborateParams, HaveTheirValue) {
  const Case &c = GetParam();
  Elaborated program(text + ("network N(x: f32[B]) { " + c.body + " }"));
  program.expandGradients = true;
  auto results = program.run("N", {array("f32", {static_cast<int64_t>(c.x.size())}, c.x)},
                             {{"M.p", {1, 2}}, {"M.q", {3, 4}}});
  ASSERT_EQ(program.error, "");
  ASSERT_EQ(program.messages(), "");
  Numbers got;
  for (const Array &result : results)
    for (double number : numbers(result))
      got.push_back(number);
  ASSERT_EQ(got.size(), c.expected.size());
  for (size_t i = 0; i < got.size(); ++i)
    EXPECT_NEAR(got[i], c.expected[i], 1e-6 * (1 + std::abs(c.expected[i]))) << "at " << i;
}

// clang-format off: a case a line
std::vector<Case> parameterSets() {
  return {
      {"flatten names a size", "let v: f32[P] = flatten(params(M))  return v * P", {1}, {4, 8, 12, 16}},
      {"unflatten", "let w = unflatten(2 * flatten(params(M)), params(M))  return (M with w)()", {1}, {8, 12}},
      {"there and back", "let p = params(M)  return flatten(unflatten(flatten(p), p) - p)", {1}, {0, 0, 0, 0}},
      {"two arguments", "return flatten(max(params(M), 2) - clamp(params(M), 2, 3))", {1}, {0, 0, 0, 1}},
      {"where by element", "let p = params(M)  return flatten(where(p > 2, p, 0))", {1}, {0, 0, 3, 4}},
      {"where as a whole", "let p = params(M)  return flatten(where(sum(x) > 0, p, -p))", {1}, {1, 2, 3, 4}},
      {"functions", "return flatten(sqrt(params(M) ** 2) + exp(0 * params(M)))", {1}, {2, 3, 4, 5}},
      {"casts", "return sum(f64(params(M)))", {1}, {10}},
      {"all as one", "let p = params(M)  return stack(sum(p), dot(p, p), norm(p) ** 2, sum(zeros_like(p)), sum(ones_like(p)))",
       {1}, {10, 30, 30, 0, 4}},
      {"an argument", "return flatten(half(params(M)))", {1}, {0.5, 1, 1.5, 2}},
      {"in a tuple", "return flatten(first((params(M), x)))", {1}, {1, 2, 3, 4}},
      {"a carry", "let w = scan i in 0..20 with w = params(M) { next w = 2 * half(half(w)) }  return flatten(w) * 2 ** 20", {1},
       {1, 2, 3, 4}},
      {"a carry of a few turns",
       "let w = scan i in 0..3 with w = params(M) { stop when i == 2  next w = 2 * w }  return flatten(w)",
       {1},
       {4, 8, 12, 16}},
      {"a carry in a tuple", "let s = scan i in 0..20 with s = (params(M), x) { let (p, y) = s  next s = (p + 1, y + sum(p)) }\n"
       "let (p, y) = s  return concat(flatten(p), y)", {0}, {21, 22, 23, 24, 960}},
      {"a gradient", "return flatten(grad (dot(M(), M()) / 2) wrt params(M))", {1}, {4, 6, 4, 6}},
      {"a gradient by a carry", "let w = scan i in 0..20 with w = params(M) { next w = w - 0.5 * grad (dot(w, w) / 2) wrt w }\n"
       "return flatten(w) * 2 ** 20", {1}, {1, 2, 3, 4}},
      {"a gradient through steps", "let w = params(M) - 0.5 * grad (sum(M() ** 2) / 2) wrt params(M)\n"
       "return flatten(grad sum((M with w)()) wrt params(M))", {1}, {0, 0, 0, 0}},
      {"a gradient of flatten", "return flatten(grad dot(flatten(params(M)), flatten(params(M))) wrt params(M))",
       {1}, {2, 4, 6, 8}},
  };
}

std::vector<Case> innerValues() {
  return {
      {"the last let", "let r = L(x)  return grad r wrt r.k", {1, 2}, {1, 1}},
      {"a let", "let r = L(x)  return grad r wrt r.h", {1, 2}, {24, 96}},          // 3 (2 h)^2 = 12 h^2
      {"with others", "let r = L(x)  return grad r wrt (r.h, x)", {1}, {24, 48}},
      {"of a layer inside", "let r = L(x)  return grad r wrt r.i.p", {1}, {12}},   // 3 p^2, p = 2 h
      {"of all depths", "let r = L(x)  return grad (2 * r) wrt (r.i.p, r.h, r.k)", {1}, {24, 48, 2}},
      {"its own use too", "let r = L(x)  return grad (r + sum(r.h)) wrt r.h", {1}, {25}},
      {"second derivatives", "let r = L(x)  return grad sum(grad r wrt r.h) wrt x", {1}, {48}},
      {"one a turn", "let r = R(x)  return grad r wrt r.u", {1, 1, 1}, {4, 2, 1}},
      {"one a turn, and all", "let r = R(x)  return grad r wrt (r.u, x)", {1, 1}, {2, 1, 2, 1}},
  };
}
// clang-format on

std::string nameOf(const testing::TestParamInfo<Case> &info) {
  std::string name = info.param.name;
  for (char &c : name)
    c = std::isalnum(static_cast<unsigned char>(c)) ? c : '_';
  return name;
}
} // namespace

INSTANTIATE_TEST_SUITE_P(Sets, ElaborateParams, testing::ValuesIn(parameterSets()), nameOf);
INSTANTIATE_TEST_SUITE_P(Inner, ElaborateParams, testing::ValuesIn(innerValues()), nameOf);
