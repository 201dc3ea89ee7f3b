//===- ScanEdit.cpp - scans taken apart and put together ------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "passes/ScanEdit.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

using namespace mlir;
using namespace net;

static bool isDropped(const llvm::SmallBitVector &dropped, unsigned i) {
  return i < dropped.size() && dropped.test(i);
}

namespace {
/// What an operation is made from.
struct Parts {
  SmallVector<Value> arrays, initial, yields;
  SmallVector<Type> types;
};
} // namespace

static Parts partsOf(ScanOp scan, const ScanChange &change) {
  Parts parts;
  for (auto [i, array] : llvm::enumerate(scan.getSequences()))
    if (!isDropped(change.dropSequences, i))
      parts.arrays.push_back(array);
  llvm::append_range(parts.arrays, change.sequences);
  for (auto [i, value] : llvm::enumerate(scan.keptInTurn()))
    if (!isDropped(change.dropKept, i)) {
      parts.yields.push_back(value);
      parts.types.push_back(scan.kept()[i].getType());
    }
  for (Value value : change.kept) {
    parts.yields.push_back(value);
    parts.types.push_back(stacked(value.getType(), scan.length()));
  }
  for (unsigned i = 0; i < scan.carryCount(); ++i)
    if (!isDropped(change.dropCarries, i)) {
      parts.yields.push_back(scan.nextCarries()[i]);
      parts.initial.push_back(scan.getInitial()[i]);
      parts.types.push_back(parts.initial.back().getType());
    }
  return parts;
}

/// The block, with what its operation now takes and gives.
static void changeBody(Block &body, unsigned sequences, unsigned carries, const ScanChange &change,
                       ArrayRef<Value> yields) {
  body.getTerminator()->setOperands(yields);
  for (Operation &op : llvm::make_early_inc_range(llvm::reverse(body)))
    if (isOpTriviallyDead(&op))
      op.erase();
  for (auto [i, array] : llvm::enumerate(change.sequences))
    body.insertArgument(sequences + i, unstacked(array.getType()), array.getLoc());
  for (unsigned i = carries; i-- > 0;)
    if (isDropped(change.dropCarries, i))
      body.eraseArgument(sequences + change.sequences.size() + i);
  for (unsigned i = sequences; i-- > 0;)
    if (isDropped(change.dropSequences, i))
      body.eraseArgument(i);
}

ScanOp net::changed(ScanOp scan, const ScanChange &change) {
  unsigned sequences = scan.getSequences().size(), carries = scan.carryCount();
  Parts parts = partsOf(scan, change);
  OpBuilder b(scan);
  auto made =
      ScanOp::create(b, scan.getLoc(), parts.types, parts.arrays, parts.initial, scan.getReverse());
  made->setDiscardableAttrs(scan->getDiscardableAttrDictionary());
  if (auto until = untilOf(scan)) {
    unsigned before = 0;
    for (unsigned i = 0; i < *until; ++i)
      before += !isDropped(change.dropCarries, i);
    setUntil(made, before);
  }
  auto result = made.getResults().begin();
  for (auto [i, old] : llvm::enumerate(scan.kept()))
    if (!isDropped(change.dropKept, i))
      old.replaceAllUsesWith(*result++);
  result += change.kept.size();
  for (auto [i, old] : llvm::enumerate(scan.lastCarries()))
    if (!isDropped(change.dropCarries, i))
      old.replaceAllUsesWith(*result++);
  made.getBody().takeBody(scan.getBody());
  scan.erase();
  changeBody(made.getBody().front(), sequences, carries, change, parts.yields);
  return made;
}

Value net::asElement(ScanOp &scan, Value array) {
  for (auto [element, sequence] : llvm::zip(scan.elements(), scan.getSequences()))
    if (sequence == array)
      return element;
  ScanChange change;
  change.sequences = {array};
  scan = changed(scan, change);
  return scan.elements().back();
}

Value net::arrayIfKept(ScanOp scan, Value value) {
  for (auto [element, sequence] : llvm::zip(scan.elements(), scan.getSequences()))
    if (element == value)
      return sequence;
  for (auto [result, kept] : llvm::zip(scan.kept(), scan.keptInTurn()))
    if (kept == value)
      return result;
  return {};
}

Value net::asArray(ScanOp &scan, Value value) {
  if (Value array = arrayIfKept(scan, value))
    return array;
  ScanChange change;
  change.kept = {value};
  scan = changed(scan, change);
  return scan.kept().back();
}

//===-- what depends on what -----------------------------------------------------------------===//

TurnReach::TurnReach(ScanOp scan) : body(&scan.getBody()) {
  for (Value element : scan.elements())
    kinds[element] = Elements;
  for (Value carry : scan.carries())
    kinds[carry] = Turns;
  for (Operation &op : body->front()) {
    Kind most = Above;
    op.walk([&](Operation *inner) {
      if (isa<CheckedOp>(inner))
        most = Turns;
      for (Value operand : inner->getOperands())
        most = std::max(most, of(operand));
    });
    for (Value result : op.getResults())
      kinds[result] = most;
  }
}

TurnReach::Kind TurnReach::of(Value value) const {
  auto known = kinds.find(value);
  if (known != kinds.end())
    return known->second;
  // Elements of sequences that came later.
  return value.getParentRegion() == body ? Elements : Above;
}

//===-- all turns at once --------------------------------------------------------------------===//

bool AllTurns::canDo(Operation *op) {
  return isa<ScalarOp, StopGradientOp, BroadcastOp, ReshapeOp, TransposeOp, ReverseOp, SliceOp,
             PadOp, ConcatOp, SumOp, ProdOp, ReduceMaxOp, ReduceMinOp, LogSumExpOp, EinsumOp>(op);
}

/// Axes of an element as axes of the array of all turns, behind `first`.
static SmallVector<int64_t> shifted(ArrayRef<int64_t> axes, ArrayRef<int64_t> first = {}) {
  SmallVector<int64_t> result(first);
  for (int64_t axis : axes)
    result.push_back(axis + 1);
  return result;
}

static SmallVector<int64_t> behind(int64_t first, ArrayRef<int64_t> rest) {
  SmallVector<int64_t> result = {first};
  llvm::append_range(result, rest);
  return result;
}

static SizesAttr behindZero(SizesAttr sizes) {
  net::Shape shape = sizes.getShape();
  shape.insert(shape.begin(), SizeExpr(0));
  return SizesAttr::get(sizes.getContext(), shape);
}

/// Attributes that count axes, for arrays with the axis of the turns in front.
static NamedAttrList attributesForAll(Operation *op) {
  Builder b(op->getContext());
  NamedAttrList attributes(op->getAttrs());
  auto axes = [&](StringRef name, ArrayRef<int64_t> numbers) {
    attributes.set(name, b.getDenseI64ArrayAttr(numbers));
  };
  if (auto broadcast = dyn_cast<BroadcastOp>(op)) {
    axes("axes", shifted(broadcast.getAxes(), {0}));
  } else if (auto transpose = dyn_cast<TransposeOp>(op)) {
    axes("order", shifted(transpose.getOrder(), {0}));
  } else if (auto slice = dyn_cast<SliceOp>(op)) {
    attributes.set("starts", behindZero(slice.getStarts()));
    axes("strides", behind(1, slice.getStrides()));
  } else if (auto pad = dyn_cast<PadOp>(op)) {
    attributes.set("low", behindZero(pad.getLow()));
    axes("interior", behind(0, pad.getInterior()));
  } else if (auto concat = dyn_cast<ConcatOp>(op)) {
    attributes.set("axis", b.getI64IntegerAttr(static_cast<int64_t>(concat.getAxis()) + 1));
  } else if (auto own = op->getAttrOfType<DenseI64ArrayAttr>("axes")) {
    axes("axes", shifted(own)); // reductions, reverse
  }
  return attributes;
}

/// A value from above is the same in all turns; a product takes it as it is.
Value AllTurns::operand(Operation *op, Value value) {
  if (!isAbove(value))
    return of(value);
  if (isa<EinsumOp>(op) || (isa<PadOp>(op) && value == op->getOperand(1)))
    return value;
  RankedTensorType type = stacked(value.getType(), length);
  SmallVector<int64_t> axes;
  for (int64_t axis = 1; axis < type.getRank(); ++axis)
    axes.push_back(axis);
  return BroadcastOp::create(builder, op->getLoc(), type, value, axes);
}

Value AllTurns::of(Value value) {
  if (Value array = known(value))
    return array;
  if (Value array = done.lookup(value))
    return array;
  Operation *op = value.getDefiningOp();
  if (!op || !canDo(op) || (isa<PadOp>(op) && !isAbove(op->getOperand(1))))
    return {};
  NamedAttrList attributes = attributesForAll(op);
  if (auto einsum = dyn_cast<EinsumOp>(op)) {
    EinsumSpec spec = EinsumSpec::of(einsum);
    char turn = spec.freeLetter('t');
    if (!turn)
      return {};
    for (int i = 0; i < 2; ++i)
      if (!isAbove(op->getOperand(i)))
        spec.parts[i].insert(spec.parts[i].begin(), turn);
    spec.parts[2].insert(spec.parts[2].begin(), turn);
    attributes.set("spec", builder.getStringAttr(spec.str()));
  }
  OperationState state(op->getLoc(), op->getName());
  for (Value each : op->getOperands()) {
    Value array = operand(op, each);
    if (!array)
      return {};
    state.addOperands(array);
  }
  state.addAttributes(attributes.getAttrs());
  state.addTypes(stacked(value.getType(), length));
  return done[value] = builder.create(state)->getResult(0);
}

//===-- stacks -------------------------------------------------------------------------------===//

static net::Shape behindOne(Type type) {
  net::Shape shape = shapeOf(type);
  shape.insert(shape.begin(), SizeExpr(1));
  return shape;
}

Value net::stackOf(OpBuilder &builder, Location loc, ValueRange parts) {
  ExprBuilder b(builder, loc);
  SmallVector<Expr> each;
  for (Value part : parts)
    each.push_back(expr::reshape(Expr(b, part), behindOne(part.getType())));
  return expr::concat(b, each, 0).get();
}

Value net::partOf(OpBuilder &builder, Location loc, Value stack, int64_t number) {
  ExprBuilder b(builder, loc);
  net::Shape shape = shapeOf(unstacked(stack.getType()));
  net::Shape starts(shape.size() + 1, SizeExpr(0)), sizes = shape;
  starts[0] = SizeExpr(number);
  sizes.insert(sizes.begin(), SizeExpr(1));
  SmallVector<int64_t> strides(starts.size(), 1);
  return expr::reshape(expr::slice(Expr(b, stack), starts, sizes, strides), shape).get();
}
