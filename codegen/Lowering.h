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
class DialectRegistry;
class OpPassManager;
} // namespace mlir

namespace net {

/// The dialects of all phases, and their translation to LLVM IR.
mlir::DialectRegistry dialects();

/// loops -> LLVM's dialect.
void buildLLVM(mlir::OpPassManager &pm);

/// How an object meets the runtime and others of the same program.
struct ProgramObject {
  std::string symbol;             ///< all that is visible outside of the object
  std::string next;               ///< symbol of the same program for a lesser processor, or empty
  std::vector<std::string> needs; ///< features without which the runtime does not run this one
};

/// A module of LLVM's dialect as LLVM IR, with the `NetProgram` (runtime/netrt.h) through which the
/// runtime finds description and entries. A part of a program (codegen/Parts.h) without entries is
/// seen by the others.
llvm::Expected<std::unique_ptr<llvm::Module>>
translateProgram(mlir::ModuleOp module, llvm::LLVMContext &context, const ProgramObject &object);

} // namespace net
#endif // NETC_CODEGEN_LOWERING_H
