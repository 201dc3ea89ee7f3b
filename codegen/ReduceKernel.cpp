//===- ReduceKernel.cpp - kernels whose roots are reductions --------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// One phase where the results are many; where they are few and long, a first phase
// reduces parts of fixed size and a second one merges them in order.
//
//===----------------------------------------------------------------------===//
#include "codegen/Domain.h"
#include "codegen/Reducer.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

using namespace mlir;
using namespace net;

namespace {
/// What a part of a long reduction should hold.
constexpr int64_t elementsOfPart = 16384;

class ReduceEmitter : public KernelEmitter {
public:
  explicit ReduceEmitter(const KernelInfo &info)
      : info(info), result(info.roots[0]->getResult(0)),
        from(shapeOf(info.roots[0]->getOperand(0).getType())), kept(shapeOf(result.getType())),
        lanes(lanesOf(info, from)), domain(info, kept, cutsOf(info), lanes, terms(info)) {
    decideParts();
  }

  KernelPlan plan() override {
    SizeExpr work =
        (product(from) * SizeExpr(4 * info.roots.size())).floorDiv(SizeExpr(info.target.lanes()));
    if (!rowsOfPart)
      return {{Phase{domain.chunks(), work}}, SizeExpr(0)};
    SizeExpr slots = product(kept) * SizeExpr(2 * info.roots.size());
    return {{Phase{parts, work}, Phase{domain.chunks(), parts * slots}},
            parts * slots * SizeExpr(8)};
  }

  void emit(KernelContext &context, unsigned phase) override {
    Pull &pull = context.pull;
    if (!rowsOfPart)
      return domain.emit(pull, context.begin, context.end, together(), [&](ArrayRef<Place> places) {
        Reducer reducer(pull, info.roots, places);
        bind(context, places, reducer.run());
      });
    if (phase == 0)
      return emitParts(context);
    domain.emit(pull, context.begin, context.end, 1,
                [&](ArrayRef<Place> places) { mergeParts(context, places); });
  }

private:
  unsigned together() const { return lanes == Domain::Lanes::None ? 1 : 4; }

  /// Lanes run over the reduced axes where they are innermost, else over the kept ones.
  static Domain::Lanes lanesOf(const KernelInfo &info, const Shape &from) {
    if (!reducesInnermost(info.roots[0]))
      return Domain::Lanes::Innermost;
    auto axes = reducedAxes(info.roots[0]);
    SizeExpr run(1);
    for (int64_t axis = axes.back(); axis >= 0 && llvm::is_contained(axes, axis); --axis)
      run = run * from[axis];
    return run.constant().value_or(INT32_MAX) < info.target.lanes() ? Domain::Lanes::Innermost
                                                                    : Domain::Lanes::None;
  }

  /// Elements that make one result.
  static int64_t terms(const KernelInfo &info) {
    int64_t results = info.estimate(product(shapeOf(info.roots[0]->getResult(0).getType())));
    return info.estimate(product(shapeOf(info.roots[0]->getOperand(0).getType()))) /
           std::max<int64_t>(results, 1);
  }

  static std::vector<SizeExpr> cutsOf(const KernelInfo &info) {
    CutAnalysis analysis(info.inMemory);
    std::vector<SizeExpr> cuts;
    auto add = [&](Value value) {
      cuts.insert(cuts.end(), analysis.of(value).begin(), analysis.of(value).end());
    };
    for (Operation *root : info.roots)
      add(root->getResult(0));
    for (Value yield : info.yields)
      add(yield);
    return cuts;
  }

  void decideParts() {
    SizeExpr reduced(1);
    auto axes = reducedAxes(info.roots[0]);
    for (int64_t axis : axes)
      reduced = reduced * from[axis];
    int64_t results = info.estimate(product(kept)), length = info.estimate(reduced);
    int64_t few = lanes == Domain::Lanes::None ? 63 : 1024;
    if (results > few || results * length < 4 * elementsOfPart)
      return;
    // The outermost loop over what is reduced, as the reducer has it.
    CutAnalysis analysis(info.inMemory);
    outermost = Reducer::outermost(analysis, info.roots);
    int64_t inner =
        std::max<int64_t>(1, results * length / std::max<int64_t>(1, info.estimate(outermost)));
    int64_t step = 4 * info.target.lanes();
    rowsOfPart = std::max<int64_t>(1, elementsOfPart / inner);
    if (rowsOfPart > step)
      rowsOfPart = rowsOfPart / step * step;
    parts = (outermost + SizeExpr(rowsOfPart - 1)).floorDiv(SizeExpr(rowsOfPart));
  }

  void bind(KernelContext &context, ArrayRef<Place> places, ArrayRef<Partial> partials) {
    for (auto [i, partial] : llvm::enumerate(partials)) {
      Operation *root = info.roots[i % info.roots.size()];
      Value v = Reducer::finish(context.pull, root, partial);
      context.pull.bind(root->getResult(0), places[i / info.roots.size()], v);
    }
    context.finish(result, places);
  }

  /// Where a value of a partial lies: [part][root][value][result], 8 bytes each.
  Value slot(KernelContext &context, const Index &part, size_t root, size_t value,
             const Place &place) {
    Pull &pull = context.pull;
    SizeExpr results = product(kept);
    Index linear = part * (results * SizeExpr(2 * info.roots.size())) +
                   Index(results * SizeExpr(2 * root + value));
    Index element = place.linear(kept);
    element.lane = SizeExpr(0);
    Value offset = pull.materialize((linear + element) * SizeExpr(8)).v;
    return LLVM::GEPOp::create(pull.builder, pull.loc, context.scratch.getType(),
                               pull.builder.getI8Type(), context.scratch,
                               ArrayRef<LLVM::GEPArg>{offset});
  }

  void emitParts(KernelContext &context) {
    Pull &pull = context.pull;
    OpBuilder &b = pull.builder;
    pull.loop(context.begin, context.end, 1, parts, [&](Index part) {
      Value low = pull.materialize(part * SizeExpr(rowsOfPart)).v;
      Value high = arith::MinSIOp::create(
          b, pull.loc, pull.materialize((part + Index(1)) * SizeExpr(rowsOfPart)).v,
          pull.size(outermost));
      domain.emit(pull, pull.size(0), pull.size(domain.chunks()), together(),
                  [&](ArrayRef<Place> places) {
                    Reducer reducer(pull, info.roots, places, /*parted=*/true);
                    auto partials = reducer.run(low, high);
                    for (auto [i, partial] : llvm::enumerate(partials))
                      for (auto [k, v] : llvm::enumerate(partial))
                        storeSlot(context,
                                  slot(context, part, i % info.roots.size(), k,
                                       places[i / info.roots.size()]),
                                  v);
                  });
    });
  }

  /// Lanes lie 8 bytes apart like everything: as i64 or f64 whatever the type, so that no type
  /// needs its own.
  void storeSlot(KernelContext &context, Value pointer, Value v) {
    OpBuilder &b = context.pull.builder;
    Location loc = context.pull.loc;
    Type scalar = getElementTypeOrSelf(v.getType());
    unsigned bits = scalar.getIntOrFloatBitWidth();
    auto shaped = [&](Type type) -> Type {
      if (auto vector = dyn_cast<VectorType>(v.getType()))
        return vector.clone(type);
      return type;
    };
    if (isa<FloatType>(scalar))
      v = arith::BitcastOp::create(b, loc, shaped(b.getIntegerType(bits)), v);
    if (bits < 64)
      v = arith::ExtUIOp::create(b, loc, shaped(b.getI64Type()), v);
    Value mask = context.pull.getMask().lanes.v;
    if (mask && isa<VectorType>(v.getType()))
      LLVM::MaskedStoreOp::create(b, loc, v, pointer, mask, b.getI32IntegerAttr(8));
    else
      LLVM::StoreOp::create(b, loc, v, pointer, 8);
  }

  Value loadSlot(KernelContext &context, Value pointer, Type type) {
    OpBuilder &b = context.pull.builder;
    Location loc = context.pull.loc;
    Type scalar = getElementTypeOrSelf(type);
    unsigned bits = scalar.getIntOrFloatBitWidth();
    auto shaped = [&](Type element) -> Type {
      if (auto vector = dyn_cast<VectorType>(type))
        return vector.clone(element);
      return element;
    };
    Type wide = shaped(b.getI64Type());
    Value mask = context.pull.getMask().lanes.v, v;
    if (mask && isa<VectorType>(type)) {
      Value zero = arith::ConstantOp::create(b, loc, cast<TypedAttr>(b.getZeroAttr(wide)));
      v = LLVM::MaskedLoadOp::create(b, loc, wide, pointer, mask, zero, b.getI32IntegerAttr(8));
    } else {
      v = LLVM::LoadOp::create(b, loc, wide, pointer, 8);
    }
    if (bits < 64)
      v = arith::TruncIOp::create(b, loc, shaped(b.getIntegerType(bits)), v);
    return isa<FloatType>(scalar) ? Value(arith::BitcastOp::create(b, loc, type, v)) : v;
  }

  void mergeParts(KernelContext &context, ArrayRef<Place> places) {
    Pull &pull = context.pull;
    bool isVector = pull.hasLanes(places[0]);
    SmallVector<Value> init;
    for (Operation *root : info.roots)
      llvm::append_range(init, Reducer::identity(pull, root, isVector));
    auto values = pull.loop(
        pull.size(0), pull.size(parts), 1, parts, init, [&](Index part, ValueRange carried) {
          SmallVector<Value> next;
          for (auto [r, root] : llvm::enumerate(info.roots)) {
            size_t count = Reducer::identity(pull, root, isVector).size();
            Partial a(carried.begin() + next.size(), carried.begin() + next.size() + count), b;
            for (size_t k = 0; k < count; ++k)
              b.push_back(loadSlot(context, slot(context, part, r, k, places[0]), a[k].getType()));
            llvm::append_range(next, Reducer::merge(pull, root, a, b));
          }
          return next;
        });
    SmallVector<Partial> partials;
    size_t at = 0;
    for (Operation *root : info.roots) {
      size_t count = Reducer::identity(pull, root, isVector).size();
      partials.emplace_back(values.begin() + at, values.begin() + at + count);
      at += count;
    }
    bind(context, places, partials);
  }

  const KernelInfo &info;
  Value result;
  Shape from, kept;
  Domain::Lanes lanes;
  Domain domain;
  int64_t rowsOfPart = 0; ///< turns of the outermost reduced loop in a part; 0: not parted
  SizeExpr outermost, parts;
};
} // namespace

std::unique_ptr<KernelEmitter> net::createReduceEmitter(const KernelInfo &info) {
  return std::make_unique<ReduceEmitter>(info);
}
