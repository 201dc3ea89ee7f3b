//===- RuntimeReaders.cpp - idx, npy and npz: whole and broken files ------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "runtime/Arrays.h"
#include "runtime/Error.h"
#include "runtime/Readers.h"
#include "test/unit/RuntimeTemporary.h"

#include <cstring>
#include <gtest/gtest.h>
#include <zlib.h>

using namespace netrt;
using netrt_test::Directory;

namespace {

std::string gzipped(const std::string &text) {
  std::string result(text.size() + 128, '\0');
  z_stream stream{};
  deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 9, Z_DEFAULT_STRATEGY);
  stream.next_in = reinterpret_cast<Bytef *>(const_cast<char *>(text.data()));
  stream.avail_in = text.size();
  stream.next_out = reinterpret_cast<Bytef *>(result.data());
  stream.avail_out = result.size();
  deflate(&stream, Z_FINISH);
  result.resize(stream.total_out);
  deflateEnd(&stream);
  return result;
}

std::string idx(int type, std::vector<uint32_t> sizes, const std::string &data) {
  std::string text = {0, 0, char(type), char(sizes.size())};
  for (uint32_t size : sizes)
    for (int shift = 24; shift >= 0; shift -= 8)
      text += char(size >> shift);
  return text + data;
}

std::string npy(const std::string &header, const std::string &data) {
  std::string text = "\x93NUMPY\x01";
  text += '\0';
  text += char(header.size() & 255);
  text += char(header.size() >> 8);
  return text + header + data;
}

std::string little(uint64_t value, int bytes) {
  std::string text;
  for (int i = 0; i < bytes; ++i)
    text += char(value >> 8 * i);
  return text;
}

struct ZipMember {
  std::string name, data;
  int method = 0;
  uint64_t size = 0; ///< declared
  uint32_t crc = 0;
};

std::string deflated(const std::string &text) {
  std::string gz = gzipped(text);
  return gz.substr(10, gz.size() - 18);
}

std::string zip(const std::vector<ZipMember> &members, int64_t shift = 0) {
  std::string text, directory;
  for (const ZipMember &m : members) {
    std::string common = little(m.method, 2) + little(0, 4) + little(m.crc, 4) +
                         little(m.data.size(), 4) + little(m.size, 4) + little(m.name.size(), 2);
    directory += "PK\x01\x02" + little(20, 2) + little(20, 2) + little(0, 2) + common +
                 little(0, 2) + little(0, 2) + little(0, 2) + little(0, 2) + little(0, 4) +
                 little(text.size() + (directory.empty() ? 0 : shift), 4) + m.name;
    text += "PK\x03\x04" + little(20, 2) + little(0, 2) + common + little(0, 2) + m.name + m.data;
  }
  return text + directory + "PK\x05\x06" + little(0, 4) + little(members.size(), 2) +
         little(members.size(), 2) + little(directory.size(), 4) + little(text.size(), 4) +
         little(0, 2);
}

ZipMember stored(const std::string &name, const std::string &data) {
  return {name, data, 0, data.size(),
          uint32_t(crc32(0, reinterpret_cast<const Bytef *>(data.data()), data.size()))};
}

ZipMember packed(const std::string &name, const std::string &data) {
  ZipMember member = stored(name, data);
  member.data = deflated(data);
  member.method = 8;
  return member;
}

/// The error's text, or "" if there is none.
template <typename Body> std::string errorOf(Body body) {
  try {
    body();
  } catch (const Error &error) {
    EXPECT_EQ(error.getCode(), ExitData) << error.what();
    return error.what();
  }
  return "";
}

std::string readIdxError(const std::string &bytes) {
  Directory directory;
  return errorOf([&] { readIdx(*openFile(directory.write("f", bytes))); });
}

std::string readNpyError(const std::string &bytes) {
  Directory directory;
  return errorOf([&] { readNpy(*openFile(directory.write("f", bytes))); });
}

std::string readNpzError(const std::string &bytes) {
  Directory directory;
  return errorOf([&] { readNpz(directory.write("f", bytes), "x"); });
}

bool has(const std::string &text, const char *part) { return text.find(part) != text.npos; }

const char goodHeader[] = "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }";
const std::string twoFloats = std::string("\0\0\x80\x3f\0\0\0\x40", 8);

} // namespace

TEST(RuntimeReaders, IdxPlainAndGzip) {
  Directory directory;
  std::string bytes = idx(8, {2, 3}, "abcdef");
  for (const std::string &content : {bytes, gzipped(bytes)}) {
    FileArray array = readIdx(*openFile(directory.write("f", content)));
    EXPECT_EQ(array.dtype, Dtype::U8);
    EXPECT_EQ(array.shape, (std::vector<int64_t>{2, 3}));
    EXPECT_EQ(memcmp(array.bytes.data(), "abcdef", 6), 0);
  }
}

TEST(RuntimeReaders, IdxIsBigEndian) {
  Directory directory;
  auto path = directory.write("f", idx(0x0C, {2}, std::string("\0\0\1\2\xff\xff\xff\xfe", 8)));
  FileArray array = readIdx(*openFile(path));
  int32_t values[2];
  memcpy(values, array.bytes.data(), 8);
  EXPECT_EQ(values[0], 258);
  EXPECT_EQ(values[1], -2);
}

TEST(RuntimeReaders, BrokenIdx) {
  EXPECT_TRUE(has(readIdxError(""), "truncated"));
  EXPECT_TRUE(has(readIdxError("\x89PNG...."), "no idx file"));
  EXPECT_TRUE(has(readIdxError(idx(7, {1}, "a")), "element type"));
  EXPECT_TRUE(has(readIdxError(idx(8, {}, "")), "rank 0"));
  EXPECT_TRUE(has(readIdxError(idx(8, {4}, "abc")), "truncated"));
  EXPECT_TRUE(has(readIdxError(idx(8, {2}, "abc")), "more bytes"));
  EXPECT_TRUE(has(readIdxError(idx(8, {~0u, ~0u, ~0u, ~0u}, "abc")), "too large"));
  EXPECT_TRUE(has(readIdxError(idx(8, {~0u, 100}, "abc")), "can hold at most"));
  std::string whole = gzipped(idx(8, {5000}, std::string(5000, 'x')));
  EXPECT_TRUE(has(readIdxError(whole.substr(0, whole.size() / 2)), "truncated"));
  EXPECT_TRUE(has(readIdxError(gzipped(idx(8, {5000}, "abc"))), "truncated"));
  EXPECT_TRUE(has(readIdxError(gzipped(idx(8, {500000000}, "abc"))), "can hold at most"));
  std::string damaged = whole;
  damaged[damaged.size() - 6] ^= 1;
  EXPECT_TRUE(has(readIdxError(damaged), "corrupt"));
}

TEST(RuntimeReaders, Npy) {
  Directory directory;
  FileArray array = readNpy(*openFile(directory.write("f", npy(goodHeader, twoFloats))));
  EXPECT_EQ(array.dtype, Dtype::F32);
  EXPECT_EQ(array.shape, (std::vector<int64_t>{2}));
  float values[2];
  memcpy(values, array.bytes.data(), 8);
  EXPECT_EQ(values[1], 2.0f);
}

TEST(RuntimeReaders, NpyWrittenIsNpyRead) {
  Directory directory;
  std::vector<std::vector<int64_t>> shapes = {{}, {3}, {2, 3}, {1, 1, 7}};
  for (const auto &shape : shapes) {
    int64_t count = checkedProduct(shape.data(), shape.size(), 1, "");
    std::vector<double> values(count, 1.25);
    NpyOutput output(directory / "f", Dtype::F64, shape);
    output.write(reinterpret_cast<uint8_t *>(values.data()), count);
    output.commit();
    EXPECT_EQ(directory.read("f").find('\n') % 64, 63u) << "data aligned as NumPy does";
    FileArray array = readNpy(*openFile(directory / "f"));
    EXPECT_EQ(array.shape, shape);
    EXPECT_EQ(memcmp(array.bytes.data(), values.data(), count * 8), 0);
  }
}

TEST(RuntimeReaders, BrokenNpy) {
  auto withHeader = [](const char *header) { return readNpyError(npy(header, twoFloats)); };
  EXPECT_TRUE(has(readNpyError("\x93NUMPX......"), "no npy file"));
  EXPECT_TRUE(has(readNpyError(std::string("\x93NUMPY\7\0\0\0", 10)), "version"));
  EXPECT_TRUE(has(withHeader("{'descr': '|O', 'fortran_order': False, 'shape': (2,), }"),
                  "Python objects"));
  EXPECT_TRUE(has(withHeader("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (2,), }"),
                  "records"));
  EXPECT_TRUE(
      has(withHeader("{'descr': '>f4', 'fortran_order': False, 'shape': (2,), }"), "big-endian"));
  EXPECT_TRUE(has(withHeader("{'descr': '<U4', 'fortran_order': False, 'shape': (2,), }"),
                  "does not know"));
  EXPECT_TRUE(
      has(withHeader("{'descr': '<f4', 'fortran_order': True, 'shape': (2,), }"), "column-major"));
  EXPECT_TRUE(
      has(withHeader("{'descr': '<f4', 'fortran_order': False, 'shape': (3,), }"), "truncated"));
  EXPECT_TRUE(
      has(withHeader("{'descr': '<f4', 'fortran_order': False, 'shape': (1,), }"), "more bytes"));
  for (const char *header :
       {"", "{", "{}", "{'descr': '<f4'}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (-2,)}",
        "{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (2,)}",
        "{'descr': '<f4', 'fortran_order': Fa, 'shape': (2,)}", "{'descr",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,)}"})
    EXPECT_TRUE(has(withHeader(header), "broken npy header")) << header;
  EXPECT_TRUE(has(withHeader("{'descr': '<f4', 'fortran_order': False, "
                             "'shape': (4611686018427387904, 4)}"),
                  "too large"));
  std::string huge = std::string("\x93NUMPY\2\0", 8) + little(1 << 30, 4);
  EXPECT_TRUE(has(readNpyError(huge), "at most 65536"));
}

TEST(RuntimeReaders, NpzStoredAndDeflated) {
  Directory directory;
  std::string x = npy(goodHeader, twoFloats);
  for (const auto &members : {std::vector{stored("y.npy", "?"), stored("x.npy", x)},
                              std::vector{packed("x.npy", x), stored("y.npy", "?")}}) {
    FileArray array = readNpz(directory.write("f", zip(members)), "x");
    EXPECT_EQ(array.shape, (std::vector<int64_t>{2}));
    EXPECT_EQ(memcmp(array.bytes.data(), twoFloats.data(), 8), 0);
  }
}

TEST(RuntimeReaders, BrokenNpz) {
  std::string x = npy(goodHeader, twoFloats);
  EXPECT_TRUE(has(readNpzError(""), "too short"));
  EXPECT_TRUE(has(readNpzError(std::string(100, 'a')), "end record"));
  EXPECT_TRUE(has(readNpzError(zip({stored("y.npy", x)})), "no array `x`"));
  ZipMember lying = stored("x.npy", x);
  lying.size += 5;
  EXPECT_TRUE(has(readNpzError(zip({lying})), "impossible size"));
  ZipMember bomb = packed("x.npy", x);
  bomb.size = 0xfffffffe;
  EXPECT_TRUE(has(readNpzError(zip({bomb})), "impossible size"));
  ZipMember wrong = packed("x.npy", x);
  wrong.crc ^= 1;
  EXPECT_TRUE(has(readNpzError(zip({wrong})), "checksum"));
  ZipMember damaged = packed("x.npy", x);
  damaged.data[0] = char(0xff);
  EXPECT_TRUE(has(readNpzError(zip({damaged})), "damaged"));
  ZipMember strange = stored("x.npy", x);
  strange.method = 12;
  EXPECT_TRUE(has(readNpzError(zip({strange})), "neither stored nor deflated"));
  std::string overlapping = zip({stored("x.npy", x), stored("z.npy", x)}, -int64_t(x.size()) - 35);
  EXPECT_TRUE(has(readNpzError(overlapping), "overlap"));
  std::string whole = zip({stored("x.npy", x)});
  for (size_t size = 0; size < whole.size(); ++size)
    EXPECT_NE(readNpzError(whole.substr(0, size)), "") << size;
}

TEST(RuntimeReaders, NoReaderOfThatName) {
  EXPECT_EQ(findReader("wav"), nullptr);
  EXPECT_EQ(findReader("images"), nullptr);
  EXPECT_NE(findReader("idx"), nullptr);
}
