//===- CommandBench.cpp - bench: timing of training steps -----------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "runtime/Checkpoint.h"
#include "runtime/Commands.h"
#include "runtime/Console.h"
#include "runtime/Error.h"

#include <algorithm>
#include <chrono>
#include <cstdio>

namespace netrt {

namespace {

using Clock = std::chrono::steady_clock;

constexpr size_t warmUpSteps = 10, standardSteps = 100, fewestSteps = 10;
/// Seconds for which a default run warms up, and times, at least: new threads may share a core
/// until the system spreads them.
constexpr double warmUp = 0.2, least = 0.5;
/// It ends after so many, if it has the fewest steps.
constexpr double patience = 10;

/// Times turns of leaf loops: from the end of one to the end of the next, with what it takes to
/// get a batch, without what happens between passes (shuffling, reports).
class StepTimer : public TrainObserver {
public:
  explicit StepTimer(const Options &options)
      : wanted(options.steps.value_or(standardSteps)), fixed(options.steps.has_value()) {
    seconds.reserve(wanted);
  }

  void passBegins(const LoopStatus &) override { last = Clock::now(); }
  bool mayLeave(const LoopStatus &) override {
    auto now = Clock::now();
    if (timing)
      seconds.push_back(secondsBetween(last, now));
    else if (++warmUpTurns >= warmUpSteps && (fixed || secondsBetween(start, now) >= warmUp)) {
      timing = true;
      start = now;
    }
    last = Clock::now();
    return finished();
  }
  bool finished() const {
    if (fixed)
      return seconds.size() >= wanted;
    double lasted = secondsBetween(start, Clock::now());
    return lasted < patience ? seconds.size() >= wanted && lasted >= least
                             : seconds.size() >= fewestSteps;
  }
  bool sawTurns() const { return warmUpTurns > 0; }
  std::vector<double> &getSeconds() { return seconds; }

private:
  static double secondsBetween(Clock::time_point from, Clock::time_point to) {
    return std::chrono::duration<double>(to - from).count();
  }

  size_t wanted, warmUpTurns = 0;
  bool fixed, timing = false;
  std::vector<double> seconds;
  Clock::time_point start = Clock::now(), last; ///< of warming up, then of timing; of a turn
};

/// The largest batch in a tree.
int64_t largestBatch(const std::vector<Node> &body) {
  int64_t batch = 1;
  for (const Node &node : body)
    batch = std::max({batch, node.batch, largestBatch(node.body)});
  return batch;
}

} // namespace

int commandBench(const Session &session) {
  const Options &options = session.options;
  std::unique_ptr<Context> context = session.makeContext(DataStore::MakeUp::Aloud);
  const Program &program = context->getProgram();
  if (program.trains.empty())
    failUsage("%s has no train block to time", program.name.c_str());
  const TrainDecl &train =
      program.trains[options.names.empty() ? 0 : blockNamed(program, options.names[0])];
  int64_t batch = options.batch.value_or(largestBatch(train.body));
  context->getData().madeUpRows = std::max<int64_t>(8 * batch, 1024);
  context->initialize();
  if (!options.init.empty())
    loadWeights(*context, options.init, options.renames);
  if (!train.init.empty())
    context->runOnce(train.init);
  TrainOptions how{std::nullopt, options.batch, true};
  Trainer trainer(*context, train.name, train.body, train.loops, how);
  StepTimer timer(options);
  for (int round = 0; !timer.finished(); ++round) {
    trainer.run(timer, nullptr);
    if (round == 1000 && !timer.sawTurns())
      failUsage("%s has no loop whose turns could be timed", train.name.c_str());
  }
  std::vector<double> seconds = timer.getSeconds();
  std::sort(seconds.begin(), seconds.end());
  size_t n = seconds.size();
  double median = (seconds[(n - 1) / 2] + seconds[n / 2]) / 2;
  std::string workload = options.workload.empty() ? program.name : options.workload;
  if (options.json)
    printf(
        "{\"workload\":%s,\"median_s\":%s,\"min_s\":%s,\"n\":%zu,\"threads\":%d,\"batch\":%lld}\n",
        jsonText(workload).c_str(), jsonNumber(median).c_str(), jsonNumber(seconds[0]).c_str(), n,
        context->getTeam().size(), (long long)batch);
  else
    printf("%s: %zu steps of %s on %d threads, median %.6g ms, fastest %.6g ms\n", workload.c_str(),
           n, train.name.c_str(), context->getTeam().size(), median * 1e3, seconds[0] * 1e3);
  return ExitOk;
}

} // namespace netrt
