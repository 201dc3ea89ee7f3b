//===- Types.cpp - tensors with named sizes -------------------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "ir/Types.h"
#include "ir/NetDialect.h"

using namespace mlir;
using namespace net;

net::Shape net::shapeOf(Type type) {
  auto tensor = cast<RankedTensorType>(type);
  if (auto sizes = dyn_cast_or_null<SizesAttr>(tensor.getEncoding()))
    return sizes.getShape();
  Shape shape;
  for (int64_t size : tensor.getShape())
    shape.push_back(ShapedType::isDynamic(size) ? SizeExpr::invalid() : SizeExpr(size));
  return shape;
}

Type net::elementOf(Type type) { return cast<RankedTensorType>(type).getElementType(); }

bool net::isNamedTensor(Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  return tensor && (tensor.hasStaticShape() || isa_and_nonnull<SizesAttr>(tensor.getEncoding()));
}

RankedTensorType net::tensorOf(Type element, const Shape &shape) {
  SmallVector<int64_t> dims;
  bool dynamic = false;
  for (const SizeExpr &size : shape) {
    auto constant = size.constant();
    dims.push_back(constant ? *constant : ShapedType::kDynamic);
    dynamic |= !constant;
  }
  auto encoding = dynamic ? SizesAttr::get(element.getContext(), shape) : SizesAttr();
  return RankedTensorType::get(dims, element, encoding);
}

RankedTensorType net::stacked(Type type, const SizeExpr &length) {
  Shape shape = shapeOf(type);
  shape.insert(shape.begin(), length);
  return tensorOf(elementOf(type), shape);
}

RankedTensorType net::unstacked(Type type) {
  Shape shape = shapeOf(type);
  shape.erase(shape.begin());
  return tensorOf(elementOf(type), shape);
}

RankedTensorType net::withElement(Type type, Type element) {
  auto tensor = cast<RankedTensorType>(type);
  return RankedTensorType::get(tensor.getShape(), element, tensor.getEncoding());
}

std::string net::elementName(Type element) {
  if (element.isInteger(1))
    return "bool";
  if (element.isUnsignedInteger(8))
    return "u8";
  std::string text;
  llvm::raw_string_ostream(text) << element;
  return text;
}

Type net::elementNamed(StringRef name, MLIRContext *context) {
  Builder b(context);
  if (name == "bool")
    return b.getI1Type();
  if (name == "u8")
    return IntegerType::get(context, 8, IntegerType::Unsigned);
  if (name == "i8")
    return b.getIntegerType(8);
  if (name == "i32")
    return b.getI32Type();
  if (name == "i64")
    return b.getI64Type();
  if (name == "f16")
    return b.getF16Type();
  if (name == "bf16")
    return b.getBF16Type();
  if (name == "f32")
    return b.getF32Type();
  if (name == "f64")
    return b.getF64Type();
  return {};
}

std::string net::str(Type type) {
  auto tensor = cast<RankedTensorType>(type);
  std::string text = elementName(tensor.getElementType());
  return tensor.getRank() == 0 ? text : text + str(shapeOf(type));
}
