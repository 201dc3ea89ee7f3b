//===- FusionForm.h - which operations one kernel can hold --------*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A kernel is one of
//   a map: outputs of one number of elements;
//   a row-wise map: with reductions over the rows of its domain, which run once a row;
//   reductions of one domain over the same axes, with elementwise operations behind them;
//   one product or convolution, with elementwise operations behind it;
//   one sum at positions, recurrence, order or system of equations, which is the only output.
// Any of them computes its operands' elements where they are read.
//
//===----------------------------------------------------------------------===//
#ifndef NETC_PASSES_FUSIONFORM_H
#define NETC_PASSES_FUSIONFORM_H

#include "passes/FusionGraph.h"

namespace net::fusion {

/// Operations in the order of the function, without repetitions.
using Operations = llvm::ArrayRef<mlir::Operation *>;
using IsOutput = llvm::function_ref<bool(mlir::Operation *)>;

/// Why the operations cannot be one kernel; empty if they can.
std::string whyNoKernel(const Graph &graph, Operations operations, IsOutput isOutput);

} // namespace net::fusion
#endif // NETC_PASSES_FUSIONFORM_H
