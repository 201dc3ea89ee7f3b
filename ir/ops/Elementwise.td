//===- Elementwise.td - one element from one element of each operand -*- tablegen -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
include "ir/ops/Base.td"

class Net_Unary<string mnemonic, Type type = Net_Tensor> : Net_ElementwiseOp<mnemonic, ["x"], [SameOperandsAndResultType]> {
  let arguments = (ins type:$x);
  let results = (outs Net_Tensor:$y);
  let assemblyFormat = "$x attr-dict `:` type($x)";
}

class Net_Binary<string mnemonic, list<Trait> traits = [], Type type = Net_Tensor>
    : Net_ElementwiseOp<mnemonic, ["a", "b_"], !listconcat(traits, [SameOperandsAndResultType])> {
  let arguments = (ins type:$a, type:$b_);
  let results = (outs Net_Tensor:$y);
  let assemblyFormat = "$a `,` $b_ attr-dict `:` type($a)";
}

class Net_Compare<string mnemonic, list<Trait> traits = []> : Net_ElementwiseOp<mnemonic, ["a", "b_"], !listconcat(traits,
    [SameTypeOperands, DeclareOpInterfaceMethods<InferTypeOpInterface>])> {
  let arguments = (ins Net_Tensor:$a, Net_Tensor:$b_);
  let results = (outs Net_Bool:$y);
  let vjp = ["zero", "zero"];
  let assemblyFormat = "$a `,` $b_ attr-dict `:` type($a)";
}

//===-- signs and rounding ------------------------------------------------------------------===//

def Net_NegOp : Net_Unary<"neg"> {
  let summary = "negation";
  let math    = "y = -x";
  let scalar  = [{-x}];
  let vjp     = [[{-dy}]];
}
def Net_AbsOp : Net_Unary<"abs"> {
  let summary = "absolute value";
  let math    = "y = |x|, y' = 0 at 0";
  let scalar  = [{abs(x)}];
  let vjp     = [[{dy * sign(x)}]];
}
def Net_SignOp : Net_Unary<"sign"> {
  let summary = "-1, 0 or 1; NaN of NaN";
  let math    = "y = sign(x)";
  let scalar  = [{sign(x)}];
  let vjp     = ["zero"];
}
def Net_FloorOp : Net_Unary<"floor"> {
  let summary = "largest whole number not above x";
  let math    = "y = floor(x)";
  let scalar  = [{floor(x)}];
  let vjp     = ["zero"];
}
def Net_CeilOp : Net_Unary<"ceil"> {
  let summary = "smallest whole number not below x";
  let math    = "y = ceil(x)";
  let scalar  = [{ceil(x)}];
  let vjp     = ["zero"];
}
def Net_RoundOp : Net_Unary<"round"> {
  let summary = "nearest whole number, ties to even";
  let math    = "y = round(x)";
  let scalar  = [{round(x)}];
  let vjp     = ["zero"];
}
def Net_NotOp : Net_Unary<"not", Net_Bool> {
  let summary = "logical negation of a truth value";
  let math    = "y = not x";
  let scalar  = [{logicalNot(x)}];
  let vjp     = ["zero"];
}

//===-- exponentials and roots --------------------------------------------------------------===//

def Net_ExpOp : Net_Unary<"exp", Net_Real> {
  let summary = "exponential";
  let math    = "y = e^x";
  let scalar  = [{exp(x)}];
  let vjp     = [[{dy * y}]];
}
def Net_Expm1Op : Net_Unary<"expm1", Net_Real> {
  let summary = "exponential minus one, accurate near 0";
  let math    = "y = e^x - 1";
  let scalar  = [{expm1(x)}];
  let vjp     = [[{dy * (y + 1)}]];
}
def Net_LogOp : Net_Unary<"log", Net_Real> {
  let summary = "natural logarithm";
  let math    = "y = ln x";
  let scalar  = [{log(x)}];
  let vjp     = [[{dy / x}]];
}
def Net_Log1pOp : Net_Unary<"log1p", Net_Real> {
  let summary = "logarithm of one plus x, accurate near 0";
  let math    = "y = ln(1 + x)";
  let scalar  = [{log1p(x)}];
  let vjp     = [[{dy / (x + 1)}]];
}
def Net_SqrtOp : Net_Unary<"sqrt", Net_Real> {
  let summary = "square root";
  let math    = "y = x^(1/2)";
  let scalar  = [{sqrt(x)}];
  let vjp     = [[{dy * 0.5 / y}]];
}
def Net_RsqrtOp : Net_Unary<"rsqrt", Net_Real> {
  let summary = "reciprocal of the square root";
  let math    = "y = x^(-1/2)";
  let scalar  = [{rsqrt(x)}];
  let vjp     = [[{dy * -0.5 * y / x}]];
}

//===-- sigmoids ----------------------------------------------------------------------------===//

def Net_TanhOp : Net_Unary<"tanh", Net_Real> {
  let summary = "hyperbolic tangent";
  let math    = "y = tanh(x)";
  let scalar  = [{tanh(x)}];
  let vjp     = [[{dy * (1 - y * y)}]];
}
def Net_SigmoidOp : Net_Unary<"sigmoid", Net_Real> {
  let summary = "logistic function";
  let math    = "y = 1 / (1 + e^-x)";
  let scalar  = [{sigmoid(x)}];
  let vjp     = [[{dy * (y * (1 - y))}]];
}
def Net_SoftplusOp : Net_Unary<"softplus", Net_Real> {
  let summary = "softplus, without overflow";
  let math    = "y = ln(1 + e^x) = max(x, 0) + ln(1 + e^-|x|)";
  let scalar  = [{softplus(x)}];
  let vjp     = [[{dy * sigmoid(x)}]];
}
def Net_ErfOp : Net_Unary<"erf", Net_Real> {
  let summary = "error function";
  let math    = "y = 2/sqrt(pi) integral from 0 to x of e^(-t^2)";
  let scalar  = [{erf(x)}];
  let vjp     = [[{dy * 1.1283791670955126 * exp(-(x * x))}]];
}
def Net_SinOp : Net_Unary<"sin", Net_Real> {
  let summary = "sine of an angle in radians";
  let math    = "y = sin x";
  let scalar  = [{sin(x)}];
  let vjp     = [[{dy * cos(x)}]];
}
def Net_CosOp : Net_Unary<"cos", Net_Real> {
  let summary = "cosine of an angle in radians";
  let math    = "y = cos x";
  let scalar  = [{cos(x)}];
  let vjp     = [[{-dy * sin(x)}]];
}

//===-- arithmetic --------------------------------------------------------------------------===//

def Net_AddOp : Net_Binary<"add", [Commutative]> {
  let summary = "sum";
  let math    = "y = a + b";
  let scalar  = [{a + b_}];
  let vjp     = [[{dy}], [{dy}]];
}
def Net_SubOp : Net_Binary<"sub"> {
  let summary = "difference";
  let math    = "y = a - b";
  let scalar  = [{a - b_}];
  let vjp     = [[{dy}], [{-dy}]];
}
def Net_MulOp : Net_Binary<"mul", [Commutative]> {
  let summary = "product of elements";
  let math    = "y = a b";
  let scalar  = [{a * b_}];
  let vjp     = [[{dy * b_}], [{dy * a}]];
}
def Net_DivOp : Net_Binary<"div"> {
  let summary = "quotient";
  let math    = "y = a / b";
  let scalar  = [{a / b_}];
  let vjp     = [[{dy / b_}], [{-(dy * y) / b_}]];
}
def Net_PowOp : Net_Binary<"pow", [], Net_Real> {
  let summary = "power with real exponent";
  let math    = "y = a^b; dy/da = 0 where b is 0, dy/db = 0 where a is 0";
  let scalar  = [{pow(a, b_)}];
  let vjp     = [[{where(b_ == 0, 0, dy * b_ * pow(a, b_ - 1))}], [{dy * where(a == 0, 0, y * log(where(a == 0, 1, a)))}]];
}
def Net_PowiOp : Net_ElementwiseOp<"powi", ["x"], [SameOperandsAndResultType]> {
  let summary   = "power with a whole constant exponent, by repeated squaring";
  let math      = "y = x^n";
  let arguments = (ins Net_Tensor:$x, I64Attr:$n);
  let results   = (outs Net_Tensor:$y);
  let scalar    = [{powi(x, op.getN())}];
  let vjp       = [[{powiRule(dy, x, getN())}]];
  let assemblyFormat = "$x `,` $n attr-dict `:` type($x)";
}
def Net_MaxOp : Net_Binary<"max"> {
  let summary = "larger of two; of equals the first takes the gradient";
  let math    = "y = max(a, b)";
  let scalar  = [{maximum(a, b_)}];
  let vjp     = [[{where(a >= b_, dy, 0)}], [{where(a >= b_, 0, dy)}]];
}
def Net_MinOp : Net_Binary<"min"> {
  let summary = "smaller of two; of equals the first takes the gradient";
  let math    = "y = min(a, b)";
  let scalar  = [{minimum(a, b_)}];
  let vjp     = [[{where(a <= b_, dy, 0)}], [{where(a <= b_, 0, dy)}]];
}
def Net_ModOp : Net_Binary<"mod"> {
  let summary = "remainder of floor division; has the divisor's sign";
  let math    = "y = a - b floor(a / b)";
  let scalar  = [{mod(a, b_)}];
  let vjp     = [[{dy}], [{-dy * floor(a / b_)}]];
}
def Net_IdivOp : Net_Binary<"idiv"> {
  let summary = "quotient rounded towards minus infinity";
  let math    = "y = floor(a / b)";
  let scalar  = [{idiv(a, b_)}];
  let vjp     = ["zero", "zero"];
}
def Net_AndOp : Net_Binary<"and", [Commutative], Net_Bool> {
  let summary = "conjunction of truth values";
  let math    = "y = a and b";
  let scalar  = [{logicalAnd(a, b_)}];
  let vjp     = ["zero", "zero"];
}
def Net_OrOp : Net_Binary<"or", [Commutative], Net_Bool> {
  let summary = "disjunction of truth values";
  let math    = "y = a or b";
  let scalar  = [{logicalOr(a, b_)}];
  let vjp     = ["zero", "zero"];
}

//===-- comparison and selection ------------------------------------------------------------===//

def Net_EqOp : Net_Compare<"eq", [Commutative]> { let summary = "equal";         let math = "y = (a = b)";  let scalar = [{equal(a, b_)}]; }
def Net_NeOp : Net_Compare<"ne", [Commutative]> { let summary = "not equal";     let math = "y = (a != b)"; let scalar = [{notEqual(a, b_)}]; }
def Net_LtOp : Net_Compare<"lt"> { let summary = "less";             let math = "y = (a < b)";  let scalar = [{less(a, b_)}]; }
def Net_LeOp : Net_Compare<"le"> { let summary = "less or equal";    let math = "y = (a <= b)"; let scalar = [{lessEqual(a, b_)}]; }
def Net_GtOp : Net_Compare<"gt"> { let summary = "greater";          let math = "y = (a > b)";  let scalar = [{less(b_, a)}]; }
def Net_GeOp : Net_Compare<"ge"> { let summary = "greater or equal"; let math = "y = (a >= b)"; let scalar = [{lessEqual(b_, a)}]; }

def Net_WhereOp : Net_ElementwiseOp<"where", ["c", "a", "b_"], [AllTypesMatch<["a", "b_", "y"]>, SameOperandsAndResultShape]> {
  let summary   = "one of two values, by a condition";
  let math      = "y = a where c, else b";
  let arguments = (ins Net_Bool:$c, Net_Tensor:$a, Net_Tensor:$b_);
  let results   = (outs Net_Tensor:$y);
  let scalar    = [{select(c, a, b_)}];
  let vjp       = ["zero", [{where(c, dy, 0)}], [{where(c, 0, dy)}]];
  let assemblyFormat = "$c `,` $a `,` $b_ attr-dict `:` type($c) `,` type($a)";
}

//===-- types and marks ---------------------------------------------------------------------===//

def Net_CastOp : Net_ElementwiseOp<"cast", ["x"], [SameOperandsAndResultShape]> {
  let summary   = "another element type; to integers: towards zero, saturating";
  let math      = "y = x";
  let arguments = (ins Net_Tensor:$x);
  let results   = (outs Net_Tensor:$y);
  let scalar    = [{convert(x, op.getType().getElementType())}];
  let vjp       = [[{castRule(dy, x)}]];
  let assemblyFormat = "$x attr-dict `:` type($x) `->` type($y)";
  let hasFolder = 1;
}
def Net_StopGradientOp : Net_Unary<"stop_gradient"> {
  let summary = "the value, through which no gradient flows";
  let math    = "y = x, y' = 0";
  let scalar  = [{x}];
  let vjp     = ["zero"];
}
def Net_CheckedOp : Net_DiffOp<"checked", [AllTypesMatch<["x", "y"]>]> {
  let summary   = "the value, known to lie in 0 .. limit - 1: else the step ends with the message";
  let math      = "y = x";
  let arguments = (ins Net_Whole:$x, StrAttr:$limit, StrAttr:$message);
  let results   = (outs Net_Tensor:$y);
  let vjp       = ["zero"];
  let assemblyFormat = "$x `below` $limit `else` $message attr-dict `:` type($x)";
  let hasVerifier = 1;
}
