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
#include "ir/OwnDerivative.h"
#include "ir/ValueNames.h"
#include "mlir/IR/Iterators.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/TypeSwitch.h"

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

/// `dense` of `dense.forward` and `dense.adjoint`.
static llvm::StringRef whose(mlir::func::FuncOp function) {
  llvm::StringRef name = function.getName();
  if (!name.consume_back(".forward"))
    name.consume_back(".adjoint");
  return name;
}

/// A copy of a copy is a copy of what that one copies.
static void copyOnce(BroadcastOp op) {
  auto before = op.getX().getDefiningOp<BroadcastOp>();
  if (!before)
    return;
  op.setAxes(
      llvm::map_to_vector(before.getAxes(), [&](int64_t axis) { return op.getAxes()[axis]; }));
  op.getXMutable().assign(before.getX());
}

/// Elementwise operations on copies alone are done once, on what is copied: the copies are then
/// mostly those that broadcasting makes by itself.
static void copyLate(ScalarOp op) {
  auto copies = llvm::map_to_vector(
      op->getOperands(), [](mlir::Value value) { return value.getDefiningOp<BroadcastOp>(); });
  if (copies.empty() || llvm::is_contained(copies, nullptr))
    return;
  // All of them along the same axes, or numbers along all.
  auto rank = [](BroadcastOp copy) { return copy.getAxes().size(); };
  BroadcastOp widest =
      *llvm::max_element(copies, [&](BroadcastOp a, BroadcastOp b) { return rank(a) < rank(b); });
  Shape shape = shapeOf(widest.getX().getType());
  mlir::OpBuilder b(op);
  auto ofShape = [&](mlir::Type type) { return tensorOf(elementOf(type), shape); };
  mlir::SmallVector<mlir::Value> copied;
  for (BroadcastOp copy : copies) {
    mlir::Value x = copy.getX();
    if (copy.getAxes() == widest.getAxes() && shapeOf(x.getType()) == shape)
      copied.push_back(x);
    else if (copy.getAxes().empty())
      copied.push_back(BroadcastOp::create(b, copy.getLoc(), ofShape(x.getType()), x,
                                           mlir::ArrayRef<int64_t>()));
    else
      return;
  }
  mlir::Type type = op->getResult(0).getType();
  mlir::Operation *once = b.clone(*op);
  once->setOperands(copied);
  once->getResult(0).setType(ofShape(type));
  auto copy =
      BroadcastOp::create(b, withoutName(op->getLoc()), type, once->getResult(0), widest.getAxes());
  op->getResult(0).replaceAllUsesWith(copy);
  op->erase();
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

std::optional<std::string> GradientText::print(FunctionStyle style) {
  if (!style.derived) {
    functions->walk([](mlir::Operation *op) {
      llvm::TypeSwitch<mlir::Operation *>(op).Case<BroadcastOp>(copyOnce).Case<ScalarOp>(copyLate);
    });
  }
  tidy(*functions);
  std::set<std::string> taken;
  for (const ast::DeclPtr &decl : program.tree->decls)
    ast::namesOf(*decl, taken);
  FunctionPrinter printer(style, [&](llvm::StringRef name) {
    return taken.count(name.str()) || primitives().count(name.str());
  });
  auto [out, written] = rewritten(*program.tree, program.sites, printer);
  std::map<mlir::Operation *, const GradientSite *> siteOf;
  names.clear();
  for (const GradientSite *site : written)
    if (siteOf.try_emplace(site->function, site).second)
      names.push_back({site, printer.nameOf(site->function)});
  auto order = inOrder(*functions, written);
  for (mlir::Operation *op : order)
    printer.nameOf(llvm::cast<mlir::func::FuncOp>(op)); // forward and adjoint get the same number
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
