//===- Memory.cpp - allocation of aligned buffers, memory at hand ---------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "runtime/Memory.h"

#include "runtime/Error.h"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <climits>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <sys/mman.h>
#include <utility>

namespace netrt {

/// A mapping of its own is aligned to huge pages.
static constexpr int64_t hugePage = int64_t(2) << 20;

#ifdef NETC_SANITIZE
/// To the byte, so that the sanitizer sees every access beyond the end.
static constexpr int64_t grain = 1, leastMapping = INT64_MAX;
#else
static constexpr int64_t grain = 64, leastMapping = 2 * hugePage;
#endif

static std::atomic<int64_t> total{0};

int64_t Buffer::inUse() { return total; }

void Buffer::reserve(int64_t size) {
  if (size <= room && pointer)
    return;
  release();
  int64_t bytes = std::max((size + grain - 1) / grain * grain, grain);
  // The kernel promises more than it has and kills whoever believes it.
  if (bytes > 16 * hugePage && bytes > availableMemory()) {
    errno = ENOMEM;
    failSystem("cannot allocate %lld MiB, %lld are available", (long long)(bytes >> 20),
               (long long)(availableMemory() >> 20));
  }
  if (bytes < leastMapping) {
    void *memory;
    if (posix_memalign(&memory, 64, bytes) == 0) {
      pointer = static_cast<uint8_t *>(memory);
      memset(pointer, 0, bytes);
    }
  } else {
    size_t total = bytes + hugePage;
    void *base = mmap(nullptr, total, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (base != MAP_FAILED) {
      mapping = base;
      mapped = total;
      pointer = reinterpret_cast<uint8_t *>((reinterpret_cast<uintptr_t>(base) + hugePage - 1) &
                                            ~uintptr_t(hugePage - 1));
      madvise(pointer, bytes, MADV_HUGEPAGE); // a wish; the kernel may decline
    }
  }
  if (!pointer) {
    errno = ENOMEM;
    failSystem("cannot allocate %lld bytes", (long long)bytes);
  }
  room = size;
  total += room;
}

void Buffer::release() {
  if (mapping)
    munmap(mapping, mapped);
  else
    free(pointer);
  total -= room;
  pointer = nullptr;
  mapping = nullptr;
  room = 0;
}

void Buffer::swap(Buffer &other) {
  std::swap(pointer, other.pointer);
  std::swap(room, other.room);
  std::swap(mapping, other.mapping);
  std::swap(mapped, other.mapped);
}

/// The number in a file that holds one number (or `max`); -1 if there is none.
static int64_t numberIn(const char *path) {
  long long value = -1;
  if (FILE *file = fopen(path, "re")) {
    if (fscanf(file, "%lld", &value) != 1)
      value = -1;
    fclose(file);
  }
  return value;
}

int64_t availableMemory() {
  int64_t result = INT64_MAX;
  if (FILE *file = fopen("/proc/meminfo", "re")) {
    char line[128];
    long long kilobytes;
    while (fgets(line, sizeof line, file))
      if (sscanf(line, "MemAvailable: %lld kB", &kilobytes) == 1)
        result = kilobytes * 1024;
    fclose(file);
  }
  int64_t limit = numberIn("/sys/fs/cgroup/memory.max");
  int64_t used = numberIn("/sys/fs/cgroup/memory.current");
  if (limit >= 0 && used >= 0)
    result = std::min(result, std::max<int64_t>(limit - used, 0));
  return result;
}

} // namespace netrt
