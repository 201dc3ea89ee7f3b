//===- GradientSites.h - where a program takes gradients --------*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef NETC_FRONTEND_GRADIENTSITES_H
#define NETC_FRONTEND_GRADIENTSITES_H

#include "frontend/Ast.h"
#include "ir/NetDialect.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"

#include <string>
#include <utility>
#include <vector>

namespace net {

/// Values, and what a block calls them.
using NamedValues = std::vector<std::pair<mlir::Value, std::string>>;

/// A gradient that a block, task or function takes, as a function of what it can name.
struct GradientSite {
  const void *node = nullptr;          ///< the statement `minimize`, or the expression `grad`
  std::string block;                   ///< the block's name
  std::vector<std::string> parameters; ///< of `minimize`: their paths
  std::string optimizer;               ///< of `minimize`: its name
  bool wantsLoss = false;              ///< the optimizer computes the loss again
  /// Gives the gradients, and the loss behind those of `minimize`. Null if the block has no words
  /// for what they are computed from.
  mlir::func::FuncOp function;
  std::vector<std::string> arguments; ///< as the block writes them
};

struct GradientSites {
  std::vector<GradientSite> all;
  mlir::OwningOpRef<mlir::ModuleOp> functions; ///< of the sites
};

/// Makes the function of a site: the gradient and all that it is computed from, up to what has a
/// name. `variables` are the block's as they are now; `inputs` are what else the entry is given, or
/// what the body of a function calls its values.
void outline(GradientSite &site, llvm::ArrayRef<mlir::Value> gradients,
             const NamedValues &variables, const NamedValues &inputs, mlir::ModuleOp into);

/// `W_conv2d_1` for `LeNet.conv2d_1.W`.
std::string parameterName(llvm::StringRef path);

} // namespace net
#endif // NETC_FRONTEND_GRADIENTSITES_H
