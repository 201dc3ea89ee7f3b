//===- EvaluateReduction.cpp - reductions ----------------------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "ir/Evaluation.h"
#include "llvm/ADT/TypeSwitch.h"

#include <cmath>

using namespace mlir;
using namespace net;

namespace {
/// For each element of the result, the numbers of x's elements that it is made of, in row-major
/// order.
std::vector<std::vector<size_t>> groupsOf(const Array &x, ArrayRef<int64_t> axes, size_t count) {
  std::vector<int64_t> kept, steps(x.shape.size(), 0);
  for (int64_t axis = 0; axis < x.rank(); ++axis)
    if (!llvm::is_contained(axes, axis))
      kept.push_back(x.shape[axis]);
  std::vector<int64_t> strides = stridesOf(kept);
  size_t next = 0;
  for (int64_t axis = 0; axis < x.rank(); ++axis)
    if (!llvm::is_contained(axes, axis))
      steps[axis] = strides[next++];
  std::vector<std::vector<size_t>> groups(count);
  for (Positions at(x.shape); at; at.next()) {
    size_t number = 0;
    for (size_t axis = 0; axis < steps.size(); ++axis)
      number += at[axis] * steps[axis];
    groups[number].push_back(at.number());
  }
  return groups;
}

bool isOutOf(double candidate, double best, bool largest) {
  return largest ? candidate > best : candidate < best;
}

/// Where the first largest or smallest element stands in the group, or the first NaN.
size_t extremum(const Array &x, ArrayRef<size_t> group, bool largest) {
  size_t best = 0;
  for (size_t i = 1; i < group.size(); ++i) {
    if (!x.isReal()) {
      int64_t a = x.wholes[group[i]], b = x.wholes[group[best]];
      best = (largest ? a > b : a < b) ? i : best;
      continue;
    }
    double a = x.values[group[i]], b = x.values[group[best]];
    if (!std::isnan(b) && (std::isnan(a) || isOutOf(a, b, largest)))
      best = i;
  }
  return best;
}

/// What the largest or smallest of nothing is: the element type's bound.
void setBound(Array &out, size_t i, bool lowest) {
  if (out.isReal())
    return out.set(i, lowest ? -INFINITY : INFINITY);
  bool isUnsigned = out.element.isUnsignedInteger() || out.element.isInteger(1);
  unsigned bits = out.element.getIntOrFloatBitWidth();
  uint64_t high = isUnsigned ? (uint64_t(1) << bits) - 1 : (uint64_t(1) << (bits - 1)) - 1;
  out.wholes[i] = !lowest      ? static_cast<int64_t>(high)
                  : isUnsigned ? 0
                               : -static_cast<int64_t>(high) - 1;
}

void sum(Array &out, size_t i, const Array &x, ArrayRef<size_t> group) {
  for (size_t j : group)
    out.add(i, x, j);
}

void prod(Array &out, size_t i, const Array &x, ArrayRef<size_t> group) {
  using namespace net::scalar;
  if (!out.isReal()) {
    uint64_t product = 1;
    for (size_t j : group)
      product *= static_cast<uint64_t>(x.wholes[j]);
    out.wholes[i] = wrapTo(out.element, static_cast<int64_t>(product));
    return;
  }
  Dual product(1);
  for (size_t j : group)
    product = product * x.at(j);
  out.set(i, product);
}

/// ln sum e^x = m + ln sum e^(x - m). The derivative weighs with the shares e^(x - y), none where
/// all are -inf.
void logSumExp(Array &out, size_t i, const Array &x, ArrayRef<size_t> group) {
  double largest = -INFINITY;
  for (size_t j : group)
    largest = x.values[j] > largest || std::isnan(x.values[j]) ? x.values[j] : largest;
  if (std::isinf(largest) || std::isnan(largest))
    return out.set(i, largest);
  double total = 0, slope = 0;
  for (size_t j : group)
    total += std::exp(x.values[j] - largest);
  for (size_t j : group)
    slope += std::exp(x.values[j] - largest) / total * x.at(j).d;
  out.set(i, Dual(largest + std::log(total), slope));
}

template <typename Reduce> void reduce(Evaluation &e, ArrayRef<int64_t> axes, Reduce one) {
  const Array &x = *e.in[0];
  std::vector<int64_t> shape;
  for (int64_t axis = 0; axis < x.rank(); ++axis)
    if (!llvm::is_contained(axes, axis))
      shape.push_back(x.shape[axis]);
  if (!e.isShape(shape))
    return;
  auto groups = groupsOf(x, axes, e.out.size());
  for (size_t i = 0; i < groups.size(); ++i)
    one(e.out, i, x, groups[i]);
}

void reduceTo(Evaluation &e, ArrayRef<int64_t> axes, bool largest) {
  reduce(e, axes, [&](Array &out, size_t i, const Array &x, ArrayRef<size_t> group) {
    if (group.empty())
      setBound(out, i, largest);
    else
      out.copy(i, x, group[extremum(x, group, largest)]);
  });
}

void position(Evaluation &e, int64_t axis, bool largest) {
  reduce(e, axis, [&](Array &out, size_t i, const Array &x, ArrayRef<size_t> group) {
    out.wholes[i] = group.empty() ? 0 : static_cast<int64_t>(extremum(x, group, largest));
  });
}

void truth(Evaluation &e, ArrayRef<int64_t> axes, bool all) {
  reduce(e, axes, [&](Array &out, size_t i, const Array &x, ArrayRef<size_t> group) {
    auto isTrue = [&](size_t j) { return x.wholes[j] != 0; };
    out.wholes[i] = all ? llvm::all_of(group, isTrue) : llvm::any_of(group, isTrue);
  });
}
} // namespace

bool net::evaluateReduction(Evaluation &e) {
  bool known = true;
  llvm::TypeSwitch<Operation *>(e.op)
      .Case<SumOp>([&](auto op) { reduce(e, op.getAxes(), sum); })
      .Case<ProdOp>([&](auto op) { reduce(e, op.getAxes(), prod); })
      .Case<LogSumExpOp>([&](auto op) { reduce(e, op.getAxes(), logSumExp); })
      .Case<ReduceMaxOp>([&](auto op) { reduceTo(e, op.getAxes(), true); })
      .Case<ReduceMinOp>([&](auto op) { reduceTo(e, op.getAxes(), false); })
      .Case<AnyOp>([&](auto op) { truth(e, op.getAxes(), false); })
      .Case<AllOp>([&](auto op) { truth(e, op.getAxes(), true); })
      .Case<ArgMaxOp>([&](auto op) { position(e, op.getAxis(), true); })
      .Case<ArgMinOp>([&](auto op) { position(e, op.getAxis(), false); })
      .Default([&](Operation *) { known = false; });
  return known;
}
