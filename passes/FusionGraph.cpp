//===- FusionGraph.cpp - what reads what, behind index transforms -----------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "passes/FusionGraph.h"

using namespace mlir;
using namespace net;
using namespace net::fusion;

namespace {
/// Operations that only say where an element is read.
bool isIndexTransform(Operation *op) {
  return isa<ConstantOp, SizeOp, IotaOp, BroadcastOp, ReshapeOp, TransposeOp, SliceOp, ReverseOp,
             WindowOp, DynamicSliceOp, StopGradientOp>(op);
}

bool isScalar(Value value) { return cast<RankedTensorType>(value.getType()).getRank() == 0; }

} // namespace

bool fusion::isFree(Operation *op, llvm::function_ref<bool(Value)> known) {
  if (isIndexTransform(op))
    return true;
  return isa<ScalarOp, FoldKeyOp, FoldInOp>(op) && isScalar(op->getResult(0)) &&
         llvm::all_of(op->getOperands(), known);
}

Graph::Graph(Operation *first, Operation *end) {
  for (Operation *op = first; op != end; op = op->getNextNode())
    members.push_back(op);
  isMember.insert(members.begin(), members.end());
  for (Operation *op : members)
    if (fusion::isFree(op, [&](Value v) { return !producerOf(v) || free.contains(producerOf(v)); }))
      free.insert(op);
  separateReturned();
  collect();
}

Operation *Graph::producerOf(Value value) const {
  Operation *def = value.getDefiningOp();
  return def && isMember.contains(def) ? def : nullptr;
}

const SizeExpr &Graph::countOf(Value value) const {
  auto [at, isNew] = counts.try_emplace(value.getType().getAsOpaquePointer());
  if (isNew)
    at->second = product(shapeOf(value.getType()));
  return at->second;
}

/// What others read is stored: a free operation that they read gets a copy that is not free.
void Graph::separateReturned() {
  for (Operation *op : llvm::to_vector(members)) {
    auto outside = [&](OpOperand &use) { return !isMember.contains(use.getOwner()); };
    Value value = op->getResult(0);
    if (llvm::none_of(value.getUses(), outside))
      continue;
    if (free.contains(op)) {
      OpBuilder b(op->getContext());
      b.setInsertionPointAfter(members.back());
      Operation *copy = b.clone(*op);
      value.replaceUsesWithIf(copy->getResult(0), outside);
      members.push_back(copy);
      isMember.insert(copy);
      op = copy;
    }
    returned.insert(op);
  }
}

void Graph::collect() {
  for (Operation *op : members)
    if (!free.contains(op))
      ordered.push_back(op);
  for (Operation *op : ordered)
    for (OpOperand &operand : op->getOpOperands()) {
      auto &list = sources[{op, operand.getOperandNumber()}] = trace(operand.get());
      for (const Source &source : list)
        if (Operation *def = producerOf(source.value))
          readers[def].push_back({op, operand.getOperandNumber(), source});
    }
}

/// How a free operation's operand is seen through its result.
Source Graph::seenThrough(Operation *op, Value operand, const Source &inner) const {
  Source outer = inner;
  bool same = countOf(operand) == countOf(op->getResult(0));
  if (isa<ReshapeOp, StopGradientOp>(op) || (isa<BroadcastOp>(op) && same))
    return outer;
  outer.positional = false;
  outer.through = op->getResult(0);
  outer.rereads |= isa<BroadcastOp, WindowOp>(op) && !same;
  return outer;
}

SmallVector<Source> Graph::trace(Value value) {
  Operation *def = producerOf(value);
  if (!def || !free.contains(def))
    return {{value, true, false, {}}};
  if (auto found = traced.find(value); found != traced.end())
    return found->second;
  SmallVector<Source> result;
  for (Value operand : def->getOperands())
    for (const Source &inner : trace(operand))
      result.push_back(seenThrough(def, operand, inner));
  return traced[value] = result;
}

Role Graph::roleOf(Operation *op) const {
  if (free.contains(op))
    return Role::Free;
  if (isa<SumOp, ProdOp, ReduceMaxOp, ReduceMinOp, AnyOp, AllOp, LogSumExpOp, ArgMaxOp, ArgMinOp>(
          op))
    return Role::Reduction;
  if (isa<EinsumOp, ConvOp>(op))
    return Role::Product;
  if (isa<ScatterAddOp, ScatterAddAlongOp>(op))
    return Role::Scatter;
  if (isa<RecurrenceOp, ArgSortOp, SolveOp>(op))
    return Role::Rows;
  return Role::Element;
}

ArrayRef<Source> Graph::sourcesOf(Operation *op, unsigned operand) const {
  auto found = sources.find({op, operand});
  return found == sources.end() ? ArrayRef<Source>() : ArrayRef<Source>(found->second);
}

ArrayRef<Reader> Graph::readersOf(Operation *op) const {
  auto found = readers.find(op);
  return found == readers.end() ? ArrayRef<Reader>() : ArrayRef<Reader>(found->second);
}

SmallVector<int64_t> fusion::reducedAxes(Operation *op) {
  if (auto arg = dyn_cast<ArgMaxOp>(op))
    return {static_cast<int64_t>(arg.getAxis())};
  if (auto arg = dyn_cast<ArgMinOp>(op))
    return {static_cast<int64_t>(arg.getAxis())};
  SmallVector<int64_t> axes(op->getAttrOfType<DenseI64ArrayAttr>("axes").asArrayRef());
  llvm::sort(axes);
  return axes;
}

//===-- costs -------------------------------------------------------------------------------===//

int64_t fusion::estimate(const SizeExpr &size) {
  std::set<std::string> names;
  size.collectSymbols(names);
  std::map<std::string, int64_t> values;
  for (const std::string &name : names)
    values[name] = 128;
  return size.evaluate(values).value_or(INT64_MAX / 64);
}

int64_t fusion::bytesOf(Type type) {
  unsigned bits = elementOf(type).getIntOrFloatBitWidth();
  return estimate(product(shapeOf(type))) * std::max(1u, bits / 8);
}

int fusion::weightOf(Operation *op) {
  if (isa<DivOp, SqrtOp, RsqrtOp, ModOp, IdivOp>(op))
    return 4;
  if (auto power = dyn_cast<PowiOp>(op))
    return std::min<int64_t>(20, 2 + std::abs(static_cast<int64_t>(power.getN())));
  if (isa<ExpOp, Expm1Op, LogOp, Log1pOp, TanhOp, SigmoidOp, SoftplusOp, ErfOp, SinOp, CosOp,
          PowOp>(op))
    return 20;
  if (isa<UniformOp, NormalOp, RandIntOp>(op))
    return 30;
  // Sums over the windows that an element lies in.
  if (isa<UnwindowOp>(op))
    return 10;
  return isa<PadOp, ConcatOp, TakeOp, TakeAlongOp, DynamicUpdateOp>(op) ? 2 : 1;
}
