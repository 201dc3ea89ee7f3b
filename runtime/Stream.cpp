//===- Stream.cpp - plain and gzip files ----------------------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "runtime/Stream.h"

#include "runtime/Error.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

namespace netrt {

void ByteSource::readAll(void *target, size_t size) {
  size_t got = read(target, size);
  if (got != size)
    failData("%s is truncated: %zu bytes wanted, %zu left", name.c_str(), size, got);
}

void ByteSource::expectEnd() {
  char extra;
  if (read(&extra, 1) != 0)
    failData("%s has more bytes than its header declares", name.c_str());
}

namespace {

/// zlib's reader: inflates gzip, passes other files through.
class GzipFile : public ByteSource {
public:
  explicit GzipFile(const std::string &path) : ByteSource(path) {
    int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0)
      failSystem("cannot open %s", path.c_str());
    struct stat status;
    if (fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode)) {
      close(descriptor);
      failData("%s is not a regular file", path.c_str());
    }
    size = status.st_size;
    file = gzdopen(descriptor, "rb");
    if (!file) {
      close(descriptor);
      errno = ENOMEM;
      failSystem("cannot read %s", path.c_str());
    }
    gzbuffer(file, 1 << 17);
  }
  ~GzipFile() override { gzclose(file); }

  size_t read(void *target, size_t wanted) override {
    size_t got = 0;
    while (got < wanted) {
      auto chunk = static_cast<unsigned>(std::min<size_t>(wanted - got, 1 << 30));
      int count = gzread(file, static_cast<char *>(target) + got, chunk);
      if (count < 0)
        check();
      got += std::max(count, 0);
      if (count < static_cast<int>(chunk)) {
        check();
        break;
      }
    }
    return got;
  }
  /// Deflate cannot do better than 1032 to 1.
  int64_t bound() const override { return gzdirect(file) ? size : size * 1032; }

private:
  void check() {
    int code = Z_OK;
    const char *text = gzerror(file, &code);
    if (code == Z_ERRNO)
      failSystem("cannot read %s", getName().c_str());
    if (code == Z_BUF_ERROR)
      failData("%s is truncated: its compressed data ends early", getName().c_str());
    if (code != Z_OK && code != Z_STREAM_END)
      failData("%s is corrupt: %s", getName().c_str(), withoutName(text));
  }

  /// zlib calls the file `<fd:3>: ` in front.
  static const char *withoutName(const char *text) {
    const char *colon = text[0] == '<' ? strstr(text, ">: ") : nullptr;
    return colon ? colon + 3 : text;
  }

  gzFile file = nullptr;
  int64_t size = 0;
};

} // namespace

std::unique_ptr<ByteSource> openFile(const std::string &path) {
  return std::make_unique<GzipFile>(path);
}

std::string readText(ByteSource &source, int64_t limit) {
  std::string text;
  for (size_t got = 0;;) {
    size_t step = std::clamp<size_t>(got, 1 << 16, 1 << 26);
    text.resize(got + step);
    size_t count = source.read(text.data() + got, step);
    got += count;
    if (static_cast<int64_t>(got) > limit)
      failData("%s is longer than %lld MiB", source.getName().c_str(), (long long)(limit >> 20));
    if (count < step) {
      text.resize(got);
      return text;
    }
  }
}

} // namespace netrt
