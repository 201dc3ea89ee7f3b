//===- GradientTextTest.cpp - printed gradients are the source's ----------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The functions that `--emit=grad.net` prints are compiled again, and compared with what the source
// says: their values, and their own derivatives along a direction (Hessian-vector products), in
// f64.
//
//===----------------------------------------------------------------------===//
#include "frontend/GradientText.h"
#include "ir/CheckVjp.h"
#include "ir/Interpreter.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"
#include "passes/Passes.h"
#include "tools/CheckProgram.h"
#include "llvm/Support/raw_ostream.h"
#include "gtest/gtest.h"

#include <filesystem>
#include <random>

using namespace mlir;
using namespace net;

namespace {
MLIRContext &textContext() {
  static MLIRContext context(MLIRContext::Threading::DISABLED);
  return context;
}

/// `product(arguments.., v)`: the derivative of v times the gradient numbered `which`, with respect
/// to the argument numbered `argument`.
void addProduct(ModuleOp module, func::FuncOp gradient, unsigned which, unsigned argument) {
  OpBuilder b = OpBuilder::atBlockEnd(module.getBody());
  Location loc = gradient.getLoc();
  SmallVector<Type> types(gradient.getArgumentTypes());
  Type wanted = types[argument], differentiated = gradient.getResultTypes()[which];
  types.push_back(differentiated);
  auto product = func::FuncOp::create(b, loc, "product", b.getFunctionType(types, wanted));
  Block *block = product.addEntryBlock();
  b.setInsertionPointToEnd(block);
  auto scalar = tensorOf(elementOf(wanted), {});
  OperationState state(loc, GradOp::getOperationName());
  state.addOperands(block->getArgument(argument));
  state.addTypes({wanted, scalar});
  Region *region = state.addRegion();
  Block *body = new Block;
  region->push_back(body);
  Value inside = body->addArgument(wanted, loc);
  OpBuilder in(module.getContext());
  in.setInsertionPointToEnd(body);
  SmallVector<Value> given(block->getArguments().drop_back());
  given[argument] = inside;
  auto call = CallOp::create(in, loc, gradient.getResultTypes(), gradient.getName(), given,
                             StringAttr(), ArrayAttr(), ArrayAttr());
  Value weighted = MulOp::create(in, loc, call.getResult(which), block->getArguments().back());
  SmallVector<int64_t> axes =
      llvm::to_vector(llvm::seq<int64_t>(0, cast<RankedTensorType>(differentiated).getRank()));
  Value sum = axes.empty() ? weighted : SumOp::create(in, loc, scalar, weighted, axes).getResult();
  YieldOp::create(in, loc, ValueRange{sum});
  Operation *grad = b.create(state);
  func::ReturnOp::create(b, loc, grad->getResult(0));
}

std::vector<Array> randomArguments(func::FuncOp function, const SizeValues &sizes) {
  std::mt19937_64 random(7);
  std::vector<Array> arrays;
  for (Type type : function.getArgumentTypes()) {
    std::vector<int64_t> shape;
    for (const SizeExpr &size : shapeOf(type))
      shape.push_back(size.evaluate(sizes).value_or(0));
    arrays.emplace_back(elementOf(type), shape);
    if (arrays.back().isReal())
      fillRandom(arrays.back(), random);
  }
  return arrays;
}

/// What `product` gives in a module, and what the gradient itself does; an error's text instead.
std::string evaluate(OwningOpRef<ModuleOp> module, StringRef name, unsigned which,
                     unsigned argument, std::vector<Array> &results) {
  for (auto function : llvm::make_early_inc_range(module->getOps<func::FuncOp>()))
    if (!function.isPrivate() && function.getName() != name)
      function.erase();
  auto gradient = module->lookupSymbol<func::FuncOp>(name);
  if (!gradient)
    return "no function " + name.str();
  addProduct(*module, gradient, which, argument);
  gradient.setPublic();
  PassManager pm(&textContext());
  buildPhase(pm, "grad");
  buildPhase(pm, "simplify");
  if (failed(pm.run(*module)))
    return "the passes fail";
  for (StringRef one : {StringRef("product"), name}) {
    auto function = module->lookupSymbol<func::FuncOp>(one);
    auto sizes = smallSizes(function, {});
    if (!sizes)
      return llvm::toString(sizes.takeError());
    InterpretOptions options;
    options.sizes = *sizes;
    auto made = interpret(function, randomArguments(function, *sizes), options);
    if (!made)
      return llvm::toString(made.takeError());
    llvm::append_range(results, *made);
  }
  return "";
}

/// What to differentiate the first gradient by: its own argument where that is known, else one of
/// its type, else any that is real.
std::optional<unsigned> wantedArgument(const GradientSite &site) {
  func::FuncOp function = site.function;
  unsigned number = 0;
  StringRef parameter;
  if (!site.parameters.empty())
    parameter = site.parameters[0];
  parameter.consume_front(site.block + ".");
  for (const Word &word : site.arguments) {
    if (word.text == parameter)
      return number;
    number += word.names.size();
  }
  ArrayRef<Type> types = function.getArgumentTypes();
  auto found = llvm::find(types, function.getResultTypes()[0]);
  if (found == types.end())
    found = llvm::find_if(types, [](Type type) { return isa<FloatType>(elementOf(type)); });
  return found == types.end() ? std::nullopt : std::optional<unsigned>(found - types.begin());
}

std::string check(const std::string &path) {
  SourceManager sources;
  std::string why;
  FileId file = sources.load(path, why);
  Diagnostics diagnostics(sources);
  GradientText text;
  if (!file || !text.elaborate(sources, file, diagnostics, textContext()))
    return "does not compile " + why;
  OwningOpRef<ModuleOp> source = text.module().clone();
  PassManager pm(&textContext());
  buildPhase(pm, "grad");
  pm.addNestedPass<func::FuncOp>(createCSEPass());
  if (failed(pm.run(text.module())))
    return "the passes fail";
  auto written = text.print({});
  if (!written)
    return "has no spelling";
  // Beside the source, whose files it uses.
  FileId again = sources.add(path + ".written.net", *written);
  Diagnostics found(sources);
  OwningOpRef<ModuleOp> compiled = compileFile(sources, again, found, textContext());
  if (!compiled)
    return "what is written does not compile:\n" + *written;
  size_t compared = 0;
  for (const auto &[site, spelled] : text.written()) {
    func::FuncOp function = site->function;
    auto number = wantedArgument(*site);
    if (!number)
      continue;
    if (site->parameters.empty() && !compiled->lookupSymbol(spelled))
      continue; // called where nobody reads it: the function of the next gradient has it inside
    std::string name = function.getName().str();
    std::vector<Array> wanted, got;
    std::string error = evaluate(source->clone(), name, 0, *number, wanted);
    if (error.empty())
      error = evaluate(compiled->clone(), spelled, 0, *number, got);
    if (!error.empty())
      return error;
    for (auto [a, b] : llvm::zip_equal(wanted, got))
      for (size_t i = 0; i < a.size(); ++i, ++compared)
        if (!(std::fabs(a.values[i] - b.values[i]) <= 1e-12 * (1 + std::fabs(a.values[i]))))
          return name + ": " + std::to_string(b.values[i]) + " instead of " +
                 std::to_string(a.values[i]);
  }
  return compared ? "" : "nothing was compared";
}

/// Examples that have no gradient in a function of its own, and why.
const std::map<std::string, std::string> notWritten = {
    {"examples/hebb.net", "learns without a gradient"},
    {"examples/kmeans.net", "learns without a gradient"},
};

std::vector<std::string> programs() {
  std::vector<std::string> all = {"test/e2e/inputs/two_layers.net",
                                  "test/e2e/inputs/own_derivatives.net"};
  for (const auto &file : std::filesystem::directory_iterator(NETC_SOURCE_DIR "/examples"))
    if (file.path().extension() == ".net")
      all.push_back("examples/" + file.path().filename().string());
  std::sort(all.begin(), all.end());
  return all;
}

class GradientTexts : public testing::TestWithParam<std::string> {};
} // namespace

TEST_P(GradientTexts, AreTheSourcesAndHaveItsDerivatives) {
  std::string found = check(NETC_SOURCE_DIR + std::string("/") + GetParam());
  EXPECT_EQ(found, notWritten.count(GetParam()) ? "nothing was compared" : "");
}
INSTANTIATE_TEST_SUITE_P(Programs, GradientTexts, testing::ValuesIn(programs()),
                         [](const auto &info) {
                           return std::filesystem::path(info.param).stem().string();
                         });
