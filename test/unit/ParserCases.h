//===- ParserCases.h - texts for tests of the parser ------------*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef NETC_TEST_PARSERCASES_H
#define NETC_TEST_PARSERCASES_H

#include "frontend/AstPrinter.h"
#include "frontend/Parser.h"
#include "llvm/Support/raw_ostream.h"

#include <filesystem>
#include <string>
#include <vector>

namespace net {

/// A text, its tree and its messages.
struct Parsed {
  explicit Parsed(const std::string &text) : diagnostics(sources) {
    file = parseFile(sources, sources.add("t.net", text), diagnostics);
  }

  /// What is printed for the user.
  std::string messages() const {
    std::string out;
    llvm::raw_string_ostream os(out);
    diagnostics.print(os);
    return out;
  }

  SourceManager sources;
  Diagnostics diagnostics;
  std::unique_ptr<ast::File> file;
};

/// Texts without mistakes: examples, the library, and one with every form of the grammar.
inline std::vector<std::string> correctFiles() {
  std::vector<std::string> files;
  for (const char *folder : {"/examples", "/std", "/test/frontend/inputs"})
    for (const auto &entry :
         std::filesystem::recursive_directory_iterator(NETC_SOURCE_DIR + std::string(folder)))
      if (entry.path().extension() == ".net")
        files.push_back(entry.path());
  return files;
}

inline std::string contents(const std::string &path) {
  SourceManager sources;
  std::string error;
  FileId file = sources.load(path, error);
  return file ? sources.text(file) : std::string();
}

} // namespace net
#endif // NETC_TEST_PARSERCASES_H
