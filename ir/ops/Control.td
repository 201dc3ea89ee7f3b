//===- Control.td - calls and gradients -------------------*- tablegen -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
include "ir/ops/Base.td"
include "mlir/Interfaces/ControlFlowInterfaces.td"

def Net_CallOp : Net_Op<"call", [CallOpInterface, DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary     = "a layer applied";
  let description = "Pure. `path` is the instance's: `LeNet.conv2d_1`.";
  let arguments   = (ins FlatSymbolRefAttr:$callee, Variadic<Net_Tensor>:$arguments, OptionalAttr<StrAttr>:$path,
                         OptionalAttr<DictArrayAttr>:$arg_attrs, OptionalAttr<DictArrayAttr>:$res_attrs);
  let results     = (outs Variadic<Net_Tensor>:$values);
  let assemblyFormat = "$callee `(` $arguments `)` attr-dict `:` functional-type($arguments, $values)";
  let extraClassDeclaration = [{
    ::mlir::CallInterfaceCallable getCallableForCallee() { return getCalleeAttr(); }
    void setCalleeFromCallable(::mlir::CallInterfaceCallable callee) {
      setCalleeAttr(::llvm::cast<::mlir::FlatSymbolRefAttr>(::llvm::cast<::mlir::SymbolRefAttr>(callee)));
    }
    ::mlir::Operation::operand_range getArgOperands() { return getArguments(); }
    ::mlir::MutableOperandRange getArgOperandsMutable() { return getArgumentsMutable(); }
  }];
}

def Net_GradOp : Net_Op<"grad", [SingleBlock]> {
  let summary     = "derivatives of a scalar that the region computes";
  let description = [{
    The region's block arguments stand for `wrt`; `net.yield` gives the loss (a scalar), then every other value of the region that is
    read outside. Results: a cotangent for each operand, for each `net.tap` in the region's order, then the yielded values, the loss first.
    The region may use values from above; they are constants of the differentiation.
  }];
  let arguments   = (ins Variadic<Net_Tensor>:$wrt);
  let results     = (outs Variadic<Net_Tensor>:$values);
  let regions     = (region SizedRegion<1>:$body);
  let hasCustomAssemblyFormat = 0;
  let assemblyFormat = "$wrt attr-dict `:` functional-type($wrt, $values) $body";
  let hasVerifier = 1;
}
def Net_TapOp : Net_DiffOp<"tap", [SameOperandsAndResultType]> {
  let summary   = "a value inside a `net.grad` whose cotangent is wanted";
  let description = [{ `number`: its place among the taps of a `net.grad`; two of equal values stay two. }];
  let arguments = (ins Net_Tensor:$x, DefaultValuedOptionalAttr<I64Attr, "0">:$number);
  let results   = (outs Net_Tensor:$y);
  let vjp       = [[{dy}]];
  let assemblyFormat = "$x attr-dict `:` type($x)";
}
def Net_CustomVjpOp : Net_Op<"custom_vjp", [IsolatedFromAbove]> {
  let summary     = "a function with a derivative of its own";
  let description = [{
    The first region computes the results from the operands. The second computes a cotangent for each real operand, from the operands
    and a cotangent for each real result; it is linear in these. `net-grad` uses it in place of the first region's derivative, and
    leaves the first region's operations.
  }];
  let arguments   = (ins Variadic<Net_Tensor>:$arguments);
  let results     = (outs Variadic<Net_Tensor>:$values);
  let regions     = (region SizedRegion<1>:$body, SizedRegion<1>:$derivative);
  let assemblyFormat = "$arguments attr-dict `:` functional-type($arguments, $values) $body `derivative` $derivative";
  let hasRegionVerifier = 1;
}
def Net_ScanOp : Net_Op<"scan", [SingleBlock, AttrSizedOperandSegments]> {
  let summary     = "a region for each element of sequences, in turn";
  let description = [{
    A sequence is an array `[T, ..]`, its elements `[..]`; there is one at least, and all have the same T. The region takes an element of
    each, then the carries, which begin as `initial`; `net.yield` gives values to keep, then the carries of the next turn. Results: the
    kept values of all turns `[T, ..]`, each at its element's place, then the last carries. The region may use values from above. With
    `reverse` the turns begin at the last element. Without turns (T = 0) the carries stay as they begin.
  }];
  let arguments   = (ins Variadic<Net_Tensor>:$sequences, Variadic<Net_Tensor>:$initial, UnitAttr:$reverse);
  let results     = (outs Variadic<Net_Tensor>:$values);
  let regions     = (region SizedRegion<1>:$body);
  let assemblyFormat = "$sequences (`with` $initial^)? (`reverse` $reverse^)? attr-dict `:` functional-type(operands, $values) $body";
  let hasRegionVerifier = 1;
  let extraClassDeclaration = [{
    /// How many turns there are.
    ::net::SizeExpr length() { return ::net::shapeOf(getSequences().getTypes().front())[0]; }
    unsigned carryCount() { return getInitial().size(); }
    unsigned keptCount() { return getNumResults() - carryCount(); }
    ::llvm::MutableArrayRef<::mlir::BlockArgument> elements() { return getBody().getArguments().take_front(getSequences().size()); }
    ::llvm::MutableArrayRef<::mlir::BlockArgument> carries() { return getBody().getArguments().take_back(carryCount()); }
    ::mlir::OperandRange keptInTurn() { return getBody().front().getTerminator()->getOperands().take_front(keptCount()); }
    ::mlir::OperandRange nextCarries() { return getBody().front().getTerminator()->getOperands().take_back(carryCount()); }
    ::mlir::ResultRange kept() { return getResults().take_front(keptCount()); }
    ::mlir::ResultRange lastCarries() { return getResults().take_back(carryCount()); }
  }];
}
def Net_YieldOp : Net_Op<"yield", [Terminator, ReturnLike]> {
  let summary   = "values of a region";
  let arguments = (ins Variadic<AnyType>:$values);
  let assemblyFormat = "attr-dict ($values^ `:` type($values))?";
  let builders = [OpBuilder<(ins), [{}]>];
}

def Net_KernelOp : Net_Op<"kernel", [SingleBlock]> {
  let summary     = "operations that become one loop nest";
  let description = [{
    Made by `net-fuse`. The region uses values from above; what it yields are the kernel's outputs. The last operation on the path
    that is no elementwise or shape operation (`root`) decides the loop nest: a reduction, product or convolution; else a map.
  }];
  let results     = (outs Variadic<Net_Tensor>:$values);
  let regions     = (region SizedRegion<1>:$body);
  let assemblyFormat = "attr-dict `:` type($values) $body";
  let hasVerifier = 1;
}
