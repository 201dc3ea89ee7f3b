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
#include "mlir/IR/AttrTypeSubElements.h"

using namespace net;
using namespace mlir;

static SizeExpr replaced(const SizeExpr &size, const SizeReplacements &by) {
  SizeExpr sum;
  for (const auto &[monomial, coefficient] : size.getTerms()) {
    SizeExpr term(coefficient);
    for (const SizeExpr::Atom &atom : monomial) {
      if (auto it = by.find(atom.text); it != by.end())
        term = term * it->second;
      else if (atom.quotient)
        term =
            term * replaced(atom.quotient->first, by).floorDiv(replaced(atom.quotient->second, by));
      else
        term = term * SizeExpr::symbol(atom.text);
    }
    sum = sum + term;
  }
  return sum;
}

namespace {
class SizeNamer {
public:
  explicit SizeNamer(func::FuncOp function) : function(function) {}

  FunctionSizes run(llvm::function_ref<const FunctionSizes &(func::FuncOp)> ofCallee) {
    forSizes([&](const SizeExpr &size) { size.collectSymbols(needed); });
    for (const std::string &name : needed)
      result.caller[name] = SizeExpr::symbol(name);
    // Each turn names one that had no name.
    while (nameAxis()) {
    }
    while (std::optional<SizeExpr::Atom> quotient = innermost())
      nameQuotient(*quotient);
    findOthers(ofCallee);
    return std::move(result);
  }

private:
  /// All sizes that stand in the function.
  void forSizes(llvm::function_ref<void(const SizeExpr &)> visit) {
    auto visitType = [&](Type type) {
      if (isa<RankedTensorType>(type))
        llvm::for_each(shapeOf(type), visit);
    };
    llvm::for_each(function.getArgumentTypes(), visitType);
    function.walk([&](Operation *op) {
      llvm::for_each(op->getResultTypes(), visitType);
      if (auto size = dyn_cast<SizeOp>(op))
        visit(*SizeExpr::parse(size.getExpr()));
      else if (auto checked = dyn_cast<CheckedOp>(op))
        visit(*SizeExpr::parse(checked.getLimit()));
      else if (auto slice = dyn_cast<SliceOp>(op))
        llvm::for_each(slice.getStarts().getShape(), visit);
      else if (auto pad = dyn_cast<PadOp>(op))
        llvm::for_each(pad.getLow().getShape(), visit);
    });
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

  std::set<std::string> bareAxes() {
    std::set<std::string> names;
    for (Type type : function.getArgumentTypes())
      for (const SizeExpr &size : shapeOf(type))
        if (auto name = size.bareSymbol())
          names.insert(*name);
    return names;
  }

  /// An argument's axis that is an expression gets a name: a quotient a new one, `B - 2` that of B,
  /// if nothing else says what B is.
  bool nameAxis() {
    std::set<std::string> bare = bareAxes();
    for (Type type : function.getArgumentTypes())
      for (const SizeExpr &size : shapeOf(type)) {
        if (size.bareSymbol())
          continue;
        for (const auto &[monomial, coefficient] : size.getTerms()) {
          if (monomial.size() != 1 || coefficient != 1)
            continue;
          const SizeExpr::Atom &atom = monomial[0];
          if (atom.quotient) {
            if (size.getTerms().size() > 1)
              continue;
            return replace({{atom.text, SizeExpr::symbol(unused(atom))}}), true;
          }
          SizeExpr symbol = SizeExpr::symbol(atom.text), rest = size - symbol;
          std::set<std::string> others;
          rest.collectSymbols(others);
          if (!bare.count(atom.text) && !others.count(atom.text))
            return replace({{atom.text, symbol - rest}}), true;
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
  void findOthers(llvm::function_ref<const FunctionSizes &(func::FuncOp)> ofCallee) {
    std::set<std::string> used = inLines, known = bareAxes();
    forSizes([&](const SizeExpr &size) { size.collectSymbols(used); });
    auto module = function->getParentOfType<ModuleOp>();
    function.walk([&](CallOp call) {
      auto callee = module.lookupSymbol<func::FuncOp>(call.getCallee());
      for (const std::string &name : ofCallee(callee).others)
        result.inCall(name).collectSymbols(used);
    });
    for (const NamedSize &size : result.named)
      known.insert(size.name);
    for (const std::string &name : used)
      if (!known.count(name))
        result.others.push_back(name);
  }

  /// `T_2` for `T floordiv 2`.
  std::string unused(const SizeExpr::Atom &quotient) {
    std::set<std::string> names = needed, own;
    forSizes([&](const SizeExpr &size) { size.collectSymbols(names); });
    quotient.quotient->first.collectSymbols(own);
    return unusedName((own.empty() ? "N" : *own.begin()) + "_2",
                      [&](const std::string &name) { return !names.count(name); });
  }

  func::FuncOp function;
  FunctionSizes result;
  std::set<std::string> needed, inLines;
};
} // namespace

SizeExpr FunctionSizes::inCall(const std::string &name) const {
  auto it = caller.find(name);
  return it == caller.end() ? SizeExpr::symbol(name) : it->second;
}

static bool mentions(StringRef text, StringRef name) {
  auto isPart = [](char c) { return llvm::isAlnum(c) || c == '_' || c == '\''; };
  for (size_t at = text.find(name); at != StringRef::npos; at = text.find(name, at + 1))
    if (!isPart(text[at - 1]) && !isPart(text[at + name.size()]))
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

FunctionSizes net::nameSizes(func::FuncOp function,
                             llvm::function_ref<const FunctionSizes &(func::FuncOp)> ofCallee) {
  return SizeNamer(function).run(ofCallee);
}

const FunctionSizes &FunctionPrinter::sizesOf(func::FuncOp function) {
  auto it = sizes.find(function);
  if (it == sizes.end()) {
    FunctionSizes found = nameSizes(
        function, [&](func::FuncOp callee) -> const FunctionSizes & { return sizesOf(callee); });
    it = sizes.emplace(function, std::move(found)).first;
  }
  return it->second;
}
