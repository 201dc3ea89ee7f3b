//===- FindFile.h - where data files are looked up --------------*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef NETC_RUNTIME_FINDFILE_H
#define NETC_RUNTIME_FINDFILE_H

#include <string>
#include <vector>

namespace netrt {

/// Directories searched before the working directory and the distribution's own, in order:
/// `--data DIR`, then the executable's.
using SearchPath = std::vector<std::string>;

/// The file's path. Throws an Error (data) that names the package to install where one is known.
std::string findDataFile(const std::string &name, const SearchPath &search);

/// The directory of the running executable, or "" if the system does not say.
std::string executableDirectory();

} // namespace netrt
#endif // NETC_RUNTIME_FINDFILE_H
