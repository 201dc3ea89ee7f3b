//===- SimplifyScanTurns.cpp - products of all turns at once --------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A value is kept for this only where it is no larger than what it saves, as a product added
// up in a carry reads and writes the sum in each turn, or than the sequences that there are.
//
//===----------------------------------------------------------------------===//
#include "mlir/IR/IRMapping.h"
#include "passes/FusionGraph.h"
#include "passes/SimplifyScan.h"

using namespace mlir;
using namespace net;

namespace {
/// A product with a value from above.
bool isWeighted(const TurnReach &reach, Operation *op) {
  return isa_and_nonnull<EinsumOp>(op) && (reach.of(op->getOperand(0)) == TurnReach::Above ||
                                           reach.of(op->getOperand(1)) == TurnReach::Above);
}

/// The stack in the turn that a value is part of, and the part's number.
std::pair<ConcatOp, int64_t> stackWith(Value value) {
  for (Operation *user : value.getUsers()) {
    auto reshape = dyn_cast<ReshapeOp>(user);
    if (!reshape || reshape.getType() != stacked(value.getType(), SizeExpr(1)))
      continue;
    for (Operation *reader : reshape->getUsers())
      if (auto concat = dyn_cast<ConcatOp>(reader); concat && concat.getAxis() == 0) {
        bool units =
            llvm::all_of(concat.getXs(), [&](Value x) { return x.getType() == reshape.getType(); });
        if (units)
          return {concat, llvm::find(concat.getXs(), reshape.getResult()) - concat.getXs().begin()};
      }
  }
  return {};
}

bool isMove(Operation *op) { return isa_and_nonnull<ReshapeOp, TransposeOp, BroadcastOp>(op); }
} // namespace

//===-- before the scan ----------------------------------------------------------------------===//

ScanOp net::hoistProducts(ScanOp scan) {
  TurnReach reach(scan);
  for (auto einsum : llvm::to_vector(scan.getBody().front().getOps<EinsumOp>())) {
    if (reach.of(einsum.getResult()) != TurnReach::Elements || !isWeighted(reach, einsum))
      continue;
    OpBuilder b(scan);
    auto known = [&](Value value) {
      auto element = llvm::find(scan.elements(), value);
      return element == scan.elements().end()
                 ? Value()
                 : scan.getSequences()[element - scan.elements().begin()];
    };
    Value array = AllTurns(b, scan.getBody(), scan.length(), known).of(einsum.getResult());
    if (array)
      einsum.getResult().replaceAllUsesWith(asElement(scan, array));
  }
  return scan;
}

//===-- behind the scan ----------------------------------------------------------------------===//

namespace {
using Compute = llvm::function_ref<bool(Value)>;

/// Computes arrays of all turns behind the scan, which keeps what they are computed from.
class Behind {
public:
  explicit Behind(ScanOp scan) : scan(scan), reach(scan), next(scan->getNextNode()) {}

  /// All turns of a value; `compute` says what is computed behind the scan. With `again` the value
  /// itself is, though it is kept.
  Value arrayOf(Value value, Compute compute, bool again = false);
  /// Bytes that would be kept in addition.
  int64_t cost(Value value, Compute compute, bool again = false);
  /// Behind the scan and what has been made there.
  OpBuilder builder() const { return OpBuilder(next); }

  ScanOp scan;
  TurnReach reach;

private:
  Value known(Value value);
  template <typename Do> void forEachLeaf(Value value, Compute compute, bool again, Do leaf);

  Operation *next;
};
} // namespace

/// The array that there is, or that is a part of one.
Value Behind::known(Value value) {
  if (Value array = arrayIfKept(scan, value))
    return array;
  auto [stack, number] = stackWith(value);
  Value array = stack ? arrayIfKept(scan, stack.getResult()) : Value();
  if (!array)
    return {};
  OpBuilder inner = builder();
  ExprBuilder b(inner, value.getLoc());
  net::Shape sizes = shapeOf(array.getType()), starts(sizes.size(), SizeExpr(0));
  starts[1] = SizeExpr(number);
  sizes[1] = SizeExpr(1);
  Expr part = expr::slice(Expr(b, array), starts, sizes, SmallVector<int64_t>(sizes.size(), 1));
  return expr::reshape(part, shapeOf(stacked(value.getType(), scan.length()))).get();
}

template <typename Do> void Behind::forEachLeaf(Value value, Compute compute, bool again, Do leaf) {
  if (reach.of(value) == TurnReach::Above || (arrayIfKept(scan, value) && !again))
    return;
  auto [stack, number] = stackWith(value);
  if (stack) {
    if (!arrayIfKept(scan, stack.getResult()))
      leaf(stack.getResult());
  } else if (!compute(value)) {
    leaf(value);
  } else {
    for (Value operand : value.getDefiningOp()->getOperands())
      forEachLeaf(operand, compute, false, leaf);
  }
}

int64_t Behind::cost(Value value, Compute compute, bool again) {
  llvm::MapVector<Value, int64_t> leaves;
  forEachLeaf(value, compute, again,
              [&](Value leaf) { leaves[leaf] = fusion::bytesOf(leaf.getType()); });
  int64_t bytes = 0;
  for (const auto &leaf : leaves)
    bytes += leaf.second;
  return bytes;
}

Value Behind::arrayOf(Value value, Compute compute, bool again) {
  SmallVector<Value> leaves;
  forEachLeaf(value, compute, again, [&](Value leaf) { leaves.push_back(leaf); });
  for (Value leaf : leaves)
    asArray(scan, leaf);
  OpBuilder b = builder();
  auto there = [&](Value v) { return again && v == value ? Value() : known(v); };
  return AllTurns(b, scan.getBody(), scan.length(), there).of(value);
}

//===-- what is only kept --------------------------------------------------------------------===//

/// Is a product with a value from above in what the value alone is computed by, or a copy of
/// elements?
static bool holdsProduct(const TurnReach &reach, Value value) {
  Operation *op = value.getDefiningOp();
  if (!op || !value.hasOneUse() || reach.of(value) != TurnReach::Turns || !AllTurns::canDo(op))
    return false;
  auto isElements = [&](Value operand) { return reach.of(operand) == TurnReach::Elements; };
  if (isa<ConcatOp>(op) && llvm::any_of(op->getOperands(), isElements))
    return true;
  return isWeighted(reach, op) || llvm::any_of(op->getOperands(), [&](Value operand) {
           return holdsProduct(reach, operand);
         });
}

ScanOp net::sinkProducts(ScanOp scan) {
  Behind behind(scan);
  auto compute = [&](Value v) { return holdsProduct(behind.reach, v); };
  for (unsigned i = 0; i < behind.scan.keptCount(); ++i) {
    Value value = behind.scan.keptInTurn()[i];
    if (!compute(value) ||
        behind.cost(value, compute, /*again=*/true) > 2 * fusion::bytesOf(value.getType()))
      continue;
    if (Value array = behind.arrayOf(value, compute, /*again=*/true))
      behind.scan.kept()[i].replaceAllUsesWith(array);
  }
  return cleanScan(behind.scan);
}

//===-- what is added up ---------------------------------------------------------------------===//

namespace {
/// Sums over all turns, behind the scan.
class Totals {
public:
  explicit Totals(ScanOp scan) : behind(scan) {}
  ScanOp run();

private:
  bool addends(unsigned carry, SmallVector<Value> &terms);
  bool canAdd(Value value);
  Value total(Value value);
  Value totalOf(EinsumOp einsum);
  Value compute(Value value);
  Value array(Value value) {
    return behind.arrayOf(value, [&](Value v) { return isCheap(v); });
  }
  int64_t cost(Value value) {
    return behind.cost(value, [&](Value v) { return isCheap(v); });
  }
  /// What a turn reads of sequences: arrays of all turns that there are already.
  int64_t elementBytes() {
    int64_t bytes = 0;
    for (Value element : behind.scan.elements())
      bytes += fusion::bytesOf(element.getType());
    return bytes;
  }
  /// Computed behind the scan rather than kept.
  bool isCheap(Value value) const {
    Operation *op = value.getDefiningOp();
    return op && AllTurns::canDo(op) &&
           (isMove(op) || behind.reach.of(value) == TurnReach::Elements);
  }
  bool isAbove(Value value) const { return behind.reach.of(value) == TurnReach::Above; }

  Behind behind;
  llvm::DenseMap<Value, Value> totals;
};
} // namespace

/// What each turn adds to a carry that nothing else of the turn reads.
bool Totals::addends(unsigned carry, SmallVector<Value> &terms) {
  ScanOp scan = behind.scan;
  Value before = scan.carries()[carry], at = scan.nextCarries()[carry];
  if (!before.hasOneUse())
    return false;
  while (at != before) {
    auto add = at.getDefiningOp<AddOp>();
    if (!add || !at.hasOneUse() || !isa<FloatType>(elementOf(at.getType())))
      return false;
    bool left =
        add.getA() == before ||
        (add.getB_() != before && add.getA().getDefiningOp<AddOp>() && add.getA().hasOneUse());
    terms.push_back(left ? add.getB_() : add.getA());
    at = left ? add.getA() : add.getB_();
  }
  return true;
}

bool Totals::canAdd(Value value) {
  Operation *op = value.getDefiningOp();
  if (isAbove(value))
    return false;
  if (auto einsum = dyn_cast_or_null<EinsumOp>(op)) {
    Value a = einsum.getA(), b = einsum.getB_();
    if (isAbove(a) || isAbove(b))
      return canAdd(isAbove(a) ? b : a);
    return EinsumSpec::of(einsum).freeLetter('t') &&
           cost(a) + cost(b) <= std::max(4 * fusion::bytesOf(einsum.getType()), elementBytes());
  }
  if (isa_and_nonnull<ReshapeOp, TransposeOp, SliceOp>(op))
    return canAdd(op->getOperand(0));
  if (isa_and_nonnull<AddOp>(op))
    return canAdd(op->getOperand(0)) && canAdd(op->getOperand(1));
  return cost(isa_and_nonnull<SumOp>(op) ? op->getOperand(0) : value) == 0;
}

Value Totals::total(Value value) {
  if (Value known = totals.lookup(value))
    return known;
  Value made = compute(value); // may itself add to the map
  return totals[value] = made;
}

Value Totals::totalOf(EinsumOp einsum) {
  EinsumSpec spec = EinsumSpec::of(einsum);
  char turn = spec.freeLetter('t');
  bool weighted = isAbove(einsum.getA()) || isAbove(einsum.getB_());
  SmallVector<Value> operands;
  for (auto [part, operand] : llvm::zip(spec.parts, einsum->getOperands())) {
    operands.push_back(isAbove(operand) ? operand : weighted ? total(operand) : array(operand));
    if (!weighted)
      part.insert(part.begin(), turn);
  }
  OpBuilder b = behind.builder();
  return EinsumOp::create(b, einsum.getLoc(), einsum.getType(), operands[0], operands[1],
                          spec.str());
}

Value Totals::compute(Value value) {
  Operation *op = value.getDefiningOp();
  if (auto einsum = dyn_cast_or_null<EinsumOp>(op))
    return totalOf(einsum);
  if (isa_and_nonnull<ReshapeOp, TransposeOp, SliceOp, AddOp>(op)) {
    IRMapping mapping;
    for (Value operand : op->getOperands())
      mapping.map(operand, total(operand));
    return behind.builder().clone(*op, mapping)->getResult(0);
  }
  SmallVector<int64_t> axes = {0};
  auto sum = dyn_cast_or_null<SumOp>(op);
  if (sum)
    for (int64_t axis : sum.getAxes())
      axes.push_back(axis + 1);
  Value all = array(sum ? sum.getX() : value);
  OpBuilder b = behind.builder();
  return SumOp::create(b, value.getLoc(), value.getType(), all, axes);
}

ScanOp Totals::run() {
  ScanChange change;
  change.dropCarries.resize(behind.scan.carryCount());
  // What a product keeps, sums find there.
  for (size_t before = SIZE_MAX; before != change.dropCarries.count();) {
    before = change.dropCarries.count();
    for (unsigned i = 0; i < behind.scan.carryCount(); ++i) {
      SmallVector<Value> terms;
      if (change.dropCarries[i] || behind.scan.lastCarries()[i].use_empty() || !addends(i, terms) ||
          !llvm::all_of(terms, [&](Value v) { return canAdd(v); }))
        continue;
      Value sum = behind.scan.getInitial()[i];
      for (Value term : terms) {
        Value all = total(term);
        OpBuilder b = behind.builder();
        sum = AddOp::create(b, term.getLoc(), sum, all);
      }
      behind.scan.lastCarries()[i].replaceAllUsesWith(sum);
      change.dropCarries.set(i);
    }
  }
  return change.dropCarries.none() ? behind.scan : changed(behind.scan, change);
}

ScanOp net::sumBehind(ScanOp scan) { return Totals(scan).run(); }
