//===- Signatures.cpp - what networks hold, and how it begins -------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/Builtins.h"
#include "frontend/ElaboratorImpl.h"

using namespace net;

/// A value of the declared type in a function that is thrown away; run-time sizes have their own
/// names.
static Value stand(Elaborator &e, const ast::Type &type, ScratchFrame &frame, Env &env,
                   Sizes &sizes, SourceRange range) {
  if (type.kind == ast::Type::Kind::Tuple) {
    std::vector<Value> elements;
    for (const ast::Type &element : type.elements)
      elements.push_back(stand(e, element, frame, env, sizes, range));
    return Value::tuple(std::move(elements), range);
  }
  if (type.kind == ast::Type::Kind::Fn || type.name == "dim" || type.name == "string" ||
      type.name == "params") {
    e.error(type.range, "N0415",
            "a network takes arrays and truth values as data; static parameters stand in the first "
            "list");
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
        sizes.sizes.try_emplace(name.substr(1),
                                Solved<SizeExpr>{SizeExpr::symbol(name.substr(1)), range, ""});
  }
  mlir::Type standard = mlir::Float32Type::get(e.module.getContext());
  if (pattern->variable == "int")
    standard = mlir::IntegerType::get(e.module.getContext(), 32);
  auto resolved = sizes.resolve(*pattern, standard);
  return resolved ? Value(frame.argument(*resolved), range) : Value();
}

const Specialization *Elaborator::signature(const std::shared_ptr<Instance> &network,
                                            bool training) {
  auto key = std::make_pair(static_cast<const Instance *>(network.get()), training);
  auto it = impl->signatures.find(key);
  if (it != impl->signatures.end())
    return it->second;
  const ast::Callable &decl = *network->what.decl;
  if (!impl->signing.insert(key).second) {
    error(decl.nameRange, "N0411",
          "the parameters of network " + decl.name + " depend on themselves");
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
  if (value.with) {
    error(range, "N0503", "a network or layer is wanted, this is one at other parameters")
        .label(value.withRange, "which are values, and are not set");
    return slots;
  }
  auto *layer = value.as<LayerPath>();
  auto instance = layer ? layer->instance : value.instance();
  if (!instance) {
    if (value.isPoison())
      return slots;
    auto &d = error(range, "N0503", "a network or layer is wanted, this is " + value.describe());
    if (const Template *what = value.asTemplate()) {
      const std::string &name = what->decl->name;
      if (what->decl->kind == ast::Decl::Kind::Network)
        d.help("a network has parameters for each set of static arguments: `" + name + "(..)`");
      else if (what->decl->kind == ast::Decl::Kind::Layer)
        d.help("a template has none yet: `let f = " + name + "` makes a layer of it");
    }
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

//===-- initial values ------------------------------------------------------------------------===//

namespace {
/// The init entry, with random numbers of one path.
class InitFrame : public Frame {
public:
  InitFrame(Frame &entry, std::string path)
      : Frame(entry.builder.getContext(), false), entry(entry), path(std::move(path)) {
    builder.setInsertionPointToEnd(entry.builder.getInsertionBlock());
  }
  mlir::Value key() override {
    mlir::Value whole = entry.key();
    return FoldKeyOp::create(builder, whole.getLoc(), whole.getType(), whole, path).getResult();
  }
  bool mayInstantiate() const override { return false; }

protected:
  mlir::Value load(const Slot &slot) override { return entry.read(slot); }
  void store(const Slot &, mlir::Value) override {}
  bool stores() override { return false; }

private:
  Frame &entry;
  std::string path;
};
} // namespace

/// `~ f(a)` means f(type, a).
static Value initialValue(Elaborator &e, const ast::Expr &expr, mlir::RankedTensorType type,
                          Env &env) {
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
  Env env{inside, slot.initial.scope ? Scope::within(slot.initial.scope)
                                     : std::make_shared<Scope>(nullptr)};
  if (!slot.initial.expr)
    return emit(env, slot.range).fill(0, slot.type.getElementType(), shapeOf(slot.type));
  const ast::Expr &expr = *slot.initial.expr;
  Value value =
      slot.initial.ofType ? initialValue(*this, expr, slot.type, env) : evaluate(expr, env);
  for (unsigned element : slot.initial.element) {
    const Tuple *tuple = value.tuple();
    value = tuple && element < tuple->elements.size() ? tuple->elements[element] : Value();
  }
  if (const Bundle *bundle = value.bundle(); bundle && !slot.initial.part.empty()) {
    auto part =
        llvm::find_if(bundle->parts, [&](const auto &p) { return p.first == slot.initial.part; });
    value = part == bundle->parts.end() ? Value() : Value(part->second, expr.range);
  }
  if (value.isPoison())
    return {};
  return toTensorOf(value, slot.type, env, expr.range);
}
