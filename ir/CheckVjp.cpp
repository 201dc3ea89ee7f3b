//===- CheckVjp.cpp - a reverse rule against two other truths -------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "ir/CheckVjp.h"
#include "ir/NetDialect.h"
#include "mlir/IR/Verifier.h"

#include <cmath>

using namespace mlir;
using namespace net;
using llvm::Expected;

void net::fillRandom(Array &array, std::mt19937_64 &random, double lowest, double highest) {
  // Not std::uniform_real_distribution: its numbers differ between libraries.
  for (double &value : array.values)
    value = lowest + (highest - lowest) * static_cast<double>(random() >> 11) * 0x1p-53;
}

double RuleCheck::Sides::relativeError() const {
  double error = std::fabs(rule - truth);
  return error == 0 ? 0 : error / scale;
}

//===-- the functions ------------------------------------------------------------------------===//

static func::FuncOp makeFunction(OpBuilder &b, Location loc, StringRef name, TypeRange arguments) {
  auto function = func::FuncOp::create(b, loc, name, b.getFunctionType(arguments, {}));
  function.addEntryBlock();
  return function;
}

static void finish(func::FuncOp function, ValueRange results) {
  OpBuilder b = OpBuilder::atBlockEnd(&function.getBody().front());
  func::ReturnOp::create(b, function.getLoc(), results);
  function.setFunctionType(b.getFunctionType(function.getArgumentTypes(), results.getTypes()));
}

static Operation *copyInto(func::FuncOp function, Operation *op) {
  OpBuilder b = OpBuilder::atBlockEnd(&function.getBody().front());
  Operation *copy = b.clone(*op);
  copy->setOperands(function.getArguments().take_front(op->getNumOperands()));
  return copy;
}

Expected<RuleCheck> RuleCheck::of(Operation *op, Change change) {
  if (!isa<DifferentiableOp>(op) || op->getNumResults() != 1)
    return llvm::createStringError("'" + op->getName().getStringRef() + "' has no reverse rule");
  RuleCheck check;
  OpBuilder b(op->getContext());
  Location loc = op->getLoc();
  check.module = ModuleOp::create(b, loc);
  b.setInsertionPointToEnd(check.module->getBody());
  SmallVector<Type> types(op->getOperandTypes());
  check.primal = makeFunction(b, loc, "primal", types);
  finish(check.primal, copyInto(check.primal, op)->getResults());
  types.push_back(op->getResult(0).getType());
  check.reverse = makeFunction(b, loc, "reverse", types);
  auto copy = cast<DifferentiableOp>(copyInto(check.reverse, op));
  OpBuilder inside = OpBuilder::atBlockEnd(&check.reverse.getBody().front());
  ExprBuilder builder(inside, loc);
  SmallVector<Value> results;
  SmallVector<Expr> dys = {Expr(builder, check.reverse.getArguments().back())};
  SmallVector<Expr> rules = copy.vjp(builder, dys);
  if (change)
    change(check.reverse, rules);
  for (Expr rule : rules) {
    check.kinds.push_back(rule.isBlocked() ? Rule::Blocked
                          : rule.isZero()  ? Rule::Zero
                                           : Rule::Cotangent);
    if (!rule.isBlocked() && !rule.isZero())
      results.push_back(rule.get());
  }
  if (check.kinds.size() != op->getNumOperands())
    return llvm::createStringError(llvm::Twine(check.kinds.size()) + " rules for " +
                                   llvm::Twine(op->getNumOperands()) + " operands");
  finish(check.reverse, results);
  std::string complaint;
  ScopedDiagnosticHandler collect(
      op->getContext(), [&](Diagnostic &diagnostic) { complaint += diagnostic.str() + "; "; });
  if (failed(verify(*check.module)))
    return llvm::createStringError("the rule builds what is not valid: " + complaint);
  return check;
}

//===-- the identities -----------------------------------------------------------------------===//

/// A direction in the operands, the rule's answer along it, and the weights of the result.
struct RuleCheck::Directions {
  std::vector<Array> operands; ///< with tangents
  Array weights;
  Sides sides; ///< the rule's side
};

Expected<std::vector<Array>> RuleCheck::cotangents(ArrayRef<Array> operands, const Array &dy,
                                                   const SizeValues &sizes) const {
  std::vector<Array> arguments(operands);
  for (Array &argument : arguments)
    argument.tangents.clear();
  arguments.push_back(dy);
  InterpretOptions options;
  options.sizes = sizes;
  auto given = interpret(reverse, arguments, options);
  if (!given)
    return given.takeError();
  std::vector<Array> all;
  size_t next = 0;
  for (auto [kind, operand] : llvm::zip(kinds, operands)) {
    if (kind != Rule::Cotangent) {
      all.push_back(Array(operand.element, operand.shape));
      continue;
    }
    Array &cotangent = (*given)[next++];
    if (cotangent.shape != operand.shape || cotangent.element != operand.element)
      return llvm::createStringError("a cotangent " + str(cotangent, 0) + " of an operand " +
                                     str(operand, 0));
    all.push_back(std::move(cotangent));
  }
  return all;
}

Expected<RuleCheck::Directions> RuleCheck::draw(ArrayRef<Array> operands, std::mt19937_64 &random,
                                                const SizeValues &sizes) const {
  InterpretOptions options;
  options.sizes = sizes;
  auto value = interpret(primal, operands, options);
  if (!value)
    return value.takeError();
  Directions drawn;
  drawn.operands.assign(operands.begin(), operands.end());
  drawn.weights = Array((*value)[0].element, (*value)[0].shape);
  fillRandom(drawn.weights, random);
  auto cotangents = this->cotangents(operands, drawn.weights, sizes);
  if (!cotangents)
    return cotangents.takeError();
  for (auto [operand, cotangent] : llvm::zip(drawn.operands, *cotangents)) {
    if (!operand.isReal())
      continue;
    Array direction(operand.element, operand.shape);
    fillRandom(direction, random);
    for (size_t i = 0; i < direction.size(); ++i) {
      drawn.sides.rule += direction.values[i] * cotangent.values[i];
      drawn.sides.scale += std::fabs(direction.values[i] * cotangent.values[i]);
    }
    operand.tangents = std::move(direction.values);
  }
  return drawn;
}

Expected<RuleCheck::Sides> RuleCheck::dotProduct(ArrayRef<Array> operands, std::mt19937_64 &random,
                                                 const SizeValues &sizes) const {
  auto drawn = draw(operands, random, sizes);
  if (!drawn)
    return drawn.takeError();
  InterpretOptions options;
  options.sizes = sizes;
  auto results = interpret(primal, drawn->operands, options);
  if (!results)
    return results.takeError();
  const Array &y = (*results)[0];
  for (size_t i = 0; i < drawn->weights.values.size(); ++i) {
    drawn->sides.truth += y.at(i).d * drawn->weights.values[i];
    drawn->sides.scale += std::fabs(y.at(i).d * drawn->weights.values[i]);
  }
  return drawn->sides;
}

Expected<RuleCheck::Sides> RuleCheck::difference(ArrayRef<Array> operands, std::mt19937_64 &random,
                                                 double epsilon, const SizeValues &sizes) const {
  auto drawn = draw(operands, random, sizes);
  if (!drawn)
    return drawn.takeError();
  InterpretOptions options;
  options.sizes = sizes;
  Array sides[2];
  for (int side : {0, 1}) {
    std::vector<Array> moved(operands);
    for (auto [array, direction] : llvm::zip(moved, drawn->operands))
      for (size_t i = 0; i < array.values.size(); ++i)
        array.values[i] += (side ? -epsilon : epsilon) * direction.tangents[i];
    auto results = interpret(primal, moved, options);
    if (!results)
      return results.takeError();
    sides[side] = std::move((*results)[0]);
  }
  for (size_t i = 0; i < drawn->weights.values.size(); ++i) {
    double after = sides[0].values[i], before = sides[1].values[i];
    if (after != before) // equal infinities have derivative 0
      drawn->sides.truth += (after - before) * drawn->weights.values[i] / (2 * epsilon);
  }
  return drawn->sides;
}
