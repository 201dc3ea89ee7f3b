//===- PlainProduct.cpp - products and convolutions as plain loops --------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// For every spec and shape, and the smallest sizes: lanes run over the last axis of the
// result, each element is one chain of fused multiply-adds in index order.
//
//===----------------------------------------------------------------------===//
#include "codegen/Domain.h"
#include "ir/LaneMath.h"

using namespace mlir;
using namespace net;

namespace {
class PlainProductEmitter : public KernelEmitter {
public:
  explicit PlainProductEmitter(const KernelInfo &info)
      : info(info), root(info.roots[0]), shape(shapeOf(root->getResult(0).getType())),
        domain(info, shape, axisCuts(shape), Domain::Lanes::Rows) {}

  KernelPlan plan() override {
    SizeExpr terms(1);
    for (const SizeExpr &size : loops())
      terms = terms * size;
    SizeExpr work = (product(shape) * terms * SizeExpr(2)).floorDiv(SizeExpr(info.target.lanes()));
    return {{Phase{domain.chunks(), work}}, SizeExpr(0)};
  }

  void emit(KernelContext &context, unsigned) override {
    Pull &pull = context.pull;
    element = elementOf(root->getResult(0).getType());
    domain.emit(pull, context.begin, context.end, 4, [&](ArrayRef<Place> places) {
      SmallVector<SmallVector<Index>> axes;
      SmallVector<Value> init;
      for (const Place &place : places) {
        axes.push_back(pull.axes(place, shape));
        Element zero = pull.zero(element);
        init.push_back(pull.hasLanes(place) ? pull.splat(zero).v : zero.v);
      }
      SmallVector<Index> turns;
      auto sums = nest(pull, axes, turns, init);
      for (auto [place, sum] : llvm::zip(places, sums))
        pull.bind(root->getResult(0), place, narrow(pull.builder, pull.loc, sum, element));
      context.finish(root->getResult(0), places);
    });
  }

protected:
  /// The loops over what is summed.
  virtual Shape loops() = 0;
  /// Both factors of a term; no value: the term is zero.
  virtual std::pair<Element, Element> factors(Pull &pull, ArrayRef<Index> axes,
                                              ArrayRef<Index> turns) = 0;

  const KernelInfo &info;
  Operation *root;
  Shape shape;
  Domain domain;
  Type element;

private:
  static std::vector<SizeExpr> axisCuts(const Shape &shape) {
    auto strides = stridesOf(shape);
    return {strides.begin(), strides.end()};
  }

  SmallVector<Value> nest(Pull &pull, ArrayRef<SmallVector<Index>> axes, SmallVector<Index> &turns,
                          ArrayRef<Value> carried) {
    Shape sizes = loops();
    if (turns.size() < sizes.size())
      return pull.loop(sizes[turns.size()], SmallVector<Value>(carried),
                       [&](Index i, ValueRange inner) {
                         turns.push_back(i);
                         auto next = nest(pull, axes, turns, SmallVector<Value>(inner));
                         turns.pop_back();
                         return next;
                       });
    SmallVector<Value> next;
    for (auto [place, sum] : llvm::zip(axes, carried)) {
      auto [a, b] = factors(pull, place, turns);
      bool isVector = isa<VectorType>(sum.getType());
      auto lane = [&](Element e) {
        return Lane(pull.builder, pull.loc, element, isVector ? pull.splat(e).v : e.v);
      };
      Lane total(pull.builder, pull.loc, element, sum);
      if (lane::isFloat(total))
        next.push_back(lane::fma(lane(a), lane(b), total).v);
      else
        next.push_back(scalar::operator+(scalar::operator*(lane(a), lane(b)), total).v);
    }
    return next;
  }
};

class PlainEinsum : public PlainProductEmitter {
public:
  explicit PlainEinsum(const KernelInfo &info)
      : PlainProductEmitter(info), op(cast<EinsumOp>(info.roots[0])) {
    auto [inputs, output] = op.getSpec().split("->");
    auto [first, second] = inputs.split(",");
    a = first.trim(), b = second.trim(), y = output.trim();
    for (StringRef operand : {a, b})
      for (char letter : operand)
        if (y.find(letter) == StringRef::npos && summed.find(letter) == std::string::npos)
          summed += letter;
  }

protected:
  Shape loops() override {
    Shape sizes;
    for (char letter : summed) {
      size_t inA = a.find(letter);
      sizes.push_back(inA != StringRef::npos ? shapeOf(op.getA().getType())[inA]
                                             : shapeOf(op.getB_().getType())[b.find(letter)]);
    }
    return sizes;
  }

  std::pair<Element, Element> factors(Pull &pull, ArrayRef<Index> axes,
                                      ArrayRef<Index> turns) override {
    auto place = [&](StringRef letters) {
      SmallVector<Index> indices;
      for (char letter : letters) {
        size_t kept = y.find(letter);
        indices.push_back(kept != StringRef::npos ? axes[kept] : turns[summed.find(letter)]);
      }
      return Place(indices);
    };
    return {pull.get(op.getA(), place(a)), pull.get(op.getB_(), place(b))};
  }

private:
  EinsumOp op;
  StringRef a, b, y;
  std::string summed;
};

class PlainConv : public PlainProductEmitter {
public:
  explicit PlainConv(const KernelInfo &info)
      : PlainProductEmitter(info), op(cast<ConvOp>(info.roots[0])), x(shapeOf(op.getX().getType())),
        w(shapeOf(op.getW().getType())), spatial(op.getStrides().size()) {}

protected:
  /// The taps, then the channels of a group.
  Shape loops() override { return Shape(w.begin(), w.begin() + spatial + 1); }

  std::pair<Element, Element> factors(Pull &pull, ArrayRef<Index> axes,
                                      ArrayRef<Index> turns) override {
    Index output = axes.back(), channel = turns.back(), image = axes[0];
    if (op.getGroups() > 1) {
      SizeExpr perGroup = w.back().floorDiv(SizeExpr(op.getGroups()));
      channel = pull.floorDiv(output, perGroup) * w[spatial] + channel;
    }
    if (op.getBatchGroups() > 1) {
      SizeExpr perGroup = w.back().floorDiv(SizeExpr(op.getBatchGroups()));
      image = pull.floorDiv(output, perGroup) * shape[0] + image;
    }
    SmallVector<Index> source = {image}, weight;
    Element inside;
    for (size_t i = 0; i < spatial; ++i) {
      Index position = axes[i + 1] * SizeExpr(op.getStrides()[i]) +
                       turns[i] * SizeExpr(op.getDilation()[i]) - Index(op.getLow()[i]);
      SizeExpr spread(op.getInputDilation()[i]);
      SizeExpr covered = (x[i + 1] - SizeExpr(1)) * spread + SizeExpr(1);
      inside = pull.conjunction(
          inside, pull.inRange(position, covered, op.getLow()[i] > 0, op.getHigh()[i] > 0));
      if (spread != SizeExpr(1)) {
        auto [quotient, rest] = pull.divide(position, spread);
        inside = pull.conjunction(inside, pull.inRange(rest, SizeExpr(1), false, true));
        position = quotient;
      }
      source.push_back(position);
      weight.push_back(turns[i]);
    }
    source.push_back(channel);
    weight.push_back(turns.back());
    weight.push_back(output);
    return {pull.guarded(inside, op.getX(), Place(source), pull.zero(element)),
            pull.get(op.getW(), Place(weight))};
  }

private:
  ConvOp op;
  Shape x, w;
  size_t spatial;
};
} // namespace

std::unique_ptr<KernelEmitter> net::createPlainProductEmitter(const KernelInfo &info) {
  if (isa<ConvOp>(info.roots[0]))
    return std::make_unique<PlainConv>(info);
  return std::make_unique<PlainEinsum>(info);
}
