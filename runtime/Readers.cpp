//===- Readers.cpp - the reader table; arrays made columns ----------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "runtime/Readers.h"

#include "runtime/Error.h"

#include <cstring>

namespace netrt {

Reader findReader(const std::string &name) {
  static const struct {
    const char *name;
    Reader reader;
  } readers[] = {{"idx", readIdxFiles}, {"csv", readCsvFiles},  {"npy", readNpyFiles},
                 {"npz", readNpzFile},  {"text", readTextFile}, {"rows", readRows}};
  for (const auto &row : readers)
    if (name == row.name)
      return row.reader;
  return nullptr;
}

std::string describe(Dtype dtype, const std::vector<int64_t> &shape) {
  std::string text = nameOf(dtype);
  if (shape.empty())
    return text;
  for (size_t i = 0; i < shape.size(); ++i)
    text += (i ? ", " : "[") + std::to_string(shape[i]);
  return text + "]";
}

/// One array as the column declared.
static Buffer columnOf(const ColumnDecl &column, FileArray &array, const std::string &file) {
  std::vector<int64_t> rowShape(array.shape.begin() + !array.shape.empty(), array.shape.end());
  if (array.shape.empty() || rowShape != column.shape)
    failData("%s holds %s; its rows should be %s for the column `%s`", file.c_str(),
             describe(array.dtype, array.shape).c_str(),
             describe(column.dtype, column.shape).c_str(), column.name.c_str());
  if (array.dtype == column.dtype)
    return std::move(array.bytes);
  if (isFloat(array.dtype) && !isFloat(column.dtype))
    failData("%s holds %s; column `%s` of %s takes whole numbers", file.c_str(),
             describe(array.dtype, array.shape).c_str(), column.name.c_str(), nameOf(column.dtype));
  int64_t count = array.shape[0] * column.elements(), at;
  Buffer bytes(checkedProduct(&count, 1, sizeOf(column.dtype), column.name.c_str()));
  if (!convert(array.dtype, array.bytes.data(), column.dtype, bytes.data(), count, at))
    failData("%s: element %lld of %s does not fit column `%s` of %s", file.c_str(), (long long)at,
             describe(array.dtype, array.shape).c_str(), column.name.c_str(), nameOf(column.dtype));
  return bytes;
}

RawTable tableOf(const DataDecl &data, std::vector<FileArray> arrays,
                 const std::vector<std::string> &files) {
  if (arrays.size() != data.columns.size())
    failData("data `%s` has %zu columns but reads %zu arrays", data.name.c_str(),
             data.columns.size(), arrays.size());
  RawTable table;
  for (size_t i = 0; i < arrays.size(); ++i) {
    Buffer bytes = columnOf(data.columns[i], arrays[i], files[i]);
    int64_t rows = arrays[i].shape[0];
    if (i == 0)
      table.rows = rows;
    else if (rows != table.rows)
      failData("%s has %lld rows, %s has %lld", files[0].c_str(), (long long)table.rows,
               files[i].c_str(), (long long)rows);
    table.addColumn(std::move(bytes), data.columns[i].rowBytes());
  }
  return table;
}

} // namespace netrt
