//===- Driver.cpp - a program from phase to phase -------------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "tools/Driver.h"
#include "codegen/Lowering.h"
#include "codegen/Parts.h"
#include "codegen/Passes.h"
#include "frontend/Compile.h"
#include "mlir/IR/Threading.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Pass/PassManager.h"
#include "passes/Passes.h"
#include "tools/CheckProgram.h"
#include "tools/MemoryBudget.h"
#include "tools/Reduce.h"
#include "tools/VerifyNumeric.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/Transforms/Utils/Cloning.h"

using namespace net;
using llvm::StringRef;

static const char *const phaseNames[] = {"ast",   "net",  "grad", "simplify", "fuse",
                                         "loops", "llvm", "asm",  "obj",      "exe"};

StringRef net::phaseName(Phase phase) { return phaseNames[static_cast<int>(phase)]; }

std::optional<Phase> net::phaseNamed(StringRef name) {
  for (auto [i, known] : llvm::enumerate(phaseNames))
    if (name == known)
      return static_cast<Phase>(i);
  return std::nullopt;
}

static Phase after(Phase phase) { return static_cast<Phase>(static_cast<int>(phase) + 1); }

Compilation::Compilation(const DriverOptions &options, const Linker &linker)
    : options(options), linker(linker), diagnostics(sources),
      context(dialects(), mlir::MLIRContext::Threading::ENABLED) {
  context.loadAllAvailableDialects();
}

Compilation::~Compilation() = default;

std::string Compilation::name() const { return programName(options.input); }

bool Compilation::fail(ExitCode exit, const llvm::Twine &message) {
  code = exit;
  llvm::errs() << "netc: error: " << message << "\n";
  return false;
}

const Machine *Compilation::machine() {
  if (!processor) {
    auto made = Machine::create(options.target, options.march, options.level);
    if (!made) {
      fail(WrongUse, llvm::toString(made.takeError()));
      return nullptr;
    }
    processor.emplace(std::move(*made));
  }
  return &*processor;
}

//===-- on -----------------------------------------------------------------------------------===//

bool Compilation::advance() {
  Phase next = after(current);
  bool done = false;
  switch (next) {
  case Phase::Net:
    done = elaborate();
    break;
  case Phase::Grad:
  case Phase::Simplify:
  case Phase::Fuse:
  case Phase::Loops:
    done = runPasses(next);
    break;
  case Phase::LLVM:
    if (options.byParts)
      next = Phase::Obj;
    done = options.byParts ? emitParts() : lowerToIR();
    break;
  case Phase::Asm:
    done = emitAssembly();
    break;
  case Phase::Obj:
    done = emitObject();
    break;
  default:
    return fail(Internal, "there is no phase after `obj` here");
  }
  if (done)
    current = next;
  return done;
}

bool Compilation::elaborate() {
  // Parsing again costs less than keeping a tree that nobody may have changed.
  Diagnostics found(sources);
  mlirModule = compileFile(sources, file, found, context);
  found.printToStderr();
  if (found.hasErrors() || !mlirModule)
    return code = WrongProgram, false;
  return true;
}

/// To the phase `fuse`, with what a budget asks for.
bool Compilation::fuseWithinBudget() {
  const Machine *to = machine();
  if (!to)
    return false;
  std::optional<WrongPass> wrong;
  MemoryBudget memory(*mlirModule, to->target(), options.memoryBudget);
  bool done = memory.run([&](mlir::PassManager &pm) {
    mlir::applyDefaultTimingPassManagerCLOptions(pm);
    if (options.verifyNumeric) {
      context.disableMultithreading();
      pm.addInstrumentation(watchPasses(wrong));
    }
    return mlir::succeeded(mlir::applyPassManagerCLOptions(pm));
  });
  ledgerText = memory.ledger();
  if (wrong)
    return blame(*wrong->function, "`" + wrong->pass + "`", wrong->how,
                 [&](mlir::ModuleOp smaller) { return changesResults(wrong->pass, smaller); });
  if (!done)
    return code = WrongProgram, false;
  (*mlirModule)->setAttr("net.phase", mlir::StringAttr::get(&context, phaseName(Phase::Fuse)));
  std::string misfits = memory.misfits();
  llvm::errs() << misfits;
  if (!misfits.empty())
    llvm::errs() << "help: `--emit=ledger` shows what is kept; a smaller batch takes less\n";
  return misfits.empty() || (code = WrongProgram, false);
}

/// As the command line has it.
static bool configure(mlir::PassManager &pm, Phase from) {
  if (mlir::failed(mlir::applyPassManagerCLOptions(pm)))
    return false;
  mlir::applyDefaultTimingPassManagerCLOptions(pm);
  // Loops are so many that to verify them behind each pass takes a thirtieth of all time.
  pm.enableVerifier(from < Phase::Fuse);
  return true;
}

bool Compilation::runPasses(Phase next) {
  if (next == Phase::Fuse && (options.memoryBudget || options.ledger))
    return fuseWithinBudget();
  mlir::PassManager pm(&context);
  if (!configure(pm, current))
    return code = WrongUse, false;
  if (next == Phase::Loops) {
    const Machine *to = machine();
    if (!to)
      return false;
    buildLoops(pm, to->target());
  } else {
    if (next == Phase::Fuse && options.checkNan)
      pm.addNestedPass<mlir::func::FuncOp>(createCheckNan()); // no rewrite may come after it
    buildPhase(pm, phaseName(next));
  }
  mlir::OwningOpRef<mlir::ModuleOp> before;
  std::optional<WrongPass> wrong;
  if (options.verifyNumeric) {
    before = mlirModule->clone();
    context.disableMultithreading();
    if (next == Phase::Simplify || next == Phase::Fuse)
      pm.addInstrumentation(watchPasses(wrong));
  }
  if (mlir::failed(pm.run(*mlirModule)) ||
      (next == Phase::Loops && mlir::failed(mlir::verify(*mlirModule))))
    return code = WrongProgram, false;
  if (wrong)
    return blame(*wrong->function, "`" + wrong->pass + "`", wrong->how,
                 [&](mlir::ModuleOp smaller) { return changesResults(wrong->pass, smaller); });
  (*mlirModule)->setAttr("net.phase", mlir::StringAttr::get(&context, phaseName(next)));
  return !options.verifyNumeric || verify(*before, next);
}

/// What single passes are not compared for. The interpreter takes gradients one number at a time,
/// which only small programs can wait for: they are compared with differences instead.
bool Compilation::verify(mlir::ModuleOp before, Phase next) {
  if (next == Phase::Grad) {
    auto reports = checkProgram(before);
    if (!reports)
      return fail(Internal, "--verify-numeric: " + llvm::toString(reports.takeError()));
    return print(*reports, llvm::errs()) ||
           fail(Internal, "--verify-numeric: the phase `grad` gives wrong derivatives");
  }
  return next != Phase::Loops || (verifyCode(before, 0) && verifyCode(before, options.level));
}

/// Loops have no interpreter: what they become is run, as it is and optimized.
bool Compilation::verifyCode(mlir::ModuleOp before, unsigned level) {
  auto difference = findDifferenceInCode(before, machine()->target(), level);
  if (!difference)
    return fail(Internal, "--verify-numeric: " + llvm::toString(difference.takeError()));
  if (!*difference)
    return true;
  std::string what = level == 0 ? "the phase `loops`" : ("-O" + llvm::Twine(level)).str();
  return blame(before, what, **difference, [&](mlir::ModuleOp smaller) {
    auto still = findDifferenceInCode(smaller, machine()->target(), level);
    if (!still)
      llvm::consumeError(still.takeError());
    return still && still->has_value();
  });
}

/// Says what changes results, and writes the smallest program that still shows it.
bool Compilation::blame(mlir::ModuleOp before, const std::string &what, const std::string &how,
                        llvm::function_ref<bool(mlir::ModuleOp)> fails) {
  fail(Internal, "--verify-numeric: " + what + " changes results: " + how);
  if (options.reduced.empty())
    return false;
  mlir::OwningOpRef<mlir::ModuleOp> smallest = reduce(before, fails);
  std::string text;
  llvm::raw_string_ostream(text) << *smallest;
  if (llvm::Error error = writeFile(options.reduced, text))
    return fail(SystemFailed, llvm::toString(std::move(error)));
  llvm::errs() << "netc: reduced to " << options.reduced << "\n";
  return false;
}

bool Compilation::lowerToIR() {
  const Machine *to = machine();
  if (!to)
    return false;
  mlir::PassManager pm(&context);
  if (!configure(pm, current))
    return code = WrongUse, false;
  buildLLVM(pm);
  if (mlir::failed(pm.run(*mlirModule)))
    return code = Internal, false;
  auto made =
      translateProgram(*mlirModule, llvmContext, {options.symbol, options.next, to->needs()});
  if (!made)
    return fail(Internal, llvm::toString(made.takeError()));
  ir = std::move(*made);
  mlirModule = {};
  to->prepare(*ir);
  to->optimize(*ir);
  return true;
}

static llvm::Error translate(const Machine &machine, llvm::Module &ir, bool assembly,
                             std::string &text) {
  llvm::SmallVector<char, 0> bytes;
  llvm::raw_svector_ostream out(bytes);
  if (llvm::Error error = machine.emit(ir, out, assembly))
    return error;
  text.assign(bytes.begin(), bytes.end());
  return llvm::Error::success();
}

bool Compilation::emitAssembly() {
  if (!options.assembly)
    return true;
  const Machine *to = machine();
  if (!to)
    return false;
  // Code generation changes the IR that it reads; the object is made from the same.
  std::unique_ptr<llvm::Module> copy = llvm::CloneModule(*ir);
  if (llvm::Error error = translate(*to, *copy, /*assembly=*/true, text))
    return fail(Internal, llvm::toString(std::move(error)));
  return true;
}

bool Compilation::emitObject() {
  if (!ir) { // resumed from assembly
    auto object = linker.assemble(text);
    if (!object)
      return fail(SystemFailed, llvm::toString(object.takeError()));
    objects = {std::move(*object)};
    return true;
  }
  const Machine *to = machine();
  if (!to)
    return false;
  if (llvm::Error error = translate(*to, *ir, /*assembly=*/false, objects.emplace_back()))
    return fail(Internal, llvm::toString(std::move(error)));
  ir = nullptr;
  return true;
}

/// One part, by a thread with an LLVM of its own.
static llvm::Error emitPart(mlir::OwningOpRef<mlir::ModuleOp> part, const DriverOptions &options,
                            std::string &object) {
  auto machine = Machine::create(options.target, options.march, options.level);
  if (!machine)
    return machine.takeError();
  llvm::LLVMContext context;
  auto made = translateProgram(*part, context, {options.symbol, options.next, machine->needs()});
  if (!made)
    return made.takeError();
  part = {};
  machine->prepare(**made);
  machine->optimize(**made);
  return translate(*machine, **made, /*assembly=*/false, object);
}

bool Compilation::emitParts() {
  mlirModule = cutInParts(std::move(mlirModule), options.symbol);
  mlir::PassManager pm(&context);
  if (!configure(pm, current))
    return code = WrongUse, false;
  buildLLVM(pm.nest<mlir::ModuleOp>());
  if (mlir::failed(pm.run(*mlirModule)))
    return code = Internal, false;
  std::vector<mlir::OwningOpRef<mlir::ModuleOp>> parts;
  for (auto part : llvm::make_early_inc_range(mlirModule->getOps<mlir::ModuleOp>())) {
    part->remove();
    parts.emplace_back(part);
  }
  mlirModule = {};
  objects.resize(parts.size());
  std::vector<std::string> problems(parts.size());
  mlir::parallelFor(&context, 0, parts.size(), [&](size_t i) {
    problems[i] = llvm::toString(emitPart(std::move(parts[i]), options, objects[i]));
  });
  for (const std::string &problem : problems)
    if (!problem.empty())
      return fail(Internal, problem);
  return true;
}

//===-- out ----------------------------------------------------------------------------------===//

std::string Compilation::dump(bool withLocations) const {
  std::string result;
  llvm::raw_string_ostream out(result);
  if (mlirModule) {
    mlir::OpPrintingFlags flags;
    if (withLocations)
      flags.enableDebugInfo();
    mlirModule.get().print(out, flags);
    out << "\n";
  } else if (current == Phase::LLVM) {
    ir->print(out, nullptr);
  } else if (current == Phase::Obj) {
    out << objects[0];
  } else {
    out << text;
  }
  return result;
}
