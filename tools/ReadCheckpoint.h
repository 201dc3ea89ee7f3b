//===- ReadCheckpoint.h - weights for the interpreter -----------*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef NETC_TOOLS_READCHECKPOINT_H
#define NETC_TOOLS_READCHECKPOINT_H

#include "tools/CheckProgram.h"

namespace net {

/// All tensors of a safetensors file whose types .net has. Errors: a file that is missing or
/// broken.
llvm::Expected<NamedArrays> readCheckpoint(const std::string &path, mlir::MLIRContext *context);

} // namespace net
#endif // NETC_TOOLS_READCHECKPOINT_H
