//===- CountNumbers.cpp - what a value is like ----------------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "passes/CountNumbers.h"
#include "ir/Expr.h"
#include <limits>

using namespace mlir;
using namespace net;
using namespace net::expr;

static Expr all(Expr x) {
  SmallVector<int64_t> axes = llvm::to_vector(llvm::seq<int64_t>(0, x.rank()));
  return axes.empty() ? x : sum(x, axes);
}

template <typename Op> static Expr extremum(Expr x) {
  SmallVector<int64_t> axes = llvm::to_vector(llvm::seq<int64_t>(0, x.rank()));
  if (axes.empty())
    return x;
  ExprBuilder &b = x.b();
  return Expr(b, Op::create(b.builder, b.loc, tensorOf(x.element(), {}), x.get(), axes));
}

static Expr numberOf(ExprBuilder &b, const SizeExpr &size) {
  auto type = tensorOf(b.builder.getI64Type(), {});
  if (auto known = size.constant())
    return splat(b, static_cast<double>(*known), type);
  return Expr(b, SizeOp::create(b.builder, b.loc, type, size.str()));
}

/// The largest finite number of a type.
static double largestOf(Type element) {
  APFloat largest = APFloat::getLargest(cast<FloatType>(element).getFloatSemantics());
  return largest.convertToDouble();
}

/// A kernel of what `make` makes, where the builder stands.
static SmallVector<Value> kernelOf(OpBuilder &builder, Location loc, TypeRange types,
                                   llvm::function_ref<SmallVector<Value>(ExprBuilder &)> make) {
  auto kernel = KernelOp::create(builder, loc, types);
  builder.setInsertionPointToStart(&kernel.getBody().emplaceBlock());
  ExprBuilder b(builder, loc);
  YieldOp::create(builder, loc, make(b));
  builder.setInsertionPointAfter(kernel);
  return llvm::to_vector_of<Value>(kernel.getResults());
}

/// NaNs, not finite, least and largest, each in a type of its own.
static SmallVector<Value> countIn(OpBuilder &builder, Value value, const SizeExpr &size) {
  bool isSmall = size.constant().value_or(INT64_MAX) < INT32_MAX;
  Type whole = builder.getIntegerType(isSmall ? 32 : 64), element = elementOf(value.getType());
  Type count = tensorOf(whole, {}), number = tensorOf(element, {});
  return kernelOf(builder, value.getLoc(), {count, count, number, number}, [&](ExprBuilder &b) {
    Expr x(b, value), magnitude(b, AbsOp::create(builder, b.loc, value.getType(), value));
    constexpr double infinity = std::numeric_limits<double>::infinity();
    Expr finite = magnitude < splat(x, infinity), real = x == x;
    auto counted = tensorOf(whole, x.shape());
    Expr one = splat(b, 1, counted), none = splat(b, 0, counted);
    double most = largestOf(element);
    return SmallVector<Value>{all(where(real, none, one)).get(),
                              all(where(finite, none, one)).get(),
                              extremum<ReduceMinOp>(where(finite, x, splat(x, most))).get(),
                              extremum<ReduceMaxOp>(where(finite, x, splat(x, -most))).get()};
  });
}

Value net::countNumbers(OpBuilder &builder, Value value) {
  SizeExpr size = product(shapeOf(value.getType()));
  SmallVector<Value> counts = countIn(builder, value, size);
  Type row = tensorOf(builder.getF64Type(), {SizeExpr(5)});
  return kernelOf(builder, value.getLoc(), row, [&](ExprBuilder &b) {
    SmallVector<Expr> parts = {numberOf(b, size)};
    for (Value count : counts)
      parts.push_back(Expr(b, count));
    for (Expr &part : parts)
      part = reshape(cast(part, builder.getF64Type()), {SizeExpr(1)});
    return SmallVector<Value>{concat(b, parts, 0).get()};
  })[0];
}

Value net::joinRows(OpBuilder &builder, ArrayRef<Value> rows, Location loc) {
  if (rows.size() == 1)
    return rows[0];
  SizeExpr length(0);
  for (Value row : rows)
    length = length + shapeOf(row.getType())[0];
  return kernelOf(builder, loc, tensorOf(builder.getF64Type(), {length}), [&](ExprBuilder &b) {
    SmallVector<Expr> exprs;
    for (Value row : rows)
      exprs.push_back(Expr(b, row));
    return SmallVector<Value>{concat(b, exprs, 0).get()};
  })[0];
}
