//===- Optimizers.cpp - an optimizer at work ------------------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/Optimizers.h"
#include "frontend/AstWalk.h"
#include "frontend/Blocks.h"
#include "ir/Reads.h"
#include "llvm/Support/SaveAndRestore.h"

using namespace net;

//===-- what blocks ask for -------------------------------------------------------------------===//

void Block::apply(const ast::Expr &optimizer, const std::string &name,
                  const std::vector<Slot> &slots, const std::vector<mlir::Value> &gradients,
                  mlir::Value loss, Env &env) {
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
  auto bundle = std::make_shared<Bundle>(), steps = std::make_shared<Bundle>();
  std::map<std::string, Slot> byPath;
  for (size_t i = 0; i < slots.size(); ++i) {
    std::string path = frame.pathOf(slots[i]);
    byPath[path] = slots[i];
    bundle->parts.emplace_back(path, frame.read(slots[i]));
    steps->parts.emplace_back(path, gradients[i]);
  }
  Value p(std::shared_ptr<const Bundle>(bundle), optimizer.range),
      dp(std::shared_ptr<const Bundle>(steps), optimizer.range), again;
  if (loss)
    again = Value(LossFunction{loss, std::make_shared<const Value>(p)}, optimizer.range);
  OptimizerRun run(elaborator, frame, name, std::move(byPath));
  llvm::SaveAndRestore<OptimizerRun *> inside(optimizing, &run);
  Value result = run.apply(*what, p, dp, again, env, optimizer.range);
  if (run.wantsLoss())
    elaborator.noteLossWanted(name);
  if (const Bundle *now = result.bundle())
    for (size_t i = 0; i < slots.size(); ++i)
      frame.write(slots[i], now->parts[i].second);
}

Value Block::applyOptimizer(const Template &what, const Arguments &arguments, Env &env,
                            SourceRange range) {
  if (optimizing && &env.frame == &frame && frame.turns.empty())
    return optimizing->applyInner(what, arguments, env, range);
  elaborator
      .error(range, "N0515",
             "an optimizer is called by an optimizer, with parameters and their gradients: "
             "`inner(p, dp)`")
      .help(optimizing ? "outside of functions and scans" : "`minimize` and `update` apply one");
  return {};
}

//===-- one optimizer inside another ----------------------------------------------------------===//

/// Does an optimizer take all parameters at once?
static bool takesAll(const ast::Callable &decl) {
  return !decl.params.empty() && decl.params[0].type && decl.params[0].type->name == "params";
}

/// The part of a loss function's parameters that belongs to one path.
static Value lossOfPart(const Value &loss, const std::string &path) {
  auto *function = loss.as<LossFunction>();
  const Bundle *all = function ? function->parameters->bundle() : nullptr;
  if (!all)
    return loss;
  for (const auto &[name, tensor] : all->parts)
    if (name == path)
      return Value(LossFunction{function->loss, std::make_shared<const Value>(tensor, loss.range)},
                   loss.range);
  return {};
}

Value OptimizerRun::apply(const Template &what, const Value &p, const Value &dp, const Value &loss,
                          Env &env, SourceRange range) {
  std::string name = what.decl->name;
  if (int count = ++names[name]; count > 1)
    name += "_" + std::to_string(count);
  llvm::SaveAndRestore<std::string> inside(prefix, prefix + "." + name);
  if (takesAll(*what.decl))
    return execute(what, "", p, dp, loss, env, range);
  auto bundle = std::make_shared<Bundle>();
  for (const auto &[part, step] : llvm::zip(p.bundle()->parts, dp.bundle()->parts)) {
    Value now = execute(what, part.first, Value(part.second, range), Value(step.second, range),
                        lossOfPart(loss, part.first), env, range);
    if (!now.tensor())
      return {};
    bundle->parts.emplace_back(part.first, now.tensor());
  }
  return Value(std::shared_ptr<const Bundle>(bundle), range);
}

Value OptimizerRun::applyInner(const Template &what, const Arguments &arguments, Env &env,
                               SourceRange range) {
  auto wrong = [&](const std::string &found) -> Value {
    e.error(range, "N0515",
            "an optimizer is called with parameters and their gradients, `inner(p, dp)`" + found);
    return {};
  };
  bool byPosition = llvm::all_of(arguments, [](const Argument &a) { return a.name.empty(); });
  if (!byPosition || arguments.size() < 2 || arguments.size() > 3)
    return wrong("");
  const Value &p = arguments[0].value, &dp = arguments[1].value;
  if (arguments.size() == 3 && !arguments[2].value.as<LossFunction>())
    return wrong(" or `inner(p, dp, loss)`: this is " + arguments[2].value.describe());
  Value again = arguments.size() == 3 ? arguments[2].value : loss;
  if (const Bundle *bundle = p.bundle()) {
    std::string misfit = bundleMisfit(*bundle, dp);
    for (const auto &part : bundle->parts)
      if (misfit.empty() && !slots.count(part.first))
        misfit = "`" + part.first + "` is no parameter of this step";
    return misfit.empty() ? apply(what, p, dp, again, env, range) : wrong(": " + misfit);
  }
  if (!p.tensor() || !dp.tensor() || p.tensor().getType() != dp.tensor().getType() ||
      current.empty())
    return wrong(": these are " + p.describe() + " and " + dp.describe());
  auto one = [&](const Value &v) {
    return Value(std::make_shared<const Bundle>(Bundle{{{current, v.tensor()}}}), range);
  };
  // The loss as a function of this parameter alone is one of all parameters that there are.
  if (auto *function = again.as<LossFunction>(); function && function->parameters->tensor())
    again = Value(
        LossFunction{function->loss, std::make_shared<const Value>(one(*function->parameters))},
        again.range);
  Value result = apply(what, one(p), one(dp), again, env, range);
  return result.bundle() ? Value(result.bundle()->parts[0].second, range) : Value();
}

//===-- a body --------------------------------------------------------------------------------===//

bool OptimizerRun::checkSignature(const ast::Callable &decl, const Value &loss, SourceRange range) {
  size_t count = decl.params.size();
  bool wantsLoss =
      count == 3 && decl.params[2].type && decl.params[2].type->kind == ast::Type::Kind::Fn;
  if (count != 2 && !wantsLoss) {
    e.error(range, "N0517",
            "an optimizer takes parameters, their gradients, and a function that computes the loss "
            "again if it wants one")
        .label(decl.signature, "declared here")
        .help("`(p, dp)` or `(p: params, dp: params, loss: fn)`");
    return false;
  }
  lossWanted |= wantsLoss;
  if (wantsLoss && !loss.as<LossFunction>()) {
    e.error(range, "N0518", "`" + decl.name + "` computes the loss again, and none is known here")
        .label(decl.signature, "declared here")
        .help("`update p with dp of loss using ..` says which one it is");
    return false;
  }
  return true;
}

Value OptimizerRun::execute(const Template &what, const std::string &path, const Value &p,
                            const Value &dp, const Value &again, Env &env, SourceRange range) {
  const ast::Callable &decl = *what.decl;
  CalledFrom here(e, range);
  constexpr unsigned deepest = 100;
  llvm::SaveAndRestore<unsigned> deeper(depth, depth + 1);
  if (depth > deepest) {
    e.error(range, "N0411",
            "calls are nested more than " + std::to_string(deepest) + " deep at `" + decl.name +
                "`");
    return {};
  }
  if (!checkSignature(decl, again, range))
    return {};
  Arguments arguments = {{"", p, range, false}, {"", dp, range, false}};
  if (decl.params.size() == 3)
    arguments.push_back({"", again, range, false});
  auto scope = e.bindInline(what, arguments, env, range);
  if (!scope)
    return {};
  llvm::SaveAndRestore<std::string> parameter(current, path);
  llvm::SaveAndRestore<Value> known(loss, again);
  llvm::SaveAndRestore<std::map<std::string, int>> inside(names, {});
  Body body{decl, what.file, path.empty() ? prefix : prefix + "." + path, path, {}, {}};
  if (p.tensor()) {
    body.parameter = frame.hold("optimized", p.tensor());
    scope->define(decl.params[0].name.text,
                  Value(Reference{std::make_shared<const Slot>(*body.parameter)}, range));
  }
  Env within{frame, scope};
  size_t before = e.diagnostics.errorCount();
  for (const ast::StmtPtr &stmt : decl.body)
    statement(*stmt, body, p, within);
  if (e.diagnostics.errorCount() != before)
    return {};
  if (body.began)
    frame.write(*body.began, e.emit(within, range).integer(1, e.emit(within, range).i32()));
  if (body.parameter)
    return Value(frame.read(*body.parameter), range);
  return *scope->lookup(decl.params[0].name.text);
}

void OptimizerRun::statement(const ast::Stmt &stmt, Body &body, const Value &p, Env &env) {
  if (auto *s = llvm::dyn_cast<ast::State>(&stmt))
    return state(*s, body, env);
  const std::string &name = body.decl.params[0].name.text;
  auto *set = llvm::dyn_cast<ast::Set>(&stmt);
  bool setsAll = set && !body.parameter && !set->target.isCall && set->target.path.size() == 1 &&
                 set->target.path[0].text == name;
  if (setsAll && set->target.index.empty()) {
    Value now = e.evaluate(*set->value, env);
    std::string misfit = now.isPoison() ? "" : bundleMisfit(*p.bundle(), now);
    if (!misfit.empty())
      e.error(set->range, "N0502", "`" + name + "` are the parameters of networks, " + misfit);
    now.range = set->value->range;
    env.scope->define(name, misfit.empty() ? now : Value());
    return;
  }
  if (llvm::isa<ast::Param>(&stmt) || setsAll || !e.execute(stmt, env))
    e.error(stmt.range, "N0409", "this statement has no place in an optimizer")
        .help("it has `let`, `state` and `set`");
}

//===-- states --------------------------------------------------------------------------------===//

/// Is it computed from what an entry is given? Random keys do not count.
static bool isComputed(mlir::Value value) {
  llvm::SmallVector<mlir::Value> todo = {value};
  llvm::DenseSet<mlir::Value> seen;
  while (!todo.empty()) {
    mlir::Value next = todo.pop_back_val();
    if (!seen.insert(next).second)
      continue;
    mlir::Operation *op = next.getDefiningOp();
    if (!op)
      return true;
    if (!llvm::isa<FoldKeyOp, FoldInOp>(op))
      for (mlir::Value operand : valuesReadBy(op))
        todo.push_back(operand);
  }
  return false;
}

static bool isZero(mlir::Value value) {
  mlir::Operation *op = value.getDefiningOp();
  if (auto broadcast = llvm::dyn_cast_or_null<BroadcastOp>(op))
    op = broadcast->getOperand(0).getDefiningOp();
  auto constant = llvm::dyn_cast_or_null<ConstantOp>(op);
  auto numbers = constant ? llvm::dyn_cast<mlir::DenseElementsAttr>(constant.getValue()) : nullptr;
  if (!numbers || !numbers.isSplat())
    return false;
  auto number = numbers.getSplatValue<mlir::Attribute>();
  if (auto real = llvm::dyn_cast<mlir::FloatAttr>(number))
    return real.getValue().isPosZero();
  return llvm::cast<mlir::IntegerAttr>(number).getValue().isZero();
}

static bool allParts(const Value &value, bool (*holds)(mlir::Value)) {
  bool all = true;
  forEachTensor(value, [&](mlir::Value tensor) { all &= holds(tensor); });
  return all;
}

std::optional<Value> OptimizerRun::firstValue(const ast::State &stmt, Env &env) {
  Env trial = env.inner();
  Value first = e.evaluate(*stmt.value, trial);
  if (first.isPoison())
    return std::nullopt;
  if (first.bundle() && !stmt.type)
    return first;
  mlir::Value tensor;
  if (stmt.type) {
    auto type = e.typeOf(*stmt.type, trial);
    tensor = type ? e.toTensorOf(first, type, trial, stmt.value->range) : mlir::Value();
  } else {
    tensor = e.toTensor(first, trial);
  }
  return tensor ? std::optional<Value>(Value(tensor, stmt.value->range)) : std::nullopt;
}

/// What begins as zeros, or as what is known before, begins with the block. All else begins as what
/// it is in the first step.
bool OptimizerRun::beginsInFirstStep(const ast::State &stmt, const Body &body, const Value &first,
                                     Env &env) {
  bool computed = false;
  forEachTensor(first, [&](mlir::Value tensor) { computed |= isComputed(tensor); });
  for (const std::string &name : ast::namesIn(*stmt.value))
    if (const Value *local = env.scope->lookup(name);
        local && name != body.decl.params[0].name.text)
      computed |= local->tensor() || local->bundle() || local->tuple() || local->list();
  return computed;
}

/// What the initial value of a state may speak of: what is static, and the parameters.
std::shared_ptr<Scope> OptimizerRun::initialScope(const Body &body, Env &env) {
  auto scope = e.fileScope(body.file);
  for (const auto &[name, value] : env.scope->here()) {
    bool isStatic = true;
    forEachTensor(value, [&](mlir::Value) { isStatic = false; });
    if (isStatic && !value.as<LossFunction>())
      scope->define(name, value);
  }
  const std::string &name = body.decl.params[0].name.text;
  References all;
  for (const auto &[path, slot] : slots)
    all.parts.emplace_back(path, std::make_shared<const Slot>(slot));
  if (body.parameter)
    scope->define(
        name, Value(Reference{std::make_shared<const Slot>(slots.at(body.path))}, body.decl.range));
  else
    scope->define(name, Value(std::move(all), body.decl.range));
  return scope;
}

void OptimizerRun::state(const ast::State &stmt, Body &body, Env &env) {
  const std::string &name = stmt.name.text;
  auto first = firstValue(stmt, env);
  if (!first) {
    env.scope->define(name, Value());
    return;
  }
  Slot slot;
  slot.kind = Slot::Kind::State;
  slot.range = stmt.range;
  bool later = !allParts(*first, isZero) && beginsInFirstStep(stmt, body, *first, env);
  if (!later && !allParts(*first, isZero))
    slot.initial = {stmt.value.get(), initialScope(body, env), /*ofType=*/false, {}, ""};
  if (const Bundle *bundle = first->bundle()) {
    Value made = e.declareParts(name, slot, *bundle, env, [&](const std::string &path) {
      return prefix + "." + path + "." + name;
    });
    if (auto *references = made.as<References>())
      for (const auto &[reference, part] : llvm::zip(references->parts, bundle->parts)) {
        frame.read(*reference.second);
        if (later)
          beginNow(*reference.second, part.second, body, env);
      }
    return;
  }
  slot.path = body.prefix + "." + name;
  slot.type = llvm::cast<mlir::RankedTensorType>(first->tensor().getType());
  e.declare(name, slot, env);
  frame.read(slot);
  if (later)
    beginNow(slot, first->tensor(), body, env);
}

/// In the first step the state is its first value; one more state tells which step that is.
void OptimizerRun::beginNow(const Slot &slot, mlir::Value first, Body &body, Env &env) {
  if (!body.began) {
    std::string name = "began";
    for (const ast::StmtPtr &stmt : body.decl.body)
      if (auto *state = llvm::dyn_cast<ast::State>(stmt.get()); state && state->name.text == name)
        name += "'";
    Slot began;
    began.kind = Slot::Kind::State;
    began.path = body.prefix + "." + name;
    began.type = tensorOf(frame.builder.getI32Type(), {});
    began.range = body.decl.range;
    body.began = began;
  }
  SourceRange range = slot.range;
  Value before =
      e.binary(">", Value(frame.read(*body.began), range), Value(SizeExpr(0), range), env, range);
  Arguments arguments = {{"", before, range, false},
                         {"", Value(frame.read(slot), range), range, false},
                         {"", Value(first, range), range, false}};
  if (mlir::Value now = e.callPrimitive("where", std::move(arguments), env, range).tensor())
    frame.write(slot, now);
}
