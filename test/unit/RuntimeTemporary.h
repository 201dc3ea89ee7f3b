//===- RuntimeTemporary.h - a directory for one test ------------*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef NETC_TEST_UNIT_RUNTIMETEMPORARY_H
#define NETC_TEST_UNIT_RUNTIMETEMPORARY_H

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace netrt_test {

/// Exists as long as the object.
class Directory {
public:
  Directory() {
    char name[] = "/tmp/netrt-test-XXXXXX";
    path = mkdtemp(name);
  }
  ~Directory() { std::filesystem::remove_all(path); }
  std::string operator/(const std::string &name) const { return path + "/" + name; }
  const std::string &str() const { return path; }

  std::string write(const std::string &name, const std::string &bytes) const {
    std::ofstream(*this / name, std::ios::binary) << bytes;
    return *this / name;
  }
  std::string read(const std::string &name) const {
    std::ostringstream text;
    text << std::ifstream(*this / name, std::ios::binary).rdbuf();
    return text.str();
  }

private:
  std::string path;
};

} // namespace netrt_test
#endif // NETC_TEST_UNIT_RUNTIMETEMPORARY_H
