//===- Adjoint.cpp - cotangents on their way up ------------------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "passes/Adjoint.h"
#include "ir/ValueNames.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace net;

namespace {
/// Is it a constant, under broadcasts, whose elements all satisfy `test`?
template <typename Test> bool isConstant(Value value, Test test) {
  while (auto broadcast = value.getDefiningOp<BroadcastOp>())
    value = broadcast.getX();
  DenseElementsAttr elements;
  return matchPattern(value, m_Constant(&elements)) && elements.isSplat() &&
         isa<FloatType>(elements.getElementType()) && test(elements.getSplatValue<APFloat>());
}
bool isZero(Value value) {
  return isConstant(value, [](const APFloat &x) { return x.isZero(); });
}
bool isFinite(Value value) {
  return isConstant(value, [](const APFloat &x) { return x.isFinite(); });
}

/// Where the rule's own `where(c, dy, 0)` or `where(c, 0, dy)` is not zero by construction.
Value supportOfSelection(ExprBuilder &b, Value rule, Value dy) {
  auto where = rule.getDefiningOp<WhereOp>();
  if (!where)
    return {};
  if (where.getA() == dy && isZero(where.getB_()))
    return where.getC();
  if (where.getB_() == dy && isZero(where.getA()))
    return NotOp::create(b.builder, b.loc, where.getC());
  return {};
}

Value conjunction(ExprBuilder &b, Value a, Value c) {
  return !a ? c : !c ? a : AndOp::create(b.builder, b.loc, a, c).getResult();
}
} // namespace

bool net::hasFiniteDerivative(Operation *op) {
  if (isa<AddOp, SubOp, NegOp, CastOp, WhereOp, MaxOp, MinOp, TapOp>(op))
    return true;
  if (isa<MulOp>(op))
    return isFinite(op->getOperand(0)) || isFinite(op->getOperand(1));
  return isa<DivOp>(op) && isFinite(op->getOperand(1)) && !isZero(op->getOperand(1));
}

Cotangent Cotangent::masked(ExprBuilder &b) const {
  if (!mayBeNaN)
    return *this;
  return {expr::where(Expr(b, support), Expr(b, value), 0.0).get(), support, false};
}

Cotangent net::contributionOf(ExprBuilder &b, Operation *op, const Cotangent &dy, Expr rule) {
  if (!isa<ScalarOp, TapOp>(op))
    return {rule.get(), {}, false};
  Value selection = supportOfSelection(b, rule.get(), dy.value);
  Value support = conjunction(b, dy.support, selection);
  return {rule.get(), support, support && (dy.mayBeNaN || !hasFiniteDerivative(op))};
}

void Adjoints::raise(Value value, Adjoint::Kind kind) {
  Adjoint &adjoint = adjoints[value];
  adjoint.kind = std::max(adjoint.kind, kind);
}

void Adjoints::add(Value value, const Cotangent &contribution) {
  assert(contribution.value.getType() == value.getType() && "a rule changed the type");
  raise(value, Adjoint::Kind::Value);
  adjoints[value].contributions.push_back(contribution);
}

Adjoint Adjoint::seenFrom(Location call) const {
  Adjoint seen = withoutContributions();
  if (blocker)
    seen.blocker = Blocker{blocker->name, CallSiteLoc::get(blocker->loc, call)};
  return seen;
}

void Adjoints::move(Value from, Value to) {
  auto found = adjoints.find(from);
  if (found == adjoints.end())
    return;
  Adjoint known = std::move(found->second);
  adjoints.erase(found);
  adjoints[to] = std::move(known);
}

void Adjoints::addBlocked(Value value, const Blocker &blocker) {
  raise(value, Adjoint::Kind::Blocked);
  adjoints[value].blocker = blocker;
}

void Adjoints::addWithout(Value value, Adjoint known) {
  raise(value, known.kind == Adjoint::Kind::Value ? Adjoint::Kind::Zero : known.kind);
  if (known.blocker)
    adjoints[value].blocker = known.blocker;
}

Cotangent Adjoints::sum(ExprBuilder &b, Value value) {
  auto &parts = adjoints[value].contributions;
  bool sameSupport =
      llvm::all_of(parts, [&](const Cotangent &c) { return c.support == parts[0].support; });
  Cotangent total = sameSupport ? parts[0] : parts[0].masked(b);
  for (const Cotangent &next : llvm::drop_begin(parts)) {
    Cotangent part = sameSupport ? next : next.masked(b);
    bool somewhere = total.support && part.support;
    if (!sameSupport)
      total.support = somewhere
                          ? OrOp::create(b.builder, b.loc, total.support, part.support).getResult()
                          : Value();
    total.value = AddOp::create(b.builder, sumOfCotangents(value), total.value, part.value);
    total.mayBeNaN |= part.mayBeNaN;
  }
  if (std::string name = nameOf(value); !name.empty())
    setName(total.value, "d" + name);
  parts.assign({total});
  return total;
}
