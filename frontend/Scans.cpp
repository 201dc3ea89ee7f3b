//===- Scans.cpp - scan, turn after turn ----------------------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The number of turns is known at compile time, and each turn is elaborated by
// itself: counters are sizes, a sequence may be a list of layers, and gradients
// need nothing of their own. Names given in a turn are given again in the next,
// so that all turns share the instances of the body.
//
//===----------------------------------------------------------------------===//
#include "frontend/ElaboratorImpl.h"

using namespace net;

namespace {
constexpr int64_t mostTurns = 1024;

/// One of the sequences that a scan runs along.
struct Sequence {
  Value value;
  mlir::Value tensor; ///< null: a range or a list
  int64_t axis = 0;
  SizeExpr length;
};

class Unroller {
public:
  Unroller(Elaborator &e, const ast::Scan &scan, Env &env) : e(e), scan(scan), env(env) {}

  Value run() {
    if (!readSequences() || !readCarries())
      return {};
    Frame::Names names = env.frame.givenNames();
    env.frame.turns.push_back(0);
    for (int64_t turn = 0; turn < turns && !failed; ++turn) {
      env.frame.continueNames(names);
      env.frame.turns.back() = turn;
      firstTurn = turn == 0;
      oneTurn(scan.reverse ? turns - 1 - turn : turn);
    }
    env.frame.turns.pop_back();
    return failed ? Value() : result();
  }

private:
  bool fail() {
    failed = true;
    return false;
  }

  bool readSequences() {
    Value whole = e.evaluate(*scan.sequence, env);
    if (whole.isPoison())
      return fail();
    std::vector<Value> values = {whole};
    if (whole.tuple())
      values = whole.tuple()->elements;
    isZipped = whole.tuple() != nullptr;
    for (const Value &value : values)
      if (!readSequence(value))
        return fail();
    std::optional<int64_t> count = sequences[0].length.constant();
    for (const Sequence &s : sequences)
      if (s.length != sequences[0].length) {
        e.error(scan.sequence->range, "N0417",
                "the sequences of a scan have the same length, these " + sequences[0].length.str() +
                    " and " + s.length.str());
        return fail();
      }
    if (count && *count >= 0 && *count <= mostTurns) {
      turns = *count;
      return true;
    }
    e.error(scan.sequence->range, "N0904",
            "a scan of " + sequences[0].length.str() +
                " turns is not supported by this version of the compiler")
        .help("their number is known at compile time, and at most " + std::to_string(mostTurns));
    return fail();
  }

  bool readSequence(const Value &value) {
    if (value.isPoison())
      return false;
    Sequence s;
    s.value = value;
    if (auto *range = value.as<Range>()) {
      s.length = range->high - range->low;
    } else if (auto *list = value.list()) {
      s.length = SizeExpr(static_cast<int64_t>(list->elements.size()));
    } else if (mlir::Value x = value.tensor()) {
      int64_t rank = llvm::cast<mlir::RankedTensorType>(x.getType()).getRank();
      Value over =
          scan.axis ? e.evaluateAxes(*scan.axis, env) : Value(SizeExpr(0), scan.sequence->range);
      auto axes = e.resolveAxes(over, rank, x, scan.sequence->range);
      if (!axes)
        return false;
      if (axes->size() != 1) {
        e.error(scan.axis->range, "N0212",
                "a scan runs along one axis, these are " + std::to_string(axes->size()));
        return false;
      }
      s.tensor = x;
      s.axis = axes->front();
      s.length = shapeOf(x.getType())[s.axis];
    } else {
      e.error(scan.sequence->range, "N0417",
              "a scan runs along arrays, a range or a list, this is " + value.describe());
      return false;
    }
    sequences.push_back(std::move(s));
    return true;
  }

  bool readCarries() {
    for (const ast::Carry &carry : scan.carries) {
      Value value = e.evaluate(*carry.initial, env);
      if (value.list() && e.isArrayLike(value))
        value = Value(e.toTensor(value, env), value.range);
      if (value.isPoison())
        return fail();
      carries.emplace_back(carry.name.text, value);
    }
    return true;
  }

  /// Element i of a sequence.
  Value element(const Sequence &s, int64_t i) {
    if (auto *range = s.value.as<Range>())
      return Value(range->low + SizeExpr(i), scan.pattern.range);
    if (auto *list = s.value.list())
      return list->elements[i];
    Emit emit = e.emit(env, scan.sequence->range);
    Shape shape = shapeOf(s.tensor.getType()), starts(shape.size(), SizeExpr(0));
    starts[s.axis] = SizeExpr(i);
    shape[s.axis] = SizeExpr(1);
    llvm::SmallVector<int64_t> strides(shape.size(), 1);
    mlir::Value part = emit.slice(s.tensor, starts, shape, strides);
    shape.erase(shape.begin() + s.axis);
    Value value(emit.reshape(part, shape), scan.pattern.range);
    value.origin = s.value.origin;
    return value;
  }

  void oneTurn(int64_t i) {
    Env turn = env.inner();
    std::vector<Value> elements;
    for (const Sequence &s : sequences)
      elements.push_back(element(s, i));
    e.bind(scan.pattern, isZipped ? Value::tuple(elements, scan.sequence->range) : elements[0],
           turn);
    for (const auto &[name, value] : carries)
      turn.scope->define(name, value);
    emitted = 0;
    for (const ast::StmtPtr &stmt : scan.body) {
      statement(*stmt, turn);
      if (failed)
        return;
    }
  }

  void statement(const ast::Stmt &stmt, Env &turn) {
    if (auto *next = llvm::dyn_cast<ast::Next>(&stmt))
      return rebind(next->pattern, e.evaluate(*next->value, turn), turn);
    if (auto *emit = llvm::dyn_cast<ast::Emit>(&stmt))
      return keep(e.evaluate(*emit->value, turn), turn);
    if (auto *stop = llvm::dyn_cast<ast::Stop>(&stmt))
      return stopWhen(*stop, turn);
    if (!e.execute(stmt, turn)) {
      e.error(stmt.range, "N0409", "this statement has no place in a scan")
          .help("`let`, `next`, `emit`, `set` and `stop when` stand there");
      failed = true;
    }
    // A `let` of the body reads as if it were emitted.
    auto *let = llvm::dyn_cast<ast::Let>(&stmt);
    if (let && let->pattern.isName() && e.memberNames.count(let->pattern.name))
      if (const Value *bound = turn.scope->lookup(let->pattern.name); bound && bound->tensor())
        inner[let->pattern.name].push_back(*bound);
  }

  void rebind(const ast::Pattern &pattern, const Value &value, Env &turn) {
    if (value.isPoison()) {
      failed = true;
      return;
    }
    if (!pattern.isName()) {
      const Tuple *tuple = value.tuple();
      if (!tuple || tuple->elements.size() != pattern.elements.size()) {
        e.bind(pattern, value, turn); // says what does not fit
        failed = true;
        return;
      }
      for (size_t i = 0; i < pattern.elements.size(); ++i)
        rebind(pattern.elements[i], tuple->elements[i], turn);
      return;
    }
    if (pattern.name == "_")
      return;
    auto it = llvm::find_if(carries, [&](const auto &c) { return c.first == pattern.name; });
    if (it == carries.end()) {
      auto &d =
          e.error(pattern.range, "N0417", "`" + pattern.name + "` is not carried by the scan");
      d.help("carries stand behind `with`: `with " + pattern.name + " = ..`");
      failed = true;
      return;
    }
    Value now = sameType(it->second, value, turn);
    if (now.isPoison()) {
      failed = true;
      return;
    }
    it->second = done ? choose(*done, it->second, now, turn) : now;
    failed |= it->second.isPoison();
    turn.scope->define(pattern.name, it->second);
  }

  /// A carry has one type in all turns; only a number may begin as less.
  Value sameType(const Value &before, const Value &now, Env &turn) {
    auto *tensor = before.as<Tensor>();
    if (!tensor || tensor->weak)
      return now;
    if (!e.isArrayLike(now)) {
      e.error(now.range, "N0417",
              "a carry that was " + before.describe() + " cannot become " + now.describe());
      return {};
    }
    auto type = llvm::cast<mlir::RankedTensorType>(tensor->value.getType());
    mlir::Value x = e.toTensorOf(now, type, turn, now.range);
    if (!x)
      return {};
    Value result(x, now.range);
    result.origin = now.origin;
    return result;
  }

  Value choose(const Value &condition, const Value &a, const Value &b, Env &turn) {
    Arguments arguments;
    for (const Value *v : {&condition, &a, &b})
      arguments.push_back({"", *v, v->range, false});
    return e.callPrimitive("where", std::move(arguments), turn, scan.range);
  }

  void keep(const Value &value, Env &turn) {
    std::vector<Value> parts = {value};
    if (value.tuple())
      parts = value.tuple()->elements;
    for (const Value &part : parts) {
      if (firstTurn)
        emits.emplace_back();
      failed |= part.isPoison() || emitted >= emits.size();
      if (failed)
        return;
      std::vector<Value> &sofar = emits[emitted++];
      // After a stop the last value is repeated.
      sofar.push_back(done && !sofar.empty() ? choose(*done, sofar.back(), part, turn) : part);
      failed |= sofar.back().isPoison();
    }
  }

  void stopWhen(const ast::Stop &stop, Env &turn) {
    Value condition = e.evaluate(*stop.condition, turn);
    if (condition.isPoison()) {
      failed = true;
      return;
    }
    if (auto truth = condition.truth(); truth && !*truth)
      return;
    mlir::Value x = e.isArrayLike(condition) ? e.toTensor(condition, turn) : mlir::Value();
    auto type = x ? llvm::cast<mlir::RankedTensorType>(x.getType()) : mlir::RankedTensorType();
    if (!type || type.getRank() || !isBool(type.getElementType())) {
      e.error(stop.condition->range, "N0510",
              "`stop when` takes a truth value, this is " + condition.describe())
          .help("`all(..)` and `any(..)` make one of an array");
      failed = true;
      return;
    }
    condition = Value(x, stop.condition->range);
    done = done ? e.binary("or", *done, condition, turn, stop.range) : condition;
  }

  Value result() {
    std::vector<Value> parts;
    int64_t position = sequences[0].tensor ? sequences[0].axis : 0;
    for (std::vector<Value> &values : emits) {
      parts.push_back(stacked(values, position));
      if (parts.back().isPoison())
        return {};
    }
    for (auto &[name, values] : inner)
      if (Value whole = stacked(values, position); !whole.isPoison())
        env.frame.record(name, whole);
    for (const auto &[name, value] : carries)
      parts.push_back(value);
    if (parts.empty())
      e.error(scan.range, "N0417", "this scan gives nothing")
          .help("`emit` gives a value in each turn, a carry behind `with` one at the end");
    return parts.empty()       ? Value()
           : parts.size() == 1 ? parts[0]
                               : Value::tuple(std::move(parts), scan.range);
  }

  Value stacked(std::vector<Value> values, int64_t position) {
    if (scan.reverse)
      std::reverse(values.begin(), values.end());
    Arguments arguments;
    int64_t rank = 0;
    for (const Value &v : values) {
      if (mlir::Value x = v.tensor())
        rank = llvm::cast<mlir::RankedTensorType>(x.getType()).getRank();
      arguments.push_back({"", v, v.range, false});
    }
    Axes axes;
    axes.entries.push_back({"", std::nullopt, std::nullopt, std::min(position, rank)});
    arguments.push_back({"over", Value(std::move(axes), scan.range), scan.range, false});
    return e.callPrimitive("stack", std::move(arguments), env, scan.range);
  }

  Elaborator &e;
  const ast::Scan &scan;
  Env &env;
  std::vector<Sequence> sequences;
  bool isZipped = false, failed = false, firstTurn = false;
  int64_t turns = 0;
  std::vector<std::pair<std::string, Value>> carries;
  std::vector<std::vector<Value>> emits; ///< for each emitted value of the text, those of the turns
  size_t emitted = 0;
  std::map<std::string, std::vector<Value>> inner;
  std::optional<Value> done; ///< whether a `stop when` has been true
};
} // namespace

Value Elaborator::evaluateScan(const ast::Scan &expr, Env &env) {
  return Unroller(*this, expr, env).run();
}

mlir::Value Elaborator::keyHere(Env &env, SourceRange range) {
  mlir::Value key = env.frame.key();
  Emit here = emit(env, range);
  for (int64_t turn : env.frame.turns)
    key =
        FoldInOp::create(here.builder, here.loc, key.getType(), key, here.integer(turn, here.i64()))
            .getResult();
  return key;
}
