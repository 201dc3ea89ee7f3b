//===- EvaluateShape.cpp - operations that only move elements -------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "ir/Evaluation.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace net;

namespace {
using Position = ArrayRef<int64_t>;

size_t numberOf(Position at, ArrayRef<int64_t> strides) {
  int64_t number = 0;
  for (auto [i, stride] : llvm::zip(at, strides))
    number += i * stride;
  return static_cast<size_t>(number);
}

/// Each element of the result is the element of x at `source(position)`.
void pull(Evaluation &e, llvm::function_ref<void(Position, MutableArrayRef<int64_t>)> source) {
  const Array &x = *e.in[0];
  std::vector<int64_t> strides = stridesOf(x.shape), from(x.shape.size());
  for (Positions at(e.out.shape); at && e.error.empty(); at.next()) {
    source(at.get(), from);
    e.out.copy(at.number(), x, numberOf(from, strides));
  }
}

void constant(Evaluation &e, ConstantOp op) {
  auto array = arrayOf(op.getValue());
  if (!array)
    return e.fail(llvm::toString(array.takeError()));
  e.out = std::move(*array);
}

void size(Evaluation &e, SizeOp op) {
  auto expression = SizeExpr::parse(op.getExpr());
  auto value = expression ? expression->evaluate(e.sizes) : std::nullopt;
  if (!value)
    return e.fail("size '" + op.getExpr() + "' is not known");
  if (e.out.isReal())
    e.out.values[0] = static_cast<double>(*value);
  else
    e.out.wholes[0] = wrapTo(e.out.element, *value);
}

void broadcast(Evaluation &e, BroadcastOp op) {
  const Array &x = *e.in[0];
  ArrayRef<int64_t> axes = op.getAxes();
  for (auto [i, axis] : llvm::enumerate(axes))
    if (x.shape[i] != 1 && x.shape[i] != e.out.shape[axis])
      return e.fail("axis " + Twine(i) + " has " + Twine(x.shape[i]) + " elements, the result " +
                    Twine(e.out.shape[axis]));
  pull(e, [&](Position at, MutableArrayRef<int64_t> from) {
    for (auto [i, axis] : llvm::enumerate(axes))
      from[i] = x.shape[i] == 1 ? 0 : at[axis];
  });
}

void reshape(Evaluation &e) {
  if (e.in[0]->size() != e.out.size())
    return e.fail(Twine(e.in[0]->size()) + " elements become " + Twine(e.out.size()));
  for (size_t i = 0; i < e.out.size(); ++i)
    e.out.copy(i, *e.in[0], i);
}

void transpose(Evaluation &e, TransposeOp op) {
  ArrayRef<int64_t> order = op.getOrder();
  std::vector<int64_t> shape;
  for (int64_t axis : order)
    shape.push_back(e.in[0]->shape[axis]);
  if (!e.isShape(shape))
    return;
  pull(e, [&](Position at, MutableArrayRef<int64_t> from) {
    for (auto [i, axis] : llvm::enumerate(order))
      from[axis] = at[i];
  });
}

void reverse(Evaluation &e, ReverseOp op) {
  pull(e, [&](Position at, MutableArrayRef<int64_t> from) {
    llvm::copy(at, from.begin());
    for (int64_t axis : op.getAxes())
      from[axis] = e.out.shape[axis] - 1 - at[axis];
  });
}

void slice(Evaluation &e, SliceOp op) {
  std::vector<int64_t> starts = e.sizesOf(op.getStarts());
  pull(e, [&](Position at, MutableArrayRef<int64_t> from) {
    for (size_t i = 0; i < from.size(); ++i) {
      from[i] = starts[i] + at[i] * op.getStrides()[i];
      if (from[i] < 0 || from[i] >= e.in[0]->shape[i]) {
        e.fail("position " + Twine(from[i]) + " of axis " + Twine(i) + ", which has " +
               Twine(e.in[0]->shape[i]));
        from[i] = 0;
        return llvm::fill(from, 0);
      }
    }
  });
}

void pad(Evaluation &e, PadOp op) {
  std::vector<int64_t> low = e.sizesOf(op.getLow()), strides = stridesOf(e.out.shape),
                       to(low.size());
  const Array &x = *e.in[0];
  for (size_t i = 0; i < e.out.size(); ++i)
    e.out.copy(i, *e.in[1], 0);
  for (Positions at(x.shape); at; at.next()) {
    bool inside = true;
    for (size_t i = 0; i < to.size(); ++i) {
      to[i] = low[i] + at[i] * (op.getInterior()[i] + 1);
      inside &= to[i] >= 0 && to[i] < e.out.shape[i];
    }
    if (inside)
      e.out.copy(numberOf(to, strides), x, at.number());
  }
}

void concat(Evaluation &e, ConcatOp op) {
  size_t axis = op.getAxis();
  std::vector<int64_t> strides = stridesOf(e.out.shape), shape = e.in[0]->shape;
  shape[axis] = 0;
  for (const Array *x : e.in)
    shape[axis] += x->shape[axis];
  if (!e.isShape(shape))
    return;
  int64_t begin = 0;
  for (const Array *x : e.in) {
    for (Positions at(x->shape); at; at.next())
      e.out.copy(numberOf(at.get(), strides) + begin * strides[axis], *x, at.number());
    begin += x->shape[axis];
  }
}
} // namespace

bool net::evaluateShape(Evaluation &e) {
  bool known = true;
  llvm::TypeSwitch<Operation *>(e.op)
      .Case<ConstantOp>([&](auto op) { constant(e, op); })
      .Case<SizeOp>([&](auto op) { size(e, op); })
      .Case<IotaOp>([&](auto) {
        for (size_t i = 0; i < e.out.size(); ++i)
          e.out.set(i, static_cast<double>(i));
      })
      .Case<BroadcastOp>([&](auto op) { broadcast(e, op); })
      .Case<ReshapeOp>([&](auto) { reshape(e); })
      .Case<TransposeOp>([&](auto op) { transpose(e, op); })
      .Case<ReverseOp>([&](auto op) { reverse(e, op); })
      .Case<SliceOp>([&](auto op) { slice(e, op); })
      .Case<PadOp>([&](auto op) { pad(e, op); })
      .Case<ConcatOp>([&](auto op) { concat(e, op); })
      .Default([&](Operation *) { known = false; });
  return known;
}
