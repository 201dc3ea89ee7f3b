//===- Array.cpp - the interpreter's values -------------------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "ir/Array.h"
#include "ir/Types.h"
#include "mlir/IR/Builders.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace net;

Array::Array(Type element, std::vector<int64_t> shape) : element(element), shape(std::move(shape)) {
  size_t count = countOf(this->shape);
  if (isReal())
    values.resize(count);
  else
    wholes.resize(count);
}

Array Array::scalar(Type element, double value) {
  Array array(element, {});
  if (array.isReal())
    array.values[0] = value;
  else
    array.wholes[0] = static_cast<int64_t>(value);
  return array;
}

Array Array::key(MLIRContext *context, uint64_t key) {
  Array array(IntegerType::get(context, 64), {});
  array.wholes[0] = static_cast<int64_t>(key);
  return array;
}

void Array::add(size_t i, const Array &from, size_t j) {
  if (!wholes.empty()) {
    auto sum = static_cast<uint64_t>(wholes[i]) + static_cast<uint64_t>(from.wholes[j]);
    wholes[i] = wrapTo(element, static_cast<int64_t>(sum));
    return;
  }
  values[i] += from.values[j];
  if (!tangents.empty() && !from.tangents.empty())
    tangents[i] += from.tangents[j];
}

void Array::addTangents() {
  if (isReal() && tangents.empty())
    tangents.resize(values.size());
}

void Array::round() {
  if (!isReal() || element.isF64())
    return;
  for (double &value : values)
    value = roundTo(element, value);
}

double net::roundTo(Type element, double x) {
  if (element.isF64())
    return x;
  if (element.isF32())
    return static_cast<float>(x);
  APFloat number(x);
  bool losesInfo;
  number.convert(cast<FloatType>(element).getFloatSemantics(), APFloat::rmNearestTiesToEven,
                 &losesInfo);
  return number.convertToDouble();
}

int64_t net::wrapTo(Type element, int64_t x) {
  if (element.isInteger(1))
    return x & 1;
  unsigned shift = 64 - element.getIntOrFloatBitWidth();
  auto high = static_cast<uint64_t>(x) << shift;
  return element.isUnsignedInteger() ? static_cast<int64_t>(high >> shift)
                                     : static_cast<int64_t>(high) >> shift;
}

//===-- positions ----------------------------------------------------------------------------===//

std::vector<int64_t> net::stridesOf(ArrayRef<int64_t> shape) {
  std::vector<int64_t> strides(shape.size(), 1);
  for (size_t axis = shape.size(); axis > 1; --axis)
    strides[axis - 2] = strides[axis - 1] * shape[axis - 1];
  return strides;
}

int64_t net::countOf(ArrayRef<int64_t> shape) {
  int64_t count = 1;
  for (int64_t size : shape)
    count *= size;
  return count;
}

void Positions::next() {
  --left;
  ++done;
  for (size_t axis = shape.size(); axis-- > 0;) {
    if (++at[axis] < shape[axis])
      return;
    at[axis] = 0;
  }
}

//===-- constants ----------------------------------------------------------------------------===//

llvm::Expected<Array> net::arrayOf(ElementsAttr elements) {
  auto dense = dyn_cast<DenseElementsAttr>(elements);
  if (!dense)
    return llvm::createStringError("a constant that is not dense");
  Array array(dense.getElementType(), dense.getType().getShape().vec());
  size_t i = 0;
  if (array.isReal()) {
    for (const APFloat &number : dense.getValues<APFloat>()) {
      APFloat wide = number;
      bool losesInfo;
      wide.convert(APFloat::IEEEdouble(), APFloat::rmNearestTiesToEven, &losesInfo);
      array.values[i++] = wide.convertToDouble();
    }
    return array;
  }
  for (const APInt &number : dense.getValues<APInt>())
    array.wholes[i++] = wrapTo(array.element, static_cast<int64_t>(number.getZExtValue()));
  return array;
}

DenseElementsAttr net::elementsOf(const Array &array) {
  auto type = RankedTensorType::get(array.shape, array.element);
  if (auto real = dyn_cast<FloatType>(array.element)) {
    SmallVector<APFloat> numbers;
    for (double value : array.values) {
      APFloat number(value);
      bool losesInfo;
      number.convert(real.getFloatSemantics(), APFloat::rmNearestTiesToEven, &losesInfo);
      numbers.push_back(number);
    }
    return DenseElementsAttr::get(type, numbers);
  }
  SmallVector<APInt> numbers;
  unsigned width = array.element.getIntOrFloatBitWidth();
  for (int64_t whole : array.wholes)
    numbers.push_back(APInt(64, static_cast<uint64_t>(whole)).trunc(width));
  return DenseElementsAttr::get(type, numbers);
}

std::string net::str(const Array &array, size_t limit) {
  std::string text = elementName(array.element);
  llvm::raw_string_ostream out(text);
  if (array.rank() > 0) {
    out << '[';
    llvm::interleaveComma(array.shape, out);
    out << ']';
  }
  for (size_t i = 0; i < array.size() && i < limit; ++i) {
    if (array.isReal())
      out << ' ' << llvm::format("%.17g", array.values[i]);
    else
      out << ' ' << array.wholes[i];
  }
  if (array.size() > limit)
    out << " ..";
  return text;
}

//===-- memory -------------------------------------------------------------------------------===//

int64_t net::byteWidth(Type element) { return std::max(8u, element.getIntOrFloatBitWidth()) / 8; }

static APFloat converted(APFloat number, const llvm::fltSemantics &to) {
  bool losesInfo;
  number.convert(to, APFloat::rmNearestTiesToEven, &losesInfo);
  return number;
}

void Array::store(char *memory) const {
  int64_t width = byteWidth(element);
  for (size_t i = 0; i < size(); ++i) {
    uint64_t bits =
        isReal() ? converted(APFloat(values[i]), cast<FloatType>(element).getFloatSemantics())
                       .bitcastToAPInt()
                       .getZExtValue()
                 : static_cast<uint64_t>(wholes[i]);
    memcpy(memory + i * width, &bits, width);
  }
}

void Array::load(const char *memory) {
  int64_t width = byteWidth(element);
  for (size_t i = 0; i < size(); ++i) {
    uint64_t bits = 0;
    memcpy(&bits, memory + i * width, width);
    if (isReal()) {
      APFloat number(cast<FloatType>(element).getFloatSemantics(),
                     APInt(static_cast<unsigned>(width * 8), bits));
      values[i] = converted(number, APFloat::IEEEdouble()).convertToDouble();
    } else {
      wholes[i] = wrapTo(element, static_cast<int64_t>(bits));
    }
  }
}
