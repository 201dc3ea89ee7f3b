//===- Position.h - where a run stands --------------------------*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef NETC_RUNTIME_POSITION_H
#define NETC_RUNTIME_POSITION_H

#include <cstdint>
#include <string>
#include <vector>

namespace netrt {

/// The place between two turns of a loop, with everything that a run continued there needs
/// besides variables.
struct Position {
  struct Sum {
    double value = 0, weight = 0;
  };
  struct LoopPlace {
    int64_t pass = 0, turn = 0;  ///< within the present visit of the loop
    int64_t step = 0, epoch = 0; ///< turns and passes since the block began
    int64_t value = 0;           ///< of a range's counter
    std::vector<Sum> sums;       ///< of reports that are means over steps
    int64_t sinceReport = 0;     ///< turns since reports were closed
    int64_t rows = -1;           ///< of its data; -1: not known, as in checkpoints without them
  };
  int block = 0;     ///< index of the train block
  int loop = -1;     ///< the loop between whose turns it is; -1: before the block's first
  bool done = false; ///< all blocks are done
  std::vector<LoopPlace> loops; ///< of the block, by id

  /// As text: whole numbers, and doubles in hexadecimal, so that they come back bit by bit.
  std::string toText() const;
  /// Throws an Error (data) for text that toText does not write.
  static Position fromText(const std::string &text);
};

} // namespace netrt
#endif // NETC_RUNTIME_POSITION_H
