//===- LayerLists.cpp - copies, chain, params -----------------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/Elaborator.h"

using namespace net;

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
    error(range, "N0402",
          "`x |> chain(n, layer)` applies n layers, `x |> chain(list)` those of a list");
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
    error(range, "N0402",
          "`x |> chain(list)` applies the layers of a list, this is " + list.describe());
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
  SourceRange place = range;
  auto add = [&](const Value &network, Env &here) -> Value {
    for (const Slot &slot : slotsBelow(network, here, place)) {
      std::string path = here.frame.fullPath(slot, "");
      if (slot.kind == Slot::Kind::Param && seen.insert(path).second)
        bundle->parts.emplace_back(path, here.frame.read(slot));
    }
    return {};
  };
  for (const net::Argument &argument : arguments) {
    place = argument.range;
    if (argument.value.with)
      atParameters(argument.value, env, add);
    else
      add(argument.value, env);
  }
  return Value(std::shared_ptr<const Bundle>(bundle), range);
}
