//===- SafeFile.h - files that are old or new, never in between --*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef NETC_RUNTIME_SAFEFILE_H
#define NETC_RUNTIME_SAFEFILE_H

#include <cstdint>
#include <string>
#include <vector>

namespace netrt {

/// The path of the file that a symbolic link leads to, whether it exists or not; else the path.
std::string followLinks(std::string path);
/// Whether both exist and are one file.
bool isSameFile(const std::string &a, const std::string &b);

/// An Error if the file could not be replaced now, for who will want to in hours.
void checkWritable(const std::string &path);

/// Replaces a file so that a kill or a failure at any instant leaves either the old one or the new
/// one under its name. Writes beside it (`NAME.tmp`), syncs, keeps the old one as `NAME.1`,
/// renames, syncs the directory. A link to a file stays one. Whatever fails throws an Error
/// (system) and leaves the old file.
class SafeFile {
public:
  explicit SafeFile(std::string path);
  /// Without commit: the temporary file is removed.
  ~SafeFile();
  SafeFile(const SafeFile &) = delete;
  SafeFile &operator=(const SafeFile &) = delete;

  void write(const void *bytes, int64_t size);
  /// `backup`: where the previous file stays.
  void commit(const std::string &backup);

private:
  void keepPrevious(const std::string &backup);
  void syncDirectory();
  [[noreturn]] void fail(const char *what);

  std::string path, temporary;
  int descriptor = -1;
};

/// For tests: called before each system call of a save with its name; a result other than 0 is the
/// errno that the call fails with. Null in production.
extern int (*failSystemCall)(const char *name);

} // namespace netrt
#endif // NETC_RUNTIME_SAFEFILE_H
