//===- DeclaredSizes.cpp - sizes at the declared batch ------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "ir/DeclaredSizes.h"

using namespace mlir;
using namespace net;

DeclaredSizes::DeclaredSizes(func::FuncOp entry) {
  std::set<std::string> names;
  for (Type type : entry.getArgumentTypes())
    for (const SizeExpr &size : shapeOf(type))
      size.collectSymbols(names);
  if (auto declared = entry->getAttrOfType<IntegerAttr>("net.batch")) {
    batch = declared.getInt();
    names.erase("B");
  }
  known = names.empty();
}

int64_t DeclaredSizes::valueOf(const SizeExpr &size) const {
  std::set<std::string> names;
  size.collectSymbols(names);
  std::map<std::string, int64_t> values;
  for (const std::string &name : names)
    values[name] = batch;
  return size.evaluate(values).value_or(INT64_MAX / 64);
}

int64_t DeclaredSizes::bytesOf(Type type) const {
  unsigned bits = elementOf(type).getIntOrFloatBitWidth();
  return valueOf(product(shapeOf(type))) * std::max(1u, bits / 8);
}
