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
#include "mlir/IR/SymbolTable.h"

#include <string>
#include <utility>
#include <vector>

namespace net {

/// Values, and what an entry calls them: its variables as they are now.
using NamedValues = std::vector<std::pair<mlir::Value, std::string>>;

/// A gradient that a block or task takes.
struct GradientSite {
  const void *node = nullptr;               ///< the statement `minimize`, or the expression `grad`
  std::string block;                        ///< the block's name
  llvm::SmallVector<mlir::Value> gradients; ///< in the order of what is wanted
  std::vector<std::string> parameters;      ///< of `minimize`: their paths
  std::string optimizer;                    ///< of `minimize`: its name
  NamedValues variables;

  // When it has become a function.
  mlir::func::FuncOp function;
  std::vector<std::string> arguments; ///< as the block writes them
};

using GradientSites = std::vector<GradientSite>;

/// `W_conv2d_1` for `LeNet.conv2d_1.W`.
std::string parameterName(llvm::StringRef path);

/// Makes a function of a gradient and of all that it is computed from, up to what the entry reads:
/// it gives the gradients, and the loss behind those of `minimize`.
/// False if the block has no words for that.
bool outline(GradientSite &site, mlir::SymbolTable &functions);

} // namespace net
#endif // NETC_FRONTEND_GRADIENTSITES_H
