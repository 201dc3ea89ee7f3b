//===- Layers.cpp - instances of layers, networks, their parameters -------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/Builtins.h"
#include "frontend/ElaboratorImpl.h"

using namespace net;

Value Elaborator::instantiate(const Template &what, const std::string &name, Env &env, SourceRange range) {
  if (!env.frame.mayInstantiate()) {
    error(range, "N0413", "a fn makes no layers: " + std::string(ast::kindName(*what.decl)) + " " + what.decl->name +
                              " would have parameters here")
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
  std::string statics;
  for (const ast::Parameter &parameter : what.decl->statics) {
    auto it = what.bound.find(parameter.name.text);
    if (it == what.bound.end())
      continue;
    if (it->second.tensor()) {
      error(range, "N0414", "`" + parameter.name.text + "` of network " + what.decl->name +
                                " is known only when the program runs")
          .help("static arguments of networks are numbers known at compile time");
      return nullptr;
    }
    statics += (statics.empty() ? "" : ",") + it->second.key();
  }
  std::string path = what.decl->name + (statics.empty() ? "" : "(" + statics + ")");
  auto &instance = impl->networks[std::to_string(reinterpret_cast<uintptr_t>(what.decl)) + path];
  if (!instance) {
    instance = std::make_shared<Instance>();
    instance->what = what;
    instance->path = path;
    instance->range = what.decl->nameRange;
  }
  return instance;
}

//===-- application -----------------------------------------------------------------------------===//

/// Takes `training = ..` out of the arguments, unless the callee has a parameter of that name.
static bool takeTraining(Elaborator &e, const ast::Callable &decl, Arguments &arguments, bool &training) {
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
    error(range, "N0404", std::string(ast::kindName(*what.decl)) + " " + what.decl->name + " cannot be called here");
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
  llvm::SmallVector<mlir::Value> operands;
  for (const auto &[parameter, value] : binding.values)
    forEachTensor(value, [&](mlir::Value tensor) { operands.push_back(tensor); });
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
      record->inner.emplace(slot.path, Value(env.frame.read(env.frame.seenFrom(slot, instance)), range));
  value.call = record;
  return value;
}

llvm::SmallVector<mlir::Value> Elaborator::emitCall(const Specialization &callee, llvm::ArrayRef<mlir::Value> operands,
                                                    const std::shared_ptr<Instance> &instance, const std::string &path,
                                                    Env &env, SourceRange range) {
  Emit e = emit(env, range);
  llvm::SmallVector<mlir::Value> all(operands.begin(), operands.end());
  for (const Slot &slot : callee.slots) {
    Slot seen = env.frame.seenFrom(slot, instance);
    mlir::Value value = env.frame.read(seen);
    if (value.getType() != slot.type) {
      auto &d = error(range, "N0412", "`" + path + "` shares its parameter " + slot.path + ", which is " +
                                          str(value.getType()) + " in another call, and " + str(slot.type) + " here");
      d.label(slot.range, "declared here");
      d.help("each use of a template has its own parameters; a `let` shares them");
      return {};
    }
    if (instance && !slot.instance && (slot.kind == Slot::Kind::Param || slot.kind == Slot::Kind::State))
      instance->slots.emplace(slot.path, slot);
    all.push_back(value);
  }
  for (const Slot &slot : callee.declared)
    if (instance && !slot.instance) {
      instance->slots.emplace(slot.path, slot);
      env.frame.declared(env.frame.seenFrom(slot, instance));
    }
  if (callee.usesKey)
    all.push_back(FoldKeyOp::create(e.builder, e.loc, tensorOf(e.i64(), {}), env.frame.key(),
                                    instance ? env.frame.unique(path + "()") : path)
                      .getResult());
  llvm::SmallVector<mlir::Type> types;
  for (mlir::Value value : callee.returned)
    types.push_back(value.getType());
  if (types.empty())
    return {};
  auto call = CallOp::create(e.builder, e.loc, types, callee.function.getSymName(), all,
                             e.builder.getStringAttr(path), mlir::ArrayAttr(), mlir::ArrayAttr());
  llvm::SmallVector<mlir::Value> results(call.getResults());
  for (const auto &[slot, inside] : callee.updates) {
    auto it = llvm::find(callee.returned, inside);
    env.frame.write(env.frame.seenFrom(slot, instance), results[it - callee.returned.begin()]);
  }
  return results;
}

std::shared_ptr<Scope> Elaborator::bindInline(const Template &what, const Arguments &arguments, Env &env,
                                              SourceRange range) {
  Binding binding;
  if (!bindParameters(what, arguments, env, range, binding))
    return nullptr;
  auto scope = std::make_shared<Scope>(what.file);
  defineSizes(binding.sizes, *scope);
  for (const auto &[name, value] : binding.values)
    scope->define(name, value);
  return scope;
}

//===-- lists of layers -------------------------------------------------------------------------===//

Value Elaborator::copies(const Arguments &arguments, Env &env, SourceRange range) {
  auto n = arguments.size() == 2 ? arguments[0].value.wholeNumber() : std::nullopt;
  const Template *what = n ? arguments[1].value.asTemplate() : nullptr;
  if (!what || *n < 0 || *n > 10000) {
    error(range, "N0402", "copies(n, layer) makes n layers, n known at compile time");
    return {};
  }
  std::vector<Value> instances;
  for (int64_t i = 0; i < *n; ++i)
    instances.push_back(instantiate(*what, "", env, range));
  return Value::list(std::move(instances), range);
}

Value Elaborator::chain(Arguments arguments, Env &env, SourceRange range) {
  bool piped = !arguments.empty() && arguments[0].piped;
  if (!piped || arguments.size() < 2 || arguments.size() > 3) {
    error(range, "N0402", "`x |> chain(n, layer)` applies n layers, `x |> chain(list)` those of a list");
    return {};
  }
  Value list = arguments[1].value;
  if (arguments.size() == 3) {
    Arguments rest(arguments.begin() + 1, arguments.end());
    list = copies(rest, env, range);
    if (list.isPoison())
      return {};
  }
  if (!list.list()) {
    error(range, "N0402", "`x |> chain(list)` applies the layers of a list, this is " + list.describe());
    return {};
  }
  Value value = arguments[0].value;
  for (const Value &layer : list.list()->elements)
    value = call(layer, {net::Argument{"", value, range, true}}, env, range);
  return value;
}

Value Elaborator::parametersOf(const Arguments &arguments, Env &env, SourceRange range) {
  auto bundle = std::make_shared<Bundle>();
  if (arguments.empty()) {
    error(range, "N0402", "params(Net) takes networks or layers");
    return {};
  }
  std::set<std::string> seen;
  for (const net::Argument &argument : arguments)
    for (const Slot &slot : slotsBelow(argument.value, env, range)) {
      std::string path = env.frame.fullPath(slot, "");
      if (slot.kind == Slot::Kind::Param && seen.insert(path).second)
        bundle->parts.emplace_back(path, env.frame.read(slot));
    }
  return Value(std::shared_ptr<const Bundle>(bundle), range);
}

//===-- parameters of networks --------------------------------------------------------------------===//

/// A value of the declared type in a function that is thrown away; run-time sizes have their own names.
static Value stand(Elaborator &e, const ast::Type &type, ScratchFrame &frame, Env &env, Sizes &sizes, SourceRange range) {
  if (type.kind == ast::Type::Kind::Tuple) {
    std::vector<Value> elements;
    for (const ast::Type &element : type.elements)
      elements.push_back(stand(e, element, frame, env, sizes, range));
    return Value::tuple(std::move(elements), range);
  }
  if (type.kind == ast::Type::Kind::Fn || type.name == "dim" || type.name == "string" || type.name == "params") {
    e.error(type.range, "N0415", "a network takes arrays and truth values as data; static parameters stand in the first list");
    return {};
  }
  auto pattern = e.patternOf(type, env);
  if (!pattern)
    return {};
  for (const AxisPattern &axis : pattern->axes) {
    if (!axis.pack.empty()) {
      sizes.packs.try_emplace(axis.pack, Solved<Shape>{{SizeExpr::symbol(axis.pack)}, range, ""});
      continue;
    }
    std::set<std::string> names;
    axis.size.collectSymbols(names);
    for (const std::string &name : names)
      if (name[0] == patternMark)
        sizes.sizes.try_emplace(name.substr(1), Solved<SizeExpr>{SizeExpr::symbol(name.substr(1)), range, ""});
  }
  mlir::Type standard = mlir::Float32Type::get(e.module.getContext());
  if (pattern->variable == "int")
    standard = mlir::IntegerType::get(e.module.getContext(), 32);
  auto resolved = sizes.resolve(*pattern, standard);
  return resolved ? Value(frame.argument(*resolved), range) : Value();
}

const Specialization *Elaborator::signature(const std::shared_ptr<Instance> &network, bool training) {
  auto key = std::make_pair(static_cast<const Instance *>(network.get()), training);
  auto it = impl->signatures.find(key);
  if (it != impl->signatures.end())
    return it->second;
  const ast::Callable &decl = *network->what.decl;
  if (!impl->signing.insert(key).second) {
    error(decl.nameRange, "N0411", "the parameters of network " + decl.name + " depend on themselves");
    return nullptr;
  }
  ScratchFrame scratch(module, decl.name, training);
  Env env{scratch, std::make_shared<Scope>(network->what.file)};
  for (const auto &[name, value] : network->what.bound)
    env.scope->define(name, value);
  Sizes sizes;
  Binding binding;
  Arguments arguments;
  bool whole = true;
  for (const ast::Parameter &parameter : decl.params) {
    if (!parameter.type) {
      error(parameter.range, "N0415", "a parameter of a network has a type");
      whole = false;
      continue;
    }
    Value value = stand(*this, *parameter.type, scratch, env, sizes, parameter.range);
    whole &= !value.isPoison();
    arguments.push_back({parameter.name.text, value, parameter.range, false});
  }
  const Specialization *result = nullptr;
  if (whole && bindParameters(network->what, arguments, env, decl.nameRange, binding))
    result = specialize(network->what, network, binding, training, decl.nameRange);
  impl->signing.erase(key);
  impl->signatures[key] = result;
  if (result)
    for (const Slot &slot : result->declared)
      if (!slot.instance)
        network->slots.emplace(slot.path, slot);
  if (result)
    for (const Slot &slot : result->slots)
      if (!slot.instance && (slot.kind == Slot::Kind::Param || slot.kind == Slot::Kind::State))
        network->slots.emplace(slot.path, slot);
  return result;
}

std::vector<Slot> Elaborator::reachable(const std::shared_ptr<Instance> &network) {
  std::vector<Slot> slots;
  std::set<std::pair<const Instance *, std::string>> seen;
  for (bool training : {true, false}) {
    const Specialization *known = signature(network, training);
    if (!known)
      return {};
    for (Slot slot : known->slots) {
      if (!slot.instance && (slot.kind == Slot::Kind::Param || slot.kind == Slot::Kind::State))
        slot.instance = network;
      if (seen.insert({slot.instance.get(), slot.path}).second)
        slots.push_back(slot);
    }
  }
  return slots;
}

std::vector<Slot> Elaborator::slotsBelow(const Value &value, Env &env, SourceRange range) {
  std::vector<Slot> slots;
  if (auto *tuple = value.tuple()) {
    for (const Value &element : tuple->elements)
      for (const Slot &slot : slotsBelow(element, env, range))
        slots.push_back(slot);
    return slots;
  }
  auto *layer = value.as<LayerPath>();
  auto instance = layer ? layer->instance : value.instance();
  if (!instance) {
    if (!value.isPoison())
      error(range, "N0503", "a network or layer is wanted, this is " + value.describe());
    return slots;
  }
  if (!layer && instance->isNetwork()) {
    for (const Slot &slot : reachable(instance))
      slots.push_back(env.frame.seenFrom(slot, nullptr));
    return slots;
  }
  for (const auto &[path, slot] : instance->slots)
    if (!layer || llvm::StringRef(path).starts_with(layer->path + "."))
      slots.push_back(env.frame.seenFrom(slot, instance));
  return slots;
}

//===-- initial values -----------------------------------------------------------------------------===//

namespace {
/// The init entry, with random numbers of one path.
class InitFrame : public Frame {
public:
  InitFrame(Frame &entry, std::string path) : Frame(entry.builder.getContext(), false), entry(entry), path(std::move(path)) {
    builder.setInsertionPointToEnd(entry.builder.getInsertionBlock());
  }
  mlir::Value read(const Slot &slot) override { return entry.read(slot); }
  void write(const Slot &, mlir::Value) override {}
  mlir::Value key() override {
    mlir::Value whole = entry.key();
    return FoldKeyOp::create(builder, whole.getLoc(), whole.getType(), whole, path).getResult();
  }
  bool mayInstantiate() const override { return false; }

private:
  Frame &entry;
  std::string path;
};
} // namespace

/// `~ f(a)` means f(type, a).
static Value initialValue(Elaborator &e, const ast::Expr &expr, mlir::RankedTensorType type, Env &env) {
  Argument first{"", Value(ArrayType{type}, expr.range), expr.range, false};
  auto *call = llvm::dyn_cast<ast::Call>(&expr);
  if (!call && !llvm::isa<ast::Name>(expr))
    return e.evaluate(expr, env);
  Value callee = e.evaluate(call ? *call->callee : expr, env);
  if (!call && (callee.tensor() || e.isArrayLike(callee)))
    return callee;
  Arguments arguments;
  if (call)
    arguments = e.evaluateArguments(call->arguments, env);
  if (auto *what = callee.asTemplate(); what && !what->staticsDone) {
    callee = e.bindStatics(*what, arguments, env, expr.range);
    arguments.clear();
  }
  arguments.insert(arguments.begin(), std::move(first));
  return e.call(callee, std::move(arguments), env, expr.range);
}

mlir::Value Elaborator::initialize(const Slot &slot, const std::string &path, Frame &frame) {
  InitFrame inside(frame, path);
  Env env{inside, slot.initial.scope ? Scope::within(slot.initial.scope) : std::make_shared<Scope>(nullptr)};
  if (!slot.initial.expr)
    return emit(env, slot.range).fill(0, slot.type.getElementType(), shapeOf(slot.type));
  const ast::Expr &expr = *slot.initial.expr;
  Value value = slot.initial.ofType ? initialValue(*this, expr, slot.type, env) : evaluate(expr, env);
  for (unsigned element : slot.initial.element) {
    const Tuple *tuple = value.tuple();
    value = tuple && element < tuple->elements.size() ? tuple->elements[element] : Value();
  }
  if (value.isPoison())
    return {};
  return toTensorOf(value, slot.type, env, expr.range);
}
