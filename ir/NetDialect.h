//===- NetDialect.h - the net dialect ---------------------------*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef NETC_IR_NETDIALECT_H
#define NETC_IR_NETDIALECT_H

#include "ir/Expr.h"
#include "ir/Scalar.h"
#include "ir/SizeExpr.h"
#include "ir/Types.h"
#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/IR/TensorEncoding.h"
#include "mlir/Interfaces/CallInterfaces.h"
#include "mlir/Interfaces/ControlFlowInterfaces.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include "ir/NetDialect.h.inc"
#include "ir/NetInterfaces.h.inc"
#define GET_ATTRDEF_CLASSES
#include "ir/NetAttrs.h.inc"
#define GET_OP_CLASSES
#include "ir/NetOps.h.inc"

#endif // NETC_IR_NETDIALECT_H
