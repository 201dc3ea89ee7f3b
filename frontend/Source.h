//===- Source.h - texts and places in them ----------------------*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef NETC_FRONTEND_SOURCE_H
#define NETC_FRONTEND_SOURCE_H

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace net {

/// A text known to the SourceManager. 0 is no file.
using FileId = uint32_t;

/// Bytes [begin, end) of a file.
struct SourceRange {
  FileId file = 0;
  uint32_t begin = 0, end = 0;

  bool isValid() const { return file != 0; }
  uint32_t size() const { return end - begin; }
  /// From the beginning of this to the end of `other`, in the same file.
  SourceRange to(SourceRange other) const { return {file, begin, other.end}; }
  /// The empty range at the beginning or the end.
  SourceRange start() const { return {file, begin, begin}; }
  SourceRange finish() const { return {file, end, end}; }
  bool operator==(const SourceRange &o) const {
    return file == o.file && begin == o.begin && end == o.end;
  }
  bool operator!=(const SourceRange &o) const { return !(*this == o); }
};

/// Line and column as people count them: from 1, columns in characters rather than bytes.
struct LineColumn {
  uint32_t line = 1, column = 1;
};

/// Owns the texts of a compilation. Files are numbered in the order in which they are added.
class SourceManager {
public:
  FileId add(std::string name, std::string text);
  /// Reads a file. 0 if it cannot be read, with the reason in `error`. A file larger than `limit`
  /// bytes is cut there, one byte after it, for the parser to refuse.
  FileId load(const std::string &path, std::string &error);

  /// The name that messages show.
  const std::string &name(FileId file) const { return get(file).name; }
  const std::string &text(FileId file) const { return get(file).text; }
  std::string_view text(SourceRange range) const;
  LineColumn lineColumn(FileId file, uint32_t offset) const;
  LineColumn lineColumn(SourceRange range) const { return lineColumn(range.file, range.begin); }
  /// A line (from 1) without its newline.
  std::string_view line(FileId file, uint32_t line) const;
  /// The offset at which a line begins.
  uint32_t lineStart(FileId file, uint32_t line) const;
  /// `lenet.net:6:19`.
  std::string place(SourceRange range) const;
  size_t fileCount() const { return files.size(); }

private:
  struct File {
    std::string name, text;
    mutable std::vector<uint32_t> lines; ///< offsets of line starts; filled when first asked for
  };
  const File &get(FileId file) const { return files[file - 1]; }
  const std::vector<uint32_t> &lines(const File &file) const;

  std::deque<File> files;
};

} // namespace net
#endif // NETC_FRONTEND_SOURCE_H
