//===- NetOps.cpp - types of results, structure, folders ------------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "ir/NetDialect.h"
#include "ir/OwnDerivative.h"
#include "ir/ScanEnd.h"
#include "ir/ShapeRules.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/OpImplementation.h"

using namespace mlir;
using namespace net;

#define GET_OP_CLASSES
#include "ir/NetOps.cpp.inc"

//===-- types: one shape function an operation, for builders and the verifier ----------------===//

using Types = SmallVectorImpl<Type>;
using Loc = std::optional<Location>;

#define INFER(OP)                                                                                  \
  LogicalResult net::OP::inferReturnTypes(MLIRContext *context, Loc loc, ValueRange operands,      \
                                          DictionaryAttr attributes, OpaqueProperties properties,  \
                                          RegionRange regions, Types &result)
#define ADAPTOR(OP) OP::Adaptor op(operands, attributes, properties, regions)
#define INFER_REDUCTION(OP)                                                                        \
  INFER(OP) {                                                                                      \
    ADAPTOR(OP);                                                                                   \
    return reduced(loc, op.getX().getType(), op.getAxes(), {}, result);                            \
  }
#define INFER_POSITION(OP)                                                                         \
  INFER(OP) {                                                                                      \
    ADAPTOR(OP);                                                                                   \
    return reduced(loc, op.getX().getType(), static_cast<int64_t>(op.getAxis()),                   \
                   IntegerType::get(context, 32), result);                                         \
  }
#define INFER_TRUTH(OP)                                                                            \
  INFER(OP) {                                                                                      \
    result.push_back(withElement(operands[0].getType(), IntegerType::get(context, 1)));            \
    return success();                                                                              \
  }

INFER_REDUCTION(SumOp)
INFER_REDUCTION(ProdOp)
INFER_REDUCTION(ReduceMaxOp)
INFER_REDUCTION(ReduceMinOp)
INFER_REDUCTION(AnyOp)
INFER_REDUCTION(AllOp)
INFER_REDUCTION(LogSumExpOp)
INFER_POSITION(ArgMaxOp)
INFER_POSITION(ArgMinOp)
INFER_TRUTH(EqOp)
INFER_TRUTH(NeOp)
INFER_TRUTH(LtOp)
INFER_TRUTH(LeOp)
INFER_TRUTH(GtOp)
INFER_TRUTH(GeOp)

INFER(TransposeOp) {
  ADAPTOR(TransposeOp);
  Shape shape = shapeOf(op.getX().getType()), ordered;
  std::vector<bool> seen(shape.size(), false);
  for (int64_t axis : op.getOrder()) {
    if (!isAxis(axis, op.getX().getType()) || seen[axis])
      return emitOptionalError(loc, "no order of the axes of ", net::str(op.getX().getType()));
    seen[axis] = true;
    ordered.push_back(shape[axis]);
  }
  if (ordered.size() != shape.size())
    return emitOptionalError(loc, "no order of the axes of ", net::str(op.getX().getType()));
  result.push_back(tensorOf(elementOf(op.getX().getType()), ordered));
  return success();
}

INFER(ConcatOp) {
  ADAPTOR(ConcatOp);
  if (op.getXs().empty())
    return emitOptionalError(loc, "wants an array at least");
  Type first = op.getXs()[0].getType();
  auto axis = static_cast<int64_t>(op.getAxis());
  if (!isAxis(axis, first))
    return emitOptionalError(loc, "no axis ", axis, " in ", net::str(first));
  Shape shape = shapeOf(first);
  for (Value x : op.getXs().drop_front()) {
    Shape next = shapeOf(x.getType());
    if (next.size() != shape.size() || elementOf(x.getType()) != elementOf(first))
      return emitOptionalError(loc, "cannot put ", net::str(x.getType()), " behind ",
                               net::str(first));
    for (size_t i = 0; i < shape.size(); ++i)
      if (static_cast<int64_t>(i) != axis && next[i] != shape[i])
        return emitOptionalError(loc, "cannot put ", net::str(x.getType()), " behind ",
                                 net::str(first), ": axis ", i, " has ", next[i].str(), ", not ",
                                 shape[i].str());
    shape[axis] = shape[axis] + next[axis];
  }
  result.push_back(tensorOf(elementOf(first), shape));
  return success();
}

INFER(WindowOp) {
  ADAPTOR(WindowOp);
  if (elementOf(op.getX().getType()) != elementOf(op.getValue().getType()))
    return emitOptionalError(loc, "mixes element types");
  Windows windows{op.getAxes(),      op.getSizes(), op.getStrides(),
                  op.getDilations(), op.getLow(),   op.getHigh()};
  return windowed(loc, op.getX().getType(), windows, result);
}

INFER(TakeOp) {
  ADAPTOR(TakeOp);
  return taken(loc, op.getX().getType(), op.getIndex().getType(),
               static_cast<int64_t>(op.getAxis()), result);
}

INFER(TakeAlongOp) {
  ADAPTOR(TakeAlongOp);
  return takenAlong(loc, op.getX().getType(), op.getIndex().getType(),
                    static_cast<int64_t>(op.getAxis()), result);
}

INFER(ArgSortOp) {
  ADAPTOR(ArgSortOp);
  Type x = op.getX().getType();
  if (!isAxis(static_cast<int64_t>(op.getAxis()), x))
    return emitOptionalError(loc, "cannot sort axis ", static_cast<int64_t>(op.getAxis()), " of ",
                             net::str(x));
  result.push_back(withElement(x, IntegerType::get(context, 32)));
  return success();
}

INFER(SolveOp) {
  ADAPTOR(SolveOp);
  return solved(loc, op.getA().getType(), op.getB_().getType(), result);
}

INFER(EinsumOp) {
  ADAPTOR(EinsumOp);
  auto [inputs, output] = op.getSpec().split("->");
  auto [first, second] = inputs.split(',');
  std::map<char, SizeExpr> sizes;
  for (auto [letters, value] : {std::pair(first, op.getA()), std::pair(second, op.getB_())}) {
    Shape shape = shapeOf(value.getType());
    if (letters.size() != shape.size())
      return emitOptionalError(loc, "'", letters, "' names ", letters.size(), " axes of ",
                               net::str(value.getType()));
    for (auto [i, letter] : llvm::enumerate(letters)) {
      if (letters.find(letter) != i)
        return emitOptionalError(loc, "'", letters, "' names an axis twice");
      auto [entry, isNew] = sizes.try_emplace(letter, shape[i]);
      if (!isNew && entry->second != shape[i])
        return emitOptionalError(loc, "axis ", std::string(1, letter), " is ", entry->second.str(),
                                 " and ", shape[i].str());
      StringRef other = letters.data() == first.data() ? second : first;
      if (!other.contains(letter) && !output.contains(letter))
        return emitOptionalError(loc, "axis ", std::string(1, letter),
                                 " stands in one operand alone: sum it before");
    }
  }
  if (elementOf(op.getA().getType()) != elementOf(op.getB_().getType()))
    return emitOptionalError(loc, "mixes element types");
  Shape shape;
  for (auto [i, letter] : llvm::enumerate(output)) {
    auto found = sizes.find(letter);
    if (found == sizes.end() || output.find(letter) != i)
      return emitOptionalError(loc, "axis ", std::string(1, letter),
                               " of the result is no operand's, or stands twice");
    shape.push_back(found->second);
  }
  result.push_back(tensorOf(elementOf(op.getA().getType()), shape));
  return success();
}

INFER(ConvOp) {
  ADAPTOR(ConvOp);
  Type xType = op.getX().getType(), wType = op.getW().getType();
  Shape x = shapeOf(xType), w = shapeOf(wType);
  SizeExpr groups(op.getGroups()), parts(op.getBatchGroups());
  size_t axes = x.size() - 2;
  if (x.size() < 2 || w.size() != x.size() ||
      !areAll(axes, {op.getStrides(), op.getLow(), op.getHigh(), op.getInputDilation(),
                     op.getDilation()}) ||
      !arePositive({op.getStrides(), op.getInputDilation(), op.getDilation()}))
    return emitOptionalError(loc, "cannot convolve ", net::str(xType), " with ", net::str(wType));
  auto divides = [](const SizeExpr &whole, const SizeExpr &n) {
    return whole.floorDiv(n) * n == whole;
  };
  if (w[axes] * groups != x[axes + 1] || !divides(w[axes + 1], groups) ||
      !divides(w[axes + 1], parts) || !divides(x[0], parts) || elementOf(xType) != elementOf(wType))
    return emitOptionalError(loc, "cannot convolve ", net::str(xType), " with ", net::str(wType),
                             " in ", groups.str(), " groups and ", parts.str(),
                             " parts of the batch");
  Shape shape = {x[0].floorDiv(parts)};
  for (size_t i = 0; i < axes; ++i) {
    SizeExpr spread = (x[i + 1] - SizeExpr(1)) * SizeExpr(op.getInputDilation()[i]) + SizeExpr(1);
    SizeExpr window = (w[i] - SizeExpr(1)) * SizeExpr(op.getDilation()[i]) + SizeExpr(1);
    SizeExpr padded = spread + SizeExpr(op.getLow()[i]) + SizeExpr(op.getHigh()[i]);
    shape.push_back(countOfWindows(padded, window, op.getStrides()[i]));
    if (!shape.back().isValid())
      return emitOptionalError(loc, "cannot convolve ", net::str(xType), " with ", net::str(wType),
                               ": the size of axis ", i + 1, " overflows");
  }
  shape.push_back(w[axes + 1]);
  result.push_back(tensorOf(elementOf(xType), shape));
  return success();
}

//===-- derivatives of their own -------------------------------------------------------------===//

static SmallVector<Type> realOf(TypeRange types) {
  return llvm::to_vector(
      llvm::make_filter_range(types, [](Type type) { return isa<FloatType>(elementOf(type)); }));
}

func::FuncOp net::derivativeOf(func::FuncOp function) {
  auto name = function->getAttrOfType<FlatSymbolRefAttr>(derivativeAttribute);
  return name ? SymbolTable::lookupNearestSymbolFrom<func::FuncOp>(function, name) : func::FuncOp();
}

FunctionType net::typeOfDerivative(func::FuncOp function) {
  SmallVector<Type> takes(function.getArgumentTypes());
  llvm::append_range(takes, realOf(function.getResultTypes()));
  return FunctionType::get(function.getContext(), takes, realOf(function.getArgumentTypes()));
}

//===-- structure ----------------------------------------------------------------------------===//

void YieldOp::build(OpBuilder &, OperationState &) {}

LogicalResult CallOp::verifySymbolUses(SymbolTableCollection &symbols) {
  auto callee = symbols.lookupNearestSymbolFrom<func::FuncOp>(*this, getCalleeAttr());
  if (!callee)
    return emitOpError("calls '") << getCallee() << "', which is no function";
  if (TypeRange(callee.getArgumentTypes()) != TypeRange(getArguments()) ||
      TypeRange(callee.getResultTypes()) != TypeRange(getResultTypes()))
    return emitOpError("calls '") << getCallee() << "' of type " << callee.getFunctionType()
                                  << " with other types";
  if (!callee->hasAttr(derivativeAttribute))
    return success();
  func::FuncOp derivative = derivativeOf(callee);
  if (!derivative || derivative.getFunctionType() != typeOfDerivative(callee))
    return emitOpError("calls '") << getCallee() << "', whose derivative is no function of type "
                                  << typeOfDerivative(callee);
  return success();
}

LogicalResult KernelOp::verify() {
  Block &body = getBody().front();
  if (body.getNumArguments() != 0)
    return emitOpError("has a region with arguments");
  if (body.empty() || !isa<YieldOp>(body.back()))
    return emitOpError("has a region without net.yield");
  if (body.back().getOperandTypes() != getResultTypes())
    return emitOpError("gives ") << getResultTypes() << ", its region yields "
                                 << body.back().getOperandTypes();
  return success();
}

LogicalResult GradOp::verify() {
  Block &body = getBody().front();
  if (body.empty() || !isa<YieldOp>(body.back()))
    return emitOpError("has a region without net.yield");
  if (TypeRange(body.getArgumentTypes()) != TypeRange(getWrt()))
    return emitOpError("has block arguments of other types than its operands");
  SmallVector<Type> types(getWrt().getTypes());
  for (TapOp tap : body.getOps<TapOp>())
    types.push_back(tap.getType());
  auto yielded = body.back().getOperandTypes();
  if (yielded.empty() || cast<RankedTensorType>(yielded[0]).getRank() != 0 ||
      !isa<FloatType>(elementOf(yielded[0])))
    return emitOpError("wants a real scalar as its loss");
  types.append(yielded.begin(), yielded.end());
  if (TypeRange(types) != TypeRange(getResultTypes()))
    return emitOpError("gives a cotangent for each operand and tap, then what it yields: ")
           << types;
  return success();
}

LogicalResult CustomVjpOp::verifyRegions() {
  SmallVector<Type> given(getArguments().getTypes());
  auto check = [&](Block &block, ArrayRef<Type> takes, ArrayRef<Type> yields, StringRef what) {
    if (block.empty() || !isa<YieldOp>(block.back()))
      return emitOpError("has a ") << what << " without net.yield";
    if (TypeRange(block.getArgumentTypes()) != TypeRange(takes))
      return emitOpError("has a ") << what << " that takes " << block.getArgumentTypes()
                                   << " in place of " << TypeRange(takes);
    if (TypeRange(block.back().getOperandTypes()) != TypeRange(yields))
      return emitOpError("has a ") << what << " that yields " << block.back().getOperandTypes()
                                   << " in place of " << TypeRange(yields);
    return InFlightDiagnostic();
  };
  SmallVector<Type> results(getResultTypes());
  if (failed(LogicalResult(check(getBody().front(), given, results, "body"))))
    return failure();
  SmallVector<Type> cotangents = realOf(given);
  llvm::append_range(given, realOf(getResultTypes()));
  return check(getDerivative().front(), given, cotangents, "derivative");
}

LogicalResult ScanOp::verifyRegions() {
  Block &block = getBody().front();
  if (block.empty() || !isa<YieldOp>(block.back()))
    return emitOpError("has a region without net.yield");
  if (getSequences().empty())
    return emitOpError("runs along one sequence at least");
  SmallVector<Type> takes;
  for (Type type : getSequences().getTypes()) {
    bool fits = cast<RankedTensorType>(type).getRank() &&
                cast<RankedTensorType>(getSequences()[0].getType()).getRank();
    if (!fits || shapeOf(type)[0] != length())
      return emitOpError("runs along sequences of one length, not ")
             << net::str(getSequences()[0].getType()) << " and " << net::str(type);
    takes.push_back(unstacked(type));
  }
  llvm::append_range(takes, getInitial().getTypes());
  if (TypeRange(block.getArgumentTypes()) != TypeRange(takes))
    return emitOpError("has a region that takes ")
           << block.getArgumentTypes() << " in place of " << TypeRange(takes);
  if (getNumResults() < carryCount() || block.back().getNumOperands() != getNumResults())
    return emitOpError("gives ") << getNumResults() << " values, its region yields "
                                 << block.back().getNumOperands() << ", and there are "
                                 << carryCount() << " carries";
  auto flag = RankedTensorType::get({}, IntegerType::get(getContext(), 1));
  if (auto until = untilOf(*this);
      until && (*until >= carryCount() || getInitial()[*until].getType() != flag))
    return emitOpError("runs until carry ") << *until << ", which is no bool";
  SmallVector<Type> gives;
  for (Value value : keptInTurn())
    gives.push_back(stacked(value.getType(), length()));
  llvm::append_range(gives, getInitial().getTypes());
  if (TypeRange(nextCarries().getTypes()) != TypeRange(getInitial().getTypes()))
    return emitOpError("carries ")
           << getInitial().getTypes() << ", its region yields " << nextCarries().getTypes();
  if (TypeRange(gives) != TypeRange(getResultTypes()))
    return emitOpError("gives ") << getResultTypes() << " in place of " << TypeRange(gives);
  return success();
}

//===-- folders ------------------------------------------------------------------------------===//

OpFoldResult ConstantOp::fold(FoldAdaptor) { return getValue(); }
OpFoldResult CastOp::fold(FoldAdaptor) { return getX().getType() == getType() ? getX() : Value(); }
OpFoldResult ReshapeOp::fold(FoldAdaptor) {
  return getX().getType() == getType() ? getX() : Value();
}
OpFoldResult BroadcastOp::fold(FoldAdaptor) {
  return getX().getType() == getType() ? getX() : Value();
}
OpFoldResult TransposeOp::fold(FoldAdaptor) {
  for (auto [i, axis] : llvm::enumerate(getOrder()))
    if (static_cast<int64_t>(i) != axis)
      return {};
  return getX();
}
