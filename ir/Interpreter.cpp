//===- Interpreter.cpp - the net dialect, executed ------------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "ir/Interpreter.h"
#include "ir/Evaluation.h"
#include "ir/OwnDerivative.h"
#include "ir/ScanEnd.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace net;
using llvm::Error;
using llvm::Expected;

//===-- running ------------------------------------------------------------------------------===//

namespace {
/// One activation of a function, with the regions in it.
class Frame {
public:
  Frame(const InterpretOptions &options, SizeValues sizes, int depth)
      : options(options), sizes(std::move(sizes)), depth(depth) {}

  void bind(ValueRange values, ArrayRef<Array> arrays) {
    for (auto [value, array] : llvm::zip(values, arrays))
      environment[value] = array;
  }
  /// What the terminator returns or yields.
  Expected<std::vector<Array>> run(Block &block);

private:
  Error execute(Operation *op);
  Error compute(Operation *op);
  Error call(CallOp op);
  Error applyOwn(Operation *op, ArrayRef<Array> arguments, SizeValues sizes, Block &body,
                 Block &derivative);
  Error scan(ScanOp op);
  Error differentiate(GradOp op);
  Expected<Array> gradientAlong(GradOp op, ArrayRef<Array> wrt, TapOp tap, size_t argument);
  std::vector<Array> lookup(ValueRange values);
  void define(ValueRange values, std::vector<Array> arrays);
  Error failure(Operation *op, const llvm::Twine &why);

  const InterpretOptions &options;
  SizeValues sizes;
  int depth;
  llvm::DenseMap<Value, Array> environment;
  /// The tap whose value is changed, at one element, in a forward run.
  std::pair<Operation *, size_t> seeded = {nullptr, 0};
};

} // namespace

/// The innermost place; null if there is none, or none outside of the library where only that
/// is wanted.
static FileLineColLoc innermost(Location loc, bool library) {
  if (auto file = dyn_cast<FileLineColLoc>(loc))
    return library || !file.getFilename().getValue().starts_with("std/") ? file : FileLineColLoc();
  SmallVector<Location> parts;
  if (auto call = dyn_cast<CallSiteLoc>(loc))
    parts = {call.getCallee(), call.getCaller()};
  else if (auto named = dyn_cast<NameLoc>(loc))
    parts = {named.getChildLoc()};
  else if (auto fused = dyn_cast<FusedLoc>(loc))
    llvm::append_range(parts, fused.getLocations());
  for (Location part : parts)
    if (FileLineColLoc file = innermost(part, library))
      return file;
  return {};
}

FileLineColLoc net::fileLocation(Location loc) {
  FileLineColLoc own = innermost(loc, false);
  return own ? own : innermost(loc, true);
}

std::string net::placeOf(Location loc) {
  FileLineColLoc file = fileLocation(loc);
  if (!file)
    return "";
  return (file.getFilename().getValue() + ":" + llvm::Twine(file.getLine()) + ":" +
          llvm::Twine(file.getColumn()))
      .str();
}

Error Frame::failure(Operation *op, const llvm::Twine &why) {
  bool own = isa<CheckedOp>(op);
  std::string place = placeOf(op->getLoc());
  return llvm::createStringError((place.empty() ? "" : place + ": ") +
                                 (own ? "" : op->getName().getStringRef() + ": ") + why);
}

std::vector<Array> Frame::lookup(ValueRange values) {
  std::vector<Array> arrays;
  for (Value value : values)
    arrays.push_back(environment.at(value));
  return arrays;
}

void Frame::define(ValueRange values, std::vector<Array> arrays) {
  for (auto [value, array] : llvm::zip(values, arrays)) {
    if (options.round)
      array.round();
    environment[value] = std::move(array);
  }
}

Expected<std::vector<Array>> Frame::run(Block &block) {
  for (Operation &op : block.without_terminator())
    if (Error error = execute(&op))
      return error;
  return lookup(block.getTerminator()->getOperands());
}

Error Frame::execute(Operation *op) {
  Error error = llvm::TypeSwitch<Operation *, Error>(op)
                    .Case<CallOp>([&](auto op) { return call(op); })
                    .Case<GradOp>([&](auto op) { return differentiate(op); })
                    .Case<ScanOp>([&](auto op) { return scan(op); })
                    .Case<CustomVjpOp>([&](CustomVjpOp op) {
                      return applyOwn(op, lookup(op.getArguments()), sizes, op.getBody().front(),
                                      op.getDerivative().front());
                    })
                    .Case<KernelOp>([&](KernelOp kernel) -> Error {
                      auto results = run(kernel.getBody().front());
                      if (!results)
                        return results.takeError();
                      define(kernel.getResults(), std::move(*results));
                      return Error::success();
                    })
                    .Default([&](Operation *op) { return compute(op); });
  if (error || !options.observer)
    return error;
  SmallVector<Array *> results;
  for (Value result : op->getResults())
    results.push_back(&environment.at(result));
  options.observer(op, results);
  return error;
}

Error Frame::compute(Operation *op) {
  if (op->getNumResults() != 1 || !isa<RankedTensorType>(op->getResult(0).getType()))
    return failure(op, "has no meaning in the interpreter");
  Type type = op->getResult(0).getType();
  auto shape = sizesOf(type, sizes);
  if (!shape)
    return failure(op, llvm::toString(shape.takeError()));
  Evaluation e{op, {}, sizes, Array(elementOf(type), *shape), ""};
  for (Value operand : op->getOperands()) {
    auto found = environment.find(operand);
    if (found == environment.end())
      return failure(op, "an operand has no value");
    e.in.push_back(&found->second);
    if (!found->second.tangents.empty())
      e.out.addTangents();
  }
  bool known = evaluateElements(e) || evaluateShape(e) || evaluateWindow(e) ||
               evaluateIndexing(e) || evaluateReduction(e) || evaluateRows(e) ||
               evaluateProduct(e) || evaluateRandom(e);
  if (!known)
    return failure(op, "has no meaning in the interpreter");
  if (!e.error.empty())
    return failure(op, e.error);
  if (seeded.first == op) {
    e.out.addTangents();
    e.out.tangents[seeded.second] += 1;
  }
  if (options.round)
    e.out.round();
  environment[op->getResult(0)] = std::move(e.out);
  return Error::success();
}

Error Frame::call(CallOp op) {
  auto callee = SymbolTable::lookupNearestSymbolFrom<func::FuncOp>(op, op.getCalleeAttr());
  if (!callee || callee.isExternal())
    return failure(op, "'" + op.getCallee() + "' has no body");
  if (depth >= 256)
    return failure(op, "more than 256 calls in each other");
  std::vector<Array> arguments = lookup(op.getArguments());
  // A layer's types are written in its caller's sizes.
  auto bound = bindSizes(callee.getArgumentTypes(), arguments, sizes);
  if (!bound)
    return failure(op, "'" + op.getCallee() + "': " + llvm::toString(bound.takeError()));
  if (auto derivative = derivativeOf(callee))
    return applyOwn(op, arguments, std::move(*bound), callee.getBody().front(),
                    derivative.getBody().front());
  Frame frame(options, std::move(*bound), depth + 1);
  frame.bind(callee.getArguments(), arguments);
  auto results = frame.run(callee.getBody().front());
  if (!results)
    return results.takeError();
  define(op.getResults(), std::move(*results));
  return Error::success();
}

/// A function with a derivative of its own. Along tangents v, each number of a result changes by
/// the product of v with the cotangents that the derivative gives for this number alone.
Error Frame::applyOwn(Operation *op, ArrayRef<Array> arguments, SizeValues sizes, Block &body,
                      Block &derivative) {
  std::vector<Array> given(arguments);
  for (Array &array : given)
    array.tangents.clear();
  auto runAt = [&](Block &block, ArrayRef<Array> inputs) {
    Frame frame(options, sizes, depth + 1);
    frame.bind(block.getArguments(), inputs);
    return frame.run(block);
  };
  auto results = runAt(body, given);
  if (!results)
    return results.takeError();
  if (llvm::all_of(arguments, [](const Array &array) { return array.tangents.empty(); })) {
    define(op->getResults(), std::move(*results));
    return Error::success();
  }
  std::vector<Array> inputs = given;
  size_t numbers = 0;
  for (const Array &result : *results)
    if (result.isReal()) {
      inputs.push_back(Array(result.element, result.shape));
      numbers += result.size();
    }
  if (numbers > static_cast<size_t>(options.gradLimit))
    return failure(op, "derivatives of " + llvm::Twine(numbers) +
                           " numbers by a rule of its own: expand net.grad before");
  size_t cotangent = given.size();
  for (Array &result : *results) {
    if (!result.isReal())
      continue;
    result.addTangents();
    for (size_t i = 0; i < result.size(); ++i) {
      inputs[cotangent].values[i] = 1;
      auto cotangents = runAt(derivative, inputs);
      inputs[cotangent].values[i] = 0;
      if (!cotangents)
        return cotangents.takeError();
      auto next = cotangents->begin();
      for (const Array &argument : arguments) {
        if (!argument.isReal())
          continue;
        for (size_t k = 0; k < argument.tangents.size(); ++k)
          result.tangents[i] += next->values[k] * argument.tangents[k];
        ++next;
      }
    }
    ++cotangent;
  }
  define(op->getResults(), std::move(*results));
  return Error::success();
}

/// Row `i` of `to` becomes row `k` of `from`, both of `count` numbers.
static void copyRow(Array &to, size_t i, const Array &from, size_t k, size_t count) {
  if (!from.tangents.empty() && to.tangents.empty())
    to.addTangents();
  for (size_t j = 0; j < count; ++j)
    to.copy(i * count + j, from, k * count + j);
}

Error Frame::scan(ScanOp op) {
  std::vector<Array> sequences = lookup(op.getSequences()), carries = lookup(op.getInitial()), kept;
  for (Value value : op.kept()) {
    auto shape = sizesOf(value.getType(), sizes);
    if (!shape)
      return failure(op, llvm::toString(shape.takeError()));
    kept.push_back(Array(elementOf(value.getType()), *shape));
  }
  Block &body = op.getBody().front();
  int64_t turns = sequences[0].shape[0];
  for (int64_t turn = 0; turn < turns; ++turn) {
    size_t at = op.getReverse() ? turns - 1 - turn : turn;
    if (untilOf(op) && carries[*untilOf(op)].at(0).v != 0) {
      size_t last = op.getReverse() ? at + 1 : at - 1;
      for (Array &array : kept)
        if (turn > 0)
          copyRow(array, at, array, last, array.size() / turns);
      continue;
    }
    for (auto [argument, sequence] : llvm::zip(op.elements(), sequences)) {
      Array element(sequence.element, {sequence.shape.begin() + 1, sequence.shape.end()});
      size_t count = element.size();
      copyRow(element, 0, sequence, at, count);
      environment[argument] = std::move(element);
    }
    bind(op.carries(), carries);
    auto results = run(body);
    if (!results)
      return results.takeError();
    for (auto [array, value] : llvm::zip(kept, *results))
      copyRow(array, at, value, 0, value.size());
    carries.assign(results->begin() + kept.size(), results->end());
  }
  llvm::append_range(kept, carries);
  define(op.getResults(), std::move(kept));
  return Error::success();
}

//===-- gradients by definition --------------------------------------------------------------===//

/// The loss's derivative by each number of one wanted value: a block argument, or a tap.
Expected<Array> Frame::gradientAlong(GradOp op, ArrayRef<Array> wrt, TapOp tap, size_t argument) {
  Block &body = op.getBody().front();
  Array gradient = tap ? environment.at(tap.getY()) : wrt[argument];
  gradient.tangents.clear();
  for (size_t i = 0; i < gradient.size(); ++i) {
    std::vector<Array> seeds(wrt);
    if (!tap) {
      seeds[argument].addTangents();
      seeds[argument].tangents[i] = 1;
    }
    seeded = {tap, i};
    bind(body.getArguments(), seeds);
    auto results = run(body);
    seeded = {nullptr, 0};
    if (!results)
      return results.takeError();
    gradient.values[i] = (*results)[0].at(0).d;
  }
  return gradient;
}

Error Frame::differentiate(GradOp op) {
  Block &body = op.getBody().front();
  std::vector<Array> wrt = lookup(op.getWrt());
  bind(body.getArguments(), wrt);
  auto values = run(body);
  if (!values)
    return values.takeError();
  for (const Array &array : *values)
    if (!array.tangents.empty())
      return failure(op, "a derivative of a derivative: expand net.grad before");
  SmallVector<TapOp> taps(body.getOps<TapOp>());
  size_t numbers = 0;
  for (const Array &array : wrt)
    numbers += array.size();
  for (TapOp tap : taps)
    numbers += environment.at(tap.getY()).size();
  if (numbers > static_cast<size_t>(options.gradLimit))
    return failure(op,
                   "a gradient of " + llvm::Twine(numbers) + " numbers: expand net.grad before");
  std::vector<Array> results;
  for (size_t i = 0; i < wrt.size() + taps.size(); ++i) {
    auto gradient = gradientAlong(op, wrt, i < wrt.size() ? TapOp() : taps[i - wrt.size()], i);
    if (!gradient)
      return gradient.takeError();
    results.push_back(std::move(*gradient));
  }
  // The last run has left derivatives in the environment.
  bind(body.getArguments(), wrt);
  auto again = run(body);
  if (!again)
    return again.takeError();
  for (Array &array : *again)
    results.push_back(std::move(array));
  define(op.getResults(), std::move(results));
  return Error::success();
}

Expected<std::vector<Array>> net::interpret(func::FuncOp function, ArrayRef<Array> arguments,
                                            const InterpretOptions &options) {
  if (function.isExternal())
    return llvm::createStringError("'" + function.getName() + "' has no body");
  auto sizes = bindSizes(function.getArgumentTypes(), arguments, options.sizes);
  if (!sizes)
    return llvm::createStringError("'" + function.getName() +
                                   "': " + llvm::toString(sizes.takeError()));
  Frame frame(options, std::move(*sizes), 0);
  frame.bind(function.getArguments(), arguments);
  return frame.run(function.getBody().front());
}
