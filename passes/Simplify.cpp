//===- Simplify.cpp - algebra, constants, products found in sums -------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "passes/Simplify.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "passes/Passes.h"

using namespace mlir;
using namespace net;

namespace net {
#define GEN_PASS_DEF_SIMPLIFY
#include "passes/Passes.h.inc"
} // namespace net

namespace {
class Simplify : public net::impl::SimplifyBase<Simplify> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    populateAlgebraPatterns(patterns);
    populateShapePatterns(patterns);
    populateProductPatterns(patterns);
    GreedyRewriteConfig config;
    config.setUseTopDownTraversal(true);
    // What patterns made is right, even if they would go on forever.
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns), config)))
      getOperation().emitWarning("net-simplify found no end; the program may be slower for it");
  }
};
} // namespace
