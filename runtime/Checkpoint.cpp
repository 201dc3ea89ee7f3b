//===- Checkpoint.cpp - writing of checkpoints ----------------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "runtime/Checkpoint.h"

#include "runtime/CheckpointFile.h"
#include "runtime/Error.h"
#include "runtime/SafeFile.h"

#include <algorithm>

namespace netrt {

/// What is written, in the file's order: wide elements first, so that all are aligned.
static std::vector<int> savedVars(Context &context, bool temporaries) {
  const Program &program = context.getProgram();
  std::vector<int> result;
  for (size_t i = 0; i < program.vars.size(); ++i)
    if (context.getVars()[i].known && (temporaries || program.vars[i].kind != VarDecl::Kind::Temp))
      result.push_back(static_cast<int>(i));
  std::sort(result.begin(), result.end(), [&](int a, int b) {
    int64_t wideA = sizeOf(program.vars[a].dtype), wideB = sizeOf(program.vars[b].dtype);
    return wideA != wideB ? wideA > wideB : a < b;
  });
  return result;
}

/// Named so that "checksum" sorts first, where it is looked for.
static void addState(std::map<std::string, std::string> &metadata, const RunState &state) {
  metadata["run.position"] = state.position.toText();
  metadata["run.seed"] = std::to_string(state.seed);
  metadata["run.only_block"] = std::to_string(state.onlyBlock);
  metadata["run.log_length"] = std::to_string(state.logLength);
  if (state.batch)
    metadata["run.batch"] = std::to_string(*state.batch);
  if (state.epochs)
    metadata["run.epochs"] = std::to_string(*state.epochs);
}

void saveCheckpoint(Context &context, const std::string &path, const RunState *state,
                    const std::string &backup) {
  const Program &program = context.getProgram();
  std::vector<int> vars = savedVars(context, state && !state->position.done);
  std::vector<TensorInfo> tensors;
  std::map<std::string, std::string> metadata;
  std::string states;
  for (int index : vars) {
    const VarDecl &decl = program.vars[index];
    TensorInfo &tensor = tensors.emplace_back();
    tensor.name = decl.path;
    tensor.dtype = decl.dtype;
    tensor.shape = context.getVars()[index].shape;
    if (decl.kind != VarDecl::Kind::Param)
      states += (states.empty() ? "" : "\n") + decl.path;
  }
  metadata["format"] = checkpointFormat;
  metadata["program"] = format("%016llx", (unsigned long long)program.hash);
  metadata["states"] = states;
  metadata["checksum"] = "00000000";
  if (state)
    addState(metadata, *state);
  std::string header = safetensorsHeaderText(tensors, metadata);
  uint32_t sum = checksum(0, header.data(), header.size());
  for (size_t i = 0; i < vars.size(); ++i)
    sum =
        checksum(sum, context.getVars()[vars[i]].buffer.data(), tensors[i].end - tensors[i].begin);
  header.replace(checksumOffset(header), 8, format("%08x", sum));

  SafeFile file(path);
  uint8_t length[8];
  for (int i = 0; i < 8; ++i)
    length[i] = static_cast<uint8_t>(header.size() >> 8 * i);
  file.write(length, 8);
  file.write(header.data(), static_cast<int64_t>(header.size()));
  for (size_t i = 0; i < vars.size(); ++i)
    file.write(context.getVars()[vars[i]].buffer.data(), tensors[i].end - tensors[i].begin);
  file.commit(backup);
}

} // namespace netrt
