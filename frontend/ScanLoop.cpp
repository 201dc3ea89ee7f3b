//===- ScanLoop.cpp - scan, as an operation -------------------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The body is elaborated in the region of an operation that is made anew at the end, when
// its results are known. Two things are only known from the body: the type of a carry that
// begins as a mere number, and which states it sets; then it is elaborated once more,
// under the same names.
//
//===----------------------------------------------------------------------===//
#include "frontend/Scans.h"
#include "ir/ValueNames.h"

using namespace net;

namespace {
class ScanLoop : public ScanBody {
public:
  using ScanBody::ScanBody;

  Value run() {
    Frame::Names names = env.frame.givenNames();
    readSequences();
    if (!readCarries())
      return {};
    // Each time a carry has found its type, or a state was found to be set.
    size_t most = 2 + inputs.carries.size() + 16;
    for (size_t attempt = 0; attempt < most && !failed; ++attempt) {
      env.frame.continueNames(names);
      again = false;
      auto noted = e.gradientSites() ? e.gradientSites()->noted() : GradientSites::Mark();
      begin();
      oneTurn();
      end();
      if (!again && !failed)
        return finish();
      if (e.gradientSites())
        e.gradientSites()->forget(noted, around());
      discard();
    }
    if (!failed)
      e.error(scan.range, "N0417", "the carries of this scan change their types from turn to turn");
    return {};
  }

private:
  struct Carry {
    std::string name;
    Value initial;
    mlir::RankedTensorType type; ///< of a carry that began as a number, once it is known
    bool isNumber = false;
    std::vector<mlir::Value> from, arguments; ///< of each tensor in it
    Value now;
  };

  Emit emit() { return e.emit(env, scan.range); }

  /// The function that the scan stands in.
  mlir::Operation *around() { return functionAround(env.frame.builder.getInsertionBlock()); }

  //===-- before the turns -------------------------------------------------------------------===//

  void readSequences() {
    for (const ScanInputs::Sequence &s : inputs.sequences) {
      mlir::Value x = s.tensor ? s.tensor : e.toTensor(s.value, env);
      if (s.axis != 0) {
        llvm::SmallVector<int64_t> order = {s.axis};
        for (int64_t i = 0; i < llvm::cast<mlir::RankedTensorType>(x.getType()).getRank(); ++i)
          if (i != s.axis)
            order.push_back(i);
        x = emit().transpose(x, order);
      }
      sequences.push_back(x);
    }
    // The number of the turn, for random numbers.
    Emit here = emit();
    mlir::Value count = here.iota(inputs.length(), here.i64());
    if (scan.reverse)
      count = here.binary<SubOp>(
          here.fill(here.size(inputs.length() - SizeExpr(1), here.i64()), {inputs.length()}),
          count);
    sequences.push_back(count);
  }

  /// Arrays, parameters of networks, and tuples of them.
  static bool holdsArrays(const Value &value) {
    return value.tensor() || value.bundle() ||
           (value.tuple() && llvm::all_of(value.tuple()->elements, holdsArrays));
  }

  bool readCarries() {
    for (const auto &[name, initial] : inputs.carries) {
      carries.push_back({name, initial, {}, false, {}, {}, {}});
      auto *tensor = initial.as<Tensor>();
      carries.back().isNumber = e.isArrayLike(initial) && (!tensor || tensor->weak);
      if (carries.back().isNumber || holdsArrays(initial))
        continue;
      e.error(initial.range, "N0417",
              "a scan over an array carries arrays and numbers, this is " + initial.describe());
      return false;
    }
    return true;
  }

  //===-- the turns --------------------------------------------------------------------------===//

  mlir::Value addCarry(mlir::Value from) {
    initial.push_back(from);
    return block->addArgument(from.getType(), withoutName(from.getLoc()));
  }

  void begin() {
    Emit here = emit();
    kept.clear();
    initial.clear();
    loop = {};
    // Initial values stand before the operation, also those that are found on the way.
    for (Carry &carry : carries) {
      carry.from.clear();
      if (carry.isNumber)
        carry.from.push_back(carry.type ? e.toTensorOf(carry.initial, carry.type, env, scan.range)
                                        : e.toTensor(carry.initial, env));
      else
        forEachTensor(carry.initial, [&](mlir::Value v) { carry.from.push_back(v); });
      failed |= llvm::is_contained(carry.from, mlir::Value());
    }
    std::vector<mlir::Value> states;
    for (const Slot &slot : set)
      states.push_back(env.frame.read(slot));
    bool stops = llvm::any_of(scan.body,
                              [](const ast::StmtPtr &stmt) { return llvm::isa<ast::Stop>(*stmt); });
    mlir::Value never = stops ? here.number(0, here.boolean()) : mlir::Value();
    after = env.frame.builder.saveInsertionPoint();
    op = ScanOp::create(here.builder, here.loc, mlir::TypeRange(), sequences, mlir::ValueRange(),
                        scan.reverse);
    loop.op = op;
    block = &op.getBody().emplaceBlock();
    for (mlir::Value sequence : sequences)
      block->addArgument(unstacked(sequence.getType()), withoutName(sequence.getLoc()));
    if (failed)
      return;
    for (Carry &carry : carries) {
      carry.arguments.clear();
      for (mlir::Value from : carry.from)
        carry.arguments.push_back(addCarry(from));
      if (carry.initial.tensor() || carry.isNumber)
        setName(carry.arguments[0], carry.name);
      size_t next = 0;
      carry.now =
          carry.isNumber
              ? Value(Tensor{carry.arguments[0], isWeak(carry, carry.initial)}, carry.initial.range)
              : mapTensors(carry.initial, [&](mlir::Value) { return carry.arguments[next++]; });
      carry.now.origin = carry.initial.origin;
    }
    for (auto [slot, state] : llvm::zip_equal(set, states))
      loop.carried.emplace_back(slot, addCarry(state));
    done = stops ? std::optional(Value(addCarry(never), scan.range)) : std::nullopt;
    env.frame.builder.setInsertionPointToEnd(block);
  }

  void oneTurn() {
    if (failed)
      return;
    env.frame.loops.push_back(&loop);
    env.frame.turns.push_back({0, block->getArgument(inputs.sequences.size())});
    Env turn = env.inner();
    std::vector<Value> elements;
    for (auto [s, argument] : llvm::zip(inputs.sequences, block->getArguments())) {
      Value element(Tensor{argument, !s.tensor}, scan.pattern.range);
      element.origin = s.value.origin;
      elements.push_back(element);
    }
    for (const Carry &carry : carries)
      turn.scope->define(carry.name, carry.now);
    ScanBody::run(elements, turn);
    env.frame.turns.pop_back();
    env.frame.loops.pop_back();
    for (const Slot &slot : loop.found) {
      set.push_back(slot);
      again = true;
    }
  }

  std::optional<bool> carry(const std::string &name, const Value &value, Env &turn) override {
    auto carry = llvm::find_if(carries, [&](const Carry &c) { return c.name == name; });
    if (carry == carries.end())
      return std::nullopt;
    bool fits = rebind(*carry, value, turn);
    turn.scope->define(name, carry->now);
    return fits;
  }

  /// A number that nothing has given a type takes that of its partner.
  static bool isWeak(const Carry &carry, const Value &value) {
    auto *tensor = value.as<Tensor>();
    return carry.isNumber && !carry.type && !value.as<Truth>() && !value.as<Range>() &&
           (!tensor || tensor->weak);
  }

  /// A carry has one type in all turns; only a number may begin as less.
  bool rebind(Carry &carry, const Value &value, Env &turn) {
    std::vector<mlir::Value> before, next;
    if (carry.initial.bundle() || carry.initial.tuple()) {
      forEachTensor(value, [&](mlir::Value v) { next.push_back(v); });
      bool same = sameStructure(carry.initial, value) && next.size() == carry.arguments.size() &&
                  llvm::all_of(llvm::zip(next, carry.arguments), [](auto pair) {
                    return std::get<0>(pair).getType() == std::get<1>(pair).getType();
                  });
      if (!same) {
        return cannotBecome(carry.name, carry.initial, value);
      }
    } else {
      if (!e.isArrayLike(value)) {
        return cannotBecome(carry.name, carry.initial, value);
      }
      auto type = llvm::cast<mlir::RankedTensorType>(carry.arguments[0].getType());
      auto *tensor = value.as<Tensor>();
      if (carry.isNumber && tensor && !tensor->weak && !carry.type &&
          tensor->value.getType() != type) {
        carry.type = llvm::cast<mlir::RankedTensorType>(tensor->value.getType());
        again = true;
        carry.now = value;
        return true;
      }
      if (mlir::Value x = asCarry(carry.name, carry.now, value, type, turn))
        next.push_back(x);
      else
        return fail();
    }
    if (done) {
      forEachTensor(carry.now, [&](mlir::Value v) { before.push_back(v); });
      for (auto [was, now] : llvm::zip(before, next))
        now = chosen(was, now, turn);
    }
    if (llvm::is_contained(next, mlir::Value()))
      return fail();
    size_t i = 0;
    SourceRange range = value.range;
    if (carry.isNumber || carry.initial.tensor())
      carry.now = Value(Tensor{next[0], isWeak(carry, value)}, range);
    else
      carry.now = mapTensors(carry.now, [&](mlir::Value) { return next[i++]; });
    carry.now.origin = value.origin;
    return true;
  }

  bool keep(const Value &part, Env &turn) override {
    mlir::Value x = e.toTensor(part, turn);
    if (x && done) {
      // After a stop the last value is repeated.
      mlir::OpBuilder before(op);
      mlir::Value zero =
          Emit(before, op.getLoc()).fill(0, elementOf(x.getType()), shapeOf(x.getType()));
      mlir::Value last = addCarry(zero);
      x = chosen(last, x, turn);
      repeated.emplace_back(last, x);
    }
    kept.push_back(x);
    return static_cast<bool>(x);
  }

  mlir::Value chosen(mlir::Value before, mlir::Value now, Env &turn) {
    return choose(*done, Value(before, scan.range), Value(now, scan.range), turn).tensor();
  }

  //===-- behind the turns -------------------------------------------------------------------===//

  void end() { env.frame.builder.restoreInsertionPoint(after); }

  void discard() {
    repeated.clear();
    op.erase();
  }

  Value finish() {
    size_t emitted = kept.size();
    // A `let` of the body reads as if it were emitted, and so do the values of its calls.
    std::vector<std::pair<std::string, Value>> records;
    for (auto &[path, value] : loop.records) {
      bool inside = false;
      forEachTensor(value,
                    [&](mlir::Value v) { inside |= op.getBody().isAncestor(v.getParentRegion()); });
      records.emplace_back(path, value);
      if (inside)
        forEachTensor(value, [&](mlir::Value v) { kept.push_back(v); });
    }
    std::vector<mlir::Value> yields = kept;
    for (const Carry &carry : carries)
      forEachTensor(carry.now, [&](mlir::Value v) { yields.push_back(v); });
    for (const auto &[slot, now] : loop.carried)
      yields.push_back(now);
    if (done)
      yields.push_back(done->tensor());
    for (const auto &[last, now] : repeated)
      yields.push_back(now);
    repeated.clear();
    std::vector<mlir::Type> types;
    for (mlir::Value v : kept)
      types.push_back(stacked(v.getType(), inputs.length()));
    for (mlir::Value v : initial)
      types.push_back(v.getType());
    Emit here = emit();
    {
      mlir::OpBuilder inside(block, block->end());
      YieldOp::create(inside, here.loc, yields);
    }
    // Who does not ask for the number of the turn needs no sequence of numbers.
    unsigned count = inputs.sequences.size();
    if (block->getArgument(count).use_empty()) {
      block->eraseArgument(count);
      sequences.pop_back();
    }
    auto made = ScanOp::create(here.builder, here.loc, types, sequences, initial, scan.reverse);
    made.getBody().takeBody(op.getBody());
    op.erase();
    return results(made, emitted, records);
  }

  Value results(ScanOp made, size_t emitted, std::vector<std::pair<std::string, Value>> &records) {
    auto result = made.getResults().begin();
    std::vector<Value> parts;
    for (size_t i = 0; i < emitted; ++i)
      parts.push_back(Value(placed(*result++), scan.range));
    for (auto &[path, value] : records)
      env.frame.record(path, mapTensors(value, [&](mlir::Value v) {
                         bool inside = made.getBody().isAncestor(v.getParentRegion());
                         return inside ? placed(*result++) : v;
                       }));
    for (Carry &carry : carries) {
      Value last = mapTensors(carry.now, [&](mlir::Value) { return *result++; });
      last.range = scan.range;
      parts.push_back(last);
    }
    for (const auto &[slot, now] : loop.carried)
      env.frame.write(slot, *result++);
    return tupleOf(std::move(parts));
  }

  /// The axis of the turns where the first sequence has it.
  mlir::Value placed(mlir::Value x) {
    int64_t rank = llvm::cast<mlir::RankedTensorType>(x.getType()).getRank();
    int64_t position = std::min(inputs.position(), rank - 1);
    if (position == 0)
      return x;
    llvm::SmallVector<int64_t> order;
    for (int64_t i = 0; i < rank; ++i)
      order.push_back(i < position ? i + 1 : i == position ? 0 : i);
    return emit().transpose(x, order);
  }

  std::vector<mlir::Value> sequences; ///< leading axis of the turns; the last: their numbers
  std::vector<Carry> carries;
  std::vector<Slot> set; ///< states that the body sets
  bool again = false;

  // One attempt.
  mlir::OpBuilder::InsertPoint after;
  ScanOp op;
  mlir::Block *block = nullptr;
  std::vector<mlir::Value> initial; ///< of all carries, in the order of their arguments
  Frame::Loop loop;
  std::vector<mlir::Value> kept;
  std::vector<std::pair<mlir::Value, mlir::Value>> repeated; ///< carries of kept values
};
} // namespace

Value net::scanAsLoop(Elaborator &e, const ast::Scan &scan, Env &env, const ScanInputs &inputs) {
  return ScanLoop(e, scan, env, inputs).run();
}
