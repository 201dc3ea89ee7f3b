//===- Table.cpp - cells to numbers, categories and padded text -----------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "runtime/Table.h"

#include "runtime/Error.h"

#include <cmath>
#include <cstdlib>
#include <cstring>

namespace netrt {

/// A number as people write it in tables: decimal, finite. Hexadecimal, `nan` and `inf` are text.
static bool parseNumber(const std::string &cell, double &value) {
  size_t start = cell.find_first_not_of(" \t"), end = cell.find_last_not_of(" \t");
  if (start == std::string::npos || cell.find_first_not_of("0123456789+-.eE", start) <= end)
    return false;
  char *stop;
  value = strtod(cell.c_str() + start, &stop);
  return stop == cell.c_str() + end + 1 && std::isfinite(value);
}

TableBuilder::TableBuilder(const DataDecl &data, std::vector<Categories> &categories,
                           std::string what)
    : data(data), categories(categories), what(std::move(what)), bytes(data.columns.size()) {
  categories.resize(data.columns.size());
}

bool TableBuilder::takesText(const ColumnDecl &column) const {
  return column.dtype == Dtype::U8 && column.shape.size() == 1 && column.elements() > 1;
}

int64_t TableBuilder::cellsWithText() const {
  int64_t count = 0;
  for (const ColumnDecl &column : data.columns)
    count += takesText(column) ? 1 : column.elements();
  return count;
}

int64_t TableBuilder::cellsWithNumbers() const {
  int64_t count = 0;
  for (const ColumnDecl &column : data.columns)
    count += column.elements();
  return count;
}

bool TableBuilder::rowHasText(size_t cells, int64_t line) const {
  if (static_cast<int64_t>(cells) == cellsWithNumbers())
    return false;
  if (static_cast<int64_t>(cells) == cellsWithText())
    return true;
  std::string wanted;
  for (const ColumnDecl &column : data.columns)
    wanted += format("%s%s takes %lld", wanted.empty() ? "" : ", ", column.name.c_str(),
                     (long long)(takesText(column) ? 1 : column.elements()));
  throw Error(ExitData,
              format("%s:%lld: %zu field%s, %lld expected (%s)", what.c_str(), (long long)line,
                     cells, cells == 1 ? "" : "s", (long long)cellsWithText(), wanted.c_str()),
              cells == 1 ? "fields stand between commas, or between what `separator = \";\"` says"
                         : "");
}

bool TableBuilder::isHeading(const std::vector<std::string> &cells) const {
  if (static_cast<int64_t>(cells.size()) != cellsWithNumbers())
    return false;
  double value;
  size_t at = 0, texts = 0;
  for (const ColumnDecl &column : data.columns)
    for (int64_t i = 0; i < column.elements(); ++i, ++at) {
      if ((!isFloat(column.dtype) && column.shape.empty()) || cells[at].empty())
        continue;
      // A row with `nan` or `NA` beside its numbers is a row, and refused as one.
      if (parseNumber(cells[at], value))
        return false;
      ++texts;
    }
  return texts > 0;
}

void TableBuilder::append(size_t column, double value, const std::string &cell, int64_t line) {
  Dtype dtype = data.columns[column].dtype;
  uint8_t element[8];
  if (!storeDouble(dtype, element, value))
    failData("%s:%lld: `%s` does not fit column `%s` of %s", what.c_str(), (long long)line,
             cell.c_str(), data.columns[column].name.c_str(), nameOf(dtype));
  bytes[column].insert(bytes[column].end(), element, element + sizeOf(dtype));
}

void TableBuilder::addNumber(size_t column, const std::string &cell, int64_t line) {
  double value;
  if (!parseNumber(cell, value))
    failData("%s:%lld: %s in column `%s`, which takes numbers", what.c_str(), (long long)line,
             cell.empty() ? "an empty field" : ("`" + cell + "`").c_str(),
             data.columns[column].name.c_str());
  int64_t digits;
  if (data.columns[column].dtype == Dtype::I64 && storeDigits(cell, &digits)) {
    auto *element = reinterpret_cast<const uint8_t *>(&digits);
    bytes[column].insert(bytes[column].end(), element, element + sizeof digits);
    return;
  }
  append(column, value, cell, line);
}

void TableBuilder::addCategory(size_t column, const std::string &cell, int64_t line) {
  Categories &known = categories[column];
  double value;
  bool number = parseNumber(cell, value);
  if (known.state == Categories::State::Unknown)
    known.state = number ? Categories::State::Numbers : Categories::State::Names;
  if (known.state == Categories::State::Numbers || cell.empty()) {
    addNumber(column, cell, line); // says so if it is text after all
    return;
  }
  auto [found, fresh] = known.codes.try_emplace(cell, known.names.size());
  if (fresh)
    known.names.push_back(cell);
  append(column, static_cast<double>(found->second), cell, line);
}

void TableBuilder::addText(size_t column, const std::string &cell, int64_t line) {
  size_t room = data.columns[column].elements();
  if (cell.size() > room)
    failData("%s:%lld: a text of %zu bytes does not fit column `%s` of u8[%zu]", what.c_str(),
             (long long)line, cell.size(), data.columns[column].name.c_str(), room);
  bytes[column].insert(bytes[column].end(), cell.begin(), cell.end());
  bytes[column].resize(bytes[column].size() + room - cell.size());
}

void TableBuilder::addRow(const std::vector<std::string> &cells, int64_t line) {
  bool text = rowHasText(cells.size(), line);
  size_t at = 0;
  for (size_t column = 0; column < data.columns.size(); ++column) {
    const ColumnDecl &decl = data.columns[column];
    if (text && takesText(decl))
      addText(column, cells[at++], line);
    else if (decl.shape.empty() && !isFloat(decl.dtype) && decl.dtype != Dtype::Bool)
      addCategory(column, cells[at++], line);
    else
      for (int64_t i = decl.elements(); i > 0; --i)
        addNumber(column, cells[at++], line);
  }
  ++rowCount;
}

RawTable TableBuilder::finish() {
  if (rowCount == 0)
    failData("%s has no rows", what.c_str());
  RawTable table;
  table.rows = rowCount;
  for (size_t column = 0; column < bytes.size(); ++column) {
    Buffer dense(bytes[column].size());
    memcpy(dense.data(), bytes[column].data(), bytes[column].size());
    table.addColumn(std::move(dense), data.columns[column].rowBytes());
    std::vector<uint8_t>().swap(bytes[column]);
  }
  return table;
}

RawTable readRows(const ReadRequest &request) {
  TableBuilder builder(request.data, request.categories,
                       request.data.name + "." + request.part.name);
  int64_t line = 1;
  for (const auto &cells : request.part.rows)
    builder.addRow(cells, line++);
  return builder.finish();
}

} // namespace netrt
