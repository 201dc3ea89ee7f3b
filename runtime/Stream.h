//===- Stream.h - files read in sequence ------------------------*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef NETC_RUNTIME_STREAM_H
#define NETC_RUNTIME_STREAM_H

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace netrt {

/// Bytes that come one after another. `name` is for messages.
class ByteSource {
public:
  explicit ByteSource(std::string name) : name(std::move(name)) {}
  virtual ~ByteSource() = default;
  /// Up to `size` bytes; fewer only at the end. Throws an Error: data for a broken file, system for
  /// a failed read.
  virtual size_t read(void *target, size_t size) = 0;
  /// More bytes than this cannot come; what declares more is lying.
  virtual int64_t bound() const = 0;
  const std::string &getName() const { return name; }

  /// Exactly `size` bytes, or an Error saying that the file is truncated.
  void readAll(void *target, size_t size);
  /// Throws an Error unless the end has come.
  void expectEnd();

private:
  std::string name;
};

/// Opens a regular file, plain or gzip (told by its first bytes).
std::unique_ptr<ByteSource> openFile(const std::string &path);

/// Everything that is left, at most `limit` bytes (beyond: an Error).
std::string readText(ByteSource &source, int64_t limit);

} // namespace netrt
#endif // NETC_RUNTIME_STREAM_H
