//===- ScatterKernel.cpp - sums at given positions ------------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Positions may repeat, so updates of one element keep their order: chunks divide the axes
// beside the indexed one, and each chunk goes through all indices.
//
//===----------------------------------------------------------------------===//
#include "codegen/Rows.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace net;

namespace {
class ScatterEmitter : public KernelEmitter {
public:
  explicit ScatterEmitter(const KernelInfo &info)
      : info(info), root(info.roots[0]), x(root->getOperand(0)), index(root->getOperand(1)),
        updates(root->getOperand(2)), shape(shapeOf(x.getType())),
        indices(shapeOf(index.getType())), axis(root->getAttrOfType<IntegerAttr>("axis").getInt()),
        along(isa<ScatterAddAlongOp>(root)), slices(beside(shape, axis)), cuts(stridesOf(slices)),
        domain(info, slices, {cuts.begin(), cuts.end()}, Domain::Lanes::Innermost,
               info.estimate(shape[axis])) {}

  KernelPlan plan() override {
    SizeExpr perSlice = shape[axis] + (along ? indices[axis] : product(indices)) * SizeExpr(4);
    SizeExpr work = (product(slices) * perSlice).floorDiv(SizeExpr(info.target.lanes()));
    return {{Phase{domain.chunks(), work}}, SizeExpr(0)};
  }

  void emit(KernelContext &context, unsigned) override {
    Pull &pull = context.pull;
    Value output = info.outputs[0];
    domain.emit(pull, context.begin, context.end, 1, [&](ArrayRef<Place> places) {
      SmallVector<Index> slice = pull.axes(places[0], slices);
      auto placed = [&](const Index &position) { return inRow(slice, axis, position); };
      pull.loop(shape[axis],
                [&](Index i) { pull.store(output, placed(i), pull.get(x, placed(i))); });
      // What is read from here on is read after elements were stored: it must not lie in the same
      // memory as the output.
      size_t behind = pull.accesses.size();
      // An axis without elements has no place for any.
      Element any = pull.inRange(Index(0), shape[axis], /*low=*/false, /*high=*/true);
      auto all = [&] { addAll(pull, output, slice, placed); };
      any.v ? pull.when(any.v, all) : all();
      for (size_t i = behind; i < pull.accesses.size(); ++i)
        pull.accesses[i].anywhere |= !pull.accesses[i].store;
    });
  }

private:
  using Placed = llvm::function_ref<Place(const Index &)>;

  /// Every update, in the order of the indices.
  void addAll(Pull &pull, Value output, ArrayRef<Index> slice, Placed placed) {
    if (along) {
      pull.loop(indices[axis], [&](Index i) {
        add(pull, output, placed(pull.loadedIndex(index, placed(i), shape[axis])), placed(i));
      });
      return;
    }
    SmallVector<Index> turns;
    std::function<void()> nest = [&] {
      if (turns.size() < indices.size())
        return pull.loop(indices[turns.size()], [&](Index i) {
          turns.push_back(i);
          nest();
          turns.pop_back();
        });
      SmallVector<Index> source(slice);
      source.insert(source.begin() + axis, turns.begin(), turns.end());
      add(pull, output, placed(pull.loadedIndex(index, Place(turns), shape[axis])), Place(source));
    };
    nest();
  }

  void add(Pull &pull, Value output, const Place &to, const Place &from) {
    Element update = pull.get(updates, from), old = pull.reload(output, to);
    Type element = elementOf(x.getType());
    bool isVector = update.vector || old.vector;
    auto lane = [&](Element e) {
      return Lane(pull.builder, pull.loc, element, isVector ? pull.splat(e).v : e.v);
    };
    Value sum = scalar::operator+(lane(old), lane(update)).v;
    pull.store(output, to, {narrow(pull.builder, pull.loc, sum, element), isVector, pull.scope()});
  }

  const KernelInfo &info;
  Operation *root;
  Value x, index, updates;
  Shape shape, indices;
  int64_t axis;
  bool along;
  Shape slices; ///< the axes beside the indexed one
  SmallVector<SizeExpr> cuts;
  Domain domain;
};
} // namespace

std::unique_ptr<KernelEmitter> net::createScatterEmitter(const KernelInfo &info) {
  return std::make_unique<ScatterEmitter>(info);
}
