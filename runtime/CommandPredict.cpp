//===- CommandPredict.cpp - predict, and run: networks and tasks on arrays -===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "runtime/Arrays.h"
#include "runtime/Checkpoint.h"
#include "runtime/Commands.h"
#include "runtime/Console.h"
#include "runtime/Error.h"
#include "runtime/Show.h"

#include <algorithm>
#include <cstdio>

namespace netrt {

namespace {

/// Rows at a time where --batch does not say, so that memory is bounded by it and not by the file.
constexpr int64_t defaultRows = 256;

/// The entry of a network or task with its arguments read and results written.
class Invocation {
public:
  Invocation(Context &context, const Session &session, const EntryDecl &entry);
  /// Reads the arguments (of the first chunk) into the context.
  void prepare();
  /// Runs all chunks and writes the results.
  void run();

private:
  struct Input {
    const Port *port;
    std::unique_ptr<ArrayInput> array;
    Buffer buffer;
  };
  void openArguments();
  void checkOutputs() const;
  int leadingSize() const;
  bool isCut(const Input &input) const;
  void load(int64_t turn);
  void openOutputs(const Call &call);
  void emit(const Call &call);

  Context &context;
  const Session &session;
  const EntryDecl &entry;
  std::vector<Input> inputs;
  std::vector<int> outs; ///< results that are not variables
  std::vector<std::unique_ptr<NpyOutput>> files;
  int leading = -1;  ///< the size that is cut into chunks, or -1
  int64_t rows = -1; ///< of all chunks, or -1
  int64_t chunkRows = 0;
};

Invocation::Invocation(Context &context, const Session &session, const EntryDecl &entry)
    : context(context), session(session), entry(entry) {
  for (size_t i = 0; i < entry.results.size(); ++i)
    if (entry.results[i].kind == Port::Kind::Out)
      outs.push_back(static_cast<int>(i));
  if (session.options.outputs.size() > outs.size())
    failUsage("%zu -o for %zu results", session.options.outputs.size(), outs.size());
  openArguments();
  checkOutputs();
}

void Invocation::openArguments() {
  auto given = session.options.arguments;
  std::string known;
  for (const Port &port : entry.args) {
    if (port.kind != Port::Kind::Arg)
      continue;
    known += " --" + port.name;
    auto found = std::find_if(given.begin(), given.end(),
                              [&](const auto &pair) { return pair.first == port.name; });
    std::string text;
    if (found != given.end()) {
      text = found->second;
      given.erase(found);
    } else if (port.standard) {
      text = format("%.17g", *port.standard);
    } else {
      failUsage("--%s is missing", port.name.c_str());
    }
    inputs.push_back({&port, std::make_unique<ArrayInput>(port, text), Buffer()});
  }
  if (given.empty())
    return;
  const std::string &name = given[0].first;
  for (const Input &input : inputs)
    if (input.port->name == name)
      failUsage("--%s is given twice", name.c_str());
  failUsage("no argument --%s; there are:%s", name.c_str(), known.c_str());
}

/// The results must not replace what they are computed from, nor each other.
void Invocation::checkOutputs() const {
  const auto &outputs = session.options.outputs;
  std::string checkpoint = session.checkpointPath(context.getProgram());
  for (size_t i = 0; i < outputs.size(); ++i) {
    for (const auto &[name, text] : session.options.arguments)
      if (isSameFile(outputs[i], text))
        failUsage("-o %s would replace the file of --%s", outputs[i].c_str(), name.c_str());
    if (isSameFile(outputs[i], checkpoint))
      failUsage("-o %s would replace the checkpoint", outputs[i].c_str());
    if (isSameFile(outputs[i], session.options.init))
      failUsage("-o %s would replace the file of --init", outputs[i].c_str());
    for (size_t j = 0; j < i; ++j)
      if (outputs[i] == outputs[j] || isSameFile(outputs[i], outputs[j]))
        failUsage("-o %s is given twice", outputs[i].c_str());
  }
}

/// The leading size of the first array, if every array that has it has it in front and nowhere
/// else, and every result has it: rows are then independent, and may come a few at a time. Else -1.
int Invocation::leadingSize() const {
  int name = -1;
  for (const Input &input : inputs)
    if (!input.port->shape.empty() && name < 0)
      name = input.port->shape[0].bareName();
  if (name < 0 || entry.kind == "task")
    return -1;
  auto leads = [&](const Port &port, bool must) {
    for (size_t axis = 1; axis < port.shape.size(); ++axis)
      if (port.shape[axis].mentions(name))
        return false;
    if (port.shape.empty() || !port.shape[0].mentions(name))
      return !must;
    return port.shape[0].bareName() == name;
  };
  bool all = true;
  for (const Port &port : entry.args)
    all &= leads(port, false);
  for (int out : outs)
    all &= leads(entry.results[out], true);
  return all ? name : -1;
}

bool Invocation::isCut(const Input &input) const {
  return leading >= 0 && !input.port->shape.empty() && input.port->shape[0].bareName() == leading &&
         !input.array->getShape().empty();
}

void Invocation::prepare() {
  leading = leadingSize();
  for (const Input &input : inputs) {
    if (!isCut(input))
      continue;
    int64_t here = input.array->getShape()[0];
    if (rows >= 0 && here != rows)
      failData("--%s has %lld rows, another argument %lld", input.port->name.c_str(),
               (long long)here, (long long)rows);
    rows = here;
  }
  load(0);
}

/// Reads the rows of chunk `turn`; what is not cut is read with the first.
void Invocation::load(int64_t turn) {
  int64_t step = session.options.batch.value_or(defaultRows);
  chunkRows = std::min(step, rows - turn * step);
  for (Input &input : inputs) {
    std::vector<int64_t> shape = input.array->getShape();
    if (isCut(input))
      shape[0] = chunkRows;
    else if (turn > 0)
      continue;
    int64_t count = shape.empty() ? 1 : shape[0];
    input.buffer.reserve(input.array->rowBytes() * count);
    input.array->read(count, input.buffer.data());
    context.argument(input.port->name) = {input.buffer.data(), shape};
  }
}

void Invocation::openOutputs(const Call &call) {
  for (size_t i = 0; i < session.options.outputs.size(); ++i) {
    std::vector<int64_t> shape = call.resultShape(outs[i]);
    if (rows >= 0)
      shape[0] = rows;
    files.push_back(std::make_unique<NpyOutput>(session.options.outputs[i],
                                                entry.results[outs[i]].dtype, shape));
  }
}

void Invocation::emit(const Call &call) {
  for (size_t i = 0; i < outs.size(); ++i) {
    const uint8_t *elements = call.result(outs[i]);
    const Port &port = entry.results[outs[i]];
    if (i < files.size()) {
      files[i]->write(elements, call.resultElements(outs[i]));
      continue;
    }
    bool asText = entry.kind == "task" && port.dtype == Dtype::U8 && port.shape.size() == 1;
    std::vector<int64_t> shape = call.resultShape(outs[i]);
    if (rows >= 0 && shape.size() == 1)
      shape.push_back(1); // a row for each of the chunk's
    printArray(port.dtype, elements, shape, asText);
  }
}

void Invocation::run() {
  Call call(context, entry, nullptr);
  for (int64_t turn = 0, done = 0; turn == 0 || done < rows; ++turn) {
    if (turn > 0)
      load(turn);
    call.setKey(context.keyOf(turn));
    context.run(call);
    if (turn == 0)
      openOutputs(call);
    emit(call);
    done += chunkRows;
  }
  for (auto &file : files)
    file->commit();
}

/// The named one, or the only one.
const CallableDecl &choose(const std::vector<CallableDecl> &list, const Session &session,
                           const char *what, bool firstByDefault) {
  std::string known;
  for (const CallableDecl &decl : list)
    known += (known.empty() ? "" : ", ") + decl.name;
  const auto &names = session.options.names;
  if (list.empty())
    failUsage("this program has no %s", what);
  if (names.empty() && (firstByDefault || list.size() == 1))
    return list.back(); // later networks are made of earlier ones
  for (const CallableDecl &decl : list)
    if (!names.empty() && decl.name == names[0])
      return decl;
  if (names.empty())
    failUsage("name a %s: %s", what, known.c_str());
  failUsage("no %s `%s`; there are: %s", what, names[0].c_str(), known.c_str());
}

/// A task's own training goes on the console; nothing of it is saved.
class TaskObserver : public TrainObserver {
public:
  explicit TaskObserver(const std::string &directory) : directory(directory) {}
  void passBegins(const LoopStatus &status) override { console.passBegins(status); }
  void turnDone(const LoopStatus &status, const ReportValue *values, size_t count) override {
    console.turnDone(status, values, count);
  }
  void reported(const LoopStatus *status, const ReportValue *values, size_t count) override {
    console.reported(status, values, count);
  }
  void shown(const ShowDecl &show, const std::vector<ShownArray> &arrays) override {
    std::string path = writeShown(show, arrays, directory);
    console.breakLine();
    fprintf(stderr, "wrote %s\n", path.c_str());
  }

private:
  const std::string &directory;
  Console console;
};

} // namespace

int commandPredict(const Session &session) {
  std::unique_ptr<Context> context = session.makeContext();
  const Program &program = context->getProgram();
  const CallableDecl &network = choose(program.networks, session, "network", true);
  const EntryDecl &entry = program.entry(network.entry);
  Invocation invocation(*context, session, entry);
  context->initialize(); // a foreign checkpoint may lack states
  session.loadTrained(*context,
                      std::any_of(entry.args.begin(), entry.args.end(),
                                  [](const Port &port) { return port.kind == Port::Kind::Var; }));
  invocation.prepare();
  invocation.run();
  return ExitOk;
}

int commandRun(const Session &session) {
  std::unique_ptr<Context> context = session.makeContext();
  const Program &program = context->getProgram();
  const CallableDecl &task = choose(program.tasks, session, "task", false);
  Invocation invocation(*context, session, program.entry(task.entry));
  context->initialize();
  session.loadTrained(*context, !program.trains.empty());
  invocation.prepare();
  if (!task.init.empty())
    context->runOnce(task.init);
  if (!task.body.empty()) {
    Trainer trainer(*context, task.name, task.body, task.loops, {});
    TaskObserver observer(session.options.out);
    trainer.run(observer, nullptr);
  }
  invocation.run();
  return ExitOk;
}

} // namespace netrt
