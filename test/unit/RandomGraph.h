//===- RandomGraph.h - random programs of the dialect -----------*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef NETC_TEST_UNIT_RANDOMGRAPH_H
#define NETC_TEST_UNIT_RANDOMGRAPH_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include "llvm/ADT/STLFunctionalExtras.h"

namespace net::test {

/// A function `f` of three parameters and a batch (of B rows) whose loss is made by `length` random
/// operations; it returns the loss, its gradients and one more value. All numbers are of type
/// `real`.
mlir::OwningOpRef<mlir::ModuleOp> randomGraph(mlir::Type real, uint64_t seed, int length);

/// Expects that nothing is to complain of for `count` seeds from 1 on; ends after three complaints.
/// NETC_FUZZ=n: n seeds instead; NETC_FUZZ_FIRST: the first of them.
void expectOfSeeds(uint64_t count, llvm::function_ref<std::string(uint64_t seed)> complaint);

} // namespace net::test
#endif // NETC_TEST_UNIT_RANDOMGRAPH_H
