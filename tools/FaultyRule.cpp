//===- FaultyRule.cpp - the derivative that is not its function's ---------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "tools/FaultyRule.h"
#include "ir/CheckVjp.h"
#include "ir/NetDialect.h"
#include "ir/OwnDerivative.h"
#include "mlir/IR/IRMapping.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Format.h"

#include <cmath>

using namespace mlir;
using namespace net;
using llvm::Expected;

/// The places of an operation in a layer, then of the calls that lead there.
static void collectPlaces(Location loc, std::vector<std::string> &places) {
  if (auto call = dyn_cast<CallSiteLoc>(loc)) {
    collectPlaces(call.getCallee(), places);
    collectPlaces(call.getCaller(), places);
  } else if (auto named = dyn_cast<NameLoc>(loc)) {
    collectPlaces(named.getChildLoc(), places);
  } else if (std::string place = placeOf(loc); !place.empty()) {
    places.push_back(place);
  }
}

/// `dense.net:4:10, called at lenet.net:6:19`.
static std::string placesOf(Location loc) {
  std::vector<std::string> places;
  collectPlaces(loc, places);
  return places.empty() ? "an unknown place" : llvm::join(places, ", called at ");
}

/// Where a derivative that the program gives differs from that of its function: both change the
/// results along a random direction, the operation by the one, its body by the other.
static std::string misfitOf(CustomVjpOp op, std::vector<Array> operands, const SizeValues &sizes,
                            std::mt19937_64 &random) {
  OwningOpRef<ModuleOp> module = ModuleOp::create(op.getLoc());
  OpBuilder b(module->getBodyRegion());
  auto type = b.getFunctionType(op.getArguments().getTypes(), op.getResultTypes());
  auto whole = func::FuncOp::create(b, op.getLoc(), "whole", type);
  Block *block = whole.addEntryBlock();
  IRMapping mapping;
  mapping.map(op.getArguments(), block->getArguments());
  b.setInsertionPointToEnd(block);
  Operation *copy = b.clone(*op, mapping);
  func::ReturnOp::create(b, op.getLoc(), copy->getResults());
  b.setInsertionPointToEnd(module->getBody());
  auto body = func::FuncOp::create(b, op.getLoc(), "body", type);
  IRMapping inside;
  op.getBody().cloneInto(&body.getBody(), inside);
  Operation *yield = body.getBody().front().getTerminator();
  b.setInsertionPoint(yield);
  func::ReturnOp::create(b, op.getLoc(), yield->getOperands());
  yield->erase();
  for (Array &operand : operands) {
    Array direction(operand.element, operand.shape);
    fillRandom(direction, random);
    operand.tangents = direction.values;
  }
  InterpretOptions options;
  options.sizes = sizes;
  auto given = interpret(whole, operands, options), truth = interpret(body, operands, options);
  if (!given || !truth)
    return llvm::toString(llvm::joinErrors(given.takeError(), truth.takeError()));
  for (auto [a, b] : llvm::zip_equal(*given, *truth))
    for (size_t i = 0; i < a.values.size(); ++i)
      if (!(std::fabs(a.at(i).d - b.at(i).d) <= 1e-9 * (1 + std::fabs(b.at(i).d)))) {
        std::string text;
        llvm::raw_string_ostream(text)
            << "the derivative given for the function at " << placesOf(op.getLoc())
            << ": along a direction it gives " << llvm::format("%.9g", a.at(i).d)
            << " where the function changes by " << llvm::format("%.9g", b.at(i).d);
        return text;
      }
  return "";
}

Expected<std::string> net::faultyRule(func::FuncOp function, ArrayRef<Array> point,
                                      const SizeValues &sizes, uint64_t seed) {
  DenseMap<Value, Array> values;
  for (auto [argument, array] : llvm::zip(function.getArguments(), point))
    values[argument] = array;
  InterpretOptions watching;
  watching.sizes = sizes;
  watching.observer = [&](Operation *op, ArrayRef<Array *> results) {
    for (auto [value, array] : llvm::zip(op->getResults(), results))
      values[value] = *array;
  };
  auto results = interpret(function, point, watching);
  if (!results)
    return results.takeError();
  std::mt19937_64 random(seed);
  for (Operation &op : function.getBody().front().without_terminator()) {
    if (auto custom = dyn_cast<CustomVjpOp>(op)) {
      if (custom->hasAttr(surrogateAttribute))
        continue;
      std::vector<Array> operands;
      for (Value operand : custom.getArguments())
        operands.push_back(values.lookup(operand));
      if (std::string text = misfitOf(custom, std::move(operands), sizes, random); !text.empty())
        return text;
      continue;
    }
    auto isReal = [&](Value value) { return values.lookup(value).isReal(); };
    if (op.getNumResults() != 1 || !isReal(op.getResult(0)) ||
        llvm::none_of(op.getOperands(), isReal) || isa<StopGradientOp>(op))
      continue;
    std::vector<Array> operands;
    for (Value operand : op.getOperands())
      operands.push_back(values.lookup(operand));
    auto check = RuleCheck::of(&op);
    if (!check) {
      llvm::consumeError(check.takeError());
      continue;
    }
    auto sides = check->dotProduct(operands, random, sizes);
    std::string place = "'" + op.getName().getStringRef().str() + "' at " + placesOf(op.getLoc());
    if (!sides)
      return place + ": " + llvm::toString(sides.takeError());
    if (!(sides->relativeError() <= 1e-9)) {
      std::string text;
      llvm::raw_string_ostream(text)
          << place << ": its rule gives " << llvm::format("%.9g", sides->rule)
          << " where dual numbers give " << llvm::format("%.9g", sides->truth);
      return text;
    }
  }
  return std::string("no rule alone: each agrees with dual numbers at this point");
}
