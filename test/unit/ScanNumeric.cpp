//===- ScanNumeric.cpp - scans and calls against dual numbers -------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Each case is a loss made by scans or calls. Its gradient, and the gradient of the gradient's
// squares, are run by definition (dual numbers through the turns) and as what `net-grad`
// makes of them, then as what the phases behind make of that.
//
//===----------------------------------------------------------------------===//
#include "OpsCases.h"
#include "codegen/Target.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "passes/Passes.h"
#include "tools/VerifyNumeric.h"
#include "gtest/gtest.h"

using namespace mlir;
using namespace net;
using namespace net::test;

namespace {
struct ScanCase {
  const char *name;
  std::vector<std::string> types; ///< of the loss's arguments, all real
  const char *body;               ///< of `loss(%0, %1, ..)`, with its return
  const char *functions = "";     ///< that it calls
};
const char sized[] =
    "!T = tensor<?x2x3xf64, #net.sizes<[T, 2, 3]>>\n!H = tensor<?x2x4xf64, #net.sizes<[T, 2, 4]>>\n"
    "!O = tensor<?x2x5xf64, #net.sizes<[T, 2, 5]>>\n!M = tensor<2x4xf64>\n!S = tensor<f64>\n"
    "!N = tensor<?xf64, #net.sizes<[T]>>\n!I = tensor<?xi64, #net.sizes<[T]>>\n";

const ScanCase cases[] = {
    {"recurrent",
     {"!T", "tensor<3x4xf64>", "tensor<4x4xf64>", "tensor<2x4xf64>"},
     R"(
  %hs, %h = net.scan %0 with %3 : (!T, tensor<2x4xf64>) -> (!H, tensor<2x4xf64>) {
  ^bb0(%x: tensor<2x3xf64>, %before: tensor<2x4xf64>):
    %a = net.einsum "bi,ij->bj" %x, %1 : (tensor<2x3xf64>, tensor<3x4xf64>) -> tensor<2x4xf64>
    %b = net.einsum "bi,ij->bj" %before, %2 : (tensor<2x4xf64>, tensor<4x4xf64>) -> tensor<2x4xf64>
    %z = net.add %a, %b : tensor<2x4xf64>
    %y = net.tanh %z : tensor<2x4xf64>
    net.yield %y, %y : tensor<2x4xf64>, tensor<2x4xf64>
  }
  %squares = net.mul %hs, %hs : !H
  %s = net.sum %squares over [0, 1, 2] : (!H) -> tensor<f64>
  %e = net.sum %h over [0, 1] : (tensor<2x4xf64>) -> tensor<f64>
  %l = net.add %s, %e : tensor<f64>
  return %l : tensor<f64>)"},
    // A carry that reaches the loss through another one only, and none of the last carries does.
    {"carry_of_a_carry",
     {"!N", "tensor<f64>"},
     R"(
  %ys, %a, %b = net.scan %0 with %1, %1 reverse : (!N, tensor<f64>, tensor<f64>) -> (!N, tensor<f64>, tensor<f64>) {
  ^bb0(%x: tensor<f64>, %p: tensor<f64>, %q: tensor<f64>):
    %n = net.mul %q, %x : tensor<f64>
    %m = net.sin %x : tensor<f64>
    net.yield %p, %n, %m : tensor<f64>, tensor<f64>, tensor<f64>
  }
  %squares = net.mul %ys, %ys : !N
  %l = net.sum %squares over [0] : (!N) -> tensor<f64>
  return %l : tensor<f64>)"},
    {"map",
     {"!T", "tensor<3xf64>"},
     R"(
  %ys = net.scan %0 : (!T) -> !N {
  ^bb0(%x: tensor<2x3xf64>):
    %w = net.broadcast %1 to [1] : tensor<3xf64> -> tensor<2x3xf64>
    %p = net.mul %x, %w : tensor<2x3xf64>
    %s = net.sum %p over [0, 1] : (tensor<2x3xf64>) -> tensor<f64>
    net.yield %s : tensor<f64>
  }
  %squares = net.mul %ys, %ys : !N
  %l = net.sum %squares over [0] : (!N) -> tensor<f64>
  return %l : tensor<f64>)"},
    // The inner scan's carry begins as the outer's; both read a value from above.
    {"nested",
     {"!T", "tensor<3xf64>", "tensor<f64>"},
     R"(
  %c = net.scan %0 with %1 : (!T, tensor<3xf64>) -> tensor<3xf64> {
  ^bb0(%x: tensor<2x3xf64>, %before: tensor<3xf64>):
    %w = net.broadcast %2 to [] : tensor<f64> -> tensor<3xf64>
    %d = net.scan %x with %before : (tensor<2x3xf64>, tensor<3xf64>) -> tensor<3xf64> {
    ^bb0(%y: tensor<3xf64>, %inner: tensor<3xf64>):
      %p = net.mul %inner, %w : tensor<3xf64>
      %q = net.add %p, %y : tensor<3xf64>
      %r = net.sin %q : tensor<3xf64>
      net.yield %r : tensor<3xf64>
    }
    %e = net.mul %d, %before : tensor<3xf64>
    net.yield %e : tensor<3xf64>
  }
  %squares = net.mul %c, %c : tensor<3xf64>
  %l = net.sum %squares over [0] : (tensor<3xf64>) -> tensor<f64>
  return %l : tensor<f64>)"},
    // Whole numbers are carried and kept beside; the loss reads a kept carry from before a turn.
    {"counted",
     {"!N", "tensor<f64>"},
     R"(
  %zero = net.constant dense<0> : tensor<i64>
  %ks, %ys, %k, %a = net.scan %0 with %zero, %1 : (!N, tensor<i64>, tensor<f64>) -> (!I, !N, tensor<i64>, tensor<f64>) {
  ^bb0(%x: tensor<f64>, %count: tensor<i64>, %before: tensor<f64>):
    %one = net.constant dense<1> : tensor<i64>
    %next = net.add %count, %one : tensor<i64>
    %number = net.cast %next : tensor<i64> -> tensor<f64>
    %p = net.mul %x, %number : tensor<f64>
    %q = net.mul %p, %before : tensor<f64>
    %r = net.tanh %q : tensor<f64>
    net.yield %count, %before, %next, %r : tensor<i64>, tensor<f64>, tensor<i64>, tensor<f64>
  }
  %numbers = net.cast %ks : !I -> !N
  %weighted = net.mul %numbers, %ys : !N
  %s = net.sum %weighted over [0] : (!N) -> tensor<f64>
  %l = net.add %s, %a : tensor<f64>
  return %l : tensor<f64>)"},
    // Both results of one call, one of another; a shared argument, and one given twice.
    {"called_twice",
     {"tensor<2x3xf64>", "tensor<3xf64>"},
     R"(
  %a, %s = net.call @f(%0, %1) : (tensor<2x3xf64>, tensor<3xf64>) -> (tensor<2x3xf64>, tensor<f64>)
  %b, %t = net.call @f(%a, %1) : (tensor<2x3xf64>, tensor<3xf64>) -> (tensor<2x3xf64>, tensor<f64>)
  %w, %u = net.call @g(%1, %1) : (tensor<3xf64>, tensor<3xf64>) -> (tensor<3xf64>, tensor<f64>)
  %q = net.mul %b, %b : tensor<2x3xf64>
  %r = net.sum %q over [0, 1] : (tensor<2x3xf64>) -> tensor<f64>
  %v = net.mul %s, %u : tensor<f64>
  %l = net.add %r, %v : tensor<f64>
  return %l : tensor<f64>)",
     R"(
func.func private @g(%x: tensor<3xf64>, %y: tensor<3xf64>) -> (tensor<3xf64>, tensor<f64>) {
  %e = net.exp %x : tensor<3xf64>
  %p = net.mul %e, %y : tensor<3xf64>
  %s = net.sum %p over [0] : (tensor<3xf64>) -> tensor<f64>
  return %e, %s : tensor<3xf64>, tensor<f64>
}
func.func private @f(%x: tensor<2x3xf64>, %w: tensor<3xf64>) -> (tensor<2x3xf64>, tensor<f64>) {
  %e, %s = net.call @g(%w, %w) : (tensor<3xf64>, tensor<3xf64>) -> (tensor<3xf64>, tensor<f64>)
  %c = net.broadcast %e to [1] : tensor<3xf64> -> tensor<2x3xf64>
  %p = net.mul %x, %c : tensor<2x3xf64>
  %y = net.tanh %p : tensor<2x3xf64>
  return %y, %s : tensor<2x3xf64>, tensor<f64>
}
)"},
    // A turn that calls is differentiated again when a further carry gets a cotangent.
    {"called_in_turns",
     {"!N", "tensor<f64>", "tensor<f64>"},
     R"(
  %ys, %a, %b = net.scan %0 with %1, %1 : (!N, tensor<f64>, tensor<f64>) -> (!N, tensor<f64>, tensor<f64>) {
  ^bb0(%x: tensor<f64>, %p: tensor<f64>, %q: tensor<f64>):
    %n, %m = net.call @cell(%x, %q, %2) : (tensor<f64>, tensor<f64>, tensor<f64>) -> (tensor<f64>, tensor<f64>)
    net.yield %p, %n, %m : tensor<f64>, tensor<f64>, tensor<f64>
  }
  %squares = net.mul %ys, %ys : !N
  %l = net.sum %squares over [0] : (!N) -> tensor<f64>
  return %l : tensor<f64>)",
     R"(
func.func private @cell(%x: tensor<f64>, %h: tensor<f64>, %w: tensor<f64>) -> (tensor<f64>, tensor<f64>) {
  %s = net.sin %x : tensor<f64>
  %p = net.mul %h, %w : tensor<f64>
  %z = net.add %p, %s : tensor<f64>
  %y = net.tanh %z : tensor<f64>
  %c = net.mul %y, %w : tensor<f64>
  return %y, %c : tensor<f64>, tensor<f64>
}
)"},
    // What leaves a function has left its elementwise chain: 0 where the branch was not taken.
    {"masked_in_a_function",
     {"tensor<3xf64>"},
     R"(
  %y = net.call @f(%0) : (tensor<3xf64>) -> tensor<3xf64>
  %q = net.mul %y, %0 : tensor<3xf64>
  %l = net.sum %q over [0] : (tensor<3xf64>) -> tensor<f64>
  return %l : tensor<f64>)",
     R"(
func.func private @f(%x: tensor<3xf64>) -> tensor<3xf64> {
  %zero = net.constant dense<0.0> : tensor<3xf64>
  %c = net.gt %x, %zero : tensor<3xf64>
  %r = net.mul %x, %zero : tensor<3xf64>
  %o = net.where %c, %x, %r : tensor<3xi1>, tensor<3xf64>
  %g = net.sqrt %o : tensor<3xf64>
  %y = net.where %c, %g, %zero : tensor<3xi1>, tensor<3xf64>
  return %y : tensor<3xf64>
}
)"},
    // Gates that read the carry and the element as one, with biases; what is kept is a product.
    {"gated",
     {"!T", "tensor<7x4xf64>", "tensor<7x4xf64>", "tensor<4xf64>", "tensor<4x5xf64>",
      "tensor<2x4xf64>"},
     R"(
  %ys, %h = net.scan %0 with %5 : (!T, tensor<2x4xf64>) -> (!O, tensor<2x4xf64>) {
  ^bb0(%x: tensor<2x3xf64>, %before: tensor<2x4xf64>):
    %z = net.concat %before, %x over 1 : (tensor<2x4xf64>, tensor<2x3xf64>) -> tensor<2x7xf64>
    %p = net.einsum "bi,ij->bj" %z, %1 : (tensor<2x7xf64>, tensor<7x4xf64>) -> tensor<2x4xf64>
    %q = net.einsum "bi,ij->bj" %z, %2 : (tensor<2x7xf64>, tensor<7x4xf64>) -> tensor<2x4xf64>
    %b = net.broadcast %3 to [1] : tensor<4xf64> -> tensor<2x4xf64>
    %s = net.add %p, %b : tensor<2x4xf64>
    %g = net.tanh %s : tensor<2x4xf64>
    %f = net.sigmoid %q : tensor<2x4xf64>
    %k = net.mul %f, %before : tensor<2x4xf64>
    %n = net.add %k, %g : tensor<2x4xf64>
    %y = net.einsum "bi,ij->bj" %n, %4 : (tensor<2x4xf64>, tensor<4x5xf64>) -> tensor<2x5xf64>
    net.yield %y, %n : tensor<2x5xf64>, tensor<2x4xf64>
  }
  %squares = net.mul %ys, %ys : !O
  %s = net.sum %squares over [0, 1, 2] : (!O) -> tensor<f64>
  %e = net.sum %h over [0, 1] : (tensor<2x4xf64>) -> tensor<f64>
  %l = net.add %s, %e : tensor<f64>
  return %l : tensor<f64>)"},
    // Carries that are equal, that never change, and that nobody reads; a kept element; a product
    // of an element that elementwise operations come before.
    {"redundant",
     {"!T", "tensor<3x4xf64>", "tensor<2x4xf64>"},
     R"(
  %xs, %us, %hs, %a, %b, %c, %d = net.scan %0, %0 with %2, %2, %2, %2 reverse
      : (!T, !T, !M, !M, !M, !M) -> (!T, !H, !H, !M, !M, !M, !M) {
  ^bb0(%x: tensor<2x3xf64>, %same: tensor<2x3xf64>, %p: !M, %q: !M, %r: !M, %s: !M):
    %w = net.sin %x : tensor<2x3xf64>
    %v = net.mul %w, %same : tensor<2x3xf64>
    %u = net.einsum "bi,ij->bj" %v, %1 : (tensor<2x3xf64>, tensor<3x4xf64>) -> tensor<2x4xf64>
    %m = net.mul %p, %q : tensor<2x4xf64>
    %n = net.add %m, %u : tensor<2x4xf64>
    %y = net.tanh %n : tensor<2x4xf64>
    %i = net.cos %r : tensor<2x4xf64>
    %o = net.mul %i, %y : tensor<2x4xf64>
    %t = net.add %s, %y : tensor<2x4xf64>
    net.yield %x, %u, %o, %y, %y, %r, %t : tensor<2x3xf64>, !M, !M, !M, !M, !M, !M
  }
  %squares = net.mul %hs, %us : !H
  %s1 = net.sum %squares over [0, 1, 2] : (!H) -> tensor<f64>
  %cubes = net.powi %xs, 3 : !T
  %s2 = net.sum %cubes over [0, 1, 2] : (!T) -> tensor<f64>
  %ac = net.mul %a, %c : tensor<2x4xf64>
  %s3 = net.sum %ac over [0, 1] : (tensor<2x4xf64>) -> tensor<f64>
  %l1 = net.add %s1, %s2 : tensor<f64>
  %l = net.add %l1, %s3 : tensor<f64>
  return %l : tensor<f64>)"},
    // As `stop when` does it: the scan ends in its third turn, and later ones repeat the second's.
    {"stopping",
     {"!N", "tensor<f64>"},
     R"(
  %no = net.constant dense<false> : tensor<i1>
  %zero = net.constant dense<0.0> : tensor<f64>
  %most = net.constant dense<1.5> : tensor<f64>
  %one = net.constant dense<1.0> : tensor<f64>
  %ys, %h, %k, %e, %y = net.scan %0 with %1, %zero, %no, %zero : (!N, !S, !S, tensor<i1>, !S) -> (!N, !S, !S, tensor<i1>, !S) {
  ^bb0(%x: tensor<f64>, %before: tensor<f64>, %count: tensor<f64>, %done: tensor<i1>, %last: tensor<f64>):
    %p = net.mul %x, %before : tensor<f64>
    %q = net.sin %p : tensor<f64>
    %n = net.where %done, %before, %q : tensor<i1>, tensor<f64>
    %m = net.add %count, %one : tensor<f64>
    %c = net.where %done, %count, %m : tensor<i1>, tensor<f64>
    %over = net.gt %count, %most : tensor<f64>
    %now = net.or %done, %over : tensor<i1>
    %r = net.mul %n, %x : tensor<f64>
    %kept = net.where %now, %last, %r : tensor<i1>, tensor<f64>
    net.yield %kept, %n, %c, %now, %kept : tensor<f64>, tensor<f64>, tensor<f64>, tensor<i1>, tensor<f64>
  }
  %squares = net.mul %ys, %ys : !N
  %s = net.sum %squares over [0] : (!N) -> tensor<f64>
  %t = net.add %s, %h : tensor<f64>
  %l = net.add %t, %k : tensor<f64>
  return %l : tensor<f64>)"},
};

/// The loss as it is, its gradient, and the gradient of the squares of that; each calls the one
/// before.
std::string programOf(const ScanCase &c) {
  std::string names, typed, types, blocks, squares, sum;
  for (auto [i, type] : llvm::enumerate(c.types)) {
    std::string n = std::to_string(i), comma = i ? ", " : "";
    names += comma + "%" + n;
    typed += comma + "%" + n + ": " + type;
    blocks += comma + "%b" + n + ": " + type;
    types += comma + type;
  }
  auto gradient = [&](const std::string &region) {
    std::string results, inner;
    for (size_t i = 0; i < c.types.size(); ++i)
      results += "%d" + std::to_string(i) + ", ";
    return "  " + results + "%l = net.grad " + names + " : (" + types + ") -> (" + types +
           ", tensor<f64>) {\n  ^bb0(" + blocks + "):\n" + region + "  }\n  return " +
           StringRef(results).drop_back(2).str() + " : " + types + "\n}\n";
  };
  std::string inside;
  for (size_t i = 0; i < c.types.size(); ++i)
    inside += (i ? ", %b" : "%b") + std::to_string(i);
  std::string first = "    %v = net.call @loss(" + inside + ") : (" + types +
                      ") -> tensor<f64>\n    net.yield %v : tensor<f64>\n";
  std::string count = std::to_string(c.types.size());
  std::string second = "    %g:" + count + " = net.call @first(" + inside + ") : (" + types +
                       ") -> (" + types + ")\n";
  std::string total;
  for (auto [i, type] : llvm::enumerate(c.types)) {
    std::string n = std::to_string(i);
    // An axis for each `x`, and one that is not written out where sizes have names.
    int64_t rank = type == "!T" ? 3 : type == "!N" ? 1 : llvm::count(type, 'x');
    std::string axes;
    for (int64_t axis = 0; axis < rank; ++axis)
      axes += (axis ? ", " : "") + std::to_string(axis);
    second += "    %q" + n + " = net.mul %g#" + n + ", %g#" + n + " : " + type + "\n    %s" + n +
              " = net.sum %q" + n + " over [" + axes + "] : (" + type + ") -> tensor<f64>\n";
    if (i)
      second += "    %t" + n + " = net.add " + total + ", %s" + n + " : tensor<f64>\n";
    total = (i ? "%t" : "%s") + n;
  }
  second += "    net.yield " + total + " : tensor<f64>\n";
  std::string value = "  %v = net.call @loss(" + names + ") : (" + types +
                      ") -> tensor<f64>\n  return %v : tensor<f64>\n";
  return std::string(sized) + c.functions + "func.func private @loss(" + typed +
         ") -> tensor<f64> {" + c.body + "\n}\nfunc.func @value(" + typed + ") -> tensor<f64> {\n" +
         value + "}\nfunc.func @first(" + typed + ") -> (" + types + ") {\n" + gradient(first) +
         "func.func @second(" + typed + ") -> (" + types + ") {\n" + gradient(second);
}

std::string check(const ScanCase &c, int64_t turns) {
  std::string text = programOf(c);
  auto module = parseSourceString<ModuleOp>(text, &testContext());
  if (!module)
    return "does not parse:\n" + text;
  VerifyNumericOptions options;
  options.bound = 1e-11;
  options.sizes = {{"T", turns}};
  auto second = module->lookupSymbol<func::FuncOp>("second");
  second->remove();
  for (StringRef name : {"first", "second"}) {
    if (name == "second")
      module->push_back(second);
    OwningOpRef<ModuleOp> before = module->clone(), after;
    for (const char *last : {"grad", "simplify"}) {
      after = module->clone();
      PassManager pm(&testContext());
      for (const char *phase : {"grad", "simplify"}) {
        buildPhase(pm, phase);
        if (phase == StringRef(last))
          break;
      }
      if (failed(pm.run(*after)))
        return (name + ": " + last + " fails").str();
      auto difference = findDifference(*before, *after, options);
      if (!difference)
        return (name + ", " + last + ": ").str() + llvm::toString(difference.takeError());
      if (*difference) {
        std::string made;
        llvm::raw_string_ostream(made) << *after;
        return (name + ", " + last + ": ").str() + **difference + "\n" + made;
      }
    }
    for (unsigned level : {0, 2}) {
      auto difference = findDifferenceInCode(*after, Target::avx2(), level, options);
      if (!difference)
        return (name + ", code: ").str() + llvm::toString(difference.takeError());
      if (*difference)
        return (name + ", code: ").str() + **difference;
    }
    // What comes next calls the gradient as operations, which has dual numbers.
    module = std::move(after);
  }
  return "";
}

class Scan : public testing::TestWithParam<size_t> {};
} // namespace

TEST_P(Scan, HasTheDerivativesThatDualNumbersSay) {
  for (int64_t turns : {5, 1, 0})
    EXPECT_EQ(check(cases[GetParam()], turns), "") << turns << " turns";
}
INSTANTIATE_TEST_SUITE_P(Cases, Scan, testing::Range<size_t>(0, std::size(cases)),
                         [](const auto &info) { return std::string(cases[info.param].name); });
