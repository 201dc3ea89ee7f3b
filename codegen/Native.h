//===- Native.h - code compiled and run in memory ---------------*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef NETC_CODEGEN_NATIVE_H
#define NETC_CODEGEN_NATIVE_H

#include "codegen/Target.h"
#include "ir/Interpreter.h"
#include "mlir/IR/BuiltinOps.h"

#include <memory>

namespace net {

/// The functions of a module, compiled in memory for this machine: what the interpreter is compared
/// with.
class Native {
public:
  /// `module` is in a phase before `loops` and holds public functions without calls or gradients;
  /// it is lowered in place, for the vectors of `target`. `level` as -O; at 0 LLVM leaves the code
  /// as it is. `arch` as `-march`: code for another processor, which this machine has to include.
  static llvm::Expected<std::unique_ptr<Native>> compile(mlir::ModuleOp module,
                                                         const Target &target, unsigned level = 0,
                                                         llvm::StringRef arch = "native");
  ~Native();

  /// How threads come to run: by themselves, or one at a time from barrier to barrier, the first or
  /// the last of them first. Then what one reads too early, or writes too early, shows in the
  /// results, where a barrier is missing.
  enum class Schedule { Free, FirstFirst, LastFirst };
  struct Options {
    SizeValues sizes; ///< named ones that no argument fixes
    int threads = 1;
    /// In a process of its own: a signal is an error, and nothing of this process can be hurt.
    bool isolated = false;
    Schedule schedule = Schedule::Free;
  };
  /// The results, in their storage types. Errors: a failed check (its number), a signal.
  llvm::Expected<std::vector<Array>> run(llvm::StringRef function, llvm::ArrayRef<Array> arguments,
                                         const Options &options);
  llvm::Expected<std::vector<Array>> run(llvm::StringRef function,
                                         llvm::ArrayRef<Array> arguments) {
    return run(function, arguments, Options());
  }

private:
  struct Implementation;
  explicit Native(std::unique_ptr<Implementation> implementation);
  std::unique_ptr<Implementation> implementation;
};

} // namespace net
#endif // NETC_CODEGEN_NATIVE_H
