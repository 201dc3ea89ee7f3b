//===- StandardLibrary.h - the library's texts ------------------*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef NETC_STD_STANDARDLIBRARY_H
#define NETC_STD_STANDARDLIBRARY_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

namespace net {

struct StandardFile {
  llvm::StringRef name; ///< `std/layers.net`
  llvm::StringRef text;
};

/// All files of the library, ascending by name. They know each other's declarations.
llvm::ArrayRef<StandardFile> standardLibrary();

} // namespace net
#endif // NETC_STD_STANDARDLIBRARY_H
