//===- LossFunctions.cpp - the loss at other parameters -------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What lies between the parameters and the loss is copied, with other values in their place. All
// else, the batch and the random keys, is what it was.
//
//===----------------------------------------------------------------------===//
#include "frontend/ElaboratorImpl.h"
#include "frontend/Slices.h"

using namespace net;

static std::string misfitOf(const Value &parameters, const Value &now) {
  if (const Bundle *bundle = parameters.bundle())
    return bundleMisfit(*bundle, now);
  mlir::Value before = parameters.tensor(), after = now.tensor();
  if (after && before.getType() == after.getType())
    return "";
  return "it takes " + parameters.describe() + ", this is " + now.describe();
}

Value Elaborator::lossAt(const LossFunction &loss, const Arguments &arguments, Env &env,
                         SourceRange range) {
  auto wrong = [&](const std::string &why) -> Diagnostic & { return error(range, "N0519", why); };
  if (arguments.size() != 1 || !arguments[0].name.empty()) {
    wrong("the loss is a function of the parameters alone").help("`loss(p)`");
    return {};
  }
  const Value &now = arguments[0].value;
  std::string misfit = misfitOf(*loss.parameters, now);
  if (!misfit.empty()) {
    wrong("the loss is a function of the parameters: " + misfit);
    return {};
  }
  if (!impl->isVisible(loss.loss, env.frame)) {
    wrong("the loss is known in the optimizer alone, not in functions that it calls")
        .help("write what the function does into the optimizer");
    return {};
  }
  llvm::SmallVector<mlir::Value> before, after;
  forEachTensor(*loss.parameters, [&](mlir::Value v) { before.push_back(v); });
  forEachTensor(now, [&](mlir::Value v) { after.push_back(v); });
  mlir::OpBuilder &builder = env.frame.builder;
  mlir::IRMapping mapping;
  mapping.map(before, after);
  for (mlir::Operation *op : between(before, loss.loss, Paths::All))
    builder.clone(*op, mapping);
  return tensorValue(mapping.lookupOrDefault(loss.loss), false, range, "loss(..)");
}
