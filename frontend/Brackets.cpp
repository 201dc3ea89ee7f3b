//===- Brackets.cpp - what is open at a place of a text -------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/Brackets.h"

using namespace net;

void Brackets::nest() {
  ++levels.back().pending;
  ++deep;
}

void Brackets::settle() {
  deep -= levels.back().pending;
  levels.back().pending = 0;
}

/// The head of a scan is a level of its own: the body that ends it is a part of an expression.
void Brackets::beginScan() {
  levels.push_back({header, 0, 0, 0});
  ++deep;
}

bool Brackets::inBlock() const {
  size_t i = levels.size() - 1;
  while (levels[i].open == header)
    --i;
  return levels[i].open == '{';
}

void Brackets::open(uint32_t place, bool afterOperand) {
  char c = text[place];
  // A bracket after an operand is a suffix, and suffixes nest to the left; a block is none.
  if (c == '{')
    settle();
  else if (afterOperand)
    nest();
  levels.push_back({c, place, indentOf(place), 0});
  ++deep;
}

/// Asked for ascending places, for a line may be megabytes long.
uint32_t Brackets::indentOf(uint32_t place) {
  for (; seen < place; ++seen)
    if (text[seen] == '\n')
      lineStart = seen + 1;
  uint32_t indent = lineStart;
  while (text[indent] == ' ' || text[indent] == '\t')
    ++indent;
  return indent - lineStart;
}

void Brackets::pop() {
  Level level = levels.back();
  deep -= 1 + level.pending;
  levels.pop_back();
  if (level.open != '{')
    return;
  if (levels.back().open == header)
    pop();
  else
    settle();
}

/// Scans that have not come to their bodies before a bracket closes.
void Brackets::dropHeaders() {
  while (levels.back().open == header)
    pop();
}

/// Puts the missing bracket of the innermost level before `place`. What the grammar finds wrong
/// between the two has been said.
void Brackets::insertAndPop(uint32_t place, Piece &piece) {
  dropHeaders();
  Level level = levels.back();
  piece.edits.push_back({place, place, closerOf(level.open), nullptr});
  piece.muted.push_back({file, level.open == '{' ? place : level.place, place + 1});
  pop();
}

void Brackets::excuse(uint32_t place) {
  indentOf(place);
  excused = {file, lineStart, place};
}

bool Brackets::isExcused(const Level &level) const {
  return excused.isValid() && level.place >= excused.begin && level.place < excused.end;
}

/// A block is not closed by `)`.
bool Brackets::isOpen(char closer) const {
  for (size_t i = levels.size(); i-- > 1;) {
    if (closerOf(levels[i].open) == closer)
      return true;
    if (levels[i].open == '{')
      return false;
  }
  return false;
}

void Brackets::close(uint32_t place, Piece &piece) {
  char c = text[place];
  dropHeaders();
  bool wrongKind = inBrackets() && !inBlock() && c != '}' && !isOpen(c);
  if (!isOpen(c) && !wrongKind) {
    diagnostics.error(at(place), "N0103", quoted(c) + " closes nothing");
    piece.edits.push_back({place, place + 1, 0, nullptr});
    return;
  }
  if (closerOf(levels.back().open) != c && !isExcused(levels.back())) {
    char open = levels.back().open;
    diagnostics
        .error(at(place), "N0103", "expected " + quoted(closerOf(open)) + ", found " + quoted(c))
        .note(at(levels.back().place), "this " + quoted(open) + " is open");
  }
  if (wrongKind) {
    piece.edits.push_back({place, place + 1, 0, nullptr});
    return insertAndPop(place + 1, piece);
  }
  for (; closerOf(levels.back().open) != c; dropHeaders())
    insertAndPop(place, piece);
  // A block that ends further left than it began took the brace of the block around it.
  if (c == '}' && !suspect && indentOf(place) < levels.back().indent)
    suspect = levels.back().place;
  pop();
}

void Brackets::closeBefore(uint32_t place, llvm::StringRef keyword, Piece &piece) {
  dropHeaders();
  size_t outer = levels.size() - 1;
  for (size_t i = outer; i > 0 && levels[i].open != '{'; --i)
    if (levels[i].open != header)
      outer = i;
  Level level = levels[outer];
  if (!isExcused(level))
    diagnostics
        .error(at(level.place), "N0103",
               quoted(level.open) + " is not closed before the next statement")
        .note({file, place, static_cast<uint32_t>(place + keyword.size())},
              "`" + keyword.str() + "` begins a statement");
  while (levels.size() > outer)
    insertAndPop(place, piece);
}

void Brackets::closeAll(uint32_t end, uint32_t next, Piece &piece) {
  dropHeaders();
  if (inBrackets() && !isExcused(levels.back())) {
    uint32_t place = suspect && inBlock() ? *suspect : levels.back().place;
    auto &d = diagnostics.error(at(place), "N0103", quoted(text[place]) + " is never closed");
    if (next < text.size())
      d.note({file, next, next}, "a declaration begins here");
  }
  for (; inBrackets(); dropHeaders())
    insertAndPop(end, piece);
  // What is left of prefixes, and of a scan without a body.
  deep = 0;
  levels.assign(1, Level());
  suspect.reset();
}
