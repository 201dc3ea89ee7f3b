//===- BuiltinsResize.cpp - arrays on a finer or coarser grid -------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Elements are at the middles of equal parts of an axis, so result i of m, on an axis of n, looks
// at (i + 1/2) n / m - 1/2. `nearest` takes the element in whose part that is, `linear` lies
// between two neighbours, or on the outermost one.
//
//===----------------------------------------------------------------------===//
#include "frontend/Builtins.h"

#include <algorithm>
#include <cmath>

using namespace net;

namespace {
int64_t rankOf(mlir::Value x) { return llvm::cast<mlir::RankedTensorType>(x.getType()).getRank(); }

/// Every element `factor` times: no positions are needed, so the size may be any.
mlir::Value repeated(Emit e, mlir::Value x, int64_t axis, int64_t factor) {
  Shape shape = shapeOf(x.getType()), spread = shape;
  llvm::SmallVector<int64_t> axes;
  for (int64_t i = 0; i < static_cast<int64_t>(shape.size()); ++i)
    axes.push_back(i <= axis ? i : i + 1);
  spread.insert(spread.begin() + axis + 1, SizeExpr(factor));
  shape[axis] = shape[axis] * SizeExpr(factor);
  return e.reshape(e.broadcastAxes(x, spread, axes), shape);
}

mlir::Value taken(Emit e, mlir::Value x, int64_t axis, llvm::ArrayRef<double> positions) {
  auto m = static_cast<int64_t>(positions.size());
  Shape shape = shapeOf(x.getType());
  shape[axis] = SizeExpr(m);
  mlir::Value index = e.array(positions, e.i32(), {m});
  return TakeOp::create(e.builder, e.loc, tensorOf(elementOf(x.getType()), shape), x, index,
                        static_cast<uint64_t>(axis))
      .getResult();
}

/// An axis of n elements to m.
mlir::Value resized(Emit e, mlir::Value x, int64_t axis, int64_t n, int64_t m, bool linear) {
  llvm::SmallVector<double> low, high, part;
  for (int64_t i = 0; i < m; ++i) {
    // In whole numbers: (2 i + 1) n / 2 m is exact at the border of two parts.
    int64_t twice = (2 * i + 1) * n;
    if (!linear) {
      low.push_back(static_cast<double>(twice / (2 * m)));
      continue;
    }
    double at = std::max(0.0, static_cast<double>(twice - m) / static_cast<double>(2 * m));
    double first = std::min(std::floor(at), static_cast<double>(n - 1));
    low.push_back(first);
    high.push_back(std::min(first + 1, static_cast<double>(n - 1)));
    part.push_back(at - first);
  }
  mlir::Value a = taken(e, x, axis, low);
  if (!linear)
    return a;
  mlir::Value b = taken(e, x, axis, high);
  Shape shape = shapeOf(a.getType());
  mlir::Value weight = e.array(part, elementOf(x.getType()), {m});
  weight = e.broadcastAxes(weight, shape, {axis});
  return e.binary<AddOp>(a, e.binary<MulOp>(weight, e.binary<SubOp>(b, a)));
}

/// The axes that are resized: those between the first and the last, unless `over` says otherwise.
std::optional<llvm::SmallVector<int64_t>> axesOf(CallSite &c, mlir::Value x) {
  if (c.named("over"))
    return c.overInOrder(x);
  llvm::SmallVector<int64_t> axes;
  for (int64_t i = 1; i + 1 < rankOf(x); ++i)
    axes.push_back(i);
  if (!axes.empty())
    return axes;
  c.error("N0206", "takes [B, Y, X, C], or the axes in `over`; this is " + c.at(0).describe());
  return std::nullopt;
}

/// resize(x, 4): each axis 4 times as long; resize(x, (56, 56)) or resize(x, size = 56): to these
/// sizes. `method` is `nearest` or `linear`.
Value resize(CallSite &c) {
  const Value *size = c.named("size");
  if (!c.accepts(size ? 1 : 2, size ? 1 : 2, {"size", "method", "over"}))
    return {};
  std::string method = "nearest";
  if (const Value *v = c.named("method"))
    method = v->text().value_or("");
  if (method != "nearest" && method != "linear") {
    c.error("N0307", "method is `nearest` or `linear`");
    return {};
  }
  bool linear = method == "linear";
  mlir::Value x = linear ? c.real(0) : c.array(0);
  auto axes = x ? axesOf(c, x) : std::nullopt;
  if (!axes)
    return {};
  const Value *to = size ? size : &c.at(1);
  bool byFactor = !size && !to->tuple();
  auto sizes = c.wholes(to, byFactor ? "the factor" : "the size", axes->size(), 1);
  if (!sizes)
    return {};
  Emit e = c.emit();
  for (auto [axis, given] : llvm::zip(*axes, *sizes)) {
    SizeExpr present = shapeOf(x.getType())[axis];
    auto n = present.constant();
    constexpr int64_t most = 1 << 20;
    if (given < 1 || given > most || (n && *n > most)) {
      c.error("N0307", "factors and sizes are 1 to " + std::to_string(most));
      return {};
    }
    int64_t m = n && byFactor ? *n * given : given;
    bool whole = byFactor || (n && *n > 0 && m % *n == 0);
    if (!linear && whole) {
      x = repeated(e, x, axis, byFactor ? given : m / *n);
      continue;
    }
    if (!n || *n < 1 || m > most) {
      c.error("N0307", "the size of axis " + std::to_string(axis) +
                           " must be known at compile time and not 0, it is " + present.str());
      return {};
    }
    if (*n != m)
      x = resized(e, x, axis, *n, m, linear);
  }
  return c.done(x);
}
} // namespace

void net::addResize(Primitives &table) { table["resize"] = resize; }
