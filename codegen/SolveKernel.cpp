//===- SolveKernel.cpp - linear equations by elimination ------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A system is copied to memory of the thread's own, a row of a and one of b side by side, and
// eliminated in place. Each element is one chain of fused multiply-adds in the order of the
// columns, so lanes change no bit.
//
//===----------------------------------------------------------------------===//
#include "codegen/Rows.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;
using namespace net;

namespace {
class SolveEmitter : public KernelEmitter {
public:
  explicit SolveEmitter(const KernelInfo &info)
      : info(info), op(cast<SolveOp>(info.roots[0])), shape(shapeOf(op.getType())),
        n(shape[shape.size() - 2]), count(shape.back()), pitch(n + count),
        systems(beside(shape, shape.size() - 2, 2)), cuts(stridesOf(systems)),
        element(registerType(elementOf(op.getType()))),
        domain(info, systems, {cuts.begin(), cuts.end()}, Domain::Lanes::None,
               info.estimate(n * n * (pitch + SizeExpr(16)))) {}

  KernelPlan plan() override {
    SizeExpr work = n * n * (pitch.floorDiv(SizeExpr(info.target.lanes())) + SizeExpr(4));
    return {{Phase{domain.chunks(), product(systems) * work}},
            SizeExpr(0),
            n * pitch * SizeExpr(element.getIntOrFloatBitWidth() / 8)};
  }

  void emit(KernelContext &context, unsigned) override {
    Pull &pull = context.pull;
    OwnArray rows(context, SizeExpr(0), element);
    domain.emit(pull, context.begin, context.end, 1, [&](ArrayRef<Place> places) {
      SmallVector<Index> system = pull.axes(places[0], systems);
      auto placed = [&](const Index &row, const Index &column) {
        SmallVector<Index> indices(system);
        indices.append({row, column});
        return Place(indices);
      };
      pull.loop(n, [&](Index i) {
        copyRow(pull, rows, op.getA(), i, SizeExpr(0), placed);
        copyRow(pull, rows, op.getB_(), i, n, placed);
      });
      pull.loop(n, [&](Index k) { eliminate(pull, rows, whole(pull, k)); });
      pull.loop(n,
                [&](Index i) { substitute(pull, rows, whole(pull, Index(n - SizeExpr(1)) - i)); });
      pull.loop(n, [&](Index i) {
        eachVector(pull, count, [&](const Index &column) {
          Value v = rows.loadLanes(first(pull, i, column, n), pull.getMask().lanes.v);
          pull.store(info.outputs[0], placed(i, column), {v, true, pull.scope()});
        });
      });
    });
  }

private:
  using Placed = llvm::function_ref<Place(const Index &, const Index &)>;

  static Whole whole(Pull &pull, const Index &index) { return {pull, pull.materialize(index).v}; }
  /// Where the first lane of a row's columns lies.
  Value first(Pull &pull, const Index &row, Index column, const SizeExpr &behind) {
    column.lane = SizeExpr(0);
    return pull.materialize(row * pitch + column + Index(behind)).v;
  }
  Whole at(const Whole &row, const Whole &column) const {
    return row * Whole(*row.pull, pitch) + column;
  }
  Value splat(Pull &pull, Value v) { return pull.splat({v, false, pull.scope()}).v; }

  void copyRow(Pull &pull, const OwnArray &rows, Value array, const Index &row,
               const SizeExpr &behind, Placed placed) {
    eachVector(pull, shapeOf(array.getType()).back(), [&](const Index &column) {
      Value v = pull.vector(array, placed(row, column));
      rows.storeLanes(first(pull, row, column, behind), v, pull.getMask().lanes.v);
    });
  }

  /// row -= factor * other, from `low` on.
  void subtract(Pull &pull, const OwnArray &rows, const Whole &row, const Whole &other,
                Value factor, const Whole &low) {
    Value minus = splat(pull, arith::NegFOp::create(pull.builder, pull.loc, factor));
    eachVector(pull, low, Whole(pull, pitch), [&](const Whole &column, Value mask) {
      Value to = at(row, column).v;
      Value a = rows.loadLanes(at(other, column).v, mask), b = rows.loadLanes(to, mask);
      rows.storeLanes(to, math::FmaOp::create(pull.builder, pull.loc, minus, a, b), mask);
    });
  }

  /// The row at or below k with the largest element in column k.
  Whole pivotOf(Pull &pull, const OwnArray &rows, const Whole &k) {
    OpBuilder &b = pull.builder;
    Location loc = pull.loc;
    Value none = arith::ConstantOp::create(b, loc, b.getFloatAttr(element, -1));
    SmallVector<Value> init = {none, k.v};
    auto found = pull.loop(k.v, pull.size(n), 1, n, init, [&](Index i, ValueRange best) {
      Whole row = whole(pull, i);
      Value size = math::AbsFOp::create(b, loc, rows.load(at(row, k).v));
      Value larger = arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OGT, size, best[0]);
      return SmallVector<Value>{arith::SelectOp::create(b, loc, larger, size, best[0]),
                                arith::SelectOp::create(b, loc, larger, row.v, best[1])};
    });
    return k.with(found[1]);
  }

  /// Column k becomes zero below row k, which is not written: nobody reads it.
  void eliminate(Pull &pull, const OwnArray &rows, const Whole &k) {
    OpBuilder &b = pull.builder;
    Whole pivot = pivotOf(pull, rows, k);
    pull.when(k < pivot, [&] {
      eachVector(pull, k, Whole(pull, pitch), [&](const Whole &column, Value mask) {
        Value upper = at(k, column).v, lower = at(pivot, column).v;
        Value a = rows.loadLanes(upper, mask), c = rows.loadLanes(lower, mask);
        rows.storeLanes(upper, c, mask);
        rows.storeLanes(lower, a, mask);
      });
    });
    Value divisor = rows.load(at(k, k).v);
    Whole next = k + Whole(pull, SizeExpr(1));
    pull.loop(next.v, pull.size(n), 1, n, [&](Index i) {
      Whole row = whole(pull, i);
      Value factor = arith::DivFOp::create(b, pull.loc, rows.load(at(row, k).v), divisor);
      subtract(pull, rows, row, k, factor, next);
    });
  }

  /// The unknowns of a row from those behind it.
  void substitute(Pull &pull, const OwnArray &rows, const Whole &row) {
    Whole right(pull, n), next = row + Whole(pull, SizeExpr(1));
    pull.loop(next.v, right.v, 1, n, [&](Index j) {
      Whole other = whole(pull, j);
      subtract(pull, rows, row, other, rows.load(at(row, other).v), right);
    });
    Value divisor = splat(pull, rows.load(at(row, row).v));
    eachVector(pull, right, Whole(pull, pitch), [&](const Whole &column, Value mask) {
      Value to = at(row, column).v;
      Value v = arith::DivFOp::create(pull.builder, pull.loc, rows.loadLanes(to, mask), divisor);
      rows.storeLanes(to, v, mask);
    });
  }

  const KernelInfo &info;
  SolveOp op;
  Shape shape;
  SizeExpr n, count, pitch; ///< unknowns, right sides, elements of a row
  Shape systems;            ///< the leading axes
  SmallVector<SizeExpr> cuts;
  Type element;
  Domain domain;
};
} // namespace

std::unique_ptr<KernelEmitter> net::createSolveEmitter(const KernelInfo &info) {
  return std::make_unique<SolveEmitter>(info);
}
