//===- LinkHere.h - LLVM's linker as a library ------------------*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef NETC_TOOLS_LINKHERE_H
#define NETC_TOOLS_LINKHERE_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include <optional>

namespace net {

/// Links in this process what the C compiler driver `arguments[0]` would have a linker link:
/// `arguments -###` says with which start files, libraries and places. True if it did; what is
/// wrong is on the standard error. Nothing if the driver does not say, or names no ELF linker.
std::optional<bool> linkHere(llvm::ArrayRef<llvm::StringRef> arguments);

} // namespace net
#endif // NETC_TOOLS_LINKHERE_H
