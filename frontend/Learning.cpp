//===- Learning.cpp - minimize, update, and optimizers --------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// An optimizer's body is executed in the segment, once for each parameter, or once
// for all of them if it asks for `params`. Its states belong to the block.
//
//===----------------------------------------------------------------------===//
#include "frontend/AstPrinter.h"
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

void Block::minimize(const ast::Minimize &stmt, Level &level) {
  Env inside = env(level);
  std::string name =
      stmt.name.text.empty() ? frame.numbered("minimize") : frame.unique(stmt.name.text);
  Value loss = elaborator.evaluate(*stmt.loss, inside);
  if (loss.isPoison())
    return;
  mlir::Value scalar = loss.tensor();
  if (!scalar || llvm::cast<mlir::RankedTensorType>(scalar.getType()).getRank() ||
      !isFloat(elementOf(scalar.getType()))) {
    auto &d = elaborator.error(stmt.loss->range, "N0603",
                               "a loss is one real number, this is " + loss.describe());
    elaborator.note(d, loss, "this is " + loss.describe());
    d.help("reduce it first: `sum(..)` or `mean(..)`");
    return;
  }
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
  learn(stmt, name, scalar, slots, level);
}

void Block::learn(const ast::Minimize &stmt, const std::string &name, mlir::Value loss,
                  const std::vector<Slot> &slots, Level &level) {
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
    elaborator.error(stmt.loss->range, "N0601", "no parameter has a path to this loss")
        .help(stmt.over ? "`over` names parameters that the loss is computed from"
                        : "compute the loss from the output of a network in the same loop");
    return;
  }
  Emit e = elaborator.emit(inside, stmt.range);
  std::vector<mlir::Value> steps;
  auto gradients = elaborator.gradients(loss, values, frame, stmt.loss->range);
  std::vector<std::string> paths;
  for (const Slot &slot : reached)
    paths.push_back(frame.pathOf(slot));
  elaborator.noteGradient(&stmt, gradients, paths, name);
  for (mlir::Value gradient : gradients)
    steps.push_back(stmt.maximize ? e.unary<NegOp>(gradient) : gradient);
  if (innermost(level))
    implicit.push_back({innermost(level), e.cast(loss, e.f32()), stmt.name.text, stmt.maximize});
  apply(*stmt.optimizer, name, reached, steps, inside);
}

void Block::update(const ast::Update &stmt, Level &level) {
  Env inside = env(level);
  std::string name =
      stmt.name.text.empty() ? frame.numbered("update") : frame.unique(stmt.name.text);
  if (stmt.loss) {
    elaborator.error(
        stmt.loss->range, "N0908",
        "optimizers that compute the loss again are not supported by this version of the compiler");
    return;
  }
  std::vector<Slot> slots = parameters(*stmt.parameters, inside);
  Value gradient = elaborator.evaluate(*stmt.gradient, inside);
  if (slots.empty() || gradient.isPoison())
    return;
  std::vector<mlir::Value> steps;
  forEachTensor(gradient, [&](mlir::Value tensor) { steps.push_back(tensor); });
  bool fits = steps.size() == slots.size();
  for (size_t i = 0; fits && i < slots.size(); ++i)
    fits = steps[i].getType() == slots[i].type;
  if (!fits) {
    elaborator
        .error(stmt.gradient->range, "N0502",
               "a gradient has the shapes of its parameters, this is " + gradient.describe())
        .label(stmt.parameters->range, "the parameters");
    return;
  }
  apply(*stmt.optimizer, name, slots, steps, inside);
}

//===-- optimizers
//------------------------------------------------------------------------------===//

void Block::apply(const ast::Expr &optimizer, const std::string &name,
                  const std::vector<Slot> &slots, const std::vector<mlir::Value> &gradients,
                  Env &env) {
  Value value = elaborator.evaluate(optimizer, env);
  const Template *what = value.asTemplate();
  Value bound;
  if (what && what->decl->kind == ast::Decl::Kind::Optimizer && !what->staticsDone) {
    bound = elaborator.bindStatics(*what, {}, env, optimizer.range);
    if (bound.isPoison())
      return;
    what = bound.asTemplate();
  }
  if (!what || what->decl->kind != ast::Decl::Kind::Optimizer) {
    if (!value.isPoison())
      elaborator
          .error(optimizer.range, "N0515",
                 "an optimizer stands behind `using`, this is " + value.describe())
          .help("for example `adam(1e-3)` or `sgd(0.1, momentum = 0.9)`");
    return;
  }
  auto p = std::make_shared<Bundle>(), dp = std::make_shared<Bundle>();
  optimized.clear();
  for (size_t i = 0; i < slots.size(); ++i) {
    std::string path = frame.pathOf(slots[i]);
    optimized[path] = slots[i];
    p->parts.emplace_back(path, frame.read(slots[i]));
    dp->parts.emplace_back(path, gradients[i]);
  }
  optimizerPath = {name};
  Value result =
      applyWhole(*what, Value(std::shared_ptr<const Bundle>(p), optimizer.range),
                 Value(std::shared_ptr<const Bundle>(dp), optimizer.range), env, optimizer.range);
  optimizerPath.clear();
  if (const Bundle *now = result.bundle())
    for (size_t i = 0; i < slots.size(); ++i)
      frame.write(slots[i], now->parts[i].second);
}

/// Does an optimizer take all parameters at once?
static bool takesAll(const ast::Callable &decl) {
  return !decl.params.empty() && decl.params[0].type && decl.params[0].type->name == "params";
}

Value Block::applyWhole(const Template &what, const Value &p, const Value &dp, Env &env,
                        SourceRange range) {
  optimizerPath.push_back(what.decl->name);
  Value result;
  if (takesAll(*what.decl)) {
    result = runOptimizer(what, "", p, dp, env, range);
  } else {
    auto bundle = std::make_shared<Bundle>();
    const auto &parts = p.bundle()->parts, &steps = dp.bundle()->parts;
    bool good = true;
    for (size_t i = 0; i < parts.size() && good; ++i) {
      Value now = runOptimizer(what, parts[i].first, Value(parts[i].second, range),
                               Value(steps[i].second, range), env, range);
      good = static_cast<bool>(now.tensor());
      bundle->parts.emplace_back(parts[i].first, now.tensor());
    }
    if (good)
      result = Value(std::shared_ptr<const Bundle>(bundle), range);
  }
  optimizerPath.pop_back();
  return result;
}

Value Block::applyOptimizer(const Template &what, const Arguments &arguments, Env &env,
                            SourceRange range) {
  bool fits =
      arguments.size() == 2 && arguments[0].value.bundle() && arguments[1].value.bundle() &&
      arguments[0].value.bundle()->parts.size() == arguments[1].value.bundle()->parts.size();
  if (optimizerPath.empty() || &env.frame != &frame || !fits) {
    elaborator.error(range, "N0515",
                     "an optimizer is called by an optimizer, with all parameters and their "
                     "gradients: `inner(p, dp)`");
    return {};
  }
  return applyWhole(what, arguments[0].value, arguments[1].value, env, range);
}

void Block::optimizerState(const ast::State &stmt, const std::string &prefix,
                           const std::shared_ptr<Scope> &initial, Env &env) {
  mlir::RankedTensorType type;
  if (stmt.type) {
    type = elaborator.typeOf(*stmt.type, env);
  } else {
    Env trial = env.inner();
    if (mlir::Value first = elaborator.toTensor(elaborator.evaluate(*stmt.value, trial), trial))
      type = llvm::cast<mlir::RankedTensorType>(first.getType());
  }
  if (!type) {
    env.scope->define(stmt.name.text, Value());
    return;
  }
  Slot slot;
  slot.kind = Slot::Kind::State;
  slot.path = prefix + "." + stmt.name.text;
  slot.type = type;
  slot.initial = {stmt.value.get(), initial, /*ofType=*/false, {}};
  slot.range = stmt.range;
  elaborator.declare(stmt.name.text, slot, env);
  frame.read(slot);
}

Value Block::runOptimizer(const Template &what, const std::string &path, const Value &p,
                          const Value &dp, Env &env, SourceRange range) {
  const ast::Callable &decl = *what.decl;
  if (decl.params.size() != 2) {
    elaborator
        .error(range, "N0908",
               decl.params.size() == 3
                   ? "optimizers that compute the loss again are not supported by this version of "
                     "the compiler"
                   : "an optimizer takes parameters and their gradients: `(p, dp)`")
        .label(decl.signature, "declared here");
    return {};
  }
  auto scope =
      elaborator.bindInline(what, {{"", p, range, false}, {"", dp, range, false}}, env, range);
  if (!scope)
    return {};
  const std::string &name = decl.params[0].name.text;
  std::string prefix = optimizerPath[0];
  for (size_t i = 1; i < optimizerPath.size(); ++i)
    prefix += "." + optimizerPath[i];
  auto initial = elaborator.fileScope(what.file);
  for (const auto &[key, value] : scope->here())
    if (!value.tensor() && !value.bundle() && !value.tuple())
      initial->define(key, value);
  std::optional<Slot> local;
  if (p.tensor()) {
    prefix += "." + path;
    local = frame.hold("optimized", p.tensor());
    scope->define(name, Value(Reference{std::make_shared<const Slot>(*local)}, range));
    initial->define(name,
                    Value(Reference{std::make_shared<const Slot>(optimized.at(path))}, range));
  }
  Env inside{frame, scope};
  for (const ast::StmtPtr &stmt : decl.body) {
    if (auto *state = llvm::dyn_cast<ast::State>(stmt.get())) {
      optimizerState(*state, prefix, initial, inside);
      continue;
    }
    auto *set = llvm::dyn_cast<ast::Set>(stmt.get());
    if (set && !local && set->target.path.size() == 1 && set->target.path[0].text == name) {
      scope->define(name, elaborator.evaluate(*set->value, inside));
      continue;
    }
    if (llvm::isa<ast::Param>(stmt.get()) || !elaborator.execute(*stmt, inside))
      elaborator.error(stmt->range, "N0409", "this statement has no place in an optimizer")
          .help("it has `let`, `state` and `set`");
  }
  if (local)
    return Value(frame.read(*local), range);
  Value result = *scope->lookup(name);
  bool whole = result.bundle() && result.bundle()->parts.size() == p.bundle()->parts.size();
  return whole ? result : Value();
}
