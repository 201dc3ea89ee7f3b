//===- SpellOps.cpp - single operations, as the language writes them ------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/Spelling.h"
#include "ir/NetDialect.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/TypeSwitch.h"

#include <set>

using namespace net;
using namespace mlir;
using ast::Level;

//===-- parts of calls -----------------------------------------------------------------------===//

template <typename T> static std::string tupleOf(ArrayRef<T> items) {
  std::string text;
  for (const T &item : items) {
    text += text.empty() ? "" : ", ";
    if constexpr (std::is_same_v<T, SizeExpr>)
      text += item.str();
    else
      text += std::to_string(item);
  }
  return items.size() == 1 ? text : "(" + text + ")";
}

/// `, name = (..)`, unless every number is the usual one.
static std::string option(const char *name, ArrayRef<int64_t> numbers, int64_t usual) {
  if (llvm::all_of(numbers, [&](int64_t n) { return n == usual; }))
    return "";
  bool same = llvm::all_equal(numbers);
  return std::string(", ") + name + " = " + (same ? std::to_string(numbers[0]) : tupleOf(numbers));
}

static std::string over(ArrayRef<int64_t> axes) { return ", over = " + tupleOf(axes); }

static Spelled call(StringRef name, std::initializer_list<std::string> arguments,
                    const std::string &rest = "") {
  return {(name + "(" + llvm::join(arguments, ", ") + rest + ")").str()};
}

//===-- shapes -------------------------------------------------------------------------------===//

/// Are the result's last axes those of x, which broadcasting aligns by itself?
static bool isTrailing(BroadcastOp op) {
  int64_t rank = cast<RankedTensorType>(op.getType()).getRank();
  int64_t own = cast<RankedTensorType>(op.getX().getType()).getRank();
  for (auto [i, axis] : llvm::enumerate(op.getAxes()))
    if (axis != rank - own + static_cast<int64_t>(i))
      return false;
  return true;
}

bool net::isImplicit(OpOperand &operand) {
  Operation *op = operand.getOwner();
  if (!isa<ScalarOp>(op) || op->getNumOperands() < 2)
    return false;
  if (!operand.get().getDefiningOp<BroadcastOp>())
    return false;
  // All axes of the result are those of some operand, unless the last one is copied to have them.
  Shape shape = shapeOf(op->getResult(0).getType());
  std::set<int64_t> axes;
  for (mlir::Value other : op->getOperands()) {
    auto copy = other.getDefiningOp<BroadcastOp>();
    if (!copy)
      return true;
    for (auto [axis, size] : llvm::zip(copy.getAxes(), shapeOf(copy.getX().getType())))
      if (size == shape[axis])
        axes.insert(axis);
  }
  return axes.size() == shape.size() || operand.getOperandNumber() + 1 != op->getNumOperands();
}

Spelled net::spellAligned(BroadcastOp op, Spelled x) {
  if (isTrailing(op))
    return x;
  std::string places;
  int64_t rank = cast<RankedTensorType>(op.getType()).getRank();
  size_t next = 0;
  for (int64_t axis = op.getAxes()[0]; axis < rank; ++axis) {
    bool own = next < op.getAxes().size() && op.getAxes()[next] == axis;
    places += (places.empty() ? "" : ", ") + std::string(own ? ":" : "new");
    next += own;
  }
  return {x.at(Level::Postfix) + "[" + places + "]", Level::Postfix};
}

static Spelled spellBroadcast(BroadcastOp op, Spelled x) {
  std::string type = str(op.getType());
  if (op.getAxes().empty())
    return x.text == "0" ? call("zeros", {type}) : call("fill", {type, x.text});
  return call("broadcast", {spellAligned(op, x).text, type});
}

static Spelled spellTranspose(TransposeOp op, Spelled x) {
  SmallVector<int64_t> last = llvm::to_vector(llvm::seq<int64_t>(0, op.getOrder().size()));
  if (last.size() >= 2)
    std::swap(last[last.size() - 1], last[last.size() - 2]);
  if (llvm::equal(last, op.getOrder()))
    return {x.at(Level::Postfix) + ".T", Level::Postfix};
  std::string order;
  for (int64_t axis : op.getOrder())
    order += ", " + std::to_string(axis);
  return call("transpose", {x.text}, order);
}

/// `x[1:3, :]`; with strides, a call.
static Spelled spellSlice(SliceOp op, Spelled x) {
  Shape starts = op.getStarts().getShape(), from = shapeOf(op.getX().getType()),
        sizes = shapeOf(op.getType());
  if (llvm::any_of(op.getStrides(), [](int64_t s) { return s != 1; }))
    return call("slice", {x.text, tupleOf<SizeExpr>(starts), str(op.getType())},
                option("strides", op.getStrides(), 1));
  SmallVector<std::string> places;
  for (auto [start, size, whole] : llvm::zip(starts, sizes, from)) {
    std::string low = start == SizeExpr(0) ? "" : start.str();
    std::string high = start + size == whole ? "" : (start + size).str();
    places.push_back(low + ":" + high);
  }
  while (places.size() > 1 && places.back() == ":")
    places.pop_back();
  return {x.at(Level::Postfix) + "[" + llvm::join(places, ", ") + "]", Level::Postfix};
}

static Spelled spellTake(TakeOp op, Spelled x, Spelled index) {
  std::string places;
  for (uint64_t i = 0; i < op.getAxis(); ++i)
    places += ":, ";
  return {x.at(Level::Postfix) + "[" + places + index.text + "]", Level::Postfix};
}

//===-- operators ----------------------------------------------------------------------------===//

static Spelled infix(Spelled a, const char *sign, Spelled b, Level level) {
  return {a.at(level) + " " + sign + " " + b.at(static_cast<Level>(level + 1)), level};
}

/// Operators that do not chain.
static Spelled compare(Spelled a, const char *sign, Spelled b) {
  auto above = static_cast<Level>(Level::Comparison + 1);
  return {a.at(above) + " " + sign + " " + b.at(above), Level::Comparison};
}

/// `a @ b` where the spec is that of a matrix product, with transposed operands; else nothing.
static std::optional<Spelled> spellMatmul(EinsumOp op, Spelled a, Spelled b) {
  StringRef spec = op.getSpec();
  if (spec.size() != 9 || spec[2] != ',' || spec.substr(5, 2) != "->")
    return std::nullopt;
  char rows = spec[7], columns = spec[8];
  auto side = [&](StringRef axes, const Spelled &x, char first) -> std::optional<Spelled> {
    if (axes[0] == first)
      return x;
    if (axes[1] == first)
      return Spelled{x.at(Level::Postfix) + ".T", Level::Postfix};
    return std::nullopt;
  };
  StringRef left = spec.substr(0, 2), right = spec.substr(3, 2);
  char summed = left[0] == rows ? left[1] : left[0];
  if (!left.contains(rows) || !right.contains(columns) || !right.contains(summed) ||
      rows == columns)
    return std::nullopt;
  auto x = side(left, a, rows), y = side(right, b, summed);
  if (!x || !y)
    return std::nullopt;
  return infix(*x, "@", *y, Level::Contraction);
}

static std::optional<Spelled> spellOperator(Operation *op,
                                            llvm::function_ref<Spelled(unsigned)> x) {
  using Result = std::optional<Spelled>;
  return llvm::TypeSwitch<Operation *, Result>(op)
      .Case<NegOp>([&](auto) { return Spelled{"-" + x(0).at(Level::Prefix), Level::Prefix}; })
      .Case<NotOp>([&](auto) { return Spelled{"not " + x(0).at(Level::Prefix), Level::Prefix}; })
      .Case<AddOp>([&](auto) { return infix(x(0), "+", x(1), Level::Sum); })
      .Case<SubOp>([&](auto) { return infix(x(0), "-", x(1), Level::Sum); })
      .Case<MulOp>([&](auto) { return infix(x(0), "*", x(1), Level::Product); })
      .Case<DivOp>([&](auto) { return infix(x(0), "/", x(1), Level::Product); })
      .Case<PowOp>([&](auto) {
        return Spelled{x(0).at(Level::Postfix) + " ** " + x(1).at(Level::Postfix), Level::Power};
      })
      .Case<PowiOp>([&](PowiOp power) {
        std::string n = std::to_string(static_cast<int64_t>(power.getN()));
        return Spelled{x(0).at(Level::Postfix) + " ** " + n, Level::Power};
      })
      .Case<EqOp>([&](auto) { return compare(x(0), "==", x(1)); })
      .Case<NeOp>([&](auto) { return compare(x(0), "!=", x(1)); })
      .Case<LtOp>([&](auto) { return compare(x(0), "<", x(1)); })
      .Case<LeOp>([&](auto) { return compare(x(0), "<=", x(1)); })
      .Case<GtOp>([&](auto) { return compare(x(0), ">", x(1)); })
      .Case<GeOp>([&](auto) { return compare(x(0), ">=", x(1)); })
      .Case<AndOp>([&](auto) { return infix(x(0), "and", x(1), Level::Conjunction); })
      .Case<OrOp>([&](auto) { return infix(x(0), "or", x(1), Level::Disjunction); })
      .Case<CastOp>([&](CastOp cast) {
        auto size = cast.getX().getDefiningOp<SizeOp>();
        return call(elementName(elementOf(cast.getType())),
                    {size ? size.getExpr().str() : x(0).text});
      })
      .Case<MaxOp, MinOp, ModOp, IdivOp, WhereOp>([&](auto) {
        return op->getNumOperands() == 3
                   ? call("where", {x(0).text, x(1).text, x(2).text})
                   : call(op->getName().stripDialect(), {x(0).text, x(1).text});
      })
      .Case<CheckedOp>([&](CheckedOp checked) {
        return call("checked", {x(0).text, checked.getLimit().str(),
                                ast::Printer::quoted(checked.getMessage().str())});
      })
      .Default([&](auto) -> Result {
        if (isa<ScalarOp>(op) && op->getNumOperands() == 1)
          return call(op->getName().stripDialect(), {x(0).text});
        return std::nullopt;
      });
}

//===-- the rest -----------------------------------------------------------------------------===//

static Spelled spellWindow(WindowOp op, Spelled x, Spelled value) {
  std::string rest = over(op.getAxes()) + option("strides", op.getStrides(), 1) +
                     option("dilation", op.getDilations(), 1) + option("low", op.getLow(), 0) +
                     option("high", op.getHigh(), 0);
  if (value.text != "0")
    rest += ", value = " + value.text;
  return call("windows", {x.text, tupleOf(op.getSizes())}, rest);
}

static Spelled spellUnwindow(UnwindowOp op, Spelled x) {
  return call("unwindow", {x.text, str(op.getType()), tupleOf(op.getSizes())},
              over(op.getAxes()) + option("strides", op.getStrides(), 1) +
                  option("dilation", op.getDilations(), 1) + option("low", op.getLow(), 0) +
                  option("high", op.getHigh(), 0));
}

/// The first place along each axis: what an axis has none for begins at 0.
static std::string places(ValueRange starts, ArrayRef<int64_t> axes, int64_t rank,
                          llvm::function_ref<Spelled(mlir::Value)> operand) {
  std::string text;
  for (int64_t axis = 0; axis < rank; ++axis) {
    auto at = llvm::find(axes, axis);
    text += (axis ? ", " : "") + (at == axes.end() ? "0" : operand(starts[at - axes.begin()]).text);
  }
  return rank == 1 ? text : "(" + text + ")";
}

static Spelled spellConv(ConvOp op, Spelled x, Spelled w) {
  return call("conv", {x.text, w.text},
              option("strides", op.getStrides(), 1) + option("low", op.getLow(), 0) +
                  option("high", op.getHigh(), 0) +
                  option("input_dilation", op.getInputDilation(), 1) +
                  option("dilation", op.getDilation(), 1) +
                  option("groups", static_cast<int64_t>(op.getGroups()), 1) +
                  option("batch_groups", static_cast<int64_t>(op.getBatchGroups()), 1));
}

static Spelled spellPad(PadOp op, Spelled x, Spelled value) {
  std::string rest = ", low = " + tupleOf<SizeExpr>(op.getLow().getShape()) +
                     option("interior", op.getInterior(), 0);
  if (value.text != "0")
    rest += ", value = " + value.text;
  return call("pad", {x.text, str(op.getType())}, rest);
}

static Spelled spellIota(IotaOp op) {
  std::string n = shapeOf(op.getType())[0].str();
  std::string element = elementName(elementOf(op.getType()));
  return element == "i32" ? call("iota", {n}) : call("iota", {element, n});
}

static Spelled spellSize(SizeOp op) {
  SizeExpr size = *SizeExpr::parse(op.getExpr().str());
  return call(elementName(elementOf(op.getType())), {size.str()});
}

std::optional<Spelled> net::spell(Operation *op, llvm::function_ref<Spelled(mlir::Value)> operand) {
  using Result = std::optional<Spelled>;
  auto x = [&](unsigned i) { return operand(op->getOperand(i)); };
  auto type = [&] { return str(op->getResult(0).getType()); };
  return llvm::TypeSwitch<Operation *, Result>(op)
      .Case<ConstantOp>([&](auto op) { return spellConstant(op); })
      .Case<SizeOp>([&](auto op) { return spellSize(op); })
      .Case<IotaOp>([&](IotaOp op) { return spellIota(op); })
      .Case<BroadcastOp>([&](auto op) { return spellBroadcast(op, x(0)); })
      .Case<ReshapeOp>([&](auto) { return call("reshape", {x(0).text, type()}); })
      .Case<TransposeOp>([&](auto op) { return spellTranspose(op, x(0)); })
      .Case<ReverseOp>([&](auto op) { return call("flip", {x(0).text}, over(op.getAxes())); })
      .Case<SliceOp>([&](auto op) { return spellSlice(op, x(0)); })
      .Case<PadOp>([&](auto op) { return spellPad(op, x(0), x(1)); })
      .Case<ConcatOp>([&](ConcatOp op) {
        std::string parts;
        for (mlir::Value part : op.getXs())
          parts += (parts.empty() ? "" : ", ") + operand(part).text;
        return call("concat", {parts}, over(static_cast<int64_t>(op.getAxis())));
      })
      .Case<WindowOp>([&](auto op) { return spellWindow(op, x(0), x(1)); })
      .Case<UnwindowOp>([&](auto op) { return spellUnwindow(op, x(0)); })
      .Case<TakeOp>([&](auto op) { return spellTake(op, x(0), x(1)); })
      .Case<TakeAlongOp>([&](TakeAlongOp op) {
        return call("gather", {x(0).text, x(1).text}, over(static_cast<int64_t>(op.getAxis())));
      })
      .Case<ScatterAddOp, ScatterAddAlongOp>([&](auto scatter) {
        return call(op->getName().stripDialect(), {x(0).text, x(1).text, x(2).text},
                    over(static_cast<int64_t>(scatter.getAxis())));
      })
      .Case<DynamicSliceOp>([&](DynamicSliceOp op) {
        int64_t rank = cast<RankedTensorType>(op.getX().getType()).getRank();
        return call("dynamic_slice",
                    {x(0).text, places(op.getStarts(), op.getAxes(), rank, operand), type()});
      })
      .Case<DynamicUpdateOp>([&](DynamicUpdateOp op) {
        int64_t rank = cast<RankedTensorType>(op.getX().getType()).getRank();
        return call("dynamic_update",
                    {x(0).text, x(1).text, places(op.getStarts(), op.getAxes(), rank, operand)});
      })
      .Case<RecurrenceOp>([&](RecurrenceOp op) {
        return call("recurrence", {x(0).text, x(1).text},
                    over(static_cast<int64_t>(op.getAxis())) +
                        (op.getReverse() ? ", reverse = true" : ""));
      })
      .Case<ArgSortOp>([&](ArgSortOp op) {
        return call("argsort", {x(0).text},
                    over(static_cast<int64_t>(op.getAxis())) +
                        (op.getDescending() ? ", descending = true" : ""));
      })
      .Case<SolveOp>([&](auto) { return call("solve", {x(0).text, x(1).text}); })
      .Case<EinsumOp>([&](EinsumOp op) {
        if (auto product = spellMatmul(op, x(0), x(1)))
          return *product;
        return call("einsum", {"\"" + op.getSpec().str() + "\"", x(0).text, x(1).text});
      })
      .Case<ConvOp>([&](auto op) { return spellConv(op, x(0), x(1)); })
      .Case<SumOp, ProdOp, AnyOp, AllOp, LogSumExpOp>([&](auto reduction) {
        return call(op->getName().stripDialect(), {x(0).text}, over(reduction.getAxes()));
      })
      .Case<ReduceMaxOp>([&](auto op) { return call("max", {x(0).text}, over(op.getAxes())); })
      .Case<ReduceMinOp>([&](auto op) { return call("min", {x(0).text}, over(op.getAxes())); })
      .Case<ArgMaxOp, ArgMinOp>([&](auto reduction) {
        return call(op->getName().stripDialect(), {x(0).text},
                    over(static_cast<int64_t>(reduction.getAxis())));
      })
      .Case<FoldKeyOp>([&](FoldKeyOp op) {
        return call("fold_key", {x(0).text, ast::Printer::quoted(op.getPath().str())});
      })
      .Case<FoldInOp>([&](auto) { return call("fold_in", {x(0).text, x(1).text}); })
      .Case<UniformOp, NormalOp>([&](auto) {
        return call(op->getName().stripDialect(), {type()}, ", key = " + x(0).text);
      })
      .Case<RandIntOp>([&](auto) {
        return call("randint", {type(), x(1).text, x(2).text}, ", key = " + x(0).text);
      })
      .Default([&](Operation *op) { return spellOperator(op, x); });
}
