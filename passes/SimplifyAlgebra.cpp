//===- SimplifyAlgebra.cpp - neutral elements, inverse pairs, constants ------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// NaN and infinity are kept; of zeros, the sign may change (`x + 0` is x). Nothing here
// rounds differently than the operations that stood before.
//
//===----------------------------------------------------------------------===//
#include "mlir/IR/Matchers.h"
#include "passes/Simplify.h"
#include <cmath>

using namespace mlir;
using namespace net;

std::optional<double> net::splatOf(Value value) {
  while (Operation *def = value.getDefiningOp()) {
    if (!isa<BroadcastOp, ReshapeOp, TransposeOp, ReverseOp, SliceOp>(def))
      break;
    value = def->getOperand(0);
  }
  DenseElementsAttr elements;
  if (!matchPattern(value, m_Constant(&elements)) || !elements.isSplat())
    return std::nullopt;
  if (auto type = dyn_cast<FloatType>(elements.getElementType())) {
    // Exact for every element type.
    APFloat number = elements.getSplatValue<APFloat>();
    bool inexact;
    number.convert(APFloat::IEEEdouble(), APFloat::rmNearestTiesToEven, &inexact);
    return number.convertToDouble();
  }
  auto type = cast<IntegerType>(elements.getElementType());
  APInt number = elements.getSplatValue<APInt>();
  bool isUnsigned = type.isUnsigned() || type.getWidth() == 1;
  return isUnsigned ? static_cast<double>(number.getZExtValue())
                    : static_cast<double>(number.getSExtValue());
}

Value net::splatConstant(OpBuilder &b, Location loc, double number, Type type) {
  Type element = elementOf(type);
  RankedTensorType scalar = tensorOf(element, {});
  Attribute value;
  if (auto real = dyn_cast<FloatType>(element))
    value = FloatAttr::get(real, number);
  else
    value = IntegerAttr::get(element,
                             APInt(element.getIntOrFloatBitWidth(), static_cast<int64_t>(number),
                                   /*isSigned=*/true, /*implicitTrunc=*/true));
  Value constant = ConstantOp::create(b, loc, DenseElementsAttr::get(scalar, value));
  if (cast<RankedTensorType>(type).getRank() == 0)
    return constant;
  return BroadcastOp::create(b, loc, type, constant, ArrayRef<int64_t>());
}

namespace {
bool is(Value value, double number) {
  std::optional<double> splat = splatOf(value);
  return splat && *splat == number;
}

template <typename Op> struct Rewrite : OpRewritePattern<Op> {
  using OpRewritePattern<Op>::OpRewritePattern;
};

struct SimplifyAdd : Rewrite<AddOp> {
  using Rewrite::Rewrite;
  LogicalResult matchAndRewrite(AddOp op, PatternRewriter &r) const override {
    for (auto [one, other] : {std::pair(op.getA(), op.getB_()), std::pair(op.getB_(), op.getA())}) {
      if (is(other, 0))
        return r.replaceOp(op, one), success();
      if (auto neg = other.getDefiningOp<NegOp>())
        return r.replaceOpWithNewOp<SubOp>(op, op.getType(), one, neg.getX()), success();
    }
    return r.notifyMatchFailure(op, "no operand is 0 or a negation");
  }
};

struct SimplifySub : Rewrite<SubOp> {
  using Rewrite::Rewrite;
  LogicalResult matchAndRewrite(SubOp op, PatternRewriter &r) const override {
    if (is(op.getB_(), 0))
      return r.replaceOp(op, op.getA()), success();
    if (is(op.getA(), 0))
      return r.replaceOpWithNewOp<NegOp>(op, op.getType(), op.getB_()), success();
    if (auto neg = op.getB_().getDefiningOp<NegOp>())
      return r.replaceOpWithNewOp<AddOp>(op, op.getType(), op.getA(), neg.getX()), success();
    return r.notifyMatchFailure(op, "no operand is 0 or a negation");
  }
};

struct SimplifyMul : Rewrite<MulOp> {
  using Rewrite::Rewrite;
  LogicalResult matchAndRewrite(MulOp op, PatternRewriter &r) const override {
    for (auto [one, other] : {std::pair(op.getA(), op.getB_()), std::pair(op.getB_(), op.getA())}) {
      if (is(other, 1))
        return r.replaceOp(op, one), success();
      if (is(other, -1))
        return r.replaceOpWithNewOp<NegOp>(op, op.getType(), one), success();
      // Whole numbers have no NaN that 0 would have to keep.
      if (is(other, 0) && isa<IntegerType>(elementOf(op.getType())))
        return r.replaceOp(op, other), success();
    }
    auto a = op.getA().getDefiningOp<NegOp>(), b = op.getB_().getDefiningOp<NegOp>();
    if (a && b)
      return r.replaceOpWithNewOp<MulOp>(op, op.getType(), a.getX(), b.getX()), success();
    return r.notifyMatchFailure(op, "no operand is 1 or -1");
  }
};

struct SimplifyDiv : Rewrite<DivOp> {
  using Rewrite::Rewrite;
  LogicalResult matchAndRewrite(DivOp op, PatternRewriter &r) const override {
    std::optional<double> divisor = splatOf(op.getB_());
    if (!divisor || !isa<FloatType>(elementOf(op.getType())))
      return r.notifyMatchFailure(op, "the divisor is no constant");
    if (*divisor == 1)
      return r.replaceOp(op, op.getA()), success();
    int exponent;
    // The reciprocal of a power of two is exact, in f16 too if it is not extreme.
    if (std::abs(std::frexp(*divisor, &exponent)) != 0.5 || std::abs(exponent) > 12)
      return r.notifyMatchFailure(op, "the divisor is no power of two");
    Value reciprocal = splatConstant(r, op.getLoc(), 1 / *divisor, op.getType());
    return r.replaceOpWithNewOp<MulOp>(op, op.getType(), op.getA(), reciprocal), success();
  }
};

/// -(-x) is x; so are `not` twice, and `stop_gradient` once derivatives are taken.
template <typename Op> struct Involution : Rewrite<Op> {
  using Rewrite<Op>::Rewrite;
  LogicalResult matchAndRewrite(Op op, PatternRewriter &r) const override {
    auto inner = op.getX().template getDefiningOp<Op>();
    if (!inner)
      return r.notifyMatchFailure(op, "not applied twice");
    return r.replaceOp(op, inner.getX()), success();
  }
};

struct DropStopGradient : Rewrite<StopGradientOp> {
  using Rewrite::Rewrite;
  LogicalResult matchAndRewrite(StopGradientOp op, PatternRewriter &r) const override {
    return r.replaceOp(op, op.getX()), success();
  }
};

struct SimplifyPowi : Rewrite<PowiOp> {
  using Rewrite::Rewrite;
  LogicalResult matchAndRewrite(PowiOp op, PatternRewriter &r) const override {
    if (op.getN() == 1)
      return r.replaceOp(op, op.getX()), success();
    if (op.getN() == 2)
      return r.replaceOpWithNewOp<MulOp>(op, op.getType(), op.getX(), op.getX()), success();
    return r.notifyMatchFailure(op, "the exponent is neither 1 nor 2");
  }
};

/// A known truth value decides, or says nothing.
template <typename Op, int neutral> struct SimplifyLogic : Rewrite<Op> {
  using Rewrite<Op>::Rewrite;
  LogicalResult matchAndRewrite(Op op, PatternRewriter &r) const override {
    for (auto [one, other] : {std::pair(op.getA(), op.getB_()), std::pair(op.getB_(), op.getA())}) {
      if (is(other, neutral))
        return r.replaceOp(op, one), success();
      if (is(other, 1 - neutral))
        return r.replaceOp(op, other), success();
    }
    return r.notifyMatchFailure(op, "no operand is known");
  }
};

struct SimplifyWhere : Rewrite<WhereOp> {
  using Rewrite::Rewrite;
  LogicalResult matchAndRewrite(WhereOp op, PatternRewriter &r) const override {
    Value c = op.getC(), a = op.getA(), b = op.getB_();
    if (a == b || is(c, 1))
      return r.replaceOp(op, a), success();
    if (is(c, 0))
      return r.replaceOp(op, b), success();
    if (auto negated = c.getDefiningOp<NotOp>())
      return r.replaceOpWithNewOp<WhereOp>(op, op.getType(), negated.getX(), b, a), success();
    // A choice that has been made: derivatives of `where` mask twice.
    if (auto inner = a.getDefiningOp<WhereOp>(); inner && inner.getC() == c)
      return r.replaceOpWithNewOp<WhereOp>(op, op.getType(), c, inner.getA(), b), success();
    if (auto inner = b.getDefiningOp<WhereOp>(); inner && inner.getC() == c)
      return r.replaceOpWithNewOp<WhereOp>(op, op.getType(), c, a, inner.getB_()), success();
    return r.notifyMatchFailure(op, "the choice is open");
  }
};

/// Types in between that hold every value of the first change nothing.
struct SimplifyCast : Rewrite<CastOp> {
  using Rewrite::Rewrite;
  LogicalResult matchAndRewrite(CastOp op, PatternRewriter &r) const override {
    if (op.getX().getType() == op.getType())
      return r.replaceOp(op, op.getX()), success();
    auto inner = op.getX().getDefiningOp<CastOp>();
    if (!inner)
      return r.notifyMatchFailure(op, "no cast of a cast");
    Type first = elementOf(inner.getX().getType()), middle = elementOf(inner.getType());
    bool smallWhole = first.isInteger() && first.getIntOrFloatBitWidth() <= 8;
    bool wideMiddle = middle.isF32() || middle.isF64() ||
                      (middle.isInteger() && middle.getIntOrFloatBitWidth() >= 32);
    bool widerReal =
        isa<FloatType>(first) && (middle.isF64() || (middle.isF32() && !first.isF64()));
    if (!(smallWhole && wideMiddle) && !widerReal)
      return r.notifyMatchFailure(op, "the first cast loses something");
    return r.replaceOpWithNewOp<CastOp>(op, op.getType(), inner.getX()), success();
  }
};

/// Scalar constants, where the result is the one that IEEE 754 or integers define.
struct FoldScalar : OpInterfaceRewritePattern<ScalarOp> {
  using OpInterfaceRewritePattern::OpInterfaceRewritePattern;
  LogicalResult matchAndRewrite(ScalarOp op, PatternRewriter &r) const override {
    if (!isa<AddOp, SubOp, MulOp, DivOp, NegOp, AbsOp, SqrtOp, CastOp, MaxOp, MinOp, EqOp, NeOp,
             LtOp, LeOp, GtOp, GeOp, AndOp, OrOp, NotOp, WhereOp, FloorOp, CeilOp>(
            op.getOperation()))
      return r.notifyMatchFailure(op, "the target's own function computes this");
    SmallVector<Dual> operands;
    for (Value operand : op->getOperands()) {
      std::optional<double> number = splatOf(operand);
      if (!number || cast<RankedTensorType>(operand.getType()).getRank() != 0)
        return r.notifyMatchFailure(op, "an operand is no scalar constant");
      operands.push_back(*number);
    }
    double value = op.evaluate(operands).v;
    Type element = elementOf(op->getResult(0).getType());
    bool isInteger = isa<IntegerType>(element);
    if (isInteger &&
        !(std::abs(value) <= std::exp2(std::min(element.getIntOrFloatBitWidth() - 1, 53u))))
      return r.notifyMatchFailure(op, "the number does not fit its type");
    return r.replaceOp(op, splatConstant(r, op->getLoc(), isInteger ? std::trunc(value) : value,
                                         op->getResult(0).getType())),
           success();
  }
};

/// Elementwise on copies is copies of the elementwise result.
struct HoistBroadcast : OpInterfaceRewritePattern<ScalarOp> {
  using OpInterfaceRewritePattern::OpInterfaceRewritePattern;
  LogicalResult matchAndRewrite(ScalarOp op, PatternRewriter &r) const override {
    BroadcastOp model;
    for (Value operand : op->getOperands()) {
      auto broadcast = operand.getDefiningOp<BroadcastOp>();
      if (!broadcast)
        return r.notifyMatchFailure(op, "an operand is no copy");
      if (!model || cast<RankedTensorType>(broadcast.getX().getType()).getRank() >
                        cast<RankedTensorType>(model.getX().getType()).getRank())
        model = broadcast;
    }
    net::Shape shape = shapeOf(model.getX().getType());
    if (product(shape) == product(shapeOf(model.getType())))
      return r.notifyMatchFailure(op, "as many elements before as after");
    auto alike = [&](BroadcastOp broadcast) {
      return broadcast.getAxes() == model.getAxes() && shapeOf(broadcast.getX().getType()) == shape;
    };
    // Nothing is made before all operands are seen: a failure that leaves a new operation behind
    // would be tried again forever.
    for (Value operand : op->getOperands()) {
      auto broadcast = operand.getDefiningOp<BroadcastOp>();
      if (!alike(broadcast) && cast<RankedTensorType>(broadcast.getX().getType()).getRank() != 0)
        return r.notifyMatchFailure(op, "copies along different axes");
    }
    SmallVector<Value> operands;
    for (Value operand : op->getOperands()) {
      auto broadcast = operand.getDefiningOp<BroadcastOp>();
      Value small = broadcast.getX();
      if (!alike(broadcast))
        small = BroadcastOp::create(r, op->getLoc(), tensorOf(elementOf(operand.getType()), shape),
                                    small, ArrayRef<int64_t>());
      operands.push_back(small);
    }
    OperationState state(op->getLoc(), op->getName());
    state.addOperands(operands);
    state.addAttributes(op->getAttrs());
    state.addTypes(tensorOf(elementOf(op->getResult(0).getType()), shape));
    Value small = r.create(state)->getResult(0);
    return r.replaceOpWithNewOp<BroadcastOp>(op, op->getResult(0).getType(), small,
                                             model.getAxes()),
           success();
  }
};
} // namespace

void net::populateAlgebraPatterns(RewritePatternSet &patterns) {
  patterns.add<SimplifyAdd, SimplifySub, SimplifyMul, SimplifyDiv, Involution<NegOp>,
               Involution<NotOp>, DropStopGradient, SimplifyPowi, SimplifyLogic<OrOp, 0>,
               SimplifyLogic<AndOp, 1>, SimplifyWhere, SimplifyCast, FoldScalar, HoistBroadcast>(
      patterns.getContext());
}
