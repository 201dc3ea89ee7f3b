//===- BuiltinsReduce.cpp - reductions ------------------------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/Builtins.h"

using namespace net;

namespace {
/// x, `over` and `keep` of a reduction.
struct Reduction {
  mlir::Value x;
  llvm::SmallVector<int64_t> axes;
  bool keep = false;
};

enum class Takes { Numbers, Reals, Truths };

std::optional<Reduction> parse(CallSite &c, Takes takes) {
  if (!c.accepts(1, 1, {"over", "keep"}))
    return std::nullopt;
  Reduction r;
  r.x = takes == Takes::Reals ? c.real(0) : c.array(0);
  if (!r.x)
    return std::nullopt;
  bool truths = isBool(elementOf(r.x.getType()));
  if (truths != (takes == Takes::Truths)) {
    c.error("N0302", "takes " + std::string(truths ? "numbers" : "truth values") + ", this is " +
                         c.at(0).describe())
        .help(truths ? "convert with `f32(..)` or `i32(..)`" : "compare first: `x > 0`");
    return std::nullopt;
  }
  auto axes = c.over(r.x);
  auto keep = c.flag("keep", false);
  if (!axes || !keep)
    return std::nullopt;
  r.axes = *axes;
  r.keep = *keep;
  return r;
}

template <typename Op, Takes takes> Value reduction(CallSite &c) {
  auto r = parse(c, takes);
  if (!r)
    return {};
  return c.done(c.emit().reduce<Op>(r->x, r->axes, r->keep));
}

/// The sum over all arrays of a bundle of one scalar each.
Value bundleSum(CallSite &c, const Bundle &bundle,
                const std::function<Value(const Value &)> &part) {
  Value total(SizeExpr(0), c.range);
  for (const auto &[path, value] : bundle.parts) {
    Value one = part(Value(value, c.range));
    total = c.elaborator.binary("+", total, one, c.env, c.range);
  }
  return total;
}

Value sum(CallSite &c) {
  if (c.count() == 1)
    if (auto *bundle = c.at(0).bundle())
      return bundleSum(c, *bundle, [&](const Value &x) {
        return c.elaborator.callPrimitive("sum", {Argument{"", x, c.range}}, c.env, c.range);
      });
  return reduction<SumOp, Takes::Numbers>(c);
}

Value mean(CallSite &c) {
  auto r = parse(c, Takes::Reals);
  if (!r)
    return {};
  return c.done(c.emit().mean(r->x, r->axes, r->keep));
}

/// Mean of the squared distances from the mean: two passes, no cancellation.
mlir::Value variance(CallSite &c, const Reduction &r, bool keep) {
  Emit e = c.emit();
  mlir::Value center = e.broadcast(e.mean(r.x, r.axes, /*keep=*/true), shapeOf(r.x.getType()));
  mlir::Value d = e.binary<SubOp>(r.x, center);
  return e.mean(e.binary<MulOp>(d, d), r.axes, keep);
}

Value var(CallSite &c) {
  auto r = parse(c, Takes::Reals);
  return r ? c.done(variance(c, *r, r->keep)) : Value();
}

Value deviation(CallSite &c) {
  auto r = parse(c, Takes::Reals);
  return r ? c.done(c.emit().unary<SqrtOp>(variance(c, *r, r->keep))) : Value();
}

Value norm(CallSite &c) {
  if (c.count() == 1)
    if (auto *bundle = c.at(0).bundle()) {
      Value squares = bundleSum(c, *bundle, [&](const Value &x) {
        Arguments both = {Argument{"", x, c.range}, Argument{"", x, c.range}};
        return c.elaborator.callPrimitive("dot", both, c.env, c.range);
      });
      return c.elaborator.callPrimitive("sqrt", {Argument{"", squares, c.range}}, c.env, c.range);
    }
  auto r = parse(c, Takes::Reals);
  if (!r)
    return {};
  Emit e = c.emit();
  mlir::Value squares = e.binary<MulOp>(r->x, r->x);
  return c.done(e.unary<SqrtOp>(e.reduce<SumOp>(squares, r->axes, r->keep)));
}

/// Sum of products of all elements.
Value dot(CallSite &c) {
  if (!c.accepts(2, 2))
    return {};
  auto *p = c.at(0).bundle(), *q = c.at(1).bundle();
  Value product = c.elaborator.binary("*", c.at(0), c.at(1), c.env, c.range);
  if (product.isPoison())
    return {};
  if (p && q)
    return bundleSum(c, *product.bundle(), [&](const Value &x) {
      return c.elaborator.callPrimitive("sum", {Argument{"", x, c.range}}, c.env, c.range);
    });
  mlir::Value x = c.array(product);
  if (!x)
    return {};
  llvm::SmallVector<int64_t> axes;
  for (int64_t i = 0; i < llvm::cast<mlir::RankedTensorType>(x.getType()).getRank(); ++i)
    axes.push_back(i);
  return c.done(c.emit().reduce<SumOp>(x, axes, false));
}

/// The position of the first extremum; of the whole array as one row if no axis is named.
template <typename Op> Value position(CallSite &c) {
  if (!c.accepts(1, 1, {"over", "keep"}))
    return {};
  mlir::Value x = c.array(0);
  if (!x)
    return {};
  Emit e = c.emit();
  if (!c.named("over"))
    x = e.reshape(x, {product(shapeOf(x.getType()))});
  int64_t rank = llvm::cast<mlir::RankedTensorType>(x.getType()).getRank();
  auto axis = c.axis(rank, x, 0);
  auto keep = c.flag("keep", false);
  if (!axis || !keep)
    return {};
  if (shapeOf(x.getType())[*axis] == SizeExpr(0)) {
    auto &d = c.error("N0217", "there is no position in an axis without elements");
    c.elaborator.note(d, c.at(0), "this is " + c.at(0).describe());
    return {};
  }
  mlir::Type type = withElement(e.reducedType(x, {*axis}), e.i32());
  mlir::Value y = Op::create(e.builder, e.loc, type, x, static_cast<uint64_t>(*axis)).getResult();
  return c.done(*keep ? e.keepAxes(y, x, {*axis}) : y);
}
} // namespace

void net::addReductions(Primitives &table) {
  table["sum"] = sum;
  table["prod"] = reduction<ProdOp, Takes::Numbers>;
  table["any"] = reduction<AnyOp, Takes::Truths>;
  table["all"] = reduction<AllOp, Takes::Truths>;
  table["logsumexp"] = reduction<LogSumExpOp, Takes::Reals>;
  table["mean"] = mean;
  table["var"] = var;
  table["std"] = deviation;
  table["norm"] = norm;
  table["dot"] = dot;
  table["argmax"] = position<ArgMaxOp>;
  table["argmin"] = position<ArgMinOp>;
}
