//===- Product.td - products and convolutions -------------*- tablegen -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
include "ir/ops/Base.td"

def Net_EinsumOp : Net_DiffOp<"einsum", [DeclareOpInterfaceMethods<InferTypeOpInterface>]> {
  let summary     = "sum of products of two arrays by Einstein's convention: `bik,kj->bij`";
  let description = [{
    One letter an axis. No letter stands twice in one operand; every letter of an operand stands in the other operand or in the
    result, every letter of the result in an operand. The matrix product is `ij,jk->ik`.
  }];
  let arguments   = (ins Net_Tensor:$a, Net_Tensor:$b_, StrAttr:$spec);
  let results     = (outs Net_Tensor:$y);
  let vjp         = [[{einsum(dy, b_, einsumSpec(getSpec(), 2, 1, 0))}], [{einsum(a, dy, einsumSpec(getSpec(), 0, 2, 1))}]];
  let assemblyFormat = "$spec $a `,` $b_ attr-dict `:` functional-type(operands, results)";
}
def Net_ConvOp : Net_DiffOp<"conv", [DeclareOpInterfaceMethods<InferTypeOpInterface>]> {
  let summary     = "convolution (correlation, as in all frameworks) over any number of axes";
  let description = [{
    x: [N, spatial.., C]; w: [taps.., C / groups, O]; result: [N / batch_groups, spatial'.., O].
    `input_dilation` puts zeros between x's elements (the transposed convolution), `dilation` between the taps; `low` and `high`
    pad (negative: crop). With n' = (n - 1) * input_dilation + 1 + low + high elements and a window of (taps - 1) * dilation + 1,
    spatial' = (n' - window) / stride + 1, rounded down, 0 where the window does not fit. With `groups` g, output channels of group i
    see input channels of group i; with `batch_groups` g, output channels of group i see the i-th part of the batch (the weight
    gradient of a grouped convolution).
  }];
  let math        = "y[n, p, o] = sum over k, c of x[n, p stride + k dilation - low, c] w[k, c, o]";
  let arguments   = (ins Net_Real:$x, Net_Real:$w, DenseI64ArrayAttr:$strides, DenseI64ArrayAttr:$low, DenseI64ArrayAttr:$high,
                         DenseI64ArrayAttr:$input_dilation, DenseI64ArrayAttr:$dilation, DefaultValuedAttr<I64Attr, "1">:$groups,
                         DefaultValuedAttr<I64Attr, "1">:$batch_groups);
  let results     = (outs Net_Tensor:$y);
  let rule        = "::net::convVjp";
  let assemblyFormat = "$x `,` $w attr-dict `:` functional-type(operands, results)";
}
