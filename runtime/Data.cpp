//===- Data.cpp - loading, slicing and shuffling of data sets -------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "runtime/Data.h"

#include "runtime/Error.h"
#include "runtime/Random.h"

#include <algorithm>
#include <cstdio>
#include <cstring>

namespace netrt {

/// A slice bound as a row; negative ones count from the end.
static int64_t bound(std::optional<int64_t> value, int64_t standard, int64_t rows) {
  if (!value)
    return standard;
  return *value < 0 ? *value + rows : *value;
}

PartData::PartData(const DataDecl &decl, std::shared_ptr<const RawTable> newTable,
                   const PartDecl *part)
    : decl(&decl), table(std::move(newTable)), dense(decl.columns.size()) {
  int64_t rows = rowCount = table->rows;
  if (part)
    select(*part, rows);
}

void PartData::select(const PartDecl &part, int64_t rows) {
  begin = bound(part.begin, 0, rows);
  int64_t end = bound(part.end, rows, rows);
  if (rows == 0)
    failData("%s.%s has no rows", decl->name.c_str(), part.name.c_str());
  if (begin < 0 || end > rows || begin >= end)
    failData("%s.%s takes rows %lld to %lld of %lld", decl->name.c_str(), part.name.c_str(),
             (long long)begin, (long long)end, (long long)rows);
  rowCount = end - begin;
  if (part.shuffle) {
    order.resize(rows);
    permute(foldKey(mix(*part.shuffle), "shuffle"), order.data(), rows);
    order = std::vector<int64_t>(order.begin() + begin, order.begin() + end);
  }
}

/// Rows of a size that is known here are moved without a call each.
template <typename Place>
static void copyRows(int64_t bytes, int64_t count, uint8_t *target, const Place &place) {
  auto rows = [&](auto size) {
    for (int64_t i = 0; i < count; ++i)
      memcpy(target + i * size, place(i), size);
  };
  switch (bytes) {
  case 1:
    return rows(std::integral_constant<int64_t, 1>());
  case 4:
    return rows(std::integral_constant<int64_t, 4>());
  case 8:
    return rows(std::integral_constant<int64_t, 8>());
  case 16:
    return rows(std::integral_constant<int64_t, 16>());
  default:
    return rows(bytes);
  }
}

void PartData::gather(int column, const int64_t *indices, int64_t count, uint8_t *target) const {
  const RawTable::View &view = table->columns[column];
  copyRows(decl->columns[column].rowBytes(), count, target,
           [&](int64_t i) { return view.base + place(indices[i]) * view.stride; });
}

const uint8_t *PartData::view(int column, int64_t first) const {
  const RawTable::View &view = table->columns[column];
  const uint8_t *start = view.base + (begin + first) * view.stride;
  bool fits = order.empty() && view.stride == decl->columns[column].rowBytes() &&
              reinterpret_cast<uintptr_t>(start) % 64 == 0;
  return fits ? start : nullptr;
}

const uint8_t *PartData::whole(int column) const {
  if (const uint8_t *start = view(column, 0))
    return start;
  Buffer &copy = dense[column];
  if (!copy.data()) {
    copy.reserve(checkedProduct(&rowCount, 1, decl->columns[column].rowBytes(),
                                decl->columns[column].name.c_str()));
    std::vector<int64_t> rows(rowCount);
    for (int64_t i = 0; i < rowCount; ++i)
      rows[i] = i;
    gather(column, rows.data(), rowCount, copy.data());
  }
  return copy.data();
}

const PartData &DataStore::part(const std::string &data, const std::string &name) {
  std::unique_ptr<PartData> &slot = parts[data + "." + name];
  if (slot)
    return *slot;
  const DataDecl &decl = program.dataNamed(data);
  // Category codes go by first appearance: earlier tables of the same data set come first.
  for (const PartDecl &other : decl.parts) {
    if (other.reader != "csv" && other.name != name)
      continue;
    if (other.name != name) {
      load(decl, other);
      continue;
    }
    auto table = load(decl, other);
    slot =
        std::make_unique<PartData>(decl, table, inventions.count(table.get()) ? nullptr : &other);
    return *slot;
  }
  failInternal("data `%s` has no part `%s`", data.c_str(), name.c_str());
}

/// The data set and part of `Iris.train.x`.
static std::pair<std::string, std::string> partOf(const std::string &path) {
  size_t first = path.find('.'), last = path.rfind('.');
  if (first == std::string::npos)
    failInternal("`%s` names no column", path.c_str());
  return {path.substr(0, first), first == last ? "all" : path.substr(first + 1, last - first - 1)};
}

void DataStore::require(const std::string &data, const std::string &name) const {
  const DataDecl &decl = program.dataNamed(data);
  for (const PartDecl &part : decl.parts) {
    if (part.reader == "csv" || part.name == name)
      filesOf(decl, part);
    if (part.name == name)
      return;
  }
}

void DataStore::requireColumn(const std::string &path) const {
  auto [data, part] = partOf(path);
  require(data, part);
}

std::pair<const PartData *, int> DataStore::column(const std::string &path) {
  auto [data, name] = partOf(path);
  const PartData &found = part(data, name);
  if (makeUp == MakeUp::Quietly && inventions.count(found.getTable()))
    failData("`%s` is read whole, and its files are not there", path.c_str());
  int index = found.getDecl().columnNamed(path.substr(path.rfind('.') + 1));
  if (index < 0)
    failInternal("`%s` names no column", path.c_str());
  return {&found, index};
}

std::shared_ptr<const RawTable> DataStore::load(const DataDecl &data, const PartDecl &part) {
  std::string key = data.name + "|" + part.reader + "|" + part.entry;
  for (const std::string &file : part.files)
    key += "|" + file;
  for (const auto &[name, value] : part.options)
    key += "|" + name + "=" + value;
  if (part.files.empty())
    key += "|" + part.name;
  std::shared_ptr<const RawTable> &slot = tables[key];
  if (!slot)
    slot = read(data, part);
  return slot;
}

/// Rows for timing: noise in arrays, fractions in float scalars, zeros in integer scalars (labels).
static RawTable invent(const DataDecl &data, int64_t rows) {
  RawTable table;
  table.rows = rows;
  for (const ColumnDecl &column : data.columns) {
    Buffer bytes(checkedProduct(&rows, 1, column.rowBytes(), column.name.c_str()));
    bool noise = isFloat(column.dtype) || (column.dtype == Dtype::U8 && !column.shape.empty());
    for (int64_t i = 0; noise && i < rows * column.elements(); ++i) {
      uint32_t value = philox(foldKey(0, column.name), i)[0] >> 8;
      storeDouble(column.dtype, bytes.data() + i * sizeOf(column.dtype),
                  isFloat(column.dtype) ? value * 0x1p-24 : value & 255);
    }
    table.addColumn(std::move(bytes), column.rowBytes());
  }
  return table;
}

std::shared_ptr<const RawTable> DataStore::read(const DataDecl &data, const PartDecl &part) {
  if (part.reader == "entry")
    return std::make_shared<RawTable>(makeByEntry(data, part));
  try {
    return std::make_shared<RawTable>(readFiles(data, part));
  } catch (const Error &error) {
    if (makeUp == MakeUp::Never || error.getCode() != ExitData)
      throw;
    if (makeUp == MakeUp::Aloud)
      fprintf(stderr, "note: %s; made-up rows are used instead\n", error.what());
    auto table = std::make_shared<RawTable>(invent(data, madeUpRows));
    inventions.insert(table.get());
    return table;
  }
}

std::vector<std::string> DataStore::filesOf(const DataDecl &data, const PartDecl &part) const {
  if (part.reader != "entry" && !findReader(part.reader))
    failData("no reader named `%s` in this executable (data %s.%s)", part.reader.c_str(),
             data.name.c_str(), part.name.c_str());
  std::vector<std::string> paths;
  for (const std::string &file : part.files)
    paths.push_back(findDataFile(file, search));
  return paths;
}

RawTable DataStore::readFiles(const DataDecl &data, const PartDecl &part) {
  ReadRequest request{data, part, filesOf(data, part), categories[data.name]};
  return findReader(part.reader)(request);
}

} // namespace netrt
