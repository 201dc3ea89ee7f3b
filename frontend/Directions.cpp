//===- Directions.cpp - jvp y wrt x along v -------------------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The gradient g of <y, u> wrt x is J' u, linear in u; so the gradient of <g, v>
// wrt u is J v. This needs gradients of gradients and nothing else.
//
//===----------------------------------------------------------------------===//
#include "frontend/BlockedPath.h"
#include "frontend/Reach.h"

using namespace net;

static bool isReal(const Value &value) {
  return value.tensor() && isFloat(elementOf(value.tensor().getType()));
}

static mlir::Value dot(Emit e, mlir::Value a, mlir::Value b) {
  llvm::SmallVector<int64_t> axes;
  for (int64_t i = 0; i < llvm::cast<mlir::RankedTensorType>(a.getType()).getRank(); ++i)
    axes.push_back(i);
  return e.reduce<SumOp>(e.binary<MulOp>(a, b), axes, /*keep=*/false);
}

Value Elaborator::evaluateJvp(const ast::Jvp &expr, Env &env) {
  Value y = evaluate(*expr.of, env), x = evaluate(*expr.wrt, env),
        along = evaluate(*expr.along, env);
  if (y.isPoison() || x.isPoison() || along.isPoison())
    return {};
  for (const Value *v : {&y, &x})
    if (!isReal(*v)) {
      error(v->range, "N0602",
            "derivatives are those of arrays of real numbers, this is " + v->describe());
      return {};
    }
  size_t before = diagnostics.all().size();
  auto wanted = llvm::cast<mlir::RankedTensorType>(x.tensor().getType());
  mlir::Value direction = toTensorOf(along, wanted, env, expr.along->range);
  if (!direction) {
    auto said = diagnostics.takeSince(before);
    for (Diagnostic &d : said)
      d.label(expr.wrt->range, "a direction is as this is: " + x.describe());
    diagnostics.add(std::move(said));
    return {};
  }
  if (!Reach(module).sourcesOf(y.tensor()).contains(x.tensor())) {
    auto &d = error(expr.range, "N0601", "this is not computed from the value");
    d.label(expr.wrt->range, "wanted here").label(expr.of->range, "computed here");
    if (!noteBlockedPath(*this, d, {x.tensor()}, y.tensor()))
      d.help("`wrt` means that very value, not an equal one: use the name that it was computed "
             "from");
    return {};
  }
  Emit e = emit(env, expr.range);
  mlir::Type type = y.tensor().getType();
  mlir::Value u = e.fill(0, elementOf(type), shapeOf(type));
  // With u among the wanted values, the gradient's operation depends on it visibly.
  auto pulled = gradients(dot(e, y.tensor(), u), {x.tensor(), u}, env.frame, expr.range);
  if (pulled.empty())
    return {};
  auto pushed = gradients(dot(e, pulled[0], direction), {u}, env.frame, expr.range);
  if (pushed.empty())
    return {};
  return tensorValue(pushed[0] ? pushed[0] : u, false, expr.range, "jvp", &y);
}
