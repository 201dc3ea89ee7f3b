//===- EvaluateRows.cpp - operations that go through an axis in order -----===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "ir/Evaluation.h"

#include <algorithm>
#include <cmath>
#include <numeric>

using namespace mlir;
using namespace net;
using namespace net::scalar;

namespace {
void recurrence(Evaluation &e, RecurrenceOp op) {
  const Array &a = *e.in[0], &x = *e.in[1];
  AxisView view(x.shape, op.getAxis());
  auto step = [&](size_t i, size_t before) {
    if (x.isReal())
      return e.out.set(i, a.at(i) * e.out.at(before) + x.at(i));
    uint64_t product =
        static_cast<uint64_t>(a.wholes[i]) * static_cast<uint64_t>(e.out.wholes[before]);
    uint64_t sum = product + static_cast<uint64_t>(x.wholes[i]);
    e.out.wholes[i] = wrapTo(e.out.element, static_cast<int64_t>(sum));
  };
  for (int64_t o = 0; o < view.outer; ++o)
    for (int64_t k = 0; k < view.inner; ++k)
      for (int64_t turn = 0; turn < view.size; ++turn) {
        auto at = [&](int64_t t) { return view.at(o, op.getReverse() ? view.size - 1 - t : t, k); };
        if (turn == 0)
          e.out.copy(at(0), x, at(0));
        else
          step(at(turn), at(turn - 1));
      }
}

void argsort(Evaluation &e, ArgSortOp op) {
  const Array &x = *e.in[0];
  AxisView view(x.shape, op.getAxis());
  std::vector<int64_t> order(view.size);
  for (int64_t o = 0; o < view.outer; ++o)
    for (int64_t k = 0; k < view.inner; ++k) {
      std::iota(order.begin(), order.end(), 0);
      auto isBefore = [&](int64_t i, int64_t j) {
        size_t p = view.at(o, i, k), q = view.at(o, j, k);
        if (op.getDescending() && !(std::isnan(x.at(p).v) || std::isnan(x.at(q).v)))
          std::swap(p, q);
        if (!x.isReal())
          return x.wholes[p] < x.wholes[q];
        return x.values[p] < x.values[q] || (!std::isnan(x.values[p]) && std::isnan(x.values[q]));
      };
      llvm::sort(order, [&](int64_t i, int64_t j) {
        return isBefore(i, j) || (!isBefore(j, i) && i < j);
      });
      for (int64_t i = 0; i < view.size; ++i)
        e.out.wholes[view.at(o, i, k)] = order[i];
    }
}

/// One system, a y = b: rows become those of a triangle, then each unknown follows from those
/// behind it. The solution replaces b.
void eliminate(std::vector<Dual> &a, std::vector<Dual> &b, int64_t n, int64_t k) {
  auto subtract = [&](int64_t from, int64_t row, Dual factor) {
    for (int64_t j = 0; j < n; ++j)
      a[from * n + j] = a[from * n + j] - factor * a[row * n + j];
    for (int64_t j = 0; j < k; ++j)
      b[from * k + j] = b[from * k + j] - factor * b[row * k + j];
  };
  for (int64_t column = 0; column < n; ++column) {
    int64_t pivot = column;
    for (int64_t i = column + 1; i < n; ++i)
      if (std::fabs(a[i * n + column].v) > std::fabs(a[pivot * n + column].v))
        pivot = i;
    for (int64_t j = 0; j < n; ++j)
      std::swap(a[column * n + j], a[pivot * n + j]);
    for (int64_t j = 0; j < k; ++j)
      std::swap(b[column * k + j], b[pivot * k + j]);
    for (int64_t i = column + 1; i < n; ++i)
      subtract(i, column, a[i * n + column] / a[column * n + column]);
  }
  for (int64_t row = n; row-- > 0;) {
    for (int64_t j = row + 1; j < n; ++j)
      for (int64_t c = 0; c < k; ++c)
        b[row * k + c] = b[row * k + c] - a[row * n + j] * b[j * k + c];
    for (int64_t c = 0; c < k; ++c)
      b[row * k + c] = b[row * k + c] / a[row * n + row];
  }
}

void solve(Evaluation &e) {
  const Array &a = *e.in[0], &b = *e.in[1];
  if (!e.isShape(b.shape))
    return;
  int64_t n = b.shape[b.rank() - 2], k = b.shape[b.rank() - 1];
  for (size_t first = 0; first < b.size(); first += n * k) {
    std::vector<Dual> matrix, right;
    for (int64_t i = 0; i < n * n; ++i)
      matrix.push_back(a.at(first / (n * k) * n * n + i));
    for (int64_t i = 0; i < n * k; ++i)
      right.push_back(b.at(first + i));
    eliminate(matrix, right, n, k);
    for (int64_t i = 0; i < n * k; ++i)
      e.out.set(first + i, right[i]);
  }
}
} // namespace

bool net::evaluateRows(Evaluation &e) {
  if (auto op = dyn_cast<RecurrenceOp>(e.op))
    recurrence(e, op);
  else if (auto op = dyn_cast<ArgSortOp>(e.op))
    argsort(e, op);
  else if (isa<SolveOp>(e.op))
    solve(e);
  else
    return false;
  return true;
}
