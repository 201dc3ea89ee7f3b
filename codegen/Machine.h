//===- Machine.h - the processor that code is made for ----------*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef NETC_CODEGEN_MACHINE_H
#define NETC_CODEGEN_MACHINE_H

#include "codegen/Target.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/IR/PassManager.h"
#include "llvm/Support/Error.h"
#include <memory>
#include <string>
#include <vector>

namespace llvm {
class Module;
class TargetMachine;
class raw_pwrite_stream;
} // namespace llvm

namespace net {

/// A processor as LLVM knows it: LLVM IR in, assembly or an object out.
class Machine {
public:
  /// `triple` empty: this machine's. `arch` as `-march`: `native`, `x86-64-v3`, `znver4`, ...;
  /// errors: a target that LLVM does not know, a processor without AVX2 and FMA.
  static llvm::Expected<Machine> create(llvm::StringRef triple, llvm::StringRef arch,
                                        unsigned level);
  Machine(Machine &&);
  ~Machine();

  /// The processor's features that code may use, of those that the runtime can ask a processor for.
  std::vector<std::string> needs() const;
  /// What the shape of loops depends on.
  Target target() const;
  /// `-O0` .. `-O3` as clang has them. No option changes a result: operations are neither
  /// contracted nor reassociated.
  void optimize(llvm::Module &module) const;
  /// Sets triple, data layout, and the functions' attributes.
  void prepare(llvm::Module &module) const;
  llvm::Error emit(llvm::Module &module, llvm::raw_pwrite_stream &out, bool assembly) const;

private:
  Machine(std::unique_ptr<llvm::TargetMachine> machine, unsigned level);
  std::unique_ptr<llvm::TargetMachine> machine;
  unsigned level;
};

/// In a sanitized build: has generated code check every access. The last pass of all.
void checkAddresses(llvm::Module &module, llvm::ModuleAnalysisManager &analyses);

} // namespace net
#endif // NETC_CODEGEN_MACHINE_H
