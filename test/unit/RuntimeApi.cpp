//===- RuntimeApi.cpp - the library's C interface -------------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "test/unit/RuntimeFake.h"
#include "test/unit/RuntimeTemporary.h"

#include <cfenv>
#include <cmath>
#include <gtest/gtest.h>
#include <thread>
#include <vector>

using netrt_test::Directory;
using netrt_test::fakeProgram;

namespace {

/// Steps on y = 2 x0 - x1 + 0.5; the last loss.
double train(NetContext *context, int steps) {
  std::vector<float> x, y;
  for (int i = 0; i < 37; ++i) {
    x.push_back(float(i % 7) / 3 - 1);
    x.push_back(float(i % 5) / 2 - 1);
    y.push_back(2 * x[2 * i] - x[2 * i + 1] + 0.5f);
  }
  const void *columns[] = {x.data(), y.data()};
  double loss = -1;
  for (int step = 0; step < steps; ++step)
    EXPECT_EQ(netrt_train_step(context, "Fit", columns, 2, 37, &loss, 1), 0)
        << netrt_error(context);
  return loss;
}

float predictOne(NetContext *context, float a, float b) {
  float x[2] = {a, b}, y = NAN;
  int64_t in[] = {1, 2}, out[] = {1};
  NetArray input{x, in, 2}, output{&y, out, 1};
  EXPECT_EQ(netrt_predict(context, nullptr, &input, 1, &output, 1), 0) << netrt_error(context);
  return y;
}

} // namespace

TEST(RuntimeApi, TrainsPredictsSavesLoads) {
  Directory directory;
  NetContext *context = netrt_create(&fakeProgram(), 2, 1);
  ASSERT_STREQ(netrt_error(context), "");
  EXPECT_LT(train(context, 400), 1e-3);
  EXPECT_NEAR(predictOne(context, 1, 1), 1.5, 0.05);
  std::string path = directory / "f";
  EXPECT_EQ(netrt_save(context, path.c_str()), 0);
  NetContext *other = netrt_create(&fakeProgram(), 1, 2);
  EXPECT_EQ(netrt_load(other, path.c_str()), 0) << netrt_error(other);
  EXPECT_EQ(predictOne(other, 0.3f, -0.7f), predictOne(context, 0.3f, -0.7f));
  netrt_destroy(context);
  netrt_destroy(other);
}

TEST(RuntimeApi, SaysWhatIsWrong) {
  NetContext *context = netrt_create(&fakeProgram(), 1, 1);
  float x[6] = {}, y[3];
  int64_t wrong[] = {2, 3}, right[] = {3, 2}, out[] = {2};
  NetArray input{x, wrong, 2}, output{y, out, 1};
  EXPECT_EQ(netrt_predict(context, "Line", &input, 1, &output, 1), 1);
  EXPECT_STREQ(netrt_error(context), "axis 1 of `x` is 3, and must be 2");
  input.shape = right;
  EXPECT_EQ(netrt_predict(context, "Line", &input, 1, &output, 1), 2);
  EXPECT_NE(std::string(netrt_error(context)).find("f32[3]"), std::string::npos);
  EXPECT_EQ(netrt_predict(context, "Nobody", &input, 1, &output, 1), 2);
  EXPECT_EQ(netrt_predict(context, "Line", &input, 0, &output, 1), 2);
  EXPECT_EQ(netrt_load(context, "/nowhere/f"), 1);
  EXPECT_EQ(netrt_save(context, "/nowhere/f"), 74);
  netrt_destroy(context);
  NetProgram broken = fakeProgram();
  broken.abi_version = 0;
  context = netrt_create(&broken, 1, 1);
  std::string why = netrt_error(context);
  EXPECT_NE(why, "");
  EXPECT_EQ(netrt_load(context, "f"), 2);
  EXPECT_EQ(netrt_error(context), why);
  netrt_destroy(context);
}

TEST(RuntimeApi, SaysWhatIsNull) {
  NetContext *context = netrt_create(&fakeProgram(), 1, 1);
  float x[4] = {}, y[2];
  int64_t in[] = {2, 2}, out[] = {2};
  NetArray input{x, in, 2}, output{y, out, 1};
  auto predict = [&](const NetArray *inputs, const NetArray *outputs, const char *expected) {
    EXPECT_EQ(netrt_predict(context, "Line", inputs, 1, outputs, 1), 2);
    EXPECT_STREQ(netrt_error(context), expected);
  };
  predict(nullptr, &output, "`inputs` is null");
  predict(&input, nullptr, "`outputs` is null");
  NetArray shapeless{x, nullptr, 2}, negative{x, in, -1}, none{nullptr, out, 1};
  predict(&shapeless, &output, "an array of rank 2 has no shape");
  predict(&negative, &output, "an array of rank -1 has no shape");
  predict(&input, &none, "output 0 of Line is null");
  const void *columns[] = {x, nullptr};
  EXPECT_EQ(netrt_train_step(context, nullptr, nullptr, 2, 2, nullptr, 0), 2);
  EXPECT_STREQ(netrt_error(context), "`columns` is null");
  EXPECT_EQ(netrt_train_step(context, nullptr, columns, 2, 2, nullptr, 0), 2);
  EXPECT_STREQ(netrt_error(context), "column 1 of Fit is null");
  EXPECT_EQ(netrt_load(context, nullptr), 2);
  EXPECT_EQ(netrt_save(context, nullptr), 2);
  EXPECT_STREQ(netrt_error(context), "the path is null");
  EXPECT_EQ(netrt_predict(nullptr, nullptr, &input, 1, &output, 1), 74);
  netrt_destroy(context);
}

/// The program, for a processor that nobody has.
static NetProgram forAnotherProcessor(std::string &json) {
  NetProgram program = fakeProgram();
  json.assign(program.json, program.json_size);
  json.insert(json.find('{') + 1, "\"needs\": [\"imagination\"],");
  program.json = json.data();
  program.json_size = static_cast<int64_t>(json.size());
  return program;
}

TEST(RuntimeApi, RunsTheFirstProgramThatTheProcessorCan) {
  std::string json;
  NetProgram best = forAnotherProcessor(json), middle = best;
  NetContext *context = netrt_create(&best, 1, 1);
  EXPECT_STREQ(netrt_error(context),
               "this processor has no imagination, which the program was compiled for; compile it "
               "here, or with netc -march=x86-64-v3");
  netrt_destroy(context);
  best.next = &middle;
  middle.next = &fakeProgram();
  context = netrt_create(&best, 1, 1);
  EXPECT_STREQ(netrt_error(context), "");
  train(context, 1);
  netrt_destroy(context);
}

TEST(RuntimeApi, ContextsWorkSideBySide) {
  NetContext *alone = netrt_create(&fakeProgram(), 1, 3);
  train(alone, 50);
  float expected = predictOne(alone, 0.5f, 0.25f);
  netrt_destroy(alone);
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&] {
      NetContext *context = netrt_create(&fakeProgram(), 2, 3);
      train(context, 50);
      EXPECT_EQ(predictOne(context, 0.5f, 0.25f), expected);
      netrt_destroy(context);
    });
  for (std::thread &thread : threads)
    thread.join();
}

TEST(RuntimeApi, DenormalsAreTheCallersAgain) {
  NetContext *context = netrt_create(&fakeProgram(), 2, 3);
  predictOne(context, 1, 1);
  volatile float tiny = 1e-38f;
  EXPECT_GT(tiny / 16, 0.0f);
  netrt_destroy(context);
}
