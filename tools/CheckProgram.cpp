//===- CheckProgram.cpp - all gradients of a program ----------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "tools/CheckProgram.h"
#include "ir/CheckVjp.h"
#include "ir/NetDialect.h"
#include "mlir/Pass/PassManager.h"
#include "passes/Passes.h"
#include "tools/DrawWholes.h"

using namespace mlir;
using namespace net;
using llvm::Error;
using llvm::Expected;

namespace {
StringRef kindOf(func::FuncOp function) {
  auto kind = function->getAttrOfType<StringAttr>("net.entry");
  return kind ? kind.getValue() : "";
}

/// The argument's name, whatever it is called for.
std::string nameOf(func::FuncOp entry, unsigned argument) {
  for (const char *attr : {"net.var", "net.column", "net.whole", "net.arg"})
    if (auto name = entry.getArgAttrOfType<StringAttr>(argument, attr))
      return name.str();
  return "";
}

//===-- sizes --------------------------------------------------------------------------------===//

void visitTypes(func::FuncOp entry, llvm::function_ref<void(Type)> visit) {
  for (Type type : entry.getArgumentTypes())
    visit(type);
  entry.walk([&](Operation *op) {
    for (Type type : op->getResultTypes())
      if (isa<RankedTensorType>(type))
        visit(type);
  });
}

bool arePositive(func::FuncOp entry, const SizeValues &sizes) {
  bool positive = true;
  visitTypes(entry, [&](Type type) {
    for (const SizeExpr &size : shapeOf(type))
      positive &= size.constant() || size.evaluate(sizes).value_or(0) > 0;
  });
  return positive;
}

//===-- values -------------------------------------------------------------------------------===//

/// Draws the arguments of one entry.
class Point {
public:
  /// Whole numbers are below `most`.
  Point(func::FuncOp entry, const SizeValues &sizes, const NamedArrays &values,
        const CheckProgramOptions &options, int64_t most = 256)
      : entry(entry), sizes(sizes), values(values), options(options), most(most),
        random(options.grad.seed) {}
  Expected<std::vector<Array>> draw();

private:
  Expected<Array> draw(BlockArgument argument);
  bool isWanted(Value value) const {
    return llvm::any_of(value.getUsers(), [](Operation *user) { return isa<GradOp>(user); });
  }

  func::FuncOp entry;
  const SizeValues &sizes;
  const NamedArrays &values;
  const CheckProgramOptions &options;
  const int64_t most;
  std::mt19937_64 random;
};
} // namespace

Expected<Array> Point::draw(BlockArgument argument) {
  std::vector<int64_t> shape;
  for (const SizeExpr &size : shapeOf(argument.getType()))
    shape.push_back(size.evaluate(sizes).value_or(0));
  Array array(elementOf(argument.getType()), shape);
  unsigned number = argument.getArgNumber();
  auto known = values.find(nameOf(entry, number));
  if (known != values.end() && known->second.shape == shape &&
      known->second.element == array.element) {
    array = known->second;
  } else if (array.isReal()) {
    fillRandom(array, random);
  } else if (entry.getArgAttr(number, "net.key")) {
    array.wholes[0] = static_cast<int64_t>(random());
  } else if (entry.getArgAttr(number, "net.counter")) {
    array.wholes[0] = 1;
  } else {
    drawWholes(array, argument, sizes, random, most);
  }
  if (isWanted(argument) && array.isReal()) {
    Array change(array.element, shape);
    fillRandom(change, random, -options.move, options.move);
    for (size_t i = 0; i < change.size(); ++i)
      array.values[i] += change.values[i];
  }
  return array;
}

Expected<std::vector<Array>> Point::draw() {
  std::vector<Array> arguments;
  for (BlockArgument argument : entry.getArguments()) {
    auto array = draw(argument);
    if (!array)
      return array.takeError();
    arguments.push_back(std::move(*array));
  }
  return arguments;
}

Expected<SizeValues> net::smallSizes(func::FuncOp entry, SizeValues fixed) {
  std::set<std::string> names;
  visitTypes(entry, [&](Type type) {
    for (const SizeExpr &size : shapeOf(type))
      size.collectSymbols(names);
  });
  for (int64_t smallest : {4, 8, 16, 32, 64}) {
    SizeValues sizes = fixed;
    for (const std::string &name : names)
      sizes.try_emplace(name, smallest);
    if (arePositive(entry, sizes))
      return sizes;
  }
  return llvm::createStringError("no small sizes fit '" + entry.getName() + "'");
}

//===-- the program --------------------------------------------------------------------------===//

/// What the `init` entries make, by name, beside what is given.
static Error initialize(ModuleOp module, const CheckProgramOptions &options, NamedArrays &values) {
  for (auto function : module.getOps<func::FuncOp>()) {
    if (kindOf(function) != "init")
      continue;
    auto sizes = smallSizes(function, options.grad.sizes);
    if (!sizes)
      return sizes.takeError();
    auto arguments = Point(function, *sizes, values, options).draw();
    if (!arguments)
      return arguments.takeError();
    InterpretOptions interpreter;
    interpreter.sizes = *sizes;
    auto results = interpret(function, *arguments, interpreter);
    if (!results)
      return results.takeError();
    for (auto [i, result] : llvm::enumerate(*results))
      if (auto name = function.getResultAttrOfType<StringAttr>(i, "net.var"))
        values.try_emplace(name.str(), std::move(result));
  }
  return Error::success();
}

/// Arguments at which the entry computes. Whole numbers that become indices in a way that is not
/// followed are drawn again, smaller, until all are in range. `expanded`: with gradients as
/// operations.
static Expected<std::vector<Array>> validPoint(func::FuncOp entry, ModuleOp expanded,
                                               const SizeValues &sizes, const NamedArrays &values,
                                               const CheckProgramOptions &options) {
  bool wholes = llvm::any_of(entry.getArguments(), [&](BlockArgument argument) {
    unsigned number = argument.getArgNumber();
    return !isa<FloatType>(elementOf(argument.getType())) && !entry.getArgAttr(number, "net.key") &&
           !entry.getArgAttr(number, "net.counter");
  });
  InterpretOptions interpreter;
  interpreter.sizes = sizes;
  for (int64_t most = 256;; most /= 4) {
    auto arguments = Point(entry, sizes, values, options, most).draw();
    if (!arguments || !wholes || most == 1)
      return arguments;
    auto function = expanded.lookupSymbol<func::FuncOp>(entry.getName());
    auto results = interpret(function, *arguments, interpreter);
    if (results)
      return arguments;
    if (llvm::toString(results.takeError()).find("out of range") == std::string::npos)
      return arguments;
  }
}

Expected<std::vector<EntryReport>> net::checkProgram(ModuleOp module,
                                                     const CheckProgramOptions &options) {
  OwningOpRef<ModuleOp> copy = module.clone();
  PassManager pm(module.getContext(), ModuleOp::getOperationName());
  pm.addPass(createInline());
  if (failed(pm.run(*copy)))
    return llvm::createStringError("the layers cannot be inlined");
  OwningOpRef<ModuleOp> expanded = copy->clone();
  PassManager gradients(module.getContext(), ModuleOp::getOperationName());
  gradients.addPass(createGrad());
  if (failed(gradients.run(*expanded)))
    return llvm::createStringError("the gradients have no operations");
  NamedArrays values = options.given;
  if (Error error = initialize(*copy, options, values))
    return error;
  std::vector<EntryReport> reports;
  for (auto function : copy->getOps<func::FuncOp>()) {
    if (kindOf(function).empty() || function.getBody().front().getOps<GradOp>().empty())
      continue;
    auto sizes = smallSizes(function, options.grad.sizes);
    if (!sizes)
      return sizes.takeError();
    auto arguments = validPoint(function, *expanded, *sizes, values, options);
    if (!arguments)
      return arguments.takeError();
    CheckGradOptions grad = options.grad;
    grad.sizes = *sizes;
    auto report = checkGrad(module, function.getName(), *arguments, grad);
    if (!report)
      return llvm::createStringError("'" + function.getName() +
                                     "': " + llvm::toString(report.takeError()));
    reports.push_back({function.getName().str(), *sizes, std::move(*report)});
  }
  return reports;
}

bool net::print(ArrayRef<EntryReport> reports, llvm::raw_ostream &out) {
  size_t checked = 0, wrong = 0, kinks = 0;
  for (const EntryReport &entry : reports) {
    out << entry.entry;
    for (const auto &[name, value] : entry.sizes)
      out << (name == entry.sizes.begin()->first ? " with " : ", ") << name << " = " << value;
    out << '\n';
    print(entry.report, out);
    for (const GradCheckRow &row : entry.report.rows) {
      checked += row.checked > 0;
      wrong += row.failed;
      kinks += row.kinks;
    }
  }
  if (reports.empty())
    out << "the program takes no gradient\n";
  else
    out << checked << " gradients checked, " << wrong << " wrong, " << kinks << " kinks redrawn\n";
  return wrong == 0;
}
