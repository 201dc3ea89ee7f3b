//===- Driver.h - a program from phase to phase -----------------*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A Compilation holds a program in one phase, from text to executable, and takes
// it to the next. What leaves a phase as a dump enters there again.
//
//===----------------------------------------------------------------------===//
#ifndef NETC_TOOLS_DRIVER_H
#define NETC_TOOLS_DRIVER_H

#include "codegen/Machine.h"
#include "frontend/Diagnostics.h"
#include "mlir/IR/BuiltinOps.h"
#include "tools/Link.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/IR/LLVMContext.h"

#include <optional>
#include <string>

namespace net {

enum class Phase { Ast, Net, Grad, Simplify, Fuse, Loops, LLVM, Asm, Obj, Exe };
llvm::StringRef phaseName(Phase phase);
std::optional<Phase> phaseNamed(llvm::StringRef name);

struct DriverOptions {
  std::string input;
  std::string textPath; ///< where the phase `ast` is written; empty: nowhere, or not to a file
  std::string target, march = "native"; ///< as `--target=` and `-march=`
  unsigned level = 2;
  bool locations = false;     ///< dumps of MLIR carry `loc(..)`
  bool verifyNumeric = false; ///< each phase's results are compared with the one before
  bool checkNan = false;      ///< executables name the first operation whose value is not finite
  std::optional<int64_t> memoryBudget;  ///< bytes of a step's arena
  bool ledger = false;                  ///< what steps keep and compute again is asked for
  std::string reduced;                  ///< where a program that fails it goes, made smaller
  bool byParts = false;                 ///< several threads make several objects from `loops`
  bool assembly = false;                ///< the phase `asm` is asked for, not only passed
  std::string symbol = "netrt_program"; ///< under which the object shows the program
  std::string next; ///< that of the same program for a lesser processor, or empty
};

/// Exit codes of netc (sysexits.h).
enum ExitCode { Success = 0, WrongProgram = 1, WrongUse = 2, Internal = 70, SystemFailed = 74 };

class Compilation {
public:
  Compilation(const DriverOptions &options, const Linker &linker);
  ~Compilation();

  /// Reads the input, whose name's end and content say its phase. False after a message.
  bool open();
  Phase phase() const { return current; }
  /// To the next phase, up to Obj. False after a message.
  bool advance();
  /// The program in its phase, as a file holds it.
  std::string dump(bool withLocations) const;
  /// In the phase `obj`: the program's objects, to be linked together.
  std::vector<std::string> takeObjects() { return std::move(objects); }
  /// What steps keep and compute again, behind the phase `fuse`, if it was asked for.
  const std::string &ledger() const { return ledgerText; }
  mlir::ModuleOp module() const { return mlirModule.get(); }
  int exitCode() const { return code; }
  /// The program's name: the file's without its end.
  std::string name() const;

private:
  bool parse();
  bool elaborate();
  bool runPasses(Phase next);
  bool fuseWithinBudget();
  bool verify(mlir::ModuleOp before, Phase next);
  bool blame(mlir::ModuleOp before, const std::string &what, const std::string &how,
             llvm::function_ref<bool(mlir::ModuleOp)> fails);
  bool verifyCode(mlir::ModuleOp before, unsigned level);
  bool lowerToIR();
  bool emitAssembly();
  bool emitObject();
  bool emitParts();
  bool fail(ExitCode exit, const llvm::Twine &text);
  const Machine *machine();

  const DriverOptions &options;
  const Linker &linker;
  SourceManager sources;
  Diagnostics diagnostics;
  mlir::MLIRContext context;
  llvm::LLVMContext llvmContext;
  std::optional<Machine> processor;
  Phase current = Phase::Ast;
  FileId file = 0;
  std::string text; ///< of ast, asm
  std::vector<std::string> objects;
  std::string ledgerText;
  mlir::OwningOpRef<mlir::ModuleOp> mlirModule;
  std::unique_ptr<llvm::Module> ir;
  int code = Success;
};

} // namespace net
#endif // NETC_TOOLS_DRIVER_H
