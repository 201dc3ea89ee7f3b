//===- SimplifyProduct.cpp - products and sums -------------------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Rewrites that change a formula, and so the last bits of a result:
//   SumOfCopies      a sum of n equal terms becomes a product with n
//   SumOfProduct     a sum of elementwise products becomes an einsum: each term is fused into
//                    the sum, and the terms are added in the einsum's order
// Both are decided by the graph alone.
//
//===----------------------------------------------------------------------===//
#include "passes/Simplify.h"

using namespace mlir;
using namespace net;

EinsumSpec EinsumSpec::of(EinsumOp op) {
  auto [a, rest] = op.getSpec().split(',');
  auto [b, y] = rest.split("->");
  return {{a.str(), b.str(), y.str()}};
}

char EinsumSpec::freeLetter(char wanted) const {
  std::string letters = wanted + std::string("abcdefghijklmnopqrstuvwxyz");
  for (char letter : letters)
    if ((parts[0] + parts[1]).find(letter) == std::string::npos)
      return letter;
  return 0;
}

namespace {
/// Letters of the transpose's operand, from those of its result.
std::string lettersBefore(TransposeOp transpose, StringRef letters) {
  std::string before(letters.size(), ' ');
  for (auto [i, axis] : llvm::enumerate(transpose.getOrder()))
    before[axis] = letters[i];
  return before;
}

/// einsum(transpose(a), b) reads a with its letters in another order.
struct TransposeIntoEinsum : OpRewritePattern<EinsumOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(EinsumOp op, PatternRewriter &r) const override {
    EinsumSpec spec = EinsumSpec::of(op);
    Value operands[2] = {op.getA(), op.getB_()};
    bool changed = false;
    for (int i = 0; i < 2; ++i)
      if (auto transpose = operands[i].getDefiningOp<TransposeOp>()) {
        spec.parts[i] = lettersBefore(transpose, spec.parts[i]);
        operands[i] = transpose.getX();
        changed = true;
      }
    if (!changed)
      return r.notifyMatchFailure(op, "no operand is transposed");
    return r.replaceOpWithNewOp<EinsumOp>(op, op.getType(), operands[0], operands[1], spec.str()),
           success();
  }
};

/// transpose(einsum(a, b)) writes its result in another order.
struct EinsumIntoTranspose : OpRewritePattern<TransposeOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(TransposeOp op, PatternRewriter &r) const override {
    auto einsum = op.getX().getDefiningOp<EinsumOp>();
    if (!einsum || !einsum->hasOneUse())
      return r.notifyMatchFailure(op, "not the only use of a product");
    EinsumSpec spec = EinsumSpec::of(einsum);
    std::string result;
    for (int64_t axis : op.getOrder())
      result += spec.parts[2][axis];
    spec.parts[2] = result;
    return r.replaceOpWithNewOp<EinsumOp>(op, op.getType(), einsum.getA(), einsum.getB_(),
                                          spec.str()),
           success();
  }
};

/// The sum over axes that are copies is the number of copies times the rest. Changes a formula.
struct SumOfCopies : OpRewritePattern<SumOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(SumOp op, PatternRewriter &r) const override {
    auto broadcast = op.getX().getDefiningOp<BroadcastOp>();
    Type element = elementOf(op.getType());
    // In 16 bits the number of copies may be none, or infinite.
    if (!broadcast || !(element.isF32() || element.isF64()))
      return r.notifyMatchFailure(op, "no sum of copies");
    net::Shape inner = shapeOf(broadcast.getX().getType()), outer = shapeOf(broadcast.getType());
    SizeExpr copies = 1;
    for (int64_t axis : op.getAxes()) {
      if (llvm::is_contained(broadcast.getAxes(), axis))
        return r.notifyMatchFailure(op, "sums over an axis that is no copy");
      copies = copies * outer[axis];
    }
    if (copies == SizeExpr(0))
      return r.notifyMatchFailure(op, "no copies: the sum is 0, whatever is copied");
    SmallVector<int64_t> kept, axes;
    for (int64_t axis = 0; axis < static_cast<int64_t>(outer.size()); ++axis)
      if (!llvm::is_contained(op.getAxes(), axis))
        kept.push_back(axis);
    for (int64_t axis : broadcast.getAxes())
      axes.push_back(llvm::find(kept, axis) - kept.begin());
    auto scalarType = tensorOf(elementOf(op.getType()), {});
    Value count;
    if (auto number = copies.constant())
      count = splatConstant(r, op.getLoc(), *number, scalarType);
    else
      count = CastOp::create(
          r, op.getLoc(), scalarType,
          SizeOp::create(r, op.getLoc(), tensorOf(r.getI64Type(), {}), copies.str()));
    Value times = count;
    if (!inner.empty())
      times = BroadcastOp::create(r, op.getLoc(), broadcast.getX().getType(), count,
                                  ArrayRef<int64_t>());
    Value scaled =
        MulOp::create(r, op.getLoc(), broadcast.getX().getType(), broadcast.getX(), times);
    return r.replaceOpWithNewOp<BroadcastOp>(op, op.getType(), scaled, axes), success();
  }
};

/// sum(copies(a) * copies(b)) where both lack axes is a product. Changes a formula.
struct SumOfProduct : OpRewritePattern<SumOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(SumOp op, PatternRewriter &r) const override {
    auto mul = op.getX().getDefiningOp<MulOp>();
    if (!mul || !mul->hasOneUse() || !isa<FloatType>(elementOf(op.getType())))
      return r.notifyMatchFailure(op, "no sum of a product that only it reads");
    auto a = mul.getA().getDefiningOp<BroadcastOp>(), b = mul.getB_().getDefiningOp<BroadcastOp>();
    if (!a || !b)
      return r.notifyMatchFailure(op, "a factor has all axes");
    int64_t rank = cast<RankedTensorType>(mul.getType()).getRank();
    if (rank > 26)
      return r.notifyMatchFailure(op, "more axes than letters");
    EinsumSpec spec;
    if (!letters(a, spec.parts[0]) || !letters(b, spec.parts[1]))
      return r.notifyMatchFailure(op, "an axis of size 1 is copied");
    bool lacking[2] = {false, false};
    for (int64_t axis = 0; axis < rank; ++axis) {
      bool summed = llvm::is_contained(op.getAxes(), axis);
      char letter = static_cast<char>('a' + axis);
      bool inA = StringRef(spec.parts[0]).contains(letter),
           inB = StringRef(spec.parts[1]).contains(letter);
      if (summed ? !inA || !inB : !inA && !inB)
        return r.notifyMatchFailure(op, "an axis is no product's");
      lacking[0] |= !inA;
      lacking[1] |= !inB;
      if (!summed)
        spec.parts[2] += letter;
    }
    if (!lacking[0] || !lacking[1])
      return r.notifyMatchFailure(op, "a factor has all axes");
    return r.replaceOpWithNewOp<EinsumOp>(op, op.getType(), a.getX(), b.getX(), spec.str()),
           success();
  }

  static bool letters(BroadcastOp broadcast, std::string &result) {
    net::Shape inner = shapeOf(broadcast.getX().getType()), outer = shapeOf(broadcast.getType());
    for (auto [i, axis] : llvm::enumerate(broadcast.getAxes())) {
      if (inner[i] != outer[axis])
        return false;
      result += static_cast<char>('a' + axis);
    }
    return true;
  }
};
} // namespace

void net::populateProductPatterns(RewritePatternSet &patterns) {
  patterns.add<TransposeIntoEinsum, EinsumIntoTranspose, SumOfCopies, SumOfProduct>(
      patterns.getContext());
}
