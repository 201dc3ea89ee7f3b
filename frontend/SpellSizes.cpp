//===- SpellSizes.cpp - sizes of a function, so that its text can name them ===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A function that passes made is of one call, and its sizes are the caller's: `x: f32[B - 2]` fixes
// no B, `T floordiv 2` is written in types alone, and of a size that no argument has the text says
// nothing. Here each gets a name, from an argument's axis, in a first line, or as an argument.
//
//===----------------------------------------------------------------------===//
#include "frontend/Spelling.h"
#include "ir/NetDialect.h"
#include "ir/OperationSizes.h"
#include "mlir/IR/AttrTypeSubElements.h"

using namespace net;
using namespace mlir;

/// What a name stands for without its divisor, if it is nothing but a quotient by a number.
static std::optional<std::pair<SizeExpr, int64_t>> quotientByNumber(const SizeExpr &size) {
  if (size.getTerms().size() != 1)
    return std::nullopt;
  const auto &[monomial, coefficient] = *size.getTerms().begin();
  if (coefficient != 1 || monomial.size() != 1 || !monomial[0].quotient)
    return std::nullopt;
  const auto &[over, under] = *monomial[0].quotient;
  auto number = under.constant();
  return number ? std::optional(std::pair(over, *number)) : std::nullopt;
}

/// A name that is replaced by a quotient is one without a rest: twice `C floordiv 2` is C.
static SizeExpr replaced(const SizeExpr &size, const SizeReplacements &by) {
  SizeExpr sum;
  for (auto [monomial, coefficient] : size.getTerms()) {
    SizeExpr term(1);
    for (const SizeExpr::Atom &atom : monomial) {
      if (auto it = by.find(atom.text); it != by.end()) {
        auto exact = quotientByNumber(it->second);
        bool cancels = exact && coefficient % exact->second == 0;
        term = term * (cancels ? exact->first : it->second);
        coefficient /= cancels ? exact->second : 1;
      } else if (atom.quotient)
        term =
            term * replaced(atom.quotient->first, by).floorDiv(replaced(atom.quotient->second, by));
      else
        term = term * SizeExpr::symbol(atom.text);
    }
    sum = sum + term * coefficient;
  }
  return sum;
}

namespace {
class SizeNamer {
public:
  SizeNamer(func::FuncOp function, llvm::function_ref<bool(StringRef)> isTaken,
            llvm::function_ref<const FunctionSizes &(func::FuncOp)> ofCallee)
      : function(function), isTaken(isTaken) {
    auto module = function->getParentOfType<ModuleOp>();
    function.walk([&](CallOp call) {
      auto callee = module.lookupSymbol<func::FuncOp>(call.getCallee());
      for (const NamedSize &size : ofCallee(callee).others)
        given.insert(size.text);
    });
  }

  FunctionSizes run(const std::set<std::string> &constants) {
    names = given;
    forSizes([&](const SizeExpr &size) { size.collectSymbols(names); });
    for (const std::string &name : names)
      result.caller[name] = SizeExpr::symbol(name);
    for (const std::string &name : std::set<std::string>(names))
      if (constants.count(name))
        replace({{name, SizeExpr::symbol(unused(name + "_2"))}});
    // Each turn names an axis more.
    for (size_t axes = axesOfArguments().size(); axes && nameAxis(); --axes) {
    }
    while (std::optional<SizeExpr::Atom> quotient = innermost())
      nameQuotient(*quotient);
    findOthers();
    return std::move(result);
  }

private:
  Shape axesOfArguments() {
    Shape all;
    for (Type type : function.getArgumentTypes()) {
      Shape shape = shapeOf(type);
      all.insert(all.end(), shape.begin(), shape.end());
    }
    return all;
  }

  /// All sizes that stand in the function.
  void forSizes(llvm::function_ref<void(const SizeExpr &)> visit) {
    llvm::for_each(axesOfArguments(), visit);
    for (const std::string &name : given)
      visit(result.inCall(name));
    function.walk([&](Operation *op) { net::forSizes(op, visit); });
  }

  void replace(const SizeReplacements &by) {
    for (auto &[name, size] : result.caller)
      size = replaced(size, by);
    AttrTypeReplacer types;
    types.addReplacement([&](SizesAttr sizes) {
      Shape shape = sizes.getShape();
      for (SizeExpr &size : shape)
        size = replaced(size, by);
      return SizesAttr::get(sizes.getContext(), shape);
    });
    types.recursivelyReplaceElementsIn(function, /*replaceAttrs=*/true, /*replaceLocs=*/false,
                                       /*replaceTypes=*/true);
    Builder b(function.getContext());
    auto text = [&](StringRef size) {
      return b.getStringAttr(replaced(*SizeExpr::parse(size), by).str());
    };
    function.walk([&](Operation *op) {
      if (auto size = dyn_cast<SizeOp>(op))
        size.setExprAttr(text(size.getExpr()));
      else if (auto checked = dyn_cast<CheckedOp>(op))
        checked.setLimitAttr(text(checked.getLimit()));
    });
  }

  /// An argument's axis that is an expression gets a name: a quotient in it a new one, `B - 2` that
  /// of B, if nothing else says what B is, `2*B` then a new one, of which B is a half.
  bool nameAxis() {
    std::set<std::string> bare = bareSymbols(axesOfArguments());
    for (const SizeExpr &size : axesOfArguments()) {
      if (size.bareSymbol())
        continue;
      for (const auto &[monomial, coefficient] : size.getTerms()) {
        if (monomial.size() != 1 || coefficient < 1)
          continue;
        const SizeExpr::Atom &atom = monomial[0];
        SizeExpr part = atom.quotient ? atom.quotient->first.floorDiv(atom.quotient->second)
                                      : SizeExpr::symbol(atom.text);
        SizeExpr rest = size - part * coefficient;
        std::set<std::string> others;
        rest.collectSymbols(others);
        if (atom.quotient ? rest.str().find(atom.text) != std::string::npos
                          : bare.count(atom.text) || others.count(atom.text))
          continue;
        std::string name = atom.quotient     ? unused(atom)
                           : coefficient > 1 ? unused(atom.text + std::to_string(coefficient))
                                             : atom.text;
        return replace({{atom.text, (SizeExpr::symbol(name) - rest).floorDiv(coefficient)}}), true;
      }
    }
    return false;
  }

  /// A quotient without another one in it.
  std::optional<SizeExpr::Atom> innermost() {
    std::optional<SizeExpr::Atom> found;
    std::function<void(const SizeExpr &)> visit = [&](const SizeExpr &size) {
      for (const auto &[monomial, coefficient] : size.getTerms())
        for (const SizeExpr::Atom &atom : monomial) {
          if (!atom.quotient || found)
            continue;
          visit(atom.quotient->first);
          visit(atom.quotient->second);
          if (!found)
            found = atom;
        }
    };
    forSizes(visit);
    return found;
  }

  void nameQuotient(const SizeExpr::Atom &atom) {
    auto text = [](const SizeExpr &e) {
      return e.constant() || e.bareSymbol() ? e.str() : "(" + e.str() + ")";
    };
    const auto &[over, under] = *atom.quotient;
    over.collectSymbols(inLines);
    under.collectSymbols(inLines);
    std::string name = unused(atom);
    result.named.push_back({name, text(over) + " / " + text(under)});
    replace({{atom.text, SizeExpr::symbol(name)}});
  }

  /// Sizes that neither an axis nor a line names, here and in what is called.
  void findOthers() {
    std::set<std::string> used = inLines, known = bareSymbols(axesOfArguments());
    forSizes([&](const SizeExpr &size) { size.collectSymbols(used); });
    result.names = used;
    for (const NamedSize &size : result.named)
      known.insert(size.name);
    result.names.insert(known.begin(), known.end());
    for (const std::string &name : used) {
      if (known.count(name))
        continue;
      auto shared = llvm::find_if(
          result.caller, [&](const auto &size) { return size.second == SizeExpr::symbol(name); });
      result.others.push_back({name, shared == result.caller.end() ? name : shared->first});
    }
  }

  /// `T_2` for `T floordiv 2`.
  std::string unused(const SizeExpr::Atom &quotient) {
    std::set<std::string> own;
    quotient.quotient->first.collectSymbols(own);
    auto by = quotient.quotient->second.constant();
    return unused((own.empty() ? "N" : *own.begin()) + "_" + std::to_string(by.value_or(2)));
  }

  std::string unused(const std::string &base) {
    return unusedName(
        base, [&](const std::string &name) { return !isTaken(name) && names.insert(name).second; });
  }

  func::FuncOp function;
  llvm::function_ref<bool(StringRef)> isTaken;
  FunctionSizes result;
  /// What callees are given; every name that there is or was; what lines are made of.
  std::set<std::string> given, names, inLines;
};
} // namespace

SizeExpr FunctionSizes::inCall(const std::string &name) const {
  auto it = caller.find(name);
  return it == caller.end() ? SizeExpr::symbol(name) : it->second;
}

static bool mentions(StringRef text, StringRef name) {
  auto isPart = [](char c) { return llvm::isAlnum(c) || c == '_' || c == '\''; };
  for (size_t at = text.find(name); at != StringRef::npos; at = text.find(name, at + 1))
    if ((!at || !isPart(text[at - 1])) &&
        (at + name.size() == text.size() || !isPart(text[at + name.size()])))
      return true;
  return false;
}

std::string FunctionSizes::lines(const std::string &body) const {
  std::string text;
  for (const NamedSize &size : llvm::reverse(named))
    if (mentions(text + body, size.name))
      text = "  let _: f32[" + size.name + "] = zeros(f32[" + size.text + "])\n" + text;
  return text;
}

bool FunctionSizes::isMentioned(const std::string &name, const std::string &body) const {
  return mentions(lines(body) + body, name);
}

FunctionSizes net::nameSizes(func::FuncOp function, llvm::function_ref<bool(StringRef)> isTaken,
                             const std::set<std::string> &constants,
                             llvm::function_ref<const FunctionSizes &(func::FuncOp)> ofCallee) {
  return SizeNamer(function, isTaken, ofCallee).run(constants);
}
