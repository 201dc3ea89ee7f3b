//===- Layers.cpp - instances of layers and networks, and their calls -----===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/Builtins.h"
#include "frontend/ElaboratorImpl.h"
#include "frontend/StoppedCalls.h"

using namespace net;

Value Elaborator::instantiate(const Template &what, const std::string &name, Env &env,
                              SourceRange range) {
  if (!env.frame.mayInstantiate()) {
    error(range, "N0413",
          "a fn makes no layers: " + std::string(ast::kindName(*what.decl)) + " " +
              what.decl->name + " would have parameters here")
        .help("declare a `layer`, or pass the layer to the fn");
    return {};
  }
  Template done = what;
  if (!done.staticsDone) {
    Value bound = bindStatics(what, {}, env, range);
    if (!bound.asTemplate())
      return bound;
    done = *bound.asTemplate();
  }
  auto instance = std::make_shared<Instance>();
  instance->path = name.empty() ? env.frame.numbered(done.decl->name) : env.frame.unique(name);
  instance->what = std::move(done);
  instance->owner = env.frame.id;
  instance->range = range;
  return Value(instance, range);
}

std::shared_ptr<Instance> Elaborator::network(const Template &what, SourceRange range) {
  std::string statics, keys;
  for (const ast::Parameter &parameter : what.decl->statics) {
    auto it = what.bound.find(parameter.name.text);
    if (it == what.bound.end())
      continue;
    bool isKnown = true;
    forEachTensor(it->second, [&](mlir::Value) { isKnown = false; });
    if (!isKnown) {
      error(range, "N0414",
            "`" + parameter.name.text + "` of network " + what.decl->name +
                " is known only when the program runs")
          .help("static arguments of networks are numbers known at compile time");
      return nullptr;
    }
    statics += (statics.empty() ? "" : ",") + it->second.spelling();
    keys += it->second.key() + ",";
  }
  std::string path = what.decl->name + (statics.empty() ? "" : "(" + statics + ")");
  auto &instance = impl->networks[std::to_string(reinterpret_cast<uintptr_t>(what.decl)) + keys];
  if (!instance) {
    instance = std::make_shared<Instance>();
    instance->what = what;
    instance->path = path;
    instance->range = what.decl->nameRange;
  }
  return instance;
}

std::vector<std::shared_ptr<Instance>> Elaborator::networks() const {
  std::vector<std::shared_ptr<Instance>> all;
  for (const auto &entry : impl->networks)
    all.push_back(entry.second);
  auto place = [](const auto &network) {
    return std::make_tuple(network->range.file, network->range.begin, network->path);
  };
  llvm::sort(all, [&](const auto &a, const auto &b) { return place(a) < place(b); });
  return all;
}

//===-- application ---------------------------------------------------------------------------===//

/// Takes `training = ..` out of the arguments, unless the callee has a parameter of that name.
static bool takeTraining(Elaborator &e, const ast::Callable &decl, Arguments &arguments,
                         bool &training) {
  for (const auto *list : {&decl.statics, &decl.params})
    for (const ast::Parameter &parameter : *list)
      if (parameter.name.text == "training")
        return true;
  for (size_t i = 0; i < arguments.size(); ++i) {
    if (arguments[i].name != "training")
      continue;
    auto truth = arguments[i].value.truth();
    if (!truth) {
      e.error(arguments[i].range, "N0408", "`training` is true or false at compile time");
      return false;
    }
    training = *truth;
    arguments.erase(arguments.begin() + static_cast<std::ptrdiff_t>(i));
    return true;
  }
  return true;
}

Value Elaborator::applied(const Value &callee, Arguments arguments, Env &env, SourceRange range,
                          const std::string &name) {
  std::shared_ptr<Instance> instance = callee.instance();
  Template what = instance ? instance->what : *callee.asTemplate();
  if (!what.staticsDone) {
    Value bound = bindStatics(what, {}, env, range);
    if (bound.isPoison())
      return {};
    if (bound.instance())
      return applied(bound, std::move(arguments), env, range, name);
    what = *bound.asTemplate();
  }
  switch (what.decl->kind) {
  case ast::Decl::Kind::Optimizer:
    if (hooks)
      return hooks->applyOptimizer(what, std::move(arguments), env, range);
    [[fallthrough]];
  case ast::Decl::Kind::Train:
  case ast::Decl::Kind::Task:
    error(range, "N0404",
          std::string(ast::kindName(*what.decl)) + " " + what.decl->name +
              " cannot be called here");
    return {};
  default:
    break;
  }
  if (!instance && what.decl->kind == ast::Decl::Kind::Layer) {
    instance = instantiate(what, name, env, range).instance();
    if (!instance)
      return {};
  }
  bool training = env.frame.training;
  size_t given = arguments.size();
  Binding binding;
  if (!takeTraining(*this, *what.decl, arguments, training) ||
      !bindParameters(what, arguments, env, range, binding))
    return {};
  Specialization *target = specialize(what, instance, binding, training, range);
  if (!target)
    return {};
  if (target->asksTraining && arguments.size() == given)
    env.frame.isTraining();
  noteCall(*what.decl, *target, env, range);
  llvm::SmallVector<mlir::Value> operands;
  for (const auto &[parameter, value] : binding.values)
    forEachTensor(value, [&](mlir::Value tensor) { operands.push_back(tensor); });
  if (!llvm::all_of(operands, [&](mlir::Value v) { return impl->isVisible(v, env.frame); })) {
    error(range, "N0312",
          "`" + what.decl->name + "` was made with a value of another function, not known here")
        .help("make it where it is applied, and pass the value");
    return {};
  }
  return finishCall(*target, operands, instance, env, range, arguments);
}

Value Elaborator::finishCall(const Specialization &target, llvm::ArrayRef<mlir::Value> operands,
                             const std::shared_ptr<Instance> &instance, Env &env, SourceRange range,
                             const Arguments &arguments) {
  std::string path = instance ? instance->path : env.frame.numbered(target.decl->name);
  auto results = emitCall(target, operands, instance, path, env, range);
  if (results.size() != target.returned.size())
    return {};
  auto outside = [&](mlir::Value inside) {
    auto it = llvm::find(target.returned, inside);
    return results[it - target.returned.begin()];
  };
  Value value = mapTensors(target.result, outside);
  value.range = range;
  auto origin = std::make_shared<Origin>();
  origin->range = range;
  origin->what = target.decl->name + "(..)";
  origin->type = value.describe();
  if (!arguments.empty())
    origin->from = arguments[0].value.origin;
  value.origin = origin;
  if (!instance)
    return value;
  // What the layer shows of this call.
  auto record = std::make_shared<CallRecord>();
  record->instance = instance;
  bool mine = instance->owner == env.frame.id;
  for (const auto &[inner, inside] : target.inner) {
    Value shown = mapTensors(inside, outside);
    if (mine)
      env.frame.record(instance->path + "." + inner, shown);
    record->inner.emplace(inner, std::move(shown));
  }
  for (const Slot &slot : target.slots)
    if (!slot.instance && (slot.kind == Slot::Kind::Param || slot.kind == Slot::Kind::State))
      record->inner.emplace(slot.path,
                            Value(env.frame.read(env.frame.seenFrom(slot, instance)), range));
  value.call = record;
  return value;
}

llvm::SmallVector<mlir::Value> Elaborator::emitCall(const Specialization &callee,
                                                    llvm::ArrayRef<mlir::Value> operands,
                                                    const std::shared_ptr<Instance> &instance,
                                                    const std::string &path, Env &env,
                                                    SourceRange range) {
  Emit e = emit(env, range);
  llvm::SmallVector<mlir::Value> all(operands.begin(), operands.end());
  for (const Slot &slot : callee.slots) {
    Slot seen = env.frame.seenFrom(slot, instance);
    mlir::Value value = env.frame.read(seen);
    if (value.getType() != slot.type) {
      auto &d =
          error(range, "N0412",
                "`" + path + "` shares its parameter " + slot.path + ", which is " +
                    str(value.getType()) + " in another call, and " + str(slot.type) + " here");
      d.label(slot.range, "declared here");
      d.help("each use of a template has its own parameters; a `let` shares them");
      return {};
    }
    if (instance && !slot.instance &&
        (slot.kind == Slot::Kind::Param || slot.kind == Slot::Kind::State))
      instance->slots.emplace(slot.path, slot);
    all.push_back(value);
  }
  for (const Slot &slot : callee.declared)
    if (instance && !slot.instance) {
      instance->slots.emplace(slot.path, slot);
      env.frame.declared(env.frame.seenFrom(slot, instance));
    }
  if (callee.usesKey)
    all.push_back(FoldKeyOp::create(e.builder, e.loc, tensorOf(e.i64(), {}), keyHere(env, range),
                                    instance ? env.frame.unique(path + "()") : path)
                      .getResult());
  llvm::SmallVector<mlir::Type> types;
  for (mlir::Value value : callee.returned)
    types.push_back(value.getType());
  if (types.empty())
    return {};
  auto call = CallOp::create(e.builder, e.loc, types, callee.function.getSymName(), all,
                             e.builder.getStringAttr(path), mlir::ArrayAttr(), mlir::ArrayAttr());
  for (mlir::Value stopped : env.frame.stopped)
    callStopped(module, call, stopped);
  llvm::SmallVector<mlir::Value> results(call.getResults());
  for (const auto &[slot, inside] : callee.updates) {
    auto it = llvm::find(callee.returned, inside);
    env.frame.write(env.frame.seenFrom(slot, instance), results[it - callee.returned.begin()]);
  }
  return results;
}

std::shared_ptr<Scope> Elaborator::bindInline(const Template &what, const Arguments &arguments,
                                              Env &env, SourceRange range) {
  Binding binding;
  if (!bindParameters(what, arguments, env, range, binding))
    return nullptr;
  auto scope = std::make_shared<Scope>(what.file);
  defineSizes(binding.sizes, *scope);
  for (const auto &[name, value] : binding.values)
    scope->define(name, value);
  return scope;
}
