//===- ScanBackward.cpp - a scan, from its last turn to its first ---------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The derivative of a scan is a scan in the other direction (Werbos, Backpropagation through
// time, 1990). Its carries are the cotangents of the carries, and for each value from
// above a sum of what the turns contribute. What a turn computed and its derivative reads
// is kept by the forward scan, a stacked array for each such value, and is a sequence of
// the backward one.
//
//===----------------------------------------------------------------------===//
#include "ir/ScanEnd.h"
#include "ir/ValueNames.h"
#include "mlir/IR/IRMapping.h"
#include "passes/Backward.h"
#include "llvm/ADT/SmallBitVector.h"

using namespace mlir;
using namespace net;

namespace net {
class ScanBackward {
public:
  ScanBackward(Backward &outer, ScanOp scan)
      : outer(outer), scan(scan), loc(withoutName(scan.getLoc())), body(scan.getBody().front()),
        carried(scan.carryCount()) {}
  LogicalResult run();

private:
  LogicalResult differentiateTurn();
  Value elementOf(Value sequence);
  void collectCotangents();
  void findResiduals();
  Value inTurn(Value value, OpBuilder &prologue);
  ScanOp scanKeepingResiduals();
  ScanOp create();
  void give(ScanOp backwardScan);

  bool wants(Value value) const { return isReal(value) && outer.active.contains(value); }
  static bool has(Adjoints &adjoints, Value value) {
    return adjoints.of(value).kind == Adjoint::Kind::Value;
  }
  Value sumInTurn(Value value) {
    ExprBuilder b(*inner, value.getLoc());
    return turn->adjoints.sum(b, value).masked(b).value;
  }

  Backward &outer;
  ScanOp scan;
  const Location loc;
  Block &body;
  llvm::SmallBitVector carried; ///< carries that have a cotangent

  // A backward turn, until it becomes the region of a scan.
  struct Sequence {
    Value element, array;
    int kept = -1; ///< the array, if it is a result of the forward scan
  };
  struct Carry {
    Value before, initial, next;
  };
  std::unique_ptr<Block> block;
  std::optional<OpBuilder> inner; ///< at its end
  std::optional<Backward> turn;
  SmallVector<Sequence> sequences;
  SmallVector<Carry> carries;
  SmallVector<Value> kept, captured;
  llvm::DenseMap<Value, Value> here; ///< values of the forward turn
  SmallVector<Value> residuals;      ///< of them, those that the forward scan keeps from now on
};
} // namespace net

static void nameCotangent(Value cotangent, Value value, StringRef otherwise = "") {
  std::string name = nameOf(value);
  if (!name.empty() || !otherwise.empty())
    setName(cotangent, "d" + (name.empty() ? otherwise.str() : name));
}

/// The cotangents of one turn. A carry that only feeds other carries gets its cotangent from them:
/// the turn is differentiated again until no further carry has one.
LogicalResult ScanBackward::differentiateTurn() {
  auto argument = [&](Value value, const Twine &name) {
    Value added = block->addArgument(value.getType(), loc);
    setName(added, name.str());
    return added;
  };
  for (unsigned i = 0; i < scan.carryCount(); ++i)
    carried[i] = wants(scan.carries()[i]) && has(outer.adjoints, scan.lastCarries()[i]);
  for (bool again = true; again;) {
    again = false;
    turn.reset();
    sequences.clear();
    carries.clear();
    block = std::make_unique<Block>();
    inner.emplace(scan.getContext());
    inner->setInsertionPointToEnd(block.get());
    turn.emplace(*inner, outer.active, outer.functions);
    for (auto [result, value] : llvm::zip(scan.kept(), scan.keptInTurn())) {
      if (!wants(value) || !has(outer.adjoints, result)) {
        turn->adjoints.addWithout(value, outer.adjoints.of(result));
        continue;
      }
      ExprBuilder b(outer.builder, loc);
      Value array = outer.adjoints.sum(b, result).masked(b).value;
      sequences.push_back({argument(value, "dy"), array});
      turn->adjoints.add(value, {sequences.back().element, {}, false});
    }
    for (auto [i, result] : llvm::enumerate(scan.lastCarries())) {
      Value value = scan.nextCarries()[i];
      if (!carried[i]) {
        turn->adjoints.addWithout(value, outer.adjoints.of(result));
        continue;
      }
      ExprBuilder b(outer.builder, loc);
      Value last = has(outer.adjoints, result)
                       ? outer.adjoints.sum(b, result).masked(b).value
                       : expr::splat(b, 0.0, cast<RankedTensorType>(result.getType())).get();
      std::string name = nameOf(scan.carries()[i]);
      carries.push_back({argument(value, "d" + (name.empty() ? "h" : name)), last, {}});
      if (wants(value))
        turn->adjoints.add(value, {carries.back().before, {}, false});
    }
    if (failed(turn->sweep(body.getTerminator()->getPrevNode())))
      return failure();
    for (auto [i, carry] : llvm::enumerate(scan.carries()))
      if (!carried[i] && wants(carry) && has(turn->adjoints, carry))
        carried[i] = again = true;
  }
  return success();
}

/// The cotangents of the elements are kept, those of the carries go on to the turn before; what
/// every turn contributes to a value from above is added up in a carry.
void ScanBackward::collectCotangents() {
  for (Value element : scan.elements())
    if (wants(element) && has(turn->adjoints, element))
      kept.push_back(sumInTurn(element));
  size_t next = 0;
  for (auto [i, carry] : llvm::enumerate(scan.carries())) {
    if (!carried[i])
      continue;
    ExprBuilder b(*inner, loc);
    bool reached = has(turn->adjoints, carry);
    carries[next++].next = reached
                               ? sumInTurn(carry)
                               : expr::splat(b, 0.0, cast<RankedTensorType>(carry.getType())).get();
  }
  for (auto [last, initial] : llvm::zip(scan.lastCarries(), scan.getInitial()))
    outer.adjoints.addWithout(initial, outer.adjoints.of(last));
  for (Value value : turn->adjoints.values()) {
    if (scan.getBody().isAncestor(value.getParentRegion()))
      continue;
    if (!wants(value) || !has(turn->adjoints, value)) {
      outer.adjoints.addWithout(value, turn->adjoints.of(value));
      continue;
    }
    captured.push_back(value);
    ExprBuilder b(outer.builder, loc);
    Value zero = expr::splat(b, 0.0, cast<RankedTensorType>(value.getType())).get();
    Value before = block->addArgument(value.getType(), loc);
    nameCotangent(before, value);
    Value sum = AddOp::create(*inner, derivedFrom(scan), before, sumInTurn(value));
    nameCotangent(sum, value);
    carries.push_back({before, zero, sum});
  }
  SmallVector<Value> yields = kept;
  for (const Carry &carry : carries)
    yields.push_back(carry.next);
  auto yield = YieldOp::create(*inner, loc, yields);
  if (Operation *last = yield->getPrevNode())
    eraseUnused(&block->front(), last);
}

/// A value of the forward turn, in the backward one: an element of the same sequence; computed
/// again if that costs nothing; else kept.
Value ScanBackward::inTurn(Value value, OpBuilder &prologue) {
  if (value.getParentBlock() != &body)
    return value;
  if (Value known = here.lookup(value))
    return known;
  if (auto *op = value.getDefiningOp(); op && isRecomputed(op)) {
    IRMapping mapping;
    for (Value operand : op->getOperands())
      mapping.map(operand, inTurn(operand, prologue));
    return here[value] = prologue.clone(*op, mapping)->getResult(0);
  }
  Value argument = block->addArgument(value.getType(), withoutName(value.getLoc()));
  setName(argument, nameOf(value));
  auto element = llvm::find(scan.elements(), value);
  auto kept = llvm::find(scan.keptInTurn(), value);
  if (element != scan.elements().end()) {
    sequences.push_back({argument, scan.getSequences()[element - scan.elements().begin()]});
  } else {
    int place = kept - scan.keptInTurn().begin();
    if (kept == scan.keptInTurn().end()) {
      place = scan.keptCount() + residuals.size();
      residuals.push_back(value);
    }
    sequences.push_back({argument, {}, place});
  }
  return here[value] = argument;
}

void ScanBackward::findResiduals() {
  SmallVector<OpOperand *> uses;
  block->walk([&](Operation *op) {
    for (OpOperand &use : op->getOpOperands())
      if (use.get().getParentBlock() == &body)
        uses.push_back(&use);
  });
  OpBuilder prologue(scan.getContext());
  prologue.setInsertionPoint(&block->front());
  for (OpOperand *use : uses)
    use->set(inTurn(use->get(), prologue));
}

/// The forward scan with the residuals among what it keeps, in place of the one that there was.
ScanOp ScanBackward::scanKeepingResiduals() {
  if (residuals.empty())
    return scan;
  SmallVector<Type> types(scan.kept().getTypes());
  SmallVector<Value> yields(scan.keptInTurn());
  for (Value value : residuals) {
    types.push_back(stacked(value.getType(), scan.length()));
    yields.push_back(value);
  }
  llvm::append_range(types, scan.lastCarries().getTypes());
  llvm::append_range(yields, scan.nextCarries());
  OpBuilder b(scan);
  auto keeping =
      ScanOp::create(b, loc, types, scan.getSequences(), scan.getInitial(), scan.getReverse());
  keeping->setDiscardableAttrs(scan->getDiscardableAttrDictionary());
  keeping.getBody().takeBody(scan.getBody());
  body.getTerminator()->setOperands(yields);
  SmallVector<Value> same(keeping.kept().take_front(scan.keptCount()));
  llvm::append_range(same, keeping.lastCarries());
  for (auto [from, to] : llvm::zip_equal(scan.getResults(), same)) {
    setName(to, nameOf(from));
    if (outer.active.erase(from))
      outer.active.insert(to);
    outer.adjoints.forget(from);
    from.replaceAllUsesWith(to);
  }
  for (auto [value, result] :
       llvm::zip_equal(residuals, keeping.kept().drop_front(scan.keptCount())))
    if (outer.active.contains(value))
      outer.active.insert(result);
  for (auto [value, result] :
       llvm::zip_equal(residuals, keeping.kept().drop_front(scan.keptCount())))
    if (std::string name = nameOf(value); !name.empty() && name.back() != '\'')
      setName(result, name + "s");
  scan.erase();
  return keeping;
}

ScanOp ScanBackward::create() {
  // The number of turns is that of the sequences.
  if (sequences.empty()) {
    Value array = scan.getSequences()[0];
    sequences.push_back({block->addArgument(unstacked(array.getType()), loc), array});
  }
  SmallVector<Type> types;
  SmallVector<Value> arrays, initial;
  for (Value value : kept)
    types.push_back(stacked(value.getType(), scan.length()));
  for (const Sequence &sequence : sequences)
    arrays.push_back(sequence.array);
  for (const Carry &carry : carries) {
    initial.push_back(carry.initial);
    types.push_back(carry.initial.getType());
  }
  auto result = ScanOp::create(outer.builder, loc, types, arrays, initial,
                               /*reverse=*/!scan.getReverse());
  Block &target = result.getBody().emplaceBlock();
  auto give = [&](Value argument) {
    argument.replaceAllUsesWith(target.addArgument(argument.getType(), argument.getLoc()));
  };
  for (const Sequence &sequence : sequences)
    give(sequence.element);
  for (const Carry &carry : carries)
    give(carry.before);
  target.getOperations().splice(target.end(), block->getOperations());
  return result;
}

/// What the backward scan gives are cotangents of what the forward one takes.
void ScanBackward::give(ScanOp backwardScan) {
  auto result = backwardScan.getResults().begin();
  for (auto [element, sequence] : llvm::zip(scan.elements(), scan.getSequences()))
    if (wants(element) && has(turn->adjoints, element)) {
      nameCotangent(*result, sequence, "xs");
      outer.adjoints.add(sequence, {*result++, {}, false});
    } else {
      outer.adjoints.addWithout(sequence, turn->adjoints.of(element));
    }
  for (auto [i, initial] : llvm::enumerate(scan.getInitial())) {
    if (carried[i]) {
      outer.adjoints.add(initial, {*result++, {}, false});
      continue;
    }
    outer.adjoints.addWithout(initial, turn->adjoints.of(scan.carries()[i]));
  }
  for (Value value : captured) {
    nameCotangent(*result, value);
    outer.adjoints.add(value, {*result++, {}, false});
  }
}

LogicalResult ScanBackward::run() {
  if (untilOf(scan))
    return scan.emitError("a scan that may end early has no derivative here");
  if (failed(differentiateTurn()))
    return failure();
  collectCotangents();
  findResiduals();
  scan = scanKeepingResiduals();
  for (Sequence &sequence : sequences)
    if (sequence.kept >= 0)
      sequence.array = scan.kept()[sequence.kept];
  give(create());
  return success();
}

LogicalResult Backward::reverse(ScanOp op) { return ScanBackward(*this, op).run(); }
