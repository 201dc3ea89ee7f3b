//===- RuntimeBatch.cpp - batches, ahead of time and at once --------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "runtime/Batch.h"
#include "runtime/Random.h"
#include "test/unit/RuntimeTemporary.h"

#include <cstring>
#include <gtest/gtest.h>

using namespace netrt;

namespace {

/// Overlapping windows of 64 KiB: batches of 16 are gathered by the loader.
class Batches : public ::testing::Test {
protected:
  Batches() {
    std::string text(3 << 20, '\0');
    for (size_t i = 0; i < text.size(); i += 4) {
      uint32_t word = philox(1, i)[0];
      memcpy(&text[i], &word, 4);
    }
    directory.write("f", text);
    DataDecl &data = program.data.emplace_back();
    data.name = "D";
    data.columns.push_back({"bytes", Dtype::U8, {width}});
    PartDecl part;
    part.name = "all";
    part.reader = "text";
    part.files = {"f"};
    part.options = {{"stride", "16384"}};
    data.parts.push_back(part);
    part.name = "apart"; // no row has a byte of another
    part.options = {{"stride", std::to_string(width)}};
    data.parts.push_back(part);
  }
  const PartData &load() { return store.part("D", "all"); }
  static constexpr int64_t width = 65536;

  netrt_test::Directory directory;
  Program program;
  DataStore store{program, {directory.str()}};
};

TEST_F(Batches, AheadAndAtOnceAreTheSame) {
  const PartData &part = load();
  Loader loader;
  BatchSource ahead(part, 16, true, &loader), atOnce(part, 16, true, nullptr);
  ASSERT_EQ(ahead.turns(), 12);
  EXPECT_EQ(ahead.lastRows(), part.rows() - 11 * 16);
  std::vector<int64_t> order(part.rows());
  for (uint64_t pass = 0; pass < 3; ++pass) {
    ahead.beginShuffled(pass);
    atOnce.beginShuffled(pass);
    permute(pass, order.data(), part.rows());
    for (int64_t turn = pass; turn < ahead.turns(); ++turn) { // from the middle, as after resuming
      ahead.take(turn);
      atOnce.take(turn);
      ASSERT_EQ(ahead.rows(), atOnce.rows());
      EXPECT_EQ(reinterpret_cast<uintptr_t>(ahead.column(0)) % 64, 0u);
      ASSERT_EQ(memcmp(ahead.column(0), atOnce.column(0), ahead.rows() * width), 0);
      ASSERT_EQ(
          memcmp(ahead.column(0) + width, part.whole(0) + order[turn * 16 + 1] * width, width), 0);
    }
  }
}

TEST_F(Batches, SourcesShareTheLoader) {
  const PartData &part = load();
  Loader loader;
  BatchSource first(part, 16, true, &loader), second(part, 32, false, &loader);
  first.beginShuffled(1);
  second.beginInOrder();
  for (int64_t turn = 0; turn < second.turns(); ++turn) {
    first.take(2 * turn);
    second.take(turn);
    ASSERT_EQ(memcmp(second.column(0), part.whole(0) + turn * 32 * width, second.rows() * width),
              0);
  }
}

TEST_F(Batches, SingleRowsAndAllRows) {
  const PartData &part = load();
  BatchSource single(part, 0, false, nullptr), all(part, INT64_MAX / 2, false, nullptr);
  EXPECT_FALSE(single.isBatched());
  EXPECT_EQ(single.turns(), part.rows());
  EXPECT_TRUE(all.isBatched());
  EXPECT_EQ(all.turns(), 1);
  all.beginInOrder();
  all.take(0);
  EXPECT_EQ(all.rows(), part.rows());
}

TEST_F(Batches, RowsInOrderAreReadInPlace) {
  const PartData &part = store.part("D", "apart");
  int64_t before = Buffer::inUse();
  BatchSource inOrder(part, 16, false, nullptr);
  EXPECT_EQ(Buffer::inUse(), before);
  BatchSource shuffled(part, 16, true, nullptr);
  EXPECT_EQ(Buffer::inUse(), before + 2 * 16 * width);
  inOrder.beginInOrder();
  for (int64_t turn = 0; turn < inOrder.turns(); ++turn) {
    inOrder.take(turn);
    EXPECT_EQ(inOrder.column(0), part.whole(0) + turn * 16 * width);
  }
}

TEST_F(Batches, LentRowsAreAligned) {
  BatchSource source(load(), 4, false, nullptr);
  std::vector<uint8_t> rows(9 * width + 1, 7);
  source.lend(0, rows.data() + 1, 9);
  EXPECT_EQ(source.rows(), 9);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(source.column(0)) % 64, 0u);
  EXPECT_EQ(source.column(0)[9 * width - 1], 7);
}

} // namespace
