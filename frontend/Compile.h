//===- Compile.h - from a file to a module with entries ---------*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The whole front end as one function: text in, net IR and the description of the
// program (module attribute `net.program`) out.
//
//===----------------------------------------------------------------------===//
#ifndef NETC_FRONTEND_COMPILE_H
#define NETC_FRONTEND_COMPILE_H

#include "frontend/Diagnostics.h"
#include "frontend/GradientSites.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"

namespace net {

/// What a program is called: its file's name without the ending, `program` on the standard input.
std::string programName(llvm::StringRef path);

/// The tree of a file, and where its blocks take gradients.
struct WrittenGradients {
  std::unique_ptr<ast::File> tree;
  GradientSites sites;
};

/// Parses a file that `sources` knows, what it uses and the library, and elaborates all of it.
/// Gives a verified module in the phase `net`, or null after a diagnostic. Loads the dialects that
/// it needs. Where `written` is wanted, the gradients that blocks take are noted there.
mlir::OwningOpRef<mlir::ModuleOp> compileFile(SourceManager &sources, FileId root,
                                              Diagnostics &diagnostics, mlir::MLIRContext &context,
                                              WrittenGradients *written = nullptr);

} // namespace net
#endif // NETC_FRONTEND_COMPILE_H
