//===- Arena.h - a place in memory for every value of a step -----*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Blocks whose sizes are multiples of the same run-time size (c bytes a row of the batch)
// are packed together in units of it, so one plan holds for every batch. Blocks of
// constant size are packed among themselves. Two blocks share bytes if they do not live
// at the same time. Everything is aligned to 64 bytes.
//
//===----------------------------------------------------------------------===//
#ifndef NETC_CODEGEN_ARENA_H
#define NETC_CODEGEN_ARENA_H

#include "ir/SizeExpr.h"
#include <vector>

namespace net {

class Arena {
public:
  /// A block that lives from kernel `first` to kernel `last`, both included. Gives its number.
  unsigned add(const SizeExpr &bytes, unsigned first, unsigned last);
  void extend(unsigned block, unsigned last);
  unsigned lastOf(unsigned block) const { return blocks[block].last; }

  /// Places all blocks.
  void plan();
  SizeExpr offset(unsigned block) const;
  SizeExpr bytes() const;
  /// Blocks of one unit are a group. When do its blocks take most, and which live then?
  size_t groupCount() const { return groups.size(); }
  unsigned fullestTime(size_t group) const;
  std::vector<unsigned> livingAt(size_t group, unsigned time) const;
  SizeExpr bytesOf(unsigned block) const {
    return groups[blocks[block].group].unit * SizeExpr(blocks[block].size);
  }
  /// May the two blocks share bytes?
  bool overlap(unsigned a, unsigned b) const;

private:
  struct Block {
    size_t group;
    int64_t size; ///< bytes a unit of the group
    unsigned first, last;
    int64_t at = 0;
  };
  struct Group {
    SizeExpr unit; ///< 1, or the run-time size that all blocks of the group are multiples of
    int64_t peak = 0;
    SizeExpr base;
  };
  std::vector<Block> blocks;
  std::vector<Group> groups;
};

} // namespace net
#endif // NETC_CODEGEN_ARENA_H
