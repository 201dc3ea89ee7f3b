//===- Arena.cpp - a place in memory for every value of a step ------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "codegen/Arena.h"

#include <algorithm>

using namespace net;

namespace {
constexpr int64_t alignment = 64;

int64_t aligned(int64_t bytes) { return (bytes + alignment - 1) / alignment * alignment; }

/// bytes = count * unit, or the unit is as many cache lines as it takes.
std::pair<SizeExpr, int64_t> factors(const SizeExpr &bytes) {
  if (auto constant = bytes.constant())
    return {SizeExpr(1), *constant};
  const auto &terms = bytes.getTerms();
  if (terms.size() == 1) {
    SizeExpr count(terms.begin()->second);
    return {bytes.floorDiv(count), terms.begin()->second};
  }
  return {(bytes + SizeExpr(alignment - 1)).floorDiv(SizeExpr(alignment)), alignment};
}
} // namespace

unsigned Arena::add(const SizeExpr &bytes, unsigned first, unsigned last) {
  auto [unit, count] = factors(bytes);
  size_t group = 0;
  while (group < groups.size() && groups[group].unit != unit)
    ++group;
  if (group == groups.size())
    groups.push_back({unit, 0, SizeExpr(0)});
  blocks.push_back({group, std::max(aligned(count), alignment), first, last});
  return blocks.size() - 1;
}

void Arena::extend(unsigned block, unsigned last) {
  blocks[block].last = std::max(blocks[block].last, last);
}

void Arena::plan() {
  // The largest first, each at the lowest place that is free while it lives.
  std::vector<Block *> order;
  for (Block &block : blocks)
    order.push_back(&block);
  std::sort(order.begin(), order.end(),
            [](Block *a, Block *b) { return a->size != b->size ? a->size > b->size : a < b; });
  std::vector<Block *> placed;
  for (Block *block : order) {
    std::vector<Block *> alive;
    for (Block *other : placed)
      if (other->group == block->group && other->first <= block->last &&
          block->first <= other->last)
        alive.push_back(other);
    std::sort(alive.begin(), alive.end(), [](Block *a, Block *b) { return a->at < b->at; });
    for (Block *other : alive) {
      if (other->at >= block->at + block->size)
        break;
      block->at = std::max(block->at, other->at + other->size);
    }
    placed.push_back(block);
    Group &group = groups[block->group];
    group.peak = std::max(group.peak, block->at + block->size);
  }
  SizeExpr base(0);
  // Constant sizes come first, so that their offsets are constants.
  for (bool constants : {true, false})
    for (Group &group : groups)
      if (group.unit.constant().has_value() == constants) {
        group.base = base;
        base = base + group.unit * SizeExpr(group.peak);
      }
}

SizeExpr Arena::offset(unsigned block) const {
  const Group &group = groups[blocks[block].group];
  return group.base + group.unit * SizeExpr(blocks[block].at);
}

SizeExpr Arena::bytes() const {
  SizeExpr sum(0);
  for (const Group &group : groups)
    sum = sum + group.unit * SizeExpr(group.peak);
  return sum;
}

std::vector<unsigned> Arena::livingAt(size_t group, unsigned time) const {
  std::vector<unsigned> living;
  for (unsigned i = 0; i < blocks.size(); ++i)
    if (blocks[i].group == group && blocks[i].first <= time && time <= blocks[i].last)
      living.push_back(i);
  return living;
}

unsigned Arena::fullestTime(size_t group) const {
  unsigned time = 0;
  int64_t most = -1;
  for (const Block &from : blocks) {
    if (from.group != group)
      continue;
    int64_t bytes = 0;
    for (unsigned block : livingAt(group, from.first))
      bytes += blocks[block].size;
    if (bytes > most) {
      most = bytes;
      time = from.first;
    }
  }
  return time;
}

bool Arena::overlap(unsigned a, unsigned b) const {
  const Block &x = blocks[a], &y = blocks[b];
  return x.group == y.group && x.at < y.at + y.size && y.at < x.at + x.size;
}
