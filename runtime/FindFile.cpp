//===- FindFile.cpp - look-up of data files, and their packages -----------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "runtime/FindFile.h"

#include "runtime/Error.h"

#include <climits>
#include <fnmatch.h>
#include <sys/stat.h>
#include <unistd.h>

namespace netrt {

namespace {

/// Where Debian's packages put data sets.
struct Package {
  const char *pattern, *name, *directory;
};

const Package packages[] = {
    {"train-*-idx?-ubyte.gz", "dataset-fashion-mnist", "/usr/share/datasets/fashion-mnist"},
    {"t10k-*-idx?-ubyte.gz", "dataset-fashion-mnist", "/usr/share/datasets/fashion-mnist"},
    {"iris.csv", "python3-sklearn", "/usr/lib/python3/dist-packages/sklearn/datasets/data"},
    {"wine_data.csv", "python3-sklearn", "/usr/lib/python3/dist-packages/sklearn/datasets/data"},
    {"breast_cancer.csv", "python3-sklearn",
     "/usr/lib/python3/dist-packages/sklearn/datasets/data"},
    {"digits.csv.gz", "python3-sklearn", "/usr/lib/python3/dist-packages/sklearn/datasets/data"},
    {"diabetes_*.csv.gz", "python3-sklearn",
     "/usr/lib/python3/dist-packages/sklearn/datasets/data"},
    {"american-english", "wamerican", "/usr/share/dict"},
    {"GPL-?", "base-files", "/usr/share/common-licenses"},
};

bool exists(const std::string &path) {
  struct stat status;
  return stat(path.c_str(), &status) == 0 && !S_ISDIR(status.st_mode);
}

} // namespace

std::string findDataFile(const std::string &name, const SearchPath &search) {
  if (name.empty())
    failData("a data file has an empty name");
  std::string looked;
  if (name[0] == '/') {
    if (exists(name))
      return name;
    looked = "/";
  } else {
    for (const std::string &directory : search) {
      if (directory.empty())
        continue;
      if (std::string path = directory + "/" + name; exists(path))
        return path;
      looked += directory + ", ";
    }
    if (exists(name))
      return name;
    looked += "the working directory";
  }
  std::string help = "name its directory with --data DIR";
  for (const Package &package : packages) {
    if (fnmatch(package.pattern, name.c_str(), FNM_PATHNAME) != 0)
      continue;
    if (std::string path = std::string(package.directory) + "/" + name; exists(path))
      return path;
    help = format("apt install %s, or name its directory with --data DIR", package.name);
  }
  throw Error(ExitData, format("cannot find %s (looked in %s)", name.c_str(), looked.c_str()),
              help);
}

std::string executableDirectory() {
  char path[PATH_MAX];
  ssize_t size = readlink("/proc/self/exe", path, sizeof path);
  if (size <= 0 || size == sizeof path)
    return "";
  std::string text(path, size);
  return text.substr(0, text.rfind('/'));
}

} // namespace netrt
