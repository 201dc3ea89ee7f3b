//===- Source.cpp - texts and places in them ------------------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/Source.h"
#include "frontend/Limits.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <optional>
#include <sys/stat.h>

using namespace net;

FileId SourceManager::add(std::string name, std::string text) {
  files.push_back({std::move(name), std::move(text), {}});
  return static_cast<FileId>(files.size());
}

/// The text of an open file, one byte more than allowed at most, so that the parser sees that there
/// is too much: pipes and devices may never end. False with the reason in `error`.
static bool readAll(std::FILE *in, std::string &text, std::string &error) {
  char buffer[1 << 16];
  size_t count = 0;
  while (text.size() <= limits::sourceBytes &&
         (count = std::fread(buffer, 1, sizeof buffer, in)) > 0)
    text.append(buffer, count);
  if (std::ferror(in)) {
    error = std::strerror(errno);
    return false;
  }
  text.resize(std::min<size_t>(text.size(), limits::sourceBytes + 1));
  return true;
}

/// Empty, with the reason in `error`, if the file cannot be read.
static std::optional<std::string> readFile(const std::string &path, std::string &error) {
  struct stat status;
  std::FILE *in = std::fopen(path.c_str(), "rb");
  if (!in) {
    error = std::strerror(errno);
    return std::nullopt;
  }
  std::string text;
  bool good = ::fstat(::fileno(in), &status) == 0;
  if (!good)
    error = std::strerror(errno);
  else if (S_ISDIR(status.st_mode))
    error = "is a directory", good = false;
  else
    good = readAll(in, text, error);
  std::fclose(in);
  return good ? std::optional(std::move(text)) : std::nullopt;
}

/// It can be read once, but a program is read once for each processor.
static std::optional<std::string> readStandardInput(std::string &error) {
  static std::optional<std::string> text;
  if (std::string all; !text && readAll(stdin, all, error))
    text = std::move(all);
  return text;
}

FileId SourceManager::load(const std::string &path, std::string &error) {
  auto text = path == "-" ? readStandardInput(error) : readFile(path, error);
  if (!text)
    return 0;
  // Some editors begin a text with a byte order mark, which is no part of it.
  if (text->compare(0, 3, "\xEF\xBB\xBF") == 0)
    text->erase(0, 3);
  return add(path, std::move(*text));
}

std::string_view SourceManager::text(SourceRange range) const {
  return std::string_view(text(range.file)).substr(range.begin, range.size());
}

const std::vector<uint32_t> &SourceManager::lines(const File &file) const {
  if (file.lines.empty()) {
    file.lines.push_back(0);
    for (size_t i = 0; i < file.text.size(); ++i)
      if (file.text[i] == '\n')
        file.lines.push_back(static_cast<uint32_t>(i + 1));
  }
  return file.lines;
}

LineColumn SourceManager::lineColumn(FileId id, uint32_t offset) const {
  const File &file = get(id);
  const auto &starts = lines(file);
  auto it = std::upper_bound(starts.begin(), starts.end(), offset) - 1;
  LineColumn result{static_cast<uint32_t>(it - starts.begin() + 1), 1};
  for (size_t i = *it; i < offset && i < file.text.size(); ++i)
    result.column += (file.text[i] & 0xC0) != 0x80; // bytes that continue a character do not count
  return result;
}

uint32_t SourceManager::lineStart(FileId file, uint32_t line) const {
  return lines(get(file))[line - 1];
}

std::string_view SourceManager::line(FileId id, uint32_t line) const {
  const File &file = get(id);
  const auto &starts = lines(file);
  size_t begin = starts[line - 1];
  size_t end = line < starts.size() ? starts[line] - 1 : file.text.size();
  if (end > begin && file.text[end - 1] == '\r')
    --end;
  return std::string_view(file.text).substr(begin, end - begin);
}

std::string SourceManager::place(SourceRange range) const {
  LineColumn at = lineColumn(range);
  return name(range.file) + ":" + std::to_string(at.line) + ":" + std::to_string(at.column);
}
