//===- Learning.cpp - minimize and update ---------------------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/BlockedPath.h"
#include "frontend/Blocks.h"
#include "frontend/Emit.h"
#include "frontend/Reach.h"

using namespace net;

std::vector<Slot> Block::parameters(const ast::Expr &expr, Env &env) {
  if (auto *tuple = llvm::dyn_cast<ast::Tuple>(&expr)) {
    std::vector<Slot> slots;
    for (const ast::ExprPtr &element : tuple->elements)
      for (Slot &slot : parameters(*element, env))
        slots.push_back(std::move(slot));
    return slots;
  }
  Value value = elaborator.evaluate(expr, env);
  std::vector<Slot> slots;
  auto add = [&](mlir::Value tensor) {
    if (const EntryFrame::Held *held = active->holding(tensor))
      slots.push_back(held->slot);
  };
  if (value.tensor() || value.bundle())
    forEachTensor(value, add);
  else
    for (Slot &slot : elaborator.slotsBelow(value, env, expr.range))
      if (slot.kind == Slot::Kind::Param)
        slots.push_back(std::move(slot));
  if (slots.empty() && !value.isPoison())
    elaborator.error(expr.range, "N0503", "parameters are wanted, this is " + value.describe())
        .help("networks, their layers, `params(..)` and single parameters stand here");
  return slots;
}

bool Block::isStale(mlir::Value loss, const std::vector<Slot> &slots, SourceRange range) {
  // What a parameter is now may be computed from what it was.
  llvm::SmallVector<mlir::Value> now;
  for (const EntryFrame::Held &held : active->variables())
    now.push_back(held.value);
  auto sources = Reach(program.module).sourcesOf(loss, now);
  for (const EntryFrame::Held &held : active->variables()) {
    bool wanted =
        llvm::any_of(slots, [&](const Slot &slot) { return active->pathOf(slot) == held.path; });
    if (!wanted || !llvm::any_of(held.earlier, [&](mlir::Value v) { return sources.contains(v); }))
      continue;
    elaborator
        .error(range, "N0604",
               "the loss was computed from `" + held.path + "` before it was changed")
        .help("recompute the let: write the expression behind the `set` or `minimize` once more");
    return true;
  }
  return false;
}

/// One real number; null after a diagnostic.
mlir::Value Block::lossOf(const ast::Expr &expr, Env &env) {
  Value loss = elaborator.evaluate(expr, env);
  if (loss.isPoison())
    return {};
  mlir::Value scalar = loss.tensor();
  if (scalar && !llvm::cast<mlir::RankedTensorType>(scalar.getType()).getRank() &&
      isFloat(elementOf(scalar.getType())))
    return scalar;
  auto &d = elaborator.error(expr.range, "N0603",
                             "a loss is one real number, this is " + loss.describe());
  elaborator.note(d, loss, "this is " + loss.describe());
  d.help("reduce it first: `sum(..)` or `mean(..)`");
  return {};
}

void Block::minimize(const ast::Minimize &stmt, Level &level) {
  Env inside = env(level);
  std::string name =
      stmt.name.text.empty() ? frame.numbered("minimize") : frame.unique(stmt.name.text);
  Frame::Mark before = frame.mark();
  mlir::Value scalar = lossOf(*stmt.loss, inside);
  if (!scalar)
    return;
  Frame::Effects effects = frame.effectsSince(before);
  std::vector<Slot> slots;
  if (stmt.over) {
    slots = parameters(*stmt.over, inside);
    if (slots.empty())
      return;
  } else {
    for (const EntryFrame::Held &held : frame.variables())
      if (held.slot.kind == Slot::Kind::Param)
        slots.push_back(held.slot);
  }
  if (isStale(scalar, slots, stmt.loss->range))
    return;
  learn(stmt, name, scalar, slots, level, effects);
}

/// None of the parameters is real input to the loss: where the nearest path ends, or what to do.
static void noPath(Elaborator &e, SourceRange range, llvm::ArrayRef<mlir::Value> wanted,
                   mlir::Value loss, EntryFrame &frame, const char *help) {
  auto &d = e.error(range, "N0601", "no parameter has a path to this loss");
  if (!noteBlockedPath(e, d, wanted, loss))
    d.help(help);
}

void Block::learn(const ast::Minimize &stmt, const std::string &name, mlir::Value loss,
                  const std::vector<Slot> &slots, Level &level, Frame::Effects effects) {
  Env inside = env(level);
  // A parameter without a path to the loss is not touched.
  llvm::SmallVector<mlir::Value> wanted;
  for (const Slot &slot : slots)
    wanted.push_back(frame.read(slot));
  auto sources = Reach(program.module).sourcesOf(loss, wanted);
  std::vector<Slot> reached;
  llvm::SmallVector<mlir::Value> values;
  for (const Slot &slot : slots)
    if (mlir::Value value = frame.read(slot); sources.contains(value)) {
      reached.push_back(slot);
      values.push_back(value);
    }
  if (reached.empty()) {
    noPath(elaborator, stmt.loss->range, wanted, loss, frame,
           stmt.over ? "`over` names parameters that the loss is computed from"
                     : "compute the loss from the output of a network in the same loop");
    return;
  }
  Emit e = elaborator.emit(inside, stmt.range);
  std::vector<mlir::Value> steps;
  auto gradients = elaborator.gradients(loss, values, frame, stmt.loss->range);
  if (gradients.empty())
    return;
  std::vector<std::string> paths;
  for (const Slot &slot : reached)
    paths.push_back(frame.pathOf(slot));
  elaborator.noteGradient(stmt, gradients, paths, name, inside, effects);
  for (mlir::Value gradient : gradients)
    steps.push_back(stmt.maximize ? e.unary<NegOp>(gradient) : gradient);
  mlir::Value descended = stmt.maximize ? e.unary<NegOp>(loss) : loss;
  if (innermost(level))
    implicit.push_back(
        {innermost(level), e.cast(loss, e.f32()), stmt.name.text, stmt.maximize, &stmt});
  apply(*stmt.optimizer, name, reached, steps, descended, inside);
}

/// The tensors of a gradient in the order of the parameters, by their paths if these are the same;
/// nothing if they do not fit.
static std::vector<mlir::Value> stepsFor(const std::vector<Slot> &slots, const Value &gradient,
                                         const EntryFrame &frame) {
  std::map<std::string, mlir::Value> byPath;
  std::vector<mlir::Value> steps;
  if (const Bundle *bundle = gradient.bundle())
    byPath.insert(bundle->parts.begin(), bundle->parts.end());
  forEachTensor(gradient, [&](mlir::Value tensor) { steps.push_back(tensor); });
  if (steps.size() != slots.size())
    return {};
  bool same = llvm::all_of(slots, [&](const Slot &s) { return byPath.count(frame.pathOf(s)); });
  if (gradient.bundle() && !same)
    return {};
  for (size_t i = 0; i < slots.size(); ++i) {
    if (same)
      steps[i] = byPath[frame.pathOf(slots[i])];
    if (steps[i].getType() != slots[i].type)
      return {};
  }
  return steps;
}

void Block::update(const ast::Update &stmt, Level &level) {
  Env inside = env(level);
  std::string name =
      stmt.name.text.empty() ? frame.numbered("update") : frame.unique(stmt.name.text);
  std::vector<Slot> slots = parameters(*stmt.parameters, inside);
  Value gradient = elaborator.evaluate(*stmt.gradient, inside);
  mlir::Value loss = stmt.loss ? lossOf(*stmt.loss, inside) : mlir::Value();
  if (slots.empty() || gradient.isPoison() || (stmt.loss && !loss))
    return;
  std::vector<mlir::Value> steps = stepsFor(slots, gradient, frame);
  if (steps.empty()) {
    const Bundle *bundle = gradient.bundle();
    bool named = bundle && !bundle->parts.empty();
    elaborator
        .error(stmt.gradient->range, "N0502",
               named
                   ? "a gradient belongs to the parameters that it updates, this to others: `" +
                         bundle->parts[0].first + "` .."
                   : "a gradient has the shapes of its parameters, this is " + gradient.describe())
        .label(stmt.parameters->range,
               named ? "the parameters: `" + frame.pathOf(slots[0]) + "` .." : "the parameters");
    return;
  }
  if (loss && isStale(loss, slots, stmt.loss->range))
    return;
  llvm::SmallVector<mlir::Value> values;
  for (const Slot &slot : slots)
    values.push_back(frame.read(slot));
  auto sources =
      loss ? Reach(program.module).sourcesOf(loss, values) : llvm::DenseSet<mlir::Value>();
  if (loss && llvm::none_of(values, [&](mlir::Value v) { return sources.contains(v); }))
    return noPath(elaborator, stmt.loss->range, values, loss, frame,
                  "it is a loss that the parameters are used in");
  apply(*stmt.optimizer, name, slots, steps, loss, inside);
}
