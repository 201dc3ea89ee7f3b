//===- DrawWholes.cpp - whole numbers that index something ----------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "tools/DrawWholes.h"
#include "ir/NetDialect.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

using namespace mlir;
using namespace net;

namespace {
/// Follows a value to the checks of what it becomes.
class Limit {
public:
  explicit Limit(const SizeValues &sizes) : sizes(sizes) {}
  /// The smallest limit; nothing if there is none.
  std::optional<int64_t> of(Value value);

private:
  void lower(std::optional<int64_t> &limit, std::optional<int64_t> other) {
    if (other)
      limit = std::min(limit.value_or(*other), *other);
  }
  /// What the value is where another operation's region or function has it.
  void follow(Value value, OpOperand &use, std::optional<int64_t> &limit);

  const SizeValues &sizes;
  llvm::DenseSet<Value> seen;
};
} // namespace

/// The constant that is added, if the operation adds one.
static int64_t shiftOf(Operation *op) {
  auto add = dyn_cast<AddOp>(op);
  if (!add)
    return 0;
  for (Value operand : op->getOperands()) {
    Operation *def = operand.getDefiningOp();
    if (auto broadcast = dyn_cast_or_null<BroadcastOp>(def))
      def = broadcast->getOperand(0).getDefiningOp();
    auto constant = dyn_cast_or_null<ConstantOp>(def);
    auto number = constant ? dyn_cast<DenseIntElementsAttr>(constant.getValue()) : nullptr;
    if (number && number.isSplat())
      return number.getSplatValue<APInt>().getSExtValue();
  }
  return 0;
}

void Limit::follow(Value value, OpOperand &use, std::optional<int64_t> &limit) {
  Operation *user = use.getOwner();
  if (auto checked = dyn_cast<CheckedOp>(user)) {
    auto expression = SizeExpr::parse(checked.getLimit().str());
    lower(limit, expression ? expression->evaluate(sizes) : std::nullopt);
  } else if (isa<CastOp, ReshapeOp, TransposeOp, BroadcastOp, SliceOp, ReverseOp, ConcatOp, PadOp,
                 WindowOp, WhereOp, AddOp>(user)) {
    if (auto after = of(user->getResult(0)))
      lower(limit, *after - std::max<int64_t>(shiftOf(user), 0));
  } else if (auto scan = dyn_cast<ScanOp>(user)) {
    for (auto [sequence, element] : llvm::zip(scan.getSequences(), scan.elements()))
      if (sequence == value)
        lower(limit, of(element));
  } else if (auto grad = dyn_cast<GradOp>(user)) {
    for (auto [operand, argument] : llvm::zip(grad.getWrt(), grad.getBody().getArguments()))
      if (operand == value)
        lower(limit, of(argument));
  } else if (auto call = dyn_cast<CallOp>(user)) {
    auto callee = SymbolTable::lookupNearestSymbolFrom<func::FuncOp>(call, call.getCalleeAttr());
    if (callee && !callee.isExternal())
      lower(limit, of(callee.getArgument(use.getOperandNumber())));
  } else if (auto custom = dyn_cast<CustomVjpOp>(user)) {
    lower(limit, of(custom.getBody().front().getArgument(use.getOperandNumber())));
  }
}

std::optional<int64_t> Limit::of(Value value) {
  std::optional<int64_t> limit;
  if (!isa<IntegerType>(cast<RankedTensorType>(value.getType()).getElementType()) ||
      !seen.insert(value).second)
    return limit;
  for (OpOperand &use : value.getUses())
    follow(value, use, limit);
  return limit;
}

void net::drawWholes(Array &array, Value value, const SizeValues &sizes, std::mt19937_64 &random,
                     int64_t most) {
  int64_t limit = array.element.isUnsignedInteger(8) ? 256 : 4;
  if (array.element.isInteger(1))
    limit = 2;
  else if (auto checked = value ? Limit(sizes).of(value) : std::nullopt)
    limit = *checked;
  limit = std::max<int64_t>(std::min(limit, most), 1);
  for (int64_t &whole : array.wholes)
    whole = static_cast<int64_t>(random() % static_cast<uint64_t>(limit));
}
