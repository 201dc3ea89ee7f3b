//===- Builtins.cpp - arguments of primitive operations -------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/Builtins.h"
#include "llvm/ADT/StringExtras.h"

using namespace net;

const Primitives &net::primitives() {
  static const Primitives table = [] {
    Primitives t;
    addElementwise(t);
    addReductions(t);
    addShapes(t);
    addIndexing(t);
    addProducts(t);
    addMakers(t);
    addRandom(t);
    addDerived(t);
    addRows(t);
    addResize(t);
    addRoll(t);
    addBundles(t);
    return t;
  }();
  return table;
}

CallSite::CallSite(Elaborator &elaborator, Env &env, std::string name, Arguments args,
                   SourceRange range)
    : elaborator(elaborator), env(env), name(std::move(name)), arguments(std::move(args)),
      range(range) {
  for (const net::Argument &argument : arguments)
    if (argument.name.empty())
      positional.push_back(&argument);
}

bool CallSite::accepts(size_t least, size_t most, std::initializer_list<const char *> names) {
  if (positional.size() < least || positional.size() > most) {
    std::string wanted = least == most  ? std::to_string(least)
                         : most >= 1000 ? "at least " + std::to_string(least)
                                        : std::to_string(least) + " to " + std::to_string(most);
    error("N0405", "takes " + wanted + (wanted == "1" ? " argument" : " arguments") +
                       " by position, not " + std::to_string(positional.size()));
    return false;
  }
  for (const net::Argument &argument : arguments) {
    if (argument.name.empty() ||
        llvm::any_of(names, [&](const char *n) { return argument.name == n; }))
      continue;
    auto &d = elaborator.error(argument.range, "N0406",
                               name + ": there is no parameter `" + argument.name + "`");
    std::string meant = didYouMean(argument.name, {names.begin(), names.end()});
    if (!meant.empty())
      d.help("did you mean `" + meant + "`?");
    else if (names.size())
      d.help("it has " + llvm::join(std::vector<std::string>(names.begin(), names.end()), ", "));
    return false;
  }
  return true;
}

const Value *CallSite::named(llvm::StringRef wanted) const {
  for (const net::Argument &argument : arguments)
    if (argument.name == wanted)
      return &argument.value;
  return nullptr;
}

const Value *CallSite::get(size_t i, llvm::StringRef wanted) const {
  return i < positional.size() ? &positional[i]->value : named(wanted);
}

bool CallSite::weak(size_t i) const {
  const Value &v = at(i);
  return v.as<Tensor>() ? v.as<Tensor>()->weak : !v.as<Range>() && !v.as<Truth>();
}

mlir::Value CallSite::array(size_t i, mlir::Type element) { return array(at(i), element); }

mlir::Value CallSite::array(const Value &v, mlir::Type element) {
  if (v.isPoison())
    return {};
  if (!elaborator.isArrayLike(v)) {
    auto &d = error("N0305", "takes numbers or arrays, this is " + v.describe());
    elaborator.note(d, v, "this is " + v.describe());
    return {};
  }
  return elaborator.toTensor(v, env, element);
}

mlir::Value CallSite::real(size_t i) {
  const Value &v = at(i);
  mlir::Type f32 = emit().f32();
  mlir::Value x = array(v, v.tensor() || v.as<Range>() ? mlir::Type() : f32);
  if (!x || isFloat(elementOf(x.getType())))
    return x;
  if (weak(i) && isInteger(elementOf(x.getType())))
    return emit().cast(x, f32);
  auto &d = error("N0302", "takes real numbers, this is " + v.describe());
  elaborator.note(d, v, "this is " + v.describe());
  d.help("convert it: `f32(..)`");
  return {};
}

mlir::RankedTensorType CallSite::type(size_t i) {
  const Value &v = at(i);
  if (auto *type = v.as<ArrayType>())
    return type->type;
  if (auto *element = v.as<ElementType>())
    return tensorOf(element->type, {});
  if (v.isPoison())
    return {};
  error("N0307", "takes a type such as `f32[3, 4]` here, this is " + v.describe());
  return {};
}

std::optional<int64_t> CallSite::whole(const Value *v, llvm::StringRef what, int64_t otherwise) {
  if (!v)
    return otherwise;
  if (auto n = v->wholeNumber())
    return n;
  if (!v->isPoison())
    error("N0307",
          what.str() + " is a whole number known at compile time, this is " + v->describe());
  return std::nullopt;
}

std::optional<bool> CallSite::flag(llvm::StringRef what, bool otherwise) {
  const Value *v = named(what);
  if (!v)
    return otherwise;
  if (auto truth = v->truth())
    return truth;
  if (!v->isPoison())
    error("N0307", what.str() + " is true or false at compile time, this is " + v->describe());
  return std::nullopt;
}

std::optional<llvm::SmallVector<int64_t>> CallSite::wholes(const Value *v, llvm::StringRef what,
                                                           size_t length, int64_t otherwise) {
  llvm::SmallVector<int64_t> result(length, otherwise);
  if (!v || v->isPoison())
    return v ? std::nullopt : std::optional(result);
  const Tuple *tuple = v->tuple();
  if (!tuple) {
    auto n = whole(v, what, otherwise);
    if (!n)
      return std::nullopt;
    result.assign(length, *n);
    return result;
  }
  if (tuple->elements.size() != length) {
    error("N0307", what.str() + " has " + std::to_string(length) + " numbers here, these are " +
                       std::to_string(tuple->elements.size()));
    return std::nullopt;
  }
  for (size_t i = 0; i < length; ++i) {
    auto n = whole(&tuple->elements[i], what, otherwise);
    if (!n)
      return std::nullopt;
    result[i] = *n;
  }
  return result;
}

std::optional<llvm::SmallVector<int64_t>> CallSite::over(mlir::Value x) {
  int64_t rank = llvm::cast<mlir::RankedTensorType>(x.getType()).getRank();
  if (const Value *v = named("over"))
    return elaborator.resolveAxes(*v, rank, x, range);
  llvm::SmallVector<int64_t> all;
  for (int64_t i = 0; i < rank; ++i)
    all.push_back(i);
  return all;
}

std::optional<llvm::SmallVector<int64_t>> CallSite::overInOrder(mlir::Value x) {
  auto sorted = over(x);
  const Axes *axes = named("over") ? named("over")->as<Axes>() : nullptr;
  if (!sorted || !axes)
    return sorted;
  llvm::SmallVector<int64_t> inOrder;
  for (const Axes::Entry &entry : axes->entries) {
    Value one(Axes{{entry}}, named("over")->range);
    auto its = elaborator.resolveAxes(
        one, llvm::cast<mlir::RankedTensorType>(x.getType()).getRank(), x, range);
    if (!its)
      return std::nullopt;
    inOrder.append(*its);
  }
  return inOrder;
}

std::optional<int64_t> CallSite::axis(int64_t rank, mlir::Value x, int64_t otherwise) {
  const Value *v = named("over");
  if (!v) {
    if (otherwise >= 0 && otherwise < rank)
      return otherwise;
    error("N0212", "a scalar has no axes");
    return std::nullopt;
  }
  auto axes = elaborator.resolveAxes(*v, rank, x, range);
  if (!axes)
    return std::nullopt;
  if (axes->size() == 1)
    return axes->front();
  error("N0212", "takes one axis, these are " + std::to_string(axes->size()));
  return std::nullopt;
}

mlir::Value CallSite::keyAt(const Value *v) {
  mlir::Value key = array(*v, emit().i64());
  if (!key || key.getType() == tensorOf(emit().i64(), {}))
    return key;
  error("N0301", "a key is an i64, this is " + v->describe());
  return {};
}

mlir::Value CallSite::key() {
  if (const Value *given = named("key"))
    return keyAt(given);
  Emit e = emit();
  return FoldKeyOp::create(e.builder, e.loc, tensorOf(e.i64(), {}), elaborator.keyHere(env, range),
                           env.frame.numbered(name))
      .getResult();
}
