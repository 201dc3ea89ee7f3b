//===- RuntimeRandom.cpp - known answers of the generator and of keys -----===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "runtime/Random.h"

#include <gtest/gtest.h>
#include <set>
#include <vector>

using namespace netrt;

// kat_vectors of Random123 1.14, philox4x32 with 10 rounds.
TEST(RuntimeRandom, PhiloxKnownAnswers) {
  EXPECT_EQ(philox({0, 0, 0, 0}, 0, 0), (Philox{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  constexpr uint32_t ones = 0xffffffff;
  EXPECT_EQ(philox({ones, ones, ones, ones}, ones, ones),
            (Philox{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(philox({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, 0xa4093822, 0x299f31d0),
            (Philox{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST(RuntimeRandom, ElementAndKeyAreSplitIntoWords) {
  uint64_t key = 0x299f31d0a4093822, element = 0x85a308d3243f6a88;
  EXPECT_EQ(philox(key, element), philox({0x243f6a88, 0x85a308d3, 0, 0}, 0xa4093822, 0x299f31d0));
}

// The sequence of splitmix64 seeded with 0, as published with xoshiro.
TEST(RuntimeRandom, FoldInIsSplitmix) {
  EXPECT_EQ(foldIn(0, 0), 0xE220A8397B1DCDAFu);
  EXPECT_EQ(foldIn(0, 1), 0x6E789E6AA1B965F4u);
  EXPECT_EQ(foldIn(0, 2), 0x06C45D188009454Fu);
}

TEST(RuntimeRandom, FoldKeyHashesThePath) {
  EXPECT_EQ(fnv1a64(""), 0xCBF29CE484222325u);
  EXPECT_EQ(fnv1a64("a"), 0xAF63DC4C8601EC8Cu);
  EXPECT_EQ(foldKey(5, "dropout_1"), mix(5 ^ fnv1a64("dropout_1")));
  EXPECT_NE(foldKey(5, "dropout_1"), foldKey(5, "dropout_2"));
}

TEST(RuntimeRandom, PermutationsArePermutations) {
  for (int64_t count : {0, 1, 2, 1000}) {
    std::vector<int64_t> order(count), again(count), other(count);
    permute(1, order.data(), count);
    permute(1, again.data(), count);
    permute(2, other.data(), count);
    EXPECT_EQ(order, again);
    EXPECT_TRUE(count <= 2 || order != other);
    EXPECT_EQ(std::set<int64_t>(order.begin(), order.end()).size(), size_t(count));
    for (int64_t place : order)
      EXPECT_TRUE(place >= 0 && place < count);
  }
}
