//===- SimplifyScan.h - the steps of net-simplify-scan ------------*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef NETC_PASSES_SIMPLIFYSCAN_H
#define NETC_PASSES_SIMPLIFYSCAN_H

#include "passes/ScanEdit.h"

namespace net {

// Steps that change a scan as a whole give the one in its place.

/// Drops what nobody needs, makes equals one. Null if nothing is left.
ScanOp cleanScan(ScanOp scan);
/// All scans of a block and those inside of them, from outside in, readers first.
void cleanScans(mlir::Block &block);
/// What does not depend on the turn moves in front of the scan.
void moveInvariants(ScanOp scan);

/// Scans that run through the same carries are one, that keeps what all of them do.
void uniteScans(mlir::Block &block);
/// Marks a scan whose turns are segments of one that was longer.
constexpr char segmentsAttribute[] = "segments";
bool isOfSegments(ScanOp scan);
/// Long scans of which derivatives are taken become scans over segments. This changes a formula.
void makeSegments(mlir::Block &block);
/// Parts of one product that segments add up in carries of their own are added up together.
ScanOp stackSums(ScanOp scan);
/// Is there a carry that, once it is true, keeps everything as it is (`stop when`)?
bool canEndEarly(ScanOp scan);
/// What the first turn alone adds to a carry is in what the carry begins as.
void beginWithFirst(ScanOp scan);
/// Turns that change nothing, as after `stop when`, do not run.
ScanOp endEarly(ScanOp scan);

// Products within a turn; these change a formula.

/// Parts of a product that are wanted alone are products of their own.
void cutProducts(ScanOp scan);
/// A product with a concatenation of which a part comes from elements alone is a sum of products.
void splitProducts(ScanOp scan);
/// Sums of alike products with weights from above are one product, of stacks.
void addProducts(ScanOp scan);
/// Alike products of one operand are one product, with a stack.
void joinProducts(ScanOp scan);

// Products of all turns at once; these change a formula.

/// Before the scan: products of what elements alone determine with values from above.
ScanOp hoistProducts(ScanOp scan);
/// Behind the scan: products with values from above that are only kept.
ScanOp sinkProducts(ScanOp scan);
/// Behind the scan: what is added to a carry that no turn looks at.
ScanOp sumBehind(ScanOp scan);

} // namespace net
#endif // NETC_PASSES_SIMPLIFYSCAN_H
