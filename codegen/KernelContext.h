//===- KernelContext.h - what the emitter of a kernel works with -*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A kernel becomes one function a phase, `(arrays, scratch, own, error, sizes, begin, end)`:
// it does the chunks begin .. end - 1 of a grid whose chunks are fixed by sizes alone.
// Between two phases all threads meet.
//
//===----------------------------------------------------------------------===//
#ifndef NETC_CODEGEN_KERNELCONTEXT_H
#define NETC_CODEGEN_KERNELCONTEXT_H

#include "codegen/Pull.h"
#include "codegen/Target.h"

namespace net {

/// One function of a kernel.
struct Phase {
  SizeExpr chunks; ///< of the grid
  SizeExpr work;   ///< about how many vector instructions, all chunks together
};

/// How a kernel is cut, decided from sizes and target alone.
struct KernelPlan {
  llvm::SmallVector<Phase, 2> phases;
  SizeExpr scratchBytes; ///< memory that all chunks of all phases share, 64-byte aligned
  /// Memory of each thread's own, for the time of one call, likewise.
  SizeExpr ownBytes = SizeExpr(0);
};

/// A kernel before it is emitted.
struct KernelInfo {
  KernelOp kernel;
  llvm::SmallVector<mlir::Operation *> roots; ///< reductions, or one product, ...; empty for a map
  llvm::SmallVector<mlir::Value> outputs;     ///< the kernel's results, where stores go
  llvm::SmallVector<mlir::Value> yields;      ///< the region's values for them
  Target target;
  /// Does the value lie in memory when the kernel runs?
  std::function<bool(mlir::Value)> inMemory;
  /// A value of a run-time size that the program is expected to run with, for estimates.
  int64_t estimate(const SizeExpr &size) const;
  int64_t expectedBatch = 128;
};

/// What the emitter of one phase works with.
class KernelContext {
public:
  KernelContext(const KernelInfo &info, Pull &pull) : info(info), pull(pull) {}
  const KernelInfo &info;
  Pull &pull;             ///< its builder stands in the function's body
  mlir::Value begin, end; ///< chunks, i64
  mlir::Value scratch;    ///< pointer to the plan's scratch bytes
  mlir::Value own;        ///< pointer to the thread's own bytes

  /// An operand that lies in memory as it is, maybe behind transposes and reshapes that keep
  /// strides.
  struct Memory {
    mlir::Value pointer;
    llvm::SmallVector<SizeExpr> strides; ///< in elements, one an axis of the operand
    mlir::Type element;                  ///< as the net dialect has it
  };
  /// Where an operand lies, if its elements need not be computed. The kernel then counts as a
  /// reader of the whole array; `part` (see Access) says that each chunk reads its own part alone.
  std::optional<Memory> memory(mlir::Value operand, const SizeExpr &part = SizeExpr::invalid());

  /// The element(s) of the root's result at a place, in registers: computes all outputs there and
  /// stores them. Lanes as in `place`; respects the mask of `pull`. Several roots or places:
  /// `pull.bind` each, then `finish`.
  void finish(mlir::Value root, const Place &place, mlir::Value element);
  void finish(mlir::Value root, llvm::ArrayRef<Place> places);
};

/// Emits kernels of one kind.
class KernelEmitter {
public:
  virtual ~KernelEmitter() = default;
  virtual KernelPlan plan() = 0;
  virtual void emit(KernelContext &context, unsigned phase) = 0;
  /// Called with what the emitted phases access. True: the plan is now another one, emit again.
  virtual bool improve(llvm::ArrayRef<Access> accesses) { return false; }
};

/// The emitter for a kernel; the kinds in order of specialization. Never null for verified kernels
/// that `normalizeKernels` has seen.
std::unique_ptr<KernelEmitter> createEmitter(const KernelInfo &info);
std::unique_ptr<KernelEmitter> createMapEmitter(const KernelInfo &info);
std::unique_ptr<KernelEmitter> createReduceEmitter(const KernelInfo &info);
std::unique_ptr<KernelEmitter> createScatterEmitter(const KernelInfo &info);
/// Products as plain loops, for every einsum and convolution.
std::unique_ptr<KernelEmitter> createPlainProductEmitter(const KernelInfo &info);

} // namespace net
#endif // NETC_CODEGEN_KERNELCONTEXT_H
