//===- VerifyNumeric.h - two phases of one program compared -----*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef NETC_TOOLS_VERIFYNUMERIC_H
#define NETC_TOOLS_VERIFYNUMERIC_H

#include "codegen/Target.h"
#include "ir/Interpreter.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/PassInstrumentation.h"

namespace net {

/// Arguments that the function accepts: small sizes, random numbers, whole numbers that pass the
/// program's checks (`net.checked`). `sizes` fixes named sizes. An error if nothing that was tried
/// is accepted.
llvm::Expected<std::vector<Array>> randomArguments(mlir::func::FuncOp function, uint64_t seed,
                                                   const SizeValues &sizes = {});

struct VerifyNumericOptions {
  uint64_t seed = 0;
  /// |a - b| <= bound (1 + largest |a|), result by result.
  double bound = 1e-12;
  SizeValues sizes;
};

/// Runs each public function of `before` on random arguments, and the one of the same name in
/// `after`, in f64 in the interpreter. Nothing if they agree, else the first difference as a text.
llvm::Expected<std::optional<std::string>> findDifference(mlir::ModuleOp before,
                                                          mlir::ModuleOp after,
                                                          const VerifyNumericOptions &options = {});

/// A pass that changes what a function computes.
struct WrongPass {
  std::string pass;                           ///< as `--pass-pipeline` names it
  std::string how;                            ///< the difference
  mlir::OwningOpRef<mlir::ModuleOp> function; ///< before the pass, alone
};

/// For a pass manager without threads: after each pass on a function (without gradients), what it
/// computes is compared as by findDifference. `found` gets the first pass that changes it.
std::unique_ptr<mlir::PassInstrumentation> watchPasses(std::optional<WrongPass> &found,
                                                       const VerifyNumericOptions &options = {});

/// Does the pass, of those that are registered, change what functions of the module compute?
bool changesResults(llvm::StringRef pass, mlir::ModuleOp module,
                    const VerifyNumericOptions &options = {});

/// The first public function of `module` (in a phase before `loops`, without gradients) whose code,
/// lowered for `target` and optimized at `level`, gives other numbers than the interpreter: in a
/// process of its own, within what rounding can do (ir/RoundedResults.h).
llvm::Expected<std::optional<std::string>>
findDifferenceInCode(mlir::ModuleOp module, const Target &target, unsigned level,
                     const VerifyNumericOptions &options = {});

} // namespace net
#endif // NETC_TOOLS_VERIFYNUMERIC_H
