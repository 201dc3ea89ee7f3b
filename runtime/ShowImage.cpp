//===- ShowImage.cpp - arrays as PNG pictures -----------------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "runtime/Error.h"
#include "runtime/Show.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <zlib.h>

namespace netrt {

/// As many pictures are shown at most.
static constexpr int64_t maxImages = 1024;

namespace {

/// Bytes of a picture, `channels` (1 or 3) to a pixel.
struct Picture {
  int64_t width = 0, height = 0, channels = 1;
  std::vector<uint8_t> pixels;
};

void addBig(std::string &text, uint32_t value) {
  for (int shift = 24; shift >= 0; shift -= 8)
    text += static_cast<char>(value >> shift);
}

void addChunk(std::string &text, const std::string &type, const std::string &data) {
  addBig(text, static_cast<uint32_t>(data.size()));
  std::string body = type + data;
  text += body;
  addBig(text, static_cast<uint32_t>(
                   crc32_z(0, reinterpret_cast<const Bytef *>(body.data()), body.size())));
}

std::string encode(const Picture &picture) {
  std::string header, rows, text("\x89PNG\r\n\x1a\n", 8);
  addBig(header, static_cast<uint32_t>(picture.width));
  addBig(header, static_cast<uint32_t>(picture.height));
  header += std::string({8, static_cast<char>(picture.channels == 3 ? 2 : 0), 0, 0, 0});
  int64_t stride = picture.width * picture.channels;
  for (int64_t y = 0; y < picture.height; ++y) {
    rows += '\0'; // no filter
    rows.append(reinterpret_cast<const char *>(&picture.pixels[y * stride]), stride);
  }
  uLongf size = compressBound(rows.size());
  std::string packed(size, '\0');
  if (compress(reinterpret_cast<Bytef *>(packed.data()), &size,
               reinterpret_cast<const Bytef *>(rows.data()), rows.size()) != Z_OK)
    failInternal("zlib cannot compress a picture");
  packed.resize(size);
  addChunk(text, "IHDR", header);
  addChunk(text, "IDAT", packed);
  addChunk(text, "IEND", "");
  return text;
}

/// Grey levels: bytes as they are; fractions of white; anything else from its least to its
/// greatest.
class Levels {
public:
  explicit Levels(const ShownArray &array) {
    if (array.dtype == Dtype::U8)
      return;
    int64_t count = rowsOf(array) * rowElements(array);
    double low = 0, high = 1;
    for (int64_t i = 0; i < count; ++i) {
      double value = elementOf(array, i);
      if (std::isfinite(value)) {
        low = std::min(low, value);
        high = std::max(high, value);
      }
    }
    start = low;
    scale = 255 / (high - low);
  }
  uint8_t operator()(double value) const {
    double level = (value - start) * scale;
    return static_cast<uint8_t>(std::isnan(level) ? 0 : std::clamp(level, 0.0, 255.0) + 0.5);
  }

private:
  double start = 0, scale = 1;
};

} // namespace

std::string pngOf(const ShownArray &array) {
  std::vector<int64_t> shape = array.shape;
  if (shape.size() == 2)
    shape.insert(shape.begin(), 1);
  if (shape.size() == 3)
    shape.push_back(1);
  if (shape.size() != 4 || (shape[3] != 1 && shape[3] != 3) || shape[0] < 1 || shape[1] < 1 ||
      shape[2] < 1 || shape[1] > 8192 || shape[2] > 8192)
    failData("images shows [N, H, W] or [N, H, W, 1 or 3], not %s",
             describe(array.dtype, array.shape).c_str());
  int64_t count = std::min(shape[0], maxImages), height = shape[1], width = shape[2];
  int64_t zoom = std::max<int64_t>(1, 64 / std::max(height, width));
  auto columns = static_cast<int64_t>(std::ceil(std::sqrt(static_cast<double>(count))));
  Picture picture;
  picture.channels = shape[3];
  picture.width = columns * width * zoom;
  picture.height = (count + columns - 1) / columns * height * zoom;
  if (picture.width * picture.height > int64_t(1) << 28)
    failData("images would make a picture of %lld x %lld pixels", (long long)picture.width,
             (long long)picture.height);
  picture.pixels.resize(picture.width * picture.height * picture.channels);
  Levels level(array);
  for (int64_t y = 0; y < picture.height; ++y)
    for (int64_t x = 0; x < picture.width; ++x) {
      int64_t row = y / zoom, column = x / zoom;
      int64_t image = row / height * columns + column / width;
      for (int64_t c = 0; image < count && c < picture.channels; ++c) {
        int64_t element =
            ((image * height + row % height) * width + column % width) * picture.channels + c;
        picture.pixels[(y * picture.width + x) * picture.channels + c] =
            level(elementOf(array, element));
      }
    }
  return encode(picture);
}

} // namespace netrt
