//===- OpsColumns.cpp - what is checked of each operation -----------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "OpsColumns.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/raw_ostream.h"
#include "gtest/gtest.h"

#include <cstdlib>

using namespace mlir;
using namespace net;
using namespace net::test;

//===-- the cells -----------------------------------------------------------------------------===//

namespace {
/// Operations that code is not made for one by one, and where they are run.
const std::map<std::string, std::string> gone = {
    {"net.tap", "gone after gradients are taken"},
    {"net.grad", "gone after gradients are taken"},
    {"net.custom_vjp", "gone after gradients are taken"},
    {"net.call", "structure: inlined before code is made"},
    {"net.scan",
     "structure: code of scans and their gradients is compared by test/unit/ScanNumeric.cpp"},
    {"net.yield", "structure: the end of a scan's or kernel's region"},
    {"net.kernel",
     "structure: random programs are fused and compared by test/unit/PassesNative.cpp"},
};

bool isElementless(const OpCase &c) {
  return llvm::any_of(c.operands, [](const std::string &type) {
    SmallVector<StringRef> sizes;
    StringRef(type).split(sizes, 'x');
    return llvm::is_contained(sizes, "0");
  });
}

std::string reasonIn(Column column, const std::string &op) {
  if (column == Column::NativeV3 || column == Column::NativeV4) {
    auto found = gone.find(op);
    return found == gone.end() ? "" : found->second;
  }
  const auto &reasons = operationsWithoutDerivative();
  if (auto found = reasons.find(op); found != reasons.end())
    return found->second;
  if (op == "net.tap" && column != Column::Vjp && column != Column::InScan)
    return "structure: of an inner and an outer gradient at once it has no meaning";
  return "";
}
} // namespace

Cell net::test::cellOf(const std::string &op, Column column) {
  Cell cell{{}, reasonIn(column, op)};
  if (!cell.reason.empty())
    return cell;
  for (const auto *table : {&derivativeCases(), &plainCases()})
    if (auto found = table->find(op); found != table->end())
      cell.cases = found->second;
  // Without elements there is nothing to differentiate.
  if (column == Column::Jvp || column == Column::SecondOrder || column == Column::InScan)
    llvm::erase_if(cell.cases, isElementless);
  return cell;
}

std::vector<std::string> net::test::allOperations() {
  std::vector<std::string> list;
  for (RegisteredOperationName name : testContext().getRegisteredOperationsByDialect("net"))
    list.push_back(name.getStringRef().str());
  llvm::sort(list);
  return list;
}

std::vector<std::string> net::test::operationsIn(Column column) {
  std::vector<std::string> list = allOperations();
  llvm::erase_if(list, [&](const std::string &op) { return cellOf(op, column).cases.empty(); });
  return list;
}

//===-- programs ------------------------------------------------------------------------------===//

bool net::test::isReal(Value value) { return isa<FloatType>(elementOf(value.getType())); }

Expr net::test::total(Expr x) {
  Expr sum = expr::sum(x, llvm::to_vector(llvm::seq<int64_t>(0, x.rank())));
  return expr::cast(sum, x.b().builder.getF64Type());
}

GradOp net::test::makeGrad(OpBuilder &b, Location loc, ValueRange wrt,
                           llvm::function_ref<Value(OpBuilder &, ValueRange)> body) {
  SmallVector<Type> types(wrt.getTypes());
  types.push_back(RankedTensorType::get({}, b.getF64Type()));
  auto grad = GradOp::create(b, loc, types, wrt);
  Block *block = b.createBlock(&grad.getBody());
  for (Value value : wrt)
    block->addArgument(value.getType(), loc);
  YieldOp::create(b, loc, ValueRange(body(b, block->getArguments())));
  b.setInsertionPointAfter(grad);
  return grad;
}

void net::test::finish(func::FuncOp function, ValueRange results) {
  Block &entry = function.getBody().front();
  OpBuilder b = OpBuilder::atBlockEnd(&entry);
  func::ReturnOp::create(b, function.getLoc(), results);
  function.setFunctionType(b.getFunctionType(entry.getArgumentTypes(), results.getTypes()));
}

//===-- the page ------------------------------------------------------------------------------===//

namespace {
const char page[] = NETC_SOURCE_DIR "/docs/checks.md";
const char head[] =
    R"(<!-- Written by the unit tests from their cases: NETC_WRITE_CHECKS=1 build/bin/net-unit --gtest_filter=OpsColumns.* -->

# What is checked of each operation

A number is a number of cases: shapes of ranks 0 to 5, sizes 0 and 1, sizes with names. A letter is a reason why there is
nothing to check. **vjp**: the reverse rule against dual numbers, within 1e-12, and differences. **jvp**: the reverse rule
transposed, against dual numbers. **vjp of vjp**: against differences of the gradient. **in a scan**: the gradient of a scan
whose turns apply the operation, against dual numbers through the turns. **v3**, **v4**: code for x86-64-v3 and x86-64-v4
of the operation and of its reverse rule, in f64, against the interpreter within what rounding can do; v4 is run where the
machine has it.

| operation | vjp | jvp | vjp of vjp | in a scan | v3 | v4 |
| --- | --- | --- | --- | --- | --- | --- |
)";

std::string letterOf(size_t number) {
  return std::string(number < 26 ? "" : "a") + static_cast<char>('a' + number % 26);
}

std::string render() {
  std::string text = head;
  std::vector<std::string> reasons;
  for (const std::string &op : allOperations()) {
    text += "| `" + op + "` |";
    for (Column column : columns) {
      Cell cell = cellOf(op, column);
      if (!cell.cases.empty()) {
        text += " " + std::to_string(cell.cases.size()) + " |";
        continue;
      }
      auto known = llvm::find(reasons, cell.reason);
      size_t number = known - reasons.begin();
      if (known == reasons.end())
        reasons.push_back(cell.reason);
      text += " " + letterOf(number) + " |";
    }
    text += "\n";
  }
  text += "\n";
  for (auto [number, reason] : llvm::enumerate(reasons))
    text += "- " + letterOf(number) + ": " + reason + "\n";
  return text;
}
} // namespace

TEST(OpsColumns, EachCellHasCasesOrAReason) {
  for (const std::string &op : allOperations())
    for (Column column : columns) {
      Cell cell = cellOf(op, column);
      EXPECT_NE(cell.cases.empty(), cell.reason.empty())
          << op << ", column " << static_cast<int>(column);
    }
}

TEST(OpsColumns, ThePageShowsThem) {
  std::string wanted = render();
  if (std::getenv("NETC_WRITE_CHECKS")) {
    std::error_code error;
    llvm::raw_fd_ostream(page, error) << wanted;
    ASSERT_FALSE(error) << page;
  }
  auto found = llvm::MemoryBuffer::getFile(page);
  ASSERT_TRUE(bool(found)) << page;
  EXPECT_EQ((*found)->getBuffer().str(), wanted) << "write it again, as its first line says";
}
