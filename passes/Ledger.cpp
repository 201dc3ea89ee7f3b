//===- Ledger.cpp - what a step computes again rather than keep -----------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "passes/Ledger.h"
#include "ir/ValuePlace.h"

using namespace mlir;
using namespace net;

Ledger::Ledger(func::FuncOp entry, const DeclaredSizes &sizes) : entry(entry), sizes(sizes) {
  if (auto before = entry->getAttrOfType<ArrayAttr>(recomputedAttribute))
    rows.assign(before.begin(), before.end());
}

void Ledger::recomputed(Value array, const std::string &why) {
  Builder b(entry.getContext());
  ValuePlace place = placeOf(array);
  rows.push_back(b.getDictionaryAttr(
      {b.getNamedAttr("name", b.getStringAttr(place.name)),
       b.getNamedAttr("bytes", b.getI64IntegerAttr(sizes.bytesOf(array.getType()))),
       b.getNamedAttr("file", b.getStringAttr(place.file)),
       b.getNamedAttr("line", b.getI64IntegerAttr(place.line)),
       b.getNamedAttr("why", b.getStringAttr(why))}));
}

void Ledger::write() {
  if (!rows.empty())
    entry->setAttr(recomputedAttribute, ArrayAttr::get(entry.getContext(), rows));
}
