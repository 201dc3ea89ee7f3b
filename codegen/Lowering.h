//===- Lowering.h - loops to LLVM IR ----------------------------*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef NETC_CODEGEN_LOWERING_H
#define NETC_CODEGEN_LOWERING_H

#include "mlir/IR/BuiltinOps.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/Error.h"

namespace mlir {
class OpPassManager;
}

namespace net {

/// loops -> LLVM's dialect.
void buildLLVM(mlir::OpPassManager &pm);

/// A module of LLVM's dialect as LLVM IR, with the `NetProgram` (runtime/netrt.h) through which the
/// runtime finds description and entries. Only that is visible outside of the object, as `symbol`.
/// `needs` are features without which the runtime refuses to start.
llvm::Expected<std::unique_ptr<llvm::Module>> translateProgram(mlir::ModuleOp module,
                                                               llvm::LLVMContext &context,
                                                               llvm::StringRef symbol,
                                                               llvm::ArrayRef<std::string> needs);

} // namespace net
#endif // NETC_CODEGEN_LOWERING_H
