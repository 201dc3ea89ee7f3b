//===- ReadCsv.cpp - tables of separated values ---------------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// RFC 4180: quoted fields, doubled quotes, line ends in quotes. A first line
// that cannot be data is a heading; one such as `150,4,setosa,versicolor` (the
// habit of scikit-learn's files: rows, features, class names) is checked.
//
//===----------------------------------------------------------------------===//
#include "runtime/Error.h"
#include "runtime/Table.h"

#include <cctype>
#include <cstring>
#include <strings.h>

namespace netrt {

/// A gigabyte of text; larger data belongs into npy files.
static constexpr int64_t maxText = int64_t(1) << 30;

namespace {

/// Splits text into records of fields.
class CsvScanner {
public:
  CsvScanner(const std::string &text, char separator, const std::string &path)
      : at(text.data()), end(at + text.size()), separator(separator), path(path) {
    if (text.compare(0, 3, "\xEF\xBB\xBF") == 0)
      at += 3;
  }

  /// The next record that is not empty; false at the end.
  bool next(std::vector<std::string> &cells) {
    for (;;) {
      if (at == end)
        return false;
      line = nextLine;
      size_t used = 0;
      bool quoted = false;
      do {
        if (used == cells.size())
          cells.emplace_back();
        quoted |= field(cells[used++]);
      } while (at < end && *at == separator && ++at);
      endOfLine();
      cells.resize(used);
      if (used > 1 || quoted || !cells[0].empty())
        return true;
    }
  }
  int64_t getLine() const { return line; }

private:
  /// Reads one field; whether it was quoted.
  bool field(std::string &cell) {
    cell.clear();
    if (at == end || *at != '"') {
      const char *start = at;
      while (at < end && *at != separator && *at != '\n' && *at != '\r')
        ++at;
      cell.assign(start, at);
      return false;
    }
    for (++at;; ++at) {
      if (at == end)
        failData("%s:%lld: a quote is not closed", path.c_str(), (long long)line);
      if (*at == '\n')
        ++nextLine;
      if (*at == '"') {
        if (at + 1 == end || at[1] != '"')
          break;
        ++at;
      }
      cell += *at;
    }
    ++at;
    if (at < end && *at != separator && *at != '\n' && *at != '\r')
      failData("%s:%lld: text after a closing quote", path.c_str(), (long long)line);
    return true;
  }
  void endOfLine() {
    if (at < end && *at == '\r')
      ++at;
    if (at < end && *at == '\n')
      ++at;
    ++nextLine;
  }

  const char *at, *end;
  char separator;
  const std::string &path;
  int64_t line = 0, nextLine = 1;
};

/// The rows that a line `150,4,setosa,versicolor` announces, or -1 if it is no such line.
int64_t announcedRows(const std::vector<std::string> &cells) {
  if (cells.size() < 3)
    return -1;
  for (size_t i = 0; i < cells.size(); ++i) {
    if (!strcasecmp(cells[i].c_str(), "nan") || !strcasecmp(cells[i].c_str(), "inf"))
      return -1; // a row with what is no number
    bool digits = !cells[i].empty() && cells[i].size() < 10 &&
                  cells[i].find_first_not_of("0123456789") == std::string::npos;
    bool letter = !cells[i].empty() && isalpha(static_cast<unsigned char>(cells[i][0]));
    if (i < 2 ? !digits : !letter)
      return -1;
  }
  return atoll(cells[0].c_str());
}

void readCsv(const std::string &path, const ReaderOptions &options, TableBuilder &builder) {
  char separator = ',';
  if (auto found = options.find("separator"); found != options.end() && !found->second.empty())
    separator = found->second == "\\t" ? '\t' : found->second[0];
  auto header = options.find("header");
  auto source = openFile(path);
  std::string text = readText(*source, maxText);
  CsvScanner scanner(text, separator, path);
  std::vector<std::string> cells;
  int64_t announced = -1, before = builder.rows();
  for (bool first = true; scanner.next(cells); first = false) {
    if (first) {
      announced = announcedRows(cells);
      bool heading = header != options.end() ? header->second == "1" : builder.isHeading(cells);
      if (!heading && announced < 0)
        builder.addRow(cells, scanner.getLine());
      continue;
    }
    builder.addRow(cells, scanner.getLine());
  }
  if (announced >= 0 && announced != builder.rows() - before)
    failData("%s announces %lld rows in its first line, but has %lld", path.c_str(),
             (long long)announced, (long long)(builder.rows() - before));
}

} // namespace

RawTable readCsvFiles(const ReadRequest &request) {
  std::string what;
  for (const std::string &path : request.paths)
    what += (what.empty() ? "" : ", ") + path;
  TableBuilder builder(request.data, request.categories, what);
  for (const std::string &path : request.paths)
    readCsv(path, request.part.options, builder);
  return builder.finish();
}

} // namespace netrt
