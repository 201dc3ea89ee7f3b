//===- KernelContext.h - what the emitter of a kernel works with -*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A kernel becomes one function a phase, `(arrays, scratch, error, sizes, begin, end)`:
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
  /// Chunk c writes the c-th of `chunks` equal parts of every output, in row-major order, and nothing
  /// else: a later kernel that reads only such parts needs no barrier.
  bool leading = false;
};

/// How a kernel is cut, decided from sizes and target alone.
struct KernelPlan {
  llvm::SmallVector<Phase, 2> phases;
  SizeExpr scratchBytes; ///< memory that all chunks of all phases share, 64-byte aligned
};

/// A kernel before it is emitted.
struct KernelInfo {
  KernelOp kernel;
  llvm::SmallVector<mlir::Operation *> roots; ///< reductions, or one product, ...; empty for a map
  llvm::SmallVector<mlir::Value> outputs;     ///< yielded values, by result
  Target target;
};

/// What the emitter of one phase works with.
class KernelContext {
public:
  KernelContext(const KernelInfo &info, Pull &pull) : info(info), pull(pull) {}
  const KernelInfo &info;
  Pull &pull; ///< its builder stands in the function's body
  mlir::Value begin, end; ///< chunks, i64
  mlir::Value scratch;    ///< pointer to the plan's scratch bytes

  /// An operand that lies in memory as it is, maybe behind transposes and reshapes that keep strides.
  struct Memory {
    mlir::Value pointer;
    llvm::SmallVector<SizeExpr> strides; ///< in elements, one an axis of the operand
    mlir::Type element;                  ///< as the net dialect has it
  };
  /// Where an operand lies, if its elements need not be computed. The kernel then counts as a reader of
  /// the whole array.
  std::optional<Memory> memory(mlir::Value operand);

  /// The element(s) of the root's result at a place, in registers: computes all outputs there and stores them.
  /// Lanes as in `place`; respects the mask of `pull`. Several roots: `pull.bind` each, then `finish`.
  void finish(mlir::Value root, const Place &place, mlir::Value element);
  void finish(mlir::Value root, const Place &place);
};

/// Emits kernels of one kind.
class KernelEmitter {
public:
  virtual ~KernelEmitter() = default;
  virtual KernelPlan plan() = 0;
  virtual void emit(KernelContext &context, unsigned phase) = 0;
};

/// The emitter for a kernel; the kinds in order of specialization. Never null for verified kernels that
/// `normalizeKernels` has seen.
std::unique_ptr<KernelEmitter> createEmitter(const KernelInfo &info);
std::unique_ptr<KernelEmitter> createMapEmitter(const KernelInfo &info);
std::unique_ptr<KernelEmitter> createReduceEmitter(const KernelInfo &info);
std::unique_ptr<KernelEmitter> createScatterEmitter(const KernelInfo &info);
/// Products as plain loops, for every einsum and convolution.
std::unique_ptr<KernelEmitter> createPlainProductEmitter(const KernelInfo &info);

} // namespace net
#endif // NETC_CODEGEN_KERNELCONTEXT_H
