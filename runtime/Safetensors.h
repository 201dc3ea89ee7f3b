//===- Safetensors.h - files of named tensors -------------------*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// https://huggingface.co/docs/safetensors: eight bytes of header length, a JSON
// header of names, types, shapes and offsets, then the tensors without gaps.
//
//===----------------------------------------------------------------------===//
#ifndef NETC_RUNTIME_SAFETENSORS_H
#define NETC_RUNTIME_SAFETENSORS_H

#include "runtime/Dtype.h"
#include "runtime/Stream.h"

#include <map>
#include <string>
#include <vector>

namespace netrt {

struct TensorInfo {
  std::string name;
  Dtype dtype = Dtype::F32;
  std::vector<int64_t> shape;
  int64_t begin = 0, end = 0; ///< within the data
};

/// The header of a file, checked: known types, sizes that fit the offsets, offsets that fill the
/// data without holes, overlaps or duplicates.
struct SafetensorsHeader {
  std::vector<TensorInfo> tensors; ///< by offset
  std::map<std::string, std::string> metadata;
  std::string text;      ///< as it stands in the file
  int64_t dataBytes = 0; ///< after the header

  const TensorInfo *find(const std::string &name) const;
};

/// Reads and checks the header; `source` then stands at the data. Throws Errors (data).
SafetensorsHeader readSafetensorsHeader(ByteSource &source, int64_t fileSize);

/// The header's JSON, padded to eight bytes, for tensors in this order (offsets are set).
std::string safetensorsHeaderText(std::vector<TensorInfo> &tensors,
                                  const std::map<std::string, std::string> &metadata);

} // namespace netrt
#endif // NETC_RUNTIME_SAFETENSORS_H
