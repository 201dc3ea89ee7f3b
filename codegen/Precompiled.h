//===- Precompiled.h - headers that most files of code generation use *- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Compiled once, for time alone: every file includes what it uses all the same.
//
//===----------------------------------------------------------------------===//
#ifndef NETC_CODEGEN_PRECOMPILED_H
#define NETC_CODEGEN_PRECOMPILED_H

#include "codegen/Pull.h"
#include "ir/Precompiled.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

#endif // NETC_CODEGEN_PRECOMPILED_H
