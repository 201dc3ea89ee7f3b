//===- Interfaces.td - what passes ask of operations ------*- tablegen -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef NETC_IR_OPS_INTERFACES
#define NETC_IR_OPS_INTERFACES

include "mlir/IR/OpBase.td"

def DifferentiableOp : OpInterface<"DifferentiableOp"> {
  let cppNamespace = "::net";
  let description = [{
    An operation with a reverse rule. `vjp` gives, for each operand, its cotangent as an expression,
    `Expr::zero()` (a step function's, say) or `Expr::blocked()` (a derivative that is not defined).
    `dys` holds a cotangent for every result; an inactive result has `Expr::zero()`.
  }];
  let methods = [InterfaceMethod<"cotangents of the operands", "::llvm::SmallVector<::net::Expr>", "vjp",
                                 (ins "::net::ExprBuilder &":$builder, "::llvm::ArrayRef<::net::Expr>":$dys)>];
}

def ScalarOp : OpInterface<"ScalarOp"> {
  let cppNamespace = "::net";
  let description = [{
    An elementwise operation. Its scalar body is one template, instantiated for dual numbers (the
    interpreter) and for lanes (code generation).
  }];
  let methods = [
    InterfaceMethod<"value and derivative of one element", "::net::Dual", "evaluate", (ins "::llvm::ArrayRef<::net::Dual>":$operands)>,
    InterfaceMethod<"operations that compute one element, or a vector of them", "::net::Lane", "emit",
                    (ins "::llvm::ArrayRef<::net::Lane>":$operands)>,
  ];
}

#endif
