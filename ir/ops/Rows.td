//===- Rows.td - operations that go through an axis in order -*- tablegen -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
include "ir/ops/Base.td"

def Net_RecurrenceOp : Net_DiffOp<"recurrence", [SameOperandsAndResultType]> {
  let summary     = "each element is a times the one before it, plus x: running sums, products and means";
  let description = [{
    The first element is x's, whatever a holds there; with `reverse` it is the last one, and each follows from the one behind
    it. A step is one fused multiply-add. With a = 1 the result is the running sum; with x = 0 but in the first element, the
    running product. The derivative is a recurrence in the other direction, without divisions.
  }];
  let math        = "y[0] = x[0]; y[i] = a[i] y[i - 1] + x[i]";
  let arguments   = (ins Net_Tensor:$a, Net_Tensor:$x, I64Attr:$axis, UnitAttr:$reverse);
  let results     = (outs Net_Tensor:$y);
  let rule        = "::net::recurrenceVjp";
  let assemblyFormat = "$a `,` $x `over` $axis (`reverse` $reverse^)? attr-dict `:` type($x)";
  let hasVerifier = 1;
}
def Net_ArgSortOp : Net_DiffOp<"argsort", [DeclareOpInterfaceMethods<InferTypeOpInterface>]> {
  let summary     = "positions of the axis's elements in ascending or `descending` order, as i32";
  let description = "Equal elements keep their order, as -0 and 0 do; NaN comes last, whatever the direction.";
  let math        = "x[.., y[.., i, ..], ..] <= x[.., y[.., i + 1, ..], ..]";
  let arguments   = (ins Net_Tensor:$x, I64Attr:$axis, UnitAttr:$descending);
  let results     = (outs Net_Tensor:$y);
  let vjp         = ["blocked"];
  let assemblyFormat = "$x `over` $axis (`descending` $descending^)? attr-dict `:` functional-type($x, $y)";
}
def Net_SolveOp : Net_DiffOp<"solve", [DeclareOpInterfaceMethods<InferTypeOpInterface>]> {
  let summary     = "the solutions of linear equations, by elimination with partial pivoting";
  let description = [{
    a: [.., n, n]; b_ and result: [.., n, k], a system for each of the leading axes. The pivot of a column is its largest
    element by size, of equals the first. Where a is singular, results are infinite or NaN.
  }];
  let math        = "a y = b_";
  let arguments   = (ins Net_Real:$a, Net_Real:$b_);
  let results     = (outs Net_Tensor:$y);
  let rule        = "::net::solveVjp";
  let assemblyFormat = "$a `,` $b_ attr-dict `:` functional-type(operands, results)";
}
