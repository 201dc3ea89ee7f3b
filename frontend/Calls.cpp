//===- Calls.cpp - what a call does, by what is called --------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/Builtins.h"
#include "frontend/ElaboratorImpl.h"
#include "llvm/ADT/StringExtras.h"

using namespace net;

static bool anyPoison(const Arguments &arguments) {
  return llvm::any_of(arguments, [](const Argument &a) { return a.value.isPoison(); });
}

/// `batch_norm(x)`: the list left out is the static one, all of whose parameters have defaults.
static bool isDataList(const Template &what, const Arguments &arguments) {
  if (arguments.empty())
    return false;
  for (const ast::Parameter &parameter : what.decl->statics)
    if (!parameter.defaultValue && !what.bound.count(parameter.name.text))
      return false;
  const Value &first = arguments[0].value;
  mlir::Value x = arguments[0].name.empty() ? first.tensor() : mlir::Value();
  return arguments[0].piped || first.tuple() || first.bundle() ||
         (x && llvm::cast<mlir::RankedTensorType>(x.getType()).getRank() > 0);
}

Value Elaborator::call(const Value &callee, Arguments arguments, Env &env, SourceRange range,
                       const std::string &name) {
  if (callee.isPoison() || anyPoison(arguments))
    return {};
  if (auto *element = callee.as<ElementType>())
    return castTo(element->type, arguments, env, range);
  if (auto *loss = callee.as<LossFunction>())
    return lossAt(*loss, arguments, env, range);
  if (auto *primitive = callee.as<Primitive>())
    return callPrimitive(primitive->name, std::move(arguments), env, range);
  if (auto *what = callee.asTemplate()) {
    if (what->staticsDone || isDataList(*what, arguments))
      return applied(callee, std::move(arguments), env, range, name);
    return bindStatics(*what, arguments, env, range);
  }
  if (callee.with)
    return appliedWith(callee, std::move(arguments), env, range);
  if (callee.instance())
    return applied(callee, std::move(arguments), env, range, name);
  auto &d = error(range, "N0404", callee.describe() + " cannot be called");
  note(d, callee, "this is " + callee.describe());
  if (callee.tensor())
    d.help("indices stand in brackets: `x[0]`");
  return {};
}

Value Elaborator::callPrimitive(const std::string &name, Arguments arguments, Env &env,
                                SourceRange range) {
  if (anyPoison(arguments))
    return {};
  if (name == "chain")
    return chain(std::move(arguments), env, range);
  if (name == "copies")
    return copies(arguments, env, range);
  if (name == "params")
    return parametersOf(arguments, env, range);
  auto it = primitives().find(name);
  if (it == primitives().end()) {
    error(range, "N0313", "there is no operation `" + name + "`");
    return {};
  }
  CallSite site(*this, env, name, std::move(arguments), range);
  if (auto onBundles = callOnBundles(site))
    return *onBundles;
  return it->second(site);
}

//===-- static lists --------------------------------------------------------------------------===//

/// Arguments to parameters, by position, then by name. False after a diagnostic.
static bool match(Elaborator &e, const ast::Callable &decl,
                  const std::vector<ast::Parameter> &parameters, const Arguments &arguments,
                  SourceRange range, std::map<std::string, const Argument *> &matched) {
  std::vector<std::string> names;
  for (const ast::Parameter &parameter : parameters)
    names.push_back(parameter.name.text);
  size_t position = 0;
  for (const Argument &argument : arguments) {
    if (argument.name.empty()) {
      while (position < names.size() && matched.count(names[position]))
        ++position;
      if (position == names.size()) {
        e.error(argument.range, "N0405",
                "too many arguments: " + std::string(ast::kindName(decl)) + " " + decl.name +
                    " takes " + std::to_string(names.size()) + " here")
            .label(decl.signature, "declared here");
        return false;
      }
      matched[names[position++]] = &argument;
      continue;
    }
    if (!llvm::is_contained(names, argument.name)) {
      auto &d = e.error(argument.range, "N0406",
                        "`" + decl.name + "` has no parameter `" + argument.name + "` here");
      d.label(decl.signature, "declared here");
      std::string meant = didYouMean(argument.name, names);
      if (!meant.empty())
        d.help("did you mean `" + meant + "`?");
      else if (!names.empty())
        d.help("it has " + llvm::join(names, ", "));
      return false;
    }
    if (!matched.try_emplace(argument.name, &argument).second) {
      e.error(argument.range, "N0406", "`" + argument.name + "` is given twice");
      return false;
    }
  }
  (void)range;
  return true;
}

Value Elaborator::bindStatics(const Template &what, const Arguments &arguments, Env &env,
                              SourceRange range) {
  std::map<std::string, const Argument *> matched;
  if (anyPoison(arguments) ||
      !match(*this, *what.decl, what.decl->statics, arguments, range, matched))
    return {};
  Template done = what;
  done.staticsDone = true;
  for (const auto &[name, argument] : matched)
    done.bound[name] = argument->value;
  for (const ast::Parameter &parameter : what.decl->statics)
    if (!done.bound.count(parameter.name.text) && !parameter.defaultValue) {
      error(range, "N0407", "`" + what.decl->name + "` needs `" + parameter.name.text + "`")
          .label(parameter.range, "it has no default");
      return {};
    }
  if (what.decl->kind == ast::Decl::Kind::Network) {
    auto instance = network(done, range);
    return instance ? Value(instance, range) : Value();
  }
  return Value(std::make_shared<const Template>(std::move(done)), range);
}

//===-- parameters ----------------------------------------------------------------------------===//

bool Elaborator::bindParameters(const Template &what, const Arguments &arguments, Env &env,
                                SourceRange range, Binding &binding) {
  std::map<std::string, const Argument *> matched;
  if (!match(*this, *what.decl, what.decl->params, arguments, range, matched))
    return false;
  binding.callee = &what;
  binding.scope = std::make_shared<Scope>(what.file);
  auto values = [&](const ast::Parameter &parameter) -> Value {
    auto bound = what.bound.find(parameter.name.text);
    if (bound != what.bound.end())
      return bound->second;
    auto it = matched.find(parameter.name.text);
    if (it != matched.end())
      return it->second->value;
    if (parameter.defaultValue) {
      // A default may speak of the parameters before it.
      Env inside{env.frame, binding.scope};
      bool axes = parameter.name.text == "over";
      return axes ? evaluateAxes(*parameter.defaultValue, inside)
                  : evaluate(*parameter.defaultValue, inside);
    }
    error(range, "N0407", "`" + what.decl->name + "` needs `" + parameter.name.text + "`")
        .label(parameter.range, "it has no default");
    return {};
  };
  for (const auto *list : {&what.decl->statics, &what.decl->params})
    for (const ast::Parameter &parameter : *list) {
      Value value = values(parameter);
      bool given = matched.count(parameter.name.text) || what.bound.count(parameter.name.text);
      SourceRange place = given && value.range.isValid() ? value.range : range;
      if (value.isPoison() || !bindOne(parameter, value, place, env, binding))
        return false;
    }
  return finishBinding(env, range, binding);
}

/// Whether a static parameter of this type may hold the value; the reason if not.
static std::string staticMisfit(llvm::StringRef type, const Value &value) {
  if (type == "dim" && !value.size() && !value.as<Axes>())
    return "a size";
  if (type == "string" && !value.text())
    return "a text or a name such as `same`";
  if (type == "params" && !value.bundle())
    return "the parameters of a network: `params(Net)`";
  if (type == "bool" && !value.truth() &&
      !(value.tensor() && value.tensor().getType() ==
                              tensorOf(mlir::IntegerType::get(value.tensor().getContext(), 1), {})))
    return "a truth value";
  return "";
}

static bool isFnValue(const Value &value) {
  return value.asTemplate() || value.instance() || value.as<Primitive>() ||
         value.as<LossFunction>();
}

bool Elaborator::bindOne(const ast::Parameter &parameter, Value value, SourceRange range, Env &env,
                         Binding &binding) {
  const std::string &name = parameter.name.text;
  auto wrong = [&](const std::string &wanted) {
    error(range, "N0408", "`" + name + "` is " + wanted + ", this is " + value.describe())
        .label(parameter.range, "declared here");
    return false;
  };
  if (parameter.type && parameter.type->kind == ast::Type::Kind::Fn) {
    if (!isFnValue(value))
      return wrong("a function or layer");
  } else if (parameter.type && parameter.type->kind == ast::Type::Kind::Tuple) {
    const Tuple *tuple = value.tuple();
    if (!tuple || tuple->elements.size() != parameter.type->elements.size())
      return wrong("a tuple of " + std::to_string(parameter.type->elements.size()));
    std::vector<Value> elements = tuple->elements;
    for (size_t i = 0; i < elements.size(); ++i) {
      const ast::Type &type = parameter.type->elements[i];
      if (type.kind != ast::Type::Kind::Name)
        continue;
      std::string wanted = type.name == "params" ? staticMisfit(type.name, elements[i]) : "";
      if (!wanted.empty())
        return wrong(wanted);
      if (type.name != "params" && !bindArray(parameter, type, elements[i], range, env, binding))
        return false;
    }
    value = Value::tuple(std::move(elements), value.range);
  } else if (parameter.type) {
    llvm::StringRef type = parameter.type->name;
    bool isStatic = type == "dim" || type == "string" || type == "params" ||
                    (type == "bool" && parameter.type->sizes.empty());
    std::string wanted = staticMisfit(type, value);
    if (!wanted.empty() && isStatic)
      return wrong(wanted);
    if (!isStatic && !value.as<Axes>() &&
        !bindArray(parameter, *parameter.type, value, range, env, binding))
      return false;
  } else if (value.as<Range>() || (value.list() && isArrayLike(value))) {
    mlir::Value tensor = toTensor(value, env);
    if (!tensor)
      return false;
    value = Value(tensor, value.range);
  }
  // What is static may stand in the types of later parameters.
  if (!value.tensor() && !value.tuple())
    binding.scope->define(name, value);
  binding.values.emplace_back(name, std::move(value));
  return true;
}

bool Elaborator::bindArray(const ast::Parameter &parameter, const ast::Type &type, Value &value,
                           SourceRange range, Env &env, Binding &binding) {
  Env patternEnv{env.frame, binding.scope};
  auto pattern = patternOf(type, patternEnv);
  if (!pattern)
    return false;
  const std::string &name = parameter.name.text;
  std::string by = name + ": ";
  if (auto *only = value.as<ArrayType>()) {
    if (auto misfit = binding.sizes.unify(*pattern, only->type, range, by + str(only->type))) {
      reportMisfit(*misfit, *pattern, value, name, range, type.range);
      return false;
    }
    binding.pending.push_back({binding.values.size(), &parameter, *pattern, range, false});
    return true;
  }
  if (!isArrayLike(value)) {
    error(range, "N0408", "`" + name + "` is " + pattern->str() + ", this is " + value.describe())
        .label(parameter.range, "declared here");
    return false;
  }
  bool realWanted = pattern->element ? isFloat(pattern->element) : pattern->variable == "float";
  bool isStaticScalar = value.as<Number>() || value.as<Size>() || value.as<Truth>();
  if (isStaticScalar && pattern->isScalar() &&
      !(realWanted && value.number() && takesGradientBy(parameter, *binding.callee))) {
    bool boolWanted = pattern->element && isBool(pattern->element);
    if (auto number = value.number(); number && realWanted)
      value = Value(Number{*number}, value.range);
    if (boolWanted == (value.as<Truth>() != nullptr) &&
        (realWanted || !value.as<Number>() || pattern->variable == "any"))
      return true;
    error(range, "N0408", "`" + name + "` is " + pattern->str() + ", this is " + value.describe())
        .label(parameter.range, "declared here");
    return false;
  }
  if (isStaticScalar) {
    binding.pending.push_back({binding.values.size(), &parameter, *pattern, range, true});
    return true;
  }
  bool weak = value.as<Tensor>() && value.as<Tensor>()->weak;
  // Literal lists take the element type that is wanted.
  mlir::Type wanted = pattern->element;
  if (auto known = binding.sizes.elements.find(pattern->variable);
      !wanted && known != binding.sizes.elements.end())
    wanted = known->second.value;
  else if (realWanted && !wanted)
    wanted = mlir::Float32Type::get(module.getContext());
  mlir::Value x = toTensor(value, env, value.list() ? wanted : mlir::Type());
  if (!x)
    return false;
  if (weak && pattern->element && !isBool(pattern->element) &&
      (isFloat(pattern->element) || !isFloat(elementOf(x.getType()))))
    x = emit(env, range).cast(x, pattern->element);
  else if (weak && pattern->variable == "float" && !isFloat(elementOf(x.getType())))
    x = emit(env, range).cast(x, emit(env, range).f32());
  auto tensorType = llvm::cast<mlir::RankedTensorType>(x.getType());
  auto origin = value.origin;
  auto callRecord = value.call;
  value = Value(Tensor{x, weak && pattern->isScalar()}, value.range);
  value.origin = origin;
  value.call = callRecord;
  // A scalar is accepted where an array of any shape is asked for.
  if (tensorType.getRank() == 0 && !pattern->isScalar()) {
    binding.pending.push_back({binding.values.size(), &parameter, *pattern, range, true});
    return true;
  }
  if (auto misfit = binding.sizes.unify(*pattern, tensorType, range, by + str(tensorType))) {
    reportMisfit(*misfit, *pattern, value, name, range, type.range);
    return false;
  }
  binding.pending.push_back({binding.values.size(), &parameter, *pattern, range, false});
  return true;
}

bool Elaborator::finishBinding(Env &env, SourceRange range, Binding &binding) {
  mlir::Type f32 = mlir::Float32Type::get(module.getContext());
  for (const Binding::Pending &pending : binding.pending) {
    Value &value = binding.values[pending.value].second;
    const std::string &name = binding.values[pending.value].first;
    if (pending.spread) {
      for (const AxisPattern &axis : pending.pattern.axes)
        if (!axis.pack.empty())
          binding.sizes.packs.try_emplace(axis.pack, Solved<Shape>{{}, pending.range, name});
      auto type = binding.sizes.resolve(pending.pattern, f32);
      if (!type) {
        error(pending.range, "N0408",
              "`" + name + "` is " + pending.pattern.str() + ", this is " + value.describe())
            .label(pending.parameter->range, "declared here");
        return false;
      }
      mlir::Value spread = toTensorOf(value, *type, env, pending.range);
      if (!spread)
        return false;
      value = Value(spread, value.range);
      continue;
    }
    if (value.tuple())
      continue;
    mlir::Value x = value.tensor();
    auto type = x ? llvm::cast<mlir::RankedTensorType>(x.getType()) : value.as<ArrayType>()->type;
    if (auto misfit = binding.sizes.check(pending.pattern, type)) {
      reportMisfit(*misfit, pending.pattern, value, name, pending.range, pending.pattern.range);
      return false;
    }
  }
  (void)range;
  return true;
}

void Elaborator::reportMisfit(const Misfit &misfit, const TypePattern &pattern, const Value &value,
                              const std::string &name, SourceRange range, SourceRange declared) {
  std::string head =
      (name.empty() ? pattern.str() + " is declared" : "`" + name + "` is " + pattern.str()) +
      ", this is " + value.describe();
  const char *id = "N0204";
  switch (misfit.kind) {
  case Misfit::Kind::Rank:
    head += ": it has " + misfit.expected + " axes, this " + misfit.actual;
    id = "N0202";
    break;
  case Misfit::Kind::Axis:
  case Misfit::Kind::Expression:
  case Misfit::Kind::Pack:
    head += ": " + (misfit.name == misfit.expected ? "a size is " : misfit.name + " is ") +
            misfit.expected + ", this has " + misfit.actual;
    break;
  case Misfit::Kind::Element:
    head += ": its elements are " + misfit.expected + ", these " + misfit.actual;
    id = "N0301";
    break;
  }
  auto &d = error(range, id, head);
  d.label(declared, "declared here");
  if (misfit.fixedRange.isValid())
    d.label(misfit.fixedRange,
            misfit.name + " = " + misfit.expected + " comes from " + misfit.fixedBy);
  note(d, value, "this is " + value.describe());
  if (misfit.kind == Misfit::Kind::Element)
    d.help("convert it: `" +
           (misfit.expected == "float" ? std::string("f32")
            : misfit.expected == "int" ? "i32"
                                       : misfit.expected) +
           "(..)`");
  else if (misfit.kind == Misfit::Kind::Rank)
    d.help("`x[:, new]` inserts an axis, `reshape` and `flatten` join axes");
}
