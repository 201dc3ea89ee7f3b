//===- ScanEnd.h - scans that may end early ----------------------*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// `net.scan .. {until = i}`: carry i is a bool; once it is true no further turn runs. Carries
// keep, and what the other turns would have kept is what the last one did (zeros if none has
// run). The attribute is put by passes, behind the derivatives.
//
//===----------------------------------------------------------------------===//
#ifndef NETC_IR_SCANEND_H
#define NETC_IR_SCANEND_H

#include "ir/NetDialect.h"
#include <optional>

namespace net {

constexpr char untilAttribute[] = "until";

/// The carry that ends the scan, if it may end early.
inline std::optional<unsigned> untilOf(ScanOp scan) {
  auto until = scan->getAttrOfType<mlir::IntegerAttr>(untilAttribute);
  return until ? std::optional<unsigned>(until.getInt()) : std::nullopt;
}
inline void setUntil(ScanOp scan, unsigned carry) {
  scan->setAttr(untilAttribute, mlir::Builder(scan.getContext()).getI64IntegerAttr(carry));
}

} // namespace net
#endif // NETC_IR_SCANEND_H
