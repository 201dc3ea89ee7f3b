//===- Options.h - the command line of an emitted executable ----*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef NETC_RUNTIME_OPTIONS_H
#define NETC_RUNTIME_OPTIONS_H

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace netrt {

struct Options {
  std::string command;            ///< train, predict, report, summary, bench, run, help, version
  std::vector<std::string> names; ///< block, network or task
  std::optional<int64_t> epochs, batch, steps, saveEvery;
  std::optional<uint64_t> seed;
  int threads = 0;
  std::string data, checkpoint, init, log, out, workload;
  std::vector<std::string> outputs;                           ///< of -o, in order
  std::vector<std::pair<std::string, std::string>> renames;   ///< program's name = file's name
  std::vector<std::pair<std::string, std::string>> arguments; ///< of networks and tasks
  bool resume = false, json = false;
};

/// Reads the command line; throws usage Errors. `networkArguments` of predict and run are taken as
/// `--name value`, or `--arg.name value` where a name is an option's.
Options parseOptions(int argc, char **argv);

/// The text of --help: of the whole, or of one command.
std::string helpText(const std::string &program, const std::string &command);

} // namespace netrt
#endif // NETC_RUNTIME_OPTIONS_H
