//===- ProductPlan.cpp - how a product is tiled, packed, shared out -------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "codegen/ProductPlan.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include <optional>

using namespace mlir;
using namespace net;

bool net::isPlainMemory(const KernelInfo &info, Value value) {
  Type element = elementOf(value.getType());
  if (memoryType(element) != registerType(element))
    return false;
  if (auto reshape = value.getDefiningOp<ReshapeOp>())
    return isPlainMemory(info, reshape.getX());
  return info.inMemory(value);
}

//===-- the grid -----------------------------------------------------------------------------===//

SizeExpr ProductGrid::Cut::blocks() const {
  return (size + SizeExpr(block - 1)).floorDiv(SizeExpr(block));
}

SizeExpr ProductGrid::chunks() const {
  SizeExpr count(1);
  for (const Cut &cut : cuts)
    count = count * cut.blocks();
  return count;
}

const ProductGrid::Cut *ProductGrid::find(size_t loop) const {
  auto it = llvm::find_if(cuts, [&](const Cut &cut) { return cut.loop == loop; });
  return it == cuts.end() ? nullptr : it;
}

SmallVector<ProductRange> ProductGrid::ranges(Pull &pull, const Index &chunk,
                                              ArrayRef<ProductLoop> loops) const {
  SmallVector<ProductRange> ranges;
  for (const ProductLoop &loop : loops)
    ranges.push_back({Index(), loop.size, {}});
  Index rest = chunk;
  for (size_t i = cuts.size(); i-- > 0;) {
    const Cut &cut = cuts[i];
    Index own = rest;
    if (i > 0)
      std::tie(rest, own) = pull.divide(rest, cut.blocks());
    ProductRange &range = ranges[cut.loop];
    range.base = own * SizeExpr(cut.block);
    range.most = SizeExpr(cut.block);
    if (divides(SizeExpr(cut.block), cut.size))
      continue;
    Value left = arith::SubIOp::create(pull.builder, pull.loc, pull.size(cut.size),
                                       pull.materialize(range.base).v);
    range.count =
        arith::MinSIOp::create(pull.builder, pull.loc, left, pull.size(SizeExpr(cut.block)));
  }
  return ranges;
}

SizeExpr ProductPlan::most(const ProductForm &form, size_t loop) const {
  if (static_cast<int64_t>(loop) == blockLoop)
    return SizeExpr(blockTurns);
  const ProductGrid::Cut *cut = grid.find(loop);
  return cut ? SizeExpr(cut->block) : form.loops[loop].size;
}

//===-- tiles --------------------------------------------------------------------------------===//

namespace {
class Planner {
public:
  Planner(const KernelInfo &info, const ProductForm &form) : info(info), form(form) {
    for (const ProductLoop &loop : form.loops)
      counts.push_back(std::max<int64_t>(info.estimate(loop.size), 1));
    plan.tile.assign(counts.size(), 1);
    Type element = registerType(elementOf(form.result.value.getType()));
    plan.width = info.target.vectorBytes * 8 / element.getIntOrFloatBitWidth();
  }

  ProductPlan make() {
    chooseOperands();
    chooseTile();
    orderSums();
    chooseGrid();
    chooseTurnsTogether();
    return plan;
  }

private:
  int64_t product(ProductLoop::Kind kind) const {
    int64_t total = 1;
    for (auto [count, loop] : llvm::zip(counts, form.loops))
      if (loop.kind == kind)
        total = std::min<int64_t>(total * count, int64_t(1) << 40);
    return total;
  }

  int64_t elementBytes() const { return info.target.vectorBytes / plan.width; }

  void chooseOperands() {
    plan.copyRows = form.rows.isGuarded() || !isPlainMemory(info, form.rows.value);
    if (!plan.copyRows && isStriding(form.rows)) {
      plan.copyRows = product(ProductLoop::Lanes) >= 128;
      colliding = !plan.copyRows;
    }
    plan.packLanes = !isPlainMemory(info, form.lanes.value) ||
                     form.lanes.steps()[form.laneLoop] != SizeExpr(1) || form.neighbours.pixels > 1;
    // Rows of long panels lie apart; packing pays where they are read often.
    int64_t bytes = product(ProductLoop::Sum) * product(ProductLoop::Lanes) * elementBytes();
    if (bytes > info.target.l1 && counts[form.laneLoop] > 2 * plan.width)
      plan.packLanes |= product(ProductLoop::Rows) >= 64;
    // Packed once for all turns.
    auto scan = dyn_cast<ScanOp>(KernelOp(info.kernel)->getParentOp());
    if (scan && bytes > info.target.l1 / 2)
      plan.packLanes |= comesFromAbove(form.lanes.value, scan.getBody());
  }

  static bool comesFromAbove(Value value, Region &turn) {
    if (!turn.isAncestor(value.getParentRegion()))
      return true;
    Operation *op = value.getDefiningOp();
    return op && !isa<KernelOp, ScanOp>(op) &&
           llvm::all_of(op->getOperands(), [&](Value v) { return comesFromAbove(v, turn); });
  }

  /// Are rows of a tile, or turns of the sum, at places of memory that fall into few sets of the
  /// first cache?
  bool isStriding(const ProductArray &array) const {
    if (product(ProductLoop::Sum) < 128)
      return false;
    for (auto [step, turns] : llvm::zip(array.steps(), counts)) {
      int64_t bytes = info.estimate(step) * elementBytes();
      if (turns > 4 && bytes >= 2048 && bytes % 1024 == 0)
        return true;
    }
    return false;
  }

  /// Rows of a tile that the registers hold: its sums, a vector operand each, one broadcast.
  int64_t mostRows(int64_t vectors) const {
    int64_t registers = info.target.registers;
    bool broadcasts = vectors > 1 || registers < 32; // else it is an operand of the instruction
    int64_t rows = (registers - vectors - broadcasts - 1) / vectors;
    return std::clamp<int64_t>(rows, 1, colliding ? 8 : rows + 1);
  }

  /// Cycles of a turn of the sum: two multiply-adds and two loads each, the latency of one, and the
  /// second cache where a panel is too long for the first.
  double turn(int64_t rows, int64_t vectors) const {
    int64_t bytes = vectors * info.target.vectorBytes;
    bool streams = bytes * product(ProductLoop::Sum) > info.target.l1 / 2;
    return std::max(
               {rows * vectors / 2.0, (rows + vectors) / 2.0, 4.0, streams ? bytes / 20.0 : 0.0}) +
           0.75;
  }

  /// Cycles of all tiles with so many vectors, for tiles of these loops and later ones.
  double cost(ArrayRef<size_t> loops, ArrayRef<int64_t> tile, int64_t rows, int64_t vectors) const {
    if (loops.empty())
      return turn(rows, vectors) * product(ProductLoop::Sum) + 8 + 2.0 * rows * vectors;
    int64_t count = counts[loops[0]], own = tile[loops[0]], rest = count % own;
    bool fixed = form.loops[loops[0]].size.constant().has_value();
    double total = count / own * cost(loops.drop_front(), tile, rows * own, vectors);
    if (rest)
      total *= 1.05; // another body of code
    if (rest && fixed)
      total += cost(loops.drop_front(), tile, rows * rest, vectors);
    else if (rest)
      total += rest * cost(loops.drop_front(), tile, rows, vectors);
    return total;
  }

  /// Turns in a tile, where the zeros around an image are skipped for rows of few lines alone.
  int64_t mostTogether(size_t loop) const {
    // One image at a time, if it has rows enough: its chunks are then those of other kernels.
    int64_t others = 1;
    for (auto [i, other] : llvm::enumerate(form.loops))
      if (i != loop && other.kind == ProductLoop::Rows && other.size.constant())
        others *= counts[i];
    if (!form.loops[loop].size.constant() && others >= 16)
      return 1;
    bool inner = false;
    for (const ProductAxis &axis : llvm::reverse(form.rows.axes)) {
      bool skipped = axis.guarded && inner && axis.steps[loop] != SizeExpr(0);
      for (auto [i, other] : llvm::enumerate(form.loops))
        if (skipped && other.kind == ProductLoop::Sum && axis.steps[i] != SizeExpr(0) &&
            counts[i] < counts[loop])
          return 2;
      inner |= axis.guarded;
    }
    return counts[loop];
  }

  void chooseTile() {
    SmallVector<size_t> rows;
    for (auto [i, loop] : llvm::enumerate(form.loops))
      if (loop.kind == ProductLoop::Rows)
        rows.push_back(i);
    double best = 0;
    int64_t lanes = counts[form.laneLoop];
    int64_t most = std::min<int64_t>((lanes + plan.width - 1) / plan.width, 8);
    // Lanes of neighbours are one panel.
    for (int64_t vectors = form.neighbours.pixels > 1 ? most : 1; vectors <= most; ++vectors) {
      int64_t panel = vectors * plan.width, rest = lanes % panel;
      int64_t restVectors = (rest + plan.width - 1) / plan.width;
      SmallVector<int64_t> tile(counts.size(), 1);
      std::function<void(size_t, int64_t)> search = [&](size_t level, int64_t left) {
        if (level < rows.size()) {
          int64_t limit = std::min({left, counts[rows[level]], mostTogether(rows[level])});
          for (int64_t own = 1; own <= limit; ++own) {
            tile[rows[level]] = own;
            search(level + 1, left / own);
          }
          tile[rows[level]] = 1;
          return;
        }
        double total = double(lanes / panel) * cost(rows, tile, 1, vectors);
        if (rest)
          total += cost(rows, tile, 1, restVectors);
        if (best == 0 || total < best) {
          best = total;
          plan.vectors = vectors;
          plan.tile.assign(tile.begin(), tile.end());
        }
      };
      search(0, mostRows(vectors));
    }
  }

  //===-- chunks -----------------------------------------------------------------------------===//

  int64_t chunks() const { return std::max<int64_t>(info.estimate(plan.grid.chunks()), 1); }
  void cut(size_t loop, int64_t block) {
    plan.grid.cuts.push_back({loop, form.loops[loop].size, block});
  }

  /// Loops of a kind, by their step in the result, longest first.
  SmallVector<size_t> outermostFirst(ProductLoop::Kind kind) const {
    SmallVector<size_t> order;
    for (auto [i, loop] : llvm::enumerate(form.loops))
      if (loop.kind == kind && i != form.laneLoop)
        order.push_back(i);
    auto steps = form.result.steps();
    llvm::sort(order, [&](size_t a, size_t b) {
      return std::pair(-info.estimate(steps[a]), a) < std::pair(-info.estimate(steps[b]), b);
    });
    return order;
  }

  void chooseGrid() {
    constexpr int64_t wanted = 32;
    for (size_t loop : outermostFirst(ProductLoop::Batch))
      cut(loop, 1);
    if (chunks() < wanted && wantsParts())
      return choosePart(wanted);
    chooseBlock();
    for (size_t loop : outermostFirst(ProductLoop::Lanes))
      cut(loop, 1);
    // Many rows a chunk where panels are long, so that each is read seldom.
    int64_t bytes = product(ProductLoop::Sum) * product(ProductLoop::Lanes) * elementBytes();
    int64_t enough = bytes > info.target.l2 / 4 ? wanted / 4 : wanted;
    bool fetches = fetchesPanels(wanted / 2);
    if (fetches)
      enough = wanted / 2; // its rows stay in the second cache
    if (plan.blockLoop >= 0)
      enough = wanted / 2; // a chunk's rows and sums are to stay in the second cache
    for (size_t loop : outermostFirst(ProductLoop::Rows)) {
      if (chunks() >= enough)
        break;
      int64_t tiles = (counts[loop] + plan.tile[loop] - 1) / plan.tile[loop];
      int64_t together = plan.tile[loop] == 1 ? 1 : std::max<int64_t>(tiles * chunks() / enough, 1);
      cut(loop, plan.tile[loop] * together);
    }
    if (fetches)
      chooseFetched();
    if (chunks() < 8 && !plan.copyRows && counts[form.laneLoop] > plan.panel())
      cut(form.laneLoop, plan.panel());
  }

  bool wantsParts() const {
    int64_t outputs = product(ProductLoop::Rows) * product(ProductLoop::Lanes);
    int64_t terms = product(ProductLoop::Sum);
    int64_t tiles = (counts[form.laneLoop] + plan.panel() - 1) / plan.panel();
    for (auto [count, own] : llvm::zip(counts, plan.tile))
      tiles *= own > 1 ? (count + own - 1) / own : 1;
    if (tiles >= 64 && !form.rows.isGuarded())
      return false;
    return terms >= 1024 && outputs <= 1 << 15 && terms >= outputs;
  }

  /// A tile's rows and panel are longer than the second cache would keep for the next tile.
  void chooseBlock() {
    if (plan.sums.empty())
      return;
    size_t loop = plan.sums[0];
    if (form.rows.isGuarded() || form.neighbours.pixels > 1 || !form.loops[loop].size.constant())
      return;
    int64_t tileRows = 1, line = 64;
    for (int64_t own : plan.tile)
      tileRows *= own;
    // Neighbours in the array are turns of the sum, or rows; then each turn has lines of its own.
    bool along = form.rows.steps()[plan.sums.back()] == SizeExpr(1);
    int64_t bytes =
        plan.panel() * elementBytes() + (along ? tileRows * elementBytes() : line * 3 / 2);
    if (product(ProductLoop::Sum) * bytes < info.target.l2 / 2)
      return;
    int64_t inner = product(ProductLoop::Sum) / counts[loop];
    plan.blockTurns = std::max<int64_t>(info.target.l1 * 7 / 8 / bytes / inner, 1);
    if (plan.blockTurns * 2 <= counts[loop])
      plan.blockLoop = loop;
  }

  /// The outermost loop of the sum is cut.
  void choosePart(int64_t wanted) {
    size_t loop = plan.sums[0];
    int64_t inner = product(ProductLoop::Sum) / counts[loop];
    int64_t block = std::max((counts[loop] + wanted - 1) / wanted, (255 + inner) / inner);
    plan.partLoop = loop;
    cut(loop, block);
  }

  /// Measured on 16 registers alone; with 32 a turn is long as it is. Four turns are no faster than
  /// two but in long sums, and twice the code.
  void chooseTurnsTogether() {
    int64_t terms = plan.sums.empty() ? 1 : counts[plan.sums.back()];
    if (info.target.registers < 32)
      plan.turnsTogether = terms >= 256 ? 4 : terms >= 32 ? 2 : 1;
  }

  /// The loop of the rows in a tile, if there is one alone.
  std::optional<size_t> rowLoop() const {
    std::optional<size_t> only;
    for (auto [i, own] : llvm::enumerate(plan.tile)) {
      if (form.loops[i].kind != ProductLoop::Rows)
        continue;
      if (only)
        return std::nullopt;
      only = i;
    }
    return only;
  }

  /// Is a panel so short that it stays in the second cache beside the next one, and are there
  /// tiles enough, in so many chunks, to fetch that meanwhile?
  bool fetchesPanels(int64_t chunks) const {
    auto loop = rowLoop();
    if (info.target.registers >= 32 || !plan.packLanes || plan.sums.size() != 1 || !loop)
      return false;
    if (!form.loops[plan.sums[0]].size.constant() || plan.blockLoop >= 0)
      return false;
    int64_t panel = product(ProductLoop::Sum) * plan.panel() * elementBytes();
    return panel * 4 < info.target.l2 && panel > info.target.l1 / 2 &&
           product(ProductLoop::Sum) * product(ProductLoop::Lanes) * elementBytes() >
               info.target.l2 / 4 &&
           counts[*loop] >= chunks * 4 * plan.tile[*loop];
  }

  void chooseFetched() {
    const ProductGrid::Cut *cut = plan.grid.find(*rowLoop());
    int64_t tiles = cut ? cut->block / plan.tile[*rowLoop()] : 0;
    if (tiles >= 4)
      plan.fetched = (plan.panel() + tiles - 1) / tiles;
  }

  /// As they step through memory.
  void orderSums() {
    plan.sums.clear();
    for (auto [i, loop] : llvm::enumerate(form.loops))
      if (loop.kind == ProductLoop::Sum)
        plan.sums.push_back(i);
    auto rank = [&](size_t loop) {
      for (auto [i, axis] : llvm::enumerate(form.rows.axes))
        if (axis.steps[loop] != SizeExpr(0))
          return std::tuple<size_t, int64_t, size_t>(i, -info.estimate(axis.steps[loop]), loop);
      return std::tuple<size_t, int64_t, size_t>(0, 0, loop);
    };
    llvm::sort(plan.sums, [&](size_t a, size_t b) { return rank(a) < rank(b); });
  }

  const KernelInfo &info;
  const ProductForm &form;
  bool colliding = false;      ///< more rows at a time would not stay in the first cache
  SmallVector<int64_t> counts; ///< estimated turns of the loops
  ProductPlan plan;
};
} // namespace

ProductPlan ProductPlan::make(const KernelInfo &info, const ProductForm &form) {
  return Planner(info, form).make();
}
