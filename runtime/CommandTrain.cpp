//===- CommandTrain.cpp - train: blocks, checkpoints, logs ----------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "runtime/Checkpoint.h"
#include "runtime/Commands.h"
#include "runtime/Console.h"
#include "runtime/Error.h"
#include "runtime/Interrupt.h"
#include "runtime/Required.h"
#include "runtime/SafeFile.h"
#include "runtime/Show.h"

#include <chrono>
#include <cstdio>
#include <unistd.h>

namespace netrt {

namespace {

using Clock = std::chrono::steady_clock;

/// Without --save-every a run is saved this often.
constexpr auto saveInterval = std::chrono::minutes(1);

/// One run of `train`: talks, logs, saves.
class TrainRun : public TrainObserver {
public:
  TrainRun(Context &context, const Session &session)
      : context(context), session(session), program(context.getProgram()),
        path(session.checkpointPath(program)), lastSave(Clock::now()) {}

  int run();

  void passBegins(const LoopStatus &status) override { console.passBegins(status); }
  void turnDone(const LoopStatus &status, const ReportValue *values, size_t count) override {
    console.turnDone(status, values, count);
  }
  void reported(const LoopStatus *status, const ReportValue *values, size_t count) override {
    console.reported(status, values, count);
    log.reported(program.trains[block].name, status, values, count);
  }
  void shown(const ShowDecl &show, const std::vector<ShownArray> &arrays) override {
    writeShown(show, arrays, session.options.out);
  }
  bool mayLeave(const LoopStatus &) override;

private:
  /// --steps of this run, resumed or not, are done.
  bool enough() const { return session.options.steps && steps >= *session.options.steps; }
  void start();
  bool prepareResume();
  void chooseBlocks();
  void checkFiles();
  bool runBlock(const Position *from);
  void save(Position position);
  void saveBetween();
  Position finalPosition() const;
  std::string resumeCommand() const;

  Context &context;
  const Session &session;
  const Program &program;
  std::string path;
  Console console;
  RunLog log;
  RunState state;
  std::unique_ptr<Trainer> trainer;
  size_t block = 0, firstBlock = 0, lastBlock = 0;
  int64_t steps = 0;
  bool continuing = false, savedOnce = false;
  Clock::time_point lastSave;
};

void TrainRun::chooseBlocks() {
  if (program.trains.empty())
    failUsage("%s has no train block", program.name.c_str());
  lastBlock = program.trains.size() - 1;
  const auto &names = session.options.names;
  if (!names.empty())
    state.onlyBlock = blockNamed(program, names[0]);
  if (state.onlyBlock >= 0)
    firstBlock = lastBlock = state.onlyBlock;
}

/// What hours of training would end with is asked for before they begin.
void TrainRun::checkFiles() {
  bool shows = false;
  for (size_t i = firstBlock; i <= lastBlock; ++i) {
    requireData(context, program.trains[i]);
    shows |= showsSomething(program.trains[i].body);
  }
  if (shows)
    prepareFolder(session.options.out);
  checkWritable(path);
}

/// A fresh start: initial values, or a file's.
void TrainRun::start() {
  state.seed = context.getSeed();
  state.batch = session.options.batch;
  state.epochs = session.options.epochs;
  chooseBlocks();
  checkFiles();
  context.initialize();
  if (!session.options.init.empty())
    loadWeights(context, session.options.init, session.options.renames);
  log.open(session.options.log, 0);
}

/// Loads the run to continue. False if there is nothing left to do.
bool TrainRun::prepareResume() {
  const Options &options = session.options;
  if (!options.init.empty())
    failUsage("--resume continues a run and --init begins one");
  context.initialize();
  auto stored = loadCheckpoint(context, path);
  if (!stored)
    throw Error(ExitData, format("%s holds no run of this program to continue", path.c_str()),
                format("%s train --init %s starts from its weights", session.executable.c_str(),
                       path.c_str()));
  if (options.seed && *options.seed != stored->seed)
    failUsage("the run was begun with --seed %llu", (unsigned long long)stored->seed);
  if (options.batch && options.batch != stored->batch)
    failUsage("the run was begun with another --batch");
  state = *stored;
  int only = state.onlyBlock;
  chooseBlocks();
  if (state.onlyBlock != only)
    failUsage("the run was begun with %s",
              only < 0 ? "all train blocks" : program.trains[only].name.c_str());
  if (options.epochs)
    state.epochs = options.epochs;
  if (state.position.block < static_cast<int>(firstBlock) ||
      state.position.block > static_cast<int>(lastBlock))
    failData("the position in %s is in no block of this run", path.c_str());
  context.setSeed(state.seed);
  firstBlock = state.position.block;
  continuing = true;
  if (state.position.done && !options.epochs)
    return false;
  if (state.position.done && state.position.loop < 0)
    failUsage("this run is complete, and its last loop cannot go on: statements follow it");
  checkFiles();
  log.open(options.log, state.logLength);
  return true;
}

/// At the end: the last loop may go on for more epochs, if nothing but looking follows it.
Position TrainRun::finalPosition() const {
  Position position = trainer->getPosition();
  position.done = true;
  position.loop = -1;
  const std::vector<Node> &body = program.trains[block].body;
  for (auto node = body.rbegin(); node != body.rend(); ++node) {
    if (node->kind == Node::Kind::Eval || node->kind == Node::Kind::Report ||
        node->kind == Node::Kind::Show)
      continue;
    if (node->kind == Node::Kind::Each && node->overData)
      position.loop = node->id;
    break;
  }
  return position;
}

void TrainRun::save(Position position) {
  position.block = static_cast<int>(block);
  state.position = std::move(position);
  if (log.isOpen()) // else a log that the run had before is not forgotten
    state.logLength = log.sync();
  // What an earlier run left is kept apart, once.
  bool foreign = !continuing && !savedOnce && checkpointExists(path);
  saveCheckpoint(context, path, &state, path + (foreign ? ".old" : ".1"));
  if (foreign) {
    unlink((path + ".1").c_str());
    console.breakLine();
    fprintf(stderr, "note: the earlier %s is kept as %s.old\n", path.c_str(), path.c_str());
  }
  savedOnce = true;
  lastSave = Clock::now();
}

/// After a block that another one follows, whose errors do not cost the first.
void TrainRun::saveBetween() {
  ++block;
  save({});
  --block;
}

bool TrainRun::mayLeave(const LoopStatus &) {
  ++steps;
  if (interrupted() || enough())
    return true;
  const auto &every = session.options.saveEvery;
  if (every ? steps % *every == 0 : Clock::now() - lastSave > saveInterval)
    save(trainer->getPosition());
  return false;
}

std::string TrainRun::resumeCommand() const {
  std::string text = session.executable + " train";
  for (const std::string &name : session.options.names)
    text += " " + name;
  text += " --resume";
  if (!session.options.checkpoint.empty())
    text += " --checkpoint " + path;
  if (!session.options.data.empty())
    text += " --data " + session.options.data;
  if (!session.options.log.empty())
    text += " --log " + session.options.log;
  return text;
}

bool TrainRun::runBlock(const Position *from) {
  const TrainDecl &decl = program.trains[block];
  bool fresh = !from || (from->loop < 0 && !from->done);
  if (fresh && !decl.init.empty())
    context.runOnce(decl.init);
  trainer.reset(); // its memory is free for the next
  trainer = std::make_unique<Trainer>(context, decl.name, decl.body, decl.loops,
                                      TrainOptions{state.epochs, state.batch});
  fprintf(stderr, "%s: %.1f MB of memory planned, %d thread%s\n", decl.name.c_str(),
          static_cast<double>(trainer->plannedBytes()) / (1 << 20), context.getTeam().size(),
          context.getTeam().size() == 1 ? "" : "s");
  return trainer->run(*this, from);
}

int TrainRun::run() {
  if (!session.options.resume)
    start();
  else if (!prepareResume()) {
    fprintf(stderr, "this run is complete%s\n",
            state.position.loop >= 0 ? "; --epochs goes on to more of them" : "");
    return ExitOk;
  }
  catchInterrupts();
  for (block = firstBlock; block <= lastBlock; ++block) {
    bool resumed = continuing && block == firstBlock;
    Position from = state.position;
    bool whole = runBlock(resumed ? &from : nullptr);
    if (!whole || interrupted()) {
      console.breakLine();
      if (whole && block == lastBlock)
        break; // it came too late to matter
      if (whole)
        saveBetween();
      else
        save(trainer->getPosition());
      fprintf(stderr, "%s; saved %s\nhelp: to continue: %s\n",
              interrupted() ? "interrupted" : "stopped after --steps", path.c_str(),
              resumeCommand().c_str());
      return interrupted() ? ExitInterrupted : ExitOk;
    }
    if (block < lastBlock)
      saveBetween();
  }
  block = lastBlock;
  save(finalPosition());
  fprintf(stderr, "saved %s\n", path.c_str());
  return ExitOk;
}

} // namespace

int blockNamed(const Program &program, const std::string &name) {
  std::string known;
  for (size_t i = 0; i < program.trains.size(); ++i) {
    if (program.trains[i].name == name)
      return static_cast<int>(i);
    known += (i ? ", " : "") + program.trains[i].name;
  }
  failUsage("no train block `%s`; there are: %s", name.c_str(), known.c_str());
}

int commandTrain(const Session &session) {
  std::unique_ptr<Context> context = session.makeContext();
  return TrainRun(*context, session).run();
}

} // namespace netrt
