//===- Checkpoint.h - all of a run in one file ------------------*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef NETC_RUNTIME_CHECKPOINT_H
#define NETC_RUNTIME_CHECKPOINT_H

#include "runtime/Context.h"
#include "runtime/Position.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace netrt {

/// What a run continues from, besides its variables.
struct RunState {
  Position position;
  uint64_t seed = 0;
  int onlyBlock = -1;                   ///< `train NAME`: its index
  std::optional<int64_t> batch, epochs; ///< as given on the command line
  int64_t logLength = 0;
};

/// Writes every variable, and the state, if any, into a safetensors file, in place of `path`; the
/// previous file becomes `backup`. Temporaries are only kept where the run stands between turns.
void saveCheckpoint(Context &context, const std::string &path, const RunState *state,
                    const std::string &backup);

/// Reads a checkpoint of this program: every parameter and state must be there in its shape and
/// type, and nothing else; where the file was written by another tool, the parameters suffice. A
/// file that is missing or damaged is replaced by its predecessor `path.1`, with a note on stderr.
/// Returns the state it holds, if any. Throws Errors (data) that list what is missing on both
/// sides.
std::optional<RunState> loadCheckpoint(Context &context, const std::string &path);

/// Reads parameters (and networks' states, where present) from any safetensors file. A rename (a,
/// b): what the program calls `a`, or below `a.`, is called `b` in the file. Floats are converted.
void loadWeights(Context &context, const std::string &path,
                 const std::vector<std::pair<std::string, std::string>> &renames);

/// Whether there is something to load.
bool checkpointExists(const std::string &path);

} // namespace netrt
#endif // NETC_RUNTIME_CHECKPOINT_H
