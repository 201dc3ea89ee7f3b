//===- SpellNames.cpp - names of printed functions and values -------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/Builtins.h"
#include "frontend/Spelling.h"
#include "ir/OwnDerivative.h"
#include "ir/ValueNames.h"
#include "llvm/ADT/StringExtras.h"

#include <set>

using namespace net;
using namespace mlir;

std::string net::unusedName(const std::string &base,
                            llvm::function_ref<bool(const std::string &)> take) {
  size_t primes = base.find_last_not_of('\'') + 1; // which end a name
  std::string name = base;
  for (int i = 2; !take(name); ++i)
    name = base.substr(0, primes) + "_" + std::to_string(i) + base.substr(primes);
  return name;
}

std::string net::wrapped(const std::string &before, llvm::ArrayRef<std::string> items,
                         const std::string &after) {
  constexpr size_t margin = 100;
  std::string text = before;
  size_t column = before.size();
  for (const std::string &item : items) {
    bool first = &item == items.begin();
    if (!first && column + item.size() > margin) {
      text += ",\n" + std::string(before.size(), ' ');
      column = before.size();
    } else if (!first) {
      text += ", ";
      column += 2;
    }
    text += item;
    column += item.size();
  }
  return text + after;
}

std::string net::identifier(StringRef name) {
  std::string text = subscripted(name);
  // Primes end a name.
  auto primes = llvm::count(text, '\'');
  llvm::erase(text, '\'');
  text.append(primes, '\'');
  return text.empty() || llvm::isDigit(text[0]) ? "v" + text : text;
}

bool net::isWord(const std::string &name) {
  static const std::set<std::string> keywords = {
      "let",       "param",       "state",   "set",   "return",   "next",  "emit",       "minimize",
      "maximize",  "update",      "over",    "using", "report",   "show",  "each",       "stop",
      "when",      "scan",        "with",    "as",    "on",       "in",    "grad",       "wrt",
      "jvp",       "along",       "and",     "or",    "not",      "new",   "use",        "layer",
      "fn",        "data",        "task",    "train", "true",     "false", "training",   "step",
      "pi",        "inf",         "epoch",   "from",  "given",    "of",    "derivative", "network",
      "optimizer", "initializer", "reverse", "rows",  "surrogate"};
  return keywords.count(name) || primitives().count(name) || elementNamed(name, nullptr);
}

const std::string &FunctionPrinter::nameOf(func::FuncOp function) {
  std::string &name = names[function];
  if (!name.empty())
    return name;
  // `dense.2.forward` is the second derivative's function of `dense`: `dense_forward_2`.
  StringRef symbol = function.getName();
  SmallVector<StringRef> parts;
  symbol.split(parts, '.');
  std::string base;
  for (StringRef part : parts)
    if (unsigned number; part.getAsInteger(10, number))
      base += (base.empty() ? "" : "_") + part.str();
  if (parts.size() == 1 || llvm::all_of(ArrayRef(parts).drop_front(), [](StringRef part) {
        unsigned number;
        return !part.getAsInteger(10, number);
      }))
    base += "_forward";
  name = unused(base);
  return name;
}

std::string FunctionPrinter::unused(const std::string &base) {
  for (;;) {
    int count = ++counts[base];
    std::string name = count == 1 ? base : base + "_" + std::to_string(count);
    if (!isTaken(name))
      return name;
  }
}

/// A derivative that the program gives is a function as well, which the declaration calls.
std::string FunctionPrinter::ownDerivative(func::FuncOp function, func::FuncOp derivative) {
  std::set<std::string> taken{nameOf(derivative)};
  std::vector<std::string> arguments, given;
  for (BlockArgument argument : derivative.getArguments()) {
    bool data = argument.getArgNumber() < function.getNumArguments();
    std::string name = net::nameOf(argument);
    name = unusedName(name.empty() ? data ? "x" : "dy" : name,
                      [&](const std::string &one) { return taken.insert(one).second; });
    (data ? arguments : given).push_back(name);
  }
  std::string values = llvm::join(arguments, ", "), cotangents = llvm::join(given, ", ");
  if (given.size() != 1)
    cotangents = "(" + cotangents + ")";
  arguments.insert(arguments.end(), given.begin(), given.end());
  return (function->hasAttr(surrogateAttribute) ? "\nsurrogate derivative " : "\nderivative ") +
         nameOf(function) + "(" + values + ") given " + cotangents + " {\n  return " +
         nameOf(derivative) + "(" + llvm::join(arguments, ", ") + ")\n}\n";
}
