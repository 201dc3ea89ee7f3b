//===- Domain.h - loops over the places of an array --------------*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Neighbouring axes that no access takes apart are one loop. The innermost loop runs over
// lanes. Where it is shorter than a vector, it is joined with the next one, in turns after
// which lanes and axis meet again (48 elements for 6 channels and 16 lanes).
//
//===----------------------------------------------------------------------===//
#ifndef NETC_CODEGEN_DOMAIN_H
#define NETC_CODEGEN_DOMAIN_H

#include "codegen/KernelContext.h"

namespace net {

class Domain {
public:
  /// `Rows`: innermost, and a vector stays within one turn of the innermost loop.
  enum class Lanes { None, Innermost, Rows };
  /// `cuts`: strides at which indices are wanted apart. `terms`: how much each place costs, in
  /// elements.
  Domain(const KernelInfo &info, const Shape &shape, llvm::ArrayRef<SizeExpr> cuts, Lanes lanes,
         int64_t terms = 1);

  /// The grid: all places, in order, in parts fixed by sizes alone.
  SizeExpr chunks() const;

  using Body = llvm::function_ref<void(llvm::ArrayRef<Place>)>;
  /// Every place of the chunks begin .. end - 1, up to `together` vectors of the innermost loop at
  /// once.
  void emit(Pull &pull, mlir::Value begin, mlir::Value end, unsigned together, Body body) const;

  /// The innermost two loops change places, by whole vectors: for accesses whose lanes are far
  /// apart, and whose neighbours the other loop visits. False if there is nothing to gain.
  bool interchange();
  /// Where a vector holds less than a row, the body gets several rows at once: then a masked store
  /// is not followed by a load from memory behind it, which would wait for it.
  void joinShortRows() { shortRows = true; }

private:
  void tiles(Pull &pull, mlir::Value begin, mlir::Value end, Body body) const;
  void flat(Pull &pull, mlir::Value begin, mlir::Value end, unsigned together, Body body) const;
  void turns(Pull &pull, mlir::Value begin, mlir::Value end, Body body) const;
  void vectors(Pull &pull, const Index &before, mlir::Value low, mlir::Value high,
               unsigned together, const SizeExpr &chunkUnit, Body body) const;
  bool together(Pull &pull, const Index &before, Body body) const;
  Place at(const Index &linear) const;

  unsigned rank;
  Shape loops; ///< outermost first; the last is the one with lanes
  int64_t width;
  int64_t turn = 0;  ///< elements after which lanes and the joined axis meet; 0: not joined
  int64_t block = 0; ///< elements a chunk, where there is one loop
  size_t gridLoops = 0;
  bool interchanged = false, shortRows = false;
};

} // namespace net
#endif // NETC_CODEGEN_DOMAIN_H
