//===- Scanner.h - a text cut into declarations, within limits --*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What runs before the grammar does, in one pass without recursion: it checks the
// limits and the brackets, finds where declarations begin, takes the documentation
// before them, and reads `rows` of literals, of which a parse tree would take
// hundreds of bytes a number.
//
//===----------------------------------------------------------------------===//
#ifndef NETC_FRONTEND_SCANNER_H
#define NETC_FRONTEND_SCANNER_H

#include "frontend/Ast.h"
#include "frontend/Diagnostics.h"

namespace net {

/// For the grammar [begin, end) is replaced by one character, or by nothing.
struct Edit {
  uint32_t begin = 0, end = 0;
  char insert = 0;
  std::unique_ptr<ast::Rows> rows; ///< the inside of the braces of `rows { .. }`, already read
};

/// One declaration, from its keyword to before the next one's documentation.
struct Piece {
  uint32_t begin = 0, end = 0;
  std::string doc;
  std::vector<Edit> edits;        ///< ascending
  std::vector<SourceRange> muted; ///< where mistakes have been reported
};

/// Cuts a text. Nothing of it is to be parsed if `withinLimits` is false.
struct Pieces {
  std::vector<Piece> list;
  bool withinLimits = true;
};

Pieces scanText(const SourceManager &sources, FileId file, Diagnostics &diagnostics);

/// Reads the inside of `rows { .. }` from `begin`, just after the brace. On success `end` is the
/// place of the closing brace. Null if there is anything but literals; then the grammar reads it.
std::unique_ptr<ast::Rows> scanRows(std::string_view text, FileId file, uint32_t begin,
                                    uint32_t &end, size_t cellLimit);

/// Decodes the escapes of a string literal without its quotes. On failure false, and `bad` is the
/// position of the wrong backslash.
bool unescape(std::string_view text, std::string &out, size_t &bad);

} // namespace net
#endif // NETC_FRONTEND_SCANNER_H
