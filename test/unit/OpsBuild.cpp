//===- OpsBuild.cpp - operations from the table of cases ------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "OpsCases.h"
#include "ir/NetDialect.h"
#include "mlir/AsmParser/AsmParser.h"
#include "llvm/ADT/StringExtras.h"

#include <cmath>

using namespace mlir;
using namespace net;
using namespace net::test;

MLIRContext &net::test::testContext() {
  static MLIRContext *context = [] {
    auto *made = new MLIRContext(MLIRContext::Threading::DISABLED);
    made->loadDialect<NetDialect, func::FuncDialect>();
    return made;
  }();
  return *context;
}

SizeValues net::test::caseSizes() {
  SizeValues sizes = {{"B", 2}, {"T", 3}, {"N", 5}};
  for (int64_t i = 2; i < 64; ++i)
    sizes["S" + std::to_string(i)] = i;
  return sizes;
}

static bool isElementName(StringRef text) {
  return text == "f64" || text == "f32" || text == "f16" || text == "i1" || text == "i32" ||
         text == "i64" || text == "ui8";
}

OpCase OpCase::named() const {
  OpCase copy = *this;
  copy.sizes = Sizes::Named;
  for (std::string &operand : copy.operands) {
    SmallVector<StringRef> parts;
    StringRef(operand).split(parts, 'x', -1, false);
    std::vector<std::string> renamed;
    for (StringRef part : parts) {
      int64_t size;
      bool isName = !part.getAsInteger(10, size) && size >= 2;
      renamed.push_back((isName ? "S" : "") + part.str());
    }
    operand = llvm::join(renamed, "x");
  }
  return copy;
}

std::string OpCase::str() const {
  return op + "(" + llvm::join(operands, ", ") + ") {" + attributes + "} -> " + result;
}

static RankedTensorType typeOf(StringRef text, MLIRContext *context) {
  SmallVector<StringRef> parts;
  text.split(parts, 'x', -1, false);
  Type element = Float64Type::get(context);
  if (!parts.empty() && isElementName(parts.back())) {
    element = elementNamed(parts.back() == "i1"    ? "bool"
                           : parts.back() == "ui8" ? "u8"
                                                   : parts.back(),
                           context);
    parts.pop_back();
  }
  Shape shape;
  for (StringRef part : parts)
    shape.push_back(SizeExpr::parse(part.str()).value_or(SizeExpr::invalid()));
  return tensorOf(element, shape);
}

llvm::Expected<BuiltCase> net::test::build(const OpCase &c, MLIRContext *context) {
  std::string complaint;
  ScopedDiagnosticHandler collect(context, [&](Diagnostic &d) { complaint += d.str() + "; "; });
  OpBuilder b(context);
  Location loc = b.getUnknownLoc();
  BuiltCase built{ModuleOp::create(b, loc)};
  b.setInsertionPointToEnd(built.module->getBody());
  SmallVector<Type> types;
  for (const std::string &operand : c.operands)
    types.push_back(typeOf(operand, context));
  auto function = func::FuncOp::create(b, loc, "primal", b.getFunctionType(types, {}));
  b.setInsertionPointToEnd(function.addEntryBlock());
  OperationState state(loc, c.op);
  state.addOperands(
      SmallVector<Value>(function.getArguments().begin(), function.getArguments().end()));
  auto attributes =
      dyn_cast_or_null<DictionaryAttr>(parseAttribute("{" + c.attributes + "}", context));
  if (!attributes)
    return llvm::createStringError("attributes of " + c.str() + ": " + complaint);
  state.addAttributes(attributes.getValue());
  if (c.result != "infer") {
    state.addTypes(typeOf(c.result, context));
  } else if (auto name = state.name.getRegisteredInfo();
             name && name->hasInterface<InferTypeOpInterface>()) {
    OpaqueProperties properties = nullptr;
    SmallVector<Type> inferred;
    // Properties come from the attributes, as for operations in generic form.
    Operation *probe = Operation::create(loc, state.name, {types[0]}, state.operands, attributes,
                                         properties, {}, 0);
    bool failed = mlir::failed(name->getInterface<InferTypeOpInterface>()->inferReturnTypes(
        context, loc, state.operands, attributes, probe->getPropertiesStorage(), {}, inferred));
    probe->destroy();
    if (failed)
      return llvm::createStringError("type of " + c.str() + ": " + complaint);
    state.addTypes(inferred);
  } else {
    state.addTypes(types[c.op == "net.where" ? 1 : 0]);
  }
  built.op = b.create(state);
  return built;
}

//===-- operands -----------------------------------------------------------------------------===//

namespace {
double unit(std::mt19937_64 &random) { return static_cast<double>(random() >> 11) * 0x1p-53; }

struct Domain {
  double low = -2, high = 2;
};
Domain domainOf(const OpCase &c, size_t operand) {
  StringRef op = c.op;
  bool isInverse = op == "net.powi" && StringRef(c.attributes).contains('-');
  if (isInverse || (op == "net.div" && operand == 1))
    return {0.5, 2};
  if (op == "net.log" || op == "net.sqrt" || op == "net.rsqrt" || (op == "net.pow" && operand == 0))
    return {0.3, 3};
  if (op == "net.log1p")
    return {-0.6, 3};
  if ((op == "net.mod" || op == "net.idiv") && operand == 1)
    return {30, 40};
  if (op == "net.mod" || op == "net.idiv")
    return {-100, 100};
  return {};
}

bool steps(StringRef op) { return op == "net.floor" || op == "net.ceil" || op == "net.round"; }

/// Distinct numbers: places on a fine grid in random order, each moved a little.
void spread(std::vector<double *> numbers, Domain domain, std::mt19937_64 &random) {
  for (size_t i = numbers.size(); i > 1; --i)
    std::swap(numbers[i - 1], numbers[random() % i]);
  double step = (domain.high - domain.low) / static_cast<double>(numbers.size() + 1);
  for (size_t i = 0; i < numbers.size(); ++i) {
    double x = domain.low + step * (static_cast<double>(i) + 0.5 + 0.4 * unit(random));
    *numbers[i] = domain.low < 0 ? x + std::copysign(0.03, x) : x;
  }
}
} // namespace

llvm::Expected<CheckedCase> net::test::buildChecked(const OpCase &c, RuleCheck::Change change) {
  auto built = build(c, &testContext());
  if (!built)
    return built.takeError();
  auto check = RuleCheck::of(built->op, change);
  if (!check)
    return check.takeError();
  return CheckedCase{std::move(*built), std::move(*check)};
}

std::vector<Array> net::test::randomOperands(const OpCase &c, Operation *op,
                                             std::mt19937_64 &random) {
  std::vector<Array> operands;
  for (Value operand : op->getOperands()) {
    std::vector<int64_t> shape;
    for (const SizeExpr &size : shapeOf(operand.getType()))
      shape.push_back(*size.evaluate(caseSizes()));
    operands.push_back(Array(elementOf(operand.getType()), shape));
    for (int64_t &whole : operands.back().wholes)
      whole = static_cast<int64_t>(random() % c.limit);
  }
  std::map<std::pair<double, double>, std::vector<double *>> numbers;
  for (auto [i, operand] : llvm::enumerate(operands)) {
    Domain domain = domainOf(c, i);
    for (double &value : operand.values)
      numbers[{domain.low, domain.high}].push_back(&value);
  }
  for (auto &[bounds, places] : numbers)
    spread(places, {bounds.first, bounds.second}, random);
  for (Array &operand : operands)
    for (double &value : operand.values)
      if (steps(c.op)) // a quarter away from where floor, ceil and round jump
        value = std::floor(value) + (random() % 2 ? 0.25 : 0.7) + 0.05 * unit(random);
  if (c.op == "net.randint") // low < high
    operands[2].wholes[0] += operands[1].wholes[0] + 1;
  if (c.op == "net.prod") // smooth there, but a rule may not be
    for (double &value : operands[0].values)
      value = random() % 4 == 0 ? 0 : value;
  if (c.op == "net.solve") {
    // Far from singular, with pivots off the diagonal.
    Array &a = operands[0];
    int64_t n = a.shape.back();
    for (size_t i = 0; n && i < a.size() / n; ++i)
      a.values[i * n + (i + 1) % n] += static_cast<double>(4 + 2 * n);
  }
  if (c.op == "net.mod" || c.op == "net.idiv")
    for (size_t i = 0; i < operands[0].size(); ++i) {
      double turns = std::floor(operands[0].values[i] / operands[1].values[i]);
      operands[0].values[i] = (turns + 0.2 + 0.6 * unit(random)) * operands[1].values[i];
    }
  return operands;
}
