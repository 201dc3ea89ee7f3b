//===- Product.cpp - register-blocked products ----------------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Phases: the lanes operand into panels, if it has to be; the tiles, each a nest of loops
// over the sum that carries the tile in vectors of its own; the sums of parts, if the sum is
// cut. What follows the product is computed on a finished tile, in registers.
//
//===----------------------------------------------------------------------===//
#include "codegen/Product.h"
#include "codegen/ProductFinish.h"
#include "codegen/ProductPack.h"
#include "codegen/ProductParts.h"
#include "codegen/ProductRuns.h"
#include "codegen/ProductSums.h"
#include "ir/LaneMath.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace net;

namespace {
class ProductEmitter : public KernelEmitter {
public:
  ProductEmitter(const KernelInfo &info, ProductForm &&given)
      : form(std::move(given)), scheme(ProductPlan::make(info, form)), copy(form, scheme),
        panels(info, form, scheme), root(info.roots[0]->getResult(0)),
        element(elementOf(root.getType())), sums(form, scheme, element), finish(info, root) {}

  KernelPlan plan() override {
    SizeExpr work = product(shapeOf(root.getType()));
    for (size_t loop : scheme.sums)
      work = work * form.loops[loop].size;
    KernelPlan plan;
    if (scheme.packLanes)
      plan.phases.push_back({panels.grid().chunks(), inVectors(panels.elements() * SizeExpr(4))});
    plan.phases.push_back({scheme.grid.chunks(), inVectors(work * SizeExpr(2))});
    if (hasParts())
      plan.phases.push_back({partial().chunks(), inVectors(outputs() * parts())});
    plan.scratchBytes = layout().total;
    plan.ownBytes = sumsOffset() + aligned(sums.bytes());
    return plan;
  }

  void emit(KernelContext &context, unsigned phase) override {
    context.pull.setWidth(scheme.width);
    if (scheme.packLanes && phase-- == 0)
      return emitPanels(context);
    phase == 0 ? emitTiles(context) : partial().add(context);
  }

private:
  //===-- scratch ----------------------------------------------------------------------------===//

  struct Layout {
    SizeExpr partials, total; ///< byte offsets; panels come first
  };
  static SizeExpr aligned(const SizeExpr &bytes) {
    return (bytes + SizeExpr(63)).floorDiv(SizeExpr(64)) * SizeExpr(64);
  }
  SizeExpr bytes(const SizeExpr &elements) const {
    return elements * SizeExpr(registerType(element).getIntOrFloatBitWidth() / 8);
  }
  Layout layout() const {
    Layout layout;
    layout.partials = scheme.packLanes ? aligned(bytes(panels.elements())) : SizeExpr(0);
    layout.total = layout.partials + (hasParts() ? bytes(outputs() * parts()) : SizeExpr(0));
    return layout;
  }
  /// In the thread's own memory, behind the copied rows.
  SizeExpr sumsOffset() const {
    return scheme.copyRows ? aligned(bytes(copy.elements())) : SizeExpr(0);
  }
  bool hasParts() const { return scheme.partLoop >= 0; }
  SizeExpr parts() const { return scheme.grid.find(scheme.partLoop)->blocks(); }
  SizeExpr outputs() const { return product(shapeOf(root.getType())); }
  SizeExpr inVectors(const SizeExpr &elements) const {
    return elements.floorDiv(SizeExpr(scheme.width));
  }

  //===-- tiles ------------------------------------------------------------------------------===//

  void emitPanels(KernelContext &context) {
    Pull &pull = context.pull;
    pull.loop(context.begin, context.end, 1, panels.grid().chunks(),
              [&](Index chunk) { panels.fill(pull, context.scratch, chunk); });
  }

  void emitTiles(KernelContext &context) {
    Pull &pull = context.pull;
    this->context = &context;
    if (scheme.copyRows)
      copy.clear(pull, context.own);
    pull.loop(context.begin, context.end, 1, scheme.grid.chunks(), [&](Index chunk) {
      pull.setChunk(chunk);
      ranges = scheme.grid.ranges(pull, chunk, form.loops);
      turns.assign(form.loops.size(), Index());
      scheme.blockLoop < 0 ? emitTerms() : emitBlocks();
    });
  }

  void emitTerms() {
    if (scheme.copyRows)
      copy.fill(context->pull, context->own, ranges);
    around(0);
  }

  /// All blocks of the sum but the last, which finishes the tiles.
  void emitBlocks() {
    Pull &pull = context->pull;
    size_t loop = scheme.blockLoop;
    int64_t turns = *form.loops[loop].size.constant(), most = scheme.blockTurns;
    int64_t last = (turns - 1) / most;
    ownSums = pointerBehind(pull, context->own, Index(sumsOffset()));
    sums.clear(pull, ownSums);
    pull.loop(SizeExpr(last), [&](Index i) {
      ranges[loop] = {i * SizeExpr(most), SizeExpr(most), {}};
      continues = true;
      emitTerms();
    });
    ranges[loop] = {Index(last * most), SizeExpr(most), {}};
    if (turns % most)
      ranges[loop].count = pull.size(SizeExpr(turns % most));
    continues = false;
    emitTerms();
  }

  /// Loops over whole matrices, where they are no part of the grid.
  void around(size_t loop) {
    if (loop == form.loops.size())
      return lanePanels();
    bool own = loop != form.laneLoop && (form.loops[loop].kind == ProductLoop::Batch ||
                                         form.loops[loop].kind == ProductLoop::Lanes);
    if (!own || scheme.grid.find(loop))
      return around(loop + 1);
    context->pull.loop(form.loops[loop].size, [&](Index i) {
      turns[loop] = i;
      around(loop + 1);
      turns[loop] = Index();
    });
  }

  void lanePanels() {
    Pull &pull = context->pull;
    forRuns(pull, ranges[form.laneLoop], form.loops[form.laneLoop].size, scheme.panel(),
            scheme.width, [&](const Index &whole, const Index &within, int64_t extent, Value left) {
              Panel panel{whole, within, (extent + scheme.width - 1) / scheme.width, {}};
              if (extent % scheme.width)
                left = pull.size(SizeExpr(extent % scheme.width));
              if (left)
                panel.last = pull.firstLanes(left);
              SmallVector<int64_t> extents(form.loops.size(), 1);
              rows(0, extents, panel);
            });
  }

  struct Panel {
    Index whole, within; ///< lanes before it, from the chunk's first
    int64_t vectors;
    Element last; ///< the lanes of the last vector that count; null: all
  };

  void rows(size_t loop, SmallVector<int64_t> &extents, const Panel &panel) {
    if (loop == form.loops.size())
      return tile(extents, panel);
    if (form.loops[loop].kind != ProductLoop::Rows)
      return rows(loop + 1, extents, panel);
    forRuns(context->pull, ranges[loop], form.loops[loop].size, scheme.tile[loop], 1,
            [&](const Index &whole, const Index &within, int64_t extent, Value) {
              extents[loop] = extent;
              turns[loop] = whole + within;
              rows(loop + 1, extents, panel);
              extents[loop] = 1;
              turns[loop] = Index();
            });
  }

  /// The turns of each row of a tile, from the chunk's first.
  SmallVector<SmallVector<Index>> rowsOf(ArrayRef<int64_t> extents) const {
    SmallVector<SmallVector<Index>> all = {SmallVector<Index>(turns)};
    for (auto [loop, extent] : llvm::enumerate(extents)) {
      SmallVector<SmallVector<Index>> next;
      for (const auto &row : all)
        for (int64_t i = 0; i < extent; ++i) {
          next.push_back(row);
          next.back()[loop] = next.back()[loop] + Index(i);
        }
      all = std::move(next);
    }
    return all;
  }

  SmallVector<Index> absolute(ArrayRef<Index> relative) const {
    SmallVector<Index> sum;
    for (auto [range, turn] : llvm::zip(ranges, relative))
      sum.push_back(range.base + turn);
    return sum;
  }

  void tile(ArrayRef<int64_t> extents, const Panel &panel) {
    auto rows = rowsOf(extents);
    SmallVector<Value> totals = sum(0, rows, panel, sumsBefore(rows, panel));
    if (continues)
      return keepSums(rows, panel, totals);
    if (finish.isLong() && !hasParts() && rows.size() > 1)
      return finish.forRows(*context, extents, totals,
                            [&](ArrayRef<Index> within, ArrayRef<Value> vectors) {
                              SmallVector<Index> row(turns);
                              for (auto [turn, own] : llvm::zip(row, within))
                                turn = turn + own;
                              finishRow(row, panel, vectors);
                            });
    for (auto [r, row] : llvm::enumerate(rows))
      finishRow(row, panel, ArrayRef(totals).slice(r * panel.vectors, panel.vectors));
  }

  void finishRow(ArrayRef<Index> row, const Panel &panel, ArrayRef<Value> totals) {
    Pull &pull = context->pull;
    SmallVector<Index> at = absolute(row);
    SmallVector<Place> places;
    for (auto [v, value] : llvm::enumerate(totals)) {
      at[form.laneLoop] = lanesOf(panel, v);
      bool isLast = v + 1 == totals.size() && panel.last.v;
      if (hasParts()) {
        storePart(at, value, isLast ? panel.last.v : Value());
        continue;
      }
      places.push_back(form.result.place(at));
      pull.bind(root, places.back(), narrow(pull.builder, pull.loc, value, element));
      if (!isLast)
        continue;
      // The others first: their stores need no mask.
      if (places.size() > 1)
        context->finish(root, ArrayRef(places).drop_back());
      auto outer = pull.setMask(pull.maskAnd(panel.last));
      context->finish(root, places.back());
      pull.setMask(outer);
      places.clear();
    }
    if (!places.empty())
      context->finish(root, places);
  }

  /// Where the sums of a row of the tile lie between two blocks.
  Index placeOfSums(ArrayRef<Index> row, const Panel &panel, int64_t v) const {
    return sums.at(row, panel.whole + panel.within + Index(v * scheme.width));
  }

  SmallVector<Value> sumsBefore(ArrayRef<SmallVector<Index>> rows, const Panel &panel) {
    Pull &pull = context->pull;
    Value zero = pull.splat(pull.zero(element)).v;
    SmallVector<Value> before(rows.size() * panel.vectors, zero);
    if (scheme.blockLoop < 0)
      return before;
    for (size_t i = 0; i < before.size(); ++i) {
      Index at = placeOfSums(rows[i / panel.vectors], panel, i % panel.vectors);
      before[i] = loadPacked(pull, ownSums, zero.getType(), at);
    }
    return before;
  }

  void keepSums(ArrayRef<SmallVector<Index>> rows, const Panel &panel, ArrayRef<Value> totals) {
    for (auto [i, total] : llvm::enumerate(totals)) {
      Index at = placeOfSums(rows[i / panel.vectors], panel, i % panel.vectors);
      storePacked(context->pull, ownSums, total, at);
    }
  }

  Index lanesOf(const Panel &panel, int64_t v) {
    Index first = ranges[form.laneLoop].base + panel.whole + panel.within + Index(v * scheme.width);
    return context->pull.lanesFrom(first, form.loops[form.laneLoop].size);
  }

  /// The loops over the sum.
  SmallVector<Value> sum(size_t level, ArrayRef<SmallVector<Index>> rows, const Panel &panel,
                         ArrayRef<Value> carried) {
    if (level == scheme.sums.size())
      return multiply(rows, panel, carried);
    Pull &pull = context->pull;
    size_t loop = scheme.sums[level];
    const ProductRange &range = ranges[loop];
    auto [low, high] = tapsInside(pull, form, scheme, ranges, loop,
                                  {absolute(rows.front()), absolute(rows.back())});
    auto turn = [&](const Index &i, ValueRange inner) {
      SmallVector<SmallVector<Index>> next(rows);
      for (auto &row : next)
        row[loop] = i;
      return sum(level + 1, next, panel, SmallVector<Value>(inner));
    };
    int64_t together = level + 1 < scheme.sums.size() ? 1 : scheme.turnsTogether;
    return loopTogether(pull, low, high, range.most, together, SmallVector<Value>(carried), turn,
                        [&](const Index &i) { fetchNextPanel(i, rows[0], panel); });
  }

  /// A turn's part of it, as all tiles of the chunk fetch it together. What lies behind the last
  /// panel is never read.
  void fetchNextPanel(const Index &turn, ArrayRef<Index> row, const Panel &panel) {
    if (!scheme.fetched)
      return;
    SmallVector<Index> first = absolute(row);
    int64_t terms = *form.loops[scheme.sums[0]].size.constant();
    first[scheme.sums[0]] = Index();
    Index next = ranges[form.laneLoop].base + panel.whole + Index(scheme.panel());
    Index at = panels.at(first, next, panel.within) + turn * SizeExpr(scheme.fetched);
    for (auto [loop, own] : llvm::enumerate(scheme.tile))
      if (form.loops[loop].kind == ProductLoop::Rows)
        at = at + row[loop] * SizeExpr(terms * scheme.fetched / own);
    fetchPacked(context->pull, context->scratch, registerType(element), at);
  }

  SmallVector<Value> multiply(ArrayRef<SmallVector<Index>> rows, const Panel &panel,
                              ArrayRef<Value> sums) {
    Pull &pull = context->pull;
    auto vector = VectorType::get({scheme.width}, registerType(element));
    SmallVector<Value> lanes, next;
    SmallVector<Index> first = absolute(rows[0]);
    for (int64_t v = 0; v < panel.vectors; ++v)
      lanes.push_back(scheme.packLanes ? packedLanes(first, panel, v, vector)
                                       : directLanes(first, panel, v));
    for (const auto &[r, row] : llvm::enumerate(rows)) {
      Value scalar = scheme.copyRows
                         ? loadPacked(pull, context->own, vector.getElementType(), copy.at(row))
                         : pull.scalar(form.rows.value, form.rows.place(absolute(row)));
      Value all = vector::BroadcastOp::create(pull.builder, pull.loc, vector, scalar);
      for (int64_t v = 0; v < panel.vectors; ++v) {
        auto lane = [&](Value x) { return Lane(pull.builder, pull.loc, element, x); };
        next.push_back(lane::fma(lane(all), lane(lanes[v]), lane(sums[r * panel.vectors + v])).v);
      }
    }
    return next;
  }

  Value packedLanes(ArrayRef<Index> at, const Panel &panel, int64_t v, Type type) {
    Index whole = ranges[form.laneLoop].base + panel.whole;
    Index within = panel.within + Index(v * scheme.width);
    return loadPacked(context->pull, context->scratch, type, panels.at(at, whole, within));
  }

  Value directLanes(ArrayRef<Index> at, const Panel &panel, int64_t v) {
    Pull &pull = context->pull;
    SmallVector<Index> own(at);
    own[form.laneLoop] = lanesOf(panel, v);
    bool isLast = v + 1 == panel.vectors && panel.last.v;
    auto outer = isLast ? pull.setMask(pull.maskAnd(panel.last)) : pull.getMask();
    Value value = pull.vector(form.lanes.value, form.lanes.place(own));
    pull.setMask(outer);
    return value;
  }

  //===-- parts ------------------------------------------------------------------------------===//

  ProductParts partial() const { return {root, scheme.width, parts(), layout().partials}; }
  void storePart(ArrayRef<Index> at, Value value, Value mask) {
    const ProductGrid::Cut *cut = scheme.grid.find(scheme.partLoop);
    Index part = context->pull.floorDiv(ranges[scheme.partLoop].base, SizeExpr(cut->block));
    partial().store(*context, part, form.result.place(at), value, mask);
  }

  ProductForm form;
  ProductPlan scheme;
  RowsCopy copy;
  LanesPanels panels;
  Value root;
  Type element;
  ProductSums sums;
  ProductFinish finish;

  // While a phase is emitted.
  KernelContext *context = nullptr;
  SmallVector<ProductRange> ranges;
  SmallVector<Index> turns; ///< of the loops around a tile, from the chunk's first
  Value ownSums;            ///< where a chunk's sums lie between two blocks
  bool continues = false;   ///< is the block that is emitted not the last one?
};
} // namespace

std::unique_ptr<KernelEmitter> net::createProductEmitter(const KernelInfo &info) {
  Operation *op = info.roots[0];
  Type element = elementOf(op->getResult(0).getType());
  if (!isa<FloatType>(element))
    return nullptr;
  for (Value value : {op->getOperand(0), op->getOperand(1), Value(op->getResult(0))})
    for (const SizeExpr &size : shapeOf(value.getType()))
      if (size == SizeExpr(0))
        return nullptr;
  auto form = ProductForm::of(op);
  if (!form)
    return nullptr;
  // A lane or two of each vector: plain loops find longer runs, channels of depthwise convolutions.
  bool grouped = llvm::any_of(form->loops, [](auto &l) { return l.kind == ProductLoop::Batch; });
  if (grouped && info.estimate(form->loops[form->laneLoop].size) < 4)
    return nullptr;
  form->joinNeighbours(info.target.vectorBytes * 8 / registerType(element).getIntOrFloatBitWidth());
  return std::make_unique<ProductEmitter>(info, std::move(*form));
}
