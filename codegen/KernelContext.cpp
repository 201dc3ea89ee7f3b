//===- KernelContext.cpp - what the emitter of a kernel works with --------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "codegen/KernelContext.h"
#include "codegen/Product.h"
#include "codegen/Reducer.h"
#include "codegen/Rows.h"

using namespace mlir;
using namespace net;

int64_t KernelInfo::estimate(const SizeExpr &size) const {
  auto value =
      size.substitute([&](const std::string &) { return SizeExpr(expectedBatch); }).constant();
  return value.value_or(INT32_MAX);
}

std::optional<KernelContext::Memory> KernelContext::memory(Value operand, const SizeExpr &part) {
  Shape shape = shapeOf(operand.getType());
  if (Value pointer = pull.arrayOf(operand)) {
    pull.accesses.push_back({operand, Index(), false, /*anywhere=*/true, part});
    return Memory{pointer, stridesOf(shape), elementOf(operand.getType())};
  }
  Operation *op = operand.getDefiningOp();
  if (auto transpose = dyn_cast_or_null<TransposeOp>(op)) {
    auto x = memory(transpose.getX(), SizeExpr::invalid());
    if (!x)
      return std::nullopt;
    Memory result{x->pointer, {}, x->element};
    for (int64_t axis : transpose.getOrder())
      result.strides.push_back(x->strides[axis]);
    return result;
  }
  if (auto reshape = dyn_cast_or_null<ReshapeOp>(op))
    if (pull.arrayOf(reshape.getX())) {
      auto x = memory(reshape.getX(), part);
      return Memory{x->pointer, stridesOf(shape), x->element};
    }
  return std::nullopt;
}

void KernelContext::finish(Value root, const Place &place, Value element) {
  pull.bind(root, place, element);
  finish(root, place);
}

void KernelContext::finish(Value root, ArrayRef<Place> places) {
  Shape from = shapeOf(root.getType());
  // All elements first: an output may lie where an operand of another one does.
  SmallVector<std::pair<Place, Element>, 0> elements;
  for (const Place &place : places)
    for (Value yield : info.yields) {
      Place own = place.reshaped(from, shapeOf(yield.getType()));
      elements.emplace_back(own, pull.get(yield, own));
    }
  for (auto [i, element] : llvm::enumerate(elements))
    pull.store(info.outputs[i % info.outputs.size()], element.first, element.second);
}

namespace {
/// Empty arrays take no code.
class NoEmitter : public KernelEmitter {
  KernelPlan plan() override { return {{}, SizeExpr(0)}; }
  void emit(KernelContext &, unsigned) override {}
};
} // namespace

std::unique_ptr<KernelEmitter> net::createEmitter(const KernelInfo &info) {
  if (product(shapeOf(info.outputs[0].getType())) == SizeExpr(0))
    return std::make_unique<NoEmitter>();
  if (info.roots.empty())
    return createMapEmitter(info);
  Operation *root = info.roots[0];
  if (isReduction(root))
    return createReduceEmitter(info);
  if (isa<ScatterAddOp, ScatterAddAlongOp>(root))
    return createScatterEmitter(info);
  if (isa<RecurrenceOp>(root))
    return createRecurrenceEmitter(info);
  if (isa<ArgSortOp>(root))
    return createSortEmitter(info);
  if (isa<SolveOp>(root))
    return createSolveEmitter(info);
  if (auto emitter = createProductEmitter(info))
    return emitter;
  return createPlainProductEmitter(info);
}
