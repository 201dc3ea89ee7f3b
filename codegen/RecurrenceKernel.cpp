//===- RecurrenceKernel.cpp - each element from the one before ------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The last element stays in a register. Lanes are neighbouring rows, where neighbours in memory
// are; else a row is a loop over scalars.
//
//===----------------------------------------------------------------------===//
#include "codegen/Rows.h"
#include "ir/LaneMath.h"

using namespace mlir;
using namespace net;

namespace {
class RecurrenceEmitter : public KernelEmitter {
public:
  explicit RecurrenceEmitter(const KernelInfo &info)
      : info(info), op(cast<RecurrenceOp>(info.roots[0])), shape(shapeOf(op.getType())),
        axis(op.getAxis()), length(shape[axis]), slices(beside(shape, axis)),
        cuts(stridesOf(slices)),
        isLast(product(Shape(shape.begin() + axis + 1, shape.end())) == SizeExpr(1)),
        domain(info, slices, {cuts.begin(), cuts.end()},
               isLast ? Domain::Lanes::None : Domain::Lanes::Innermost, info.estimate(length)) {}

  KernelPlan plan() override {
    SizeExpr work = product(shape) * SizeExpr(4);
    return {{Phase{domain.chunks(), isLast ? work : work.floorDiv(SizeExpr(info.target.lanes()))}},
            SizeExpr(0)};
  }

  void emit(KernelContext &context, unsigned) override {
    Pull &pull = context.pull;
    domain.emit(pull, context.begin, context.end, 1, [&](ArrayRef<Place> places) {
      SmallVector<Index> slice = pull.axes(places[0], slices);
      bool isVector = pull.hasLanes(places[0]);
      auto row = [&] { emitRow(pull, slice, isVector); };
      if (length.constant())
        return row();
      pull.when(Whole(pull, SizeExpr(0)) < Whole(pull, length), row);
    });
  }

private:
  void emitRow(Pull &pull, ArrayRef<Index> slice, bool isVector) {
    auto placed = [&](const Index &turn) {
      return inRow(slice, axis, op.getReverse() ? Index(length - SizeExpr(1)) - turn : turn);
    };
    auto value = [&](Value array, const Place &place) {
      Element element = pull.get(array, place);
      return Lane(pull.builder, pull.loc, elementOf(op.getType()),
                  isVector ? pull.splat(element).v : element.v);
    };
    auto store = [&](const Place &place, Value v) {
      pull.store(info.outputs[0], place, {v, isVector, pull.scope()});
    };
    Value first = value(op.getX(), placed(Index())).v;
    store(placed(Index()), first);
    pull.loop(pull.size(1), pull.size(length), 1, length, first, [&](Index i, ValueRange before) {
      Place place = placed(i);
      Lane a = value(op.getA(), place), x = value(op.getX(), place);
      Lane y(pull.builder, pull.loc, a.element, before[0]);
      Value next = isa<FloatType>(a.element) ? lane::fma(a, y, x).v
                                             : scalar::operator+(scalar::operator*(a, y), x).v;
      store(place, next);
      return SmallVector<Value>{next};
    });
  }

  const KernelInfo &info;
  RecurrenceOp op;
  Shape shape;
  size_t axis;
  SizeExpr length;
  Shape slices; ///< the axes beside
  SmallVector<SizeExpr> cuts;
  bool isLast; ///< a row's elements are neighbours in memory
  Domain domain;
};
} // namespace

std::unique_ptr<KernelEmitter> net::createRecurrenceEmitter(const KernelInfo &info) {
  return std::make_unique<RecurrenceEmitter>(info);
}
