//===- CheckGradCommand.cpp - netc check-grad -----------------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "tools/CheckProgram.h"
#include "tools/CheckRules.h"
#include "tools/Commands.h"
#include "tools/Driver.h"
#include "tools/ReadCheckpoint.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/raw_ostream.h"

using namespace net;
namespace cl = llvm::cl;

static cl::SubCommand command("check-grad",
                              "check the program's gradients against differences, in f64");
static cl::opt<std::string> input(cl::Positional, cl::Required, cl::desc("<model.net>"),
                                  cl::sub(command));
static cl::opt<uint64_t> seed("seed", cl::desc("of initial values, data and directions"),
                              cl::init(0), cl::sub(command));
static cl::opt<int> directions("directions", cl::desc("checked for each parameter (default 3)"),
                               cl::init(3), cl::sub(command));
static cl::opt<std::string> checkpoint("checkpoint", cl::desc("check at these weights and states"),
                                       cl::value_desc("file"), cl::sub(command));

bool net::checkGradAsked() { return static_cast<bool>(command); }

int net::runCheckGrad() {
  DriverOptions options;
  options.input = input;
  Linker linker;
  Compilation program(options, linker);
  if (!program.open())
    return program.exitCode();
  while (program.phase() < Phase::Net)
    if (!program.advance())
      return program.exitCode();
  if (program.phase() != Phase::Net) {
    llvm::errs() << "netc: error: " << input
                 << " is past the phase `net`, in which gradients are checked\n";
    return WrongUse;
  }
  CheckProgramOptions check;
  check.grad.seed = seed;
  check.grad.directions = directions;
  if (!checkpoint.empty()) {
    auto given = readCheckpoint(checkpoint, program.module().getContext());
    if (!given) {
      llvm::errs() << "netc: error: " << llvm::toString(given.takeError()) << "\n";
      return WrongProgram;
    }
    check.given = std::move(*given);
    check.move = 0;
  }
  auto rules = checkRules(program.module(), seed);
  if (!rules) {
    llvm::errs() << "netc: error: check-grad: " << llvm::toString(rules.takeError()) << "\n";
    return WrongProgram;
  }
  auto reports = checkProgram(program.module(), check);
  if (!reports) {
    llvm::errs() << "netc: error: check-grad: " << llvm::toString(reports.takeError()) << "\n";
    return WrongProgram;
  }
  std::string text;
  llvm::raw_string_ostream out(text);
  bool rulesRight = print(*rules, out), right = print(*reports, out) && rulesRight;
  if (llvm::Error error = writeStandardOutput(text)) {
    llvm::errs() << "netc: error: " << llvm::toString(std::move(error)) << "\n";
    return SystemFailed;
  }
  return right ? Success : WrongProgram;
}
