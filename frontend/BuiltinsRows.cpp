//===- BuiltinsRows.cpp - running sums, orders, equations -----------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/Builtins.h"

using namespace net;

namespace {
int64_t rankOf(mlir::Value x) { return llvm::cast<mlir::RankedTensorType>(x.getType()).getRank(); }

//===-- recurrences --------------------------------------------------------------------------===//

/// Numbers, not truth values. Null after a diagnostic.
mlir::Value numbers(CallSite &c, size_t i) {
  mlir::Value x = c.array(i);
  if (!x || !isBool(elementOf(x.getType())))
    return x;
  c.error("N0302", "takes numbers, this is " + c.at(i).describe())
      .help("convert with `f32(..)` or `i32(..)`");
  return {};
}

/// Each element one place on along the axis (one back if `back`), `otherwise` where none comes
/// from.
mlir::Value shifted(Emit e, mlir::Value x, int64_t axis, bool back, double otherwise) {
  Shape shape = shapeOf(x.getType()), low(shape.size(), SizeExpr(0));
  low[axis] = SizeExpr(back ? -1 : 1);
  auto attr = SizesAttr::get(e.builder.getContext(), low);
  llvm::SmallVector<int64_t> interior(shape.size(), 0);
  mlir::Value value = e.number(otherwise, elementOf(x.getType()));
  return PadOp::create(e.builder, e.loc, x.getType(), x, value, attr, interior).getResult();
}

Value running(CallSite &c, mlir::Value a, mlir::Value x, int64_t axis, bool reverse) {
  Emit e = c.emit();
  return c.done(RecurrenceOp::create(e.builder, e.loc, x.getType(), a, x,
                                     static_cast<uint64_t>(axis), reverse)
                    .getResult());
}

struct Running {
  mlir::Value x;
  int64_t axis;
  bool exclusive, reverse;
};

std::optional<Running> readRunning(CallSite &c) {
  if (!c.accepts(1, 1, {"over", "exclusive", "reverse"}))
    return std::nullopt;
  mlir::Value x = numbers(c, 0);
  auto axis = x ? c.axis(rankOf(x), x, rankOf(x) - 1) : std::nullopt;
  auto exclusive = c.flag("exclusive", false), reverse = c.flag("reverse", false);
  if (!axis || !exclusive || !reverse)
    return std::nullopt;
  return Running{x, *axis, *exclusive, *reverse};
}

/// cumsum(x, over = -1, exclusive = false, reverse = false): the sums of the elements up to each
/// one; those before it if `exclusive`; from the other end if `reverse`.
Value cumsum(CallSite &c) {
  auto r = readRunning(c);
  if (!r)
    return {};
  Emit e = c.emit();
  mlir::Value ones = e.fill(1, elementOf(r->x.getType()), shapeOf(r->x.getType()));
  mlir::Value x = r->exclusive ? shifted(e, r->x, r->axis, r->reverse, 0) : r->x;
  return running(c, ones, x, r->axis, r->reverse);
}

/// cumprod: the products likewise.
Value cumprod(CallSite &c) {
  auto r = readRunning(c);
  if (!r)
    return {};
  Emit e = c.emit();
  Shape shape = shapeOf(r->x.getType());
  mlir::Type element = elementOf(r->x.getType());
  // Adding -0 changes nothing, not even the sign of a zero.
  mlir::Value nothing = e.fill(-0.0, element, shape);
  mlir::Value place = e.broadcastAxes(e.iota(shape[r->axis], e.i32()), shape, {r->axis});
  SizeExpr first = r->reverse ? shape[r->axis] - SizeExpr(1) : SizeExpr(0);
  mlir::Value isFirst = e.compare<EqOp>(place, e.fill(e.size(first, e.i32()), shape));
  mlir::Value begin = r->exclusive ? e.fill(1, element, shape) : r->x;
  mlir::Value factors = r->exclusive ? shifted(e, r->x, r->axis, r->reverse, 1) : r->x;
  mlir::Value x =
      WhereOp::create(e.builder, e.loc, r->x.getType(), isFirst, begin, nothing).getResult();
  return running(c, factors, x, r->axis, r->reverse);
}

/// recurrence(a, x, over = -1, reverse = false): y[0] = x[0], y[i] = a[i] y[i - 1] + x[i].
Value recurrence(CallSite &c) {
  if (!c.accepts(2, 2, {"over", "reverse"}))
    return {};
  mlir::Value x = numbers(c, 1);
  auto type = x ? llvm::cast<mlir::RankedTensorType>(x.getType()) : mlir::RankedTensorType();
  mlir::Value a = x ? c.elaborator.toTensorOf(c.at(0), type, c.env, c.range) : x;
  auto axis = a ? c.axis(rankOf(x), x, rankOf(x) - 1) : std::nullopt;
  auto reverse = c.flag("reverse", false);
  return axis && reverse ? running(c, a, x, *axis, *reverse) : Value();
}

//===-- orders -------------------------------------------------------------------------------===//

mlir::Value orderOf(CallSite &c, mlir::Value x, int64_t axis, bool descending) {
  Emit e = c.emit();
  return ArgSortOp::create(e.builder, e.loc, withElement(x.getType(), e.i32()), x,
                           static_cast<uint64_t>(axis), descending)
      .getResult();
}

mlir::Value along(CallSite &c, mlir::Value x, mlir::Value index, int64_t axis) {
  Emit e = c.emit();
  auto type = tensorOf(elementOf(x.getType()), shapeOf(index.getType()));
  return TakeAlongOp::create(e.builder, e.loc, type, x, index, static_cast<uint64_t>(axis))
      .getResult();
}

/// argsort(x, over = -1, descending = false): the positions of the elements in ascending order;
/// sort: the elements.
template <bool positions> Value sorted(CallSite &c) {
  if (!c.accepts(1, 1, {"over", "descending"}))
    return {};
  mlir::Value x = c.array(0);
  auto axis = x ? c.axis(rankOf(x), x, rankOf(x) - 1) : std::nullopt;
  auto descending = c.flag("descending", false);
  if (!axis || !descending)
    return {};
  mlir::Value order = orderOf(c, x, *axis, *descending);
  return c.done(positions ? order : along(c, x, order, *axis));
}

/// top_k(x, k, over = -1): the k largest elements, the largest first, and their positions.
Value topK(CallSite &c) {
  if (!c.accepts(2, 2, {"over"}))
    return {};
  mlir::Value x = c.array(0);
  auto axis = x ? c.axis(rankOf(x), x, rankOf(x) - 1) : std::nullopt;
  if (!axis)
    return {};
  auto k = c.at(1).size();
  if (!k) {
    c.error("N0307", "the number of elements is a size, this is " + c.at(1).describe());
    return {};
  }
  Shape shape = shapeOf(x.getType()), starts(shape.size(), SizeExpr(0));
  if (k->constant().value_or(0) < 0 || (shape[*axis] - *k).constant().value_or(0) < 0) {
    c.error("N0215",
            "there are no " + k->str() + " elements in an axis of size " + shape[*axis].str());
    return {};
  }
  mlir::Value order = orderOf(c, x, *axis, /*descending=*/true);
  shape[*axis] = *k;
  order = c.emit().slice(order, starts, shape, llvm::SmallVector<int64_t>(shape.size(), 1));
  return Value::tuple({c.done(along(c, x, order, *axis)), c.done(order)}, c.range);
}

/// permutation(n): 0 .. n - 1 in a random order, by sorting numbers of 62 bits: among a million of
/// them two are equal once in ten million times.
Value permutation(CallSite &c) {
  if (!c.accepts(1, 1))
    return {};
  auto n = c.at(0).size();
  if (!n || n->constant().value_or(0) < 0) {
    c.error("N0307", "takes a size, this is " + c.at(0).describe());
    return {};
  }
  Emit e = c.emit();
  auto type = tensorOf(e.i64(), {*n});
  mlir::Value key = c.key(), zero = e.integer(0, e.i64()), half = e.integer(1LL << 31, e.i64());
  auto draw = [&](int64_t i) {
    mlir::Value own =
        FoldInOp::create(e.builder, e.loc, key.getType(), key, e.integer(i, e.i64())).getResult();
    return RandIntOp::create(e.builder, e.loc, type, own, zero, half).getResult();
  };
  mlir::Value high = e.binary<MulOp>(draw(0), e.fill(half, {*n}));
  return c.done(orderOf(c, e.binary<AddOp>(high, draw(1)), 0, false));
}

//===-- equations ----------------------------------------------------------------------------===//

/// solve(A, b): x of A x = b, for A [.., n, n] and b [.., n] or [.., n, k].
Value solve(CallSite &c) {
  if (!c.accepts(2, 2))
    return {};
  mlir::Value a = c.real(0);
  mlir::Type element = a ? elementOf(a.getType()) : mlir::Type();
  mlir::Value b = a ? c.array(1, element) : a;
  if (!b)
    return {};
  if (c.weak(1))
    b = c.emit().cast(b, element);
  if (elementOf(b.getType()) != element) {
    c.error("N0301", "element types are not converted silently: " + elementName(element) + " and " +
                         elementName(elementOf(b.getType())))
        .help("convert: `" + elementName(element) + "(..)`");
    return {};
  }
  Shape matrix = shapeOf(a.getType()), right = shapeOf(b.getType()), given = right;
  size_t rank = matrix.size();
  bool isSquare = rank >= 2 && matrix[rank - 1] == matrix[rank - 2];
  if (!isSquare) {
    c.error("N0206", "takes a square matrix, this is " + c.at(0).describe());
    return {};
  }
  bool isVector = right.size() + 1 == rank;
  if (isVector)
    right.push_back(SizeExpr(1));
  bool fits = right.size() == rank;
  for (size_t i = 0; fits && i + 1 < rank; ++i)
    fits = right[i] == matrix[i];
  if (!fits) {
    c.error("N0203", "the right sides of " + c.at(0).describe() +
                         " are [.., n] or [.., n, k], with " +
                         "the matrix's leading axes; this is " + c.at(1).describe());
    return {};
  }
  Emit e = c.emit();
  mlir::Value y =
      SolveOp::create(e.builder, e.loc, tensorOf(element, right), a, e.reshape(b, right))
          .getResult();
  return c.done(e.reshape(y, given));
}
} // namespace

void net::addRows(Primitives &table) {
  table["cumsum"] = cumsum;
  table["cumprod"] = cumprod;
  table["recurrence"] = recurrence;
  table["argsort"] = sorted<true>;
  table["sort"] = sorted<false>;
  table["top_k"] = topK;
  table["permutation"] = permutation;
  table["solve"] = solve;
}
