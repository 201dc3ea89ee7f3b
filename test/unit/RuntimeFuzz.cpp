//===- RuntimeFuzz.cpp - files with random damage -------------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Every reader, on whole files in which a few random bytes were changed, put in
// or left out: an Error or a result, never anything else. NETRT_FUZZ sets the
// number of cases for each format (default 2,000).
//
//===----------------------------------------------------------------------===//
#include "runtime/Data.h"
#include "runtime/Error.h"
#include "runtime/Random.h"
#include "runtime/Safetensors.h"

#include <cstdlib>
#include <cstring>
#include <gtest/gtest.h>

using namespace netrt;

namespace {

/// A file in memory.
class TextSource : public ByteSource {
public:
  explicit TextSource(const std::string &text) : ByteSource("fuzz"), text(text) {}
  size_t read(void *target, size_t size) override {
    size = std::min(size, text.size() - at);
    memcpy(target, text.data() + at, size);
    at += size;
    return size;
  }
  int64_t bound() const override { return static_cast<int64_t>(text.size()); }

private:
  const std::string &text;
  size_t at = 0;
};

/// Case `number` of a damaged text.
std::string damaged(std::string text, uint64_t number) {
  Philox r = philox(foldKey(1, text), number);
  for (uint32_t i = 0; i <= r[0] % 3 && !text.empty(); ++i) {
    Philox q = philox(foldIn(number, i), 0);
    size_t at = q[0] % text.size();
    switch (q[1] % 5) {
    case 0:
      text[at] = static_cast<char>(q[2]);
      break;
    case 1:
      text[at] = static_cast<char>(text[at] ^ 1 << q[2] % 8);
      break;
    case 2:
      text.insert(at, 1, text[q[2] % text.size()]);
      break;
    case 3:
      text.erase(at, 1 + q[2] % 4);
      break;
    default:
      text.resize(at);
    }
  }
  return text;
}

int cases() {
  const char *text = getenv("NETRT_FUZZ");
  return text ? atoi(text) : 2000;
}

/// Runs `read` on damaged copies; how often it failed, which must be often but not always.
template <typename Read> void fuzz(const std::string &whole, Read read) {
  ASSERT_NO_THROW(read(whole));
  int failed = 0;
  for (int number = 0; number < cases(); ++number) {
    try {
      read(damaged(whole, number));
    } catch (const Error &error) {
      EXPECT_TRUE(error.getCode() == ExitData || error.getCode() == ExitSystem) << error.what();
      ++failed;
    }
  }
  EXPECT_GT(failed, cases() / 10);
}

} // namespace

TEST(RuntimeFuzz, Idx) {
  std::string whole("\0\0\x0d\2\0\0\0\2\0\0\0\3", 12);
  fuzz(whole + std::string(24, 'x'), [](const std::string &text) {
    TextSource source(text);
    readIdx(source);
  });
}

TEST(RuntimeFuzz, Npy) {
  std::string header = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }\n";
  std::string whole("\x93NUMPY\1\0", 8);
  whole += static_cast<char>(header.size());
  whole += '\0';
  fuzz(whole + header + std::string(24, 'x'), [](const std::string &text) {
    TextSource source(text);
    readNpy(source);
  });
}

TEST(RuntimeFuzz, Safetensors) {
  std::vector<TensorInfo> tensors(3);
  for (int i = 0; i < 3; ++i) {
    tensors[i].name = std::string("layer.") + char('a' + i);
    tensors[i].shape = {i + 1, 2};
  }
  std::string header = safetensorsHeaderText(tensors, {{"a", "b"}, {"c", "\n\""}});
  std::string whole;
  for (int i = 0; i < 8; ++i)
    whole += static_cast<char>(header.size() >> 8 * i);
  fuzz(whole + header + std::string(tensors[2].end, 'x'), [](const std::string &text) {
    TextSource source(text);
    readSafetensorsHeader(source, static_cast<int64_t>(text.size()));
  });
}

TEST(RuntimeFuzz, SizesAndPositions) {
  fuzz("(T - 3) floordiv 2 + 1*B", [](const std::string &text) {
    SizeNames names;
    try {
      Size size = Size::parse(text, names, true);
      std::vector<int64_t> values(names.size(), 5);
      size.evaluate(values.data());
    } catch (const Error &error) { // our own compiler's texts: an internal error
      failData("%s", error.what());
    }
  });
}
