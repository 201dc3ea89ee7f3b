//===- EvaluateProduct.cpp - sums of products -----------------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "ir/Evaluation.h"

using namespace mlir;
using namespace net;

namespace {
/// One operand's step for each letter; 0 for letters that it has not.
std::vector<int64_t> stepsOf(StringRef letters, const Array &array, StringRef all) {
  std::vector<int64_t> strides = stridesOf(array.shape), steps;
  for (char letter : all) {
    size_t axis = letters.find(letter);
    steps.push_back(axis == StringRef::npos ? 0 : strides[axis]);
  }
  return steps;
}

size_t numberOf(ArrayRef<int64_t> at, const int64_t *steps) {
  size_t number = 0;
  for (size_t i = 0; i < at.size(); ++i)
    number += at[i] * steps[i];
  return number;
}

/// A sum of products, with its derivative; of whole numbers modulo 2^64.
struct Sum {
  double value = 0, slope = 0;
  uint64_t whole = 0;

  /// Adds a[i + k aStep] b[j + k bStep] for k in 0 .. length - 1, in this order.
  void add(const Array &a, size_t i, size_t aStep, const Array &b, size_t j, size_t bStep,
           int64_t length) {
    bool isWhole = !a.isReal(), moves = !a.tangents.empty() || !b.tangents.empty();
    for (; length > 0; --length, i += aStep, j += bStep) {
      if (isWhole) {
        whole += static_cast<uint64_t>(a.wholes[i]) * static_cast<uint64_t>(b.wholes[j]);
        continue;
      }
      value += a.values[i] * b.values[j];
      if (moves)
        slope += a.at(i).d * b.values[j] + a.values[i] * b.at(j).d;
    }
  }
};

void einsum(Evaluation &e, StringRef spec) {
  auto [operands, result] = spec.split("->");
  auto [first, second] = operands.split(',');
  std::map<char, int64_t> sizes;
  for (auto [letters, array] : {std::pair(first, e.in[0]), std::pair(second, e.in[1])}) {
    if (letters.size() != array->shape.size())
      return e.fail("'" + letters + "' names " + Twine(letters.size()) + " axes of an array with " +
                    Twine(array->shape.size()));
    for (auto [letter, size] : llvm::zip(letters, array->shape))
      if (sizes.try_emplace(letter, size).first->second != size)
        return e.fail("axis " + Twine(letter) + " has " + Twine(sizes[letter]) + " and " +
                      Twine(size));
  }
  std::string kept = result.str(), summed;
  std::vector<int64_t> shape, inner;
  for (char letter : kept)
    shape.push_back(sizes[letter]);
  for (auto [letter, size] : sizes)
    if (kept.find(letter) == std::string::npos) {
      summed += letter;
      inner.push_back(size);
    }
  if (!e.isShape(shape))
    return;
  const Array &a = *e.in[0], &b = *e.in[1];
  auto aSteps = stepsOf(first, a, kept + summed), bSteps = stepsOf(second, b, kept + summed);
  // The last summed letter is a plain loop: most of the work is there.
  int64_t length = inner.empty() ? 1 : inner.back();
  size_t aStep = inner.empty() ? 0 : aSteps.back(), bStep = inner.empty() ? 0 : bSteps.back();
  ArrayRef<int64_t> outer = inner.empty() ? ArrayRef<int64_t>() : ArrayRef(inner).drop_back();
  for (Positions at(shape); at; at.next()) {
    size_t aBase = numberOf(at.get(), aSteps.data()), bBase = numberOf(at.get(), bSteps.data());
    Sum sum;
    for (Positions k(outer); k; k.next())
      sum.add(a, aBase + numberOf(k.get(), aSteps.data() + kept.size()), aStep, b,
              bBase + numberOf(k.get(), bSteps.data() + kept.size()), bStep, length);
    if (e.out.isReal())
      e.out.set(at.number(), Dual(sum.value, sum.slope));
    else
      e.out.wholes[at.number()] = wrapTo(e.out.element, static_cast<int64_t>(sum.whole));
  }
}
} // namespace

bool net::evaluateProduct(Evaluation &e) {
  auto op = dyn_cast<EinsumOp>(e.op);
  if (op)
    einsum(e, op.getSpec());
  return static_cast<bool>(op);
}
