//===- GradientSites.cpp - gradients as functions -------------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/Elaborator.h"
#include "ir/OwnDerivative.h"
#include "ir/Reads.h"
#include "ir/ValueNames.h"
#include "mlir/IR/IRMapping.h"

using namespace net;
using namespace mlir;

void Elaborator::noteGradient(const void *node, llvm::ArrayRef<mlir::Value> gradients,
                              std::vector<std::string> parameters, const std::string &optimizer,
                              const NamedValues &names) {
  bool all = llvm::all_of(gradients, [](mlir::Value v) { return static_cast<bool>(v); });
  if (!sites || !hooks || gradients.empty() || !all)
    return;
  GradientSite site;
  site.node = node;
  mlir::Value first = gradients[0];
  Operation *parent = first.getParentBlock()->getParentOp();
  auto around = isa<func::FuncOp>(parent) ? cast<func::FuncOp>(parent)
                                          : parent->getParentOfType<func::FuncOp>();
  bool inBlock = around->hasAttr("net.entry");
  site.block = inBlock ? hooks->blockName() : around.getName().split('.').first.str();
  site.parameters = std::move(parameters);
  site.optimizer = optimizer;
  if (!sites->functions)
    sites->functions = ModuleOp::create(module.getLoc());
  // At once: what nobody reads in the end is going to be erased.
  if (inBlock)
    outline(site, gradients, hooks->variables(), hooks->inputs(), *sites->functions);
  else
    outline(site, gradients, {}, names, *sites->functions);
  sites->all.push_back(std::move(site));
}

void Elaborator::noteLossWanted(const std::string &optimizer) {
  if (!sites || !hooks)
    return;
  for (GradientSite &site : sites->all)
    site.wantsLoss |= site.block == hooks->blockName() && site.optimizer == optimizer;
}

std::string net::parameterName(StringRef path) {
  StringRef inside = path.split('.').second;
  return subscripted(inside.empty() ? path : inside);
}

namespace {
/// What values are computed from, result by result of layers: the running mean that a layer updates
/// is an argument of it, but of no use to its output in training.
class Needs {
public:
  explicit Needs(ModuleOp module) : module(module) {}
  /// What an operation reads for its results that `needed` has.
  SmallVector<mlir::Value> readFor(Operation *op, const llvm::DenseSet<mlir::Value> &needed);

private:
  const llvm::DenseSet<mlir::Value> &argumentsOf(func::FuncOp function, unsigned result);
  /// Adds to `needed` what its values are computed from in a block.
  void follow(Block &block, llvm::DenseSet<mlir::Value> &needed);

  ModuleOp module;
  std::map<std::pair<Operation *, unsigned>, llvm::DenseSet<mlir::Value>> known;
};

/// What a gradient is computed from.
class Outline {
public:
  Outline(GradientSite &site, ArrayRef<mlir::Value> gradients, const NamedValues &variables,
          const NamedValues &inputs)
      : site(site), gradients(gradients), variables(variables), inputs(inputs) {}
  bool collect();
  func::FuncOp build();

private:
  struct Leaf {
    mlir::Value value;
    std::string text, name; ///< in the block, and as an argument
    bool isVariable;
  };
  std::optional<Leaf> leafOf(mlir::Value value);

  GradientSite &site;
  const ArrayRef<mlir::Value> gradients;
  const NamedValues &variables, &inputs;
  SmallVector<Operation *> ops;
  SmallVector<Leaf> leaves;
  SmallVector<mlir::Value> unused; ///< read, but for other results
};
} // namespace

void Needs::follow(Block &block, llvm::DenseSet<mlir::Value> &needed) {
  for (Operation &op : llvm::reverse(block.without_terminator()))
    if (llvm::any_of(op.getResults(), [&](mlir::Value v) { return needed.contains(v); }))
      for (mlir::Value value : readFor(&op, needed))
        needed.insert(value);
}

const llvm::DenseSet<mlir::Value> &Needs::argumentsOf(func::FuncOp function, unsigned result) {
  auto [it, isNew] = known.try_emplace({function, result});
  if (!isNew)
    return it->second;
  Block &block = function.getBody().front();
  llvm::DenseSet<mlir::Value> needed = {block.getTerminator()->getOperand(result)};
  follow(block, needed);
  return known[{function, result}] = std::move(needed);
}

SmallVector<mlir::Value> Needs::readFor(Operation *op, const llvm::DenseSet<mlir::Value> &needed) {
  SmallVector<mlir::Value> all = valuesReadBy(op).takeVector();
  llvm::DenseSet<mlir::Value> used;
  auto call = dyn_cast<CallOp>(op);
  auto callee = call ? module.lookupSymbol<func::FuncOp>(call.getCallee()) : func::FuncOp();
  if (callee && !derivativeOf(callee)) {
    for (auto [result, value] : llvm::enumerate(call.getResults()))
      if (needed.contains(value))
        for (auto [operand, argument] : llvm::zip(call.getArguments(), callee.getArguments()))
          if (argumentsOf(callee, result).contains(argument))
            used.insert(operand);
  } else if (auto grad = dyn_cast<GradOp>(op)) {
    // The loss, and what else of the region is read outside.
    Block &body = grad.getBody().front();
    auto yielded = body.getTerminator()->getOperands();
    used.insert(yielded[0]);
    for (auto [value, result] : llvm::zip(yielded, grad.getResults().take_back(yielded.size())))
      if (needed.contains(result))
        used.insert(value);
    follow(body, used);
    used.insert(op->operand_begin(), op->operand_end());
  } else {
    return all;
  }
  llvm::erase_if(all, [&](mlir::Value value) { return !used.contains(value); });
  return all;
}

/// A value that the block has a name for.
std::optional<Outline::Leaf> Outline::leafOf(mlir::Value value) {
  for (const auto &[now, path] : variables)
    if (now == value) {
      StringRef own = path;
      bool local = own.consume_front(site.block + ".");
      return Leaf{value, own.str(), local ? own.str() : parameterName(path), true};
    }
  for (const auto &[input, text] : inputs)
    if (input == value) {
      auto [path, last] = StringRef(text).rsplit('.');
      return Leaf{value, text, last.empty() ? text : last.str(), false};
    }
  if (auto key = value.getDefiningOp<FoldKeyOp>(); key && key.getPath() == site.block)
    return Leaf{value, "random_key()", "key", false}; // the block's own
  return std::nullopt;
}

bool Outline::collect() {
  auto grad = gradients[0].getDefiningOp<GradOp>();
  auto entry = grad ? dyn_cast<func::FuncOp>(grad->getParentOp()) : func::FuncOp();
  if (!entry) // in a scan
    return false;
  Needs needs(entry->getParentOfType<ModuleOp>());
  bool inBlock = entry->hasAttr("net.entry");
  llvm::DenseSet<mlir::Value> needed, known;
  needed.insert(gradients[0]);
  for (Operation *op = grad; op; op = op->getPrevNode()) {
    if (llvm::none_of(op->getResults(), [&](mlir::Value v) { return needed.contains(v); }))
      continue;
    ops.push_back(op);
    // The random key of a function has no name.
    if (!inBlock && op->walk([](Operation *inside) {
                        return isa<FoldKeyOp, FoldInOp>(inside) ? WalkResult::interrupt()
                                                                : WalkResult::advance();
                      }).wasInterrupted())
      return false;
    for (mlir::Value value : needs.readFor(op, needed)) {
      if (!known.insert(value).second)
        continue;
      if (auto leaf = leafOf(value))
        leaves.push_back(*leaf);
      else if (value.getDefiningOp())
        needed.insert(value);
      else
        return false;
    }
  }
  std::reverse(ops.begin(), ops.end());
  llvm::DenseSet<mlir::Value> made;
  for (Operation *op : ops) {
    for (mlir::Value value : valuesReadBy(op))
      if (!known.contains(value) && !made.contains(value) && !llvm::is_contained(unused, value))
        unused.push_back(value);
    made.insert(op->result_begin(), op->result_end());
  }
  // Data come first, then parameters, as in calls of layers.
  SmallVector<Leaf> variablesLast;
  for (bool isVariable : {false, true})
    llvm::copy_if(leaves, std::back_inserter(variablesLast),
                  [&](const Leaf &leaf) { return leaf.isVariable == isVariable; });
  leaves = std::move(variablesLast);
  return true;
}

func::FuncOp Outline::build() {
  Location loc = gradients[0].getLoc();
  OpBuilder b(loc.getContext());
  auto function = func::FuncOp::create(loc, site.block + ".gradient", b.getFunctionType({}, {}));
  Block *block = function.addEntryBlock();
  b.setInsertionPointToEnd(block);
  IRMapping mapping;
  for (const Leaf &leaf : leaves) {
    mlir::Value argument =
        block->addArgument(leaf.value.getType(), withoutName(leaf.value.getLoc()));
    setName(argument, leaf.name);
    mapping.map(leaf.value, argument);
    site.arguments.push_back(leaf.text);
  }
  ExprBuilder zeros(b, loc);
  for (mlir::Value value : unused)
    mapping.map(value, expr::splat(zeros, 0, cast<RankedTensorType>(value.getType())).get());
  for (Operation *op : ops)
    b.clone(*op, mapping);
  SmallVector<mlir::Value> results;
  for (mlir::Value gradient : gradients)
    results.push_back(mapping.lookup(gradient));
  if (!site.parameters.empty())
    results.push_back(results[0].getDefiningOp()->getResults().back()); // the loss
  func::ReturnOp::create(b, loc, results);
  function.setFunctionType(
      b.getFunctionType(block->getArgumentTypes(), ValueRange(results).getTypes()));
  return function;
}

void net::outline(GradientSite &site, ArrayRef<mlir::Value> gradients, const NamedValues &variables,
                  const NamedValues &inputs, ModuleOp into) {
  Outline outline(site, gradients, variables, inputs);
  if (!outline.collect())
    return;
  site.function = outline.build();
  std::string name = site.function.getName().str(), unused = name;
  for (int i = 2; into.lookupSymbol(unused); ++i)
    unused = name + "." + std::to_string(i);
  site.function.setName(unused);
  into.push_back(site.function);
}
