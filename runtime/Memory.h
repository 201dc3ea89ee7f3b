//===- Memory.h - aligned buffers -------------------------------*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef NETC_RUNTIME_MEMORY_H
#define NETC_RUNTIME_MEMORY_H

#include <cstddef>
#include <cstdint>

namespace netrt {

/// A zeroed block of memory, 64-byte aligned; large ones lie on huge pages where the system offers
/// them.
class Buffer {
public:
  Buffer() = default;
  explicit Buffer(int64_t size) { reserve(size); }
  Buffer(Buffer &&other) noexcept { swap(other); }
  Buffer &operator=(Buffer &&other) noexcept {
    swap(other);
    return *this;
  }
  Buffer(const Buffer &) = delete;
  Buffer &operator=(const Buffer &) = delete;
  ~Buffer() { release(); }

  /// Makes room for `size` bytes, forgetting the content if it has to grow. Throws an Error
  /// (system) if there is no memory.
  void reserve(int64_t size);
  uint8_t *data() const { return pointer; }
  int64_t capacity() const { return room; }
  /// Bytes in all buffers that there are.
  static int64_t inUse();

private:
  void release();
  void swap(Buffer &other);

  uint8_t *pointer = nullptr;
  int64_t room = 0;
  void *mapping = nullptr; ///< what munmap wants, for large blocks
  size_t mapped = 0;
};

/// Bytes the process may still take without swapping or hitting its control group's limit;
/// INT64_MAX if the system does not say.
int64_t availableMemory();

} // namespace netrt
#endif // NETC_RUNTIME_MEMORY_H
