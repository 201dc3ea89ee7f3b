//===- EvaluateSizes.cpp - named sizes get values -------------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "ir/Evaluation.h"

using namespace mlir;
using namespace net;
using llvm::Expected;

Expected<std::vector<int64_t>> net::sizesOf(Type type, const SizeValues &sizes) {
  std::vector<int64_t> values;
  for (const SizeExpr &size : shapeOf(type)) {
    auto value = size.evaluate(sizes);
    if (!value || *value < 0)
      return llvm::createStringError("size " + size.str() + " of " + str(type) +
                                     (value ? " is negative" : " is not known"));
    values.push_back(*value);
  }
  return values;
}

static std::string describe(const Array &array) {
  std::string text = elementName(array.element) + "[";
  for (size_t i = 0; i < array.shape.size(); ++i)
    text += (i ? ", " : "") + std::to_string(array.shape[i]);
  return text + "]";
}

Expected<SizeValues> net::bindSizes(TypeRange types, ArrayRef<Array> arrays, SizeValues sizes) {
  if (types.size() != arrays.size())
    return llvm::createStringError(llvm::Twine(types.size()) + " arguments wanted, " +
                                   llvm::Twine(arrays.size()) + " given");
  for (auto [type, array] : llvm::zip(types, arrays)) {
    if (array.element != elementOf(type) || array.rank() != cast<RankedTensorType>(type).getRank())
      return llvm::createStringError("an argument is " + describe(array) + ", wanted is " +
                                     str(type));
    for (auto [size, value] : llvm::zip(shapeOf(type), array.shape))
      if (auto name = size.bareSymbol())
        sizes.try_emplace(*name, value);
  }
  for (auto [type, array] : llvm::zip(types, arrays)) {
    auto wanted = sizesOf(type, sizes);
    if (!wanted)
      return wanted.takeError();
    if (*wanted != array.shape)
      return llvm::createStringError("an argument is " + describe(array) + ", wanted is " +
                                     str(type));
  }
  return sizes;
}

bool Evaluation::isShape(ArrayRef<int64_t> shape) {
  if (ArrayRef<int64_t>(out.shape) == shape)
    return true;
  Array other;
  other.element = out.element;
  other.shape = shape.vec();
  fail("gives " + describe(other) + ", its type says " + describe(out));
  return false;
}

std::vector<int64_t> Evaluation::sizesOf(SizesAttr attr) {
  std::vector<int64_t> values;
  for (const SizeExpr &size : attr.getShape()) {
    auto value = size.evaluate(sizes);
    if (!value)
      fail("size " + size.str() + " is not known");
    values.push_back(value.value_or(0));
  }
  return values;
}

int64_t Evaluation::index(const Array &indices, size_t i, int64_t limit) {
  int64_t value = indices.wholes[i];
  if (value >= 0 && value < limit)
    return value;
  fail("index " + llvm::Twine(value) + " is out of range 0.." + llvm::Twine(limit - 1));
  return 0;
}
