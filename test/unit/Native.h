//===- Native.h - compiled functions beside interpreted ones ----*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef NETC_TEST_UNIT_NATIVE_H
#define NETC_TEST_UNIT_NATIVE_H

#include "codegen/Target.h"
#include "ir/Interpreter.h"
#include "mlir/IR/BuiltinOps.h"

#include <memory>

namespace net::test {

/// The functions of a module, compiled in memory for this machine.
class Native {
public:
  /// `module` is in a phase before `loops` and holds public functions without calls or gradients;
  /// it is lowered in place. `optimize`: by LLVM, as for an executable.
  static llvm::Expected<std::unique_ptr<Native>>
  compile(mlir::ModuleOp module, const Target &target, bool optimize = false);
  ~Native();

  /// The results, in their storage types; `sizes` are named ones that no argument fixes. Errors: a
  /// failed check (its number).
  llvm::Expected<std::vector<Array>> run(llvm::StringRef function, llvm::ArrayRef<Array> arguments,
                                         const SizeValues &sizes = {}, int threads = 1);

private:
  struct Implementation;
  explicit Native(std::unique_ptr<Implementation> implementation);
  std::unique_ptr<Implementation> implementation;
};

/// A context that can lower to LLVM.
mlir::MLIRContext &nativeContext();

} // namespace net::test
#endif // NETC_TEST_UNIT_NATIVE_H
