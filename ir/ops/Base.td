//===- Base.td - the dialect and the classes of its operations -*- tablegen -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef NETC_IR_OPS_BASE
#define NETC_IR_OPS_BASE

include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/BuiltinAttributeInterfaces.td"
include "mlir/IR/TensorEncoding.td"
include "ir/ops/Interfaces.td"
include "mlir/IR/OpBase.td"
include "mlir/IR/SymbolInterfaces.td"
include "mlir/Interfaces/CallInterfaces.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def Net_Dialect : Dialect {
  let name = "net";
  let cppNamespace = "::net";
  let summary = "One operation per primitive of the language, on tensors with named sizes";
  let description = [{
    Operations are pure functions of tensors. Sizes known when the program runs are named in the
    tensor's encoding (`tensor<?x10xf32, #net.sizes<[B, 10]>>`), so no operation takes sizes as
    operands. Elementwise operations take operands of one shape: broadcasting is an operation.
  }];
  let useDefaultAttributePrinterParser = 1;
  let hasConstantMaterializer = 1;
}

def Net_SizesAttr : AttrDef<Net_Dialect, "Sizes", [DeclareAttrInterfaceMethods<VerifiableTensorEncoding>]> {
  let mnemonic = "sizes";
  let summary = "a size expression per axis";
  let parameters = (ins ArrayRefParameter<"::mlir::StringAttr">:$texts);
  let builders = [AttrBuilderWithInferredContext<(ins "::mlir::MLIRContext *":$context, "const ::net::Shape &":$shape)>];
  let extraClassDeclaration = [{ ::net::Shape getShape() const; }];
  let hasCustomAssemblyFormat = 1;
}

/// Sizes that are known when the program runs have names: two bare `?` would agree with everything.
class Net_TensorWhere<string test, string text>
    : Type<CPred<"::net::isNamedTensor($_self) && " # test>, text, "::mlir::RankedTensorType">;
def Net_Tensor : Net_TensorWhere<"true", "tensor with named sizes">;
def Net_Scalar : Net_TensorWhere<"::llvm::cast<::mlir::RankedTensorType>($_self).getRank() == 0", "tensor of rank 0">;
def Net_Real   : Net_TensorWhere<"::llvm::isa<::mlir::FloatType>(::net::elementOf($_self))", "tensor of real numbers with named sizes">;
def Net_Whole  : Net_TensorWhere<"::llvm::isa<::mlir::IntegerType>(::net::elementOf($_self))", "tensor of whole numbers with named sizes">;
def Net_Bool   : Net_TensorWhere<"::net::elementOf($_self).isInteger(1)", "tensor of bool with named sizes">;
def Net_Key    : Net_TensorWhere<"::llvm::cast<::mlir::RankedTensorType>($_self).getRank() == 0 && "
                                 "::net::elementOf($_self).isInteger(64)", "random key (tensor<i64>)">;
def Net_WholeScalar : Net_TensorWhere<"::llvm::cast<::mlir::RankedTensorType>($_self).getRank() == 0 && "
                                      "::llvm::isa<::mlir::IntegerType>(::net::elementOf($_self))", "whole number (tensor of rank 0)">;

/// Every operation of the dialect that computes something.
class Net_Op<string mnemonic, list<Trait> traits = []> : Op<Net_Dialect, mnemonic, !listconcat(traits, [Pure])> {
  /// The formula, as the reference page prints it.
  string math = "";
}

/// An operation with derivative. `vjp` has one rule an operand, in the operands' names, with `y` for the
/// result and `dy` for its cotangent; `zero` and `blocked` are rules. A rule longer than three lines is
/// a C++ function, named by `rule`.
class Net_DiffOp<string mnemonic, list<Trait> traits = []>
    : Net_Op<mnemonic, !listconcat(traits, [DeclareOpInterfaceMethods<DifferentiableOp>])> {
  list<string> vjp = [];
  string rule = "";
  string scalar = "";

  string bindings = !interleave(!foreach(i, !range(!size(vjp)),
      "Expr " # !getdagname(arguments, i) # "(b, getOperation()->getOperand(" # !cast<string>(i) # ")); (void)"
      # !getdagname(arguments, i) # ";"), " ");
  string vjpBody = !if(!empty(rule),
      "Expr y(b, getOperation()->getResult(0)), dy = dys[0]; (void)y; (void)dy; auto zero = Expr::zero(); (void)zero; "
      "auto blocked = Expr::blocked(); (void)blocked; " # bindings # " return {" # !interleave(vjp, ", ") # "};",
      "return " # rule # "(*this, b, dys);");
  string vjpMethod = "::llvm::SmallVector<::net::Expr> $cppClass::vjp(::net::ExprBuilder &b, ::llvm::ArrayRef<::net::Expr> dys) { "
      "using namespace ::net::expr; " # vjpBody # " }";
  let extraClassDefinition = vjpMethod;
}

/// An elementwise operation: `scalar` computes one element from `operandNames`.
class Net_ElementwiseOp<string mnemonic, list<string> operandNames, list<Trait> traits = []>
    : Net_DiffOp<mnemonic, !listconcat(traits, [DeclareOpInterfaceMethods<ScalarOp>])> {
  string scalarParameters = !interleave(!foreach(n, operandNames, "const T &" # n), ", ");
  string scalarArguments = !interleave(!foreach(i, !range(!size(operandNames)), "operands[" # !cast<string>(i) # "]"), ", ");
  let extraClassDefinition = vjpMethod # [{
    template <typename T, typename Op> static T scalarBody$cppClass(Op op, }] # scalarParameters # [{) {
      using namespace ::net::scalar; (void)op; return }] # scalar # [{;
    }
    ::net::Dual $cppClass::evaluate(::llvm::ArrayRef<::net::Dual> operands) {
      return scalarBody$cppClass<::net::Dual>(*this, }] # scalarArguments # [{);
    }
    ::net::Lane $cppClass::emit(::llvm::ArrayRef<::net::Lane> operands) {
      return scalarBody$cppClass<::net::Lane>(*this, }] # scalarArguments # [{);
    }
  }];
  let assemblyFormat = "operands attr-dict `:` functional-type(operands, results)";
}

#endif
