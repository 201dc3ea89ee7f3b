//===- Program.cpp - what the runtime is told -----------------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/Program.h"
#include "frontend/Emit.h"
#include "frontend/EntryCleanup.h"
#include "ir/Interpreter.h"
#include "ir/OwnDerivative.h"
#include "llvm/Support/FormatVariadic.h"

using namespace net;
namespace json = llvm::json;

Program::Program(mlir::ModuleOp module, Elaborator &elaborator, Diagnostics &diagnostics)
    : module(module), elaborator(elaborator), diagnostics(diagnostics), data(*this) {}

//===-- variables --------------------------------------------------------------------------===//

void Program::useVariable(const std::string &path, const Slot &slot, const std::string &root) {
  auto [it, isNew] = variables.try_emplace(path);
  if (!isNew)
    return;
  // What a frame declares itself begins with its root; networks and constants are the program's.
  bool own = !slot.instance && slot.kind != Slot::Kind::Constant;
  it->second = {path, slot.kind == Slot::Kind::Param ? "param" : "state", own ? root : "", slot};
  order.push_back(path);
}

const Program::Variable *Program::variable(const std::string &path) const {
  auto it = variables.find(path);
  return it == variables.end() ? nullptr : &it->second;
}

Slot Program::makeTemporary(const std::string &path, mlir::RankedTensorType type) {
  Slot slot;
  slot.kind = Slot::Kind::Constant; // its path is whole
  slot.type = type;
  for (int i = 1;; ++i) {
    slot.path = i == 1 ? path : path + "_" + std::to_string(i);
    auto [it, isNew] = variables.try_emplace(slot.path);
    if (!isNew && (it->second.kind != "temp" || it->second.slot.type != type))
      continue;
    if (isNew) {
      it->second = {slot.path, "temp", "", slot};
      order.push_back(slot.path);
    }
    return slot;
  }
}

//===-- first values -----------------------------------------------------------------------===//

namespace {
/// Values of variables that this entry makes itself are made when they are first read.
class InitFrame : public EntryFrame {
public:
  InitFrame(Program &program, const std::string &owner) : EntryFrame(program, owner, false) {}

  mlir::Value load(const Slot &slot) override {
    std::string path = pathOf(slot);
    auto known = values.find(path);
    if (known != values.end())
      return known->second;
    if (slot.kind != Slot::Kind::Column)
      program.useVariable(path, slot, root);
    const Program::Variable *variable = program.variable(path);
    if (!variable || variable->kind == "temp" || variable->owner != root)
      return EntryFrame::load(slot);
    return make(*variable);
  }

  /// Null after a diagnostic.
  mlir::Value make(const Program::Variable &variable) {
    // Once, also if a turn of a scan is the first to ask.
    mlir::OpBuilder::InsertionGuard guard(builder);
    if (!loops.empty())
      builder.setInsertionPoint(loops.front()->op);
    auto known = values.find(variable.path);
    if (known != values.end())
      return known->second;
    if (!running.insert(variable.path).second) {
      program.elaborator.error(variable.slot.range, "N0314",
                               "the initial value of `" + variable.path + "` needs itself");
      return values[variable.path] = zeros(variable.slot);
    }
    mlir::Value value = program.elaborator.initialize(variable.slot, variable.path, *this);
    if (!value)
      value = zeros(variable.slot);
    addResult("var", variable.path, value);
    return values[variable.path] = value;
  }

private:
  mlir::Value zeros(const Slot &slot) {
    Emit e(builder, getFunction().getLoc());
    return e.fill(0, slot.type.getElementType(), shapeOf(slot.type));
  }

  std::map<std::string, mlir::Value> values;
  std::set<std::string> running;
};
} // namespace

std::string Program::makeInit(const std::string &owner, const std::string &name) {
  InitFrame frame(*this, owner);
  bool any = false;
  // Making one may make others known.
  for (size_t i = 0; i < order.size(); ++i) {
    const Variable &variable = variables[order[i]];
    if (variable.owner != owner || variable.kind == "temp")
      continue;
    if (!any)
      frame.begin(name, "init");
    any = true;
    frame.make(variable);
  }
  if (!any)
    return "";
  frame.finish();
  return name;
}

//===-- description ------------------------------------------------------------------------===//

json::Array net::describeShape(const Shape &shape) {
  json::Array sizes;
  for (const SizeExpr &size : shape)
    if (auto constant = size.constant())
      sizes.push_back(*constant);
    else
      sizes.push_back(size.str());
  return sizes;
}

namespace {
/// What the first call of each instance gives, by path.
class LayerOutputs {
public:
  explicit LayerOutputs(mlir::ModuleOp module) : symbols(module) {
    for (auto function : module.getOps<mlir::func::FuncOp>())
      if (function.isPublic())
        visit(function, "");
  }
  /// Nothing for what is no layer. A network's own path begins at it, wherever it is called.
  std::string of(llvm::StringRef instance) const {
    for (const auto &[path, output] : outputs)
      if (path == instance || llvm::StringRef(path).ends_with("." + instance.str()))
        return output;
    return "";
  }

private:
  void visit(mlir::func::FuncOp function, const std::string &prefix) {
    function.walk([&](CallOp call) {
      if (!call.getPath() || call.getNumResults() == 0)
        return;
      std::string path = prefix + call.getPath()->str();
      auto callee = symbols.lookup<mlir::func::FuncOp>(call.getCallee());
      if (outputs.try_emplace(path, str(call.getResult(0).getType())).second && callee)
        visit(callee, path + ".");
    });
  }

  mlir::SymbolTable symbols;
  std::map<std::string, std::string> outputs;
};
} // namespace

json::Array Program::describeVariables() const {
  json::Array list;
  LayerOutputs outputs(module);
  for (const std::string &path : order) {
    const Variable &variable = variables.at(path);
    json::Object object{{"path", path},
                        {"kind", variable.kind},
                        {"dtype", elementName(variable.slot.type.getElementType())},
                        {"shape", describeShape(shapeOf(variable.slot.type))}};
    if (!variable.slot.layer.empty()) {
      object["layer"] = variable.slot.layer;
      object["output"] = outputs.of(llvm::StringRef(path).rsplit('.').first);
    }
    list.push_back(std::move(object));
  }
  return list;
}

/// The rules that stand in for derivatives on purpose, each once.
static json::Array describeSurrogates(mlir::ModuleOp module) {
  std::set<std::pair<std::string, std::string>> rules;
  for (auto function : module.getOps<mlir::func::FuncOp>())
    if (function->hasAttr(surrogateAttribute))
      rules.emplace(placeOf(derivativeOf(function).getLoc()),
                    function.getName().split('.').first.str());
  json::Array list;
  for (const auto &[place, function] : rules)
    list.push_back(json::Object{{"function", function}, {"place", place}});
  return list;
}

void Program::finish(const std::string &name) {
  std::string init = makeInit("", "init");
  std::set<std::string> temporaries;
  for (const auto &[path, variable] : variables)
    if (variable.kind == "temp")
      temporaries.insert(path);
  std::set<std::string> used = cleanEntries(module, temporaries);
  for (json::Array *blocks : {&trains, &tasks})
    dropMissing(*blocks, module);
  llvm::erase_if(order, [&](const std::string &path) { return !used.count(path); });
  json::Object program{{"format", 1}, {"name", name}};
  program["vars"] = describeVariables();
  program["data"] = data.describe();
  json::Array inits;
  if (!init.empty() && module.lookupSymbol(init))
    inits.push_back(init);
  program["init"] = std::move(inits);
  program["trains"] = std::move(trains);
  program["networks"] = std::move(networks);
  program["tasks"] = std::move(tasks);
  if (json::Array rules = describeSurrogates(module); !rules.empty())
    program["surrogates"] = std::move(rules);
  json::Value value = std::move(program);
  module->setAttr("net.program",
                  mlir::StringAttr::get(context(), llvm::formatv("{0}", value).str()));
  module->setAttr("net.phase", mlir::StringAttr::get(context(), "net"));
}
