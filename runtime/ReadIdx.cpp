//===- ReadIdx.cpp - the format of MNIST's files --------------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Two zero bytes, a type, a rank, the sizes as big-endian 32-bit words, the
// elements big-endian (http://yann.lecun.com/exdb/mnist).
//
//===----------------------------------------------------------------------===//
#include "runtime/Error.h"
#include "runtime/Readers.h"

#include <algorithm>

namespace netrt {

static Dtype idxType(int code, const std::string &name) {
  switch (code) {
  case 0x08:
    return Dtype::U8;
  case 0x09:
    return Dtype::I8;
  case 0x0B:
    return Dtype::I16;
  case 0x0C:
    return Dtype::I32;
  case 0x0D:
    return Dtype::F32;
  case 0x0E:
    return Dtype::F64;
  default:
    failData("%s is no idx file: unknown element type 0x%02x", name.c_str(), code);
  }
}

FileArray readIdx(ByteSource &source) {
  const char *name = source.getName().c_str();
  uint8_t magic[4];
  source.readAll(magic, 4);
  if (magic[0] != 0 || magic[1] != 0)
    failData("%s is no idx file: it begins with 0x%02x%02x, not with two zero bytes", name,
             magic[0], magic[1]);
  FileArray array;
  array.dtype = idxType(magic[2], source.getName());
  if (magic[3] == 0 || magic[3] > 8)
    failData("%s has rank %d; 1 to 8 is accepted", name, magic[3]);
  for (int axis = 0; axis < magic[3]; ++axis) {
    uint8_t word[4];
    source.readAll(word, 4);
    array.shape.push_back(int64_t(word[0]) << 24 | word[1] << 16 | word[2] << 8 | word[3]);
  }
  int64_t width = sizeOf(array.dtype);
  int64_t bytes = checkedProduct(array.shape.data(), array.shape.size(), width, name);
  if (bytes > source.bound())
    failData("%s declares %s, %lld bytes, but can hold at most %lld", name,
             describe(array.dtype, array.shape).c_str(), (long long)bytes,
             (long long)source.bound());
  array.bytes.reserve(bytes);
  source.readAll(array.bytes.data(), bytes);
  source.expectEnd();
  for (int64_t at = 0; width > 1 && at < bytes; at += width)
    std::reverse(array.bytes.data() + at, array.bytes.data() + at + width);
  return array;
}

RawTable readIdxFiles(const ReadRequest &request) {
  std::vector<FileArray> arrays;
  for (const std::string &path : request.paths)
    arrays.push_back(readIdx(*openFile(path)));
  return tableOf(request.data, std::move(arrays), request.paths);
}

} // namespace netrt
