//===- ReadText.cpp - windows of bytes out of one text --------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Row i is the n bytes from i * stride on (stride: n unless given) of the part
// (a, b) of the file. With an alphabet, bytes become positions in it: letters
// match in either case; a run of other characters is one space if the alphabet
// has one, and nothing otherwise.
//
//===----------------------------------------------------------------------===//
#include "runtime/Error.h"
#include "runtime/Readers.h"

#include <cctype>
#include <cstdlib>
#include <cstring>

namespace netrt {

static constexpr int64_t maxText = int64_t(1) << 30;

/// The option's text, or null.
static const char *option(const ReaderOptions &options, const char *name) {
  auto found = options.find(name);
  return found == options.end() ? nullptr : found->second.c_str();
}

static std::string encode(const std::string &text, const std::string &alphabet) {
  if (alphabet.empty() || alphabet.size() > 256)
    failData("an alphabet has 1 to 256 characters, not %zu", alphabet.size());
  int code[256];
  for (int c = 0; c < 256; ++c) {
    size_t at = alphabet.find(static_cast<char>(c));
    if (at == std::string::npos)
      at = alphabet.find(static_cast<char>(tolower(c)));
    if (at == std::string::npos)
      at = alphabet.find(static_cast<char>(toupper(c)));
    code[c] = at == std::string::npos ? -1 : static_cast<int>(at);
  }
  std::string result;
  result.reserve(text.size());
  int space = code[static_cast<int>(' ')];
  bool filled = false; // the last one stands for characters outside the alphabet
  for (unsigned char c : text) {
    bool outside = code[c] < 0;
    if (outside && space < 0)
      continue;
    int value = outside ? space : code[c];
    bool afterSpace = !result.empty() && static_cast<uint8_t>(result.back()) == space;
    if (value == space && afterSpace && (outside || filled))
      continue; // one run
    result += static_cast<char>(value);
    filled = outside;
  }
  return result;
}

RawTable readTextFile(const ReadRequest &request) {
  const ReaderOptions &options = request.part.options;
  if (request.paths.size() != 1 || request.data.columns.size() != 1 ||
      request.data.columns[0].dtype != Dtype::U8 || request.data.columns[0].shape.size() != 1)
    failData("text reads one file into one column u8[n]; data `%s` has %zu columns, %zu files",
             request.data.name.c_str(), request.data.columns.size(), request.paths.size());
  const char *path = request.paths[0].c_str();
  std::string text = readText(*openFile(request.paths[0]), maxText);
  if (const char *alphabet = option(options, "alphabet"))
    text = encode(text, alphabet);
  double from = 0, to = 1;
  if (const char *part = option(options, "part")) {
    char *rest;
    from = strtod(part, &rest);
    to = *rest == ',' ? strtod(rest + 1, nullptr) : -1;
    if (!(from >= 0 && from < to && to <= 1))
      failData("part = (%s) of %s is no range within (0, 1)", part, path);
  }
  auto begin = static_cast<int64_t>(from * static_cast<double>(text.size()));
  auto end = static_cast<int64_t>(to * static_cast<double>(text.size()));
  int64_t width = request.data.columns[0].elements(), stride = width;
  if (const char *given = option(options, "stride"))
    stride = atoll(given);
  if (stride < 1)
    failData("stride = %lld of %s is not positive", (long long)stride, path);
  if (end - begin < width)
    failData("%s has %lld bytes in this part, fewer than a row of %lld", path,
             (long long)(end - begin), (long long)width);
  RawTable table;
  table.rows = (end - begin - width) / stride + 1;
  Buffer bytes(end - begin);
  memcpy(bytes.data(), text.data() + begin, end - begin);
  table.addColumn(std::move(bytes), stride);
  return table;
}

} // namespace netrt
