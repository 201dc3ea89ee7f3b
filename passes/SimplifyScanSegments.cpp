//===- SimplifyScanSegments.cpp - scans of many turns, in segments --------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A long scan that is differentiated becomes a scan over segments, of scans over the turns of
// one. What is done for all turns at once is then done for those of a segment: products of
// inputs and gradients of weights need memory for one segment, that is still in the cache, and a
// segment can be computed again from the carries that it begins with (Chen and others, Training
// Deep Nets with Sublinear Memory Cost, 2016). A sum over all turns becomes a sum of sums over
// segments, which changes a formula, by sizes alone.
//
//===----------------------------------------------------------------------===//
#include "mlir/IR/IRMapping.h"
#include "passes/SimplifyScan.h"
#include "passes/Stretch.h"
#include "llvm/ADT/EquivalenceClasses.h"
#include <cmath>

using namespace mlir;
using namespace net;
using namespace net::expr;

/// Scans of fewer turns stay as they are.
static constexpr int64_t manyTurns = 256;

bool net::isOfSegments(ScanOp scan) { return scan->hasAttr(segmentsAttribute); }

/// About the square root of the turns, so that a segment's values take as much memory as the
/// carries between segments; without a rest if some number that is not much smaller divides them.
static int64_t turnsOfSegment(int64_t turns) {
  auto root = static_cast<int64_t>(std::sqrt(static_cast<double>(turns)));
  for (int64_t k = root; 2 * k > root; --k)
    if (turns % k == 0)
      return k;
  return root;
}

static int64_t turnsOf(ScanOp scan) { return scan.length().constant().value_or(0); }

//===-- which --------------------------------------------------------------------------------===//

namespace {
/// Scans of one block and one length, connected by what one keeps and another one reads.
using Family = SmallVector<ScanOp>;
} // namespace

static bool canBeSegments(ScanOp scan) {
  return turnsOf(scan) >= manyTurns && !isOfSegments(scan) && !untilOf(scan) && !canEndEarly(scan);
}

/// Those of a block of which one runs against the direction of one whose values it reads.
static SmallVector<Family> familiesOf(Block &block) {
  llvm::EquivalenceClasses<Operation *> classes;
  llvm::DenseSet<Operation *> backward;
  for (ScanOp scan : block.getOps<ScanOp>()) {
    if (!canBeSegments(scan))
      continue;
    classes.insert(scan);
    for (Value sequence : scan.getSequences()) {
      auto from = sequence.getDefiningOp<ScanOp>();
      if (!from || from->getBlock() != &block || !canBeSegments(from) ||
          !llvm::is_contained(from.kept(), sequence))
        continue;
      classes.unionSets(from, scan);
      if (from.getReverse() != scan.getReverse() && from.carryCount())
        backward.insert(scan);
    }
  }
  SmallVector<Family> families;
  for (const auto *leader : classes) {
    if (!leader->isLeader())
      continue;
    Family family;
    for (Operation *member : classes.members(*leader))
      family.push_back(cast<ScanOp>(member));
    if (llvm::none_of(family, [&](ScanOp scan) { return backward.contains(scan); }))
      continue;
    llvm::sort(family, [](ScanOp a, ScanOp b) { return a->isBeforeInBlock(b); });
    families.push_back(family);
  }
  return families;
}

//===-- how ----------------------------------------------------------------------------------===//

namespace {
class Segmenter {
public:
  explicit Segmenter(const Family &family)
      : family(family), turns(turnsOf(family[0])), each(turnsOfSegment(turns)), count(turns / each),
        rest(turns % each) {}
  void run();

private:
  /// What a scan of the family kept: of all segments, and of the turns behind them.
  struct Kept {
    Value segments, rest;
  };

  void segment(ScanOp scan);
  ScanOp makeRest(ScanOp scan, ValueRange initial);
  ScanOp makeSegments(ScanOp scan, ValueRange initial);
  Value elementOf(ScanOp outer, OpBuilder &b, Value array, Value position);
  ScanOp makeInner(OpBuilder &b, ScanOp scan, ValueRange sequences, ValueRange initial);
  void join(Value kept, const Kept &parts);

  const Family &family;
  int64_t turns, each, count, rest;
  llvm::MapVector<Value, Kept> kept;
};
} // namespace

/// The scan's turns once more, along other sequences.
ScanOp Segmenter::makeInner(OpBuilder &b, ScanOp scan, ValueRange sequences, ValueRange initial) {
  SizeExpr length = shapeOf(sequences[0].getType())[0];
  SmallVector<Type> types;
  for (Value value : scan.keptInTurn())
    types.push_back(stacked(value.getType(), length));
  llvm::append_range(types, initial.getTypes());
  auto inner = ScanOp::create(b, scan.getLoc(), types, sequences, initial, scan.getReverse());
  inner->setDiscardableAttrs(scan->getDiscardableAttrDictionary());
  IRMapping mapping;
  scan.getBody().cloneInto(&inner.getBody(), mapping);
  return inner;
}

/// The turns behind all whole segments.
ScanOp Segmenter::makeRest(ScanOp scan, ValueRange initial) {
  OpBuilder b(scan);
  SmallVector<Value> sequences;
  for (Value array : scan.getSequences()) {
    Stretch last{turns - rest, rest, {}};
    if (auto known = kept.find(array); known != kept.end())
      sequences.push_back(known->second.rest);
    else if (Value part = stretchOf(b, array, 0, last))
      sequences.push_back(part);
    else
      sequences.push_back(sliceOf(b, array.getLoc(), array, 0, last));
  }
  return makeInner(b, scan, sequences, initial);
}

/// A sequence's elements of a segment, in the turn of the outer scan; where the builder stands.
Value Segmenter::elementOf(ScanOp outer, OpBuilder &b, Value array, Value position) {
  Value whole;
  if (auto known = kept.find(array); known != kept.end())
    whole = known->second.segments;
  else if (Value part = stretchOf(b, array, 0, {0, each, position}))
    return part;
  OpBuilder before(outer);
  if (!whole) {
    Value main = rest ? sliceOf(before, array.getLoc(), array, 0, {0, count * each, {}}) : array;
    net::Shape shape = shapeOf(array.getType());
    shape[0] = SizeExpr(each);
    shape.insert(shape.begin(), SizeExpr(count));
    ExprBuilder eb(before, array.getLoc());
    whole = reshape(Expr(eb, main), shape).get();
  }
  unsigned number = outer.getSequences().size();
  outer.getSequencesMutable().append(whole);
  return outer.getBody().insertArgument(number, unstacked(whole.getType()), array.getLoc());
}

ScanOp Segmenter::makeSegments(ScanOp scan, ValueRange initial) {
  OpBuilder b(scan);
  ExprBuilder eb(b, scan.getLoc());
  Expr number = iota(eb, b.getI32Type(), {SizeExpr(count)}, 0);
  Value positions = (number * static_cast<double>(each)).get();
  SmallVector<Type> types;
  for (Value value : scan.keptInTurn())
    types.push_back(stacked(stacked(value.getType(), SizeExpr(each)), SizeExpr(count)));
  llvm::append_range(types, initial.getTypes());
  auto outer = ScanOp::create(b, scan.getLoc(), types, positions, initial, scan.getReverse());
  outer->setDiscardableAttrs(scan->getDiscardableAttrDictionary());
  outer->setAttr(segmentsAttribute, b.getUnitAttr());
  Block &body = outer.getBody().emplaceBlock();
  Value position = body.addArgument(unstacked(positions.getType()), scan.getLoc());
  for (Value value : initial)
    body.addArgument(value.getType(), scan.getLoc());
  OpBuilder in = OpBuilder::atBlockEnd(&body);
  SmallVector<Value> sequences, carries;
  for (Value array : scan.getSequences())
    sequences.push_back(elementOf(outer, in, array, position));
  llvm::append_range(carries, outer.carries());
  ScanOp inner = makeInner(in, scan, sequences, carries);
  YieldOp::create(in, scan.getLoc(), inner.getResults());
  return outer;
}

void Segmenter::segment(ScanOp scan) {
  SmallVector<Value> carries(scan.getInitial());
  ScanOp outer, last;
  // In the order of the turns; a scan in reverse begins with the last ones.
  for (bool behind : {static_cast<bool>(scan.getReverse()), !scan.getReverse()}) {
    if (behind && !rest)
      continue;
    ScanOp &part = behind ? last : outer;
    part = behind ? makeRest(scan, carries) : makeSegments(scan, carries);
    carries.assign(part.lastCarries().begin(), part.lastCarries().end());
  }
  for (auto [old, made] : llvm::zip(scan.lastCarries(), carries))
    old.replaceAllUsesWith(made);
  for (auto [i, old] : llvm::enumerate(scan.kept()))
    kept[old] = {outer.kept()[i], rest ? last.kept()[i] : Value()};
}

/// The whole array, for others than the family.
void Segmenter::join(Value whole, const Kept &parts) {
  auto made = parts.segments.getDefiningOp<ScanOp>();
  auto last = parts.rest ? parts.rest.getDefiningOp<ScanOp>() : made;
  OpBuilder b(made->isBeforeInBlock(last) ? last->getNextNode() : made->getNextNode());
  ExprBuilder eb(b, whole.getLoc());
  net::Shape shape = shapeOf(whole.getType());
  shape[0] = SizeExpr(count * each);
  Expr array = reshape(Expr(eb, parts.segments), shape);
  if (parts.rest)
    array = concat(eb, {array, Expr(eb, parts.rest)}, 0);
  whole.replaceAllUsesWith(array.get());
}

void Segmenter::run() {
  for (ScanOp scan : family)
    segment(scan);
  // Their readers of the family first.
  for (ScanOp scan : llvm::reverse(family)) {
    for (Value result : scan.kept())
      if (!result.use_empty())
        join(result, kept[result]);
    scan.erase();
  }
}

void net::makeSegments(Block &block) {
  for (const Family &family : familiesOf(block))
    Segmenter(family).run();
}

//===-- sums of parts ------------------------------------------------------------------------===//

namespace {
/// A carry to which a turn adds a part of a stack, and nothing else.
struct PartSum {
  unsigned carry;
  int64_t number;
};
} // namespace

/// The carry that the part, `reshape(slice(..))` along the first axis, is added to.
static std::optional<PartSum> sumOfPart(ScanOp scan, Operation *user) {
  auto slice = dyn_cast<SliceOp>(user);
  if (!slice || !slice->hasOneUse() || slice.getType() == slice.getX().getType())
    return std::nullopt;
  net::Shape starts = slice.getStarts().getShape(), one = shapeOf(slice.getX().getType());
  one[0] = SizeExpr(1);
  auto part = dyn_cast<ReshapeOp>(*slice->getUsers().begin());
  auto number = starts[0].constant();
  if (!part || !part->hasOneUse() || !number || shapeOf(slice.getType()) != one ||
      stacked(part.getType(), SizeExpr(1)) != slice.getType())
    return std::nullopt;
  auto add = dyn_cast<AddOp>(*part->getUsers().begin());
  if (!add || !add->hasOneUse() || add.getB_() != part.getResult())
    return std::nullopt;
  for (unsigned i = 0; i < scan.carryCount(); ++i)
    if (scan.carries()[i] == add.getA() && add.getA().hasOneUse() &&
        scan.nextCarries()[i] == add.getResult() && splatOf(scan.getInitial()[i]) == 0.0)
      return PartSum{i, *number};
  return std::nullopt;
}

/// Sums of all parts of one stack are parts of a sum of stacks, which is added up in one piece.
static bool stackSums(ScanOp &scan, Value stack) {
  SmallVector<std::optional<unsigned>> carries(
      static_cast<size_t>(shapeOf(stack.getType())[0].constant().value_or(0)));
  for (Operation *user : stack.getUsers()) {
    auto sum = sumOfPart(scan, user);
    if (!sum || carries[sum->number])
      return false;
    carries[sum->number] = sum->carry;
  }
  if (carries.size() < 2 || !llvm::all_of(carries, [](auto carry) { return carry.has_value(); }))
    return false;
  OpBuilder b(scan), behind(scan->getNextNode());
  ExprBuilder eb(b, stack.getLoc());
  Value zero = splat(eb, 0.0, cast<RankedTensorType>(stack.getType())).get();
  Block &body = scan.getBody().front();
  Value before = body.addArgument(stack.getType(), stack.getLoc());
  OpBuilder inner(body.getTerminator());
  Value sum = AddOp::create(inner, stack.getLoc(), before, stack);
  // The scan with one more carry, its last.
  SmallVector<Value> initial(scan.getInitial()), yields(body.getTerminator()->getOperands());
  SmallVector<Type> types(scan.getResultTypes());
  initial.push_back(zero);
  yields.push_back(sum);
  types.push_back(stack.getType());
  auto made =
      ScanOp::create(b, scan.getLoc(), types, scan.getSequences(), initial, scan.getReverse());
  made->setDiscardableAttrs(scan->getDiscardableAttrDictionary());
  body.getTerminator()->setOperands(yields);
  scan.replaceAllUsesWith(made.getResults().drop_back());
  made.getBody().takeBody(scan.getBody());
  scan.erase();
  scan = made;
  for (auto [number, carry] : llvm::enumerate(carries))
    scan.lastCarries()[*carry].replaceAllUsesWith(
        partOf(behind, stack.getLoc(), scan.lastCarries().back(), number));
  scan = cleanScan(scan);
  return true;
}

ScanOp net::stackSums(ScanOp scan) {
  for (bool again = true; again;) {
    again = false;
    for (auto einsum : llvm::to_vector(scan.getBody().front().getOps<EinsumOp>()))
      if (!einsum.use_empty() && ::stackSums(scan, einsum.getResult())) {
        again = true;
        break;
      }
  }
  return scan;
}
