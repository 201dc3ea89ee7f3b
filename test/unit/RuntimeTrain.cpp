//===- RuntimeTrain.cpp - loops, resuming, threads ------------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "runtime/Checkpoint.h"
#include "runtime/Error.h"
#include "runtime/Train.h"
#include "test/unit/RuntimeFake.h"
#include "test/unit/RuntimeTemporary.h"

#include <atomic>
#include <cstdlib>
#include <cstring>
#include <gtest/gtest.h>
#include <new>

using namespace netrt;
using netrt_test::Directory;

// Counted, so that a test can show that steps allocate nothing.
static std::atomic<long> allocations{0};
void *operator new(size_t size) {
  ++allocations;
  if (void *memory = malloc(size))
    return memory;
  throw std::bad_alloc();
}
void *operator new(size_t size, const std::nothrow_t &) noexcept {
  ++allocations;
  return malloc(size);
}
void operator delete(void *memory) noexcept { free(memory); }
void operator delete(void *memory, size_t) noexcept { free(memory); }

namespace {

/// Remembers reports; leaves after a given number of turns.
class Recorder : public TrainObserver {
public:
  explicit Recorder(int leaveAfter = -1) : leaveAfter(leaveAfter) {}
  void reported(const LoopStatus *status, const ReportValue *values, size_t count) override {
    long before = allocations;
    if (count == 0)
      return;
    text += status ? format("%lld:", (long long)status->step) : "-:";
    for (size_t i = 0; i < count; ++i)
      text += format(" %s=%a", values[i].name->c_str(), values[i].value);
    text += "\n";
    outside += allocations - before;
  }
  bool mayLeave(const LoopStatus &) override {
    if (++turns == 2)
      start = allocations - outside;
    last = allocations - outside;
    return turns == leaveAfter;
  }
  long allocatedInSteps() const { return last - start; }

  std::string text;
  int turns = 0;

private:
  int leaveAfter;
  long start = 0, last = 0, outside = 0;
};

struct Prepared {
  std::unique_ptr<Context> context;
  std::unique_ptr<Trainer> trainer;
};

Prepared prepare(const Directory &directory, int block, int threads = 1) {
  ContextOptions options;
  options.threads = threads;
  options.seed = 5;
  options.search = {directory.str()};
  Prepared run;
  run.context = std::make_unique<Context>(readProgram(netrt_test::fakeProgram()), options);
  run.context->initialize();
  const TrainDecl &decl = run.context->getProgram().trains[block];
  if (!decl.init.empty())
    run.context->runOnce(decl.init);
  run.trainer =
      std::make_unique<Trainer>(*run.context, decl.name, decl.body, decl.loops, TrainOptions());
  return run;
}

/// All variables' bytes.
std::string bytesOf(Context &context) {
  std::string text;
  for (size_t i = 0; i < context.getVars().size(); ++i) {
    const Var &var = context.getVars()[i];
    text += var.known ? '+' : '-';
    if (!var.known)
      continue;
    int64_t size = sizeOf(context.getProgram().vars[i].dtype);
    text.append(reinterpret_cast<char *>(var.buffer.data()),
                checkedProduct(var.shape.data(), var.shape.size(), size, ""));
  }
  return text;
}

Directory &points() {
  static Directory directory;
  static bool written = !directory.write("points.csv", netrt_test::fakePoints(200)).empty();
  (void)written;
  return directory;
}

} // namespace

TEST(RuntimeTrain, SameBitsOnAnyNumberOfThreads) {
  std::string first;
  for (int threads : {1, 2, 3, 5}) {
    Prepared run = prepare(points(), 0, threads);
    Recorder recorder;
    EXPECT_TRUE(run.trainer->run(recorder, nullptr));
    EXPECT_EQ(recorder.turns, 3 * 12) << "190 rows by 16";
    std::string all = recorder.text + bytesOf(*run.context);
    if (first.empty())
      first = all;
    EXPECT_EQ(all, first) << threads;
  }
}

// Left at every place, saved, loaded into a new context, and continued.
TEST(RuntimeTrain, ResumedIsUnbroken) {
  for (int block : {0, 1}) {
    Prepared whole = prepare(points(), block);
    Recorder expected;
    whole.trainer->run(expected, nullptr);
    for (int turn = 1; turn <= expected.turns; ++turn) {
      Directory directory;
      Prepared first = prepare(points(), block);
      Recorder before(turn), after;
      ASSERT_FALSE(first.trainer->run(before, nullptr));
      RunState state;
      state.position = first.trainer->getPosition();
      saveCheckpoint(*first.context, directory / "f", &state, "");

      Prepared second = prepare(points(), block);
      auto loaded = loadCheckpoint(*second.context, directory / "f");
      ASSERT_TRUE(loaded);
      EXPECT_TRUE(second.trainer->run(after, &loaded->position));
      EXPECT_EQ(before.text + after.text, expected.text) << block << " at " << turn;
      EXPECT_EQ(before.turns + after.turns, expected.turns);
      EXPECT_TRUE(bytesOf(*second.context) == bytesOf(*whole.context)) << block << " at " << turn;
    }
  }
}

TEST(RuntimeTrain, StepsAllocateNothing) {
  Prepared run = prepare(points(), 0, 2);
  Recorder recorder;
  run.trainer->run(recorder, nullptr);
  EXPECT_EQ(recorder.allocatedInSteps(), 0);
}

// Inner loops of 0, 1, 2, 3, 4 whole turns and one that stops; reports close after 2, 4, 5 turns.
TEST(RuntimeTrain, StopsLeaveTheInnermostLoop) {
  Prepared run = prepare(points(), 1);
  Recorder recorder;
  run.trainer->run(recorder, nullptr);
  EXPECT_EQ(recorder.turns, 0 + 1 + 2 + 3 + 4);
  EXPECT_EQ(recorder.text.substr(0, 2), "2:");
  EXPECT_NE(recorder.text.find("\n4:"), std::string::npos);
  EXPECT_NE(recorder.text.find("\n5:"), std::string::npos);
}

// The mean of y / 2 over all rows, whatever the batches: the last one has 14 rows of 16.
TEST(RuntimeTrain, MeansOfStepsAreWeightedByRows) {
  Prepared run = prepare(points(), 0);
  Recorder recorder;
  run.trainer->run(recorder, nullptr);
  const PartData &part = run.context->getData().part("Points", "train");
  double mean = 0;
  for (int64_t i = 0; i < part.rows(); ++i)
    mean += loadDouble(Dtype::F32, part.whole(1) + 4 * i) / 2 / part.rows();
  size_t at = recorder.text.find("half=");
  ASSERT_NE(at, std::string::npos);
  EXPECT_NEAR(strtod(recorder.text.c_str() + at + 5, nullptr), mean, 1e-6);
}

TEST(RuntimeTrain, EvaluationsAreWeightedByRows) {
  Prepared run = prepare(points(), 0);
  Context &context = *run.context;
  const PartData &part = context.getData().part("Points", "test");
  double whole = 0;
  for (int64_t batch : {10, 3, 4, 1}) {
    Evaluation evaluation(context, context.getProgram().entry("Fit.eval_1"), &part, batch, nullptr,
                          {});
    evaluation.run();
    if (batch == 10)
      whole = evaluation.value("held out");
    EXPECT_NEAR(evaluation.value("held out"), whole, 1e-6 * whole);
  }
  EXPECT_GT(whole, 0);
}

TEST(RuntimeTrain, StackedResultsAndMadeData) {
  Prepared run = prepare(points(), 0);
  Recorder recorder;
  run.trainer->run(recorder, nullptr);
  const Program &program = run.context->getProgram();
  const Var &all = run.context->getVars()[program.findVar("Fit.all_1")];
  EXPECT_EQ(all.shape, std::vector<int64_t>{10});
  EXPECT_EQ(recorder.text.find("made=-"), std::string::npos) << "entries see the stacked size";
  EXPECT_NE(recorder.text.find("made="), std::string::npos);
}

TEST(RuntimeTrain, MessagesOfTheProgramAreErrors) {
  Directory directory;
  std::string text = netrt_test::fakePoints(200);
  directory.write("points.csv", text + "1,1,2e6\n1,1,2e6\n");
  Prepared run = prepare(directory, 0, 3);
  Recorder recorder;
  try {
    run.trainer->run(recorder, nullptr);
    FAIL();
  } catch (const Error &error) {
    EXPECT_EQ(error.getCode(), ExitData);
    EXPECT_STREQ(error.what(), "line.net:7: a target above 1e6");
  }
}

TEST(RuntimeTrain, DescriptionsAreChecked) {
  NetProgram broken = netrt_test::fakeProgram();
  broken.abi_version = 99;
  EXPECT_THROW(readProgram(broken), Error);
  broken = netrt_test::fakeProgram();
  broken.json_size -= 3;
  EXPECT_THROW(readProgram(broken), Error);
  broken = netrt_test::fakeProgram();
  broken.entry_count -= 1;
  EXPECT_THROW(readProgram(broken), Error);
}
