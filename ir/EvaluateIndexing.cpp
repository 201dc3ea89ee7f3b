//===- EvaluateIndexing.cpp - elements at given positions -----------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// An axis of x is looked at as [outer, axis, inner]. `take` and its transpose use one list of
// indices for all of them, the `along` forms have an index array with the same outer and
// inner axes. An axis without elements gives zeros and takes nothing.
//
//===----------------------------------------------------------------------===//
#include "ir/Evaluation.h"

using namespace mlir;
using namespace net;

namespace {
/// Calls `visit` with the number of an element of the slices at the indices, and of that in x.
void visitSlices(Evaluation &e, const Array &x, const Array &index, int64_t axis,
                 llvm::function_ref<void(size_t, size_t)> visit) {
  AxisView view(x.shape, axis);
  auto count = static_cast<int64_t>(view.size ? index.size() : 0);
  for (int64_t o = 0; o < view.outer; ++o)
    for (int64_t i = 0; i < count; ++i) {
      int64_t position = e.index(index, i, view.size);
      if (!e.error.empty())
        return;
      for (int64_t k = 0; k < view.inner; ++k)
        visit((o * count + i) * view.inner + k, view.at(o, position, k));
    }
}

/// The same where each element has an index of its own.
void visitAlong(Evaluation &e, const Array &x, const Array &index, int64_t axis,
                llvm::function_ref<void(size_t, size_t)> visit) {
  AxisView view(x.shape, axis), indices(index.shape, axis);
  if (view.outer != indices.outer || view.inner != indices.inner)
    return e.fail("the index array has other axes than x");
  for (int64_t o = 0; o < view.outer && view.size; ++o)
    for (int64_t i = 0; i < indices.size; ++i)
      for (int64_t k = 0; k < view.inner; ++k) {
        int64_t position = e.index(index, indices.at(o, i, k), view.size);
        if (!e.error.empty())
          return;
        visit(indices.at(o, i, k), view.at(o, position, k));
      }
}

void take(Evaluation &e, TakeOp op) {
  const Array &x = *e.in[0], &index = *e.in[1];
  std::vector<int64_t> shape = x.shape;
  shape.erase(shape.begin() + op.getAxis());
  shape.insert(shape.begin() + op.getAxis(), index.shape.begin(), index.shape.end());
  if (!e.isShape(shape))
    return;
  visitSlices(e, x, index, op.getAxis(),
              [&](size_t slice, size_t at) { e.out.copy(slice, x, at); });
}

void takeAlong(Evaluation &e, TakeAlongOp op) {
  const Array &x = *e.in[0], &index = *e.in[1];
  if (e.isShape(index.shape))
    visitAlong(e, x, index, op.getAxis(),
               [&](size_t slice, size_t at) { e.out.copy(slice, x, at); });
}

template <typename Op, typename Visit> void scatterAdd(Evaluation &e, Op op, Visit visit) {
  const Array &x = *e.in[0], &index = *e.in[1], &updates = *e.in[2];
  for (size_t i = 0; i < x.size(); ++i)
    e.out.copy(i, x, i);
  visit(e, x, index, op.getAxis(), [&](size_t slice, size_t at) {
    if (slice < updates.size())
      return e.out.add(at, updates, slice);
    e.fail("fewer updates than indices");
  });
}

/// Calls `visit` with the number of each element of a part, and of that in x.
void visitPart(Evaluation &e, const Array &x, ArrayRef<int64_t> part, ArrayRef<int64_t> axes,
               ArrayRef<const Array *> starts, llvm::function_ref<void(size_t, size_t)> visit) {
  std::vector<int64_t> strides = stridesOf(x.shape);
  size_t first = 0;
  for (auto [axis, start] : llvm::zip(axes, starts))
    first += strides[axis] * e.index(*start, 0, x.shape[axis] - part[axis] + 1);
  if (!e.error.empty())
    return;
  for (Positions p(part); p; p.next()) {
    size_t at = first;
    for (size_t axis = 0; axis < strides.size(); ++axis)
      at += strides[axis] * p[axis];
    visit(p.number(), at);
  }
}

void dynamicSlice(Evaluation &e, DynamicSliceOp op) {
  const Array &x = *e.in[0];
  visitPart(e, x, e.out.shape, op.getAxes(), ArrayRef(e.in).drop_front(1),
            [&](size_t i, size_t at) { e.out.copy(i, x, at); });
}

void dynamicUpdate(Evaluation &e, DynamicUpdateOp op) {
  const Array &x = *e.in[0], &u = *e.in[1];
  for (size_t i = 0; i < x.size(); ++i)
    e.out.copy(i, x, i);
  visitPart(e, x, u.shape, op.getAxes(), ArrayRef(e.in).drop_front(2),
            [&](size_t i, size_t at) { e.out.copy(at, u, i); });
}
} // namespace

bool net::evaluateIndexing(Evaluation &e) {
  if (auto op = dyn_cast<TakeOp>(e.op))
    take(e, op);
  else if (auto op = dyn_cast<TakeAlongOp>(e.op))
    takeAlong(e, op);
  else if (auto op = dyn_cast<ScatterAddOp>(e.op))
    scatterAdd(e, op, visitSlices);
  else if (auto op = dyn_cast<ScatterAddAlongOp>(e.op))
    scatterAdd(e, op, visitAlong);
  else if (auto op = dyn_cast<DynamicSliceOp>(e.op))
    dynamicSlice(e, op);
  else if (auto op = dyn_cast<DynamicUpdateOp>(e.op))
    dynamicUpdate(e, op);
  else
    return false;
  return true;
}
