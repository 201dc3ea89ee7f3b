//===- SafeFile.cpp - atomic replacement of files -------------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "runtime/SafeFile.h"

#include "runtime/Error.h"

#include <algorithm>
#include <cerrno>
#include <climits>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace netrt {

int (*failSystemCall)(const char *name) = nullptr;

/// Whether a test wants this call to fail; errno is then set.
static bool injected(const char *name) {
  int code = failSystemCall ? failSystemCall(name) : 0;
  errno = code ? code : errno;
  return code != 0;
}

std::string followLinks(std::string path) {
  char target[PATH_MAX];
  for (int links = 0; links < 40; ++links) { // Linux follows as many
    ssize_t size = readlink(path.c_str(), target, sizeof target);
    if (size <= 0 || size == sizeof target)
      break;
    std::string next(target, size);
    path = next[0] == '/' ? next : path.substr(0, path.rfind('/') + 1) + next;
  }
  return path;
}

bool isSameFile(const std::string &a, const std::string &b) {
  struct stat first, second;
  return stat(a.c_str(), &first) == 0 && stat(b.c_str(), &second) == 0 &&
         first.st_dev == second.st_dev && first.st_ino == second.st_ino;
}

static void checkRegular(const std::string &path) {
  struct stat status;
  if (stat(path.c_str(), &status) == 0 && !S_ISREG(status.st_mode))
    failUsage("%s is no regular file, and is not replaced by one", path.c_str());
}

void checkWritable(const std::string &path) {
  checkRegular(path);
  std::string file = followLinks(path);
  size_t slash = file.rfind('/');
  std::string directory = slash == std::string::npos ? "." : file.substr(0, slash + 1);
  if (access(directory.c_str(), W_OK | X_OK) != 0)
    failSystem("cannot create %s", file.c_str());
}

SafeFile::SafeFile(std::string newPath) : path(std::move(newPath)) {
  checkRegular(path);
  path = followLinks(path);
  temporary = path + ".tmp";
  if (!injected("open"))
    descriptor = open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (descriptor < 0)
    fail("create");
}

SafeFile::~SafeFile() {
  if (descriptor >= 0)
    close(descriptor);
  if (!temporary.empty())
    unlink(temporary.c_str());
}

void SafeFile::fail(const char *what) {
  int code = errno;
  std::string name = temporary.empty() ? path : temporary;
  errno = code;
  failSystem("cannot %s %s", what, name.c_str());
}

void SafeFile::write(const void *bytes, int64_t size) {
  auto *at = static_cast<const char *>(bytes);
  while (size > 0) {
    // Linux writes at most 2 GiB at a time.
    ssize_t written =
        injected("write") ? -1 : ::write(descriptor, at, std::min<int64_t>(size, 1 << 30));
    if (written < 0 && errno == EINTR)
      continue;
    if (written <= 0)
      fail("write");
    at += written;
    size -= written;
  }
}

/// Both names exist at every instant: the backup is a second link, put in place by a rename.
void SafeFile::keepPrevious(const std::string &backup) {
  std::string link = backup + ".tmp";
  unlink(link.c_str());
  if (injected("link") || ::link(path.c_str(), link.c_str()) != 0) {
    if (errno == ENOENT) // the first save
      return;
    // A file system without links. A kill right here leaves only the backup, which loading finds.
    if (errno != EPERM && errno != EOPNOTSUPP && errno != EMLINK && errno != ENOSYS)
      fail("keep the previous file beside");
    if (rename(path.c_str(), backup.c_str()) != 0)
      fail("rename the previous file of");
    return;
  }
  bool renamed = !injected("rename") && rename(link.c_str(), backup.c_str()) == 0;
  int code = errno;
  unlink(link.c_str()); // stays behind if both were links to one file already
  errno = code;
  if (!renamed)
    fail("rename the previous file of");
}

void SafeFile::syncDirectory() {
  size_t slash = path.rfind('/');
  std::string directory = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  int handle = injected("open") ? -1 : open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (handle < 0)
    fail("open the directory of");
  bool synced = !injected("fsync") && (fsync(handle) == 0 || errno == EINVAL || errno == EROFS);
  int code = errno;
  close(handle);
  errno = code;
  if (!synced)
    fail("sync the directory of");
}

void SafeFile::commit(const std::string &backup) {
  if (injected("fsync") || fsync(descriptor) != 0)
    fail("sync");
  int closed = injected("close") ? -1 : close(descriptor);
  if (closed == 0)
    descriptor = -1;
  if (closed != 0)
    fail("close");
  if (!backup.empty())
    keepPrevious(backup);
  if (injected("rename") || rename(temporary.c_str(), path.c_str()) != 0)
    fail("rename");
  temporary.clear();
  syncDirectory();
}

} // namespace netrt
