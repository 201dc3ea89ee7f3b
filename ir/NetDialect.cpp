//===- NetDialect.cpp - the net dialect -----------------------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "ir/NetDialect.h"
#include "mlir/IR/DialectImplementation.h"
#include "mlir/Transforms/InliningUtils.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace net;

#include "ir/NetDialect.cpp.inc"
#include "ir/NetInterfaces.cpp.inc"
#define GET_ATTRDEF_CLASSES
#include "ir/NetAttrs.cpp.inc"

namespace {
/// Layers are pure: any call may be inlined, into any region.
struct NetInliner : DialectInlinerInterface {
  using DialectInlinerInterface::DialectInlinerInterface;
  bool isLegalToInline(Operation *, Operation *, bool) const final { return true; }
  bool isLegalToInline(Region *, Region *, bool, IRMapping &) const final { return true; }
  bool isLegalToInline(Operation *, Region *, bool, IRMapping &) const final { return true; }
};
} // namespace

void NetDialect::initialize() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "ir/NetAttrs.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "ir/NetOps.cpp.inc"
      >();
  addInterfaces<NetInliner>();
}

Operation *NetDialect::materializeConstant(OpBuilder &b, Attribute value, Type type, Location loc) {
  auto elements = dyn_cast<ElementsAttr>(value);
  if (!elements || elements.getType() != type)
    return nullptr;
  return ConstantOp::create(b, loc, type, elements);
}

//===-- #net.sizes ---------------------------------------------------------------------------===//

SizesAttr SizesAttr::get(MLIRContext *context, const net::Shape &shape) {
  SmallVector<StringAttr> texts;
  for (const SizeExpr &size : shape)
    texts.push_back(StringAttr::get(context, size.str()));
  return Base::get(context, texts);
}

net::Shape SizesAttr::getShape() const {
  net::Shape shape;
  for (StringAttr text : getTexts())
    shape.push_back(SizeExpr::parse(text.getValue()).value_or(SizeExpr::invalid()));
  return shape;
}

LogicalResult SizesAttr::verifyEncoding(ArrayRef<int64_t> dims, Type,
                                        function_ref<InFlightDiagnostic()> emitError) const {
  net::Shape shape = getShape();
  if (shape.size() != dims.size())
    return emitError() << "#net.sizes names " << shape.size() << " axes of a tensor with "
                       << dims.size();
  for (size_t i = 0; i < dims.size(); ++i) {
    if (!shape[i].isValid())
      return emitError() << "#net.sizes: axis " << i << " has no meaning as a size";
    if (shape[i].constant().value_or(ShapedType::kDynamic) != dims[i])
      return emitError() << "#net.sizes calls axis " << i << " " << shape[i].str()
                         << ", the tensor has "
                         << (ShapedType::isDynamic(dims[i]) ? "?" : std::to_string(dims[i]));
  }
  return success();
}

namespace {
ParseResult parseSize(AsmParser &parser, SizeExpr &size, int depth);

ParseResult parseAtom(AsmParser &parser, SizeExpr &size, int depth) {
  if (depth > 64)
    return parser.emitError(parser.getCurrentLocation(), "size nested too deeply");
  if (succeeded(parser.parseOptionalLParen()))
    return failure(parseSize(parser, size, depth + 1) || parser.parseRParen());
  int64_t number;
  OptionalParseResult integer = parser.parseOptionalInteger(number);
  if (integer.has_value()) {
    size = SizeExpr(number);
    return *integer;
  }
  std::string name;
  if (parser.parseKeywordOrString(&name))
    return failure();
  size = SizeExpr::symbol(name);
  return success();
}

ParseResult parseTerm(AsmParser &parser, SizeExpr &size, int depth) {
  if (parseAtom(parser, size, depth))
    return failure();
  while (true) {
    SizeExpr next;
    if (succeeded(parser.parseOptionalStar())) {
      if (parseAtom(parser, next, depth))
        return failure();
      size = size * next;
    } else if (succeeded(parser.parseOptionalKeyword("floordiv"))) {
      if (parseAtom(parser, next, depth))
        return failure();
      size = size.floorDiv(next);
    } else {
      return success();
    }
  }
}

ParseResult parseSize(AsmParser &parser, SizeExpr &size, int depth) {
  bool negative = succeeded(parser.parseOptionalMinus());
  if (parseTerm(parser, size, depth))
    return failure();
  if (negative)
    size = size * SizeExpr(-1);
  while (true) {
    bool plus = succeeded(parser.parseOptionalPlus());
    if (!plus && failed(parser.parseOptionalMinus()))
      return success();
    SizeExpr next;
    if (parseTerm(parser, next, depth))
      return failure();
    size = plus ? size + next : size - next;
  }
}
} // namespace

Attribute SizesAttr::parse(AsmParser &parser, Type) {
  net::Shape shape;
  auto element = [&] {
    SizeExpr size;
    if (parseSize(parser, size, 0))
      return failure();
    shape.push_back(size);
    return success();
  };
  if (parser.parseLess() || parser.parseCommaSeparatedList(AsmParser::Delimiter::Square, element) ||
      parser.parseGreater())
    return {};
  return get(parser.getContext(), shape);
}

void SizesAttr::print(AsmPrinter &printer) const {
  printer << "<[";
  llvm::interleaveComma(getTexts(), printer, [&](StringAttr text) {
    // Names with primes are no words of MLIR's lexer: they stand in quotes.
    StringRef rest = text.getValue();
    auto isWord = [](char c) { return llvm::isAlnum(c) || c == '_' || c == '.' || c == '$'; };
    while (!rest.empty()) {
      size_t plain = 0;
      bool name =
          llvm::isAlpha(rest[0]) || rest[0] == '_' || static_cast<unsigned char>(rest[0]) >= 0x80;
      if (!name) {
        printer << rest[0];
        rest = rest.drop_front();
        continue;
      }
      while (plain < rest.size() && (isWord(rest[plain]) || rest[plain] == '\'' ||
                                     static_cast<unsigned char>(rest[plain]) >= 0x80))
        ++plain;
      StringRef word = rest.take_front(plain);
      if (llvm::all_of(word,
                       [&](char c) { return isWord(c) && static_cast<unsigned char>(c) < 0x80; }))
        printer << word;
      else
        printer << '"' << word << '"';
      rest = rest.drop_front(plain);
    }
  });
  printer << "]>";
}
