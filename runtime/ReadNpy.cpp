//===- ReadNpy.cpp - NumPy's array files ----------------------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
//
//===----------------------------------------------------------------------===//
#include "runtime/Error.h"
#include "runtime/Readers.h"

#include <cctype>
#include <cstring>

namespace netrt {

/// NumPy pads headers to a multiple of 64 bytes; no honest one comes near this.
static constexpr size_t maxHeader = 64 << 10;

namespace {

/// The header: a Python dictionary with three known keys, in any order.
class HeaderParser {
public:
  HeaderParser(const std::string &text, const std::string &name) : at(text.c_str()), name(name) {}

  FileArray parse() {
    FileArray array;
    bool seen[3] = {};
    expect('{');
    while (!eat('}')) {
      std::string key = string();
      expect(':');
      if (key == "descr" && !seen[0])
        seen[0] = true, array.dtype = element();
      else if (key == "fortran_order" && !seen[1])
        seen[1] = true, order();
      else if (key == "shape" && !seen[2])
        seen[2] = true, array.shape = shape();
      else
        fail();
      if (!eat(',') && *at != '}')
        fail();
    }
    if (!seen[0] || !seen[1] || !seen[2])
      fail();
    return array;
  }

private:
  [[noreturn]] void fail() { failData("%s has a broken npy header", name.c_str()); }
  bool eat(char c) {
    while (isspace(static_cast<unsigned char>(*at)))
      ++at;
    if (*at != c)
      return false;
    ++at;
    while (isspace(static_cast<unsigned char>(*at)))
      ++at;
    return true;
  }
  void expect(char c) {
    if (!eat(c))
      fail();
  }
  std::string string() {
    while (isspace(static_cast<unsigned char>(*at)))
      ++at;
    char quote = *at;
    if (quote != '\'' && quote != '"')
      fail();
    const char *end = strchr(at + 1, quote);
    if (!end)
      fail();
    std::string text(at + 1, end);
    at = end + 1;
    return text;
  }
  Dtype element() {
    if (*at == '[')
      failData("%s holds records; plain numbers are wanted", name.c_str());
    std::string descr = string();
    if (descr.find('O') != std::string::npos)
      failData("%s holds Python objects, which are never loaded", name.c_str());
    if (auto dtype = dtypeOfNumpy(descr))
      return *dtype;
    if (!descr.empty() && descr[0] == '>')
      failData("%s is big-endian (%s); save it with .astype('<%s')", name.c_str(), descr.c_str(),
               descr.c_str() + 1);
    failData("%s holds elements of type %s, which .net does not know", name.c_str(), descr.c_str());
  }
  void order() {
    if (strncmp(at, "False", 5) == 0)
      at += 5;
    else if (strncmp(at, "True", 4) == 0)
      failData("%s is column-major; save numpy.ascontiguousarray of it", name.c_str());
    else
      fail();
  }
  std::vector<int64_t> shape() {
    std::vector<int64_t> sizes;
    expect('(');
    while (!eat(')')) {
      int64_t size = 0;
      if (!isdigit(static_cast<unsigned char>(*at)) || sizes.size() == 32)
        fail();
      for (; isdigit(static_cast<unsigned char>(*at)); ++at)
        if (__builtin_mul_overflow(size, 10, &size) ||
            __builtin_add_overflow(size, *at - '0', &size))
          fail();
      sizes.push_back(size);
      if (!eat(',') && *at != ')')
        fail();
    }
    return sizes;
  }

  const char *at;
  const std::string &name;
};

} // namespace

FileArray readNpyHeader(ByteSource &source) {
  const char *name = source.getName().c_str();
  uint8_t start[8];
  source.readAll(start, 8);
  if (memcmp(start, "\x93NUMPY", 6) != 0)
    failData("%s is no npy file: its first bytes are not \\x93NUMPY", name);
  if (start[6] < 1 || start[6] > 3)
    failData("%s has npy version %d.%d; 1 to 3 are known", name, start[6], start[7]);
  uint8_t size[4] = {};
  source.readAll(size, start[6] == 1 ? 2 : 4);
  size_t length = size[0] | size[1] << 8 | size[2] << 16 | size_t(size[3]) << 24;
  if (length > maxHeader)
    failData("%s declares a header of %zu bytes; at most %zu are read", name, length, maxHeader);
  std::string header(length, '\0');
  source.readAll(header.data(), length);
  return HeaderParser(header, source.getName()).parse();
}

FileArray readNpy(ByteSource &source) {
  FileArray array = readNpyHeader(source);
  int64_t bytes = checkedProduct(array.shape.data(), array.shape.size(), sizeOf(array.dtype),
                                 source.getName().c_str());
  if (bytes > source.bound())
    failData("%s declares %s, %lld bytes, but can hold at most %lld", source.getName().c_str(),
             describe(array.dtype, array.shape).c_str(), (long long)bytes,
             (long long)source.bound());
  array.bytes.reserve(bytes);
  source.readAll(array.bytes.data(), bytes);
  source.expectEnd();
  if (array.dtype == Dtype::Bool) // compiled code relies on 0 and 1
    for (int64_t i = 0; i < bytes; ++i)
      array.bytes.data()[i] = array.bytes.data()[i] != 0;
  return array;
}

RawTable readNpyFiles(const ReadRequest &request) {
  std::vector<FileArray> arrays;
  for (const std::string &path : request.paths)
    arrays.push_back(readNpy(*openFile(path)));
  return tableOf(request.data, std::move(arrays), request.paths);
}

} // namespace netrt
