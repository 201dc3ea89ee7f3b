//===- OpsColumns.h - what is checked of each operation ---------*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The table of operations by what is checked of them. Each cell is a list of cases, which the test
// of its column runs, or the reason why there is nothing to run. docs/checks.md shows it.
//
//===----------------------------------------------------------------------===//
#ifndef NETC_TEST_UNIT_OPSCOLUMNS_H
#define NETC_TEST_UNIT_OPSCOLUMNS_H

#include "OpsCases.h"
#include "ir/NetDialect.h"

namespace net::test {

enum class Column {
  Vjp,         ///< the reverse rule: OpsDerivative.cpp
  Jvp,         ///< forward mode, the transposed reverse rule: OpsTransforms.cpp
  SecondOrder, ///< the reverse rules of the reverse rule: OpsSecondOrder.cpp
  InScan,      ///< the gradient of a scan whose turns apply it: OpsTransforms.cpp
  NativeV3,    ///< code for x86-64-v3 of it and of its reverse rule: OpsNative.cpp
  NativeV4,
};
constexpr Column columns[] = {Column::Vjp,    Column::Jvp,      Column::SecondOrder,
                              Column::InScan, Column::NativeV3, Column::NativeV4};

/// One of them is empty.
struct Cell {
  std::vector<OpCase> cases;
  std::string reason;
};
Cell cellOf(const std::string &op, Column column);
/// The operations with cases in a column.
std::vector<std::string> operationsIn(Column column);
/// All operations of the dialect.
std::vector<std::string> allOperations();

/// What the test of the column vjp finds wrong in a case, whose rule is changed before.
std::string checkDerivative(const OpCase &c, uint64_t seed, RuleCheck::Change change = {});

//===-- programs around one operation, in formulas --------------------------------------------===//

bool isReal(mlir::Value value);
/// The sum of all elements, in f64.
Expr total(Expr x);
/// A gradient with respect to `wrt`, whose loss `body` makes of the block's arguments.
GradOp makeGrad(mlir::OpBuilder &b, mlir::Location loc, mlir::ValueRange wrt,
                llvm::function_ref<mlir::Value(mlir::OpBuilder &, mlir::ValueRange)> body);
/// Ends a function with these results.
void finish(mlir::func::FuncOp function, mlir::ValueRange results);

} // namespace net::test
#endif // NETC_TEST_UNIT_OPSCOLUMNS_H
