//===- NativeContext.h - a context that can lower to LLVM -------*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef NETC_TEST_UNIT_NATIVECONTEXT_H
#define NETC_TEST_UNIT_NATIVECONTEXT_H

#include "codegen/Lowering.h"
#include "codegen/Native.h"
#include "mlir/IR/MLIRContext.h"

namespace net::test {

inline mlir::MLIRContext &nativeContext() {
  static mlir::MLIRContext *context = [] {
    auto *made = new mlir::MLIRContext(dialects(), mlir::MLIRContext::Threading::DISABLED);
    made->loadAllAvailableDialects();
    return made;
  }();
  return *context;
}

/// Those under which a missing barrier shows, and the one of executables.
inline constexpr Native::Schedule schedules[] = {
    Native::Schedule::Free, Native::Schedule::FirstFirst, Native::Schedule::LastFirst};

} // namespace net::test
#endif // NETC_TEST_UNIT_NATIVECONTEXT_H
