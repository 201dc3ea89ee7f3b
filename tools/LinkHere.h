//===- LinkHere.h - LLVM's linker as a library ------------------*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef NETC_TOOLS_LINKHERE_H
#define NETC_TOOLS_LINKHERE_H

#include "llvm/ADT/StringRef.h"
#include <optional>

namespace net {

/// Does in this process what a linker would: `commands`, a line each, are what a C compiler driver
/// prints for `-###`, with the start files, libraries and places of the system. True if it did;
/// what is wrong is on the standard error. Nothing if no line calls an ELF linker.
std::optional<bool> linkHere(llvm::StringRef commands);

} // namespace net
#endif // NETC_TOOLS_LINKHERE_H
