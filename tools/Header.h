//===- Header.h - the C header of a program ---------------------*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef NETC_TOOLS_HEADER_H
#define NETC_TOOLS_HEADER_H

#include "mlir/IR/BuiltinOps.h"
#include <string>

namespace net {

/// `my-net` as C spells it: `my_net`.
std::string cName(llvm::StringRef name);
/// The symbol under which a library shows its program: `lenet_program`.
std::string programSymbol(llvm::StringRef name);
/// The text of `lenet.h`: the runtime's interface, and its functions under the program's name.
/// Self-contained.
std::string headerText(mlir::ModuleOp module, llvm::StringRef name);

} // namespace net
#endif // NETC_TOOLS_HEADER_H
