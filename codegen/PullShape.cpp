//===- PullShape.cpp - shape operations turn places into places -----------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "codegen/Pull.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace net;

//===-- moving elements ----------------------------------------------------------------------===//

Element Pull::broadcast(BroadcastOp op, const Place &place) {
  Shape from = shapeOf(op.getX().getType()), to = shapeOf(op.getType());
  // The axis of x that an axis of the result copies; -1 for none.
  SmallVector<int64_t> source(to.size(), -1);
  for (auto [axis, result] : llvm::enumerate(op.getAxes()))
    if (from[axis] == to[result])
      source[result] = axis;
  SmallVector<bool> boundary(to.size(), true);
  for (size_t i = 1; i < to.size(); ++i)
    boundary[i] =
        source[i] < 0 ? source[i - 1] >= 0 : source[i - 1] < 0 || source[i] != source[i - 1] + 1;
  Place x;
  unsigned axis = 0, next = 0;
  auto stretched = [&](unsigned until) {
    for (; next < until; ++next)
      x.groups.push_back({1, Index()});
  };
  for (const Place::Group &group : refined(place, to, boundary).groups) {
    if (source[axis] >= 0) {
      stretched(source[axis]);
      x.groups.push_back(group);
      next += group.axes;
    }
    axis += group.axes;
  }
  stretched(from.size());
  return get(op.getX(), x);
}

Element Pull::transpose(TransposeOp op, const Place &place) {
  ArrayRef<int64_t> order = op.getOrder();
  SmallVector<bool> boundary(order.size(), true);
  for (size_t i = 1; i < order.size(); ++i)
    boundary[i] = order[i] != order[i - 1] + 1;
  std::map<int64_t, Place::Group> groups;
  unsigned axis = 0;
  for (const Place::Group &group : refined(place, shapeOf(op.getType()), boundary).groups) {
    groups[order[axis]] = group;
    axis += group.axes;
  }
  Place x;
  for (auto &[first, group] : groups)
    x.groups.push_back(group);
  return get(op.getX(), x);
}

Element Pull::reverse(ReverseOp op, const Place &place) {
  Shape shape = shapeOf(op.getType());
  SmallVector<bool> reversed(shape.size() + 1, false), boundary(shape.size(), false);
  for (int64_t axis : op.getAxes())
    reversed[axis] = true;
  for (size_t i = 1; i < shape.size(); ++i)
    boundary[i] = reversed[i] || reversed[i - 1];
  Place x = refined(place, shape, boundary);
  unsigned axis = 0;
  for (Place::Group &group : x.groups) {
    if (reversed[axis])
      group.index = Index(shape[axis] - SizeExpr(1)) - group.index;
    axis += group.axes;
  }
  return get(op.getX(), x);
}

Element Pull::slice(SliceOp op, const Place &place) {
  Shape from = shapeOf(op.getX().getType()), to = shapeOf(op.getType()),
        starts = op.getStarts().getShape();
  ArrayRef<int64_t> strides = op.getStrides();
  // A part of an axis may lead a group: only its size, which no index depends on, changes.
  SmallVector<bool> boundary(to.size(), false);
  for (size_t i = 1; i < to.size(); ++i)
    boundary[i] =
        from[i] != to[i] || starts[i] != SizeExpr(0) || strides[i] != 1 || strides[i - 1] != 1;
  Place x = refined(place, to, boundary);
  unsigned axis = 0;
  for (Place::Group &group : x.groups) {
    SizeExpr inner = elementsOf(to, axis + 1, group.axes - 1);
    group.index = group.index * SizeExpr(strides[axis]) + Index(starts[axis] * inner);
    axis += group.axes;
  }
  return get(op.getX(), x);
}

//===-- conditions ---------------------------------------------------------------------------===//

Element Pull::inRange(const Index &all, const SizeExpr &size, bool low, bool high) {
  if ((!low && !high) || isBelow(all, size))
    return {};
  // Lanes that are all in range or all out of it share a condition.
  Index index = blockOf(all, size);
  auto predicate = !low   ? arith::CmpIPredicate::slt
                   : high ? arith::CmpIPredicate::ult
                          : arith::CmpIPredicate::sge;
  Element value = materialize(index);
  Value limit = high ? this->size(size) : this->size(0);
  return at(value.scope, [&] {
    Value a = value.v, b = limit;
    if (value.vector && fitsInt32(index) && size.constant().value_or(INT64_MAX) <= INT32_MAX) {
      a = arith::TruncIOp::create(builder, loc, vectorOf(builder.getI32Type()), a);
      b = splat(
              {arith::TruncIOp::create(builder, loc, builder.getI32Type(), b), false, value.scope})
              .v;
    } else if (value.vector) {
      b = splat({b, false, value.scope}).v;
    }
    return Element{arith::CmpIOp::create(builder, loc, predicate, a, b), value.vector, value.scope};
  });
}

Element Pull::guarded(Element condition, Value value, const Place &place, Element otherwise) {
  if (!condition.v)
    return get(value, place);
  Mask outer = setMask(maskAnd(condition));
  Element element = get(value, place);
  setMask(outer);
  return choose(condition, element, otherwise);
}

Element Pull::pad(PadOp op, const Place &place) {
  Shape from = shapeOf(op.getX().getType()), to = shapeOf(op.getType()),
        low = op.getLow().getShape();
  ArrayRef<int64_t> interior = op.getInterior();
  SmallVector<bool> boundary(to.size(), false), changed(to.size(), false);
  for (size_t i = 0; i < to.size(); ++i)
    changed[i] = from[i] != to[i] || low[i] != SizeExpr(0) || interior[i] != 0;
  for (size_t i = 1; i < to.size(); ++i)
    boundary[i] = changed[i] || interior[i - 1] != 0;
  Place x = refined(place, to, boundary);
  Element inside;
  unsigned axis = 0;
  for (Place::Group &group : x.groups) {
    if (changed[axis]) {
      SizeExpr inner = elementsOf(to, axis + 1, group.axes - 1), step(interior[axis] + 1);
      group.index = group.index - Index(low[axis] * inner);
      SizeExpr covered = (from[axis] - SizeExpr(1)) * step + SizeExpr(1);
      bool before = low[axis].constant().value_or(1) > 0;
      bool behind = (to[axis] - low[axis] - covered).constant().value_or(1) > 0;
      inside = conjunction(inside, inRange(group.index, covered * inner, before, behind));
      if (interior[axis]) {
        auto [quotient, rest] = divide(group.index, step);
        Element remainder = materialize(rest);
        Value zero = size(0);
        inside = conjunction(inside, at(remainder.scope, [&] {
                               Value z = remainder.vector ? splat({zero}).v : zero;
                               return Element{arith::CmpIOp::create(builder, loc,
                                                                    arith::CmpIPredicate::eq,
                                                                    remainder.v, z),
                                              remainder.vector, remainder.scope};
                             }));
        group.index = quotient;
      }
    }
    axis += group.axes;
  }
  return guarded(inside, op.getX(), x, get(op.getValue(), Place()));
}

Element Pull::concat(ConcatOp op, const Place &place) {
  Shape to = shapeOf(op.getType());
  unsigned along = op.getAxis();
  SmallVector<bool> boundary(to.size(), false);
  boundary[along] = true;
  Place whole = refined(place, to, boundary);
  unsigned axis = 0, position = 0;
  for (; axis != along; ++position)
    axis += whole.groups[position].axes;
  Place::Group group = whole.groups[position];
  SizeExpr inner = elementsOf(to, along + 1, group.axes - 1), start(0);
  Element result;
  for (Value part : op.getXs()) {
    SizeExpr length = shapeOf(part.getType())[along];
    Place x = whole;
    x.groups[position].index = group.index - Index(start * inner);
    // The part where the index is in it; those before it were taken already.
    bool first = start == SizeExpr(0), last = start + length == to[along];
    Element inside = inRange(x.groups[position].index, length * inner, !first, !last);
    Mask outer = setMask(inside.v ? maskAnd(inside) : mask);
    Element element = get(part, x);
    setMask(outer);
    result = result.v && inside.v ? choose(inside, element, result) : element;
    start = start + length;
  }
  return result;
}

//===-- windows ------------------------------------------------------------------------------===//

Element Pull::window(WindowOp op, const Place &place) {
  Shape from = shapeOf(op.getX().getType()), to = shapeOf(op.getType());
  SmallVector<bool> boundary(to.size(), true), windowed(from.size() + 1, false);
  for (int64_t axis : op.getAxes())
    windowed[axis] = true;
  for (size_t i = 1; i < from.size(); ++i)
    boundary[i] = windowed[i] || windowed[i - 1];
  Place all = refined(place, to, boundary), x;
  // The offsets stand behind x's own axes, each in a group of its own.
  size_t offsets = all.groups.size() - op.getAxes().size();
  for (size_t i = 0; i < offsets; ++i)
    x.groups.push_back(all.groups[i]);
  Element inside;
  unsigned axis = 0;
  for (Place::Group &group : x.groups) {
    for (auto [i, windowAxis] : llvm::enumerate(op.getAxes())) {
      if (windowAxis != axis)
        continue;
      int64_t low = op.getLow()[i];
      group.index = group.index * SizeExpr(op.getStrides()[i]) +
                    all.groups[offsets + i].index * SizeExpr(op.getDilations()[i]) - Index(low);
      inside = conjunction(inside, inRange(group.index, from[axis], low > 0, op.getHigh()[i] > 0));
    }
    axis += group.axes;
  }
  return guarded(inside, op.getX(), x, get(op.getValue(), Place()));
}

namespace {
/// The windows over one axis that cover a position: the t-th of them has it at offset k.
struct Cover {
  unsigned axis;
  int64_t count, size, stride, dilation;
  Index position; ///< with the padding before it
  SizeExpr windows;
};
} // namespace

Element Pull::unwindow(UnwindowOp op, const Place &place) {
  Shape from = shapeOf(op.getX().getType()), to = shapeOf(op.getType());
  SmallVector<Index> own = axes(place, to);
  SmallVector<Cover> covers;
  int64_t terms = 1;
  for (auto [i, axis] : llvm::enumerate(op.getAxes())) {
    Cover c{static_cast<unsigned>(axis),
            0,
            op.getSizes()[i],
            op.getStrides()[i],
            op.getDilations()[i],
            own[axis] + Index(op.getLow()[i]),
            from[axis]};
    c.count = c.dilation == 1 ? (c.size + c.stride - 1) / c.stride : c.size;
    terms *= c.count;
    covers.push_back(c);
  }
  Type element = elementOf(op.getType());
  auto term = [&](ArrayRef<Index> turns) {
    SmallVector<Index> x(own), offsets;
    Element inside;
    for (auto [cover, t] : llvm::zip_equal(covers, turns)) {
      Index offset = t, windowIndex;
      if (cover.dilation == 1) {
        auto [quotient, rest] = divide(cover.position, SizeExpr(cover.stride));
        offset = rest + t * SizeExpr(cover.stride);
        windowIndex = quotient - t;
        inside = conjunction(inside, inRange(offset, SizeExpr(cover.size), false, true));
      } else {
        Index start = cover.position - t * SizeExpr(cover.dilation);
        auto [quotient, rest] = divide(start, SizeExpr(cover.stride));
        windowIndex = quotient;
        inside =
            conjunction(inside, inRange(start, cover.windows * SizeExpr(cover.stride), true, true));
        inside = conjunction(inside, inRange(rest, SizeExpr(1), false, true));
      }
      inside = conjunction(inside, inRange(windowIndex, cover.windows, true, true));
      x[cover.axis] = windowIndex;
      offsets.push_back(offset);
    }
    x.append(offsets);
    return guarded(inside, op.getX(), Place(x), zero(element));
  };
  auto add = [&](Element a, Element b) {
    unsigned scope = std::max(a.scope, b.scope);
    bool isVector = a.vector || b.vector;
    Lane x(builder, loc, element, isVector ? splat(a).v : a.v),
        y(builder, loc, element, isVector ? splat(b).v : b.v);
    return at(scope, [&] {
      return Element{narrow(builder, loc, scalar::operator+(x, y).v, element), isVector, scope};
    });
  };
  Element sum = zero(element);
  if (terms <= 16) {
    SmallVector<int64_t> turn(covers.size(), 0);
    for (int64_t i = 0; i < terms; ++i) {
      SmallVector<Index> indices(turn.begin(), turn.end());
      sum = add(sum, term(indices));
      for (size_t k = covers.size(); k-- > 0;) {
        if (++turn[k] < covers[k].count)
          break;
        turn[k] = 0;
      }
    }
    return sum;
  }
  unsigned scope =
      std::max({scopeOf(place), mask.lanes.scope, mask.uniform.scope, conditionScope()});
  bool isVector = hasLanes(place) || mask.lanes.v;
  detour(scope, [&] {
    SmallVector<Index> turns;
    std::function<Value(Value)> nest = [&](Value carried) -> Value {
      if (turns.size() == covers.size()) {
        Element all = add({carried, isVector, depth()}, term(turns));
        return all.v;
      }
      return loop(SizeExpr(covers[turns.size()].count), carried, [&](Index t, ValueRange inner) {
        turns.push_back(t);
        Value next = nest(inner[0]);
        turns.pop_back();
        return SmallVector<Value>{next};
      })[0];
    };
    sum = {nest(isVector ? splat(sum).v : sum.v), isVector, scope};
  });
  return sum;
}
