//===- Bundles.cpp - the parameters of networks as one value --------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What works by element works on each array of a bundle; `sum`, `dot` and `norm` take all of them
// as if they were one array, which is what `flatten` makes.
//
//===----------------------------------------------------------------------===//
#include "frontend/Builtins.h"

using namespace net;

Value Elaborator::mapBundle(const Bundle &bundle, Env &env, SourceRange range,
                            const OnePart &part) {
  auto result = std::make_shared<Bundle>();
  size_t before = diagnostics.all().size();
  for (const auto &[path, tensor] : bundle.parts) {
    mlir::Value mapped = toTensor(part(Value(tensor, range)), env);
    if (!mapped) {
      auto said = diagnostics.takeSince(before);
      for (Diagnostic &d : said)
        d.note("so it is with each array of the parameters, first `" + path +
               "`: " + str(tensor.getType()));
      diagnostics.add(std::move(said));
      return {};
    }
    result->parts.emplace_back(path, mapped);
  }
  return Value(std::shared_ptr<const Bundle>(result), range);
}

Value Elaborator::overBundle(const Value &a, const Value &b, Env &env, SourceRange range,
                             const TwoParts &part) {
  const Bundle *x = a.bundle(), *y = b.bundle();
  auto samePath = [](const auto &p, const auto &q) { return p.first == q.first; };
  if (x && y &&
      (x->parts.size() != y->parts.size() ||
       !std::equal(x->parts.begin(), x->parts.end(), y->parts.begin(), samePath))) {
    error(range, "N0520", "these are the parameters of different networks")
        .note(bundleMisfit(*x, b));
    return {};
  }
  size_t i = 0;
  const Bundle &both = x ? *x : *y;
  return mapBundle(both, env, range, [&](const Value &one) {
    const Value first = x ? one : a;
    const Value second = !y ? b : x ? Value(y->parts[i].second, range) : one;
    ++i;
    return part(first, second);
  });
}

std::string net::bundleMisfit(const Bundle &wanted, const Value &value) {
  const Bundle *bundle = value.bundle();
  if (!bundle)
    return "this is " + value.describe();
  if (bundle->parts.size() != wanted.parts.size())
    return "this is " + value.describe() + ", not " + std::to_string(wanted.parts.size()) +
           " arrays";
  for (const auto &[part, other] : llvm::zip(wanted.parts, bundle->parts)) {
    if (part.first != other.first)
      return "this has `" + other.first + "` where `" + part.first + "` is wanted";
    if (part.second.getType() != other.second.getType())
      return "`" + part.first + "` is " + str(other.second.getType()) + " here, not " +
             str(part.second.getType());
  }
  return "";
}

//===-- operations on bundles -----------------------------------------------------------------===//

/// The element type that all arrays have; null after a diagnostic.
static mlir::Type elementOfAll(CallSite &c, const Bundle &bundle) {
  if (bundle.parts.empty()) {
    c.error("N0520", "there are no parameters here");
    return {};
  }
  mlir::Type element = elementOf(bundle.parts[0].second.getType());
  for (const auto &[path, tensor] : bundle.parts)
    if (elementOf(tensor.getType()) != element) {
      c.error("N0301", "one array has one element type: `" + bundle.parts[0].first + "` is " +
                           elementName(element) + ", `" + path + "` is " +
                           elementName(elementOf(tensor.getType())));
      return {};
    }
  return element;
}

/// All arrays behind each other: f32[P].
static Value flattenBundle(CallSite &c, const Bundle &bundle) {
  if (!c.accepts(1, 1) || !elementOfAll(c, bundle))
    return {};
  Emit e = c.emit();
  llvm::SmallVector<mlir::Value> parts;
  for (const auto &[path, tensor] : bundle.parts)
    parts.push_back(e.reshape(tensor, {product(shapeOf(tensor.getType()))}));
  return c.done(parts.size() == 1 ? parts[0] : e.concat(parts, 0));
}

/// arrays(p): those of p in their order, a tuple; one is no tuple.
static Value arrays(CallSite &c) {
  const Bundle *bundle = c.accepts(1, 1) ? c.at(0).bundle() : nullptr;
  if (!bundle) {
    if (c.count() == 1)
      c.error("N0520", "takes the parameters of a network, not " + c.at(0).describe())
          .help("`arrays(params(Net))`");
    return {};
  }
  std::vector<Value> parts;
  for (const auto &[path, tensor] : bundle->parts)
    parts.push_back(Value(tensor, c.range));
  return parts.size() == 1 ? parts[0] : Value::tuple(std::move(parts), c.range);
}

/// Arrays as the parameters that have these paths and types; poison after a diagnostic.
static Value asParameters(CallSite &c, const std::vector<Value> &arrays, const Bundle &like) {
  auto result = std::make_shared<Bundle>();
  if (arrays.size() != like.parts.size()) {
    c.error("N0520", "these parameters are " + std::to_string(like.parts.size()) +
                         " arrays, this is a tuple of " + std::to_string(arrays.size()));
    return {};
  }
  for (const auto &[given, part] : llvm::zip(arrays, like.parts)) {
    auto type = llvm::cast<mlir::RankedTensorType>(part.second.getType());
    mlir::Value x = c.elaborator.isArrayLike(given)
                        ? c.elaborator.toTensor(given, c.env, type.getElementType())
                        : mlir::Value();
    if (!x || x.getType() != type) {
      auto &d = c.error("N0520",
                        "`" + part.first + "` is " + str(type) + ", this is " + given.describe());
      c.elaborator.note(d, given, "this is " + given.describe());
      return {};
    }
    result->parts.emplace_back(part.first, x);
  }
  return Value(std::shared_ptr<const Bundle>(result), c.range);
}

/// unflatten(v, p): the arrays of p from one array of all their elements, or from each.
static Value unflatten(CallSite &c) {
  if (!c.accepts(2, 2))
    return {};
  const Bundle *bundle = c.at(1).bundle();
  if (!bundle) {
    c.error("N0520",
            "takes an array and the parameters whose shapes it gets, not " + c.at(1).describe())
        .help("`unflatten(v, params(Net))`");
    return {};
  }
  if (auto *tuple = c.at(0).tuple())
    return asParameters(c, tuple->elements, *bundle);
  if (mlir::Value x = c.at(0).tensor();
      x && bundle->parts.size() == 1 && x.getType() == bundle->parts[0].second.getType())
    return asParameters(c, {c.at(0)}, *bundle);
  mlir::Type element = elementOfAll(c, *bundle);
  mlir::Value x = element ? c.array(0, element) : mlir::Value();
  if (!x)
    return {};
  SizeExpr all(0);
  for (const auto &[path, tensor] : bundle->parts)
    all = all + product(shapeOf(tensor.getType()));
  if (x.getType() != tensorOf(element, {all})) {
    auto &d = c.error("N0205", "these parameters are " + str(tensorOf(element, {all})) +
                                   " in all, this is " + c.at(0).describe());
    c.elaborator.note(d, c.at(0), "this is " + c.at(0).describe());
    return {};
  }
  Emit e = c.emit();
  auto result = std::make_shared<Bundle>();
  SizeExpr low(0);
  for (const auto &[path, tensor] : bundle->parts) {
    Shape shape = shapeOf(tensor.getType());
    mlir::Value part = e.slice(x, {low}, {product(shape)}, {1});
    result->parts.emplace_back(path, e.reshape(part, shape));
    low = low + product(shape);
  }
  return Value(std::shared_ptr<const Bundle>(result), c.range);
}

/// Arguments of which some are bundles, one array of these after the other.
static Value onEachArray(CallSite &c) {
  const Bundle *first = nullptr;
  for (const Argument &argument : c.arguments) {
    const Bundle *bundle = argument.value.bundle();
    if (!argument.name.empty()) {
      c.error("N0520", "`" + argument.name + "` has no meaning for the parameters of a network")
          .help("`sum`, `dot` and `norm` take all elements of all arrays");
      return {};
    }
    if (!bundle)
      continue;
    first = first ? first : bundle;
    bool same = bundle->parts.size() == first->parts.size();
    for (size_t i = 0; same && i < first->parts.size(); ++i)
      same = bundle->parts[i].first == first->parts[i].first;
    if (!same) {
      c.error("N0520", "these are the parameters of different networks")
          .note(bundleMisfit(*first, argument.value));
      return {};
    }
  }
  auto result = std::make_shared<Bundle>();
  for (size_t i = 0; i < first->parts.size(); ++i) {
    Arguments arguments = c.arguments;
    for (Argument &argument : arguments)
      if (const Bundle *bundle = argument.value.bundle())
        argument.value = Value(bundle->parts[i].second, argument.range);
    Value part = c.elaborator.callPrimitive(c.name, std::move(arguments), c.env, c.range);
    mlir::Value tensor = part.isPoison() ? mlir::Value() : c.elaborator.toTensor(part, c.env);
    if (!tensor)
      return {};
    result->parts.emplace_back(first->parts[i].first, tensor);
  }
  return Value(std::shared_ptr<const Bundle>(result), c.range);
}

std::optional<Value> net::callOnBundles(CallSite &c) {
  bool any = llvm::any_of(c.arguments, [](const Argument &a) { return a.value.bundle(); });
  if (!any)
    return std::nullopt;
  static const Primitives elementwise = [] {
    Primitives table;
    addElementwise(table);
    return table;
  }();
  if (c.name == "flatten" && c.count() && c.at(0).bundle())
    return flattenBundle(c, *c.at(0).bundle());
  // One array has a maximum; parameters together have none.
  bool reduces = (c.name == "max" || c.name == "min") && c.count() != 2;
  if (elementwise.count(c.name) && !reduces)
    return onEachArray(c);
  return std::nullopt;
}

void net::addBundles(Primitives &table) {
  table["arrays"] = arrays;
  table["unflatten"] = unflatten;
}
