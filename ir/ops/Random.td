//===- Random.td - counter-based random numbers -----------*- tablegen -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
include "ir/ops/Base.td"

def Net_FoldKeyOp : Net_DiffOp<"fold_key"> {
  let summary   = "the key of a named place: mix(key xor fnv1a(path))";
  let arguments = (ins Net_Key:$key, StrAttr:$path);
  let results   = (outs Net_Key:$y);
  let vjp       = ["zero"];
  let assemblyFormat = "$key $path attr-dict `:` type($key) `->` type($y)";
}
def Net_FoldInOp : Net_DiffOp<"fold_in"> {
  let summary   = "the key of a turn: mix(key + 0x9E3779B97F4A7C15 (i + 1))";
  let arguments = (ins Net_Key:$key, Net_WholeScalar:$i);
  let results   = (outs Net_Key:$y);
  let vjp       = ["zero", "zero"];
  let assemblyFormat = "$key `,` $i attr-dict `:` functional-type(operands, results)";
}
class Net_Random<string mnemonic> : Net_DiffOp<mnemonic> {
  let arguments = (ins Net_Key:$key);
  let results = (outs Net_Real:$y);
  let vjp = ["zero"];
  let assemblyFormat = "$key attr-dict `:` type($key) `->` type($y)";
}
def Net_UniformOp : Net_Random<"uniform"> {
  let summary = "k / 2^24 for uniform k in 0 .. 2^24 - 1 (Philox 4x32-10; Salmon et al. 2011)";
  let math    = "y ~ U[0, 1)";
}
def Net_NormalOp : Net_Random<"normal"> {
  let summary = "normal with mean 0 and deviation 1 (Box and Muller 1958)";
  let math    = "y ~ N(0, 1)";
}
def Net_RandIntOp : Net_DiffOp<"randint"> {
  let summary   = "uniform whole numbers lo .. hi - 1";
  let arguments = (ins Net_Key:$key, Net_WholeScalar:$lo, Net_WholeScalar:$hi);
  let results   = (outs Net_Whole:$y);
  let vjp       = ["zero", "zero", "zero"];
  let assemblyFormat = "$key `,` $lo `,` $hi attr-dict `:` functional-type(operands, results)";
}
