//===- BuiltinsElementwise.cpp - functions of elements --------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/Builtins.h"
#include "frontend/Fold.h"

#include <cmath>

using namespace net;

namespace {
/// A function of real numbers. Static arguments fold.
template <typename Op> Value realFunction(CallSite &c) {
  if (!c.accepts(1, 1))
    return {};
  if (auto number = c.at(0).number())
    if (auto folded = foldFunction(c.name, *number))
      return Value(Number{*folded}, c.range);
  mlir::Value x = c.real(0);
  if (!x)
    return {};
  return c.done(c.emit().unary<Op>(x), c.weak(0));
}

/// A function of any numbers.
template <typename Op> Value numberFunction(CallSite &c) {
  if (!c.accepts(1, 1))
    return {};
  if (auto number = c.at(0).number())
    if (auto folded = foldFunction(c.name, *number)) {
      if (c.at(0).as<Size>())
        return Value(SizeExpr(static_cast<int64_t>(*folded)), c.range);
      return Value(Number{*folded}, c.range);
    }
  mlir::Value x = c.array(0);
  if (!x)
    return {};
  if (isBool(elementOf(x.getType()))) {
    c.error("N0302", "takes numbers, this is " + c.at(0).describe()).help("convert with `f32(..)`");
    return {};
  }
  return c.done(c.emit().unary<Op>(x), c.weak(0));
}

/// Static whole numbers, folded: idiv, mod, min, max.
std::optional<Value> foldWhole(CallSite &c, const Value &a, const Value &b) {
  auto x = a.size(), y = b.size();
  if (x && y) {
    auto cx = x->constant(), cy = y->constant();
    if (c.name == "idiv" && cy != 0)
      return Value(x->floorDiv(*y), c.range);
    if (c.name == "mod" && cy != 0)
      return Value(*x - x->floorDiv(*y) * *y, c.range);
    if (cx && cy && (c.name == "min" || c.name == "max"))
      return Value(SizeExpr(c.name == "min" ? std::min(*cx, *cy) : std::max(*cx, *cy)), c.range);
  }
  auto s = a.number(), t = b.number();
  if (s && t && c.name == "min")
    return Value(Number{std::fmin(*s, *t)}, c.range);
  if (s && t && c.name == "max")
    return Value(Number{std::fmax(*s, *t)}, c.range);
  return std::nullopt;
}

template <typename Op> Value two(CallSite &c, const Value &a, const Value &b) {
  if (a.isPoison() || b.isPoison())
    return {};
  if (auto folded = foldWhole(c, a, b))
    return *folded;
  for (const Value *v : {&a, &b})
    if (!c.elaborator.isArrayLike(*v)) {
      c.error("N0305", "takes numbers or arrays, this is " + v->describe());
      return {};
    }
  std::string what = c.name + " of";
  mlir::Type element = c.elaborator.commonElement(a, b, c.env, c.range, "take " + what);
  if (!element)
    return {};
  if (isBool(element)) {
    c.error("N0302", "takes numbers, not truth values");
    return {};
  }
  mlir::Value x, y;
  if (!c.elaborator.align(a, b, element, c.env, c.range, "take " + what, x, y))
    return {};
  auto weakOne = [](const Value &v) { return !v.tensor() || v.as<Tensor>()->weak; };
  return c.done(c.emit().binary<Op>(x, y),
                weakOne(a) && weakOne(b) && !a.as<Range>() && !b.as<Range>());
}

template <typename Op> Value twoArguments(CallSite &c) {
  if (!c.accepts(2, 2))
    return {};
  return two<Op>(c, c.at(0), c.at(1));
}

/// max(a, b) is elementwise, max(x, over = ..) reduces.
template <typename Op, typename Reduce> Value extremum(CallSite &c) {
  if (c.count() == 2 && c.accepts(2, 2))
    return two<Op>(c, c.at(0), c.at(1));
  if (!c.accepts(1, 1, {"over", "keep"}))
    return {};
  mlir::Value x = c.array(0);
  if (!x)
    return {};
  auto axes = c.over(x);
  auto keep = c.flag("keep", false);
  if (!axes || !keep)
    return {};
  return c.done(c.emit().reduce<Reduce>(x, *axes, *keep));
}

Value clamp(CallSite &c) {
  if (!c.accepts(3, 3))
    return {};
  CallSite upper(c.elaborator, c.env, "max", {}, c.range);
  Value above = two<MaxOp>(upper, c.at(0), c.at(1));
  CallSite lower(c.elaborator, c.env, "min", {}, c.range);
  return two<MinOp>(lower, above, c.at(2));
}

Value where(CallSite &c) {
  if (!c.accepts(3, 3))
    return {};
  const Value &condition = c.at(0);
  if (auto truth = condition.truth())
    return *truth ? c.at(1) : c.at(2);
  if (!condition.tensor() || !isBool(elementOf(condition.tensor().getType()))) {
    c.error("N0304", "the condition is a truth value, this is " + condition.describe())
        .help("compare first: `where(x > 0, a, b)`");
    return {};
  }
  for (size_t i : {1, 2})
    if (!c.elaborator.isArrayLike(c.at(i))) {
      c.error("N0306",
              "chooses between arrays when the program runs, this is " + c.at(i).describe())
          .help("a condition known at compile time chooses between anything");
      return {};
    }
  mlir::Type element =
      c.elaborator.commonElement(c.at(1), c.at(2), c.env, c.range, "choose between");
  if (!element)
    return {};
  mlir::Value a, b, mask = condition.tensor();
  if (!c.elaborator.align(c.at(1), c.at(2), element, c.env, c.range, "choose between", a, b) ||
      !c.elaborator.alignShapes({&condition, &c.at(1), &c.at(2)}, {&mask, &a, &b}, c.env, c.range,
                                "choose by"))
    return {};
  Emit e = c.emit();
  mlir::Value y = WhereOp::create(e.builder, e.loc, a.getType(), mask, a, b).getResult();
  auto weakOne = [](const Value &v) { return !v.tensor() || v.as<Tensor>()->weak; };
  return c.done(y, weakOne(c.at(1)) && weakOne(c.at(2)) && !c.at(1).as<Range>() &&
                       !c.at(2).as<Range>());
}
} // namespace

void net::addElementwise(Primitives &table) {
  table["exp"] = realFunction<ExpOp>;
  table["expm1"] = realFunction<Expm1Op>;
  table["log"] = realFunction<LogOp>;
  table["log1p"] = realFunction<Log1pOp>;
  table["sqrt"] = realFunction<SqrtOp>;
  table["rsqrt"] = realFunction<RsqrtOp>;
  table["tanh"] = realFunction<TanhOp>;
  table["sigmoid"] = realFunction<SigmoidOp>;
  table["softplus"] = realFunction<SoftplusOp>;
  table["erf"] = realFunction<ErfOp>;
  table["sin"] = realFunction<SinOp>;
  table["cos"] = realFunction<CosOp>;
  table["floor"] = realFunction<FloorOp>;
  table["ceil"] = realFunction<CeilOp>;
  table["round"] = realFunction<RoundOp>;
  table["abs"] = numberFunction<AbsOp>;
  table["sign"] = numberFunction<SignOp>;
  table["stop_gradient"] = numberFunction<StopGradientOp>;
  table["idiv"] = twoArguments<IdivOp>;
  table["mod"] = twoArguments<ModOp>;
  table["max"] = extremum<MaxOp, ReduceMaxOp>;
  table["min"] = extremum<MinOp, ReduceMinOp>;
  table["clamp"] = clamp;
  table["where"] = where;
}
