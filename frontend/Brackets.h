//===- Brackets.h - what is open at a place of a text -----------*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Follows brackets and operators without recursion: how deep the tree will be, and
// where brackets do not match. Each mistake is repaired, so that the grammar finds
// the other mistakes of the declaration, and not this one a second time.
//
//===----------------------------------------------------------------------===//
#ifndef NETC_FRONTEND_BRACKETS_H
#define NETC_FRONTEND_BRACKETS_H

#include "frontend/Scanner.h"

namespace net {

class Brackets {
public:
  Brackets(const std::string &text, FileId file, Diagnostics &diagnostics)
      : text(text), file(file), diagnostics(diagnostics), levels(1) {}

  /// Of the tree, counted generously.
  size_t depth() const { return deep; }
  bool inBrackets() const { return levels.size() > 1; }
  /// Directly within a block, or outside of all brackets, rather than within `(` or `[`.
  bool inBlock() const;

  /// One more prefix operator, `**`, or suffix of the operand being read.
  void nest();
  /// The operand being read ends.
  void settle();
  void beginScan();
  void open(uint32_t place, bool afterOperand);
  void close(uint32_t place, Piece &piece);
  /// A statement begins within `(` or `[`.
  void closeBefore(uint32_t place, llvm::StringRef keyword, Piece &piece);
  /// The text of a declaration ends at `end`; the next one begins at `next`.
  void closeAll(uint32_t end, uint32_t next, Piece &piece);
  /// A string that was not closed may have swallowed brackets of its line: those are not reported.
  void excuse(uint32_t place);

private:
  /// A bracket that is open, and what is open directly within it.
  struct Level {
    char open = 0; ///< `header` from `scan` to the end of its body
    uint32_t place = 0;
    uint32_t indent = 0;  ///< of the line of the bracket
    uint32_t pending = 0; ///< prefix operators, `**` and suffixes of the operand being read
  };
  static constexpr char header = 's';

  static char closerOf(char open) {
    return open == '(' ? ')' : open == '[' ? ']' : open == '{' ? '}' : 0;
  }
  static std::string quoted(char c) { return std::string("`") + c + "`"; }
  SourceRange at(uint32_t place) const { return {file, place, place + 1}; }
  uint32_t indentOf(uint32_t place);
  bool isExcused(const Level &level) const;
  bool isOpen(char closer) const;
  void insertAndPop(uint32_t place, Piece &piece);
  void dropHeaders();
  void pop();

  const std::string &text;
  const FileId file;
  Diagnostics &diagnostics;
  std::vector<Level> levels;
  size_t deep = 0;
  std::optional<uint32_t> suspect;  ///< a brace whose partner is probably missing
  SourceRange excused;              ///< of a line, to the string that was not closed
  uint32_t lineStart = 0, seen = 0; ///< of the line of the last place that `indentOf` was asked for
};

} // namespace net
#endif // NETC_FRONTEND_BRACKETS_H
