//===- Statements.cpp - let, param, state, set ----------------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/AstPrinter.h"
#include "frontend/ElaboratorImpl.h"
#include "ir/ValueNames.h"

using namespace net;

void Elaborator::bind(const ast::Pattern &pattern, const Value &value, Env &env) {
  if (pattern.isName()) {
    Value bound = value;
    if (pattern.type) {
      Sizes sizes;
      bound = coerce(value, *pattern.type, sizes, env, pattern.range);
      for (const auto &[name, solved] : sizes.sizes)
        env.scope->define(name, Value(solved.value, solved.range));
      for (const auto &[name, solved] : sizes.packs)
        env.scope->define(name, Value(Pack{name, solved.value}, solved.range));
      for (const auto &[name, solved] : sizes.elements)
        env.scope->define(name, Value(ElementType{solved.value}, solved.range));
    }
    if (pattern.name == "_")
      return;
    const Value *known = env.scope->lookup(pattern.name);
    if (known && known->as<Size>() && bound.tensor()) {
      error(pattern.range, "N0310",
            "`" + pattern.name + "` is a size here, and cannot be a value as well")
          .label(known->range, "the size")
          .help("give one of them another name");
      bound = Value();
    }
    if (mlir::Value tensor = bound.tensor()) {
      auto origin = std::make_shared<Origin>();
      origin->range = value.range;
      origin->what = "let " + pattern.name;
      origin->type = str(tensor.getType());
      origin->from = bound.origin;
      bound.origin = origin;
      setName(tensor, pattern.name);
    } else if (const Bundle *bundle = bound.bundle()) {
      for (const auto &[path, part] : bundle->parts)
        setName(part, parameterName(path) + "_" + pattern.name);
    }
    env.scope->define(pattern.name, bound);
    return;
  }
  const Tuple *tuple = value.tuple();
  if (!value.isPoison() && (!tuple || tuple->elements.size() != pattern.elements.size()))
    error(pattern.range, "N0403",
          "`" + ast::print(pattern) + "` names " + std::to_string(pattern.elements.size()) +
              " values, this is " + value.describe())
        .label(value.range, value.describe());
  bool fits = tuple && tuple->elements.size() == pattern.elements.size();
  for (size_t i = 0; i < pattern.elements.size(); ++i)
    bind(pattern.elements[i], fits ? tuple->elements[i] : Value(), env);
}

void Elaborator::declare(const std::string &name, Slot slot, Env &env) {
  SourceRange range = slot.range;
  const Value *known = env.scope->lookup(name);
  if (known && known->as<Size>()) {
    error(range, "N0310", "`" + name + "` is a size here, and cannot be a parameter as well")
        .label(known->range, "the size")
        .help("give one of them another name");
    env.scope->define(name, Value());
    return;
  }
  if (env.scope->definesHere(name) && known->as<Reference>()) {
    error(range, "N0311", "`" + name + "` is declared twice").label(known->range, "first here");
    return;
  }
  env.scope->define(name, Value(Reference{std::make_shared<const Slot>(std::move(slot))}, range));
}

Value Elaborator::declareParts(const std::string &name, const Slot &whole, const Bundle &parts,
                               Env &env, const std::function<std::string(std::string)> &pathOf) {
  References references;
  const Value *known = env.scope->definesHere(name) ? env.scope->lookup(name) : nullptr;
  if (known && (known->as<Reference>() || known->as<References>())) {
    error(whole.range, "N0311", "`" + name + "` is declared twice")
        .label(known->range, "first here");
    return *known;
  }
  for (const auto &[path, tensor] : parts.parts) {
    Slot slot = whole;
    slot.path = pathOf(path);
    slot.type = llvm::cast<mlir::RankedTensorType>(tensor.getType());
    slot.initial.part = path;
    env.frame.declared(slot);
    references.parts.emplace_back(path, std::make_shared<const Slot>(std::move(slot)));
  }
  Value value(std::move(references), whole.range);
  env.scope->define(name, value);
  return value;
}

static void executeParam(Elaborator &e, const ast::Param &param, Env &env) {
  mlir::RankedTensorType type = e.typeOf(param.type, env);
  if (!type) {
    env.scope->define(param.name.text, Value());
    return;
  }
  Slot slot;
  slot.kind = Slot::Kind::Param;
  slot.path = param.name.text;
  slot.type = type;
  slot.initial = {param.initializer.get(), env.scope->copy(), /*ofType=*/true, {}, ""};
  slot.range = param.range;
  e.declare(param.name.text, slot, env);
  env.frame.declared(slot);
}

static void executeState(Elaborator &e, const ast::State &state, Env &env) {
  const std::string &name = state.name.text;
  Slot slot;
  slot.kind = Slot::Kind::State;
  slot.path = name;
  slot.initial = {state.value.get(), env.scope->copy(), /*ofType=*/false, {}, ""};
  slot.range = state.range;
  if (state.type) {
    slot.type = e.typeOf(*state.type, env);
  } else {
    // Only the type is wanted of what this computes; it is computed again where states begin.
    Env inside = env.inner();
    Value value = e.evaluate(*state.value, inside);
    if (const Bundle *bundle = value.bundle()) {
      e.declareParts(name, slot, *bundle, env, [&](std::string path) { return name + "." + path; });
      return;
    }
    if (mlir::Value tensor = e.toTensor(value, inside))
      slot.type = llvm::cast<mlir::RankedTensorType>(tensor.getType());
  }
  if (!slot.type) {
    env.scope->define(name, Value());
    return;
  }
  e.declare(name, slot, env);
  env.frame.declared(slot);
}

/// `set v = where(momentum == 0, v, ..)` with momentum 0: then nobody needs v.
static bool leavesAsItIs(Elaborator &e, const ast::Set &set, Env &env) {
  if (set.target.isCall || set.target.path.size() != 1 || !set.target.index.empty())
    return false;
  auto *name = llvm::dyn_cast<ast::Name>(e.chosen(*set.value, env));
  const Value *local =
      name && name->name == set.target.path[0].text ? env.scope->lookup(name->name) : nullptr;
  return local && (local->as<Reference>() || local->as<References>());
}

bool Elaborator::execute(const ast::Stmt &stmt, Env &env) {
  if (auto *let = llvm::dyn_cast<ast::Let>(&stmt)) {
    Value value = evaluate(*let->value, env);
    // A named template is an instance: calling it again shares its parameters.
    if (auto *what = value.asTemplate(); what && let->pattern.isName() &&
                                         env.frame.mayInstantiate() &&
                                         what->decl->kind == ast::Decl::Kind::Layer)
      value = instantiate(*what, let->pattern.name, env, let->range);
    bind(let->pattern, value, env);
    if (let->pattern.isName() && memberNames.count(let->pattern.name))
      if (const Value *bound = env.scope->lookup(let->pattern.name);
          bound && (bound->tensor() || bound->tuple() || bound->bundle()))
        env.frame.record(let->pattern.name, *bound);
    return true;
  }
  if (auto *param = llvm::dyn_cast<ast::Param>(&stmt)) {
    executeParam(*this, *param, env);
    return true;
  }
  if (auto *state = llvm::dyn_cast<ast::State>(&stmt)) {
    executeState(*this, *state, env);
    return true;
  }
  if (auto *set = llvm::dyn_cast<ast::Set>(&stmt)) {
    if (leavesAsItIs(*this, *set, env))
      return true;
    Value value = evaluate(*set->value, env);
    assign(set->target, value, env, set->range);
    return true;
  }
  return false;
}

//===-- set -----------------------------------------------------------------------------------===//

/// The slots that a target names, as the frame sees them. Nothing after a diagnostic.
static std::optional<Slot> targetSlot(Elaborator &e, const ast::Target &target, Env &env) {
  const std::string &name = target.path[0].text;
  const Value *local = env.scope->lookup(name);
  if (target.path.size() == 1) {
    if (local && local->as<Reference>())
      return *local->as<Reference>()->slot;
    if (local && local->isPoison())
      return std::nullopt;
    auto &d = e.error(target.range, "N0501", "`" + name + "` is no parameter or state");
    if (local)
      d.label(local->range, "`" + name + "` is " + local->describe())
          .help("`state " + name + " = ..` makes a value that can be set");
    return std::nullopt;
  }
  Value base = e.lookup(name, env, target.path[0].range);
  auto instance = base.instance();
  if (!instance) {
    if (!base.isPoison())
      e.error(target.range, "N0501",
              "`" + name + "` has no parameters or states: it is " + base.describe());
    return std::nullopt;
  }
  std::string path;
  for (size_t i = 1; i < target.path.size(); ++i)
    path += (i > 1 ? "." : "") + target.path[i].text;
  if (instance->slots.empty() && instance->isNetwork() &&
      !e.signature(instance, env.frame.training))
    return std::nullopt;
  auto it = instance->slots.find(path);
  if (it != instance->slots.end())
    return env.frame.seenFrom(it->second, instance);
  std::vector<std::string> names;
  for (const auto &[key, slot] : instance->slots)
    names.push_back(key);
  auto &d = e.error(target.range, "N0316",
                    "`" + instance->path + "` has no parameter or state `" + path + "`");
  std::string meant = didYouMean(path, names);
  if (!meant.empty())
    d.help("did you mean `" + instance->path + "." + meant + "`?");
  return std::nullopt;
}

/// `set params(N) = bundle`
static void assignBundle(Elaborator &e, const ast::Target &target, const Value &value, Env &env,
                         SourceRange range) {
  if (target.path.size() != 1 || target.path[0].text != "params") {
    e.error(target.range, "N0501", "only `params(..)` can be set as a whole");
    return;
  }
  Arguments networks = e.evaluateArguments(target.arguments, env);
  Value old = e.callPrimitive("params", networks, env, target.range);
  if (old.isPoison() || value.isPoison())
    return;
  std::string misfit = bundleMisfit(*old.bundle(), value);
  if (!misfit.empty()) {
    e.error(range, "N0502", "`params(..)` is set to parameters of the same networks, " + misfit);
    return;
  }
  std::map<std::string, mlir::Value> now(value.bundle()->parts.begin(),
                                         value.bundle()->parts.end());
  for (const Argument &argument : networks)
    for (const Slot &slot : e.slotsBelow(argument.value, env, target.range))
      if (slot.kind == Slot::Kind::Param)
        env.frame.write(slot, now.at(env.frame.fullPath(slot, "")));
}

/// `set s = bundle`, s being a state of parameters.
static void assignParts(Elaborator &e, const ast::Target &target, const References &references,
                        const Value &value, Env &env, SourceRange range) {
  const std::string &name = target.path[0].text;
  if (!target.index.empty()) {
    e.error(target.range, "N0501", "`" + name + "` holds parameters, and is set as a whole");
    return;
  }
  Bundle now;
  for (const auto &[path, slot] : references.parts)
    now.parts.emplace_back(path, env.frame.read(*slot));
  std::string misfit = value.isPoison() ? "" : bundleMisfit(now, value);
  if (!misfit.empty())
    e.error(range, "N0502", "`" + name + "` holds the parameters of networks, " + misfit);
  if (value.isPoison() || !misfit.empty())
    return;
  for (const auto &[reference, part] : llvm::zip(references.parts, value.bundle()->parts))
    env.frame.write(*reference.second, part.second);
}

void Elaborator::assign(const ast::Target &target, const Value &value, Env &env,
                        SourceRange range) {
  if (target.isCall)
    return assignBundle(*this, target, value, env, range);
  const Value *local = target.path.size() == 1 ? env.scope->lookup(target.path[0].text) : nullptr;
  if (auto *references = local ? local->as<References>() : nullptr)
    return assignParts(*this, target, *references, value, env, range);
  auto slot = targetSlot(*this, target, env);
  if (!slot || value.isPoison())
    return;
  mlir::Value now;
  if (!target.index.empty())
    now = updated(env.frame.read(*slot), target.index, value, env, range);
  else
    now = toTensorOf(value, slot->type, env, range);
  if (now)
    env.frame.write(*slot, now);
}
