//===- MemoryLedger.h - what lies in an entry's memory ----------*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef NETC_CODEGEN_MEMORYLEDGER_H
#define NETC_CODEGEN_MEMORYLEDGER_H

#include "codegen/Step.h"

namespace net {

/// The arena of an entry, at the declared batch and with one thread: {entry, bytes, rows}, a row
/// for each array that lives when it is fullest: {name, bytes, file, line, why}, the largest first.
mlir::DictionaryAttr describeMemory(mlir::func::FuncOp entry,
                                    llvm::ArrayRef<EmittedKernel> kernels);
/// The module's attribute that holds one for each entry.
constexpr char memoryAttribute[] = "net.memory";

} // namespace net
#endif // NETC_CODEGEN_MEMORYLEDGER_H
