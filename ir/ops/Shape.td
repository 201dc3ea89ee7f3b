//===- Shape.td - operations that only move elements -------*- tablegen -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
include "ir/ops/Base.td"

def Net_ConstantOp : Net_DiffOp<"constant", [ConstantLike, AllTypesMatch<["value", "y"]>]> {
  let summary   = "an array known at compile time";
  let arguments = (ins ElementsAttr:$value);
  let results   = (outs Net_Tensor:$y);
  let rule      = "::net::noOperands";
  let assemblyFormat = "attr-dict $value";
  let hasFolder = 1;
}
def Net_SizeOp : Net_DiffOp<"size"> {
  let summary   = "a size as a scalar value";
  let arguments = (ins StrAttr:$expr);
  let results   = (outs Net_Scalar:$y);
  let rule      = "::net::noOperands";
  let assemblyFormat = "$expr attr-dict `:` type($y)";
  let hasVerifier = 1;
}
def Net_IotaOp : Net_DiffOp<"iota"> {
  let summary   = "0, 1, 2, ... along the only axis";
  let results   = (outs Net_Tensor:$y);
  let rule      = "::net::noOperands";
  let assemblyFormat = "attr-dict `:` type($y)";
  let hasVerifier = 1;
}
def Net_BroadcastOp : Net_DiffOp<"broadcast"> {
  let summary     = "copies along new axes and along axes of size 1";
  let description = "`axes[i]` is the result's axis that axis i of x becomes, ascending.";
  let arguments   = (ins Net_Tensor:$x, DenseI64ArrayAttr:$axes);
  let results     = (outs Net_Tensor:$y);
  let vjp         = [[{broadcastRule(dy, x, getAxes())}]];
  let assemblyFormat = "$x `to` $axes attr-dict `:` type($x) `->` type($y)";
  let hasVerifier = 1;
  let hasFolder = 1;
}
def Net_ReshapeOp : Net_DiffOp<"reshape"> {
  let summary   = "the same elements in row-major order, under other sizes";
  let arguments = (ins Net_Tensor:$x);
  let results   = (outs Net_Tensor:$y);
  let vjp       = [[{reshape(dy, x.shape())}]];
  let assemblyFormat = "$x attr-dict `:` type($x) `->` type($y)";
  let hasVerifier = 1;
  let hasFolder = 1;
}
def Net_TransposeOp : Net_DiffOp<"transpose", [DeclareOpInterfaceMethods<InferTypeOpInterface>]> {
  let summary     = "axes in another order";
  let description = "Axis i of the result is axis `order[i]` of x.";
  let arguments   = (ins Net_Tensor:$x, DenseI64ArrayAttr:$order);
  let results     = (outs Net_Tensor:$y);
  let vjp         = [[{transposeRule(dy, getOrder())}]];
  let assemblyFormat = "$x `by` $order attr-dict `:` functional-type($x, $y)";
  let hasFolder = 1;
}
def Net_ReverseOp : Net_DiffOp<"reverse", [SameOperandsAndResultType]> {
  let summary   = "the given axes backwards";
  let arguments = (ins Net_Tensor:$x, DenseI64ArrayAttr:$axes);
  let results   = (outs Net_Tensor:$y);
  let vjp       = [[{reverse(dy, getAxes())}]];
  let assemblyFormat = "$x `over` $axes attr-dict `:` type($x)";
  let hasVerifier = 1;
}
def Net_SliceOp : Net_DiffOp<"slice"> {
  let summary     = "every `strides[i]`-th element of axis i from `starts[i]` on, as many as the result has";
  let arguments   = (ins Net_Tensor:$x, Net_SizesAttr:$starts, DenseI64ArrayAttr:$strides);
  let results     = (outs Net_Tensor:$y);
  let vjp         = [[{sliceRule(dy, x, getStarts(), getStrides())}]];
  let assemblyFormat = "$x `from` $starts `by` $strides attr-dict `:` type($x) `->` type($y)";
  let hasVerifier = 1;
}
def Net_PadOp : Net_DiffOp<"pad"> {
  let summary     = "x inside an array of `value`, from `low[i]` on, with `interior[i]` values between its elements";
  let description = "`low` and what the result's size leaves at the end may be negative: elements fall off.";
  let arguments   = (ins Net_Tensor:$x, Net_Scalar:$value, Net_SizesAttr:$low, DenseI64ArrayAttr:$interior);
  let results     = (outs Net_Tensor:$y);
  let rule        = "::net::padVjp";
  let assemblyFormat = "$x `with` $value `from` $low `by` $interior attr-dict `:` functional-type(operands, results)";
  let hasVerifier = 1;
}
def Net_ConcatOp : Net_DiffOp<"concat", [DeclareOpInterfaceMethods<InferTypeOpInterface>]> {
  let summary   = "arrays one after the other along an axis";
  let arguments = (ins Variadic<Net_Tensor>:$xs, I64Attr:$axis);
  let results   = (outs Net_Tensor:$y);
  let rule      = "::net::concatVjp";
  let assemblyFormat = "$xs `over` $axis attr-dict `:` functional-type($xs, $y)";
}
def Net_WindowOp : Net_DiffOp<"window", [DeclareOpInterfaceMethods<InferTypeOpInterface>]> {
  let summary     = "the windows that slide over some axes, each window's offsets as new last axes";
  let description = [{
    Windowed axis `axes[i]` of size n becomes the count of windows, `(n + low + high - (sizes - 1) * dilations - 1) / strides + 1`
    (rounded down); an axis of size `sizes[i]` is appended for it. Elements outside of x read `value`.
    A convolution's patches and a pooling's regions.
  }];
  let arguments   = (ins Net_Tensor:$x, Net_Scalar:$value, DenseI64ArrayAttr:$axes, DenseI64ArrayAttr:$sizes, DenseI64ArrayAttr:$strides,
                         DenseI64ArrayAttr:$dilations, DenseI64ArrayAttr:$low, DenseI64ArrayAttr:$high);
  let results     = (outs Net_Tensor:$y);
  let rule        = "::net::windowVjp";
  let assemblyFormat = "$x `with` $value attr-dict `:` functional-type(operands, results)";
}
def Net_UnwindowOp : Net_DiffOp<"unwindow"> {
  let summary     = "the sum of overlapping windows: the transpose of `window`";
  let arguments   = (ins Net_Tensor:$x, DenseI64ArrayAttr:$axes, DenseI64ArrayAttr:$sizes, DenseI64ArrayAttr:$strides,
                         DenseI64ArrayAttr:$dilations, DenseI64ArrayAttr:$low, DenseI64ArrayAttr:$high);
  let results     = (outs Net_Tensor:$y);
  let rule        = "::net::unwindowVjp";
  let assemblyFormat = "$x attr-dict `:` type($x) `->` type($y)";
  let hasVerifier = 1;
}

//===-- indexing ----------------------------------------------------------------------------===//

def Net_TakeOp : Net_DiffOp<"take", [DeclareOpInterfaceMethods<InferTypeOpInterface>]> {
  let summary     = "slices of x at the given positions of an axis";
  let description = "The result has the indices' axes in place of the axis. Indices are in range (see `checked`).";
  let math        = "y[.., i.., ..] = x[.., index[i..], ..]";
  let arguments   = (ins Net_Tensor:$x, Net_Whole:$index, I64Attr:$axis);
  let results     = (outs Net_Tensor:$y);
  let vjp         = [[{scatterAdd(zerosLike(x), index, dy, getAxis())}], "zero"];
  let assemblyFormat = "$x `at` $index `over` $axis attr-dict `:` functional-type(operands, results)";
}
def Net_ScatterAddOp : Net_DiffOp<"scatter_add", [AllTypesMatch<["x", "y"]>]> {
  let summary   = "x with slices added at positions of an axis, in the order of the indices";
  let math      = "y = x; y[.., index[i..], ..] += updates[.., i.., ..]";
  let arguments = (ins Net_Tensor:$x, Net_Whole:$index, Net_Tensor:$updates, I64Attr:$axis);
  let results   = (outs Net_Tensor:$y);
  let vjp       = [[{dy}], "zero", [{take(dy, index, getAxis())}]];
  let assemblyFormat = "$x `at` $index `with` $updates `over` $axis attr-dict `:` type($x) `,` type($index) `,` type($updates)";
  let hasVerifier = 1;
}
def Net_TakeAlongOp : Net_DiffOp<"take_along", [DeclareOpInterfaceMethods<InferTypeOpInterface>]> {
  let summary   = "one element of the axis for each index";
  let math      = "y[.., i, ..] = x[.., index[.., i, ..], ..]";
  let arguments = (ins Net_Tensor:$x, Net_Whole:$index, I64Attr:$axis);
  let results   = (outs Net_Tensor:$y);
  let vjp       = [[{scatterAddAlong(zerosLike(x), index, dy, getAxis())}], "zero"];
  let assemblyFormat = "$x `at` $index `over` $axis attr-dict `:` functional-type(operands, results)";
}
def Net_ScatterAddAlongOp : Net_DiffOp<"scatter_add_along", [AllTypesMatch<["x", "y"]>]> {
  let summary   = "x with one element added for each index: the transpose of `take_along`";
  let math      = "y = x; y[.., index[.., i, ..], ..] += updates[.., i, ..]";
  let arguments = (ins Net_Tensor:$x, Net_Whole:$index, Net_Tensor:$updates, I64Attr:$axis);
  let results   = (outs Net_Tensor:$y);
  let vjp       = [[{dy}], "zero", [{takeAlong(dy, index, getAxis())}]];
  let assemblyFormat = "$x `at` $index `with` $updates `over` $axis attr-dict `:` type($x) `,` type($index) `,` type($updates)";
  let hasVerifier = 1;
}
def Net_DynamicSliceOp : Net_DiffOp<"dynamic_slice"> {
  let summary     = "the part of x that begins at run-time positions of some axes; the other axes are whole";
  let description = "`starts[i]` is where the part begins along axis `axes[i]`; it is in range (see `checked`).";
  let math        = "y[.., i, ..] = x[.., start + i, ..]";
  let arguments   = (ins Net_Tensor:$x, Variadic<Net_WholeScalar>:$starts, DenseI64ArrayAttr:$axes);
  let results     = (outs Net_Tensor:$y);
  let rule        = "::net::dynamicSliceVjp";
  let assemblyFormat = "$x `at` `(` $starts `)` `over` $axes attr-dict `:` functional-type(operands, results)";
  let hasVerifier = 1;
}
def Net_DynamicUpdateOp : Net_DiffOp<"dynamic_update", [AllTypesMatch<["x", "y"]>]> {
  let summary     = "x with u in place of the part that `dynamic_slice` would take";
  let math        = "y = x; y[.., start + i, ..] = u[.., i, ..]";
  let arguments   = (ins Net_Tensor:$x, Net_Tensor:$u, Variadic<Net_WholeScalar>:$starts, DenseI64ArrayAttr:$axes);
  let results     = (outs Net_Tensor:$y);
  let rule        = "::net::dynamicUpdateVjp";
  let assemblyFormat = "$x `,` $u `at` `(` $starts `)` `over` $axes attr-dict `:` functional-type(operands, results)";
  let hasVerifier = 1;
}
