//===- GradientText.cpp - a program with its gradients written out --------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/GradientText.h"
#include "frontend/AstWalk.h"
#include "frontend/Builtins.h"
#include "ir/OwnDerivative.h"
#include "mlir/IR/Iterators.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include <set>

using namespace net;
using namespace net::ast;

namespace {
/// Prints a tree in which gradients are calls.
class Rewriter : public Printer {
public:
  Rewriter(const std::vector<GradientSite> &sites, FunctionPrinter &functions,
           std::set<std::string> &taken);
  void stmt(const Stmt &s) override;
  void expr(const ast::Expr &e, ast::Level atLeast) override;

private:
  void minimize(const Minimize &s, const GradientSite &site);
  void list(const std::string &before, const std::vector<std::string> &items,
            const std::string &after);
  std::string fresh(const std::string &name);

  std::map<const void *, const GradientSite *> sites;
  FunctionPrinter &functions;
  std::set<std::string> &taken;
  std::map<std::string, int> reports; ///< of a block and kind, how many there are
};
} // namespace

/// What stands in the text once and is elaborated several times, by a loop over a list, stays as it
/// is.
static std::map<const void *, const GradientSite *> unique(const std::vector<GradientSite> &sites) {
  std::map<const void *, const GradientSite *> found;
  for (const GradientSite &site : sites) {
    auto [it, isNew] = found.try_emplace(site.node, &site);
    if (!isNew)
      it->second = nullptr;
  }
  for (auto it = found.begin(); it != found.end();)
    it = it->second && it->second->function ? std::next(it) : found.erase(it);
  return found;
}

Rewriter::Rewriter(const std::vector<GradientSite> &all, FunctionPrinter &functions,
                   std::set<std::string> &taken)
    : Printer(/*bodies=*/true), sites(unique(all)), functions(functions), taken(taken) {}

std::string Rewriter::fresh(const std::string &name) {
  return unusedName(name, [&](const std::string &one) { return taken.insert(one).second; });
}

void Rewriter::list(const std::string &before, const std::vector<std::string> &items,
                    const std::string &after) {
  newline();
  size_t start = out.rfind('\n') + 1;
  std::string margin = out.substr(start);
  out.resize(start);
  out += net::wrapped(margin + before, items, after);
}

void Rewriter::minimize(const Minimize &s, const GradientSite &site) {
  std::vector<std::string> results, steps, parameters;
  for (llvm::StringRef path : site.parameters) {
    // The block's own stand under their own names.
    path.consume_front(site.block + ".");
    parameters.push_back(path.str());
    results.push_back(fresh("d" + parameterName(path.str())));
    steps.push_back((s.maximize ? "-" : "") + results.back());
  }
  std::string kind = s.maximize ? "objective" : "loss", loss = fresh(kind);
  results.push_back(loss);
  std::string label = s.name.text.empty() ? kind : s.name.text + " " + kind;
  if (int count = ++reports[site.block + label]; count > 1)
    label = kind + " " + std::to_string(count);
  while (!out.empty() && (out.back() == ' ' || out.back() == '\n'))
    out.pop_back();
  list("let (", results, ")");
  list("  = " + functions.nameOf(site.function) + "(", site.arguments, ")");
  bool one = steps.size() == 1;
  list(one ? "update " : "update (", parameters, one ? "" : ")");
  list(one ? "  with " : "  with (", steps, one ? "" : ")");
  newline();
  if (site.wantsLoss)
    out += (s.maximize ? "  of -" : "  of ") + loss + " using ";
  else
    out += "  using ";
  Printer::expr(*s.optimizer, Piped);
  out += " as " + quoted(site.optimizer);
  newline();
  out += "report " + loss + " as " + quoted(label);
}

void Rewriter::stmt(const Stmt &s) {
  auto known = sites.find(&s);
  if (known != sites.end())
    minimize(llvm::cast<Minimize>(s), *known->second);
  else
    Printer::stmt(s);
}

void Rewriter::expr(const ast::Expr &e, ast::Level atLeast) {
  auto known = sites.find(&e);
  if (known == sites.end())
    return Printer::expr(e, atLeast);
  const GradientSite &site = *known->second;
  out += functions.nameOf(site.function) + "(" + llvm::join(site.arguments, ", ") + ")";
}

//===-- the program --------------------------------------------------------------------------===//

bool GradientText::elaborate(SourceManager &sources, FileId root, Diagnostics &diagnostics,
                             mlir::MLIRContext &context) {
  mlir::OwningOpRef<mlir::ModuleOp> whole =
      compileFile(sources, root, diagnostics, context, &program);
  if (!whole)
    return false;
  functions = std::move(program.sites.functions);
  if (!functions)
    functions = mlir::ModuleOp::create(whole->getLoc());
  for (auto layer : whole->getOps<mlir::func::FuncOp>())
    if (layer.isPrivate())
      functions->push_back(layer.clone());
  return true;
}

/// All names of a text: what is added must hide none.
static std::set<std::string> namesOf(const File &tree) {
  std::set<std::string> names;
  for (const DeclPtr &decl : tree.decls) {
    names.insert(decl->name);
    auto *callable = llvm::dyn_cast<Callable>(decl.get());
    if (!callable)
      continue;
    for (const StmtPtr &s : callable->body) {
      if (auto *let = llvm::dyn_cast<Let>(s.get()))
        namesOf(let->pattern, names);
      walk(*s, [&](const ast::Expr &e) {
        if (auto *name = llvm::dyn_cast<Name>(&e))
          names.insert(name->name);
      });
    }
  }
  return names;
}

/// A call of a function that computes nothing says nothing, and neither does what nobody reads.
static void tidy(mlir::ModuleOp module) {
  // Readers before what they read, and what is inside of an operation before the operation.
  module.walk<mlir::WalkOrder::PostOrder, mlir::ReverseIterator>([&](mlir::Operation *op) {
    if (mlir::isOpTriviallyDead(op))
      return op->erase();
    auto call = llvm::dyn_cast<CallOp>(op);
    if (!call)
      return;
    auto callee = module.lookupSymbol<mlir::func::FuncOp>(call.getCallee());
    mlir::Block &body = callee.getBody().front();
    if (!llvm::hasSingleElement(body) || derivativeOf(callee))
      return;
    for (auto [result, inside] : llvm::zip(call.getResults(), body.getTerminator()->getOperands()))
      result.replaceAllUsesWith(
          call.getArguments()[llvm::cast<mlir::BlockArgument>(inside).getArgNumber()]);
    call.erase();
  });
}

std::optional<std::string> GradientText::print(FunctionStyle style) const {
  tidy(*functions);
  std::set<std::string> taken = namesOf(*program.tree);
  FunctionPrinter printer(style, [&](llvm::StringRef name) {
    return taken.count(name.str()) || primitives().count(name.str());
  });
  Rewriter text(program.sites.all, printer, taken);
  text.file(*program.tree);
  std::string out = std::move(text.out);
  // A function, then those it calls, each once.
  llvm::SetVector<mlir::Operation *> order;
  auto printed = unique(program.sites.all);
  for (const GradientSite &site : program.sites.all)
    if (auto it = printed.find(site.node); it != printed.end() && it->second == &site)
      order.insert(site.function);
  mlir::ModuleOp module = *functions;
  for (size_t i = 0; i < order.size(); ++i) {
    auto function = llvm::cast<mlir::func::FuncOp>(order[i]);
    function.walk([&](CallOp call) {
      order.insert(module.lookupSymbol<mlir::func::FuncOp>(call.getCallee()));
    });
    if (mlir::func::FuncOp derivative = derivativeOf(function))
      order.insert(derivative);
    auto text = printer.print(function);
    if (!text)
      return std::nullopt;
    out += "\n" + *text;
  }
  return out;
}
