//===- GradientSites.cpp - gradients as functions -------------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/Elaborator.h"
#include "ir/Reads.h"
#include "ir/ValueNames.h"
#include "mlir/IR/IRMapping.h"

using namespace net;
using namespace mlir;

void Elaborator::noteGradient(const void *node, llvm::ArrayRef<mlir::Value> gradients,
                              std::vector<std::string> parameters, const std::string &optimizer) {
  bool all = llvm::all_of(gradients, [](mlir::Value v) { return static_cast<bool>(v); });
  if (!sites || !hooks || gradients.empty() || !all)
    return;
  GradientSite site;
  site.node = node;
  site.block = hooks->blockName();
  site.gradients.assign(gradients.begin(), gradients.end());
  site.parameters = std::move(parameters);
  site.optimizer = optimizer;
  site.variables = hooks->variables();
  sites->push_back(std::move(site));
}

namespace {
/// What a gradient is computed from.
class Outline {
public:
  explicit Outline(GradientSite &site)
      : site(site), entry(site.gradients[0].getParentRegion()->getParentOfType<func::FuncOp>()) {}
  bool collect();
  func::FuncOp build();

private:
  bool visit(mlir::Value value);
  void sortLeaves();
  bool leaf(mlir::Value value, const std::string &text, const std::string &name);

  GradientSite &site;
  func::FuncOp entry;
  llvm::SetVector<Operation *> ops;
  SmallVector<std::pair<mlir::Value, std::string>> leaves; ///< and the names of their arguments
};
} // namespace

bool Outline::leaf(mlir::Value value, const std::string &text, const std::string &name) {
  if (text.empty())
    return false;
  leaves.emplace_back(value, name);
  site.arguments.push_back(text);
  return true;
}

bool Outline::visit(mlir::Value value) {
  if (llvm::any_of(leaves, [&](auto &known) { return known.first == value; }))
    return true;
  for (const auto &[now, path] : site.variables)
    if (now == value) {
      StringRef own = path;
      bool local = own.consume_front(site.block + ".");
      std::string name = local ? own.str() : parameterName(path);
      return (local && own.contains('.')) ? false : leaf(value, own.str(), name);
    }
  if (auto argument = dyn_cast<BlockArgument>(value)) {
    if (argument.getOwner() != &entry.getBody().front())
      return false;
    unsigned number = argument.getArgNumber();
    if (auto whole = entry.getArgAttrOfType<StringAttr>(number, "net.whole"))
      return leaf(value, whole.str(), whole.getValue().rsplit('.').second.str());
    std::string name = nameOf(value);
    if (auto counter = entry.getArgAttrOfType<StringAttr>(number, "net.counter"); counter)
      name = counter.str();
    return leaf(value, name, name);
  }
  Operation *op = value.getDefiningOp();
  // The block's own key.
  if (auto key = dyn_cast<FoldKeyOp>(op); key && key.getPath() == site.block)
    return leaf(value, "random_key()", "key");
  if (ops.contains(op))
    return true;
  if (!llvm::all_of(valuesReadBy(op), [&](mlir::Value read) { return visit(read); }))
    return false;
  ops.insert(op);
  return true;
}

/// Data come first, then parameters, as in calls of layers.
void Outline::sortLeaves() {
  SmallVector<size_t> order;
  for (bool variables : {false, true})
    for (size_t i = 0; i < leaves.size(); ++i)
      if (variables == llvm::is_contained(llvm::make_first_range(site.variables), leaves[i].first))
        order.push_back(i);
  auto texts = site.arguments;
  auto values = leaves;
  for (auto [to, from] : llvm::enumerate(order)) {
    site.arguments[to] = texts[from];
    leaves[to] = values[from];
  }
}

bool Outline::collect() {
  Operation *grad = site.gradients[0].getDefiningOp();
  if (!isa_and_nonnull<GradOp>(grad) || grad->getBlock() != &entry.getBody().front() ||
      !visit(site.gradients[0]))
    return false;
  sortLeaves();
  return true;
}

func::FuncOp Outline::build() {
  OpBuilder b(entry.getContext());
  auto function =
      func::FuncOp::create(entry.getLoc(), site.block + ".gradient", b.getFunctionType({}, {}));
  Block *block = function.addEntryBlock();
  b.setInsertionPointToEnd(block);
  IRMapping mapping;
  for (auto &[value, name] : leaves) {
    mlir::Value argument = block->addArgument(value.getType(), withoutName(value.getLoc()));
    setName(argument, name);
    mapping.map(value, argument);
  }
  for (Operation *op : ops)
    b.clone(*op, mapping);
  SmallVector<mlir::Value> results;
  for (mlir::Value gradient : site.gradients)
    results.push_back(mapping.lookup(gradient));
  if (!site.parameters.empty())
    results.push_back(results[0].getDefiningOp()->getResults().back()); // the loss
  func::ReturnOp::create(b, entry.getLoc(), results);
  function.setFunctionType(
      b.getFunctionType(block->getArgumentTypes(), ValueRange(results).getTypes()));
  return function;
}

std::string net::parameterName(StringRef path) {
  StringRef inside = path.split('.').second;
  return subscripted(inside.empty() ? path : inside);
}

bool net::outline(GradientSite &site, SymbolTable &functions) {
  Outline outline(site);
  if (!outline.collect())
    return false;
  site.function = outline.build();
  std::string name = site.function.getName().str(), unused = name;
  for (int i = 2; functions.lookup(unused); ++i)
    unused = name + "." + std::to_string(i);
  site.function.setName(unused);
  functions.insert(site.function);
  return true;
}
