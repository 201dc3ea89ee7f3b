//===- netc.cpp - the compiler ----------------------------------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/Explain.h"
#include "mlir/IR/AsmState.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Support/Timing.h"
#include "tools/Commands.h"
#include "tools/Driver.h"
#include "tools/Header.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"
#include <csignal>

using namespace net;
namespace cl = llvm::cl;
using llvm::StringRef;

static cl::OptionCategory category("netc");
static cl::opt<std::string> input(cl::Positional, cl::desc("<model.net, or a dump>"),
                                  cl::cat(category));
static cl::opt<std::string> output("o", cl::desc("where to write; - is the standard output"),
                                   cl::value_desc("file"), cl::cat(category));
static cl::list<std::string> emits(
    "emit", cl::CommaSeparated,
    cl::desc("stop at a phase: ast net grad simplify fuse loops llvm asm obj exe; or lib, header"),
    cl::value_desc("phase"), cl::cat(category));
static cl::opt<std::string> dumpDir("dump-dir", cl::desc("write every phase into this folder"),
                                    cl::value_desc("folder"), cl::cat(category));
static cl::opt<std::string> march("march",
                                  cl::desc("processor to compile for (default: this machine's)"),
                                  cl::init("native"), cl::value_desc("name"), cl::cat(category));
static cl::opt<std::string> target("target",
                                   cl::desc("triple to compile for (default: this machine's)"),
                                   cl::value_desc("triple"), cl::cat(category));
static cl::opt<unsigned> level("O", cl::Prefix,
                               cl::desc("optimization of machine code, 0 to 3 (default 2)"),
                               cl::init(2), cl::value_desc("level"), cl::cat(category));
static cl::opt<bool> locations("g", cl::desc("dumps carry locations"), cl::cat(category));
static cl::opt<bool> stopAtObject("c", cl::desc("same as --emit=obj"), cl::cat(category));
static cl::opt<bool> stopAtAssembly("S", cl::desc("same as --emit=asm"), cl::cat(category));
static cl::opt<bool> verbose("v", cl::desc("show the commands that are run"), cl::cat(category));
static cl::opt<bool> dryRun("###", cl::desc("show the commands, run none"), cl::cat(category));
static cl::opt<bool> verifyNumeric("verify-numeric",
                                   cl::desc("compare the phases of net IR in the interpreter"),
                                   cl::cat(category));
static cl::opt<std::string> explain("explain", cl::desc("print the page of a diagnostic"),
                                    cl::value_desc("id"), cl::cat(category));

static int fail(int code, const llvm::Twine &text) {
  llvm::errs() << "netc: error: " << text << "\n";
  return code;
}

static StringRef endingOf(Phase phase) {
  switch (phase) {
  case Phase::Ast:
    return ".net";
  case Phase::LLVM:
    return ".ll";
  case Phase::Asm:
    return ".s";
  case Phase::Obj:
    return ".o";
  default:
    return ".mlir";
  }
}

/// `03-simplify.mlir`: numbered, so that a folder lists them in order.
static int dumpInto(StringRef folder, const Compilation &program) {
  llvm::SmallString<128> path(folder);
  std::string file;
  llvm::raw_string_ostream(file) << llvm::format("%02d-", static_cast<int>(program.phase()))
                                 << phaseName(program.phase()) << endingOf(program.phase());
  llvm::sys::path::append(path, file);
  if (llvm::Error error = writeFile(path, program.dump(/*withLocations=*/true)))
    return fail(SystemFailed, llvm::toString(std::move(error)));
  return Success;
}

/// Where a result goes that no `-o` names: texts to the standard output, files beside the caller.
static std::string outputFor(StringRef kind, StringRef name) {
  if (!output.empty())
    return output;
  if (kind == "exe")
    return name.str();
  if (kind == "obj")
    return (name + ".o").str();
  if (kind == "lib")
    return ("lib" + name + ".a").str();
  if (kind == "header")
    return (name + ".h").str();
  return "-";
}

namespace {
/// What was asked for: how far to go, and what is written there.
struct Goal {
  Phase phase = Phase::Exe;
  bool library = false, header = false;
};
} // namespace

static int finish(Compilation &program, const Goal &goal, const Linker &linker) {
  llvm::Error error = llvm::Error::success();
  if (goal.library)
    error = linker.linkLibrary(program.dump(false), outputFor("lib", program.name()));
  else if (goal.phase == Phase::Exe)
    error = linker.link(program.dump(false), outputFor("exe", program.name()));
  else if (!goal.header)
    error = writeFile(outputFor(phaseName(goal.phase), program.name()), program.dump(locations));
  return error ? fail(SystemFailed, llvm::toString(std::move(error))) : int(Success);
}

/// With a library, the header lies beside it.
static int writeHeader(const Compilation &program, const Goal &goal) {
  llvm::SmallString<128> path(outputFor("header", program.name()));
  if (goal.library && !output.empty())
    llvm::sys::path::replace_extension(path, ".h");
  if (llvm::Error error = writeFile(path, headerText(program.module(), program.name())))
    return fail(SystemFailed, llvm::toString(std::move(error)));
  return Success;
}

static int compile(const Goal &goal) {
  DriverOptions options;
  options.input = input;
  options.target = target;
  options.march = march;
  options.level = level;
  options.verifyNumeric = verifyNumeric;
  options.assembly = goal.phase == Phase::Asm || !dumpDir.empty();
  if (goal.library || goal.header)
    options.symbol = programSymbol(llvm::sys::path::stem(input));
  Linker linker;
  linker.show = verbose;
  linker.dryRun = dryRun;
  if (!dumpDir.empty())
    if (std::error_code why = llvm::sys::fs::create_directories(dumpDir))
      return fail(SystemFailed, dumpDir + ": " + why.message());
  Compilation program(options, linker);
  if (!program.open())
    return program.exitCode();
  Phase last = std::min(goal.phase, Phase::Obj);
  if (program.phase() > last)
    return fail(WrongUse, input + " is already past the phase `" + phaseName(last) + "`");
  for (;;) {
    if (!dumpDir.empty())
      if (int code = dumpInto(dumpDir, program))
        return code;
    if (goal.header && program.phase() == Phase::Loops)
      if (int code = writeHeader(program, goal))
        return code;
    if (program.phase() == last)
      return finish(program, goal, linker);
    if (!program.advance())
      return program.exitCode();
  }
}

/// `--emit`, `-c`, `-S` as a goal.
static int readGoal(Goal &goal) {
  if (stopAtObject)
    goal.phase = Phase::Obj;
  if (stopAtAssembly)
    goal.phase = Phase::Asm;
  for (StringRef wanted : emits) {
    if (wanted == "lib") {
      goal.library = true;
    } else if (wanted == "header") {
      goal.header = true;
    } else if (auto phase = phaseNamed(wanted)) {
      goal.phase = *phase;
    } else {
      return fail(WrongUse, "--emit=" + wanted +
                                ": phases are ast, net, grad, simplify, fuse, loops, llvm, asm, "
                                "obj and exe; else lib, header");
    }
  }
  if (goal.library)
    goal.phase = Phase::Obj;
  else if (goal.header)
    goal.phase = Phase::Loops;
  return Success;
}

static int printPage() {
  StringRef page = explanation(explain);
  if (page.empty())
    return fail(WrongUse, "no page explains `" + explain + "`; ids look like N0203");
  if (llvm::Error error = writeStandardOutput(page))
    return fail(SystemFailed, llvm::toString(std::move(error)));
  return Success;
}

int main(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv);
  std::signal(SIGXFSZ, SIG_IGN); // a limit on the size of files is an error of `write`
  mlir::registerAsmPrinterCLOptions();
  mlir::registerPassManagerCLOptions();
  mlir::registerDefaultTimingManagerCLOptions();
  cl::HideUnrelatedOptions(category);
  if (!cl::ParseCommandLineOptions(argc, argv, "compiles a .net file to an executable\n",
                                   &llvm::errs()))
    return WrongUse;
  if (checkGradAsked())
    return runCheckGrad();
  if (!explain.empty())
    return printPage();
  if (input.empty())
    return fail(WrongUse, "no input file");
  if (level > 3)
    return fail(WrongUse, "-O takes 0 to 3");
  Goal goal;
  if (int code = readGoal(goal))
    return code;
  return compile(goal);
}
