//===- GradientText.cpp - a program with its gradients written out --------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/GradientText.h"
#include "frontend/AstWalk.h"
#include "frontend/Builtins.h"
#include "frontend/GradientRewriter.h"
#include "frontend/GradientTidy.h"
#include "ir/OwnDerivative.h"
#include "llvm/ADT/MapVector.h"

#include <set>

using namespace net;

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

/// `dense` of `dense.forward` and `dense.adjoint`.
static llvm::StringRef whose(mlir::func::FuncOp function) {
  llvm::StringRef name = function.getName();
  if (!name.consume_back(".forward"))
    name.consume_back(".adjoint");
  return name;
}

/// A function, then those it calls, each once; behind a layer forward the same one backward.
static std::vector<mlir::Operation *> inOrder(mlir::ModuleOp module,
                                              const std::vector<const GradientSite *> &written) {
  llvm::SetVector<mlir::Operation *> found;
  for (const GradientSite *site : written)
    found.insert(site->function);
  for (size_t i = 0; i < found.size(); ++i) {
    auto function = llvm::cast<mlir::func::FuncOp>(found[i]);
    function.walk([&](CallOp call) {
      found.insert(module.lookupSymbol<mlir::func::FuncOp>(call.getCallee()));
    });
    if (mlir::func::FuncOp derivative = derivativeOf(function))
      found.insert(derivative);
  }
  llvm::MapVector<llvm::StringRef, std::vector<mlir::Operation *>> groups;
  for (mlir::Operation *op : found)
    groups[whose(llvm::cast<mlir::func::FuncOp>(op))].push_back(op);
  std::vector<mlir::Operation *> order;
  for (auto &[name, group] : groups)
    order.insert(order.end(), group.begin(), group.end());
  return order;
}

void GradientText::moveUses(const std::string &from, const std::string &to) {
  ast::moveUses(*program.tree, from, to);
}

std::optional<std::string> GradientText::print(FunctionStyle style) {
  if (!style.derived)
    readable(*functions);
  withoutUnread(*functions);
  std::set<std::string> taken, constants;
  for (const ast::DeclPtr &decl : program.tree->decls) {
    ast::namesOf(*decl, taken);
    if (auto *constant = llvm::dyn_cast<ast::ConstantDecl>(decl.get()))
      ast::namesOf(constant->pattern, constants);
  }
  taken.insert(constants.begin(), constants.end());
  FunctionPrinter printer(
      style,
      [&](llvm::StringRef name) {
        return taken.count(name.str()) || primitives().count(name.str());
      },
      constants);
  auto [out, written] = rewritten(*program.tree, program.sites, printer);
  std::map<mlir::Operation *, const GradientSite *> siteOf;
  names.clear();
  for (const GradientSite *site : written)
    if (siteOf.try_emplace(site->function, site).second)
      names.push_back({site, printer.nameOf(site->function)});
  auto order = inOrder(*functions, written);
  for (mlir::Operation *op : order) {
    auto function = llvm::cast<mlir::func::FuncOp>(op);
    printer.nameOf(function); // forward and adjoint get the same number
    mlir::func::FuncOp derivative = derivativeOf(function);
    if (derivative || siteOf.count(op))
      printer.isCalledByText(function);
    if (derivative)
      printer.isCalledByText(derivative);
  }
  for (mlir::Operation *op : order) {
    auto known = siteOf.find(op);
    auto text = printer.print(llvm::cast<mlir::func::FuncOp>(op),
                              known == siteOf.end() ? nullptr : known->second);
    if (!text)
      return std::nullopt;
    out += "\n" + *text;
  }
  return out;
}
