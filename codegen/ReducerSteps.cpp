//===- ReducerSteps.cpp - how elements are combined ----------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "codegen/ReducerSteps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace net;
using namespace net::reduction;

//===-- one element more ---------------------------------------------------------------------===//

namespace {
/// The element type of what is reduced.
Type elementOfOperand(Operation *root) { return elementOf(root->getOperand(0).getType()); }
} // namespace

bool reduction::isArg(Operation *root) { return isa<ArgMaxOp, ArgMinOp>(root); }

Value reduction::combine(Pull &pull, Operation *root, Value a, Value b, bool exponentials) {
  Type element = elementOfOperand(root);
  Lane x(pull.builder, root->getLoc(), element, a), y(pull.builder, root->getLoc(), element, b);
  if (exponentials || isa<SumOp>(root))
    return scalar::operator+(x, y).v;
  if (isa<ProdOp>(root))
    return scalar::operator*(x, y).v;
  if (isa<ReduceMinOp>(root))
    return scalar::minimum(x, y).v;
  if (isa<AnyOp>(root))
    return scalar::logicalOr(x, y).v;
  if (isa<AllOp>(root))
    return scalar::logicalAnd(x, y).v;
  return scalar::maximum(x, y).v;
}

Value reduction::precedes(Pull &pull, Operation *root, Value x, Value y) {
  OpBuilder &b = pull.builder;
  Location loc = root->getLoc();
  bool largest = isa<ArgMaxOp>(root);
  Type element = elementOfOperand(root);
  if (isa<FloatType>(element)) {
    auto predicate = largest ? arith::CmpFPredicate::UGT : arith::CmpFPredicate::ULT;
    Value better = arith::CmpFOp::create(b, loc, predicate, x, y);
    Value number = arith::CmpFOp::create(b, loc, arith::CmpFPredicate::ORD, y, y);
    return arith::AndIOp::create(b, loc, better, number);
  }
  bool isUnsigned = element.isInteger(1) || element.isUnsignedInteger();
  auto predicate = isUnsigned ? (largest ? arith::CmpIPredicate::ugt : arith::CmpIPredicate::ult)
                              : (largest ? arith::CmpIPredicate::sgt : arith::CmpIPredicate::slt);
  return arith::CmpIOp::create(b, loc, predicate, x, y);
}

Value reduction::select(Pull &pull, Value c, Value a, Value b) {
  return arith::SelectOp::create(pull.builder, pull.loc, c, a, b);
}

Value reduction::shiftOf(Pull &pull, Operation *root, Value largest) {
  OpBuilder &b = pull.builder;
  Location loc = root->getLoc();
  Type type = largest.getType();
  auto number = [&](double value) {
    Attribute attr = b.getFloatAttr(getElementTypeOrSelf(type), value);
    if (auto vector = dyn_cast<VectorType>(type))
      attr = DenseElementsAttr::get(vector, attr);
    return arith::ConstantOp::create(b, loc, cast<TypedAttr>(attr));
  };
  Value infinity = number(std::numeric_limits<double>::infinity());
  Value lowest = arith::NegFOp::create(b, loc, infinity);
  Value below = arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OLT, largest, infinity);
  Value above = arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OGT, largest, lowest);
  return select(pull, arith::AndIOp::create(b, loc, below, above), largest, number(0));
}

Value reduction::shiftedExp(Pull &pull, Operation *root, Value x, Value shift) {
  Type element = elementOfOperand(root);
  Lane a(pull.builder, root->getLoc(), element, x), s(pull.builder, root->getLoc(), element, shift);
  return scalar::exp(scalar::operator-(a, s)).v;
}

/// The neutral element of a combination.
static Value neutral(Pull &pull, Operation *root, bool exponentials, Type type) {
  Type scalar = getElementTypeOrSelf(type);
  bool zero = exponentials || isa<SumOp, AnyOp>(root), lowest = !isa<ReduceMinOp, ArgMinOp>(root);
  Attribute attr;
  if (zero) {
    attr = pull.builder.getZeroAttr(scalar);
  } else if (isa<ProdOp, AllOp>(root)) {
    attr = pull.builder.getOneAttr(scalar);
  } else if (auto number = dyn_cast<FloatType>(scalar)) {
    attr = FloatAttr::get(scalar, APFloat::getInf(number.getFloatSemantics(), lowest));
  } else {
    Type element = elementOfOperand(root);
    unsigned bits = element.getIntOrFloatBitWidth();
    bool isUnsigned = bits == 1 || element.isUnsignedInteger();
    APInt n =
        isUnsigned
            ? (lowest ? APInt::getMinValue(bits) : APInt::getMaxValue(bits)).zext(64)
            : (lowest ? APInt::getSignedMinValue(bits) : APInt::getSignedMaxValue(bits)).sext(64);
    attr = IntegerAttr::get(scalar, n.trunc(scalar.getIntOrFloatBitWidth()));
  }
  if (auto vector = dyn_cast<VectorType>(type))
    attr = DenseElementsAttr::get(vector, attr);
  return arith::ConstantOp::create(pull.builder, pull.loc, cast<TypedAttr>(attr));
}

//===-- partial results ----------------------------------------------------------------------===//

Partial Reducer::identity(Pull &pull, Operation *root, bool isVector) {
  auto shaped = [&](Type type) { return isVector ? pull.vectorOf(type) : type; };
  Type type = shaped(registerType(elementOfOperand(root)));
  Partial partial = {neutral(pull, root, false, type)};
  if (isArg(root))
    partial.push_back(arith::ConstantOp::create(
        pull.builder, pull.loc,
        cast<TypedAttr>(pull.builder.getZeroAttr(shaped(pull.builder.getI32Type())))));
  if (isa<LogSumExpOp>(root))
    partial.push_back(neutral(pull, root, true, type));
  return partial;
}

Partial Reducer::merge(Pull &pull, Operation *root, const Partial &a, const Partial &b) {
  OpBuilder &builder = pull.builder;
  if (isArg(root)) {
    // Of equals the one with the smaller position.
    Value better = precedes(pull, root, b[0], a[0]), worse = precedes(pull, root, a[0], b[0]);
    Value earlier = arith::CmpIOp::create(builder, pull.loc, arith::CmpIPredicate::slt, b[1], a[1]);
    Value either = arith::OrIOp::create(builder, pull.loc, better, worse);
    Value takesB = select(pull, either, better, earlier);
    return {select(pull, takesB, b[0], a[0]), select(pull, takesB, b[1], a[1])};
  }
  Partial result = {combine(pull, root, a[0], b[0])};
  if (isa<LogSumExpOp>(root)) {
    Value shift = shiftOf(pull, root, result[0]);
    auto scaled = [&](const Partial &p) -> Value {
      Value own = shiftOf(pull, root, p[0]);
      return arith::MulFOp::create(builder, pull.loc, p[1], shiftedExp(pull, root, own, shift));
    };
    // A part whose largest is -inf has the sum 0.
    result.push_back(arith::AddFOp::create(builder, pull.loc, scaled(a), scaled(b)));
  }
  return result;
}

Value Reducer::finish(Pull &pull, Operation *root, const Partial &partial) {
  Type element = elementOf(root->getResult(0).getType());
  Value v = partial[0];
  if (isArg(root))
    v = partial[1];
  if (isa<LogSumExpOp>(root)) {
    Lane sum(pull.builder, root->getLoc(), element, partial[1]);
    Lane shift(pull.builder, root->getLoc(), element, shiftOf(pull, root, partial[0]));
    v = scalar::operator+(scalar::log(sum), shift).v;
  }
  return narrow(pull.builder, root->getLoc(), v, element);
}
