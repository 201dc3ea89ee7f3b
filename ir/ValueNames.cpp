//===- ValueNames.cpp - what programs call values --------------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "ir/ValueNames.h"
#include "mlir/IR/Value.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace net;

Location net::withoutName(Location loc) {
  auto named = dyn_cast<NameLoc>(loc);
  return named ? named.getChildLoc() : loc;
}

/// Of an operation, a name a result, separated by commas; some may be empty.
static SmallVector<StringRef> namesAt(Location loc) {
  SmallVector<StringRef> names;
  if (auto named = dyn_cast<NameLoc>(loc))
    named.getName().getValue().split(names, ',');
  return names;
}

static Location named(Location loc, const std::string &names) {
  return NameLoc::get(StringAttr::get(loc.getContext(), names), withoutName(loc));
}

void net::setName(Value value, StringRef name) {
  if (name.empty() || !nameOf(value).empty())
    return;
  if (auto argument = dyn_cast<BlockArgument>(value)) {
    argument.setLoc(named(argument.getLoc(), name.str()));
    return;
  }
  auto result = cast<OpResult>(value);
  SmallVector<StringRef> names = namesAt(value.getLoc());
  names.resize(result.getOwner()->getNumResults());
  names[result.getResultNumber()] = name;
  result.getOwner()->setLoc(named(value.getLoc(), llvm::join(names, ",")));
}

std::string net::nameOf(Value value) {
  auto result = dyn_cast<OpResult>(value);
  size_t number = result ? result.getResultNumber() : 0;
  SmallVector<StringRef> names = namesAt(value.getLoc());
  return number < names.size() ? names[number].str() : "";
}

std::string net::subscripted(StringRef path) {
  auto [rest, last] = path.rsplit('.');
  bool isWhole = last.empty() || last.contains(')'); // the point is one of `Net(0.5)`
  std::string name = isWhole ? path.str() : (last + "_" + rest).str();
  for (char &letter : name)
    if (!llvm::isAlnum(letter) && letter != '\'' && static_cast<unsigned char>(letter) < 128)
      letter = '_';
  while (name.size() > 1 && name.back() == '_') // of `Mlp(8)`
    name.pop_back();
  return name;
}

std::string net::ofInstance(const std::string &name, StringRef path) {
  bool plain = !name.empty() && !path.empty() && !StringRef(name).contains('_');
  return plain ? name + "_" + subscripted(path) : name;
}

static Location ruled(Location loc, const Twine &rule) {
  return FusedLoc::get(loc.getContext(), withoutName(loc), StringAttr::get(loc.getContext(), rule));
}

Location net::derivedFrom(Operation *op) {
  return ruled(op->getLoc(), "derivative of " + op->getName().stripDialect());
}

Location net::sumOfCotangents(Value value) { return ruled(value.getLoc(), "sum of cotangents"); }

StringRef net::ruleOf(Location loc) {
  auto fused = dyn_cast<FusedLoc>(withoutName(loc));
  auto name = fused ? dyn_cast_or_null<StringAttr>(fused.getMetadata()) : StringAttr();
  return name ? name.getValue() : StringRef();
}
