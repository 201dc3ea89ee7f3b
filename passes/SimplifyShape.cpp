//===- SimplifyShape.cpp - operations that move elements ---------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// All rewrites here give the same elements.
//
//===----------------------------------------------------------------------===//
#include "passes/Simplify.h"

using namespace mlir;
using namespace net;

namespace {
bool isIdentity(ArrayRef<int64_t> order) {
  for (size_t i = 0; i < order.size(); ++i)
    if (order[i] != static_cast<int64_t>(i))
      return false;
  return true;
}

struct SimplifyBroadcast : OpRewritePattern<BroadcastOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(BroadcastOp op, PatternRewriter &r) const override {
    if (op.getX().getType() == op.getType() && isIdentity(op.getAxes()))
      return r.replaceOp(op, op.getX()), success();
    if (auto inner = op.getX().getDefiningOp<BroadcastOp>()) {
      SmallVector<int64_t> axes;
      for (int64_t axis : inner.getAxes())
        axes.push_back(op.getAxes()[axis]);
      return r.replaceOpWithNewOp<BroadcastOp>(op, op.getType(), inner.getX(), axes), success();
    }
    // A scalar is copied, whatever unit axes it got in between.
    if (auto inner = op.getX().getDefiningOp<ReshapeOp>())
      if (cast<RankedTensorType>(inner.getX().getType()).getRank() == 0)
        return r.replaceOpWithNewOp<BroadcastOp>(op, op.getType(), inner.getX(),
                                                 ArrayRef<int64_t>()),
               success();
    return r.notifyMatchFailure(op, "copies something else");
  }
};

struct SimplifyReshape : OpRewritePattern<ReshapeOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(ReshapeOp op, PatternRewriter &r) const override {
    if (op.getX().getType() == op.getType())
      return r.replaceOp(op, op.getX()), success();
    if (auto inner = op.getX().getDefiningOp<ReshapeOp>())
      return r.replaceOpWithNewOp<ReshapeOp>(op, op.getType(), inner.getX()), success();
    if (auto inner = op.getX().getDefiningOp<BroadcastOp>()) {
      if (cast<RankedTensorType>(inner.getX().getType()).getRank() == 0)
        return r.replaceOpWithNewOp<BroadcastOp>(op, op.getType(), inner.getX(),
                                                 ArrayRef<int64_t>()),
               success();
      if (product(shapeOf(inner.getX().getType())) == product(shapeOf(op.getType())))
        return r.replaceOpWithNewOp<ReshapeOp>(op, op.getType(), inner.getX()), success();
    }
    return r.notifyMatchFailure(op, "the elements' order counts");
  }
};

struct SimplifyTranspose : OpRewritePattern<TransposeOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(TransposeOp op, PatternRewriter &r) const override {
    ArrayRef<int64_t> order = op.getOrder();
    if (isIdentity(order))
      return r.replaceOp(op, op.getX()), success();
    if (auto inner = op.getX().getDefiningOp<TransposeOp>()) {
      SmallVector<int64_t> composed;
      for (int64_t axis : order)
        composed.push_back(inner.getOrder()[axis]);
      return r.replaceOpWithNewOp<TransposeOp>(op, op.getType(), inner.getX(), composed), success();
    }
    if (auto inner = op.getX().getDefiningOp<BroadcastOp>())
      return broadcastInOrder(op, inner, r);
    net::Shape shape = shapeOf(op.getX().getType());
    SmallVector<int64_t> moving;
    for (int64_t axis : order)
      if (shape[axis] != SizeExpr(1))
        moving.push_back(axis);
    if (llvm::is_sorted(moving))
      return r.replaceOpWithNewOp<ReshapeOp>(op, op.getType(), op.getX()), success();
    return r.notifyMatchFailure(op, "axes change places");
  }

  LogicalResult broadcastInOrder(TransposeOp op, BroadcastOp inner, PatternRewriter &r) const {
    SmallVector<int64_t> axes;
    for (int64_t axis : inner.getAxes())
      axes.push_back(llvm::find(op.getOrder(), axis) - op.getOrder().begin());
    if (!llvm::is_sorted(axes))
      return r.notifyMatchFailure(op, "axes of what is copied change places");
    return r.replaceOpWithNewOp<BroadcastOp>(op, op.getType(), inner.getX(), axes), success();
  }
};

struct SimplifySlice : OpRewritePattern<SliceOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(SliceOp op, PatternRewriter &r) const override {
    // Of the whole axis there is but one slice as long.
    if (op.getX().getType() == op.getType() &&
        llvm::all_of(op.getStrides(), [](int64_t s) { return s == 1; }))
      return r.replaceOp(op, op.getX()), success();
    if (auto inner = op.getX().getDefiningOp<BroadcastOp>())
      if (cast<RankedTensorType>(inner.getX().getType()).getRank() == 0)
        return r.replaceOpWithNewOp<BroadcastOp>(op, op.getType(), inner.getX(),
                                                 ArrayRef<int64_t>()),
               success();
    return r.notifyMatchFailure(op, "a part of the array");
  }
};

struct SimplifyConcat : OpRewritePattern<ConcatOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(ConcatOp op, PatternRewriter &r) const override {
    if (op.getXs().size() != 1)
      return r.notifyMatchFailure(op, "several arrays");
    return r.replaceOp(op, op.getXs().front()), success();
  }
};

struct SimplifyReverse : OpRewritePattern<ReverseOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(ReverseOp op, PatternRewriter &r) const override {
    auto inner = op.getX().getDefiningOp<ReverseOp>();
    if (!inner || inner.getAxes() != op.getAxes())
      return r.notifyMatchFailure(op, "not reversed twice");
    return r.replaceOp(op, inner.getX()), success();
  }
};
} // namespace

void net::populateShapePatterns(RewritePatternSet &patterns) {
  patterns.add<SimplifyBroadcast, SimplifyReshape, SimplifyTranspose, SimplifySlice, SimplifyConcat,
               SimplifyReverse>(patterns.getContext());
}
