//===- DataSets.h - data blocks ---------------------------------*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef NETC_FRONTEND_DATASETS_H
#define NETC_FRONTEND_DATASETS_H

#include "frontend/Elaborator.h"
#include "llvm/Support/JSON.h"

namespace net {

class Program;

/// A part of a data set: where it comes from, and its number of rows.
struct PartSource {
  llvm::json::Object description;
  SizeExpr rows; ///< named by the part where only the file knows
};

/// A data block, understood.
struct DataSet {
  const ast::Data *decl = nullptr;
  struct Column {
    std::string name;
    mlir::RankedTensorType row;
  };
  std::vector<Column> columns;
  std::map<std::string, PartSource> parts;
  std::vector<std::string> order; ///< names of the parts as in the text
  const Column *column(const std::string &name) const;
};

/// All data blocks of the program.
class DataSets {
public:
  explicit DataSets(Program &program) : program(program) {}

  /// Makes a block known; `file` holds the names that it uses.
  void add(const ast::Data &decl, FileScope *file);
  /// Null after a diagnostic.
  const DataSet *get(const ast::Data &decl) const;
  /// The part that a value means, `all` if it has only that. Null after a diagnostic.
  const PartSource *part(const DataPart &value, std::string &name, SourceRange range);
  /// `D.part`, `D.part.column`.
  Value member(const DataPart &base, const std::string &name, Env &env, SourceRange range);
  llvm::json::Array describe() const;

private:
  void addPart(DataSet &set, const ast::Data::Item &item, Env &env);
  /// False if the text names no reader; mistakes are reported.
  bool fromReader(DataSet &set, const ast::Expr &expr, Env &env, PartSource &part);
  void fromRows(DataSet &set, const ast::Rows &rows, Env &env, PartSource &part);
  void fromArrays(DataSet &set, const std::string &name, const ast::Expr &expr, FileScope *file,
                  PartSource &part);

  Program &program;
  std::map<const ast::Data *, DataSet> sets;
  std::vector<const ast::Data *> order;
};

} // namespace net
#endif // NETC_FRONTEND_DATASETS_H
