//===- Sizes.cpp - solving the size variables of signatures ---------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/Sizes.h"
#include "frontend/Emit.h"
#include "ir/Types.h"

using namespace net;

bool net::admits(const std::string &variable, mlir::Type element) {
  if (variable == "float")
    return isFloat(element);
  if (variable == "int")
    return isInteger(element);
  return true;
}

std::string TypePattern::str() const {
  std::string text = variable.empty() ? elementName(element) : variable;
  if (axes.empty())
    return text;
  text += "[";
  for (const AxisPattern &axis : axes)
    text += (&axis == &axes.front() ? "" : ", ") + axis.text;
  return text + "]";
}

/// The variable that stands bare, without its mark.
static std::optional<std::string> bareVariable(const SizeExpr &size) {
  auto symbol = size.bareSymbol();
  if (!symbol || symbol->empty() || (*symbol)[0] != patternMark)
    return std::nullopt;
  return symbol->substr(1);
}

SizeExpr Sizes::substitute(const SizeExpr &size) const {
  return size.substitute([&](const std::string &symbol) -> std::optional<SizeExpr> {
    if (symbol.empty() || symbol[0] != patternMark)
      return std::nullopt;
    auto it = sizes.find(symbol.substr(1));
    return it == sizes.end() ? std::nullopt : std::optional<SizeExpr>(it->second.value);
  });
}

bool Sizes::isSolved(const SizeExpr &size) const {
  std::set<std::string> names;
  substitute(size).collectSymbols(names);
  for (const std::string &name : names)
    if (!name.empty() && name[0] == patternMark)
      return false;
  return true;
}

std::optional<Misfit> Sizes::unifyElement(const TypePattern &pattern, mlir::Type element,
                                          SourceRange range, const std::string &by) {
  std::string actual = elementName(element);
  if (pattern.variable.empty()) {
    if (pattern.element == element)
      return std::nullopt;
    return Misfit{Misfit::Kind::Element, "", elementName(pattern.element), actual, {}, ""};
  }
  if (!admits(pattern.variable, element))
    return Misfit{Misfit::Kind::Element, "", pattern.variable, actual, {}, ""};
  auto [it, isNew] = elements.try_emplace(pattern.variable, Solved<mlir::Type>{element, range, by});
  if (isNew || it->second.value == element)
    return std::nullopt;
  return Misfit{Misfit::Kind::Element, pattern.variable, elementName(it->second.value), actual,
                it->second.range,      it->second.by};
}

std::optional<Misfit> Sizes::unifyAxis(const AxisPattern &axis, const SizeExpr &actual,
                                       SourceRange range, const std::string &by) {
  auto name = bareVariable(axis.size);
  if (!name)
    return std::nullopt; // an expression: see check
  auto [it, isNew] = sizes.try_emplace(*name, Solved<SizeExpr>{actual, range, by});
  if (isNew || it->second.value == actual)
    return std::nullopt;
  return Misfit{Misfit::Kind::Axis, *name,        it->second.value.str(), actual.str(),
                it->second.range,   it->second.by};
}

std::optional<Misfit> Sizes::unify(const TypePattern &pattern, mlir::RankedTensorType actual,
                                   SourceRange range, const std::string &by) {
  if (auto misfit = unifyElement(pattern, actual.getElementType(), range, by))
    return misfit;
  Shape shape = shapeOf(actual);
  size_t packed = 0;
  for (const AxisPattern &axis : pattern.axes)
    packed += !axis.pack.empty();
  size_t fixed = pattern.axes.size() - packed;
  if (packed ? shape.size() < fixed : shape.size() != fixed)
    return Misfit{
        Misfit::Kind::Rank,           "", std::to_string(fixed) + (packed ? " or more" : ""),
        std::to_string(shape.size()), {}, ""};
  size_t at = 0;
  for (const AxisPattern &axis : pattern.axes) {
    if (axis.pack.empty()) {
      if (auto misfit = unifyAxis(axis, shape[at], range, by))
        return misfit;
      ++at;
      continue;
    }
    size_t length = shape.size() - fixed;
    Shape sizes(shape.begin() + at, shape.begin() + at + length);
    at += length;
    auto [it, isNew] = packs.try_emplace(axis.pack, Solved<Shape>{sizes, range, by});
    if (!isNew && it->second.value != sizes)
      return Misfit{Misfit::Kind::Pack, axis.pack + "..", net::str(it->second.value),
                    net::str(sizes),    it->second.range, it->second.by};
  }
  return std::nullopt;
}

std::optional<Misfit> Sizes::check(const TypePattern &pattern,
                                   mlir::RankedTensorType actual) const {
  Shape shape = shapeOf(actual);
  size_t at = 0;
  for (const AxisPattern &axis : pattern.axes) {
    if (!axis.pack.empty()) {
      at += packs.at(axis.pack).value.size();
      continue;
    }
    SizeExpr expected = substitute(axis.size), size = shape[at++];
    if (!isSolved(axis.size) || expected == size)
      continue;
    return Misfit{Misfit::Kind::Expression, axis.text, expected.str(), size.str(), {}, ""};
  }
  return std::nullopt;
}

std::optional<mlir::RankedTensorType>
Sizes::resolve(const TypePattern &pattern, mlir::Type defaultFloat, std::string *open) const {
  mlir::Type element = pattern.element;
  if (!element) {
    auto it = elements.find(pattern.variable);
    element = it != elements.end()        ? it->second.value
              : pattern.variable == "int" ? mlir::IntegerType::get(defaultFloat.getContext(), 32)
                                          : defaultFloat;
  }
  Shape shape;
  for (const AxisPattern &axis : pattern.axes) {
    if (!axis.pack.empty()) {
      auto it = packs.find(axis.pack);
      if (it == packs.end()) {
        if (open)
          *open = axis.pack + "..";
        return std::nullopt;
      }
      shape.insert(shape.end(), it->second.value.begin(), it->second.value.end());
      continue;
    }
    if (!isSolved(axis.size)) {
      if (open)
        *open = axis.text;
      return std::nullopt;
    }
    shape.push_back(substitute(axis.size));
  }
  return tensorOf(element, shape);
}
