//===- ProductRuns.cpp - turns of a product's loops -----------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "codegen/ProductRuns.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"

using namespace mlir;
using namespace net;

void net::forRuns(Pull &pull, const ProductRange &range, const SizeExpr &size, int64_t length,
                  int64_t unit, ProductRun body) {
  OpBuilder &b = pull.builder;
  auto known = range.most.constant(), all = size.constant();
  SizeExpr below = range.most - SizeExpr(length - 1);
  if (known && !range.count) {
    int64_t full = *known / length * length;
    if (full == length)
      body(Index(), Index(), length, {});
    else if (full > 0)
      pull.loop(pull.size(0), pull.size(SizeExpr(full)), length, below,
                [&](Index i) { body(i, Index(), length, {}); });
    if (full < *known)
      body(Index(full), Index(), *known - full, {});
    return;
  }
  Value count = range.count ? range.count : pull.size(range.most);
  Value rest = arith::RemUIOp::create(b, pull.loc, count, pull.size(SizeExpr(length)));
  Value full = arith::SubIOp::create(b, pull.loc, count, rest);
  pull.loop(pull.size(0), full, length, below, [&](Index i) { body(i, Index(), length, {}); });
  if (all && *all % length == 0)
    return;
  Index whole = pull.variable(full, range.most);
  if (all) {
    Value some = arith::CmpIOp::create(b, pull.loc, arith::CmpIPredicate::ne, rest, pull.size(0));
    return pull.when(some, [&] { body(whole, Index(), *all % length, {}); });
  }
  pull.loop(pull.size(0), rest, unit, SizeExpr(length), [&](Index i) {
    Value left;
    if (unit > 1)
      left = arith::SubIOp::create(b, pull.loc, rest, pull.materialize(i).v);
    body(whole, i, unit, left);
  });
}

/// Lines of a tile along an axis; many where another loop of the sum goes through it.
static int64_t linesOf(const ProductForm &form, const ProductPlan &plan, const ProductAxis &axis,
                       size_t tap) {
  int64_t lines = 1;
  for (size_t i = 0; i < form.loops.size(); ++i)
    if (i != tap && axis.steps[i] != SizeExpr(0))
      lines *= form.loops[i].kind == ProductLoop::Sum ? INT16_MAX : plan.tile[i];
  return lines;
}

std::pair<Value, Value> net::tapsInside(Pull &pull, const ProductForm &form,
                                        const ProductPlan &plan, ArrayRef<ProductRange> ranges,
                                        size_t loop, const ProductCorners &tile) {
  OpBuilder &b = pull.builder;
  const ProductRange &range = ranges[loop];
  Value zero = pull.size(0), count = range.count ? range.count : pull.size(range.most);
  if (range.count || plan.grid.find(loop))
    return {zero, count};
  for (const ProductAxis &axis : form.rows.axes) {
    if (!axis.guarded || axis.steps[loop] != SizeExpr(1) || linesOf(form, plan, axis, loop) > 2)
      continue;
    // Positions of the tile's first and last line at tap 0.
    Index first, last;
    for (size_t i = 0; i < form.loops.size(); ++i) {
      if (i == loop || axis.steps[i] == SizeExpr(0))
        continue;
      first = first + tile.first[i] * axis.steps[i];
      last = last + tile.last[i] * axis.steps[i];
    }
    SizeExpr behind = (axis.extent - SizeExpr(1)) * SizeExpr(axis.spread) + SizeExpr(1) + axis.low;
    Value before = pull.materialize(Index(axis.low) - last).v;
    Value until = pull.materialize(Index(behind) - first).v;
    return {arith::MaxSIOp::create(b, pull.loc, zero, before),
            arith::MinSIOp::create(b, pull.loc, count, until)};
  }
  return {zero, count};
}

SmallVector<Value> net::loopTogether(Pull &pull, Value low, Value high, const SizeExpr &most,
                                     int64_t together, ValueRange init, Pull::Carried turn,
                                     llvm::function_ref<void(const Index &)> first) {
  if (together == 1)
    return pull.loop(low, high, 1, most, init, turn);
  OpBuilder &b = pull.builder;
  Value count = arith::SubIOp::create(b, pull.loc, high, low);
  Value rest = arith::RemSIOp::create(b, pull.loc, count, pull.size(SizeExpr(together)));
  Value full = arith::SubIOp::create(b, pull.loc, high, rest);
  SmallVector<Value> totals = pull.loop(low, full, together, most - SizeExpr(together - 1), init,
                                        [&](const Index &i, ValueRange inner) {
                                          first(i);
                                          SmallVector<Value> next(inner);
                                          for (int64_t t = 0; t < together; ++t)
                                            next = turn(i + Index(t), next);
                                          return next;
                                        });
  auto end = getConstantIntValue(high), begin = getConstantIntValue(low);
  if (end && begin && (*end - *begin) % together == 0)
    return totals;
  return pull.loop(full, high, 1, most, totals, turn);
}
