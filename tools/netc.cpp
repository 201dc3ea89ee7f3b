//===- netc.cpp - the compiler ----------------------------------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "codegen/Machine.h"
#include "frontend/Compile.h"
#include "frontend/Explain.h"
#include "mlir/IR/AsmState.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Support/Timing.h"
#include "mlir/Transforms/Passes.h"
#include "passes/Passes.h"
#include "tools/CheckRules.h"
#include "tools/Commands.h"
#include "tools/Driver.h"
#include "tools/Header.h"
#include "tools/MemoryBudget.h"
#include "llvm/Config/llvm-config.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"
#include <csignal>
#include <map>

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
    cl::desc("stop at a phase: ast net grad simplify fuse loops llvm asm obj exe; or grad.net, "
             "derived.net, lib, header, ledger"),
    cl::value_desc("phase"), cl::cat(category));
static cl::opt<std::string> dumpDir("dump-dir", cl::desc("write every phase into this folder"),
                                    cl::value_desc("folder"), cl::cat(category));
static cl::list<std::string> marches(
    "march", cl::CommaSeparated,
    cl::desc(
        "processors to compile for, of which one is chosen at start (default: this machine's)"),
    cl::value_desc("name"), cl::cat(category));
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
static cl::opt<bool>
    verifyNumeric("verify-numeric",
                  cl::desc("compare what each phase computes: interpreted, then as code"),
                  cl::cat(category));
static cl::opt<bool>
    checkNan("check-nan",
             cl::desc("executables stop at, and name, the first operation that is not finite"),
             cl::cat(category));
static cl::opt<std::string>
    memoryBudget("memory-budget",
                 cl::desc("bytes of a step's arena (K, M, G): compute again rather than keep more"),
                 cl::value_desc("bytes"), cl::cat(category));
static cl::opt<bool> checkDerivatives(
    "check-derivatives",
    cl::desc("compare each `derivative` that the program gives with its function, in f64"),
    cl::cat(category));
static cl::opt<std::string>
    bisect("bisect",
           cl::desc("with --verify-numeric: reduce a program that fails to what still does"),
           cl::value_desc("file"), cl::cat(category));
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
  if (std::error_code why = llvm::sys::fs::create_directories(folder))
    return fail(SystemFailed, folder + ": " + why.message());
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
  bool ledger = false; ///< of the memory, instead of the phase
  enum class Text { None, Tidy, Derived } gradient = Text::None; ///< as a program
};
} // namespace

/// Writes what came out: of one phase, or the objects of all processors.
static int finish(llvm::ArrayRef<std::string> results, const Goal &goal, const Linker &linker) {
  std::string name = programName(input);
  llvm::Error error = llvm::Error::success();
  if (goal.library)
    error = linker.linkLibrary(results, outputFor("lib", name));
  else if (goal.phase == Phase::Exe)
    error = linker.link(results, outputFor("exe", name));
  else if (!goal.header)
    error =
        writeFile(goal.ledger ? outputFor("ledger", name) : outputFor(phaseName(goal.phase), name),
                  results[0]);
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

/// Each `derivative` of the program against dual numbers of its function.
static int checkRulesOf(const Compilation &program) {
  auto report = checkRules(program.module());
  if (!report)
    return fail(WrongProgram, "check-derivatives: " + llvm::toString(report.takeError()));
  return print(*report, llvm::errs()) ? Success : WrongProgram;
}

/// One processor's way through the phases; what comes out joins `results`.
static int compileFor(const DriverOptions &options, const Goal &goal, const Linker &linker,
                      StringRef dumps, std::vector<std::string> &results) {
  Compilation program(options, linker);
  if (!program.open())
    return program.exitCode();
  Phase last = std::min(goal.phase, Phase::Obj);
  if (program.phase() > last)
    return fail(WrongUse, input + " is already past the phase `" + phaseName(last) + "`");
  if (options.checkNan && program.phase() >= Phase::Fuse)
    return fail(WrongUse, input + ": --check-nan takes a program before the phase `fuse`");
  if ((options.memoryBudget || options.ledger) && program.phase() >= Phase::Fuse)
    return fail(WrongUse, input + ": --memory-budget and --emit=ledger take a program before the "
                                  "phase `fuse`");
  if (!options.next.empty() && program.phase() >= Phase::Loops)
    return fail(WrongUse, input + " is made for one processor; -march takes one here");
  if (checkDerivatives && program.phase() > Phase::Net)
    return fail(WrongUse, input + " is past the phase `net`, in which derivatives are checked");
  for (;;) {
    if (checkDerivatives && program.phase() == Phase::Net)
      if (int code = checkRulesOf(program))
        return code;
    if (!dumps.empty())
      if (int code = dumpInto(dumps, program))
        return code;
    if (goal.header && program.phase() == Phase::Loops)
      if (int code = writeHeader(program, goal))
        return code;
    if (program.phase() == last && goal.ledger) {
      results.push_back(program.ledger());
      return Success;
    }
    if (program.phase() == last) {
      if (last == Phase::Obj)
        llvm::append_range(results, program.takeObjects());
      else
        results.push_back(program.dump(locations));
      return Success;
    }
    if (!program.advance()) {
      if (goal.ledger && !program.ledger().empty())
        results.push_back(program.ledger());
      return program.exitCode();
    }
  }
}

/// Orders `-march` from the processor that can most to the one that can least.
static int readProcessors(std::vector<std::string> &processors) {
  processors = marches;
  if (processors.empty())
    processors = {"native"};
  std::map<std::string, size_t> count;
  for (const std::string &name : processors) {
    auto machine = Machine::create(target, name, level);
    if (!machine)
      return fail(WrongUse, llvm::toString(machine.takeError()));
    if (!count.try_emplace(name, machine->needs().size()).second)
      return fail(WrongUse, "-march names " + name + " twice");
  }
  llvm::sort(processors,
             [&](auto &a, auto &b) { return std::pair(count[b], a) < std::pair(count[a], b); });
  return Success;
}

static int readBudget(std::optional<int64_t> &budget) {
  if (!memoryBudget.getNumOccurrences())
    return Success;
  budget = bytesNamed(memoryBudget);
  if (!budget)
    return fail(WrongUse, "--memory-budget=" + memoryBudget +
                              ": it takes a number of bytes, as 67108864, 65536K, 64M or 1G");
  return Success;
}

static int compile(const Goal &goal) {
  std::vector<std::string> processors, results;
  if (int code = readProcessors(processors))
    return code;
  if (processors.size() > 1 && goal.phase != Phase::Exe && !goal.library)
    return fail(WrongUse, "several processors share an executable or a library only; -march takes "
                          "one with --emit=" +
                              phaseName(goal.phase));
  DriverOptions options;
  options.input = input;
  options.target = target;
  options.level = level;
  options.checkNan = checkNan;
  options.ledger = goal.ledger;
  if (int code = readBudget(options.memoryBudget))
    return code;
  if (checkNan && (options.memoryBudget || options.ledger))
    return fail(WrongUse, "--check-nan keeps every value; it goes without --memory-budget and "
                          "--emit=ledger");
  options.verifyNumeric = verifyNumeric || !bisect.empty();
  options.reduced = bisect;
  // Where all is one module, LLVM's -O3 sees it so.
  options.byParts = (goal.phase == Phase::Exe || goal.library) && dumpDir.empty() && level < 3;
  options.assembly = goal.phase == Phase::Asm || !dumpDir.empty();
  if (goal.library || goal.header)
    options.symbol = programSymbol(programName(input));
  Linker linker;
  linker.show = verbose;
  linker.dryRun = dryRun;
  std::string symbol = options.symbol;
  for (auto [i, name] : llvm::enumerate(processors)) {
    options.march = name;
    options.symbol = options.next.empty() ? symbol : options.next;
    options.next =
        i + 1 < processors.size() ? (symbol + "." + llvm::Twine(i + 1)).str() : std::string();
    llvm::SmallString<128> dumps(dumpDir);
    if (!dumpDir.empty() && processors.size() > 1)
      llvm::sys::path::append(dumps, name);
    options.textPath = dumps.empty() ? output : (dumps + "/" + phaseName(Phase::Ast)).str();
    if (int code = compileFor(options, goal, linker, dumps, results)) {
      // What does not fit is shown all the same.
      if (goal.ledger && !results.empty())
        finish(results, goal, linker);
      return code;
    }
  }
  return finish(results, goal, linker);
}

/// `--emit`, `-c`, `-S` as a goal.
static int readGoal(Goal &goal) {
  std::vector<std::string> all(emits.begin(), emits.end());
  if (stopAtObject)
    all.push_back("obj");
  if (stopAtAssembly)
    all.push_back("asm");
  for (StringRef wanted : all) {
    if (wanted == "lib") {
      goal.library = true;
    } else if (wanted == "header") {
      goal.header = true;
    } else if (wanted == "ledger") {
      goal.ledger = true;
      goal.phase = Phase::Fuse;
    } else if (wanted == "grad.net" || wanted == "derived.net") {
      goal.gradient = wanted == "grad.net" ? Goal::Text::Tidy : Goal::Text::Derived;
    } else if (auto phase = phaseNamed(wanted)) {
      goal.phase = *phase;
    } else {
      return fail(WrongUse, "--emit=" + wanted +
                                ": phases are ast, net, grad, simplify, fuse, loops, llvm, asm, "
                                "obj and exe; else lib, header, ledger, grad.net, derived.net");
    }
  }
  bool several = llvm::any_of(all, [&](auto &wanted) { return wanted != all[0]; });
  if (several && !(goal.library && goal.header && all.size() == 2))
    return fail(WrongUse,
                "one phase is written at a time, not `" + all[0] + "` and `" + all[1] +
                    "`; --dump-dir writes all, --emit=lib,header a library and its header");
  if (goal.library)
    goal.phase = Phase::Obj;
  else if (goal.header)
    goal.phase = Phase::Loops;
  return Success;
}

/// What would be lost: the input under another name, or what the linker cannot write.
static int checkOutput(const Goal &goal) {
  bool runs = goal.phase == Phase::Exe && goal.gradient == Goal::Text::None;
  bool links = runs || (goal.library && StringRef(output).ends_with(".so"));
  if (links && output == "-")
    return fail(WrongUse,
                "an executable cannot be written to the standard output; -o names a file");
  std::string kind = goal.library ? "lib" : goal.header ? "header" : phaseName(goal.phase).str();
  std::string path = outputFor(goal.gradient == Goal::Text::None ? kind : "", programName(input));
  bool same = false;
  if (llvm::sys::fs::is_directory(input))
    return fail(WrongUse, input + " is a folder; a program is a file");
  if (path != "-" && !llvm::sys::fs::equivalent(input, path, same) && same)
    return fail(WrongUse, "the input " + input + " would be overwritten; -o names another file");
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
  mlir::registerCSEPass();
  mlir::registerSymbolDCEPass();
  registerNetPasses();
  cl::HideUnrelatedOptions(category);
  cl::SetVersionPrinter([](llvm::raw_ostream &out) {
    out << "netc " NETC_VERSION ", LLVM " LLVM_VERSION_STRING "\n";
  });
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
  if (int code = checkOutput(goal))
    return code;
  if (goal.gradient != Goal::Text::None)
    return emitGradient(input, output, goal.gradient == Goal::Text::Derived);
  return compile(goal);
}
