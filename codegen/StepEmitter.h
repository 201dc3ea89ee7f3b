//===- StepEmitter.h - the step function of an entry -------------*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef NETC_CODEGEN_STEPEMITTER_H
#define NETC_CODEGEN_STEPEMITTER_H

#include "codegen/Step.h"
#include "ir/ScanEnd.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

namespace net {

class StepEmitter {
public:
  StepEmitter(mlir::func::FuncOp entry, llvm::MutableArrayRef<EmittedKernel> kernels,
              const Target &target);
  void emit();
  mlir::func::FuncOp step;

private:
  using Where = StepMemory::Location;
  /// An access since the last barrier.
  struct Pending {
    enum What { Array, Error } what = Array;
    Where location;
    bool store;
    SizeExpr part; ///< bytes of a chunk's own part; invalid if it goes anywhere
    SizeExpr chunks;
    bool serial;
  };

  void bindSizes(Pull &pull, mlir::Value array);
  void emitArenaFunction();
  void createFunction();
  /// The runtime finds functions by name: equal ones must not become one.
  void keepName(mlir::func::FuncOp function) {
    function->setAttr("net.entry", entry.getNameAttr());
  }

  // Where arrays lie.
  mlir::Value addressOf(const Where &location);
  mlir::Value bytesBehind(mlir::Value base, mlir::Value offset);
  mlir::Value numberIn(const Where::Turn &turn);
  mlir::Value addressOfOwn(size_t kernel);

  // Barriers.
  bool conflict(const Pending &a, const Pending &b) const;
  void barrier();
  void meet(llvm::ArrayRef<Pending> next);
  void leaveOnError();

  // Kernels.
  std::vector<SizeExpr> worksOf(const SizeExpr &chunks) const;
  bool isSerial(const Phase &plan) const;
  mlir::Value isLittle(const Phase &plan);
  void emitBlock(mlir::Block &block);
  void emitPhase(size_t k, unsigned phase);
  void emitCall(size_t k, EmittedKernel::Function &function, const Phase &plan, bool serial);

  // Scans.
  bool isShared(ScanOp scan);
  bool mustMeet(ScanOp scan);
  void emitScan(ScanOp scan);
  void emitTurn(ScanOp scan, mlir::Value number);
  void emitTurnsUntil(ScanOp scan);
  void repeatLast(ScanOp scan, mlir::Value turns);

  void emitCopies(llvm::ArrayRef<StepMemory::Copy> copies);
  void copyBytes(mlir::Value to, mlir::Value from, mlir::Value bytes);
  void finish();

  mlir::Type pointer() { return mlir::LLVM::LLVMPointerType::get(entry.getContext()); }
  mlir::Location loc() { return entry.getLoc(); }

  mlir::func::FuncOp entry;
  llvm::MutableArrayRef<EmittedKernel> kernels;
  int64_t workOfOneThread;
  std::vector<std::string> symbols;
  StepMemory memory;
  mlir::OpBuilder b;
  Pull sizes;

  llvm::SmallVector<mlir::Value> buffers;
  mlir::Value arenaPointer, team, threadNumber, thread, threads, error, isFirst;
  llvm::SmallVector<Pending> pending;
  bool uncheckedErrors = false;
  llvm::DenseMap<mlir::Operation *, unsigned> numbers;  ///< of the kernels
  llvm::DenseMap<mlir::Operation *, mlir::Value> turns; ///< of the scans that are being emitted
  unsigned scans = 0;                                   ///< how many
  unsigned barriers = 0;                                ///< emitted so far
  llvm::DenseSet<unsigned> done; ///< kernels whose first phase has run before the turns
};

} // namespace net
#endif // NETC_CODEGEN_STEPEMITTER_H
