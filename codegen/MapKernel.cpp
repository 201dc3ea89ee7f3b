//===- MapKernel.cpp - kernels without a root -----------------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "codegen/Domain.h"
#include "codegen/Reducer.h"

using namespace mlir;
using namespace net;

namespace {
/// Every element of the outputs, which have the same number of them, from its place. Reductions
/// that an element needs run where the loops around allow, so a row's statistics are computed once
/// a row.
class MapEmitter : public KernelEmitter {
public:
  explicit MapEmitter(const KernelInfo &info)
      : info(info), shape(shapeOf(info.outputs[0].getType())),
        domain(info, shape, cutsOf(info), lanesOf(info)) {
    if (lanesOf(info) == Domain::Lanes::Innermost)
      domain.joinShortRows();
  }

  KernelPlan plan() override {
    int64_t operations = 2;
    KernelOp(info.kernel).getBody().walk([&](Operation *) { ++operations; });
    SizeExpr work = (product(shape) * SizeExpr(operations)).floorDiv(SizeExpr(info.target.lanes()));
    return {{Phase{domain.chunks(), work}}, SizeExpr(0)};
  }

  void emit(KernelContext &context, unsigned) override {
    domain.emit(context.pull, context.begin, context.end, 1, [&](ArrayRef<Place> places) {
      SmallVector<std::pair<Place, Element>, 0> elements;
      for (const Place &place : places)
        for (Value yield : info.yields) {
          Place own = place.reshaped(shape, shapeOf(yield.getType()));
          elements.emplace_back(own, context.pull.get(yield, own));
        }
      for (auto [i, element] : llvm::enumerate(elements))
        context.pull.store(info.outputs[i % info.outputs.size()], element.first, element.second);
    });
  }

  /// Lanes that are far apart in memory: a transpose. Tiles use whole cache lines.
  bool improve(ArrayRef<Access> accesses) override {
    bool apart = llvm::any_of(accesses, [&](const Access &access) {
      int64_t step = info.estimate(access.linear.lane);
      return !access.store && !access.anywhere && (step > 8 || step < -8);
    });
    return apart && domain.interchange();
  }

private:
  static Domain::Lanes lanesOf(const KernelInfo &info) {
    bool rows = false;
    KernelOp(info.kernel).getBody().walk([&](Operation *op) { rows |= isReduction(op); });
    return rows ? Domain::Lanes::Rows : Domain::Lanes::Innermost;
  }

  static std::vector<SizeExpr> cutsOf(const KernelInfo &info) {
    CutAnalysis analysis(info.inMemory);
    std::vector<SizeExpr> cuts;
    for (Value yield : info.yields)
      cuts.insert(cuts.end(), analysis.of(yield).begin(), analysis.of(yield).end());
    return cuts;
  }

  const KernelInfo &info;
  Shape shape;
  Domain domain;
};
} // namespace

std::unique_ptr<KernelEmitter> net::createMapEmitter(const KernelInfo &info) {
  return std::make_unique<MapEmitter>(info);
}
