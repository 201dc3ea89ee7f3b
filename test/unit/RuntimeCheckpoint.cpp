//===- RuntimeCheckpoint.cpp - checkpoints: whole, damaged, foreign, interrupted -===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "runtime/Checkpoint.h"
#include "runtime/Error.h"
#include "runtime/SafeFile.h"
#include "test/unit/RuntimeFake.h"
#include "test/unit/RuntimeTemporary.h"

#include <cerrno>
#include <cmath>
#include <cstring>
#include <gtest/gtest.h>

using namespace netrt;
using netrt_test::Directory;

namespace {

std::unique_ptr<Context> makeContext(float bias = 0) {
  ContextOptions options;
  options.threads = 1;
  auto context = std::make_unique<Context>(readProgram(netrt_test::fakeProgram()), options);
  context->initialize();
  memcpy(context->getVars()[1].buffer.data(), &bias, sizeof bias);
  return context;
}

float biasOf(Context &context) {
  float bias;
  memcpy(&bias, context.getVars()[1].buffer.data(), sizeof bias);
  return bias;
}

/// The bias a fresh context has after loading; the error's text, if there is one, in `error`.
float biasLoaded(const std::string &path, std::string *error = nullptr) {
  auto context = makeContext(-1);
  try {
    loadCheckpoint(*context, path);
  } catch (const Error &failure) {
    EXPECT_TRUE(error) << failure.what();
    EXPECT_EQ(failure.getCode(), ExitData);
    if (error)
      *error = failure.what();
  }
  return biasOf(*context);
}

void save(const std::string &path, float bias) {
  auto context = makeContext(bias);
  RunState state;
  saveCheckpoint(*context, path, &state, path + ".1");
}

/// A safetensors file of these header and data.
std::string safetensors(const std::string &header, const std::string &data) {
  std::string text;
  for (int i = 0; i < 8; ++i)
    text += char(header.size() >> 8 * i);
  return text + header + data;
}

bool says(const std::string &text, const char *part) {
  if (text.find(part) != text.npos)
    return true;
  ADD_FAILURE() << "'" << text << "' says nothing of '" << part << "'";
  return false;
}

std::string errorOf(const Directory &directory, const std::string &bytes) {
  std::string error;
  biasLoaded(directory.write("f", bytes), &error);
  return error;
}

} // namespace

TEST(RuntimeCheckpoint, ComesBackWithItsState) {
  Directory directory;
  auto context = makeContext(1.5);
  RunState state;
  state.seed = 0xfedcba9876543210;
  state.batch = 7;
  state.onlyBlock = 1;
  state.logLength = 99;
  state.position = {1, 0, false, {{1, 2, 3, 4, -5, {{0.1, INFINITY}, {NAN, -0.0}}, 6, 8}}};
  saveCheckpoint(*context, directory / "f", &state, "");
  auto other = makeContext();
  auto loaded = loadCheckpoint(*other, directory / "f");
  ASSERT_TRUE(loaded);
  EXPECT_EQ(biasOf(*other), 1.5f);
  EXPECT_EQ(loaded->seed, state.seed);
  EXPECT_EQ(loaded->batch, state.batch);
  EXPECT_FALSE(loaded->epochs);
  EXPECT_EQ(loaded->onlyBlock, 1);
  EXPECT_EQ(loaded->logLength, 99);
  EXPECT_EQ(loaded->position.toText(), state.position.toText());
  EXPECT_EQ(loaded->position.loops[0].sums[0].value, 0.1);
  EXPECT_TRUE(std::isnan(loaded->position.loops[0].sums[1].value));
  EXPECT_EQ(loaded->position.loops[0].rows, 8);
}

TEST(RuntimeCheckpoint, KeepsThePreviousOne) {
  Directory directory;
  save(directory / "f", 1);
  EXPECT_FALSE(checkpointExists(directory / "f.1"));
  for (float bias : {2.0f, 3.0f, 4.0f}) {
    save(directory / "f", bias);
    EXPECT_EQ(biasLoaded(directory / "f"), bias);
    EXPECT_EQ(biasLoaded(directory / "f.1"), bias - 1);
    EXPECT_FALSE(checkpointExists(directory / "f.tmp"));
    EXPECT_FALSE(checkpointExists(directory / "f.1.tmp"));
  }
}

TEST(RuntimeCheckpoint, EveryFlippedByteIsNoticed) {
  Directory directory;
  save(directory / "f", 1);
  save(directory / "f", 2);
  std::string whole = directory.read("f");
  for (size_t at = 0; at < whole.size(); ++at) {
    std::string damaged = whole;
    damaged[at] ^= 0x10;
    directory.write("f", damaged);
    testing::internal::CaptureStderr();
    EXPECT_EQ(biasLoaded(directory / "f"), 1) << at;
    EXPECT_TRUE(says(testing::internal::GetCapturedStderr(), "going back to"));
  }
}

TEST(RuntimeCheckpoint, EveryTruncationIsNoticed) {
  Directory directory;
  save(directory / "f", 1);
  std::string whole = directory.read("f");
  for (size_t size = 0; size < whole.size(); ++size)
    EXPECT_NE(errorOf(directory, whole.substr(0, size)), "") << size;
  EXPECT_NE(errorOf(directory, whole + "x"), "");
}

TEST(RuntimeCheckpoint, FallsBackWhereItIsMissing) {
  Directory directory;
  save(directory / "f.1", 5);
  testing::internal::CaptureStderr();
  EXPECT_EQ(biasLoaded(directory / "f"), 5);
  EXPECT_TRUE(says(testing::internal::GetCapturedStderr(), "there is no"));
  std::string error;
  biasLoaded(directory / "g", &error);
  EXPECT_TRUE(says(error, "there is no checkpoint"));
}

namespace {
int failAt = 0, calls = 0, failWith = 0;
int failCall(const char *) { return ++calls == failAt ? failWith : 0; }
} // namespace

// Each system call of a save fails once: the old file stays, or the new one is there.
TEST(RuntimeCheckpoint, AFailureAtAnyCallLosesNothing) {
  for (int code : {ENOSPC, EIO}) {
    Directory directory;
    save(directory / "f", 1);
    save(directory / "f", 2);
    failWith = code;
    for (failAt = 1;; ++failAt) {
      calls = 0;
      failSystemCall = failCall;
      bool failed = false;
      try {
        save(directory / "f", 3);
      } catch (const Error &error) {
        failed = true;
        EXPECT_EQ(error.getCode(), ExitSystem);
        EXPECT_TRUE(says(error.what(), strerror(code)));
      }
      failSystemCall = nullptr;
      if (!failed)
        break;
      float bias = biasLoaded(directory / "f");
      EXPECT_TRUE(bias == 2 || bias == 3) << bias << " after call " << failAt;
      EXPECT_FALSE(checkpointExists(directory / "f.tmp"));
      save(directory / "f", 2);
    }
    EXPECT_GT(failAt, 8);
    EXPECT_EQ(biasLoaded(directory / "f"), 3);
  }
}

TEST(RuntimeCheckpoint, BrokenHeaders) {
  Directory directory;
  auto with = [&](const std::string &header, const std::string &data = "") {
    return errorOf(directory, safetensors(header, data));
  };
  EXPECT_TRUE(says(errorOf(directory, "abc"), "truncated"));
  EXPECT_TRUE(says(errorOf(directory, std::string(8, '\xff')), "header would have"));
  EXPECT_TRUE(says(with(""), "broken header"));
  EXPECT_TRUE(says(with("[]"), "broken header"));
  EXPECT_TRUE(says(with("{\"a\":"), "broken header"));
  EXPECT_TRUE(says(with("{\"a\":[]}"), "broken header"));
  EXPECT_TRUE(says(with("{\"a\":{\"dtype\":\"F32\"}}"), "broken header"));
  EXPECT_TRUE(says(with(std::string(100000, '[')), "broken header"));
  EXPECT_TRUE(says(with("{" + std::string(100000, '{')), "broken header"));
  std::string deep = "{\"a\":{\"shape\":";
  EXPECT_TRUE(says(with(deep + std::string(100000, '[')), "broken header"));
  auto tensor = [](const char *name, const char *type, const char *shape, const char *offsets) {
    return std::string("\"") + name + "\":{\"dtype\":\"" + type + "\",\"shape\":[" + shape +
           "],\"data_offsets\":[" + offsets + "]}";
  };
  EXPECT_TRUE(says(with("{" + tensor("a", "F33", "1", "0,4") + "}", "0123"), "unknown type F33"));
  EXPECT_TRUE(says(with("{" + tensor("a", "F32", "2", "0,4") + "}", "0123"), "0..8 is wanted"));
  EXPECT_TRUE(says(with("{" + tensor("a", "F32", "1", "0,4") + "}", "01234"), "5 bytes of data"));
  EXPECT_TRUE(says(with("{" + tensor("a", "U8", "1", "1,2") + "}", "01"), "0..1 is wanted"));
  EXPECT_TRUE(says(
      with("{" + tensor("a", "U8", "2", "0,2") + "," + tensor("b", "U8", "1", "1,2") + "}", "01"),
      "2..3 is wanted"));
  EXPECT_TRUE(says(
      with("{" + tensor("a", "U8", "1", "0,1") + "," + tensor("a", "U8", "1", "1,2") + "}", "01"),
      "twice"));
  EXPECT_TRUE(says(with("{" + tensor("a", "U8", "-1", "0,1") + "}", "0"), "broken header"));
  EXPECT_TRUE(
      says(with("{" + tensor("a", "U8", "4294967296,4294967296", "0,0") + "}", ""), "too large"));
}

TEST(RuntimeCheckpoint, ListsWhatDoesNotFit) {
  Directory directory;
  std::string header = R"({"Line.dense_1.w":{"dtype":"F32","shape":[3],"data_offsets":[0,12]},)"
                       R"("other":{"dtype":"F32","shape":[],"data_offsets":[12,16]}})";
  std::string error = errorOf(directory, safetensors(header, std::string(16, '\0')));
  EXPECT_TRUE(says(error, "only in the program: Line.dense_1.b"));
  EXPECT_TRUE(says(error, "only in the file: other"));
  EXPECT_TRUE(says(error, "of another shape: Line.dense_1.w is f32[3], the program has f32[2]"));
}

TEST(RuntimeCheckpoint, ForeignWeightsUnderOtherNames) {
  Directory directory;
  std::string header = R"({"fc.weight":{"dtype":"F64","shape":[2],"data_offsets":[0,16]},)"
                       R"("fc.b":{"dtype":"F16","shape":[],"data_offsets":[16,18]}})";
  double weights[2] = {0.25, -8};
  std::string data(reinterpret_cast<char *>(weights), 16);
  data += std::string("\x00\x3e", 2); // 1.5
  auto path = directory.write("f", safetensors(header, data));
  auto context = makeContext();
  loadWeights(*context, path, {{"Line.dense_1.w", "fc.weight"}, {"Line.dense_1", "fc"}});
  float loaded[2];
  memcpy(loaded, context->getVars()[0].buffer.data(), 8);
  EXPECT_EQ(loaded[0], 0.25f);
  EXPECT_EQ(loaded[1], -8.0f);
  EXPECT_EQ(biasOf(*context), 1.5f);
  EXPECT_THROW(loadWeights(*context, path, {}), Error);
}

TEST(RuntimeCheckpoint, OwnWeightsBeginAnotherRun) {
  Directory directory;
  save(directory / "f", 4);
  auto context = makeContext();
  loadWeights(*context, directory / "f", {});
  EXPECT_EQ(biasOf(*context), 4);
}
