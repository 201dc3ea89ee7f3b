//===- Table.h - text cells made typed columns ------------------*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef NETC_RUNTIME_TABLE_H
#define NETC_RUNTIME_TABLE_H

#include "runtime/Readers.h"

namespace netrt {

/// Takes rows of text cells and makes the declared columns of them: a column f32[4] takes four
/// cells; text in an integer scalar column becomes a category code; a u8[n] column (n > 1) takes
/// one cell, its bytes padded with zeros, unless the row has a cell for each of its elements.
class TableBuilder {
public:
  /// `what` names the source in messages; `line` is set by the caller before each row.
  TableBuilder(const DataDecl &data, std::vector<Categories> &categories, std::string what);

  /// Cells a row must have: with each u8[n] column one cell, or one for each byte.
  int64_t cellsWithText() const;
  int64_t cellsWithNumbers() const;
  /// Whether a row with these cells can only be a heading: all columns of numbers other than
  /// integer scalars hold text.
  bool isHeading(const std::vector<std::string> &cells) const;

  void addRow(const std::vector<std::string> &cells, int64_t line);
  RawTable finish();
  int64_t rows() const { return rowCount; }

private:
  void addText(size_t column, const std::string &cell, int64_t line);
  void addNumber(size_t column, const std::string &cell, int64_t line);
  void addCategory(size_t column, const std::string &cell, int64_t line);
  void append(size_t column, double value, const std::string &cell, int64_t line);
  bool takesText(const ColumnDecl &column) const;
  bool rowHasText(size_t cells, int64_t line) const;

  const DataDecl &data;
  std::vector<Categories> &categories;
  std::string what;
  std::vector<std::vector<uint8_t>> bytes;
  int64_t rowCount = 0;
};

} // namespace netrt
#endif // NETC_RUNTIME_TABLE_H
