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

Spelled net::spellReal(const llvm::APFloat &number) {
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

//===-- numbers of no type -------------------------------------------------------------------===//

/// The constant that a value is, or is copies of.
static ConstantOp constantOf(mlir::Value value) {
  auto copy = value.getDefiningOp<BroadcastOp>();
  return (copy ? copy.getX() : value).getDefiningOp<ConstantOp>();
}

/// Operators that the language has for numbers of no type as well.
static bool isOperator(Operation *op) { return isa_and_nonnull<AddOp, SubOp, MulOp, DivOp>(op); }

bool net::isStatic(mlir::Value value) {
  if (constantOf(value))
    return true;
  Operation *op = value.getDefiningOp();
  return isOperator(op) && llvm::all_of(op->getOperands(), isStatic);
}

/// Is an f64 a number of the type?
static bool isOf(double number, Type type) {
  llvm::APFloat rounded(number);
  bool inexact;
  rounded.convert(cast<FloatType>(type).getFloatSemantics(), llvm::APFloat::rmNearestTiesToEven,
                  &inexact);
  return !inexact;
}

/// What the language computes for a value made of constants, in f64; nothing if that may be another
/// number than the value itself, rounded once more. Operands are given exactly; then rounding to
/// f64 first makes no difference (Figueroa, When is double rounding innocuous?, 1995).
static std::optional<double> numberOf(mlir::Value value) {
  if (ConstantOp constant = constantOf(value)) {
    auto elements = dyn_cast<DenseElementsAttr>(constant.getValue());
    auto real = elements && elements.isSplat()
                    ? dyn_cast<FloatAttr>(elements.getSplatValue<Attribute>())
                    : FloatAttr();
    auto text = real ? spellNumber(real) : std::nullopt;
    if (!text || !real.getValue().isFinite())
      return std::nullopt;
    double read = llvm::APFloat(llvm::APFloat::IEEEdouble(), text->text).convertToDouble();
    return read == real.getValueAsDouble() ? std::optional(read) : std::nullopt;
  }
  Operation *op = value.getDefiningOp();
  if (!isOperator(op) || !isa<FloatType>(elementOf(value.getType())))
    return std::nullopt;
  auto a = numberOf(op->getOperand(0)), b = numberOf(op->getOperand(1));
  Type type = elementOf(value.getType());
  if (!a || !b || !isOf(*a, type) || !isOf(*b, type))
    return std::nullopt;
  return isa<AddOp>(op) ? *a + *b : isa<SubOp>(op) ? *a - *b : isa<MulOp>(op) ? *a * *b : *a / *b;
}

bool net::takesItsType(Operation *op) {
  if (isa<BroadcastOp, PadOp>(op))
    return true;
  if (!isa<ScalarOp>(op) || op->getNumOperands() < 2)
    return false;
  OperandRange numbers = op->getOperands().drop_front(isa<WhereOp>(op));
  return !llvm::all_of(numbers, isStatic) || numberOf(op->getResult(0));
}
