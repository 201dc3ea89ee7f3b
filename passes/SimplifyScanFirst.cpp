//===- SimplifyScanFirst.cpp - what the first turn alone is given ---------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// `hs[:, -1]` reads one turn of a recurrent layer. Its cotangent is an array of zeros but for
// that turn, which is the first one backwards: added to a carry in each turn, it is added to what
// the carry begins as instead, and no array of zeros is written and read.
//
//===----------------------------------------------------------------------===//
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "passes/Simplify.h"
#include "passes/SimplifyScan.h"

using namespace mlir;
using namespace net;

/// Is there a first turn? By the number of turns, or because the entry is not run without one, as
/// `hs[:, -1]` asks for it.
static bool hasTurns(ScanOp scan) {
  SizeExpr others = scan.length() - SizeExpr(1);
  if (auto count = others.constant())
    return *count >= 0;
  auto checks = scan->getParentOfType<func::FuncOp>()->getAttrOfType<ArrayAttr>("net.size_checks");
  return checks && llvm::any_of(checks.getAsRange<DictionaryAttr>(), [&](DictionaryAttr check) {
           return check.getAs<StringAttr>("size").getValue() == others.str();
         });
}

/// The element of the first turn, before the scan, if those of all others are zeros.
static Value firstOfZeros(ScanOp scan, Value sequence) {
  auto transpose = sequence.getDefiningOp<TransposeOp>();
  int64_t axis = transpose ? transpose.getOrder()[0] : 0;
  auto pad = (transpose ? transpose->getOperand(0) : sequence).getDefiningOp<PadOp>();
  if (!pad || splatOf(pad.getValue()) != 0.0)
    return {};
  net::Shape low = pad.getLow().getShape(), part = shapeOf(pad.getX().getType()),
             whole = shapeOf(pad.getType());
  SizeExpr first = scan.getReverse() ? scan.length() - SizeExpr(1) : SizeExpr(0);
  for (int64_t i = 0; i < static_cast<int64_t>(low.size()); ++i)
    if (i == axis ? low[i] != first || part[i] != SizeExpr(1)
                  : low[i] != SizeExpr(0) || part[i] != whole[i])
      return {};
  OpBuilder builder(scan);
  Value x = pad.getX();
  if (transpose) {
    net::Shape moved;
    for (int64_t from : transpose.getOrder())
      moved.push_back(part[from]);
    x = TransposeOp::create(builder, scan.getLoc(), tensorOf(elementOf(x.getType()), moved), x,
                            transpose.getOrder());
  }
  ExprBuilder b(builder, scan.getLoc());
  return expr::reshape(Expr(b, x), shapeOf(unstacked(sequence.getType()))).get();
}

void net::beginWithFirst(ScanOp scan) {
  if (untilOf(scan) || !hasTurns(scan))
    return;
  unsigned count = scan.getSequences().size();
  for (auto [element, sequence] : llvm::zip(scan.elements(), scan.getSequences())) {
    auto add = element.hasOneUse() ? dyn_cast<AddOp>(*element.user_begin()) : AddOp();
    if (!add)
      continue;
    Value other = add.getA() == element ? add.getB_() : add.getA();
    auto carry = llvm::find(scan.carries(), other);
    if (carry == scan.carries().end() || !other.hasOneUse())
      continue;
    Value first = firstOfZeros(scan, sequence);
    if (!first)
      continue;
    unsigned number = carry - scan.carries().begin();
    OpBuilder b(scan);
    Value begin = AddOp::create(b, add.getLoc(), scan.getInitial()[number], first);
    scan->setOperand(count + number, begin);
    add.getResult().replaceAllUsesWith(other);
    add.erase();
  }
}
