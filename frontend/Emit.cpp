//===- Emit.cpp - operations of the net dialect, made simply --------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/Emit.h"
#include "llvm/ADT/APSInt.h"

using namespace mlir;
using namespace net;

bool net::isFloat(Type element) { return llvm::isa<FloatType>(element); }
bool net::isBool(Type element) { return element.isInteger(1); }
bool net::isInteger(Type element) { return llvm::isa<IntegerType>(element) && !isBool(element); }

std::optional<BroadcastFailure> net::broadcastShapes(const net::Shape &a, const net::Shape &b,
                                                     net::Shape &result) {
  size_t rank = std::max(a.size(), b.size());
  result.assign(rank, SizeExpr(1));
  for (size_t i = 1; i <= rank; ++i) {
    SizeExpr left = i <= a.size() ? a[a.size() - i] : SizeExpr(1);
    SizeExpr right = i <= b.size() ? b[b.size() - i] : SizeExpr(1);
    if (left != right && left != SizeExpr(1) && right != SizeExpr(1))
      return BroadcastFailure{i, left, right};
    result[rank - i] = left == SizeExpr(1) ? right : left;
  }
  return std::nullopt;
}

static Attribute numberAttr(double value, Type element) {
  if (auto type = dyn_cast<FloatType>(element)) {
    llvm::APFloat number(value);
    bool inexact;
    number.convert(type.getFloatSemantics(), llvm::APFloat::rmNearestTiesToEven, &inexact);
    return FloatAttr::get(type, number);
  }
  if (element.isInteger(1))
    return IntegerAttr::get(element, value != 0);
  auto width = llvm::cast<IntegerType>(element).getWidth();
  bool isSigned = !element.isUnsignedInteger();
  llvm::APSInt bits(width, /*isUnsigned=*/!isSigned);
  bool exact;
  llvm::APFloat(value).convertToInteger(bits, llvm::APFloat::rmTowardZero, &exact);
  return IntegerAttr::get(element, bits);
}

mlir::Value Emit::number(double value, Type element) {
  auto type = tensorOf(element, {});
  return ConstantOp::create(builder, loc, type,
                            DenseElementsAttr::get(type, numberAttr(value, element)))
      .getResult();
}

mlir::Value Emit::integer(int64_t value, Type element) {
  if (!isInteger(element))
    return number(static_cast<double>(value), element);
  auto type = tensorOf(element, {});
  auto width = llvm::cast<IntegerType>(element).getWidth();
  llvm::APInt bits(64, static_cast<uint64_t>(value), /*isSigned=*/true);
  return ConstantOp::create(builder, loc, type, DenseElementsAttr::get(type, bits.trunc(width)))
      .getResult();
}

mlir::Value Emit::size(const SizeExpr &size, Type element) {
  if (auto constant = size.constant())
    return integer(*constant, element);
  auto type = tensorOf(i64(), {});
  mlir::Value value = SizeOp::create(builder, loc, type, size.str()).getResult();
  return cast(value, element);
}

mlir::Value Emit::fill(double value, Type element, const net::Shape &shape) {
  return fill(number(value, element), shape);
}

mlir::Value Emit::fill(mlir::Value scalar, const net::Shape &shape) {
  return broadcastAxes(scalar, shape, {});
}

mlir::Value Emit::array(llvm::ArrayRef<double> values, Type element,
                        llvm::ArrayRef<int64_t> shape) {
  auto type = RankedTensorType::get(shape, element);
  SmallVector<Attribute> attrs;
  for (double value : values)
    attrs.push_back(numberAttr(value, element));
  return ConstantOp::create(builder, loc, type, DenseElementsAttr::get(type, attrs)).getResult();
}

mlir::Value Emit::cast(mlir::Value x, Type element) {
  if (elementOf(x.getType()) == element)
    return x;
  return CastOp::create(builder, loc, withElement(x.getType(), element), x).getResult();
}

mlir::Value Emit::broadcast(mlir::Value x, const net::Shape &shape) {
  SmallVector<int64_t> axes;
  int64_t rank = llvm::cast<RankedTensorType>(x.getType()).getRank();
  for (int64_t i = 0; i < rank; ++i)
    axes.push_back(static_cast<int64_t>(shape.size()) - rank + i);
  return broadcastAxes(x, shape, axes);
}

mlir::Value Emit::broadcastAxes(mlir::Value x, const net::Shape &shape,
                                llvm::ArrayRef<int64_t> axes) {
  auto type = tensorOf(elementOf(x.getType()), shape);
  if (type == x.getType())
    return x;
  return BroadcastOp::create(builder, loc, type, x, axes).getResult();
}

mlir::Value Emit::reshape(mlir::Value x, const net::Shape &shape) {
  auto type = tensorOf(elementOf(x.getType()), shape);
  if (type == x.getType())
    return x;
  return ReshapeOp::create(builder, loc, type, x).getResult();
}

mlir::Value Emit::transpose(mlir::Value x, llvm::ArrayRef<int64_t> order) {
  net::Shape from = shapeOf(x.getType()), shape;
  for (int64_t axis : order)
    shape.push_back(from[axis]);
  return TransposeOp::create(builder, loc, tensorOf(elementOf(x.getType()), shape), x, order)
      .getResult();
}

mlir::Value Emit::slice(mlir::Value x, const net::Shape &starts, const net::Shape &sizes,
                        llvm::ArrayRef<int64_t> strides) {
  auto type = tensorOf(elementOf(x.getType()), sizes);
  auto from = SizesAttr::get(builder.getContext(), starts);
  return SliceOp::create(builder, loc, type, x, from, strides).getResult();
}

mlir::Value Emit::part(mlir::Value x, int64_t axis, const SizeExpr &low, const SizeExpr &size) {
  net::Shape shape = shapeOf(x.getType()), starts(shape.size(), SizeExpr(0));
  starts[axis] = low;
  shape[axis] = size;
  return slice(x, starts, shape, llvm::SmallVector<int64_t>(shape.size(), 1));
}

mlir::Value Emit::concat(llvm::ArrayRef<mlir::Value> xs, int64_t axis) {
  net::Shape shape = shapeOf(xs[0].getType());
  for (mlir::Value x : xs.drop_front())
    shape[axis] = shape[axis] + shapeOf(x.getType())[axis];
  auto type = tensorOf(elementOf(xs[0].getType()), shape);
  return ConcatOp::create(builder, loc, type, xs, axis).getResult();
}

mlir::Value Emit::einsum(mlir::Value a, mlir::Value b, const std::string &spec) {
  llvm::StringRef inputs = llvm::StringRef(spec).split("->").first;
  auto [left, right] = inputs.split(',');
  net::Shape aShape = shapeOf(a.getType()), bShape = shapeOf(b.getType()), shape;
  for (char letter : llvm::StringRef(spec).split("->").second) {
    size_t at = left.find(letter);
    shape.push_back(at != llvm::StringRef::npos ? aShape[at] : bShape[right.find(letter)]);
  }
  return EinsumOp::create(builder, loc, tensorOf(elementOf(a.getType()), shape), a, b, spec)
      .getResult();
}

mlir::Value Emit::iota(const SizeExpr &size, Type element) {
  return IotaOp::create(builder, loc, tensorOf(element, {size})).getResult();
}

Type Emit::reducedType(mlir::Value x, llvm::ArrayRef<int64_t> axes) {
  net::Shape from = shapeOf(x.getType()), shape;
  for (size_t i = 0; i < from.size(); ++i)
    if (!llvm::is_contained(axes, static_cast<int64_t>(i)))
      shape.push_back(from[i]);
  return tensorOf(elementOf(x.getType()), shape);
}

mlir::Value Emit::keepAxes(mlir::Value y, mlir::Value x, llvm::ArrayRef<int64_t> axes) {
  net::Shape shape = shapeOf(x.getType());
  for (int64_t axis : axes)
    shape[axis] = SizeExpr(1);
  return reshape(y, shape);
}

mlir::Value Emit::count(mlir::Value x, llvm::ArrayRef<int64_t> axes, Type element) {
  SizeExpr number(1);
  net::Shape shape = shapeOf(x.getType());
  for (int64_t axis : axes)
    number = number * shape[axis];
  return size(number, element);
}

mlir::Value Emit::mean(mlir::Value x, llvm::ArrayRef<int64_t> axes, bool keep) {
  mlir::Value total = reduce<SumOp>(x, axes, keep);
  mlir::Value n = count(x, axes, elementOf(x.getType()));
  return binary<DivOp>(total, fill(n, shapeOf(total.getType())));
}
