//===- Normalize.cpp - kernels in the forms that are emitted --------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "codegen/Normalize.h"
#include "codegen/Reducer.h"
#include "mlir/IR/IRMapping.h"

using namespace mlir;
using namespace net;

bool net::isReadThrough(Operation *op) {
  return isa<ConstantOp, SizeOp, IotaOp, BroadcastOp, ReshapeOp, TransposeOp, SliceOp, ReverseOp,
             WindowOp, DynamicSliceOp, StopGradientOp>(op);
}

namespace {
bool isProduct(Operation *op) { return isa<EinsumOp, ConvOp>(op); }
/// The only root and output of its kernel?
bool isAlone(Operation *op) {
  return isa<ScatterAddOp, ScatterAddAlongOp, RecurrenceOp, ArgSortOp, SolveOp>(op);
}

Block &bodyOf(KernelOp kernel) { return kernel.getBody().front(); }
Operation *yieldOf(KernelOp kernel) { return bodyOf(kernel).getTerminator(); }
SizeExpr countOf(Value value) { return product(shapeOf(value.getType())); }

void removeDead(KernelOp kernel) {
  for (Operation &op : llvm::make_early_inc_range(llvm::reverse(bodyOf(kernel))))
    if (!op.hasTrait<OpTrait::IsTerminator>() && op.use_empty())
      op.erase();
}

/// A kernel with the operations of `kernel` that these values need.
KernelOp cloneFor(OpBuilder &b, KernelOp kernel, ArrayRef<Value> values) {
  SmallVector<Type> types;
  for (Value value : values)
    types.push_back(value.getType());
  auto clone = KernelOp::create(b, kernel.getLoc(), types);
  IRMapping mapping;
  OpBuilder inner = OpBuilder::atBlockBegin(&clone.getBody().emplaceBlock());
  for (Operation &op : bodyOf(kernel).without_terminator())
    inner.clone(op, mapping);
  SmallVector<Value> yields;
  for (Value value : values)
    yields.push_back(mapping.lookupOrDefault(value));
  YieldOp::create(inner, kernel.getLoc(), yields);
  removeDead(clone);
  return clone;
}

/// The values become results of a kernel of their own, before this one. Gives both; the second is
/// null if nothing is left.
std::pair<KernelOp, KernelOp> split(KernelOp kernel, ArrayRef<Value> first) {
  OpBuilder b(kernel);
  KernelOp before = cloneFor(b, kernel, first);
  for (auto [i, result] : llvm::enumerate(before.getResults()))
    Value(first[i]).replaceUsesWithIf(
        result, [&](OpOperand &use) { return use.getOwner()->getBlock() == &bodyOf(kernel); });
  return {before, kernel};
}

/// Drops outputs that are values from above; gives null if none are left.
KernelOp withoutCopies(KernelOp kernel) {
  SmallVector<Value> own, kept;
  for (auto [result, value] : llvm::zip(kernel.getResults(), yieldOf(kernel)->getOperands())) {
    if (result.use_empty())
      continue;
    if (value.getParentBlock() != &bodyOf(kernel)) {
      result.replaceAllUsesWith(value);
      continue;
    }
    own.push_back(value);
    kept.push_back(result);
  }
  if (own.size() == kernel.getNumResults()) {
    removeDead(kernel);
    return kernel;
  }
  KernelOp rebuilt;
  if (!own.empty()) {
    OpBuilder b(kernel);
    rebuilt = cloneFor(b, kernel, own);
    for (auto [from, to] : llvm::zip(kept, rebuilt.getResults()))
      from.replaceAllUsesWith(to);
  }
  kernel.erase();
  return rebuilt;
}

/// Is `on` among the operations of the kernel that an operation is computed by, itself included?
bool dependsOn(Operation *op, Operation *on) {
  SmallVector<Operation *> work = {op};
  llvm::SmallPtrSet<Operation *, 16> seen;
  while (!work.empty()) {
    Operation *next = work.pop_back_val();
    if (next == on)
      return true;
    for (Value operand : next->getOperands())
      if (Operation *def = operand.getDefiningOp())
        if (def->getBlock() == on->getBlock() && seen.insert(def).second)
          work.push_back(def);
  }
  return false;
}

/// Does the value reach the outputs through operations that keep each element's row-major position?
bool keepsPosition(Value value) {
  for (Operation *user : value.getUsers()) {
    if (isa<YieldOp>(user))
      continue;
    if (!isa<ScalarOp, StopGradientOp, CheckedOp, ReshapeOp>(user) ||
        !keepsPosition(user->getResult(0)))
      return false;
  }
  return true;
}

/// Reductions of this one's array shape and axes that no other reduction or product comes before.
SmallVector<Operation *> siblings(Operation *root, ArrayRef<Operation *> roots) {
  SmallVector<Operation *> group;
  for (Operation *other : roots) {
    bool alike =
        isReduction(other) &&
        shapeOf(other->getOperand(0).getType()) == shapeOf(root->getOperand(0).getType()) &&
        reducedAxes(other) == reducedAxes(root);
    bool independent =
        llvm::none_of(roots, [&](Operation *r) { return r != other && dependsOn(other, r); });
    if (other == root || (alike && independent))
      group.push_back(other);
  }
  return group;
}

/// Are all reductions over the last axes of arrays with the same rows, and their results only ever
/// copied along rows? Then each row's run once, inside a map over the elements.
bool isRowwise(KernelOp kernel, ArrayRef<Operation *> roots) {
  Shape rows = shapeOf(roots[0]->getResult(0).getType());
  auto startsWithRows = [&](const Shape &shape, ArrayRef<int64_t> axes) {
    size_t rank = shape.size();
    while (rank > rows.size() && shape[rank - 1] == SizeExpr(1))
      --rank;
    if (rank != rows.size())
      return false;
    for (size_t i = 0; i < rank; ++i)
      if (shape[i] != rows[i] || axes[i] != static_cast<int64_t>(i))
        return false;
    return true;
  };
  for (Operation *root : roots) {
    auto axes = reducedAxes(root);
    if (!isReduction(root) || shapeOf(root->getResult(0).getType()) != rows || axes.empty() ||
        axes.front() != static_cast<int64_t>(rows.size()))
      return false;
    // Rows shorter than a vector are better reduced side by side, a row a lane, by a kernel of
    // their own.
    SizeExpr length = countOf(root->getOperand(0)).floorDiv(countOf(root->getResult(0)));
    if (length.constant().value_or(16) < 16)
      return false;
  }
  for (Operation &op : bodyOf(kernel).without_terminator()) {
    bool follows =
        llvm::any_of(roots, [&](Operation *root) { return &op != root && dependsOn(&op, root); });
    if (!follows || isReduction(&op) || isa<ScalarOp, StopGradientOp, CheckedOp, ReshapeOp>(op))
      continue;
    auto broadcast = dyn_cast<BroadcastOp>(op);
    if (!broadcast)
      return false;
    bool fromRoot = llvm::any_of(roots, [&](Operation *root) {
      Operation *def = broadcast.getX().getDefiningOp();
      return def && def->getBlock() == op.getBlock() && dependsOn(def, root);
    });
    if (fromRoot && !startsWithRows(shapeOf(broadcast.getX().getType()), broadcast.getAxes()))
      return false;
  }
  return true;
}

/// Values that have to be computed by a kernel of their own first; none if the kernel is in form.
SmallVector<Value> whatToSplit(KernelOp kernel) {
  SmallVector<Operation *> roots, products;
  for (Operation &op : bodyOf(kernel).without_terminator()) {
    if (isReduction(&op) || isProduct(&op) || isAlone(&op))
      roots.push_back(&op);
    if (isProduct(&op) || isAlone(&op))
      products.push_back(&op);
  }
  auto outputs = yieldOf(kernel)->getOperands();
  bool even = llvm::all_of(outputs, [&](Value v) { return countOf(v) == countOf(outputs[0]); });
  if (roots.empty()) {
    if (even)
      return {};
    SmallVector<Value> alike;
    for (Value v : outputs)
      if (countOf(v) == countOf(outputs[0]))
        alike.push_back(v);
    return alike;
  }
  Operation *first = roots[0];
  Value result = first->getResult(0);
  bool aboveAll = llvm::all_of(
      outputs, [&](Value v) { return v.getDefiningOp() && dependsOn(v.getDefiningOp(), first); });
  bool fits = even && aboveAll && countOf(outputs[0]) == countOf(result) && keepsPosition(result);
  if (isAlone(first) && roots.size() == 1 && outputs.size() == 1 && outputs[0] == result)
    return {};
  if (isProduct(first) && roots.size() == 1 && fits)
    return {};
  if (!isReduction(first))
    return {result};
  auto group = siblings(first, roots);
  if (products.empty()) {
    bool all =
        group.size() == roots.size() && even && countOf(outputs[0]) == countOf(result) &&
        llvm::all_of(roots, [](Operation *root) { return keepsPosition(root->getResult(0)); });
    if (all || (even && isRowwise(kernel, roots)))
      return {};
  }
  SmallVector<Value> results;
  for (Operation *root : group)
    results.push_back(root->getResult(0));
  return results;
}

void normalize(KernelOp kernel) {
  while (kernel) {
    kernel = withoutCopies(kernel);
    if (!kernel)
      return;
    SmallVector<Value> first = whatToSplit(kernel);
    if (first.empty())
      return;
    auto [before, rest] = split(kernel, first);
    normalize(before);
    kernel = rest;
  }
}

/// An operation on its own becomes a kernel.
void wrap(Operation *op) {
  OpBuilder b(op);
  auto kernel = KernelOp::create(b, op->getLoc(), op->getResultTypes());
  op->replaceAllUsesWith(kernel.getResults());
  Block &block = kernel.getBody().emplaceBlock();
  op->moveBefore(&block, block.end());
  b.setInsertionPointToEnd(&block);
  YieldOp::create(b, op->getLoc(), op->getResults());
}
} // namespace

/// Does somebody want the whole array?
static bool isReadAsArray(Operation *op) {
  return llvm::any_of(op->getUsers(), [&](Operation *user) {
    return isa<func::ReturnOp, ScanOp>(user) ||
           (isa<YieldOp>(user) && user->getBlock() == op->getBlock());
  });
}

/// A kernel, where the builder stands, whose result holds the same numbers.
static Value copyOf(OpBuilder &b, Value value) {
  auto kernel = KernelOp::create(b, value.getLoc(), value.getType());
  OpBuilder inner = OpBuilder::atBlockBegin(&kernel.getBody().emplaceBlock());
  YieldOp::create(inner, value.getLoc(), value);
  return kernel.getResult(0);
}

/// The result of a kernel once more: the kernel stores it twice.
static std::optional<Value> storedTwice(Value value) {
  auto kernel = value.getDefiningOp<KernelOp>();
  if (llvm::any_of(bodyOf(kernel), [](Operation &op) { return isAlone(&op); }))
    return std::nullopt;
  SmallVector<Value> yields(yieldOf(kernel)->getOperands());
  yields.push_back(yields[cast<OpResult>(value).getResultNumber()]);
  OpBuilder b(kernel);
  KernelOp rebuilt = cloneFor(b, kernel, yields);
  kernel.replaceAllUsesWith(rebuilt.getResults().drop_back());
  kernel.erase();
  return rebuilt.getResults().back();
}

/// Every value that a turn yields, and every one that a carry begins as, becomes the result of a
/// kernel that nobody else wants stored elsewhere.
static void storeForScan(ScanOp scan) {
  Operation *yield = scan.getBody().front().getTerminator();
  OpBuilder b(yield);
  for (OpOperand &use : yield->getOpOperands()) {
    Value value = use.get();
    bool inTurn = value.getDefiningOp<KernelOp>() && value.getParentBlock() == b.getBlock();
    auto before = yield->getOperands().take_front(use.getOperandNumber());
    if (inTurn && !llvm::is_contained(before, value))
      continue;
    std::optional<Value> again = inTurn ? storedTwice(value) : std::nullopt;
    use.set(again ? *again : copyOf(b, use.get()));
  }
  b.setInsertionPoint(scan);
  for (OpOperand &use : scan.getInitialMutable())
    if (!use.get().getDefiningOp<KernelOp>() || !use.get().hasOneUse() ||
        use.get().getParentBlock() != scan->getBlock())
      use.set(copyOf(b, use.get()));
}

static void normalizeBlock(Block &block) {
  for (Operation &op : llvm::make_early_inc_range(block.without_terminator())) {
    if (auto scan = dyn_cast<ScanOp>(op))
      normalizeBlock(scan.getBody().front());
    else if (!isa<KernelOp>(op) && (!isReadThrough(&op) || isReadAsArray(&op)))
      wrap(&op);
  }
  for (KernelOp kernel : llvm::to_vector(block.getOps<KernelOp>()))
    normalize(kernel);
  for (Operation &op : llvm::make_early_inc_range(llvm::reverse(block)))
    if (!op.hasTrait<OpTrait::IsTerminator>() && op.use_empty())
      op.erase();
  for (ScanOp scan : block.getOps<ScanOp>())
    storeForScan(scan);
}

void net::normalizeKernels(func::FuncOp entry) { normalizeBlock(entry.getBody().front()); }

SmallVector<Operation *> net::rootsOf(KernelOp kernel) {
  SmallVector<Operation *> roots;
  for (Operation &op : bodyOf(kernel).without_terminator())
    if (isReduction(&op) || isProduct(&op) || isAlone(&op))
      roots.push_back(&op);
  if (roots.empty() || !isReduction(roots[0]))
    return roots;
  // Reductions inside of a map are no roots.
  Value output = yieldOf(kernel)->getOperand(0);
  bool own = countOf(output) == countOf(roots[0]->getResult(0)) &&
             siblings(roots[0], roots).size() == roots.size() &&
             llvm::all_of(roots, [](Operation *root) { return keepsPosition(root->getResult(0)); });
  return own ? roots : SmallVector<Operation *>();
}
