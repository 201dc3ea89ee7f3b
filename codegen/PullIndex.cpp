//===- PullIndex.cpp - from symbolic indices to values --------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "codegen/Pull.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace net;

//===-- sizes --------------------------------------------------------------------------------===//

Value Pull::size(const SizeExpr &expr) {
  std::string key = "size" + expr.str();
  auto it = cache.find(key);
  if (it != cache.end())
    return it->second.v;
  Type i64 = builder.getI64Type();
  if (auto number = expr.constant())
    return (cache[key] = {constant(*number, i64)}).v;
  Value sum = at(0, [&] {
    Value sum;
    for (const auto &[monomial, coefficient] : expr.getTerms()) {
      Value term = coefficient == 1 && !monomial.empty() ? Value() : constant(coefficient, i64);
      for (const SizeExpr::Atom &atom : monomial) {
        Value factor =
            atom.quotient
                ? Value(arith::FloorDivSIOp::create(builder, loc, size(atom.quotient->first),
                                                    size(atom.quotient->second)))
                : symbols.at(atom.text);
        term = term ? Value(arith::MulIOp::create(builder, loc, term, factor)) : factor;
      }
      sum = sum ? Value(arith::AddIOp::create(builder, loc, sum, term)) : term;
    }
    return sum;
  });
  return (cache[key] = {sum}).v;
}

//===-- indices as values --------------------------------------------------------------------===//

Element Pull::materialize(const Index &index) {
  std::string key = "index" + index.key();
  auto it = cache.find(key);
  if (it != cache.end())
    return it->second;
  Type i64 = builder.getI64Type();
  Element result{{}, hasLanes(index), scopeOf(index)};
  result.v = at(result.scope, [&] {
    Value uniform, lanes;
    auto add = [&](Value &sum, Value term) {
      sum = sum ? Value(arith::AddIOp::create(builder, loc, sum, term)) : term;
    };
    for (const auto &[number, coefficient] : index.terms) {
      Value term = variables[number].value;
      bool isVector = isa<VectorType>(term.getType());
      if (coefficient != SizeExpr(1)) {
        Element factor{size(coefficient)};
        term = arith::MulIOp::create(builder, loc, term, isVector ? splat(factor).v : factor.v);
      }
      add(isVector ? lanes : uniform, term);
    }
    if (index.constant != SizeExpr(0) || !uniform)
      add(uniform, size(index.constant));
    if (!result.vector)
      return uniform;
    if (index.lane != SizeExpr(0)) {
      SmallVector<int64_t> steps;
      for (int64_t i = 0; i < width; ++i)
        steps.push_back(i * index.lane.constant().value_or(1));
      Value step = arith::ConstantOp::create(builder, loc, builder.getI64VectorAttr(steps));
      if (!index.lane.constant())
        step = arith::MulIOp::create(
            builder, loc, step,
            vector::BroadcastOp::create(builder, loc, vectorOf(i64), size(index.lane)));
      add(lanes, step);
    }
    add(lanes, vector::BroadcastOp::create(builder, loc, vectorOf(i64), uniform));
    return lanes;
  });
  return cache[key] = result;
}

//===-- division -----------------------------------------------------------------------------===//

namespace {
/// No term of the polynomial is negative: sizes are not.
bool isNonNegative(const SizeExpr &size) {
  return size.isValid() &&
         llvm::all_of(size.getTerms(), [](auto &term) { return term.second >= 0; });
}
} // namespace

SizeExpr Pull::largest(const Index &index) const {
  if (!isNonNegative(index.constant) || !isNonNegative(index.lane))
    return SizeExpr::invalid();
  SizeExpr largest = index.constant;
  bool lanesCounted = false;
  for (const auto &[number, coefficient] : index.terms) {
    const Variable &variable = variables[number];
    if (!variable.below.isValid() || variable.mayBeNegative || !isNonNegative(coefficient))
      return SizeExpr::invalid();
    largest = largest + coefficient * (variable.below - SizeExpr(1));
    lanesCounted |= variable.withLanes && coefficient == index.lane;
  }
  return lanesCounted ? largest : largest + index.lane * SizeExpr(width - 1);
}

bool Pull::isBelow(const Index &index, const SizeExpr &limit) const {
  SizeExpr most = largest(index);
  return most.isValid() && isNonNegative(limit - SizeExpr(1) - most);
}

Index Pull::blockOf(const Index &index, const SizeExpr &limit) const {
  if (!hasLanes(index))
    return index;
  for (const auto &[_, block] : index.terms) {
    if (!isNonNegative(block) || !divides(block, limit))
      continue;
    Index whole, within;
    for (const auto &[number, coefficient] : index.terms)
      (divides(block, coefficient) ? whole : within).terms[number] = coefficient;
    std::tie(whole.constant, within.constant) = index.constant.divideTerms(block);
    whole.constant = whole.constant * block;
    within.lane = index.lane;
    if (!hasLanes(whole) && !mayBeNegative(within) && isBelow(within, block))
      return whole;
  }
  return index;
}

bool Pull::mayBeNegative(const Index &index) const {
  SizeExpr least = index.constant;
  bool lanesCounted = false;
  for (const auto &[number, coefficient] : index.terms) {
    const Variable &variable = variables[number];
    if (variable.mayBeNegative)
      return true;
    if (isNonNegative(coefficient))
      continue;
    if (!variable.below.isValid() || !isNonNegative(coefficient * SizeExpr(-1)))
      return true;
    least = least + coefficient * (variable.below - SizeExpr(1));
    lanesCounted |= variable.withLanes && coefficient == index.lane;
  }
  if (!isNonNegative(index.lane) && !lanesCounted)
    least = least + index.lane * SizeExpr(width - 1);
  return !isNonNegative(least);
}

bool Pull::fitsInt32(const Index &index) const {
  int64_t largest = 0;
  auto count = [&](const SizeExpr &coefficient, const SizeExpr &below) {
    auto a = coefficient.constant(), b = below.constant();
    constexpr int64_t limit = INT32_MAX;
    bool small = a && b && std::abs(*a) <= limit && *b <= limit;
    largest = std::min(limit + 1, largest + (small ? std::abs(*a) * *b : limit + 1));
  };
  count(index.constant, SizeExpr(1));
  count(index.lane, SizeExpr(width));
  for (const auto &[number, coefficient] : index.terms)
    count(coefficient,
          variables[number].mayBeNegative ? SizeExpr::invalid() : variables[number].below);
  return largest <= INT32_MAX;
}

std::optional<std::pair<Index, Index>> Pull::dividePattern(const Index &index, int64_t divisor) {
  auto first = index.constant.constant(), step = index.lane.constant();
  if (!index.terms.empty() || !first || !step || *first < 0 || *step < 0)
    return std::nullopt;
  SmallVector<int64_t> quotients, remainders;
  for (int64_t i = 0; i < width; ++i) {
    quotients.push_back((*first + i * *step) / divisor);
    remainders.push_back((*first + i * *step) % divisor);
  }
  auto pattern = [&](ArrayRef<int64_t> lanes) {
    int64_t stride = lanes.size() > 1 ? lanes[1] - lanes[0] : 0;
    bool affine = true;
    for (size_t i = 1; i < lanes.size(); ++i)
      affine &= lanes[i] - lanes[i - 1] == stride;
    if (affine)
      return Index(lanes[0]) + Index::lanes() * SizeExpr(stride);
    Value v = at(0, [&] {
      return arith::ConstantOp::create(builder, loc, builder.getI64VectorAttr(lanes)).getResult();
    });
    return newVariable(v, SizeExpr(*std::max_element(lanes.begin(), lanes.end()) + 1), 0);
  };
  return std::make_pair(pattern(quotients), pattern(remainders));
}

std::pair<Index, Index> Pull::divide(const Index &index, const SizeExpr &divisor) {
  if (divisor == SizeExpr(1))
    return {index, Index()};
  // The place in an empty array is never reached.
  if (divisor == SizeExpr(0))
    return {Index(), Index()};
  std::string key = index.key() + "/" + divisor.str();
  auto it = divisions.find(key);
  if (it != divisions.end())
    return it->second;
  Index quotient, rest;
  for (const auto &[number, coefficient] : index.terms) {
    bool exact = divides(divisor, coefficient);
    (exact ? quotient : rest).terms[number] = exact ? coefficient.floorDiv(divisor) : coefficient;
  }
  std::tie(quotient.constant, rest.constant) = index.constant.divideTerms(divisor);
  bool exact = divides(divisor, index.lane);
  (exact ? quotient : rest).lane = exact ? index.lane.floorDiv(divisor) : index.lane;
  auto known = [&](const Index &q, const Index &r) { return divisions[key] = {quotient + q, r}; };
  if (rest.isZero() || isBelow(rest, divisor))
    return known(Index(), rest);
  if (auto d = divisor.constant())
    if (auto pattern = dividePattern(rest, *d))
      return known(pattern->first, pattern->second);
  auto [q, r] = divideValue(rest, divisor);
  return known(q, r);
}

std::pair<Index, Index> Pull::divideValue(const Index &index, const SizeExpr &divisor) {
  Element dividend = materialize(index);
  auto d = divisor.constant();
  bool isSigned = mayBeNegative(index);
  // In 32 bits where that is enough: vectors of i64 have no division.
  bool small = d && *d < INT32_MAX && !isSigned && isBelow(index, SizeExpr(INT32_MAX));
  Type i64 = builder.getI64Type(), type = small ? Type(builder.getI32Type()) : i64;
  auto like = [&](Type scalar) { return dividend.vector ? vectorOf(scalar) : scalar; };
  auto at = [&](auto emit) { return this->at(dividend.scope, emit); };
  Value a = dividend.v,
        b = at([&]() -> Value {
          Value b = small ? constant(*d, type) : size(divisor);
          // Division stands outside of the loops that an empty array does not enter.
          if (!d)
            b = this->at(0, [&] {
              return arith::MaxUIOp::create(builder, loc, b, constant(1, i64)).getResult();
            });
          return dividend.vector
                     ? vector::BroadcastOp::create(builder, loc, like(type), b).getResult()
                     : b;
        });
  auto wide = [&](Value v) {
    return small ? arith::ExtUIOp::create(builder, loc, like(i64), v).getResult() : v;
  };
  if (small)
    a = at([&] { return arith::TruncIOp::create(builder, loc, like(type), a).getResult(); });
  Value q = at([&] {
    return isSigned ? arith::FloorDivSIOp::create(builder, loc, a, b).getResult()
                    : arith::DivUIOp::create(builder, loc, a, b).getResult();
  });
  Value r = at([&] {
    if (!isSigned)
      return arith::RemUIOp::create(builder, loc, a, b).getResult();
    Value product = arith::MulIOp::create(builder, loc, q, b);
    return arith::SubIOp::create(builder, loc, a, product).getResult();
  });
  SizeExpr most = largest(index), below = SizeExpr::invalid();
  if (most.constant() && d)
    below = most.floorDiv(divisor) + SizeExpr(1);
  Index quotient = newVariable(at([&] { return wide(q); }), below, dividend.scope);
  variables.back().mayBeNegative = isSigned;
  return {quotient, newVariable(at([&] { return wide(r); }), divisor, dividend.scope)};
}

Index Pull::floorDiv(const Index &index, const SizeExpr &divisor) {
  return divide(index, divisor).first;
}
Index Pull::mod(const Index &index, const SizeExpr &divisor) {
  return divide(index, divisor).second;
}

Place Pull::refined(const Place &place, const Shape &shape, const SmallVector<bool> &boundary) {
  Place result;
  unsigned axis = 0;
  for (const Place::Group &group : place.groups) {
    // Segments of the group from its end: the rest of the index is divided by each one's size.
    SmallVector<Place::Group> segments;
    Index rest = group.index;
    unsigned end = axis + group.axes;
    for (unsigned last = end; last > axis;) {
      unsigned first = last - 1;
      SizeExpr size = shape[first];
      while (first > axis && !boundary[first])
        size = size * shape[--first];
      Index own = rest;
      if (first > axis)
        std::tie(rest, own) = divide(rest, size);
      segments.push_back({last - first, own});
      last = first;
    }
    result.groups.append(segments.rbegin(), segments.rend());
    axis = end;
  }
  return result;
}

SmallVector<Index> Pull::axes(const Place &place, const Shape &shape) {
  SmallVector<Index> indices;
  for (const Place::Group &group :
       refined(place, shape, SmallVector<bool>(shape.size(), true)).groups)
    indices.push_back(group.index);
  return indices;
}
