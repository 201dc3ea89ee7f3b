//===- Commands.h - the commands of an emitted executable -------*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef NETC_RUNTIME_COMMANDS_H
#define NETC_RUNTIME_COMMANDS_H

#include "runtime/Context.h"
#include "runtime/Options.h"

#include <memory>

namespace netrt {

/// A program and its command line; commands make contexts of it. Each returns an exit code or
/// throws an Error.
struct Session {
  const NetProgram &native;
  Options options;
  std::string executable; ///< argv[0], for what to type next

  std::unique_ptr<Context> makeContext(DataStore::MakeUp makeUp = DataStore::MakeUp::Never) const;
  /// `--checkpoint`, or the program's name with `.safetensors`.
  std::string checkpointPath(const Program &program) const;
  /// The weights to work with: those of `--init`, else the checkpoint's. `needed`: one must be
  /// there.
  void loadTrained(Context &context, bool needed) const;
};

/// The index of a train block, for commands that take its name.
int blockNamed(const Program &program, const std::string &name);

int commandTrain(const Session &session);
int commandPredict(const Session &session);
int commandReport(const Session &session);
int commandSummary(const Session &session);
int commandBench(const Session &session);
int commandRun(const Session &session);

} // namespace netrt
#endif // NETC_RUNTIME_COMMANDS_H
