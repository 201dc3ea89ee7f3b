//===- Tasks.cpp - tasks: entries with arguments and results --------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/Blocks.h"
#include "frontend/Emit.h"

using namespace net;

void Block::compileTask(Level &level, Nodes &nodes, llvm::json::Object &description) {
  const ast::Return *result = nullptr;
  for (const ast::StmtPtr &stmt : decl.body) {
    current = &level;
    currentNodes = &nodes;
    if (stmt == decl.body.back() && (result = llvm::dyn_cast<ast::Return>(stmt.get())))
      break;
    statement(*stmt, level, nodes);
  }
  // The last segment gives the results.
  open(level);
  mlir::func::FuncOp entry = frame.getFunction();
  std::string name = "task." + decl.name;
  entry.setSymName(name);
  entry->setAttr("net.entry", frame.builder.getStringAttr("task"));
  if (result)
    taskResult(*result, level);
  frame.finish();
  description["entry"] = name;
}

void Block::taskResult(const ast::Return &stmt, Level &level) {
  Env inside = env(level);
  Value value = elaborator.evaluate(*stmt.value, inside);
  Sizes sizes;
  if (decl.result)
    value = elaborator.coerce(value, *decl.result, sizes, inside, stmt.value->range);
  std::vector<Value> values;
  for (const Value &element : value.tuple() ? value.tuple()->elements : std::vector<Value>{value}) {
    if (!element.bundle())
      values.push_back(element);
    else
      forEachTensor(element, [&](mlir::Value part) { values.emplace_back(part, element.range); });
  }
  for (size_t i = 0; i < values.size(); ++i)
    if (mlir::Value x = elaborator.toTensor(values[i], inside))
      frame.addResult("out", values.size() == 1 ? "y" : "y" + std::to_string(i + 1), x);
}

/// The argument that stands for a parameter; sizes that nothing fixes are those of the array given.
Value Block::taskArgument(const ast::Parameter &parameter, Env &env) {
  if (parameter.type && parameter.type->name == "params") {
    elaborator
        .error(parameter.type->range, "N0415",
               "a task is given arrays; the parameters of networks are those of the checkpoint")
        .help("`params(Net)` in the task's body");
    return {};
  }
  auto pattern = parameter.type ? elaborator.patternOf(*parameter.type, env) : std::nullopt;
  if (!pattern) {
    if (!parameter.type)
      elaborator.error(parameter.range, "N0415", "a parameter of a task has a type");
    return {};
  }
  Sizes sizes;
  for (const AxisPattern &axis : pattern->axes) {
    std::set<std::string> names;
    axis.size.collectSymbols(names);
    if (!axis.pack.empty()) {
      elaborator.error(parameter.type->range, "N0415",
                       "an array given to a task has a certain number of axes");
      return {};
    }
    for (const std::string &name : names)
      if (name[0] == patternMark) {
        SizeExpr size = SizeExpr::symbol(name.substr(1));
        sizes.sizes.try_emplace(name.substr(1), Solved<SizeExpr>{size, parameter.range, ""});
        env.scope->define(name.substr(1), Value(size, parameter.range));
      }
  }
  auto type = sizes.resolve(*pattern, active->builder.getF32Type());
  if (!type)
    return {};
  if (parameter.defaultValue) {
    auto standard = elaborator.evaluate(*parameter.defaultValue, env).number();
    if (!standard || type->getRank() != 0)
      elaborator.error(parameter.defaultValue->range, "N0415",
                       "the default of a task's parameter is a number, for a scalar");
    else
      active->setDefault(parameter.name.text, *standard);
  }
  return Value(active->argument("arg", parameter.name.text, *type), parameter.range);
}

void Block::bindTask(const std::shared_ptr<Scope> &scope) {
  Env inside{*active, scope};
  for (const ast::Parameter &parameter : decl.params)
    scope->define(parameter.name.text, taskArgument(parameter, inside));
}
