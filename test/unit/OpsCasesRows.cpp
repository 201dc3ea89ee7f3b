//===- OpsCasesRows.cpp - cases of operations that index, or go in order --===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "OpsCases.h"

using namespace net::test;

using Cases = std::vector<OpCase>;
using Table = std::map<std::string, Cases>;

void net::test::addIndexing(Table &table) {
  struct Way {
    const char *x, *index, *slices, *along;
    int axis;
    int64_t limit;
  };
  // `index` is a list of positions, `along` the index array with x's other axes, `slices` what
  // `take` gives.
  const Way ways[] = {{"5", "", "", "3", 0, 5},
                      {"5", "1", "1", "1", 0, 5},
                      {"5", "7", "7", "7", 0, 5},
                      {"5", "0", "0", "0", 0, 5},
                      {"5x3", "4", "4x3", "2x3", 0, 5},
                      {"5x3", "4", "5x4", "5x4", 1, 3},
                      {"5x3", "2x3", "2x3x3", "1x3", 0, 5},
                      {"5x3", "", "5", "5x1", 1, 3},
                      {"2x3x4", "5", "2x5x4", "2x5x4", 1, 3},
                      {"2x3x4", "2x2", "2x3x2x2", "2x3x2", 2, 4},
                      {"1x3x1", "2", "1x2x1", "1x4x1", 1, 3},
                      {"2x1x3x2", "3", "2x1x3x2", "2x1x5x2", 2, 3},
                      {"0x3", "2", "0x2", "0x2", 1, 3}};
  for (const Way &way : ways) {
    std::string axis = "axis = " + std::to_string(way.axis) + " : i64";
    auto ints = [](std::string shape) { return shape + (shape.empty() ? "i32" : "xi32"); };
    Cases cases = {{"net.take", {way.x, ints(way.index)}, axis},
                   {"net.take_along", {way.x, ints(way.along)}, axis},
                   {"net.scatter_add", {way.x, ints(way.index), way.slices}, axis},
                   {"net.scatter_add_along", {way.x, ints(way.along), way.along}, axis}};
    for (OpCase &c : cases)
      c.limit = way.limit;
    addBoth(table, cases);
  }
}

namespace {
/// Positions are below `limit` along every axis of `axes`.
void addParts(Table &table) {
  struct Way {
    const char *x, *part, *axes;
    int positions;
    int64_t limit;
  };
  const Way ways[] = {{"5", "3", "0", 1, 3},
                      {"5", "5", "0", 1, 1},
                      {"5", "1", "0", 1, 5},
                      {"5", "0", "0", 1, 6},
                      {"1", "1", "0", 1, 1},
                      {"0", "0", "0", 1, 1},
                      {"", "", "", 0, 1},
                      {"4x5", "4x5", "", 0, 1},
                      {"4x5", "2x3", "0, 1", 2, 3},
                      {"4x5", "2x5", "0", 1, 3},
                      {"4x5", "4x2", "1", 1, 4},
                      {"4x5", "3x3", "1, 0", 2, 2},
                      {"5x1", "2x1", "0", 1, 4},
                      {"0x4", "0x3", "1", 1, 2},
                      {"3x4x5", "2x2x5", "0, 1", 2, 2},
                      {"3x4x5", "3x2x5", "1", 1, 3},
                      {"3x4x5", "2x3x3", "0, 1, 2", 3, 2},
                      {"7x3x17", "5x3x16", "0, 2", 2, 2},
                      {"2x3x7x4", "2x3x2x4", "2", 1, 6},
                      {"2x3x4x5", "1x2x2x3", "0, 1, 2, 3", 4, 2},
                      {"19x33", "19x31", "1", 1, 3}};
  for (const Way &way : ways) {
    std::string axes = std::string("axes = array<i64") + (*way.axes ? ": " : "") + way.axes + ">";
    OpCase slice{"net.dynamic_slice", {way.x}, axes, way.part, way.limit};
    OpCase update{"net.dynamic_update", {way.x, way.part}, axes, way.x, way.limit};
    for (int i = 0; i < way.positions; ++i) {
      slice.operands.push_back("i32");
      update.operands.push_back("i32");
    }
    table[slice.op].push_back(slice);
    table[update.op].push_back(update);
  }
  OpCase slice{"net.dynamic_slice", {"NxT", "i64"}, "axes = array<i64: 0>", "BxT", 4};
  OpCase update{"net.dynamic_update", {"NxT", "BxT", "i64"}, "axes = array<i64: 0>", "NxT", 4};
  table[slice.op].push_back(slice);
  table[update.op].push_back(update);
}

void addRecurrences(Table &table) {
  const std::pair<const char *, int> ways[] = {
      {"5", 0},     {"1", 0},     {"0", 0},      {"7", 0},       {"3x4", 0},    {"3x4", 1},
      {"0x4", 1},   {"4x0", 1},   {"5x1", 0},    {"5x1", 1},     {"1x1x3", 2},  {"2x3x4", 0},
      {"2x3x4", 1}, {"2x3x4", 2}, {"3x5x17", 1}, {"2x1x3x5", 3}, {"2x3x2x3", 1}};
  for (auto [shape, axis] : ways)
    for (const char *reverse : {"", ", reverse"})
      addBoth(table, {{"net.recurrence",
                       {shape, shape},
                       "axis = " + std::to_string(axis) + " : i64" + reverse}});
}

void addEquations(Table &table) {
  const std::pair<const char *, const char *> ways[] = {
      {"1x1", "1x1"},     {"2x2", "2x1"},     {"3x3", "3x2"},         {"5x5", "5x3"},
      {"4x4", "4x0"},     {"0x0", "0x2"},     {"7x7", "7x1"},         {"3x2x2", "3x2x1"},
      {"2x4x4", "2x4x5"}, {"0x3x3", "0x3x2"}, {"2x3x2x2", "2x3x2x2"}, {"1x2x3x3", "1x2x3x1"}};
  for (auto [a, b] : ways)
    addBoth(table, {{"net.solve", {a, b}}});
}
} // namespace

void net::test::addRows(Table &table) {
  addParts(table);
  addRecurrences(table);
  addEquations(table);
}
