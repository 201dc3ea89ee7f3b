//===- CheckpointFile.h - the checkpoint format's own details ---*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef NETC_RUNTIME_CHECKPOINTFILE_H
#define NETC_RUNTIME_CHECKPOINTFILE_H

#include "runtime/Safetensors.h"

#include <string>

namespace netrt {

/// Metadata field "format" of files that this runtime wrote.
inline constexpr const char *checkpointFormat = "netc 1";

/// CRC-32, continued from `start`.
uint32_t checksum(uint32_t start, const void *bytes, int64_t size);
/// Where the eight digits of the checksum stand in a header of ours; npos if it is none. The sum is
/// taken over header and data with zeros in their place.
size_t checksumOffset(const std::string &header);

} // namespace netrt
#endif // NETC_RUNTIME_CHECKPOINTFILE_H
