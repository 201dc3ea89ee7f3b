//===- RuntimeShow.cpp - pictures, plots and tables -----------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "runtime/Error.h"
#include "runtime/Show.h"
#include "test/unit/RuntimeTemporary.h"

#include <cmath>
#include <cstring>
#include <gtest/gtest.h>
#include <zlib.h>

using namespace netrt;

namespace {

template <typename T>
ShownArray array(Dtype dtype, const std::vector<T> &values, std::vector<int64_t> shape,
                 const char *name = "") {
  return {name, dtype, std::move(shape), reinterpret_cast<const uint8_t *>(values.data())};
}

uint32_t big(const std::string &text, size_t at) {
  return uint32_t(uint8_t(text[at])) << 24 | uint8_t(text[at + 1]) << 16 |
         uint8_t(text[at + 2]) << 8 | uint8_t(text[at + 3]);
}

size_t count(const std::string &text, const char *part) {
  size_t found = 0;
  for (size_t at = text.find(part); at != text.npos; at = text.find(part, at + 1))
    ++found;
  return found;
}

} // namespace

TEST(RuntimeShow, PngOfBytes) {
  std::vector<uint8_t> pixels(3 * 64 * 64, 9);
  std::string png = pngOf(array(Dtype::U8, pixels, {3, 64, 64}));
  EXPECT_EQ(big(png, 16), 128u) << "two columns";
  EXPECT_EQ(big(png, 20), 128u) << "two rows";
  EXPECT_EQ(png[25], 0) << "grey";
  uLongf size = 129 * 128;
  std::string rows(size, '\0');
  ASSERT_EQ(uncompress(reinterpret_cast<Bytef *>(rows.data()), &size,
                       reinterpret_cast<const Bytef *>(&png[41]), big(png, 33)),
            Z_OK);
  EXPECT_EQ(size, 129u * 128);
  EXPECT_EQ(rows[1], 9);
  EXPECT_EQ(rows[127 * 129 + 128], 0) << "the fourth place is empty";
}

TEST(RuntimeShow, PngOfFractionsAndColours) {
  std::vector<float> pixels = {0, 0.5f, 1};
  std::string png = pngOf(array(Dtype::F32, pixels, {1, 1, 1, 3}));
  EXPECT_EQ(png[25], 2) << "colour";
  EXPECT_EQ(big(png, 16), 64u) << "small ones are enlarged";
  EXPECT_THROW(pngOf(array(Dtype::F32, pixels, {3})), Error);
  EXPECT_THROW(pngOf(array(Dtype::F32, pixels, {0, 1, 1, 3})), Error);
}

TEST(RuntimeShow, Csv) {
  std::vector<float> a = {1, 2.5f, -3, 4};
  std::vector<int32_t> b = {7, 8};
  EXPECT_EQ(csvOf({array(Dtype::F32, a, {2, 2}, "a"), array(Dtype::I32, b, {2})}),
            "a_1,a_2,c2\n1,2.5,7\n-3,4,8\n");
}

TEST(RuntimeShow, Plots) {
  std::vector<float> x = {0, 1, 2}, y = {1, NAN, 4};
  std::vector<uint8_t> label = {0, 1, 255};
  std::string curve = curveSvg({array(Dtype::F32, x, {3}), array(Dtype::F32, y, {3})});
  EXPECT_EQ(count(curve, "<polyline"), 1u);
  EXPECT_EQ(curve.find("nan"), std::string::npos);
  std::string scatter = scatterSvg(
      {array(Dtype::F32, x, {3}), array(Dtype::F32, y, {3}), array(Dtype::U8, label, {3})});
  EXPECT_EQ(count(scatter, "<circle"), 2u);
  EXPECT_THROW(curveSvg({array(Dtype::F32, x, {3}), array(Dtype::F32, y, {2})}), Error);
  EXPECT_THROW(scatterSvg({array(Dtype::F32, x, {3, 1})}), Error);
}

TEST(RuntimeShow, FilesArePlainOnes) {
  netrt_test::Directory directory;
  std::vector<uint8_t> text = {'h', 'i', 0};
  auto write = [&](const char *kind, const char *file) {
    return writeShown({kind, file, "Fit.show_1", "", "all"}, {array(Dtype::U8, text, {3})},
                      directory / "out");
  };
  EXPECT_EQ(write("text", "a.txt"), directory / "out/a.txt");
  EXPECT_EQ(directory.read("out/a.txt"), "hi\n");
  EXPECT_EQ(write("curve", ""), directory / "out/Fit.show_1.svg");
  EXPECT_EQ(directory.read("out/Fit.show_1.csv"), "c1\n104\n105\n0\n");
  for (const char *name : {"../a.txt", "/tmp/a.txt", ".txt", ".a.txt", "a.safetensors", "a/b.txt"})
    EXPECT_THROW(write("text", name), Error) << name;
}
