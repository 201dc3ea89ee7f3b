//===- IndexedSet.cpp - set x[:, 0:3, i] = v ------------------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/Places.h"

using namespace net;

namespace {
/// `set x[..] = v`: a mask over x of the elements that change, and v spread to x's axes.
class Update {
public:
  Update(net::Emit e, mlir::Value x) : e(e), x(x), shape(shapeOf(x.getType())) {}

  /// The axis gets v's as it is.
  void whole(int64_t axis) { keep(axis, shape[axis]); }
  /// Elements low .. low + size - 1 get v's.
  void part(int64_t axis, const SizeExpr &low, const SizeExpr &size) {
    int64_t own = keep(axis, size);
    mlir::Value here = iota(axis), first = along(axis, e.size(low, e.i32())),
                end = along(axis, e.size(low + size, e.i32()));
    restrict(axis, e.binary<AndOp>(e.compare<GeOp>(here, first), e.compare<LtOp>(here, end)));
    spread.push_back([=](mlir::Value v) {
      Shape to = shapeOf(v.getType()), lows(to.size(), SizeExpr(0));
      to[own] = shape[axis];
      lows[own] = low;
      mlir::Type element = elementOf(v.getType());
      return PadOp::create(e.builder, e.loc, tensorOf(element, to), v, e.number(0, element),
                           SizesAttr::get(e.builder.getContext(), lows),
                           llvm::SmallVector<int64_t>(to.size(), 0))
          .getResult();
    });
  }
  /// One element, for which v has no axis.
  void position(int64_t axis, mlir::Value at) {
    restrict(axis, e.compare<EqOp>(iota(axis), along(axis, at)));
  }
  /// Element positions[k] gets v's element k; of equal positions the last counts.
  void positions(int64_t axis, mlir::Value positions) {
    SizeExpr count = shapeOf(positions.getType())[0];
    int64_t own = keep(axis, count);
    Shape table = {shape[axis], count};
    mlir::Value hit = e.compare<EqOp>(e.broadcastAxes(iota(axis), table, {0}),
                                      e.broadcastAxes(positions, table, {1}));
    mlir::Value k = e.broadcastAxes(e.iota(count, e.i32()), table, {1}),
                none = e.fill(-1, e.i32(), table);
    mlir::Value chosen = WhereOp::create(e.builder, e.loc, k.getType(), hit, k, none).getResult();
    mlir::Value from = e.reduce<ReduceMaxOp>(chosen, {1}, /*keep=*/false);
    mlir::Value zero = e.fill(0, e.i32(), {shape[axis]});
    restrict(axis, e.compare<GeOp>(from, zero));
    spread.push_back([=](mlir::Value v) {
      Shape to = shapeOf(v.getType());
      to[own] = shape[axis];
      return TakeOp::create(e.builder, e.loc, tensorOf(elementOf(v.getType()), to), v,
                            e.binary<MaxOp>(from, zero), static_cast<uint64_t>(own))
          .getResult();
    });
  }

  const Shape &valueShape() const { return needed; }
  mlir::Value with(mlir::Value v) {
    for (auto &step : spread)
      v = step(v);
    v = e.broadcastAxes(v, shape, kept);
    return mask ? WhereOp::create(e.builder, e.loc, x.getType(), mask, v, x).getResult() : v;
  }

private:
  mlir::Value iota(int64_t axis) { return e.iota(shape[axis], e.i32()); }
  mlir::Value along(int64_t axis, mlir::Value scalar) { return e.fill(scalar, {shape[axis]}); }
  int64_t keep(int64_t axis, const SizeExpr &size) {
    needed.push_back(size);
    kept.push_back(axis);
    return kept.size() - 1;
  }
  void restrict(int64_t axis, mlir::Value here) {
    here = e.broadcastAxes(here, shape, {axis});
    mask = mask ? e.binary<AndOp>(mask, here) : here;
  }

  net::Emit e;
  mlir::Value x, mask;
  Shape shape, needed;
  llvm::SmallVector<int64_t> kept; ///< x's axes that v has
  std::vector<std::function<mlir::Value(mlir::Value)>> spread;
};
} // namespace

mlir::Value Elaborator::updated(mlir::Value x, llvm::ArrayRef<ast::Index> index, const Value &v,
                                Env &env, SourceRange range) {
  Shape shape = shapeOf(x.getType());
  auto places = readPlaces(*this, env, x, index, range);
  if (!places)
    return {};
  Emit e = emit(env, range);
  Update update(e, x);
  int64_t axis = 0;
  for (const AxisPlace &place : *places) {
    switch (place.kind) {
    case AxisPlace::Kind::New:
      error(place.range, "N0214", "`new` has no place in `set`");
      return {};
    case AxisPlace::Kind::Slice:
      place.size == shape[axis] ? update.whole(axis) : update.part(axis, place.low, place.size);
      break;
    case AxisPlace::Kind::Static:
      update.position(axis, e.size(place.low, e.i32()));
      break;
    case AxisPlace::Kind::Array:
      mlir::Value at = checkedIndex(e.cast(place.value.tensor(), e.i32()), shape[axis], env,
                                    place.range, "index");
      int64_t rank = llvm::cast<mlir::RankedTensorType>(at.getType()).getRank();
      if (rank > 1) {
        error(place.range, "N0214",
              "positions in `set` are one number or a vector of them, this is " + str(at.getType()))
            .help("`flatten` the positions and the value");
        return {};
      }
      rank ? update.positions(axis, at) : update.position(axis, at);
    }
    ++axis;
  }
  mlir::Value value =
      toTensorOf(v, tensorOf(elementOf(x.getType()), update.valueShape()), env, range);
  return value ? update.with(value) : mlir::Value();
}
