//===- Data.h - data sets in memory -----------------------------*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef NETC_RUNTIME_DATA_H
#define NETC_RUNTIME_DATA_H

#include "runtime/FindFile.h"
#include "runtime/Readers.h"

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace netrt {

/// A part of a data set: the rows of a table in an order of its own (shuffled, sliced).
class PartData {
public:
  /// `part` (may be null: everything) says which rows, in which order.
  PartData(const DataDecl &decl, std::shared_ptr<const RawTable> table, const PartDecl *part);

  const DataDecl &getDecl() const { return *decl; }
  const RawTable *getTable() const { return table.get(); }
  int64_t rows() const { return rowCount; }
  /// Copies rows `indices[0..count)` of a column, one after the other.
  void gather(int column, const int64_t *indices, int64_t count, uint8_t *target) const;
  /// Rows from `first` on, if they lie as a batch must (dense, 64-byte aligned); else null.
  const uint8_t *view(int column, int64_t first) const;
  /// The whole column, dense; made on first use.
  const uint8_t *whole(int column) const;

private:
  void select(const PartDecl &part, int64_t rows);
  int64_t place(int64_t row) const { return order.empty() ? begin + row : order[row]; }

  const DataDecl *decl;
  std::shared_ptr<const RawTable> table;
  int64_t rowCount = 0, begin = 0;
  std::vector<int64_t> order; ///< rows of the table, if shuffled
  mutable std::vector<Buffer> dense;
};

/// Loads parts when they are first asked for. Files that several parts share are read once.
class DataStore {
public:
  DataStore(const Program &program, SearchPath search)
      : program(program), search(std::move(search)) {}

  /// Throws an Error if the part cannot be read.
  const PartData &part(const std::string &data, const std::string &part);
  /// Throws the same Error where the part's reader or one of its files is not there; reads nothing.
  void require(const std::string &data, const std::string &part) const;
  void requireColumn(const std::string &path) const;
  /// Of `Iris.train.x` or `Iris.x` (part "all"): the part, and the column's index.
  std::pair<const PartData *, int> column(const std::string &path);

  /// Makes a part whose reader is "entry" (it runs compiled code, which this class knows not).
  std::function<RawTable(const DataDecl &, const PartDecl &)> makeByEntry;
  /// Where a file is missing: made-up rows instead of an error. Quietly for callers that bring
  /// their own batches, whose whole columns stay errors; aloud for timing.
  enum class MakeUp { Never, Quietly, Aloud } makeUp = MakeUp::Never;
  int64_t madeUpRows = 1;
  bool hasMadeUp() const { return !inventions.empty(); }

private:
  /// Where its files lie; an Error if its reader or one of them is not there.
  std::vector<std::string> filesOf(const DataDecl &data, const PartDecl &part) const;
  RawTable readFiles(const DataDecl &data, const PartDecl &part);
  std::shared_ptr<const RawTable> load(const DataDecl &data, const PartDecl &part);
  std::shared_ptr<const RawTable> read(const DataDecl &data, const PartDecl &part);
  std::set<const RawTable *> inventions;

  const Program &program;
  SearchPath search;
  std::map<std::string, std::shared_ptr<const RawTable>> tables;
  std::map<std::string, std::unique_ptr<PartData>> parts;
  std::map<std::string, std::vector<Categories>> categories;
};

} // namespace netrt
#endif // NETC_RUNTIME_DATA_H
