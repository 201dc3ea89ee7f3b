//===- Types.h - tensors with named sizes -----------------------*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// `tensor<?x10xf32, #net.sizes<[B, 10]>>`: a builtin tensor whose encoding names
// its run-time sizes. A tensor without run-time sizes has no encoding.
//
//===----------------------------------------------------------------------===//
#ifndef NETC_IR_TYPES_H
#define NETC_IR_TYPES_H

#include "ir/SizeExpr.h"
#include "mlir/IR/BuiltinTypes.h"

namespace net {

/// A size per axis of a ranked tensor. An unnamed `?` gives an invalid size.
Shape shapeOf(mlir::Type type);
mlir::Type elementOf(mlir::Type type);
/// A ranked tensor without unnamed `?`.
bool isNamedTensor(mlir::Type type);
/// The tensor of these sizes; run-time sizes are named in its encoding.
mlir::RankedTensorType tensorOf(mlir::Type element, const Shape &shape);
/// Same sizes, another element type.
mlir::RankedTensorType withElement(mlir::Type type, mlir::Type element);
/// The array of one such value a turn: a leading axis more.
mlir::RankedTensorType stacked(mlir::Type type, const SizeExpr &length);
/// What a turn has of such an array: a leading axis less.
mlir::RankedTensorType unstacked(mlir::Type type);
/// `f32[B, 10]`, as the language writes it.
std::string str(mlir::Type type);
/// `f32`, `u8`, `bool`, ...
std::string elementName(mlir::Type element);
/// The element type of that name, or null.
mlir::Type elementNamed(llvm::StringRef name, mlir::MLIRContext *context);

} // namespace net
#endif // NETC_IR_TYPES_H
