//===- Options.cpp - one table of commands, one of options ----------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "runtime/Options.h"

#include "runtime/Error.h"

#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>

namespace netrt {

namespace {

enum Command : unsigned {
  Train = 1,
  Predict = 2,
  Report = 4,
  Summary = 8,
  Bench = 16,
  Run = 32,
  Any = 63,
};

struct CommandRow {
  const char *name;
  Command bit;
  size_t names; ///< at most so many
  const char *usage, *help;
};

const CommandRow commands[] = {
    {"train", Train, 1, "[BLOCK]", "train, all blocks or one, and save the checkpoint"},
    {"predict", Predict, 1, "[NETWORK] --ARG x.npy [-o y.npy]", "run a trained network on arrays"},
    {"report", Report, 0, "", "evaluate the reports of the checkpoint"},
    {"summary", Summary, 0, "", "print layers, shapes, parameter counts and planned memory"},
    {"bench", Bench, 1, "[BLOCK]", "time training steps"},
    {"run", Run, 1, "TASK [--ARG value]", "run a task"},
};

int64_t number(const char *option, const char *text, int64_t low, int64_t high) {
  char *end;
  errno = 0;
  long long value = strtoll(text, &end, 10);
  if (errno || *end || end == text || value < low || value > high)
    failUsage("%s takes a whole number from %lld to %lld, not `%s`", option, (long long)low,
              (long long)high, text);
  return value;
}

struct OptionRow {
  const char *name, *value;
  unsigned commands;
  void (*set)(Options &options, const char *value);
  const char *help;
};

const OptionRow table[] = {
    {"--epochs", "N", Train,
     [](Options &o, const char *v) { o.epochs = number("--epochs", v, 0, INT_MAX); },
     "passes of the outermost loops over data"},
    {"--batch", "N", Train | Predict | Report | Bench | Summary,
     [](Options &o, const char *v) { o.batch = number("--batch", v, 1, INT_MAX); },
     "rows at a time"},
    {"--seed", "N", Train | Bench | Run | Predict,
     [](Options &o, const char *v) { o.seed = number("--seed", v, 0, INT64_MAX); },
     "of initialization, shuffling and noise (default 0)"},
    {"--data", "DIR", Any, [](Options &o, const char *v) { o.data = v; },
     "where data files are looked up first"},
    {"--checkpoint", "FILE", Any, [](Options &o, const char *v) { o.checkpoint = v; },
     "default: NAME.safetensors"},
    {"--save-every", "STEPS", Train,
     [](Options &o, const char *v) { o.saveEvery = number("--save-every", v, 1, INT64_MAX); },
     "save each so many steps (default: once a minute); also at the end of a block"},
    {"--resume", nullptr, Train, [](Options &o, const char *) { o.resume = true; },
     "go on where the checkpoint stands"},
    {"--init", "FILE", Train | Predict | Report | Bench | Run,
     [](Options &o, const char *v) { o.init = v; },
     "start from the weights of a safetensors file, also of another program"},
    {"--rename", "A=B", Train | Predict | Report | Bench | Run,
     [](Options &o, const char *v) {
       const char *sign = strchr(v, '=');
       if (!sign || sign == v || !sign[1])
         failUsage("--rename takes A=B: the program's name, the file's name");
       o.renames.emplace_back(std::string(v, sign), std::string(sign + 1));
     },
     "with --init: what the program calls A is B in the file"},
    {"--threads", "N", Any,
     [](Options &o, const char *v) {
       o.threads = static_cast<int>(number("--threads", v, 1, 1024));
     },
     "default: the cores available"},
    {"--log", "FILE", Train, [](Options &o, const char *v) { o.log = v; },
     "write reports as JSON lines"},
    {"--out", "DIR", Train | Run, [](Options &o, const char *v) { o.out = v; },
     "where shown files go"},
    {"-o", "FILE", Predict | Run, [](Options &o, const char *v) { o.outputs.push_back(v); },
     "a result as .npy (repeat it for further results)"},
    {"--json", nullptr, Bench, [](Options &o, const char *) { o.json = true; },
     "print one line of JSON"},
    {"--name", "W", Bench, [](Options &o, const char *v) { o.workload = v; },
     "the workload's name in the output"},
    {"--steps", "N", Train,
     [](Options &o, const char *v) { o.steps = number("--steps", v, 1, INT_MAX); },
     "stop after so many steps, as Ctrl-C would; --resume goes on"},
    {"--steps", "N", Bench,
     [](Options &o, const char *v) { o.steps = number("--steps", v, 1, INT_MAX); },
     "steps to time (default 100, fewer if they are slow, more if they are short)"},
};

const CommandRow *findCommand(const std::string &name) {
  for (const CommandRow &row : commands)
    if (name == row.name)
      return &row;
  return nullptr;
}

class Parser {
public:
  Parser(int argc, char **argv) : at(argv + 1), end(argv + argc) {}

  Options parse() {
    if (at == end)
      failUsage("no command given; one of train, predict, report, summary, bench, run");
    options.command = *at++;
    if (options.command == "--help" || options.command == "-h" || options.command == "help")
      options.command = "help";
    else if (options.command == "--version")
      options.command = "version";
    else if (!(command = findCommand(options.command)))
      failUsage("unknown command `%s`; known: train, predict, report, summary, bench, run",
                options.command.c_str());
    while (at < end)
      argument(*at++);
    if (command && options.names.size() > command->names)
      failUsage(command->names ? "%s takes one name, not `%s` and `%s`" : "%s takes no name: `%s`",
                options.command.c_str(), options.names[0].c_str(), options.names.back().c_str());
    if (!options.renames.empty() && options.init.empty())
      failUsage("--rename is for the file of --init");
    return options;
  }

private:
  void argument(std::string text) {
    if (text == "--help" || text == "-h") {
      options.names = {options.command};
      options.command = "help";
      at = end;
      return;
    }
    if (text.size() < 2 || text[0] != '-') {
      options.names.push_back(text);
      return;
    }
    std::string value;
    bool attached = false;
    if (size_t sign = text.find('='); sign != std::string::npos && text[1] == '-') {
      value = text.substr(sign + 1);
      text.resize(sign);
      attached = true;
    }
    for (const OptionRow &row : table)
      if (text == row.name && command && (row.commands & command->bit)) {
        if (row.value && !attached)
          value = next(text);
        if (row.value && value.empty())
          failUsage("%s needs a value", text.c_str());
        if (!row.value && attached)
          failUsage("%s takes no value", text.c_str());
        row.set(options, value.c_str());
        return;
      }
    bool open = command && (command->bit & (Predict | Run));
    if (!open || text.compare(0, 2, "--") != 0)
      failUsage("%s has no option %s", options.command.c_str(), text.c_str());
    if (!attached)
      value = next(text);
    bool prefixed = text.compare(0, 6, "--arg.") == 0;
    options.arguments.emplace_back(text.substr(prefixed ? 6 : 2), value);
  }
  std::string next(const std::string &option) {
    if (at == end)
      failUsage("%s needs a value", option.c_str());
    return *at++;
  }

  char **at, **end;
  const CommandRow *command = nullptr;
  Options options;
};

} // namespace

Options parseOptions(int argc, char **argv) { return Parser(argc, argv).parse(); }

std::string helpText(const std::string &program, const std::string &name) {
  std::string text;
  const CommandRow *only = findCommand(name);
  if (!only)
    text = "usage: " + program + " COMMAND [options]\n\n";
  for (const CommandRow &row : commands)
    if (!only || only == &row)
      text += only ? format("usage: %s %s %s\n%s\n", program.c_str(), row.name, row.usage, row.help)
                   : format("  %-8s %-33s %s\n", row.name, row.usage, row.help);
  text += "\noptions:\n";
  for (const OptionRow &row : table)
    if (!only || (row.commands & only->bit))
      text += format(
          "  %-20s %s\n",
          (std::string(row.name) + (row.value ? " " : "") + (row.value ? row.value : "")).c_str(),
          row.help);
  text += "\nexit codes: 0 ok, 1 wrong data, 2 wrong use, 70 internal, 74 the system failed, "
          "130 interrupted\n";
  return text;
}

} // namespace netrt
