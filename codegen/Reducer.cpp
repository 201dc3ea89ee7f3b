//===- Reducer.cpp - reductions as loops ----------------------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "codegen/Reducer.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace net;

bool net::isReduction(Operation *op) {
  return isa<SumOp, ProdOp, ReduceMaxOp, ReduceMinOp, AnyOp, AllOp, LogSumExpOp, ArgMaxOp, ArgMinOp>(op);
}

SmallVector<int64_t> net::reducedAxes(Operation *root) {
  if (auto axis = root->getAttrOfType<IntegerAttr>("axis"))
    return {axis.getInt()};
  auto axes = llvm::to_vector(root->getAttrOfType<DenseI64ArrayAttr>("axes").asArrayRef());
  llvm::sort(axes);
  return axes;
}

//===-- one element more ---------------------------------------------------------------------===//

namespace {
bool isArg(Operation *root) { return isa<ArgMaxOp, ArgMinOp>(root); }

Type elementOfOperand(Operation *root) { return elementOf(root->getOperand(0).getType()); }

Value combine(Pull &pull, Operation *root, Value a, Value b, bool exponentials = false) {
  Type element = elementOfOperand(root);
  Lane x(pull.builder, root->getLoc(), element, a), y(pull.builder, root->getLoc(), element, b);
  if (exponentials || isa<SumOp>(root))
    return scalar::operator+(x, y).v;
  if (isa<ProdOp>(root))
    return scalar::operator*(x, y).v;
  if (isa<ReduceMinOp>(root))
    return scalar::minimum(x, y).v;
  if (isa<AnyOp>(root))
    return scalar::logicalOr(x, y).v;
  if (isa<AllOp>(root))
    return scalar::logicalAnd(x, y).v;
  return scalar::maximum(x, y).v;
}

/// Is x before y in the order that argmax (argmin) looks for: NaN, then the largest (smallest)?
Value precedes(Pull &pull, Operation *root, Value x, Value y) {
  OpBuilder &b = pull.builder;
  Location loc = root->getLoc();
  bool largest = isa<ArgMaxOp>(root);
  Type element = elementOfOperand(root);
  if (isa<FloatType>(element)) {
    auto predicate = largest ? arith::CmpFPredicate::UGT : arith::CmpFPredicate::ULT;
    Value better = arith::CmpFOp::create(b, loc, predicate, x, y);
    Value number = arith::CmpFOp::create(b, loc, arith::CmpFPredicate::ORD, y, y);
    return arith::AndIOp::create(b, loc, better, number);
  }
  bool isUnsigned = element.isInteger(1) || element.isUnsignedInteger();
  auto predicate = isUnsigned ? (largest ? arith::CmpIPredicate::ugt : arith::CmpIPredicate::ult)
                              : (largest ? arith::CmpIPredicate::sgt : arith::CmpIPredicate::slt);
  return arith::CmpIOp::create(b, loc, predicate, x, y);
}

Value select(Pull &pull, Value c, Value a, Value b) {
  return arith::SelectOp::create(pull.builder, pull.loc, c, a, b);
}

/// What is subtracted before exp: the largest, if it is finite.
Value shiftOf(Pull &pull, Operation *root, Value largest) {
  OpBuilder &b = pull.builder;
  Location loc = root->getLoc();
  Type type = largest.getType();
  auto number = [&](double value) {
    Attribute attr = b.getFloatAttr(getElementTypeOrSelf(type), value);
    if (auto vector = dyn_cast<VectorType>(type))
      attr = DenseElementsAttr::get(vector, attr);
    return arith::ConstantOp::create(b, loc, cast<TypedAttr>(attr));
  };
  Value infinity = number(std::numeric_limits<double>::infinity());
  Value lowest = arith::NegFOp::create(b, loc, infinity);
  Value below = arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OLT, largest, infinity);
  Value above = arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OGT, largest, lowest);
  return select(pull, arith::AndIOp::create(b, loc, below, above), largest, number(0));
}

Value shiftedExp(Pull &pull, Operation *root, Value x, Value shift) {
  Type element = elementOfOperand(root);
  Lane a(pull.builder, root->getLoc(), element, x), s(pull.builder, root->getLoc(), element, shift);
  return scalar::exp(scalar::operator-(a, s)).v;
}

Value neutral(Pull &pull, Operation *root, bool exponentials, Type type) {
  Type scalar = getElementTypeOrSelf(type);
  bool zero = exponentials || isa<SumOp, AnyOp>(root), lowest = !isa<ReduceMinOp, ArgMinOp>(root);
  Attribute attr;
  if (zero) {
    attr = pull.builder.getZeroAttr(scalar);
  } else if (isa<ProdOp, AllOp>(root)) {
    attr = pull.builder.getOneAttr(scalar);
  } else if (auto number = dyn_cast<FloatType>(scalar)) {
    attr = FloatAttr::get(scalar, APFloat::getInf(number.getFloatSemantics(), lowest));
  } else {
    Type element = elementOfOperand(root);
    unsigned bits = element.getIntOrFloatBitWidth();
    bool isUnsigned = bits == 1 || element.isUnsignedInteger();
    APInt n = isUnsigned ? (lowest ? APInt::getMinValue(bits) : APInt::getMaxValue(bits)).zext(64)
                         : (lowest ? APInt::getSignedMinValue(bits) : APInt::getSignedMaxValue(bits)).sext(64);
    attr = IntegerAttr::get(scalar, n.trunc(scalar.getIntOrFloatBitWidth()));
  }
  if (auto vector = dyn_cast<VectorType>(type))
    attr = DenseElementsAttr::get(vector, attr);
  return arith::ConstantOp::create(pull.builder, pull.loc, cast<TypedAttr>(attr));
}

std::optional<int64_t> known(Value v) {
  APInt number;
  if (v && matchPattern(v, m_ConstantInt(&number)))
    return number.getSExtValue();
  return std::nullopt;
}
} // namespace

//===-- partial results ----------------------------------------------------------------------===//

Partial Reducer::identity(Pull &pull, Operation *root, bool isVector) {
  auto shaped = [&](Type type) { return isVector ? pull.vectorOf(type) : type; };
  Type type = shaped(registerType(elementOfOperand(root)));
  Partial partial = {neutral(pull, root, false, type)};
  if (isArg(root))
    partial.push_back(arith::ConstantOp::create(pull.builder, pull.loc,
                                                cast<TypedAttr>(pull.builder.getZeroAttr(shaped(pull.builder.getI32Type())))));
  if (isa<LogSumExpOp>(root))
    partial.push_back(neutral(pull, root, true, type));
  return partial;
}

Partial Reducer::merge(Pull &pull, Operation *root, const Partial &a, const Partial &b) {
  OpBuilder &builder = pull.builder;
  if (isArg(root)) {
    // Of equals the one with the smaller position.
    Value better = precedes(pull, root, b[0], a[0]), worse = precedes(pull, root, a[0], b[0]);
    Value earlier = arith::CmpIOp::create(builder, pull.loc, arith::CmpIPredicate::slt, b[1], a[1]);
    Value either = arith::OrIOp::create(builder, pull.loc, better, worse);
    Value takesB = select(pull, either, better, earlier);
    return {select(pull, takesB, b[0], a[0]), select(pull, takesB, b[1], a[1])};
  }
  Partial result = {combine(pull, root, a[0], b[0])};
  if (isa<LogSumExpOp>(root)) {
    Value shift = shiftOf(pull, root, result[0]);
    auto scaled = [&](const Partial &p) -> Value {
      Value own = shiftOf(pull, root, p[0]);
      return arith::MulFOp::create(builder, pull.loc, p[1], shiftedExp(pull, root, own, shift));
    };
    // A part whose largest is -inf has the sum 0.
    result.push_back(arith::AddFOp::create(builder, pull.loc, scaled(a), scaled(b)));
  }
  return result;
}

Value Reducer::finish(Pull &pull, Operation *root, const Partial &partial) {
  Type element = elementOf(root->getResult(0).getType());
  Value v = partial[0];
  if (isArg(root))
    v = partial[1];
  if (isa<LogSumExpOp>(root)) {
    Lane sum(pull.builder, root->getLoc(), element, partial[1]);
    Lane shift(pull.builder, root->getLoc(), element, shiftOf(pull, root, partial[0]));
    v = scalar::operator+(scalar::log(sum), shift).v;
  }
  return narrow(pull.builder, root->getLoc(), v, element);
}

//===-- the loops ----------------------------------------------------------------------------===//

void Reducer::planLoops(CutAnalysis &analysis, ArrayRef<Operation *> roots, SmallVector<Loop> &nest,
                        Shape &sizes) {
  Shape shape = shapeOf(roots[0]->getOperand(0).getType());
  auto reduced = reducedAxes(roots[0]);
  std::vector<SizeExpr> cuts;
  for (Operation *root : roots)
    for (const SizeExpr &cut : analysis.of(root->getOperand(0)))
      cuts.push_back(cut);
  auto strides = stridesOf(shape);
  for (size_t i = 0; i < reduced.size();) {
    size_t j = i + 1;
    SizeExpr size = shape[reduced[i]];
    for (; j < reduced.size() && reduced[j] == reduced[j - 1] + 1; ++j)
      size = size * shape[reduced[j]];
    SizeExpr inner = strides[reduced[j - 1]];
    std::vector<SizeExpr> own;
    for (const SizeExpr &cut : cuts)
      if (divides(inner, cut))
        own.push_back(cut.floorDiv(inner));
    Shape run = factored(size, own);
    auto runStrides = stridesOf(run);
    for (size_t k = 0; k < run.size(); ++k) {
      sizes.push_back(run[k]);
      nest.push_back({static_cast<unsigned>(reduced[i]), static_cast<unsigned>(j - i), runStrides[k]});
    }
    i = j;
  }
}

SizeExpr Reducer::outermost(CutAnalysis &cuts, ArrayRef<Operation *> roots) {
  SmallVector<Loop> nest;
  Shape sizes;
  planLoops(cuts, roots, nest, sizes);
  return sizes.empty() ? SizeExpr(1) : sizes[0];
}

Reducer::Reducer(Pull &pull, ArrayRef<Operation *> roots, ArrayRef<Place> places)
    : pull(pull), roots(roots), places(places), shape(shapeOf(roots[0]->getOperand(0).getType())),
      reduced(reducedAxes(roots[0])) {
  planLoops(pull.cuts, roots, nestOf, sizes);
  bool uniform = !llvm::any_of(places, [&](const Place &place) { return pull.hasLanes(place); });
  bool innermost = !reduced.empty() && static_cast<size_t>(reduced.back()) + 1 == shape.size();
  acrossLanes = uniform && innermost && pull.getWidth() > 1 && sizes.back().constant().value_or(8) >= 4;
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
  for (const Place::Group &group : pull.refined(kept, shapeOf(roots[0]->getResult(0).getType()), boundary).groups) {
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
        position.v = pull.at(position.scope, [&] { return arith::TruncIOp::create(b, pull.loc, type, position.v).getResult(); });
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
    values = pull.loop(from, end, count * width, SizeExpr::invalid(), values, [&](Index i, ValueRange inner) {
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

Reducer::Values Reducer::nest(size_t level, const Values &carried, Stage stage, Value low, Value high) {
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
  auto sums = together(nest(0, begin(Stage::Exponentials), Stage::Exponentials, low, high), Stage::Exponentials);
  at = 0;
  for (auto [i, partial] : llvm::enumerate(partials))
    if (isa<LogSumExpOp>(roots[i % roots.size()]))
      partial.push_back(sums[at++]);
  return partials;
}

Element Pull::reduction(Operation *root, const Place &place) {
  assert(isReduction(root) && "only reductions are computed where they are needed");
  Element result;
  unsigned scope = std::max({scopeOf(place), mask.uniform.scope, hasLanes(place) ? mask.lanes.scope : 0});
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
