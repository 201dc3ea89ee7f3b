//===- Arrays.h - arrays in and out of the command line ---------*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef NETC_RUNTIME_ARRAYS_H
#define NETC_RUNTIME_ARRAYS_H

#include "runtime/Program.h"
#include "runtime/Readers.h"
#include "runtime/SafeFile.h"

#include <memory>
#include <string>
#include <vector>

namespace netrt {

/// An array for an argument: the rows of an npy file as they are wanted, or what an npz, an idx
/// file, or the command line itself holds.
class ArrayInput {
public:
  /// `text` is a file's name; for a scalar also a number, for u8[n] also the text itself. Throws an
  /// Error if it is nothing of that.
  ArrayInput(const Port &port, const std::string &text);

  const std::vector<int64_t> &getShape() const { return shape; }
  /// The next `rows` rows (everything, for a scalar) in the port's element type.
  void read(int64_t rows, uint8_t *target);
  int64_t rowBytes() const { return rowElements * sizeOf(port.dtype); }

private:
  void openFileAs(const std::string &path);

  const Port &port;
  std::string name;
  Dtype dtype = Dtype::F32;
  std::vector<int64_t> shape;
  int64_t rowElements = 1, done = 0;
  std::unique_ptr<ByteSource> source; ///< or `whole`
  Buffer whole, raw;
};

/// An npy file, written row by row, in place only when it is whole.
class NpyOutput {
public:
  NpyOutput(const std::string &path, Dtype dtype, const std::vector<int64_t> &shape);
  void write(const uint8_t *elements, int64_t count);
  void commit() { file.commit(""); }

private:
  SafeFile file;
  Dtype dtype;
  std::vector<float> widened;
};

/// Prints an array on stdout: a line per row, numbers as they read back; `asText`: bytes as they
/// are.
void printArray(Dtype dtype, const uint8_t *elements, const std::vector<int64_t> &shape,
                bool asText);

} // namespace netrt
#endif // NETC_RUNTIME_ARRAYS_H
