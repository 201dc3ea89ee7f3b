//===- BlockedPath.h - where a gradient's way ends --------------*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef NETC_FRONTEND_BLOCKEDPATH_H
#define NETC_FRONTEND_BLOCKEDPATH_H

#include "frontend/Elaborator.h"

namespace net {

/// `to` is computed from some of the values, but no path of real numbers leads there: adds notes
/// that say where the nearest one ends, through calls and turns, and a help. False, and nothing
/// said, if it is not computed from them at all.
bool noteBlockedPath(Elaborator &e, Diagnostic &diagnostic, llvm::ArrayRef<mlir::Value> from,
                     mlir::Value to);

} // namespace net
#endif // NETC_FRONTEND_BLOCKEDPATH_H
