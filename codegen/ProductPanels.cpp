//===- ProductPanels.cpp - the lanes operand of a product, rearranged -----===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "codegen/ProductPack.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace net;

LanesPanels::LanesPanels(const KernelInfo &info, const ProductForm &form, const ProductPlan &plan)
    : form(form), plan(plan), element(registerType(elementOf(form.lanes.value.getType()))) {
  for (auto [i, loop] : llvm::enumerate(form.loops)) {
    bool around = i != form.laneLoop && loop.kind != ProductLoop::Sum && form.lanes.has(i);
    if (!around)
      continue;
    outer.push_back(i);
    cuts.cuts.push_back({i, loop.size, 1});
  }
  for (size_t loop : plan.sums)
    terms = terms * form.loops[loop].size;
  // Rows of 256 bytes: shorter ones of many panels would be fetched by their latency.
  int64_t bytes = plan.panel() * element.getIntOrFloatBitWidth() / 8;
  int64_t count = info.estimate(form.loops[form.laneLoop].size) / plan.panel();
  if (bytes <= 64 && form.neighbours.pixels == 1 && !isTransposed())
    together = std::clamp<int64_t>(256 / bytes, 1, std::max<int64_t>(count, 1));
  cuts.cuts.push_back({form.laneLoop, form.loops[form.laneLoop].size, plan.panel() * together});
  panels = cuts.cuts.back().blocks() * SizeExpr(together);
  if (form.neighbours.pixels > 1) {
    cuts.cuts.clear();
  } else if (!plan.sums.empty() && info.estimate(cuts.chunks()) < 32) {
    const SizeExpr &size = form.loops[plan.sums[0]].size;
    cuts.cuts.push_back({plan.sums[0], size, std::max<int64_t>(info.estimate(size) / 8, 16)});
  }
}

SizeExpr LanesPanels::elements() const {
  SizeExpr count = terms * panels * SizeExpr(plan.panel());
  for (size_t loop : outer)
    count = count * form.loops[loop].size;
  return count;
}

Index LanesPanels::at(ArrayRef<Index> turns, const Index &panel, const Index &within) const {
  SizeExpr stride(plan.panel());
  Index index = within;
  for (size_t loop : llvm::reverse(plan.sums)) {
    index = index + turns[loop] * stride;
    stride = stride * form.loops[loop].size;
  }
  // A panel of n lanes has n * terms elements.
  index = index + panel * terms;
  stride = stride * panels;
  for (size_t loop : llvm::reverse(outer)) {
    index = index + turns[loop] * stride;
    stride = stride * form.loops[loop].size;
  }
  return index;
}

/// Every pixel's own taps, between zeros.
void LanesPanels::fillNeighbours(Pull &pull, Value pointer) const {
  const ProductForm::Neighbours &near = form.neighbours;
  OpBuilder &b = pull.builder;
  int64_t bytes = element.getIntOrFloatBitWidth() / 8;
  Value zero = arith::ConstantOp::create(b, pull.loc, b.getI8IntegerAttr(0));
  LLVM::MemsetOp::create(b, pull.loc, pointer, zero, pull.size(elements() * SizeExpr(bytes)),
                         /*isVolatile=*/false);
  Element mask = pull.firstLanes(pull.size(SizeExpr(near.outputs)));
  auto outer = pull.setMask(pull.maskAnd(mask));
  SmallVector<Index> turns(form.loops.size(), Index());
  std::function<void(size_t)> nest = [&](size_t level) {
    if (level < plan.sums.size()) {
      size_t loop = plan.sums[level];
      pull.loop(loop == near.taps ? near.ownTaps : form.loops[loop].size, [&](Index i) {
        turns[loop] = i;
        nest(level + 1);
        turns[loop] = Index();
      });
      return;
    }
    SmallVector<Index> own = turns;
    own[form.laneLoop] = pull.lanesFrom(Index(), SizeExpr(near.outputs));
    Value value = pull.vector(form.lanes.value, form.lanes.place(own));
    for (int64_t pixel = 0; pixel < near.pixels; ++pixel) {
      own[near.taps] = turns[near.taps] + Index(pixel * near.shift);
      storePacked(pull, pointer, value, at(own, Index(), Index(pixel * near.outputs)), mask.v);
    }
  };
  nest(0);
  pull.setMask(outer);
}

bool LanesPanels::isTransposed() const {
  if (plan.sums.empty() || form.lanes.isGuarded())
    return false;
  auto steps = form.lanes.steps();
  return steps[plan.sums.back()] == SizeExpr(1) && steps[form.laneLoop] != SizeExpr(1);
}

/// The rows of a square, each a vector, as its columns: every round of interleaving the first half
/// with the second turns the index of an element by one bit.
static SmallVector<Value> transposed(Pull &pull, SmallVector<Value> rows) {
  int64_t width = rows.size(), half = width / 2;
  SmallVector<int64_t> low, high;
  for (int64_t i = 0; i < half; ++i) {
    low.append({i, width + i});
    high.append({half + i, width + half + i});
  }
  for (int64_t round = 1; round < width; round *= 2) {
    SmallVector<Value> next;
    for (int64_t i = 0; i < half; ++i)
      for (const auto &lanes : {low, high})
        next.push_back(vector::ShuffleOp::create(pull.builder, pull.loc, rows[i], rows[i + half],
                                                 ArrayRef<int64_t>(lanes)));
    rows = std::move(next);
  }
  return rows;
}

/// A panel, or some turns of the sum in it, being written.
struct LanesPanels::Filling {
  const LanesPanels &panels;
  Pull &pull;
  Value pointer;
  SmallVector<ProductRange> ranges;
  SmallVector<Index> turns;
  Value lanes; ///< how many there are; null: all

  const ProductPlan &plan() const { return panels.plan; }
  size_t laneLoop() const { return panels.form.laneLoop; }
  const SizeExpr &size(size_t loop) const { return panels.form.loops[loop].size; }
  Value vector(ArrayRef<Index> at) const {
    return pull.vector(panels.form.lanes.value, panels.form.lanes.place(at));
  }
  /// `panel`: lanes before it, from the chunk's first.
  void store(Value value, const Index &panel, const Index &within) const {
    Index whole = ranges[laneLoop()].base + panel;
    storePacked(pull, pointer, value, panels.at(turns, whole, within));
  }

  /// All loops of the sum from a level on; squares: where the array's neighbours are turns of the
  /// last of them.
  void nest(size_t level, bool squares) {
    if (level == plan().sums.size())
      return row();
    size_t loop = plan().sums[level];
    const ProductRange &range = ranges[loop];
    Value count = range.count ? range.count : pull.size(range.most), begin = pull.size(0);
    auto turn = [&](const Index &i, auto body) {
      turns[loop] = range.base + i;
      body();
      turns[loop] = range.base;
    };
    if (squares && level + 1 == plan().sums.size()) {
      OpBuilder &b = pull.builder;
      Value rest = arith::RemUIOp::create(b, pull.loc, count, pull.size(plan().width));
      Value full = arith::SubIOp::create(b, pull.loc, count, rest);
      pull.loop(begin, full, plan().width, range.most,
                [&](Index i) { turn(i, [&] { square(loop); }); });
      begin = full;
    }
    pull.loop(begin, count, 1, range.most,
              [&](Index i) { turn(i, [&] { nest(level + 1, squares); }); });
  }

  void row() {
    pull.loop(SizeExpr(panels.together), [&](Index i) {
      Index panel = i * SizeExpr(plan().panel());
      for (int64_t v = 0; v < plan().vectors; ++v) {
        Index within(v * plan().width);
        Pull::Mask outer = pull.getMask();
        if (lanes)
          pull.setMask(pull.maskAnd(pull.firstLanes(lanesBehind(panel + within))));
        SmallVector<Index> own = turns;
        own[laneLoop()] =
            pull.lanesFrom(ranges[laneLoop()].base + panel + within, size(laneLoop()));
        Value value = vector(own);
        pull.setMask(outer);
        store(value, panel, within);
      }
    });
  }

  Value lanesBehind(const Index &some) const {
    return arith::SubIOp::create(pull.builder, pull.loc, lanes, pull.materialize(some).v);
  }

  /// As many turns of the loop as a vector has lanes, of all lanes of the panel.
  void square(size_t loop) {
    Index first = turns[loop], along = pull.lanesFrom(first, size(loop));
    pull.loop(SizeExpr(plan().vectors), [&](Index v) {
      Index within = v * SizeExpr(plan().width);
      SmallVector<Value> rows;
      SmallVector<Index> own = turns;
      own[loop] = along;
      for (int64_t lane = 0; lane < plan().width; ++lane) {
        own[laneLoop()] = ranges[laneLoop()].base + within + Index(lane);
        rows.push_back(vector(own));
      }
      for (const auto &[i, value] : llvm::enumerate(transposed(pull, rows))) {
        turns[loop] = first + Index(static_cast<int64_t>(i));
        store(value, Index(), within);
      }
      turns[loop] = first;
    });
  }
};

void LanesPanels::fill(Pull &pull, Value pointer, const Index &chunk) const {
  if (form.neighbours.pixels > 1)
    return fillNeighbours(pull, pointer);
  OpBuilder &b = pull.builder;
  Filling filling{*this, pull, pointer, cuts.ranges(pull, chunk, form.loops), {}, {}};
  for (const ProductRange &range : filling.ranges)
    filling.turns.push_back(range.base);
  Value lanes = filling.ranges[form.laneLoop].count;
  auto inPart = [&] {
    filling.lanes = lanes;
    filling.nest(0, /*squares=*/false);
  };
  if (!lanes)
    return filling.nest(0, isTransposed());
  if (!isTransposed() && together == 1)
    return inPart();
  // Lanes beyond the last cannot be read as rows.
  auto is = [&](arith::CmpIPredicate predicate) {
    return arith::CmpIOp::create(b, pull.loc, predicate, lanes, pull.size(plan.panel() * together));
  };
  pull.when(is(arith::CmpIPredicate::eq), [&] { filling.nest(0, isTransposed()); });
  pull.when(is(arith::CmpIPredicate::ne), inPart);
}
