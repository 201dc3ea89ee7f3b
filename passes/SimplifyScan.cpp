//===- SimplifyScan.cpp - scans without what turns need not do ------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A turn does what depends on the turn before; the rest is done for all turns at once,
// before the scan or behind it: matrices of T times as many rows are multiplied at the
// machine's speed (Appleyard and others, Optimizing Performance of Recurrent Neural
// Networks on GPUs, 2016). Each step is decided by graph and sizes alone.
//
//===----------------------------------------------------------------------===//
#include "passes/SimplifyScan.h"
#include "mlir/Analysis/TopologicalSortUtils.h"
#include "mlir/IR/Dominance.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "mlir/Transforms/CSE.h"
#include "passes/Passes.h"
#include "passes/ScanRecompute.h"

using namespace mlir;
using namespace net;

namespace net {
#define GEN_PASS_DEF_SIMPLIFYSCAN
#include "passes/Passes.h.inc"
} // namespace net

//===-- what nobody needs --------------------------------------------------------------------===//

namespace {
class Cleaner {
public:
  explicit Cleaner(ScanOp scan) : scan(scan) {}
  ScanOp run();

private:
  void replaceKept();
  void replaceLast(unsigned kept, Value carry);
  void replaceElements();
  void replaceCarries();
  void findNeeded();
  bool isAbove(Value value) { return !scan.getBody().isAncestor(value.getParentRegion()); }

  ScanOp scan;
  llvm::DenseSet<Value> needed; ///< of the turn
  llvm::SmallBitVector carried; ///< carries that are needed
};
} // namespace

/// Kept values that are there already: kept twice, a sequence's elements, the same in all turns.
void Cleaner::replaceKept() {
  for (auto [i, value] : llvm::enumerate(scan.keptInTurn())) {
    Value result = scan.kept()[i];
    auto before = scan.keptInTurn().take_front(i);
    auto element = llvm::find(scan.elements(), value);
    auto carry = llvm::find(scan.nextCarries(), value);
    if (carry != scan.nextCarries().end() && !untilOf(scan))
      replaceLast(i, scan.lastCarries()[carry - scan.nextCarries().begin()]);
    if (result.use_empty())
      continue;
    if (auto same = llvm::find(before, value); same != before.end()) {
      result.replaceAllUsesWith(scan.kept()[same - before.begin()]);
    } else if (element != scan.elements().end() && !untilOf(scan)) {
      result.replaceAllUsesWith(scan.getSequences()[element - scan.elements().begin()]);
    } else if (isAbove(value)) {
      OpBuilder b(scan);
      SmallVector<int64_t> axes;
      for (int64_t axis = 1; axis < cast<RankedTensorType>(result.getType()).getRank(); ++axis)
        axes.push_back(axis);
      result.replaceAllUsesWith(
          BroadcastOp::create(b, scan.getLoc(), result.getType(), value, axes).getResult());
    }
  }
}

/// A carry that is kept as well, of which the last turn's value alone is read: that is the carry's.
void Cleaner::replaceLast(unsigned kept, Value carry) {
  SizeExpr last = scan.getReverse() ? SizeExpr(0) : scan.length() - SizeExpr(1);
  SmallVector<std::pair<SliceOp, int64_t>> slices; // and their axis of the turns
  for (Operation *user : scan.kept()[kept].getUsers()) {
    auto transpose = dyn_cast<TransposeOp>(user);
    int64_t axis =
        transpose ? llvm::find(transpose.getOrder(), 0) - transpose.getOrder().begin() : 0;
    SmallVector<int64_t> others;
    if (transpose)
      llvm::copy_if(transpose.getOrder(), std::back_inserter(others), [](int64_t i) { return i; });
    for (Operation *reader : transpose ? SmallVector<Operation *>(transpose->getUsers())
                                       : SmallVector<Operation *>{user})
      if (auto slice = dyn_cast<SliceOp>(reader); slice && llvm::is_sorted(others))
        slices.push_back({slice, axis});
  }
  for (auto [slice, axis] : slices) {
    net::Shape starts = slice.getStarts().getShape(), sizes = shapeOf(slice.getType()),
               whole = shapeOf(slice.getX().getType());
    whole[axis] = SizeExpr(1);
    bool isLast = starts[axis] == last && sizes == whole;
    for (size_t i = 0; i < starts.size(); ++i)
      isLast &= static_cast<int64_t>(i) == axis || starts[i] == SizeExpr(0);
    if (!isLast)
      continue;
    OpBuilder b(slice);
    ExprBuilder eb(b, slice.getLoc());
    slice.getResult().replaceAllUsesWith(expr::reshape(Expr(eb, carry), sizes).get());
    Operation *transpose = slice.getX().getDefiningOp();
    slice.erase();
    if (isa<TransposeOp>(transpose) && transpose->use_empty())
      transpose->erase();
  }
}

/// Elements of a sequence that stands twice, or of copies along the turns.
void Cleaner::replaceElements() {
  for (auto [i, sequence] : llvm::enumerate(scan.getSequences())) {
    Value element = scan.elements()[i];
    auto before = scan.getSequences().take_front(i);
    if (auto same = llvm::find(before, sequence); same != before.end()) {
      element.replaceAllUsesWith(scan.elements()[same - before.begin()]);
      continue;
    }
    auto copies = sequence.getDefiningOp<BroadcastOp>();
    if (!copies || llvm::is_contained(copies.getAxes(), 0) || element.use_empty())
      continue;
    OpBuilder b(scan);
    SmallVector<int64_t> axes;
    for (int64_t axis : copies.getAxes())
      axes.push_back(axis - 1);
    element.replaceAllUsesWith(
        BroadcastOp::create(b, copies.getLoc(), element.getType(), copies.getX(), axes)
            .getResult());
  }
}

/// Carries that never change, and those that begin and go on as another one.
void Cleaner::replaceCarries() {
  for (unsigned i = 0; i < scan.carryCount(); ++i) {
    Value carry = scan.carries()[i], next = scan.nextCarries()[i], initial = scan.getInitial()[i];
    if (next == carry || next == initial) {
      carry.replaceAllUsesWith(initial);
      scan.lastCarries()[i].replaceAllUsesWith(initial);
      continue;
    }
    for (unsigned j = 0; j < i; ++j)
      if (scan.nextCarries()[j] == next && scan.getInitial()[j] == initial) {
        carry.replaceAllUsesWith(scan.carries()[j]);
        scan.lastCarries()[i].replaceAllUsesWith(scan.lastCarries()[j]);
      }
  }
}

/// Values of the turn and carries that the results need which somebody reads.
void Cleaner::findNeeded() {
  SmallVector<Value> work;
  auto need = [&](Value value) {
    if (!isAbove(value) && needed.insert(value).second)
      work.push_back(value);
  };
  carried.resize(scan.carryCount());
  if (auto end = untilOf(scan)) {
    carried[*end] = true;
    need(scan.nextCarries()[*end]);
  }
  for (auto [result, value] : llvm::zip(scan.kept(), scan.keptInTurn()))
    if (!result.use_empty())
      need(value);
  for (bool again = true; again;) {
    while (!work.empty())
      if (Operation *op = work.pop_back_val().getDefiningOp())
        op->walk([&](Operation *inner) {
          for (Value operand : inner->getOperands())
            need(operand);
        });
    again = false;
    for (unsigned i = 0; i < scan.carryCount(); ++i)
      if (!carried[i] &&
          (!scan.lastCarries()[i].use_empty() || needed.contains(scan.carries()[i]))) {
        carried[i] = again = true;
        need(scan.nextCarries()[i]);
      }
  }
}

ScanOp Cleaner::run() {
  replaceCarries();
  replaceElements();
  replaceKept();
  if (llvm::all_of(scan.getResults(), [](Value v) { return v.use_empty(); })) {
    scan.erase();
    return {};
  }
  findNeeded();
  ScanChange change;
  change.dropCarries = ~carried;
  for (Value result : scan.kept())
    change.dropKept.push_back(result.use_empty());
  for (Value element : scan.elements())
    change.dropSequences.push_back(!needed.contains(element));
  if (change.dropSequences.all())
    change.dropSequences.reset(0); // it counts the turns
  if (change.dropCarries.none() && change.dropKept.none() && change.dropSequences.none())
    return scan;
  return changed(scan, change);
}

ScanOp net::cleanScan(ScanOp scan) { return Cleaner(scan).run(); }

void net::cleanScans(Block &block) {
  auto scans = llvm::to_vector(block.getOps<ScanOp>());
  for (ScanOp scan : llvm::reverse(scans))
    if (untilOf(scan) || (scan = cleanScan(scan)))
      cleanScans(scan.getBody().front());
}

void net::moveInvariants(ScanOp scan) {
  Region &body = scan.getBody();
  for (Operation &op : llvm::make_early_inc_range(body.front().without_terminator())) {
    bool moves = isMemoryEffectFree(&op);
    op.walk([&](Operation *inner) {
      moves &= !isa<CheckedOp>(inner);
      for (Value operand : inner->getOperands())
        moves &= !body.isAncestor(operand.getParentRegion()) ||
                 op.isAncestor(operand.getParentRegion()->getParentOp());
    });
    if (moves)
      op.moveBefore(scan);
  }
}

//===-- turns that change nothing ------------------------------------------------------------===//

namespace {
/// What a turn does if a carry is true: `stop when` leaves the carry true, and chooses the values
/// of the turn before for all others.
struct Ended {
  Value flag;

  bool isTrue(Value value) const {
    Operation *op = value.getDefiningOp();
    if (isa_and_nonnull<OrOp>(op))
      return isTrue(op->getOperand(0)) || isTrue(op->getOperand(1));
    if (isa_and_nonnull<BroadcastOp, ReshapeOp>(op))
      return isTrue(op->getOperand(0));
    return value == flag;
  }
  Value settled(Value value) const {
    auto where = value.getDefiningOp<WhereOp>();
    return where && isTrue(where.getC()) ? settled(where.getA()) : value;
  }
};
} // namespace

/// The carry that, once it is true, stays so and keeps all others and what is kept as they are.
static std::optional<unsigned> findEnd(ScanOp scan) {
  auto type = RankedTensorType::get({}, IntegerType::get(scan.getContext(), 1));
  for (unsigned i = 0; i < scan.carryCount(); ++i) {
    Ended ended{scan.carries()[i]};
    if (ended.flag.getType() != type || splatOf(scan.getInitial()[i]) != 0.0 ||
        !ended.isTrue(scan.nextCarries()[i]))
      continue;
    auto stays = [&](auto pair) {
      auto [carry, next] = pair;
      return carry == ended.flag || ended.settled(next) == carry;
    };
    auto repeats = [&](Value value) {
      for (auto [carry, next] : llvm::zip(scan.carries(), scan.nextCarries()))
        if (next == value && ended.settled(value) == carry)
          return true;
      return false;
    };
    if (llvm::all_of(llvm::zip(scan.carries(), scan.nextCarries()), stays) &&
        llvm::all_of(scan.keptInTurn(), repeats))
      return i;
  }
  return std::nullopt;
}

bool net::canEndEarly(ScanOp scan) { return findEnd(scan).has_value(); }

ScanOp net::endEarly(ScanOp scan) {
  std::optional<unsigned> end = findEnd(scan);
  if (!end)
    return scan;
  setUntil(scan, *end);
  Value flag = scan.carries()[*end];
  for (auto where : llvm::to_vector(scan.getBody().front().getOps<WhereOp>())) {
    Value condition = where.getC();
    while (condition.getDefiningOp() && isa<BroadcastOp, ReshapeOp>(condition.getDefiningOp()))
      condition = condition.getDefiningOp()->getOperand(0);
    if (condition == flag)
      where.getResult().replaceAllUsesWith(where.getB_());
  }
  flag.replaceAllUsesWith(scan.getInitial()[*end]);
  return cleanScan(scan);
}

//===-- the pass -----------------------------------------------------------------------------===//

/// Steps within a turn leave what they replaced, and build where it suits them.
static void tidy(ScanOp scan) {
  Block &body = scan.getBody().front();
  for (Operation &op : llvm::make_early_inc_range(llvm::reverse(body)))
    if (isOpTriviallyDead(&op))
      op.erase();
  sortTopologically(&body);
}

static void simplify(ScanOp scan) {
  // 1. What is left below is needed, once, and in each turn.
  if (untilOf(scan) || !(scan = cleanScan(scan)))
    return;
  moveInvariants(scan);
  if (isOfSegments(scan)) {
    stackSums(scan);
    return;
  }
  // 2. Products of the recurrence apart from those that can be done for all turns; then those of
  // the recurrence together, so that a turn reads one matrix.
  for (auto step : {cutProducts, splitProducts, addProducts}) {
    step(scan);
    tidy(scan);
  }
  // 3. What is only kept leaves before it is joined with what stays.
  if (!(scan = sinkProducts(scan)))
    return;
  joinProducts(scan);
  tidy(scan);
  // 4. For all turns at once.
  scan = sumBehind(hoistProducts(scan));
  beginWithFirst(scan);
  // 5. Sequences and carries that were read there alone.
  if (!(scan = cleanScan(scan)))
    return;
  moveInvariants(scan);
  // 6. Until here all turns were alike.
  endEarly(scan);
}

namespace {
struct SimplifyScan : public net::impl::SimplifyScanBase<SimplifyScan> {
  SmallVector<ScanOp> innerFirst() {
    SmallVector<ScanOp> scans;
    getOperation().walk([&](ScanOp scan) { scans.push_back(scan); });
    return scans;
  }

  void runOnOperation() override {
    // What two scans read from above is one value once it stands there.
    if (innerFirst().empty())
      return;
    llvm::for_each(innerFirst(), moveInvariants);
    IRRewriter rewriter(&getContext());
    DominanceInfo dominance(getOperation());
    eliminateCommonSubExpressions(rewriter, dominance, getOperation());
    getOperation().walk([](Block *block) { uniteScans(*block); });
    for (ScanOp scan : innerFirst())
      if (!untilOf(scan))
        cleanScan(scan);
    getOperation().walk([](Block *block) { makeSegments(*block); });
    llvm::for_each(innerFirst(), simplify);
    // Segments keep what others need no more than what it is made of.
    for (size_t i = 0; i < innerFirst().size(); ++i)
      if (ScanOp scan = innerFirst()[i]; isOfSegments(scan))
        keepSources(scan);
    cleanScans(getOperation().getBody().front());
  }
};
} // namespace
