//===- Index.h - where an element is, symbolically --------------*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Indices are kept as affine forms over loop variables, with symbolic coefficients,
// until an address is needed: so contiguous accesses are seen, equal ones shared.
//
//===----------------------------------------------------------------------===//
#ifndef NETC_CODEGEN_INDEX_H
#define NETC_CODEGEN_INDEX_H

#include "ir/SizeExpr.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"

namespace net {

/// constant + sum of coefficient * variable + lane * (number of the lane).
/// Variables are numbered by `Pull`; a variable is an i64, or a vector with an i64 a lane.
class Index {
public:
  Index(SizeExpr constant = 0) : constant(std::move(constant)) {}
  Index(int64_t constant) : constant(constant) {}
  static Index variable(unsigned number);
  /// The number of the lane: 0 in the first.
  static Index lanes();

  Index operator+(const Index &other) const;
  Index operator-(const Index &other) const;
  Index operator*(const SizeExpr &factor) const;
  bool operator==(const Index &other) const;
  bool operator!=(const Index &other) const { return !(*this == other); }
  bool isZero() const { return *this == Index(); }
  /// Text by which equal indices are found.
  std::string key() const;

  SizeExpr constant;
  std::map<unsigned, SizeExpr> terms; ///< no coefficient is zero
  SizeExpr lane;
};

/// The place of an element in an array: neighbouring axes may be taken together, with one row-major
/// index for the group, which is how a reshape passes without divisions.
struct Place {
  struct Group {
    unsigned axes; ///< at least 1
    Index index;
  };
  llvm::SmallVector<Group, 0> groups;

  Place() = default;
  /// One index an axis.
  Place(llvm::ArrayRef<Index> axes);
  /// One row-major index for all axes of an array of rank `rank`.
  static Place flat(const Index &index, unsigned rank);

  bool operator==(const Place &other) const { return key() == other.key(); }
  std::string key() const;
  /// The row-major index in an array of this shape.
  Index linear(const Shape &shape) const;
  /// The same element in an array of the same elements under other sizes (`reshape`).
  Place reshaped(const Shape &from, const Shape &to) const;
};

/// Row-major strides in elements.
llvm::SmallVector<SizeExpr> stridesOf(const Shape &shape);

/// The elements of `axes` axes from `first` on.
SizeExpr elementsOf(const Shape &shape, unsigned first, unsigned axes);

/// Does a divide b, for certain?
bool divides(const SizeExpr &a, const SizeExpr &b);
/// The sizes of loops over an array of `elements` elements that can be told apart at the cuts
/// (strides in it); cuts that no others divide are left out. Outermost first, at least one.
Shape factored(const SizeExpr &elements, llvm::ArrayRef<SizeExpr> cuts);

} // namespace net
#endif // NETC_CODEGEN_INDEX_H
