//===- CheckNan.cpp - each value says whether it is finite ----------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// An entry gets a result more for each real value in it, a row of numbers: the turns of the
// scans around it in which it first was not finite, then what it is like there, then, in scans,
// what its operands are like there. The attribute `net.checks` says what each row is about and
// which values each is computed from: the runtime goes back from a bad result to where it began.
//
//===----------------------------------------------------------------------===//
#include "ir/Expr.h"
#include "ir/ValueNames.h"
#include "passes/CountNumbers.h"
#include "passes/Passes.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"

namespace net {
#define GEN_PASS_DEF_CHECKNAN
#include "passes/Passes.h.inc"
} // namespace net

using namespace mlir;
using namespace net;
using namespace net::expr;
namespace json = llvm::json;

namespace {
bool isReal(Value value) {
  auto type = dyn_cast<RankedTensorType>(value.getType());
  return type && isa<FloatType>(type.getElementType());
}

/// A value's place in the order of the text, and what the runtime says of it.
struct Node {
  enum Kind { Operation, Constant, Argument, Passed } kind = Passed;
  std::string text;
  Location loc;
  SmallVector<unsigned> inputs, scans;
  SmallVector<std::string> names; ///< of the inputs
  int64_t row = -1;               ///< its result, if it has one
};

struct Row {
  unsigned node;
  Value numbers;
};

class Checks {
public:
  explicit Checks(func::FuncOp entry) : entry(entry), builder(entry.getContext()) {}

  void add() {
    Block &block = entry.getBody().front();
    auto operations = operationsOf(block); // those made here are not looked at
    SmallVector<Row> rows;
    for (BlockArgument argument : block.getArguments())
      if (isReal(argument))
        rows.push_back({addArgument(argument), statisticsOf(argument)});
    visit(operations, {}, rows);
    Operation *end = block.getTerminator();
    json::Array ends;
    for (Value value : end->getOperands())
      if (isReal(value))
        ends.push_back(nodeOf(value));
    for (auto [i, row] : llvm::enumerate(rows)) {
      nodes[row.node].row = static_cast<int64_t>(i);
      end->insertOperands(end->getNumOperands(), row.numbers);
      (void)entry.insertResult(
          entry.getNumResults(), row.numbers.getType(),
          builder.getDictionaryAttr(builder.getNamedAttr("net.check", builder.getStringAttr(""))));
    }
    json::Object checks{{"nodes", describe()}, {"ends", std::move(ends)}};
    entry->setAttr("net.checks", builder.getStringAttr(
                                     llvm::formatv("{0}", json::Value(std::move(checks))).str()));
  }

private:
  //===-- what values are like ---------------------------------------------------------------===//

  ExprBuilder at(Location loc) { return ExprBuilder(builder, loc); }

  /// Where the operations end that are fused with what makes the value. Nothing of the checks is
  /// fused with them: a few kernels more, but alike for all values of a size.
  void standBehind(Value value) {
    if (auto argument = dyn_cast<BlockArgument>(value))
      return builder.setInsertionPointToStart(argument.getOwner());
    Operation *op = value.getDefiningOp()->getNextNode();
    while (!isa<ScanOp>(op) && !op->hasTrait<OpTrait::IsTerminator>())
      op = op->getNextNode();
    builder.setInsertionPoint(op);
  }

  /// f64[5].
  Value statisticsOf(Value value) {
    if (Value moved = movedBy(value))
      return statisticsOf(moved);
    auto [known, isNew] = numbers.try_emplace(value);
    if (!isNew)
      return known->second;
    OpBuilder::InsertionGuard guard(builder);
    standBehind(value);
    return numbers[value] = countNumbers(builder, value);
  }

  //===-- nodes ------------------------------------------------------------------------------===//

  /// The value whose elements it holds, and no others.
  static Value movedBy(Value value) {
    Operation *op = value.getDefiningOp();
    return op && isa<ReshapeOp, TransposeOp, BroadcastOp>(op) ? op->getOperand(0) : Value();
  }

  unsigned nodeOf(Value value) {
    while (Value moved = movedBy(value))
      value = moved;
    return places.lookup(value);
  }

  unsigned addNode(Value value, Node node) {
    unsigned number = nodes.size();
    nodes.push_back(std::move(node));
    places[value] = number;
    return number;
  }

  unsigned addArgument(BlockArgument argument) {
    Node node{Node::Argument, nameOf(argument), argument.getLoc(), {}, {}, {}};
    if (DictionaryAttr attrs = entry.getArgAttrDict(argument.getArgNumber()))
      for (const char *kind : {"net.var", "net.column", "net.whole", "net.arg"})
        if (auto name = attrs.getAs<StringAttr>(kind))
          node.text = name.str();
    return addNode(argument, std::move(node));
  }

  static std::string spelled(Operation *op) {
    StringRef name = op->getName().stripDialect();
    StringRef symbol = llvm::StringSwitch<StringRef>(name)
                           .Case("add", "+")
                           .Cases({"sub", "neg"}, "-")
                           .Case("mul", "*")
                           .Case("div", "/")
                           .Cases({"pow", "powi"}, "**")
                           .Case("einsum", "@")
                           .Default(name);
    std::string text = "`" + symbol.str() + "`";
    if (StringRef rule = ruleOf(op->getLoc()); rule.consume_front("derivative of "))
      text += " in the derivative of `" + rule.str() + "`";
    else if (!rule.empty())
      text += " in a " + rule.str();
    return text;
  }

  unsigned addOperation(OpResult result, ArrayRef<unsigned> scans, SmallVector<Value> &inputs) {
    Operation *op = result.getOwner();
    Node node{isa<ConstantOp>(op) ? Node::Constant : Node::Operation,
              spelled(op),
              op->getLoc(),
              {},
              llvm::to_vector(scans),
              {}};
    for (Value operand : op->getOperands())
      if (isReal(operand)) {
        inputs.push_back(operand);
        node.inputs.push_back(nodeOf(operand));
        node.names.push_back(nameOf(operand));
      }
    return addNode(result, std::move(node));
  }

  unsigned addPassed(Value value, ArrayRef<unsigned> scans, ArrayRef<Value> from) {
    Node node{Node::Passed, "", value.getLoc(), {}, llvm::to_vector(scans), {}};
    for (Value input : from)
      node.inputs.push_back(nodeOf(input));
    return addNode(value, std::move(node));
  }

  //===-- the graph --------------------------------------------------------------------------===//

  static SmallVector<Operation *> operationsOf(Block &block) {
    SmallVector<Operation *> operations;
    for (Operation &op : block.without_terminator())
      operations.push_back(&op);
    return operations;
  }

  void visit(ArrayRef<Operation *> operations, ArrayRef<unsigned> scans, SmallVector<Row> &rows) {
    for (Operation *op : operations) {
      if (auto scan = dyn_cast<ScanOp>(op)) {
        visitScan(scan, scans, rows);
        continue;
      }
      for (OpResult result : op->getResults()) {
        if (!isReal(result) || movedBy(result))
          continue;
        SmallVector<Value> inputs, parts = {statisticsOf(result)};
        unsigned node = addOperation(result, scans, inputs);
        // Outside of scans, inputs have rows of their own.
        if (!scans.empty())
          for (Value input : inputs)
            parts.push_back(statisticsOf(input));
        standBehind(result);
        rows.push_back({node, joinRows(builder, parts, op->getLoc())});
      }
    }
  }

  void visitScan(ScanOp scan, ArrayRef<unsigned> scans, SmallVector<Row> &rows) {
    SmallVector<unsigned> inside = llvm::to_vector(scans);
    inside.push_back(scanCount++);
    auto passReal = [&](auto arguments, auto from) {
      for (auto [argument, value] : llvm::zip(arguments, from))
        if (isReal(argument))
          addPassed(argument, inside, {value});
    };
    passReal(scan.elements(), scan.getSequences());
    passReal(scan.carries(), scan.getInitial());
    SmallVector<Row> turn;
    visit(operationsOf(scan.getBody().front()), inside, turn);
    for (auto [carry, next] : llvm::zip(scan.carries(), scan.nextCarries()))
      if (isReal(carry))
        nodes[nodeOf(carry)].inputs.push_back(nodeOf(next));
    SmallVector<Value> yields =
        llvm::to_vector(scan.getBody().front().getTerminator()->getOperands());
    ScanOp with = keeping(scan, turn);
    size_t count = scan.keptCount();
    builder.setInsertionPointAfter(with);
    for (auto [i, row] : llvm::enumerate(turn))
      rows.push_back({row.node, ofFirstBadTurn(with, with.getResult(count + i),
                                               nodes[row.node].scans.size() - inside.size())});
    for (auto [i, before] : llvm::enumerate(scan.getResults())) {
      Value now = with.getResult(i < count ? i : i + turn.size());
      before.replaceAllUsesWith(now);
      if (isReal(now)) {
        addPassed(now, scans, {yields[i]});
        rows.push_back({nodeOf(now), statisticsOf(now)});
      }
    }
    scan.erase();
  }

  /// The scan, which keeps the rows of its turns as well.
  ScanOp keeping(ScanOp scan, ArrayRef<Row> turn) {
    size_t count = scan.keptCount();
    SmallVector<Type> types = llvm::to_vector(scan.getResultTypes());
    SmallVector<Type> kept;
    SmallVector<Value> values;
    for (const Row &row : turn) {
      Shape shape = shapeOf(row.numbers.getType());
      shape.insert(shape.begin(), scan.length());
      kept.push_back(tensorOf(builder.getF64Type(), shape));
      values.push_back(row.numbers);
    }
    types.insert(types.begin() + count, kept.begin(), kept.end());
    builder.setInsertionPointAfter(scan);
    auto with = ScanOp::create(builder, scan.getLoc(), types, scan.getSequences(),
                               scan.getInitial(), scan.getReverse());
    scan.getBody().front().getTerminator()->insertOperands(count, values);
    with.getBody().takeBody(scan.getBody());
    return with;
  }

  /// The number of the first turn in which the row's value was not finite, and the row of this
  /// turn, whose first `turns` numbers are those of scans inside.
  Value ofFirstBadTurn(ScanOp scan, Value kept, size_t turns) {
    ExprBuilder b = at(scan.getLoc());
    Expr all(b, kept);
    if (scan.getReverse())
      all = reverse(all, {0});
    SizeExpr length = scan.length();
    if (!length.constant()) { // there may be no turns: a row that says nothing is wrong
      Shape row = all.shape();
      row[0] = SizeExpr(1);
      all = concat(b, {all, splat(b, 0, tensorOf(all.element(), row))}, 0);
      length = length + SizeExpr(1);
    }
    SizeExpr column(static_cast<int64_t>(turns) + notFinite);
    Expr bad = reshape(slice(all, {SizeExpr(0), column}, {length, SizeExpr(1)}, {1, 1}), {length});
    Expr turn = argmax(where(bad > 0, splat(bad, 1), splat(bad, 0)), 0);
    Expr number = reshape(cast(turn, builder.getF64Type()), {SizeExpr(1)});
    return concat(b, {number, take(all, turn, 0)}, 0).get();
  }

  //===-- what the runtime is told -----------------------------------------------------------===//

  /// Of the places on the way from the operation to the program's own text, the first outside of
  /// the library.
  static FileLineColLoc placeOf(Location loc) {
    FileLineColLoc place;
    loc->walk([&](Location part) {
      auto file = dyn_cast<FileLineColLoc>(part);
      if (!file)
        return WalkResult::advance();
      bool isLibrary = file.getFilename().getValue().starts_with("std/");
      if (!place || !isLibrary)
        place = file;
      return isLibrary ? WalkResult::advance() : WalkResult::interrupt();
    });
    return place;
  }

  json::Array describe() {
    static const char *const kinds[] = {"operation", "constant", "argument", "passed"};
    json::Array list;
    for (Node &node : nodes) {
      json::Object object{{"kind", kinds[node.kind]},
                          {"inputs", json::Array(node.inputs)},
                          {"scans", json::Array(node.scans)}};
      if (node.row >= 0)
        object["row"] = node.row;
      if (!node.text.empty())
        object["text"] = node.text;
      if (FileLineColLoc place = placeOf(node.loc); place && node.kind == Node::Operation) {
        object["file"] = place.getFilename().getValue();
        object["line"] = place.getLine();
        object["column"] = place.getColumn();
      }
      if (node.kind == Node::Operation)
        object["names"] = json::Array(node.names);
      list.push_back(std::move(object));
    }
    return list;
  }

  func::FuncOp entry;
  OpBuilder builder;
  std::vector<Node> nodes;
  llvm::DenseMap<Value, unsigned> places;
  llvm::DenseMap<Value, Value> numbers;
  unsigned scanCount = 0;
};

struct CheckNan : net::impl::CheckNanBase<CheckNan> {
  void runOnOperation() override {
    if (!getOperation().isExternal() && getOperation()->hasAttr("net.entry"))
      Checks(getOperation()).add();
  }
};
} // namespace
