//===- ReadNpz.cpp - NumPy's archives: npy files in a zip -----------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Only the central directory is believed, after checking it: sizes against the
// archive's, ratios against what deflate can do, members against each other
// (PKWARE's APPNOTE 4.3; the bombs are those of Fifield, "A better zip bomb").
//
//===----------------------------------------------------------------------===//
#include "runtime/Error.h"
#include "runtime/Readers.h"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <zlib.h>

namespace netrt {

namespace {

struct Member {
  std::string name;
  int method = 0;
  uint32_t crc = 0;
  int64_t packed = 0, size = 0, header = 0; ///< header: offset of the local header
};

uint64_t little(const uint8_t *bytes, int count) {
  uint64_t value = 0;
  for (int i = count - 1; i >= 0; --i)
    value = value << 8 | bytes[i];
  return value;
}

/// An open archive with its directory checked.
class Archive {
public:
  explicit Archive(const std::string &path) : path(path), file(fopen(path.c_str(), "rbe")) {
    if (!file)
      failSystem("cannot open %s", path.c_str());
    fseeko(file, 0, SEEK_END);
    size = ftello(file);
    readDirectory();
    checkLayout();
  }
  ~Archive() {
    if (file)
      fclose(file);
  }
  Archive(const Archive &) = delete;

  const std::vector<Member> &getMembers() const { return members; }
  const std::string &getPath() const { return path; }

  void read(int64_t offset, void *target, size_t bytes) {
    if (offset < 0 || offset > size || static_cast<int64_t>(bytes) > size - offset)
      fail("it refers beyond its end");
    if (fseeko(file, offset, SEEK_SET) != 0 || fread(target, 1, bytes, file) != bytes)
      failSystem("cannot read %s", path.c_str());
  }
  [[noreturn]] void fail(const char *why) { failData("%s is a broken npz: %s", path.c_str(), why); }

  /// Offset of a member's first byte of data.
  int64_t dataOffset(const Member &member) {
    uint8_t local[30];
    read(member.header, local, sizeof local);
    if (little(local, 4) != 0x04034b50)
      fail("a member has no local header");
    return member.header + 30 + little(local + 26, 2) + little(local + 28, 2);
  }

private:
  void readDirectory() {
    // The end record is 22 bytes and a comment, which NumPy leaves empty.
    uint8_t end[22];
    if (size < 22)
      fail("it is too short");
    read(size - 22, end, sizeof end);
    if (little(end, 4) != 0x06054b50)
      fail("its end record is missing (truncated?)");
    uint64_t count = little(end + 10, 2), bytes = little(end + 12, 4);
    directory = little(end + 16, 4);
    if (count == 0xffff || directory == 0xffffffff)
      fail("64-bit archives are not read");
    if (directory + static_cast<int64_t>(bytes) > size - 22)
      fail("its directory lies beyond its end");
    std::vector<uint8_t> text(bytes);
    read(directory, text.data(), bytes);
    size_t at = 0;
    for (uint64_t i = 0; i < count; ++i) {
      if (at + 46 > bytes || little(&text[at], 4) != 0x02014b50)
        fail("its directory is damaged");
      at = readMember(text, at);
    }
  }
  size_t readMember(const std::vector<uint8_t> &text, size_t at) {
    const uint8_t *entry = &text[at];
    Member member;
    if (little(entry + 8, 2) & 1)
      fail("a member is encrypted");
    member.method = static_cast<int>(little(entry + 10, 2));
    member.crc = static_cast<uint32_t>(little(entry + 16, 4));
    member.packed = little(entry + 20, 4);
    member.size = little(entry + 24, 4);
    member.header = little(entry + 42, 4);
    size_t nameSize = little(entry + 28, 2);
    size_t next = at + 46 + nameSize + little(entry + 30, 2) + little(entry + 32, 2);
    if (next > text.size() || member.packed == 0xffffffff || member.size == 0xffffffff)
      fail("a member's sizes are damaged");
    member.name.assign(reinterpret_cast<const char *>(entry + 46), nameSize);
    members.push_back(std::move(member));
    return next;
  }
  void checkLayout() {
    std::sort(members.begin(), members.end(),
              [](const Member &a, const Member &b) { return a.header < b.header; });
    int64_t free = 0;
    for (const Member &member : members) {
      int64_t start = dataOffset(member);
      if (member.header < free || start + member.packed > directory)
        fail("its members overlap");
      free = start + member.packed;
      if (member.method != 0 && member.method != 8)
        fail("a member is neither stored nor deflated");
      if (member.method == 0 ? member.size != member.packed : member.size > member.packed * 1032)
        fail("a member declares an impossible size");
    }
  }

  std::string path;
  FILE *file;
  int64_t size = 0, directory = 0;
  std::vector<Member> members;
};

/// A member, inflated while it is read; its checksum is compared at the end.
class MemberSource : public ByteSource {
public:
  MemberSource(Archive &archive, const Member &member)
      : ByteSource(archive.getPath() + ":" + member.name), archive(archive), member(member),
        offset(archive.dataOffset(member)), left(member.packed) {
    if (inflateInit2(&stream, -MAX_WBITS) != Z_OK)
      failInternal("zlib cannot start");
  }
  ~MemberSource() override { inflateEnd(&stream); }
  int64_t bound() const override { return member.size; }

  size_t read(void *target, size_t wanted) override {
    wanted = std::min<size_t>(wanted, member.size - done);
    size_t got = member.method == 0 ? readStored(target, wanted) : readDeflated(target, wanted);
    for (size_t at = 0; at < got; at += 1 << 30)
      crc = crc32(crc, static_cast<uint8_t *>(target) + at,
                  static_cast<unsigned>(std::min<size_t>(got - at, 1 << 30)));
    done += got;
    if (done == member.size && crc != member.crc)
      failData("%s is corrupt: its checksum differs", getName().c_str());
    return got;
  }

private:
  size_t readStored(void *target, size_t wanted) {
    archive.read(offset, target, wanted);
    offset += wanted;
    return wanted;
  }
  size_t readDeflated(void *target, size_t wanted) {
    size_t got = 0;
    while (got < wanted) {
      if (stream.avail_in == 0 && left > 0) {
        size_t chunk = std::min<int64_t>(left, sizeof input);
        archive.read(offset, input, chunk);
        offset += chunk;
        left -= chunk;
        stream.next_in = input;
        stream.avail_in = static_cast<unsigned>(chunk);
      }
      auto room = static_cast<unsigned>(std::min<size_t>(wanted - got, 1 << 30));
      stream.next_out = static_cast<uint8_t *>(target) + got;
      stream.avail_out = room;
      int code = inflate(&stream, Z_NO_FLUSH);
      got += room - stream.avail_out;
      if (code != Z_OK && code != Z_STREAM_END)
        failData("%s is corrupt: its compressed data is damaged", getName().c_str());
      if (code == Z_STREAM_END && got < wanted)
        failData("%s is corrupt: it is shorter than declared", getName().c_str());
    }
    return got;
  }

  Archive &archive;
  const Member &member;
  z_stream stream{};
  int64_t offset, left, done = 0;
  uint32_t crc = 0;
  uint8_t input[1 << 15];
};

const Member &findMember(Archive &archive, const std::string &name) {
  std::string known;
  for (const Member &member : archive.getMembers()) {
    if (name.empty() ? archive.getMembers().size() == 1 : member.name == name + ".npy")
      return member;
    known += (known.empty() ? "" : ", ") + member.name.substr(0, member.name.rfind(".npy"));
  }
  failData("%s has no array `%s`; it holds: %s", archive.getPath().c_str(), name.c_str(),
           known.c_str());
}

FileArray readMember(Archive &archive, const std::string &name) {
  auto source = std::make_unique<MemberSource>(archive, findMember(archive, name));
  return readNpy(*source);
}

} // namespace

FileArray readNpz(const std::string &path, const std::string &name) {
  Archive archive(path);
  return readMember(archive, name);
}

RawTable readNpzFile(const ReadRequest &request) {
  if (request.paths.size() != 1)
    failData("npz reads one file, %zu are given", request.paths.size());
  Archive archive(request.paths[0]);
  std::vector<FileArray> arrays;
  std::vector<std::string> names;
  for (const ColumnDecl &column : request.data.columns) {
    arrays.push_back(readMember(archive, column.name));
    names.push_back(request.paths[0] + ":" + column.name);
  }
  return tableOf(request.data, std::move(arrays), names);
}

} // namespace netrt
