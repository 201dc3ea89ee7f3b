//===- Array.h - the interpreter's values -----------------------*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef NETC_IR_ARRAY_H
#define NETC_IR_ARRAY_H

#include "ir/Scalar.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "llvm/Support/Error.h"

#include <vector>

namespace net {

/// A dense row-major array. Real element types hold doubles, and a derivative along one direction
/// beside each if there is one; whole ones and truth values hold 64 bits, exactly.
struct Array {
  mlir::Type element; ///< as the net dialect has it: f32, ui8, i1, ...
  std::vector<int64_t> shape;
  std::vector<double> values;
  std::vector<double> tangents; ///< empty: all zero
  std::vector<int64_t> wholes;

  Array() = default;
  /// Zeros.
  Array(mlir::Type element, std::vector<int64_t> shape);
  static Array scalar(mlir::Type element, double value);
  /// A random key.
  static Array key(mlir::MLIRContext *context, uint64_t key);

  bool isReal() const { return mlir::isa<mlir::FloatType>(element); }
  int64_t rank() const { return static_cast<int64_t>(shape.size()); }
  /// One of the lists is empty.
  size_t size() const { return values.size() + wholes.size(); }

  // An element that exists tells by its list which kind the array is of.
  Dual at(size_t i) const {
    if (!wholes.empty())
      return Dual(static_cast<double>(wholes[i]));
    return Dual(values[i], tangents.empty() ? 0 : tangents[i]);
  }
  /// Whole element types take the number as it is: it is in range.
  void set(size_t i, const Dual &x) {
    if (!wholes.empty()) {
      wholes[i] = static_cast<int64_t>(x.v);
      return;
    }
    values[i] = x.v;
    if (!tangents.empty())
      tangents[i] = x.d;
  }
  /// this[i] = from[j]; both have the same element type.
  void copy(size_t i, const Array &from, size_t j) {
    if (!wholes.empty()) {
      wholes[i] = from.wholes[j];
      return;
    }
    values[i] = from.values[j];
    if (!tangents.empty())
      tangents[i] = from.tangents.empty() ? 0 : from.tangents[j];
  }
  /// this[i] += from[j], whole ones modulo their width.
  void add(size_t i, const Array &from, size_t j);
  void addTangents();
  /// Every number rounded to the element type.
  void round();
  /// To and from memory, dense and row-major, in the element type; bool is one byte.
  void store(char *memory) const;
  void load(const char *memory);
};

/// Bytes of one element in memory.
int64_t byteWidth(mlir::Type element);
/// A number rounded to a real element type (f16, bf16, f32, f64), ties to even.
double roundTo(mlir::Type element, double x);
/// The lowest bits of a whole number as one of the element type.
int64_t wrapTo(mlir::Type element, int64_t x);

/// Steps between neighbours of each axis in row-major order.
std::vector<int64_t> stridesOf(llvm::ArrayRef<int64_t> shape);
int64_t countOf(llvm::ArrayRef<int64_t> shape);

/// All positions of a shape in row-major order: `for (Positions p(shape); p; p.next())`.
class Positions {
public:
  explicit Positions(llvm::ArrayRef<int64_t> shape)
      : shape(shape.begin(), shape.end()), at(shape.size()), left(countOf(shape)) {}
  explicit operator bool() const { return left > 0; }
  void next();
  int64_t operator[](size_t axis) const { return at[axis]; }
  llvm::ArrayRef<int64_t> get() const { return at; }
  /// The row-major number of this position.
  size_t number() const { return done; }

private:
  std::vector<int64_t> shape, at;
  int64_t left;
  size_t done = 0;
};

/// The array of a constant, or an error for attributes that are not dense.
llvm::Expected<Array> arrayOf(mlir::ElementsAttr elements);
/// The constant of an array (its type has no named sizes).
mlir::DenseElementsAttr elementsOf(const Array &array);
/// `f32[2, 3] 1 2 3 4 5 6`; at most `limit` numbers.
std::string str(const Array &array, size_t limit = 16);

} // namespace net
#endif // NETC_IR_ARRAY_H
