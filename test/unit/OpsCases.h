//===- OpsCases.h - operations to be tested, as data ------------*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef NETC_TEST_UNIT_OPSCASES_H
#define NETC_TEST_UNIT_OPSCASES_H

#include "ir/CheckVjp.h"
#include "mlir/IR/OwningOpRef.h"

#include <map>
#include <string>
#include <vector>

namespace net::test {

/// One operation on operands of given types. Types are written `2xBx3xf64`: sizes, then the element
/// type (f64 if left out); a size may be an expression (`B*T`).
struct OpCase {
  std::string op;
  std::vector<std::string> operands;
  std::string attributes = "";  ///< `axis = 1 : i64`
  std::string result = "infer"; ///< the result's type; `infer` asks the operation
  int64_t limit = 2;            ///< whole operands are in 0 .. limit - 1
  enum class Sizes { Static, Named } sizes = Sizes::Static;

  /// The same case with a name for each size of 2 or more.
  OpCase named() const;
  std::string str() const;
};

/// Cases of every operation with a differentiable operand, by its name ("net.add").
const std::map<std::string, std::vector<OpCase>> &derivativeCases();
/// Cases of operations without derivative that code is made for.
const std::map<std::string, std::vector<OpCase>> &plainCases();
/// Those of operations that take elements by position, or go through an axis in order.
void addIndexing(std::map<std::string, std::vector<OpCase>> &table);
void addRows(std::map<std::string, std::vector<OpCase>> &table);
/// Adds the cases, and each again with named sizes.
void addBoth(std::map<std::string, std::vector<OpCase>> &table, const std::vector<OpCase> &cases);
/// The operations that stand in no table, and why.
const std::map<std::string, std::string> &operationsWithoutDerivative();

/// Values of the names in the cases: B = 2, T = 3, N = 5, S7 = 7.
SizeValues caseSizes();
/// Builds the operation in a function of its operands, `primal`.
struct BuiltCase {
  mlir::OwningOpRef<mlir::ModuleOp> module;
  mlir::Operation *op = nullptr;
};
llvm::Expected<BuiltCase> build(const OpCase &c, mlir::MLIRContext *context);
/// The same in the tests' context, with the function of its rule.
struct CheckedCase : BuiltCase {
  RuleCheck check;
};
llvm::Expected<CheckedCase> buildChecked(const OpCase &c, RuleCheck::Change change = {});
/// Operands away from kinks: no two numbers are equal, none is near 0, `floor` does not jump.
std::vector<Array> randomOperands(const OpCase &c, mlir::Operation *op, std::mt19937_64 &random);

/// A context with the dialects that tests need.
mlir::MLIRContext &testContext();

} // namespace net::test
#endif // NETC_TEST_UNIT_OPSCASES_H
