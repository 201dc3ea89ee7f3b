//===- SortKernel.cpp - positions in ascending order ----------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A row's elements become whole numbers in the same order, its positions behind them: with
// elements of 32 bits both fit in one word. Runs of 1, 2, 4, .. words are merged, without
// branches on what is compared; of equals the left run's goes first, so their order stays.
//
//===----------------------------------------------------------------------===//
#include "codegen/Rows.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;
using namespace net;

namespace {
class SortEmitter : public KernelEmitter {
public:
  explicit SortEmitter(const KernelInfo &info)
      : info(info), op(cast<ArgSortOp>(info.roots[0])), shape(shapeOf(op.getType())),
        axis(op.getAxis()), length(shape[axis]), slices(beside(shape, axis)),
        cuts(stridesOf(slices)),
        isWide(registerType(elementOf(op.getX().getType())).getIntOrFloatBitWidth() > 32),
        domain(info, slices, {cuts.begin(), cuts.end()}, Domain::Lanes::None,
               16 * info.estimate(length)) {}

  KernelPlan plan() override {
    SizeExpr words = half() * SizeExpr(isWide ? 4 : 2);
    return {
        {Phase{domain.chunks(), product(shape) * SizeExpr(64)}}, SizeExpr(0), words * SizeExpr(8)};
  }

  void emit(KernelContext &context, unsigned) override {
    Pull &pull = context.pull;
    Type word = pull.builder.getI64Type();
    OwnArray keys(context, SizeExpr(0), word), positions(context, half() * SizeExpr(16), word);
    SmallVector<OwnArray> arrays = {keys};
    if (isWide)
      arrays.push_back(positions);
    domain.emit(pull, context.begin, context.end, 1, [&](ArrayRef<Place> places) {
      SmallVector<Index> slice = pull.axes(places[0], slices);
      auto placed = [&](const Index &position) { return inRow(slice, axis, position); };
      fill(pull, arrays, placed);
      Value sorted = merge(pull, arrays);
      pull.loop(length, [&](Index i) {
        Value at = (Whole(pull, sorted) + Whole(pull, pull.materialize(i).v)).v;
        Value position = arith::TruncIOp::create(pull.builder, pull.loc, pull.builder.getI32Type(),
                                                 arrays.back().load(at));
        pull.store(info.outputs[0], placed(i), {position, false, pull.scope()});
      });
    });
  }

private:
  using Arrays = ArrayRef<OwnArray>;

  /// Words of one of the two places that runs are merged to and from. The last one is read, not
  /// used.
  SizeExpr half() const { return length + SizeExpr(1); }

  void fill(Pull &pull, Arrays arrays, llvm::function_ref<Place(const Index &)> placed) {
    eachVector(pull, length, [&](const Index &lanes) {
      OpBuilder &b = pull.builder;
      Index first = lanes;
      first.lane = SizeExpr(0);
      Value at = pull.materialize(first).v, mask = pull.getMask().lanes.v;
      Value position = pull.materialize(lanes).v;
      Value key = keyOf(pull, pull.vector(op.getX(), placed(lanes)));
      if (isWide) {
        arrays[0].storeLanes(at, key, mask);
        return arrays[1].storeLanes(at, position, mask);
      }
      Type wide = position.getType();
      Value high = arith::ExtSIOp::create(b, pull.loc, wide, key);
      Value shift = arith::ConstantOp::create(
          b, pull.loc, DenseElementsAttr::get(cast<ShapedType>(wide), APInt(64, 32)));
      high = arith::ShLIOp::create(b, pull.loc, high, shift);
      arrays[0].storeLanes(at, arith::OrIOp::create(b, pull.loc, high, position), mask);
    });
  }

  /// A signed number for each lane, smaller where the element comes earlier.
  Value keyOf(Pull &pull, Value x) {
    OpBuilder &b = pull.builder;
    Location loc = pull.loc;
    auto vector = cast<VectorType>(x.getType());
    unsigned bits = isWide ? 64 : 32;
    auto type = vector.clone(b.getIntegerType(bits));
    auto number = [&](const APInt &n) -> Value {
      return arith::ConstantOp::create(b, loc, DenseElementsAttr::get(type, n));
    };
    auto reversed = [&](Value key) -> Value {
      return op.getDescending()
                 ? arith::XOrIOp::create(b, loc, key, number(APInt::getAllOnes(bits))).getResult()
                 : key;
    };
    if (!isa<FloatType>(vector.getElementType())) {
      if (vector.getElementType().isInteger(1))
        x = arith::ExtUIOp::create(b, loc, type, x);
      return reversed(x);
    }
    Value zero = arith::ConstantOp::create(b, loc, b.getZeroAttr(vector));
    Value isNan = arith::CmpFOp::create(b, loc, arith::CmpFPredicate::UNO, x, x);
    Value isZero = arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OEQ, x, zero);
    x = arith::SelectOp::create(b, loc, isZero, zero, x);
    // Below zero the larger the bits, the smaller the number.
    Value key = arith::BitcastOp::create(b, loc, type, x);
    Value sign = arith::ShRSIOp::create(b, loc, key, number(APInt(bits, bits - 1)));
    Value flip = arith::AndIOp::create(b, loc, sign, number(APInt::getSignedMaxValue(bits)));
    key = reversed(arith::XOrIOp::create(b, loc, key, flip));
    return arith::SelectOp::create(b, loc, isNan, number(APInt::getSignedMaxValue(bits)), key);
  }

  /// How often runs double until one is left.
  Value passes(Pull &pull) {
    if (auto n = length.constant())
      return pull.size(
          SizeExpr(*n > 1 ? 64 - llvm::countl_zero(static_cast<uint64_t>(*n - 1)) : 0));
    OpBuilder &b = pull.builder;
    Value some = arith::MaxSIOp::create(b, pull.loc, pull.size(length), pull.size(1));
    Value zeros = math::CountLeadingZerosOp::create(
        b, pull.loc, (Whole(pull, some) - Whole(pull, SizeExpr(1))).v);
    return (Whole(pull, SizeExpr(64)) - Whole(pull, zeros)).v;
  }

  /// Gives where the sorted words begin.
  Value merge(Pull &pull, Arrays arrays) {
    SmallVector<Value> init = {pull.size(1), pull.size(0)};
    SizeExpr unknown = SizeExpr::invalid();
    return pull.loop(pull.size(0), passes(pull), 1, unknown, init, [&](Index, ValueRange carried) {
      Whole run(pull, carried[0]), from(pull, carried[1]), n(pull, length);
      Whole to = Whole(pull, half()) - from, pair = run + run;
      Whole up = n + pair - Whole(pull, SizeExpr(1));
      Value pairs = arith::DivSIOp::create(pull.builder, pull.loc, up.v, pair.v);
      pull.loop(pull.size(0), pairs, 1, unknown, [&](Index i) {
        Whole low = Whole(pull, pull.materialize(i).v) * pair;
        mergePair(pull, arrays, from, to, low, min(low + run, n), min(low + pair, n));
      });
      return SmallVector<Value>{pair.v, to.v};
    })[1];
  }

  /// The runs low .. middle - 1 and middle .. high - 1.
  void mergePair(Pull &pull, Arrays arrays, Whole from, Whole to, Whole low, Whole middle,
                 Whole high) {
    OpBuilder &b = pull.builder;
    Location loc = pull.loc;
    SmallVector<Value> init = {low.v, middle.v};
    pull.loop(low.v, high.v, 1, SizeExpr::invalid(), init, [&](Index k, ValueRange carried) {
      Whole left(pull, carried[0]), right(pull, carried[1]);
      SmallVector<Value> a, c;
      for (const OwnArray &array : arrays) {
        a.push_back(array.load((from + left).v));
        c.push_back(array.load((from + right).v));
      }
      Value notAfter = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::sle, a[0], c[0]);
      Value rightEmpty = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::sge, right.v, high.v);
      Value isLeft = arith::OrIOp::create(b, loc, rightEmpty, notAfter);
      Value takesLeft = arith::AndIOp::create(b, loc, left < middle, isLeft);
      Whole at = to + Whole(pull, pull.materialize(k).v);
      for (auto [i, array] : llvm::enumerate(arrays))
        array.store(at.v, arith::SelectOp::create(b, loc, takesLeft, a[i], c[i]));
      Whole step(pull, arith::ExtUIOp::create(b, loc, b.getI64Type(), takesLeft).getResult());
      Whole other = Whole(pull, SizeExpr(1)) - step;
      return SmallVector<Value>{(left + step).v, (right + other).v};
    });
  }

  const KernelInfo &info;
  ArgSortOp op;
  Shape shape;
  size_t axis;
  SizeExpr length;
  Shape slices; ///< the axes beside
  SmallVector<SizeExpr> cuts;
  bool isWide; ///< elements fill a word, positions have their own
  Domain domain;
};
} // namespace

std::unique_ptr<KernelEmitter> net::createSortEmitter(const KernelInfo &info) {
  return std::make_unique<SortEmitter>(info);
}
