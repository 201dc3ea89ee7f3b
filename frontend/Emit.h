//===- Emit.h - operations of the net dialect, made simply ------*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Knows types and operations, nothing of the source text: whoever calls has
// checked the shapes, so that mistakes of the user never arrive here.
//
//===----------------------------------------------------------------------===//
#ifndef NETC_FRONTEND_EMIT_H
#define NETC_FRONTEND_EMIT_H

#include "ir/NetDialect.h"
#include "mlir/IR/Builders.h"

namespace net {

/// An axis, counted from the right, on which two shapes do not broadcast.
struct BroadcastFailure {
  size_t axisFromRight;
  SizeExpr left, right;
};

/// NumPy's rule, with equality of sizes by name and 1 known at compile time.
std::optional<BroadcastFailure> broadcastShapes(const Shape &a, const Shape &b, Shape &result);

class Emit {
public:
  Emit(mlir::OpBuilder &builder, mlir::Location loc) : builder(builder), loc(loc) {}

  mlir::Type f32() const { return builder.getF32Type(); }
  mlir::Type i32() const { return builder.getI32Type(); }
  mlir::Type i64() const { return builder.getI64Type(); }
  mlir::Type boolean() const { return builder.getI1Type(); }

  /// A number as a scalar of any element type.
  mlir::Value number(double value, mlir::Type element);
  mlir::Value integer(int64_t value, mlir::Type element);
  /// A size as a scalar: a constant where it is known, `net.size` and a cast where it is not.
  mlir::Value size(const SizeExpr &size, mlir::Type element);
  /// A number in every element of a shape.
  mlir::Value fill(double value, mlir::Type element, const Shape &shape);
  mlir::Value fill(mlir::Value scalar, const Shape &shape);
  /// A constant array from row-major numbers.
  mlir::Value array(llvm::ArrayRef<double> values, mlir::Type element,
                    llvm::ArrayRef<int64_t> shape);

  mlir::Value cast(mlir::Value x, mlir::Type element);
  /// Trailing axes aligned; x's sizes are 1 or the shape's.
  mlir::Value broadcast(mlir::Value x, const Shape &shape);
  mlir::Value broadcastAxes(mlir::Value x, const Shape &shape, llvm::ArrayRef<int64_t> axes);
  mlir::Value reshape(mlir::Value x, const Shape &shape);
  mlir::Value transpose(mlir::Value x, llvm::ArrayRef<int64_t> order);
  mlir::Value slice(mlir::Value x, const Shape &starts, const Shape &sizes,
                    llvm::ArrayRef<int64_t> strides);
  /// The slices of one axis, [low, low + size).
  mlir::Value part(mlir::Value x, int64_t axis, const SizeExpr &low, const SizeExpr &size);
  mlir::Value concat(llvm::ArrayRef<mlir::Value> xs, int64_t axis);
  mlir::Value einsum(mlir::Value a, mlir::Value b, const std::string &spec);
  mlir::Value iota(const SizeExpr &size, mlir::Type element);

  template <typename Op> mlir::Value unary(mlir::Value x) {
    return Op::create(builder, loc, x.getType(), x).getResult();
  }
  template <typename Op> mlir::Value binary(mlir::Value a, mlir::Value b) {
    return Op::create(builder, loc, a.getType(), a, b).getResult();
  }
  template <typename Op> mlir::Value compare(mlir::Value a, mlir::Value b) {
    return Op::create(builder, loc, withElement(a.getType(), boolean()), a, b).getResult();
  }
  /// Reductions drop their axes; `keep` puts sizes of 1 in their place.
  template <typename Op>
  mlir::Value reduce(mlir::Value x, llvm::ArrayRef<int64_t> axes, bool keep) {
    mlir::Type type = reducedType(x, axes);
    mlir::Value y = Op::create(builder, loc, type, x, axes).getResult();
    return keep ? keepAxes(y, x, axes) : y;
  }
  mlir::Value mean(mlir::Value x, llvm::ArrayRef<int64_t> axes, bool keep);
  /// The number of elements along axes, as a scalar.
  mlir::Value count(mlir::Value x, llvm::ArrayRef<int64_t> axes, mlir::Type element);
  mlir::Value keepAxes(mlir::Value y, mlir::Value x, llvm::ArrayRef<int64_t> axes);
  mlir::Type reducedType(mlir::Value x, llvm::ArrayRef<int64_t> axes);

  mlir::OpBuilder &builder;
  mlir::Location loc;
};

bool isFloat(mlir::Type element);
bool isInteger(mlir::Type element); ///< not bool
bool isBool(mlir::Type element);

} // namespace net
#endif // NETC_FRONTEND_EMIT_H
