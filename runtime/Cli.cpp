//===- Cli.cpp - from a command line to an exit code ----------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "runtime/Checkpoint.h"
#include "runtime/Commands.h"
#include "runtime/Error.h"
#include "runtime/SafeFile.h"

#include <csignal>
#include <cstdio>
#include <new>

namespace netrt {

std::unique_ptr<Context> Session::makeContext(DataStore::MakeUp makeUp) const {
  ContextOptions wanted;
  wanted.threads = options.threads;
  wanted.seed = options.seed.value_or(0);
  wanted.search = {options.data, executableDirectory()};
  wanted.makeUp = makeUp;
  return std::make_unique<Context>(readProgram(native), wanted);
}

std::string Session::checkpointPath(const Program &program) const {
  // Behind a link, its predecessor and what is written next lie beside the file itself.
  return followLinks(options.checkpoint.empty() ? program.name + ".safetensors"
                                                : options.checkpoint);
}

void Session::loadTrained(Context &context, bool needed) const {
  if (!options.init.empty() && !options.checkpoint.empty())
    failUsage("both --init and --checkpoint say where the weights are");
  std::string path = checkpointPath(context.getProgram());
  if (!options.init.empty())
    loadWeights(context, options.init, options.renames);
  else if (needed || !options.checkpoint.empty() || checkpointExists(path))
    loadCheckpoint(context, path);
}

static int dispatch(const Session &session) {
  static const struct {
    const char *name;
    int (*run)(const Session &);
  } commands[] = {{"train", commandTrain},   {"predict", commandPredict},
                  {"report", commandReport}, {"summary", commandSummary},
                  {"bench", commandBench},   {"run", commandRun}};
  const Options &options = session.options;
  if (options.command == "help") {
    fputs(helpText(session.executable, options.names.empty() ? "" : options.names[0]).c_str(),
          stdout);
    return ExitOk;
  }
  if (options.command == "version") {
    auto program = readProgram(session.native);
    printf("%s %016llx (netc runtime, interface %d)\n", program->name.c_str(),
           (unsigned long long)program->hash, NETRT_ABI_VERSION);
    return ExitOk;
  }
  for (const auto &command : commands)
    if (options.command == command.name)
      return command.run(session);
  failUsage("unknown command `%s`", options.command.c_str());
}

} // namespace netrt

using namespace netrt;

extern "C" int netrt_main(int argc, char **argv, const NetProgram *program) {
  std::string executable = argc > 0 ? argv[0] : "program";
  std::string name = executable.substr(executable.rfind('/') + 1);
  int code;
  signal(SIGXFSZ, SIG_IGN); // a limit on the size of files is an error of `write`
  try {
    code = dispatch({*program, parseOptions(argc, argv), executable});
    if (fflush(stdout) != 0 || ferror(stdout))
      failSystem("cannot write the standard output");
  } catch (const Error &error) {
    fflush(stdout);
    fprintf(stderr, "%s: error: %s\n", name.c_str(), error.what());
    if (!error.getHelp().empty())
      fprintf(stderr, "help: %s\n", error.getHelp().c_str());
    else if (error.getCode() == ExitUsage)
      fprintf(stderr, "help: %s --help\n", executable.c_str());
    code = error.getCode();
  } catch (const std::bad_alloc &) {
    fprintf(stderr, "%s: error: out of memory\n", name.c_str());
    code = ExitSystem;
  } catch (const std::exception &error) {
    fprintf(stderr, "%s: internal error: %s\n", name.c_str(), error.what());
    code = ExitInternal;
  }
  return code;
}
