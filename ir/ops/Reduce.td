//===- Reduce.td - reductions -----------------------------*- tablegen -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
include "ir/ops/Base.td"

class Net_Reduction<string mnemonic, Type type = Net_Tensor> : Net_DiffOp<mnemonic, [DeclareOpInterfaceMethods<InferTypeOpInterface>]> {
  let arguments = (ins type:$x, DenseI64ArrayAttr:$axes);
  let results = (outs Net_Tensor:$y);
  let assemblyFormat = "$x `over` $axes attr-dict `:` functional-type($x, $y)";
}
class Net_ArgReduction<string mnemonic> : Net_DiffOp<mnemonic, [DeclareOpInterfaceMethods<InferTypeOpInterface>]> {
  let arguments = (ins Net_Tensor:$x, I64Attr:$axis);
  let results = (outs Net_Tensor:$y);
  let vjp = ["blocked"];
  let assemblyFormat = "$x `over` $axis attr-dict `:` functional-type($x, $y)";
}

def Net_SumOp : Net_Reduction<"sum"> {
  let summary = "sum over axes; 0 of nothing";
  let math    = "y = sum x";
  let vjp     = [[{expand(dy, x, getAxes())}]];
}
def Net_ProdOp : Net_Reduction<"prod"> {
  let summary = "product over axes; 1 of nothing";
  let math    = "y = prod x";
  let rule    = "::net::prodVjp";
}
def Net_ReduceMaxOp : Net_Reduction<"reduce_max"> {
  let summary = "largest over axes; -inf of nothing; of equals the first takes the gradient";
  let math    = "y = max x";
  let rule    = "::net::extremumVjp";
}
def Net_ReduceMinOp : Net_Reduction<"reduce_min"> {
  let summary = "smallest over axes; inf of nothing; of equals the first takes the gradient";
  let math    = "y = min x";
  let rule    = "::net::extremumVjp";
}
def Net_AnyOp : Net_Reduction<"any", Net_Bool> { let summary = "is one of them true"; let math = "y = or x";  let vjp = ["zero"]; }
def Net_AllOp : Net_Reduction<"all", Net_Bool> { let summary = "are all of them true"; let math = "y = and x"; let vjp = ["zero"]; }
def Net_LogSumExpOp : Net_Reduction<"logsumexp", Net_Real> {
  let summary = "logarithm of the sum of exponentials, without overflow; -inf of nothing, with gradient 0";
  let math    = "y = ln sum e^x";
  let vjp     = [[{logsumexpRule(dy, x, y, getAxes())}]];
}
def Net_ArgMaxOp : Net_ArgReduction<"argmax"> { let summary = "position of the first largest, as i32"; let math = "y = argmax x"; }
def Net_ArgMinOp : Net_ArgReduction<"argmin"> { let summary = "position of the first smallest, as i32"; let math = "y = argmin x"; }
