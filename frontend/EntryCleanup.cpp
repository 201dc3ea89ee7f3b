//===- EntryCleanup.cpp - entries without what nobody needs ---------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/EntryCleanup.h"
#include "ir/NetDialect.h"
#include "ir/OperationSizes.h"
#include "ir/OwnDerivative.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

using namespace net;
using mlir::func::FuncOp;
namespace json = llvm::json;

static bool isEntry(FuncOp function) { return function->hasAttr("net.entry"); }

static std::string variableOf(mlir::DictionaryAttr attrs) {
  auto name = attrs ? attrs.getAs<mlir::StringAttr>("net.var") : mlir::StringAttr();
  return name ? name.str() : "";
}

/// Operations whose results nobody uses.
static void eraseDead(FuncOp function) {
  for (mlir::Operation &op : llvm::make_early_inc_range(llvm::reverse(function.getBody().front())))
    if (mlir::isOpTriviallyDead(&op))
      op.erase();
}

static void collectSymbols(mlir::Type type, std::set<std::string> &names) {
  if (llvm::isa<mlir::RankedTensorType>(type))
    for (const SizeExpr &size : shapeOf(type))
      size.collectSymbols(names);
}

/// The sizes that a function speaks of.
static std::set<std::string> sizesIn(FuncOp function) {
  std::set<std::string> names;
  function.walk([&](mlir::Operation *op) {
    forSizes(op, [&](const SizeExpr &size) { size.collectSymbols(names); });
  });
  for (mlir::Type type : function.getResultTypes())
    collectSymbols(type, names);
  return names;
}

/// Arguments that nobody uses, but for those that alone tell a size.
static bool eraseArguments(FuncOp function) {
  mlir::Block &block = function.getBody().front();
  std::set<std::string> open = sizesIn(function);
  for (mlir::BlockArgument argument : block.getArguments())
    if (!argument.use_empty()) {
      std::set<std::string> names;
      collectSymbols(argument.getType(), names);
      open.insert(names.begin(), names.end());
    }
  for (mlir::BlockArgument argument : block.getArguments())
    if (!argument.use_empty())
      for (const std::string &name : bareSymbols(shapeOf(argument.getType())))
        open.erase(name);
  bool changed = false;
  bool isTask = function->getAttrOfType<mlir::StringAttr>("net.entry").getValue() == "task";
  for (unsigned i = 0; i < block.getNumArguments();) {
    mlir::BlockArgument argument = block.getArgument(i);
    bool tells = false;
    if (argument.use_empty())
      for (const std::string &name : bareSymbols(shapeOf(argument.getType())))
        tells |= open.erase(name) != 0;
    // People hand a task its arguments, even if only the entries before the last one read them.
    bool handed = isTask && function.getArgAttr(i, "net.arg");
    if (!argument.use_empty() || tells || handed) {
      ++i;
      continue;
    }
    (void)function.eraseArgument(i);
    changed = true;
  }
  return changed;
}

/// Results that are variables which nobody needs.
static bool eraseResults(FuncOp function, const std::set<std::string> &needed) {
  mlir::Operation *ret = function.getBody().front().getTerminator();
  bool changed = false;
  for (unsigned i = 0; i < function.getNumResults();) {
    std::string path = variableOf(function.getResultAttrDict(i));
    if (path.empty() || needed.count(path)) {
      ++i;
      continue;
    }
    (void)function.eraseResult(i);
    ret->eraseOperand(i);
    changed = true;
  }
  return changed;
}

/// Variables that have to be kept: those that an entry reads, and those that an entry other than
/// `init` sets, for the checkpoint. Temporaries are kept for readers alone.
static std::set<std::string> neededBy(mlir::ModuleOp module,
                                      const std::set<std::string> &temporaries) {
  std::set<std::string> needed;
  for (FuncOp function : module.getOps<FuncOp>()) {
    if (!isEntry(function))
      continue;
    for (unsigned i = 0; i < function.getNumArguments(); ++i)
      if (std::string path = variableOf(function.getArgAttrDict(i)); !path.empty())
        needed.insert(path);
    if (function->getAttrOfType<mlir::StringAttr>("net.entry").getValue() == "init")
      continue;
    for (unsigned i = 0; i < function.getNumResults(); ++i)
      if (std::string path = variableOf(function.getResultAttrDict(i));
          !path.empty() && !temporaries.count(path))
        needed.insert(path);
  }
  return needed;
}

/// Layers that are called from entries, directly or not.
static void eraseUncalled(mlir::ModuleOp module) {
  std::set<std::string> called;
  std::vector<FuncOp> todo;
  for (FuncOp function : module.getOps<FuncOp>())
    if (isEntry(function))
      todo.push_back(function);
  while (!todo.empty()) {
    FuncOp function = todo.back();
    todo.pop_back();
    auto reach = [&](llvm::StringRef name) {
      if (called.insert(name.str()).second)
        if (auto other = module.lookupSymbol<FuncOp>(name))
          todo.push_back(other);
    };
    function.walk([&](CallOp call) { reach(call.getCallee()); });
    if (FuncOp derivative = derivativeOf(function))
      reach(derivative.getName());
  }
  for (FuncOp function : llvm::make_early_inc_range(module.getOps<FuncOp>()))
    if (!isEntry(function) && !called.count(function.getSymName().str()))
      function.erase();
}

std::set<std::string> net::cleanEntries(mlir::ModuleOp module,
                                        const std::set<std::string> &temporaries) {
  for (bool changed = true; changed;) {
    changed = false;
    std::set<std::string> needed = neededBy(module, temporaries);
    for (FuncOp function : module.getOps<FuncOp>()) {
      if (!isEntry(function))
        continue;
      changed |= eraseResults(function, needed);
      eraseDead(function);
      changed |= eraseArguments(function);
    }
  }
  for (FuncOp function : llvm::make_early_inc_range(module.getOps<FuncOp>())) {
    if (!isEntry(function))
      continue;
    auto kind = function->getAttrOfType<mlir::StringAttr>("net.entry").getValue();
    if (function.getNumResults() == 0 && (kind == "step" || kind == "init"))
      function.erase();
  }
  eraseUncalled(module);
  std::set<std::string> used;
  for (FuncOp function : module.getOps<FuncOp>()) {
    if (!isEntry(function))
      continue;
    for (unsigned i = 0; i < function.getNumArguments(); ++i)
      used.insert(variableOf(function.getArgAttrDict(i)));
    for (unsigned i = 0; i < function.getNumResults(); ++i)
      used.insert(variableOf(function.getResultAttrDict(i)));
  }
  return used;
}

static void dropNodes(json::Array &nodes, mlir::ModuleOp module) {
  json::Array kept;
  for (json::Value &node : nodes) {
    json::Object *object = node.getAsObject();
    if (auto run = object->getString("run"); run && !module.lookupSymbol(*run))
      continue;
    if (json::Object *each = object->getObject("each"))
      if (json::Array *body = each->getArray("body"))
        dropNodes(*body, module);
    kept.push_back(std::move(node));
  }
  nodes = std::move(kept);
}

void net::dropMissing(json::Array &blocks, mlir::ModuleOp module) {
  for (json::Value &block : blocks) {
    json::Object *object = block.getAsObject();
    if (auto init = object->getString("init"); init && !module.lookupSymbol(*init))
      (*object)["init"] = nullptr;
    if (json::Array *body = object->getArray("body"))
      dropNodes(*body, module);
  }
}
