//===- Description.cpp - what the runtime is told of entries --------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "codegen/Description.h"
#include "codegen/Step.h"

using namespace mlir;
using namespace net;
namespace json = llvm::json;

namespace {
json::Value describe(const SizeExpr &size) {
  if (auto constant = size.constant())
    return *constant;
  return size.str();
}

/// What an argument or result is, from its attributes.
json::Object describePort(Type type, DictionaryAttr attrs) {
  json::Object port;
  if (attrs)
    for (const char *kind : {"var", "column", "whole", "key", "counter", "arg", "report", "out",
                             "stop", "rows", "check"})
      if (Attribute attr = attrs.get(("net." + Twine(kind)).str())) {
        port["kind"] = kind;
        if (auto name = dyn_cast<StringAttr>(attr))
          port["name"] = name.getValue();
      }
  if (attrs)
    if (auto value = attrs.getAs<FloatAttr>("net.default"))
      port["default"] = value.getValueAsDouble();
  port["dtype"] = elementName(elementOf(type));
  json::Array shape;
  for (const SizeExpr &size : shapeOf(type))
    shape.push_back(describe(size));
  port["shape"] = std::move(shape);
  return port;
}

/// Two for each term of a product.
SizeExpr operationsOf(func::FuncOp entry) {
  SizeExpr sum(0);
  entry.walk([&](Operation *op) {
    if (!isa<EinsumOp, ConvOp>(op))
      return;
    SizeExpr terms = product(shapeOf(op->getResult(0).getType()));
    if (isa<ConvOp>(op)) {
      Shape weight = shapeOf(op->getOperand(1).getType());
      weight.pop_back();
      terms = terms * product(weight);
    } else {
      auto spec = cast<EinsumOp>(op).getSpec();
      auto [inputs, output] = spec.split("->");
      std::set<char> seen;
      auto letters = inputs.split(",");
      for (auto [operand, part] : {std::pair(0, letters.first), std::pair(1, letters.second)})
        for (auto [axis, letter] : llvm::enumerate(part))
          if (!output.contains(letter) && seen.insert(letter).second)
            terms = terms * shapeOf(op->getOperand(operand).getType())[axis];
    }
    sum = sum + terms * SizeExpr(2);
  });
  return sum;
}
} // namespace

json::Object net::describeEntry(func::FuncOp entry) {
  json::Object object;
  object["name"] = entry.getName();
  if (auto kind = entry->getAttrOfType<StringAttr>("net.entry"))
    object["kind"] = kind.getValue();
  json::Array sizes, args, results;
  for (const std::string &symbol : symbolsOf(entry))
    sizes.push_back(symbol);
  for (auto [i, type] : llvm::enumerate(entry.getArgumentTypes()))
    args.push_back(describePort(type, entry.getArgAttrDict(i)));
  for (auto [i, type] : llvm::enumerate(entry.getResultTypes()))
    results.push_back(describePort(type, entry.getResultAttrDict(i)));
  object["sizes"] = std::move(sizes);
  object["args"] = std::move(args);
  object["results"] = std::move(results);
  if (auto checks = entry->getAttrOfType<StringAttr>("net.checks"))
    object["checks"] = llvm::cantFail(json::parse(checks.getValue()));
  if (auto checks = entry->getAttrOfType<ArrayAttr>("net.size_checks")) {
    json::Array list;
    for (auto check : checks.getAsRange<DictionaryAttr>())
      list.push_back(json::Object{{"size", check.getAs<StringAttr>("size").getValue()},
                                  {"message", check.getAs<IntegerAttr>("message_index").getInt()}});
    object["size_checks"] = std::move(list);
  }
  object["flops"] = describe(operationsOf(entry));
  return object;
}

LogicalResult net::describeProgram(ModuleOp module, json::Array entries) {
  auto text = module->getAttrOfType<StringAttr>("net.program");
  if (!text)
    return success();
  auto parsed = json::parse(text.getValue());
  json::Object *program = parsed ? parsed->getAsObject() : nullptr;
  if (!program) {
    if (!parsed)
      llvm::consumeError(parsed.takeError());
    return module.emitError("net.program must be a JSON object");
  }
  json::Array messages;
  for (Attribute attr : module->getAttrOfType<ArrayAttr>("net.messages")) {
    auto message = cast<DictionaryAttr>(attr);
    json::Object object;
    object["text"] = message.getAs<StringAttr>("text").getValue();
    if (auto file = message.getAs<StringAttr>("file"))
      object["file"] = file.getValue();
    if (auto line = message.getAs<IntegerAttr>("line"))
      object["line"] = line.getInt();
    messages.push_back(std::move(object));
  }
  (*program)["entries"] = std::move(entries);
  (*program)["messages"] = std::move(messages);
  module->setAttr("net.program",
                  StringAttr::get(module.getContext(), llvm::formatv("{0}", *parsed).str()));
  return success();
}
