//===- MergeKernels.cpp - one function for kernels alike ------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Layers alike have kernels alike: code grows with the kinds of kernel, not with depth. MLIR's own
// duplicate-function-elimination hashes each function several times, on one thread.
//
//===----------------------------------------------------------------------===//
#include "codegen/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Threading.h"
#include "mlir/Pass/Pass.h"

using namespace mlir;
using namespace net;

static llvm::hash_code hashOf(func::FuncOp function) {
  llvm::hash_code hash = mlir::hash_value(function.getFunctionType());
  function.getBody().walk([&](Operation *op) {
    hash = llvm::hash_combine(
        hash, OperationEquivalence::computeHash(op, OperationEquivalence::ignoreHashValue,
                                                OperationEquivalence::ignoreHashValue,
                                                OperationEquivalence::IgnoreLocations));
  });
  return hash;
}

static bool isAlike(func::FuncOp a, func::FuncOp b) {
  return a.getFunctionType() == b.getFunctionType() && a.getArgAttrsAttr() == b.getArgAttrsAttr() &&
         OperationEquivalence::isRegionEquivalentTo(&a.getBody(), &b.getBody(),
                                                    OperationEquivalence::IgnoreLocations);
}

namespace {
struct MergeKernels : PassWrapper<MergeKernels, OperationPass<ModuleOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(MergeKernels)
  StringRef getArgument() const final { return "net-merge-kernels"; }
  StringRef getDescription() const final { return "one function for kernels alike"; }

  void runOnOperation() final {
    // The runtime finds entries by name.
    SmallVector<func::FuncOp> kernels;
    for (auto function : getOperation().getOps<func::FuncOp>())
      if (!function.isExternal() && !function->hasAttr("net.entry"))
        kernels.push_back(function);
    std::vector<llvm::hash_code> hashes(kernels.size(), 0);
    parallelFor(&getContext(), 0, kernels.size(),
                [&](size_t i) { hashes[i] = hashOf(kernels[i]); });
    llvm::DenseMap<size_t, SmallVector<func::FuncOp, 1>> kept;
    llvm::DenseMap<StringAttr, FlatSymbolRefAttr> merged;
    for (auto [i, hash] : llvm::enumerate(hashes)) {
      func::FuncOp kernel = kernels[i];
      auto &others = kept[hash];
      auto same = llvm::find_if(others, [&](auto other) { return isAlike(kernel, other); });
      if (same == others.end()) {
        others.push_back(kernel);
      } else {
        merged[kernel.getSymNameAttr()] = FlatSymbolRefAttr::get(same->getSymNameAttr());
        kernel.erase();
      }
    }
    getOperation().walk([&](func::CallOp call) {
      if (auto to = merged.find(call.getCalleeAttr().getAttr()); to != merged.end())
        call.setCalleeAttr(to->second);
    });
  }
};
} // namespace

std::unique_ptr<Pass> net::createMergeKernels() { return std::make_unique<MergeKernels>(); }

void net::registerMergeKernels() {
  registerPass([] { return std::make_unique<MergeKernels>(); });
}
