//===- Readers.h - data readers, by name ------------------------*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef NETC_RUNTIME_READERS_H
#define NETC_RUNTIME_READERS_H

#include "runtime/Memory.h"
#include "runtime/Program.h"
#include "runtime/Stream.h"

#include <string>
#include <vector>

namespace netrt {

/// An array as a file holds it.
struct FileArray {
  Dtype dtype = Dtype::F32;
  std::vector<int64_t> shape;
  Buffer bytes;
};

/// `u8[60000, 28, 28]`
std::string describe(Dtype dtype, const std::vector<int64_t> &shape);

/// Names of the category codes of one integer column, in the order of first appearance; shared by
/// all parts of a data set, so that a code means the same everywhere.
struct Categories {
  enum class State { Unknown, Numbers, Names } state = State::Unknown;
  std::vector<std::string> names;
  std::map<std::string, int64_t> codes;
};

/// What a reader makes: per column a view of `rows` rows, `stride` bytes apart (rows of text
/// windows overlap).
struct RawTable {
  int64_t rows = 0;
  struct View {
    const uint8_t *base = nullptr;
    int64_t stride = 0;
  };
  std::vector<View> columns;
  std::vector<Buffer> storage;

  /// Adds a dense column.
  void addColumn(Buffer bytes, int64_t rowBytes) {
    columns.push_back({bytes.data(), rowBytes});
    storage.push_back(std::move(bytes));
  }
};

struct ReadRequest {
  const DataDecl &data;
  const PartDecl &part;
  std::vector<std::string> paths; ///< of part.files, found
  std::vector<Categories> &categories;
};

using Reader = RawTable (*)(const ReadRequest &request);

/// The reader, or null if this executable has none of that name.
Reader findReader(const std::string &name);

RawTable readIdxFiles(const ReadRequest &request);
RawTable readNpyFiles(const ReadRequest &request);
RawTable readNpzFile(const ReadRequest &request);
RawTable readCsvFiles(const ReadRequest &request);
RawTable readTextFile(const ReadRequest &request);
RawTable readRows(const ReadRequest &request);

/// One array of a file. Sizes are checked against what the file can hold before memory is taken.
FileArray readIdx(ByteSource &source);
FileArray readNpy(ByteSource &source);
/// The array named `name` (without `.npy`) of a zip archive, stored or deflated; with an empty name
/// the only one.
FileArray readNpz(const std::string &path, const std::string &name);

/// The header of an npy file: element type and shape; the source then stands at the first element.
/// Refuses objects, foreign byte order and column-major arrays.
FileArray readNpyHeader(ByteSource &source);

/// Makes file arrays the declared columns: converts elements, checks row shapes, and that all have
/// the same number of rows. `files` are for messages.
RawTable tableOf(const DataDecl &data, std::vector<FileArray> arrays,
                 const std::vector<std::string> &files);

} // namespace netrt
#endif // NETC_RUNTIME_READERS_H
