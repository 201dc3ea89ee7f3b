//===- StandardLibrary.cpp - the library's texts --------------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "std/StandardLibrary.h"

/// From *.net, ascending by name.
static const net::StandardFile files[] = {
#include "std/StandardLibrary.inc"
};

llvm::ArrayRef<net::StandardFile> net::standardLibrary() { return files; }
