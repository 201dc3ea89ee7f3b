//===- NativeModules.cpp - programs that were once compiled wrongly -------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What random programs found (PassesNative.cpp), cut down to the operations that mattered.
//
//===----------------------------------------------------------------------===//
#include "NativeContext.h"
#include "ir/CheckVjp.h"
#include "ir/NetDialect.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Parser/Parser.h"
#include "gtest/gtest.h"

using namespace mlir;
using namespace net;
using namespace net::test;

namespace {
/// `f` of the module, compiled for both kinds of vectors, gives the interpreter's numbers for
/// batches of B rows.
void expectInterpretersNumbers(StringRef text) {
  for (int64_t batch : {1, 2, 7, 40})
    for (Target target : {Target::avx2(), Target::avx512()}) {
      auto module = parseSourceString<ModuleOp>(text, &nativeContext());
      ASSERT_TRUE(module);
      auto function = module->lookupSymbol<func::FuncOp>("f");
      std::vector<Array> arguments;
      std::mt19937_64 random(1);
      for (Type type : function.getArgumentTypes()) {
        std::vector<int64_t> shape;
        for (const SizeExpr &size : shapeOf(type))
          shape.push_back(*size.evaluate({{"B", batch}}));
        fillRandom(arguments.emplace_back(elementOf(type), shape), random);
      }
      auto wanted = interpret(function, arguments, {});
      ASSERT_TRUE(bool(wanted)) << llvm::toString(wanted.takeError());
      target.workOfOneThread = 0;
      auto native = Native::compile(*module, target);
      ASSERT_TRUE(bool(native)) << llvm::toString(native.takeError());
      for (Native::Schedule schedule : schedules) {
        auto given =
            (*native)->run("f", arguments, {{}, /*threads=*/2, /*isolated=*/false, schedule});
        ASSERT_TRUE(bool(given)) << llvm::toString(given.takeError());
        for (auto [a, b] : llvm::zip_equal(*wanted, *given))
          for (size_t i = 0; i < a.size(); ++i)
            EXPECT_NEAR(a.values[i], b.values[i], 1e-13) << "B " << batch << ", element " << i;
      }
    }
}
} // namespace

// The index in the second part is 9 i + 3 j + k - 9 B: what 9 does not divide may be negative.
TEST(NativeModules, BroadcastInALaterPartOfAConcat) {
  expectInterpretersNumbers(R"mlir(
    !x = tensor<?x3xf64, #net.sizes<[B, 3]>>
    !part = tensor<?x3x3xf64, #net.sizes<[B, 3, 3]>>
    !both = tensor<?x3x3xf64, #net.sizes<[2*B, 3, 3]>>
    func.func @f(%x: !x) -> !both {
      %0 = net.broadcast %x to [0, 2] : !x -> !part
      %1 = net.sin %0 : !part
      %2 = net.concat %1, %0 over 0 : (!part, !part) -> !both
      return %2 : !both
    })mlir");
}

// Here 3 B + 3 is no multiple of the 9 behind an axis: the division has to round downwards.
TEST(NativeModules, TransposeInALaterPartOfAConcat) {
  expectInterpretersNumbers(R"mlir(
    !x = tensor<?x3x3xf64, #net.sizes<[B, 3, 3]>>
    !first = tensor<?xf64, #net.sizes<[3*B + 3]>>
    !second = tensor<?xf64, #net.sizes<[9*B]>>
    !both = tensor<?xf64, #net.sizes<[12*B + 3]>>
    func.func @f(%x: !x, %y: !first) -> !both {
      %0 = net.transpose %x by [0, 2, 1] : (!x) -> !x
      %1 = net.reshape %0 : !x -> !second
      %2 = net.concat %y, %1 over 0 : (!first, !second) -> !both
      return %2 : !both
    })mlir");
}

// The sum is longer than the second cache: it goes on block by block, the last of which is shorter.
TEST(NativeModules, LongSumInBlocks) {
  expectInterpretersNumbers(R"mlir(
    !x = tensor<67x?x64xf64, #net.sizes<[67, B, 64]>>
    !y = tensor<67x?x48xf64, #net.sizes<[67, B, 48]>>
    func.func @f(%x: !x, %y: !y, %b: tensor<48xf64>) -> tensor<64x48xf64> {
      %r = net.kernel : tensor<64x48xf64> {
        %small = net.constant dense<1.0e-3> : tensor<f64>
        %c = net.broadcast %small to [] : tensor<f64> -> !x
        %0 = net.mul %x, %c : !x
        %1 = net.einsum "tki,tkj->ij" %0, %y : (!x, !y) -> tensor<64x48xf64>
        %2 = net.broadcast %b to [1] : tensor<48xf64> -> tensor<64x48xf64>
        %3 = net.add %1, %2 : tensor<64x48xf64>
        net.yield %3 : tensor<64x48xf64>
      }
      return %r : tensor<64x48xf64>
    })mlir");
}

// All lanes of a vector are in one part.
TEST(NativeModules, ConcatOfWholeVectors) {
  expectInterpretersNumbers(R"mlir(
    !x = tensor<?x16xf64, #net.sizes<[B, 16]>>
    func.func @f(%x: !x, %y: tensor<5x16xf64>, %z: !x) -> tensor<?x16xf64, #net.sizes<[2*B + 5, 16]>> {
      %0 = net.concat %x, %y, %z over 0 : (!x, tensor<5x16xf64>, !x) -> tensor<?x16xf64, #net.sizes<[2*B + 5, 16]>>
      return %0 : tensor<?x16xf64, #net.sizes<[2*B + 5, 16]>>
    })mlir");
}
