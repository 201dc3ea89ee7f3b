//===- SpellNumbers.cpp - constants, as the language writes them ----------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/Spelling.h"
#include "ir/NetDialect.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"

#include <cmath>

using namespace net;
using namespace mlir;
using ast::Level;

static std::optional<Spelled> spellReal(const llvm::APFloat &number) {
  if (number.isNaN())
    return Spelled{"nan"};
  if (number.isInfinity())
    return number.isNegative() ? Spelled{"-inf", Level::Prefix} : Spelled{"inf"};
  llvm::APFloat wide = number;
  bool inexact;
  wide.convert(llvm::APFloat::IEEEdouble(), llvm::APFloat::rmNearestTiesToEven, &inexact);
  std::string text;
  for (int digits = 1; digits <= 17; ++digits) {
    text.clear();
    llvm::raw_string_ostream(text) << llvm::format("%.*g", digits, wide.convertToDouble());
    llvm::APFloat again(llvm::APFloat::IEEEdouble(), text);
    again.convert(number.getSemantics(), llvm::APFloat::rmNearestTiesToEven, &inexact);
    if (again.bitwiseIsEqual(number))
      break;
  }
  // 10, not 1e+01.
  double value = wide.convertToDouble();
  if (std::trunc(value) == value && std::fabs(value) < 1e9) {
    text.clear();
    llvm::raw_string_ostream(text)
        << llvm::format(value == 0 && std::signbit(value) ? "%.1f" : "%.0f", value);
  }
  return Spelled{text, text[0] == '-' ? Level::Prefix : Level::Atom};
}

std::optional<Spelled> net::spellNumber(Attribute number) {
  if (auto real = dyn_cast<FloatAttr>(number))
    return spellReal(real.getValue());
  auto whole = cast<IntegerAttr>(number);
  if (whole.getType().isInteger(1))
    return Spelled{whole.getValue().isZero() ? "false" : "true"};
  llvm::SmallString<24> text;
  whole.getValue().toString(text, 10, !whole.getType().isUnsignedInteger());
  return Spelled{text.str().str(), text[0] == '-' ? Level::Prefix : Level::Atom};
}

/// `[[1, 2], [3, 4]]`.
static std::optional<std::string> spellArray(DenseElementsAttr elements, ArrayRef<int64_t> shape,
                                             size_t &next) {
  if (shape.empty()) {
    auto number = spellNumber(elements.getValues<Attribute>()[next++]);
    return number ? std::optional(number->text) : std::nullopt;
  }
  std::string text;
  for (int64_t i = 0; i < shape[0]; ++i) {
    auto part = spellArray(elements, shape.drop_front(), next);
    if (!part)
      return std::nullopt;
    text += (i ? ", " : "[") + *part;
  }
  return text + "]";
}

std::optional<Spelled> net::spellConstant(mlir::Operation *constant) {
  auto op = cast<ConstantOp>(constant);
  auto elements = dyn_cast<DenseElementsAttr>(op.getValue());
  if (!elements)
    return std::nullopt;
  auto type = cast<RankedTensorType>(op.getType());
  if (type.getRank() == 0)
    return spellNumber(elements.getSplatValue<Attribute>());
  if (elements.isSplat()) {
    auto number = spellNumber(elements.getSplatValue<Attribute>());
    return number ? std::optional(Spelled{"fill(" + str(type) + ", " + number->text + ")"})
                  : std::nullopt;
  }
  size_t next = 0;
  auto text = spellArray(elements, type.getShape(), next);
  if (!text)
    return std::nullopt;
  return Spelled{"broadcast(" + *text + ", " + str(type) + ")"};
}
