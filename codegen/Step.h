//===- Step.h - an entry as kernels, memory and barriers ---------*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef NETC_CODEGEN_STEP_H
#define NETC_CODEGEN_STEP_H

#include "codegen/Arena.h"
#include "codegen/KernelContext.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace net {

/// One kernel of an entry, emitted as a function a phase.
struct EmittedKernel {
  KernelOp kernel;
  KernelPlan plan;
  llvm::SmallVector<mlir::Value>
      arrays; ///< what it reads, then what it writes, as the functions' arguments
  struct Function {
    mlir::func::FuncOp op;
    std::vector<Access> accesses;
    llvm::SmallVector<mlir::Operation *> tables; ///< globals that it reads
    bool checks = false;                         ///< may set the error word
  };
  llvm::SmallVector<Function> functions;
};

/// Names of the run-time sizes of an entry, in the order of the `sizes` argument: as its attribute
/// `net.sizes` lists them, then as its arguments mention them, then as the rest of it does.
std::vector<std::string> symbolsOf(mlir::func::FuncOp entry);

/// The buffer of a result: a variable's is that of the argument that holds its old value, else its
/// own, behind those of the arguments.
unsigned bufferOfResult(mlir::func::FuncOp entry, unsigned result);

/// Emits the functions of a normalized kernel of `entry`, whose sizes are `symbols`, into `home`.
/// It changes nothing else, so threads may emit kernels side by side.
EmittedKernel emitKernel(mlir::func::FuncOp entry, KernelOp kernel, llvm::StringRef name,
                         const Target &target, llvm::ArrayRef<std::string> symbols,
                         mlir::ModuleOp home);

/// Does the kernel's first phase, of several, read nothing that a turn of the scan around it
/// computes or goes on to? Then it runs once, before the turns, and what it leaves in the scratch
/// memory stays there: a recurrent layer's weights are packed once.
bool runsBeforeTurns(const EmittedKernel &kernel, ScanOp scan);

/// Where every value of an entry lies.
class StepMemory {
public:
  StepMemory(mlir::func::FuncOp entry, llvm::ArrayRef<EmittedKernel> kernels);

  /// In a buffer of the entry or in a block of the arena, maybe at a place that changes from turn
  /// to turn of the scans around it.
  struct Location {
    int64_t buffer = -1;
    unsigned block = 0;
    SizeExpr offset = 0; ///< bytes
    struct Turn {
      ScanOp scan;
      /// The turn's element of an array; or one of a carry's two places: the one it is read from,
      /// and the one that its next value goes to.
      enum What { Element, Before, After } what;
      SizeExpr bytes; ///< of one
      bool operator==(const Turn &o) const {
        return scan == o.scan && what == o.what && bytes == o.bytes;
      }
    };
    llvm::SmallVector<Turn, 0> turns = {}; ///< outermost first
    bool operator==(const Location &o) const {
      return buffer == o.buffer && (buffer >= 0 || block == o.block) && offset == o.offset &&
             turns == o.turns;
    }
  };
  Location of(mlir::Value value) const { return locations.lookup(value); }
  Location scratchOf(size_t kernel) const { return scratch[kernel]; }
  /// Does the kernel only put values one behind the other that lie there already?
  bool isStacked(mlir::Operation *kernel) const { return stacked.contains(kernel); }
  bool overlap(const Location &a, const Location &b) const;

  /// Results whose value has to be copied to their buffer when all kernels are done; from another
  /// place first where the buffer they come from is written itself.
  struct Copy {
    Location from, to;
    SizeExpr bytes;
    mlir::Value value = {}; ///< a scan's result, whose place is found later than this
  };
  std::vector<Copy> copies, savesBefore;
  Arena arena;
  /// What each thread has of its own, behind the arena that all share.
  Arena ownArena;
  SizeExpr ownOffset(size_t kernel) const { return ownArena.offset(own[kernel]); }

private:
  /// The kernels of a scan's turns: first and last.
  struct Span {
    unsigned first, last;
  };

  void collectReaders();
  void collectStacks();
  bool placeInStack(mlir::Value output, unsigned kernel);
  unsigned lastReaderOf(mlir::Value value, unsigned from) const;
  void placeResults();
  void placeScan(ScanOp scan);
  void placeSequence(mlir::Value sequence);
  void placeRest();
  void placeOutput(unsigned kernel, mlir::Value output, llvm::DenseSet<unsigned> &taken);
  Span spanOfScratch(unsigned kernel) const;
  void saveBefore();
  bool isReadAfter(mlir::Value value, size_t kernel) const;
  bool mayFailFrom(size_t kernel) const;
  bool isInPlace(const EmittedKernel &kernel, mlir::Value input, mlir::Value output) const;

  mlir::func::FuncOp entry;
  llvm::ArrayRef<EmittedKernel> kernels;
  llvm::DenseMap<mlir::Operation *, unsigned> numbers; ///< of the kernels
  llvm::DenseMap<mlir::Operation *, Span> spans;       ///< of the scans
  llvm::DenseMap<mlir::Value, llvm::SmallVector<unsigned>> readers;
  llvm::DenseMap<mlir::Value, Location> locations;
  /// The stack that a value is part of, and the bytes before it.
  llvm::DenseMap<mlir::Value, std::pair<mlir::Value, SizeExpr>> stackOf;
  llvm::DenseSet<mlir::Operation *> stacked;
  llvm::SmallVector<Location> scratch;
  llvm::SmallVector<unsigned> own;
};

/// Replaces the entry by its step function and `<entry>.arena`.
void emitStep(mlir::func::FuncOp entry, llvm::MutableArrayRef<EmittedKernel> kernels,
              const Target &target);

} // namespace net
#endif // NETC_CODEGEN_STEP_H
