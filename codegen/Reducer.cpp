//===- Reducer.cpp - reductions as loops ----------------------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "codegen/ReducerSteps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace net;
using namespace net::reduction;

bool net::isReduction(Operation *op) {
  return isa<SumOp, ProdOp, ReduceMaxOp, ReduceMinOp, AnyOp, AllOp, LogSumExpOp, ArgMaxOp,
             ArgMinOp>(op);
}

SmallVector<int64_t> net::reducedAxes(Operation *root) {
  if (auto axis = root->getAttrOfType<IntegerAttr>("axis"))
    return {axis.getInt()};
  auto axes = llvm::to_vector(root->getAttrOfType<DenseI64ArrayAttr>("axes").asArrayRef());
  llvm::sort(axes);
  return axes;
}

namespace {
std::optional<int64_t> known(Value v) {
  APInt number;
  if (v && matchPattern(v, m_ConstantInt(&number)))
    return number.getSExtValue();
  return std::nullopt;
}
} // namespace

//===-- the loops ----------------------------------------------------------------------------===//

bool net::reducesInnermost(Operation *root) {
  Shape shape = shapeOf(root->getOperand(0).getType());
  auto axes = reducedAxes(root);
  for (size_t axis = shape.size(); axis-- > 0;)
    if (llvm::is_contained(axes, static_cast<int64_t>(axis)) || shape[axis] != SizeExpr(1))
      return llvm::is_contained(axes, static_cast<int64_t>(axis));
  return false;
}

/// The order of elements must not depend on what is fused: the loop over lanes is made of the last
/// axes, as many as make it long enough, whatever their elements are computed from. Loops around go
/// in order, so they may be cut as accesses like; where parts are made of them, they are one.
void Reducer::planLoops(CutAnalysis &analysis, ArrayRef<Operation *> roots, bool parted,
                        SmallVector<Loop> &nest, Shape &sizes) {
  constexpr int64_t longEnough = 64;
  Shape shape = shapeOf(roots[0]->getOperand(0).getType());
  auto reduced = reducedAxes(roots[0]);
  std::vector<SizeExpr> cuts;
  for (Operation *root : roots)
    for (const SizeExpr &cut : analysis.of(root->getOperand(0)))
      cuts.push_back(cut);
  auto strides = stridesOf(shape);
  for (size_t i = 0; i < reduced.size();) {
    size_t j = i + 1;
    while (j < reduced.size() && reduced[j] == reduced[j - 1] + 1)
      ++j;
    unsigned first = reduced[i], axes = j - i;
    SizeExpr lanes(1), around(1);
    size_t k = j;
    bool last = j == reduced.size() && reducesInnermost(roots[0]);
    while (last && k > i && lanes.constant().value_or(longEnough) < longEnough)
      lanes = lanes * shape[reduced[--k]];
    for (size_t outer = i; outer < k; ++outer)
      around = around * shape[reduced[outer]];
    if (k > i) {
      SizeExpr inner = strides[reduced[j - 1]] * lanes;
      std::vector<SizeExpr> own;
      for (const SizeExpr &cut : cuts)
        if (divides(inner, cut) && !(parted && i == 0))
          own.push_back(cut.floorDiv(inner));
      Shape run = factored(around, own);
      auto runStrides = stridesOf(run);
      for (size_t loop = 0; loop < run.size(); ++loop) {
        sizes.push_back(run[loop]);
        nest.push_back({first, axes, runStrides[loop] * lanes});
      }
    }
    if (last) {
      sizes.push_back(lanes);
      nest.push_back({first, axes, SizeExpr(1)});
    }
    i = j;
  }
}

SizeExpr Reducer::outermost(CutAnalysis &cuts, ArrayRef<Operation *> roots) {
  SmallVector<Loop> nest;
  Shape sizes;
  planLoops(cuts, roots, /*parted=*/true, nest, sizes);
  return sizes.empty() ? SizeExpr(1) : sizes[0];
}

Reducer::Reducer(Pull &pull, ArrayRef<Operation *> roots, ArrayRef<Place> places, bool parted)
    : pull(pull), roots(roots), places(places), shape(shapeOf(roots[0]->getOperand(0).getType())),
      reduced(reducedAxes(roots[0])) {
  planLoops(pull.cuts, roots, parted, nestOf, sizes);
  bool uniform = !llvm::any_of(places, [&](const Place &place) { return pull.hasLanes(place); });
  acrossLanes = uniform && reducesInnermost(roots[0]) && pull.getWidth() > 1 &&
                sizes.back().constant().value_or(8) >= 4;
  vectorOf = acrossLanes || !uniform;
  int64_t width = pull.getWidth();
  if (acrossLanes && sizes.back().constant().value_or(8 * width) >= 8 * width)
    sets = 4;
}

unsigned Reducer::partsOf(Operation *root, Stage stage) const {
  if (stage == Stage::Exponentials)
    return isa<LogSumExpOp>(root) ? 1 : 0;
  return isArg(root) ? 2 : 1;
}

Reducer::Values Reducer::begin(Stage stage) {
  Values values;
  for (size_t i = 0; i < places.size() * sets; ++i)
    for (Operation *root : roots) {
      Partial partial = identity(pull, root, vectorOf);
      if (stage == Stage::Exponentials && isa<LogSumExpOp>(root))
        values.push_back(partial[1]);
      if (stage == Stage::Simple)
        values.append(partial.begin(), partial.begin() + partsOf(root, stage));
    }
  return values;
}

Place Reducer::placeOf(const Place &kept) const {
  // Kept axes that are neighbours in x as well stay together.
  SmallVector<int64_t> source;
  for (size_t axis = 0; axis < shape.size(); ++axis)
    if (!llvm::is_contained(reduced, static_cast<int64_t>(axis)))
      source.push_back(axis);
  SmallVector<bool> boundary(source.size(), false);
  for (size_t i = 1; i < source.size(); ++i)
    boundary[i] = source[i] != source[i - 1] + 1;
  std::map<int64_t, Place::Group> groups;
  unsigned axis = 0;
  for (const Place::Group &group :
       pull.refined(kept, shapeOf(roots[0]->getResult(0).getType()), boundary).groups) {
    groups[source[axis]] = group;
    axis += group.axes;
  }
  for (auto [loop, index] : llvm::zip(nestOf, indices)) {
    auto [it, fresh] = groups.try_emplace(loop.axis, Place::Group{loop.axes, Index()});
    it->second.index = it->second.index + index * loop.stride;
  }
  Place place;
  for (auto &[first, group] : groups)
    place.groups.push_back(group);
  return place;
}

Reducer::Values Reducer::step(const Values &carried, Stage stage, unsigned set, Element mask) {
  OpBuilder &b = pull.builder;
  Values next = carried;
  unsigned perSet = carried.size() / sets, at = set * perSet;
  for (auto [p, kept] : llvm::enumerate(places)) {
    Place place = placeOf(kept);
    for (auto [r, root] : llvm::enumerate(roots)) {
      unsigned parts = partsOf(root, stage);
      if (!parts)
        continue;
      Element element = pull.get(root->getOperand(0), place);
      Value x = vectorOf ? pull.splat(element).v : element.v;
      Values fresh;
      if (isArg(root)) {
        Value better = precedes(pull, root, x, carried[at]);
        Index where;
        for (auto [loop, index] : llvm::zip(nestOf, indices))
          where = where + index * loop.stride;
        Element position = pull.materialize(where);
        Type i32 = b.getI32Type(), type = position.vector ? pull.vectorOf(i32) : i32;
        position.v = pull.at(position.scope, [&] {
          return arith::TruncIOp::create(b, pull.loc, type, position.v).getResult();
        });
        Value own = vectorOf ? pull.splat(position).v : position.v;
        fresh = {select(pull, better, x, carried[at]), select(pull, better, own, carried[at + 1])};
      } else if (stage == Stage::Exponentials) {
        Value shift = shifts[p * roots.size() + r];
        if (vectorOf)
          shift = pull.splat({shift, isa<VectorType>(shift.getType()), pull.depth()}).v;
        fresh = {combine(pull, root, carried[at], shiftedExp(pull, root, x, shift), true)};
      } else {
        fresh = {combine(pull, root, carried[at], x)};
      }
      for (Value value : fresh) {
        next[at] = mask.v ? select(pull, mask.v, value, carried[at]) : value;
        ++at;
      }
    }
  }
  return next;
}

Reducer::Values Reducer::lanes(const Values &carried, Stage stage, Value low, Value high) {
  const SizeExpr &size = sizes.back();
  OpBuilder &b = pull.builder;
  int64_t width = pull.getWidth();
  bool all = !low;
  low = all ? pull.size(0) : low;
  high = all ? pull.size(size) : high;
  auto staticHigh = all ? size.constant() : std::nullopt;
  Values values = carried;
  // Where the loop of `step` elements a turn ends, if it began at `from`.
  auto endOf = [&](Value from, int64_t step) -> Value {
    if (auto begin = known(from); begin && staticHigh)
      return pull.size(SizeExpr(*begin + (*staticHigh - *begin) / step * step));
    Value length = arith::SubIOp::create(b, pull.loc, high, from);
    Value whole = arith::DivSIOp::create(b, pull.loc, length, pull.size(SizeExpr(step)));
    Value elements = arith::MulIOp::create(b, pull.loc, whole, pull.size(SizeExpr(step)));
    return arith::AddIOp::create(b, pull.loc, from, elements);
  };
  auto run = [&](Value from, unsigned count) {
    Value end = endOf(from, count * width);
    auto first = known(from), last = known(end);
    if (first && last && *first == *last)
      return end;
    values = pull.loop(from, end, count * width, SizeExpr::invalid(), values,
                       [&](Index i, ValueRange inner) {
                         Values turn(inner);
                         for (unsigned set = 0; set < count; ++set) {
                           indices.push_back(pull.lanesFrom(i + Index(set * width), size));
                           turn = step(turn, stage, set, {});
                           indices.pop_back();
                         }
                         return turn;
                       });
    return end;
  };
  Value end = sets > 1 ? run(low, sets) : low;
  end = run(end, 1);
  if (auto last = known(end); last && staticHigh && *last == *staticHigh)
    return values;
  // The rest of the row: lanes that do not count keep what they have.
  Value count = arith::SubIOp::create(b, pull.loc, high, end);
  Element mask = pull.firstLanes(count);
  auto outer = pull.setMask(pull.maskAnd(mask));
  indices.push_back(pull.lanesFrom(pull.variable(end), size));
  values = step(values, stage, 0, mask);
  indices.pop_back();
  pull.setMask(outer);
  return values;
}

Reducer::Values Reducer::nest(size_t level, const Values &carried, Stage stage, Value low,
                              Value high) {
  if (level == sizes.size())
    return step(carried, stage, 0, {});
  if (acrossLanes && level + 1 == sizes.size())
    return lanes(carried, stage, low, high);
  auto body = [&](Index i, ValueRange inner) {
    indices.push_back(i);
    Values next = nest(level + 1, Values(inner), stage, {}, {});
    indices.pop_back();
    return next;
  };
  if (low)
    return pull.loop(low, high, 1, sizes[level], carried, body);
  // Few elements: no loop.
  SizeExpr rest(1);
  for (size_t i = level; i < sizes.size() - acrossLanes; ++i)
    rest = rest * sizes[i];
  if (rest.constant().value_or(100) > 9)
    return pull.loop(sizes[level], carried, body);
  Values values = carried;
  for (int64_t i = 0; i < *sizes[level].constant(); ++i)
    values = body(Index(i), values);
  return values;
}

Reducer::Values Reducer::together(const Values &carried, Stage stage) {
  // Split by set, merge in pairs, then halve the lanes.
  auto merged = [&](const Values &a, const Values &b) {
    Values result;
    size_t at = 0;
    for (size_t p = 0; p < places.size(); ++p)
      for (Operation *root : roots) {
        unsigned parts = partsOf(root, stage);
        if (stage == Stage::Exponentials && parts)
          result.push_back(combine(pull, root, a[at], b[at], true));
        else if (parts && isArg(root))
          result.append(merge(pull, root, {a[at], a[at + 1]}, {b[at], b[at + 1]}));
        else if (parts)
          result.push_back(combine(pull, root, a[at], b[at]));
        at += parts;
      }
    return result;
  };
  size_t perSet = carried.size() / sets;
  SmallVector<Values> all;
  for (unsigned set = 0; set < sets; ++set)
    all.push_back(Values(carried.begin() + set * perSet, carried.begin() + (set + 1) * perSet));
  for (; all.size() > 1; all.resize(all.size() / 2))
    for (size_t i = 0; i < all.size() / 2; ++i)
      all[i] = merged(all[2 * i], all[2 * i + 1]);
  Values values = all[0];
  if (!acrossLanes)
    return values;
  for (int64_t half = pull.getWidth() / 2; half >= 1; half /= 2) {
    Values low, high;
    for (Value v : values) {
      SmallVector<int64_t> first = llvm::to_vector(llvm::seq<int64_t>(0, half)),
                           second = llvm::to_vector(llvm::seq<int64_t>(half, 2 * half));
      low.push_back(vector::ShuffleOp::create(pull.builder, pull.loc, v, v, first));
      high.push_back(vector::ShuffleOp::create(pull.builder, pull.loc, v, v, second));
    }
    values = merged(low, high);
  }
  for (Value &v : values)
    v = vector::ExtractOp::create(pull.builder, pull.loc, v, ArrayRef<int64_t>{0});
  return values;
}

SmallVector<Partial> Reducer::run(Value low, Value high) {
  bool exponentials = llvm::any_of(roots, [](Operation *root) { return isa<LogSumExpOp>(root); });
  auto values = together(nest(0, begin(Stage::Simple), Stage::Simple, low, high), Stage::Simple);
  SmallVector<Partial> partials;
  size_t at = 0;
  for (size_t p = 0; p < places.size(); ++p)
    for (Operation *root : roots) {
      unsigned parts = partsOf(root, Stage::Simple);
      partials.emplace_back(values.begin() + at, values.begin() + at + parts);
      at += parts;
    }
  if (!exponentials)
    return partials;
  for (auto [i, partial] : llvm::enumerate(partials)) {
    Operation *root = roots[i % roots.size()];
    shifts.push_back(isa<LogSumExpOp>(root) ? shiftOf(pull, root, partial[0]) : Value());
  }
  auto sums = together(nest(0, begin(Stage::Exponentials), Stage::Exponentials, low, high),
                       Stage::Exponentials);
  at = 0;
  for (auto [i, partial] : llvm::enumerate(partials))
    if (isa<LogSumExpOp>(roots[i % roots.size()]))
      partial.push_back(sums[at++]);
  return partials;
}

Element Pull::reduction(Operation *root, const Place &place) {
  assert(isReduction(root) && "only reductions are computed where they are needed");
  Element result;
  unsigned scope = std::max({scopeOf(place), mask.uniform.scope, conditionScope(),
                             hasLanes(place) ? mask.lanes.scope : 0});
  detour(scope, [&] {
    Mask outer = mask;
    if (!hasLanes(place))
      mask.lanes = {};
    Reducer reducer(*this, root, place);
    result.v = Reducer::finish(*this, root, reducer.run()[0]);
    mask = outer;
  });
  result.vector = isa<VectorType>(result.v.getType());
  result.scope = scope;
  return result;
}
