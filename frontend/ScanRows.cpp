//===- ScanRows.cpp - rows of literals ------------------------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/Scanner.h"

#include <charconv>

using namespace net;

namespace {
/// row: value ('->' value)?; value: literal | '(' value (',' value)* ')', and the same with `[`.
class RowReader {
public:
  RowReader(std::string_view text, uint32_t at, ast::Rows &rows, size_t cellLimit)
      : text(text), at(at), rows(rows), cellLimit(cellLimit) {}

  /// True if everything up to the closing brace was read.
  bool read() {
    blank();
    while (!isAt('}')) {
      if (!row())
        return false;
      if (!take(','))
        break;
    }
    return isAt('}');
  }

  uint32_t place() const { return at; }

private:
  void blank() {
    while (at < text.size()) {
      char c = text[at];
      if (c == '#')
        at = static_cast<uint32_t>(std::min(text.find('\n', at), text.size()));
      else if (c == ' ' || c == '\n' || c == '\t' || c == '\r')
        ++at;
      else
        break;
    }
  }

  bool isAt(char c) const { return at < text.size() && text[at] == c; }
  bool take(char c) {
    if (!isAt(c))
      return false;
    ++at;
    blank();
    return true;
  }

  bool row() {
    ast::Rows::Row row;
    row.begin = at;
    row.firstCell = static_cast<uint32_t>(rows.cells.size());
    if (!value())
      return false;
    row.beforeArrow = static_cast<uint32_t>(rows.cells.size()) - row.firstCell;
    if (text.substr(at, 2) == "->") {
      at += 2;
      blank();
      if (!value())
        return false;
    }
    row.cellCount = static_cast<uint32_t>(rows.cells.size()) - row.firstCell;
    row.end = lastEnd;
    rows.rows.push_back(row);
    return true;
  }

  /// Nested brackets are counted rather than followed by recursion.
  bool value() {
    std::string open;
    while (true) {
      while (isAt('(') || isAt('[')) {
        if (open.size() == 8)
          return false;
        open += text[at];
        take(text[at]);
      }
      if (!literal())
        return false;
      while (!open.empty() && isAt(open.back() == '(' ? ')' : ']')) {
        lastEnd = at + 1;
        take(text[at]);
        open.pop_back();
      }
      if (open.empty())
        return true;
      if (!take(','))
        return false;
    }
  }

  bool literal() {
    if (at >= text.size() || rows.cells.size() >= cellLimit)
      return false;
    ast::Rows::Cell cell;
    cell.begin = at;
    if (!(text[at] == '"' ? string(cell) : number(cell) || truth(cell)))
      return false;
    cell.end = lastEnd = at;
    rows.cells.push_back(cell);
    blank();
    return true;
  }

  bool string(ast::Rows::Cell &cell) {
    uint32_t end = at + 1;
    while (end < text.size() && text[end] != '"' && text[end] != '\n')
      end += text[end] == '\\' ? 2 : 1;
    std::string value;
    size_t bad = 0;
    if (end >= text.size() || text[end] != '"' ||
        !unescape(text.substr(at + 1, end - at - 1), value, bad))
      return false;
    cell.kind = ast::Rows::Cell::Kind::String;
    cell.index = rows.strings.size();
    rows.strings.push_back(std::move(value));
    at = end + 1;
    return true;
  }

  bool truth(ast::Rows::Cell &cell) {
    for (std::string_view word : {"true", "false"}) {
      if (text.substr(at, word.size()) != word || !endsWord(at + word.size()))
        continue;
      cell.kind = ast::Rows::Cell::Kind::Truth;
      cell.number = word == "true";
      at += static_cast<uint32_t>(word.size());
      return true;
    }
    return false;
  }

  bool endsWord(size_t i) const {
    auto c = static_cast<unsigned char>(i < text.size() ? text[i] : ' ');
    return !(std::isalnum(c) || c == '_' || c == '\'' || c >= 0x80);
  }

  bool number(ast::Rows::Cell &cell) {
    uint32_t digits = at;
    if (text[digits] == '-')
      ++digits;
    if (digits >= text.size() || !std::isdigit(static_cast<unsigned char>(text[digits])))
      return false;
    auto parsed = std::from_chars(text.data() + at, text.data() + text.size(), cell.number);
    auto end = static_cast<uint32_t>(parsed.ptr - text.data());
    // `3.` is no number of the language; `3 ** 2` and `2 * x` go to the grammar by what follows.
    if (parsed.ec != std::errc() || text[end - 1] == '.' || !endsWord(end))
      return false;
    cell.whole = text.substr(at, end - at).find_first_of(".eE") == std::string_view::npos;
    at = end;
    return true;
  }

  std::string_view text;
  uint32_t at, lastEnd = 0;
  ast::Rows &rows;
  size_t cellLimit;
};
} // namespace

std::unique_ptr<ast::Rows> net::scanRows(std::string_view text, FileId file, uint32_t begin,
                                         uint32_t &end, size_t cellLimit) {
  auto rows = std::make_unique<ast::Rows>(SourceRange{file, begin, begin});
  RowReader reader(text, begin, *rows, cellLimit);
  if (!reader.read())
    return nullptr;
  end = reader.place();
  rows->range.end = end;
  return rows;
}

bool net::unescape(std::string_view text, std::string &out, size_t &bad) {
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\') {
      out += text[i];
      continue;
    }
    bad = i++;
    char c = i < text.size() ? text[i] : '\0';
    if (c == 'n')
      out += '\n';
    else if (c == 't')
      out += '\t';
    else if (c == '"' || c == '\\')
      out += c;
    else
      return false;
  }
  return true;
}
