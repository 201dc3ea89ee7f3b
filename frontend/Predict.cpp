//===- Predict.cpp - networks as entries ----------------------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/Program.h"

using namespace net;

/// Names for the arrays of the parameters: `image`; `z.1`, `z.2` for a tuple.
static void argumentNames(const ast::Type *type, const std::string &name,
                          std::vector<std::string> &names) {
  if (!type || type->kind != ast::Type::Kind::Tuple) {
    names.push_back(name);
    return;
  }
  for (size_t i = 0; i < type->elements.size(); ++i)
    argumentNames(&type->elements[i], name + "." + std::to_string(i + 1), names);
}

void Program::makePredict(const std::shared_ptr<Instance> &network) {
  const ast::Callable &decl = *network->what.decl;
  EntryFrame frame(*this, "", /*training=*/false);
  std::string name = "predict." + network->path;
  frame.begin(name, "predict");
  Env env{frame, elaborator.fileScope(network->what.file)};
  const Specialization *target = elaborator.signature(network, /*training=*/false);
  if (!target) {
    frame.finish().erase();
    return;
  }
  std::vector<std::string> names;
  for (const ast::Parameter &parameter : decl.params)
    argumentNames(parameter.type ? &*parameter.type : nullptr, parameter.name.text, names);
  llvm::ArrayRef<mlir::Type> types = target->function.getArgumentTypes();
  llvm::SmallVector<mlir::Value> operands;
  for (size_t i = 0; i < names.size() && i < types.size(); ++i)
    operands.push_back(
        frame.argument("arg", names[i], llvm::cast<mlir::RankedTensorType>(types[i])));
  auto results =
      elaborator.emitCall(*target, operands, network, network->path, env, decl.nameRange);
  std::vector<mlir::Value> outs;
  forEachTensor(target->result, [&](mlir::Value inside) {
    auto it = llvm::find(target->returned, inside);
    size_t at = static_cast<size_t>(it - target->returned.begin());
    if (at < results.size())
      outs.push_back(results[at]);
  });
  llvm::json::Array outNames, argumentList;
  for (size_t i = 0; i < outs.size(); ++i) {
    std::string out = outs.size() == 1 ? "y" : "y" + std::to_string(i + 1);
    frame.addResult("out", out, outs[i]);
    outNames.push_back(out);
  }
  for (const std::string &argument : names)
    argumentList.push_back(argument);
  frame.finish();
  networks.push_back(llvm::json::Object{{"name", network->path},
                                        {"entry", name},
                                        {"args", std::move(argumentList)},
                                        {"results", std::move(outNames)}});
}
