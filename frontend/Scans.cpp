//===- Scans.cpp - scan, turn after turn ----------------------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A scan over arrays is an operation (ScanLoop.cpp). Over a list of layers, or over a short
// range, each turn is elaborated by itself: counters are sizes, and a list's layers may
// differ. Names given in a turn are given again in the next, so that all turns share the
// instances of the body.
//
//===----------------------------------------------------------------------===//
#include "frontend/Scans.h"
#include "frontend/ElaboratorImpl.h"

using namespace net;

namespace {
/// Turns that are elaborated one by one: the most that are, and the most where nothing asks for it.
constexpr int64_t mostTurns = 1024, shortRange = 16;

using NameVisitor = llvm::function_ref<void(const std::string &, SourceRange)>;
void forEachName(const ast::Pattern &pattern, NameVisitor visit) {
  if (pattern.isName() && pattern.name != "_")
    visit(pattern.name, pattern.range);
  for (const ast::Pattern &element : pattern.elements)
    forEachName(element, visit);
}

/// The names that a turn knows and the text behind the scan does not.
void forEachTurnName(const ast::Scan &scan, NameVisitor visit) {
  forEachName(scan.pattern, visit);
  for (const ast::Carry &carry : scan.carries)
    visit(carry.name.text, carry.name.range);
  for (const ast::StmtPtr &stmt : scan.body)
    if (auto *let = llvm::dyn_cast<ast::Let>(stmt.get()))
      forEachName(let->pattern, visit);
}

/// The names that stand behind the `next`s of a body.
std::set<std::string> nextNames(const ast::Scan &scan) {
  std::set<std::string> names;
  for (const ast::StmtPtr &stmt : scan.body)
    if (auto *next = llvm::dyn_cast<ast::Next>(stmt.get()))
      forEachName(next->pattern, [&](const std::string &name, SourceRange) { names.insert(name); });
  return names;
}

/// Evaluates what a scan runs along and what it carries; nothing after a diagnostic.
class InputReader {
public:
  InputReader(Elaborator &e, const ast::Scan &scan, Env &env) : e(e), scan(scan), env(env) {}

  std::optional<ScanInputs> read() {
    if (!readSequences() || !readCarries())
      return std::nullopt;
    return std::move(inputs);
  }

private:
  bool readSequences() {
    Value whole = e.evaluate(*scan.sequence, env);
    if (whole.isPoison())
      return false;
    std::vector<Value> values = {whole};
    if (whole.tuple())
      values = whole.tuple()->elements;
    inputs.isZipped = whole.tuple() != nullptr;
    for (const Value &value : values)
      if (!readSequence(value))
        return false;
    for (const ScanInputs::Sequence &s : inputs.sequences)
      if (s.length != inputs.sequences[0].length) {
        auto &d = e.error(scan.sequence->range, "N0417",
                          "the sequences of a scan have the same length, these " +
                              inputs.sequences[0].length.str() + " and " + s.length.str());
        for (const ScanInputs::Sequence &one : {inputs.sequences[0], s})
          d.label(one.value.range, one.length.str() + " turns");
        return false;
      }
    if (scan.axis && llvm::none_of(inputs.sequences, [](const auto &s) { return s.tensor; })) {
      e.error(scan.axis->range, "N0417",
              "`over` names an axis of an array, and this scan runs along a range or a list");
      return false;
    }
    return true;
  }

  bool readSequence(const Value &value) {
    if (value.isPoison())
      return false;
    ScanInputs::Sequence s;
    s.value = value;
    if (auto *range = value.as<Range>()) {
      s.length = range->high - range->low;
    } else if (auto *list = value.list()) {
      s.length = SizeExpr(static_cast<int64_t>(list->elements.size()));
    } else if (mlir::Value x = value.tensor()) {
      int64_t rank = llvm::cast<mlir::RankedTensorType>(x.getType()).getRank();
      if (!rank)
        return noSequence(value);
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
      return noSequence(value);
    }
    inputs.sequences.push_back(std::move(s));
    return true;
  }

  bool noSequence(const Value &value) {
    auto &d = e.error(scan.sequence->range, "N0417",
                      "a scan runs along arrays, a range or a list, this is " + value.describe());
    if (value.asTemplate())
      d.help("`copies(n, ..)` is a list of layers");
    return false;
  }

  bool readCarries() {
    std::map<std::string, SourceRange> places;
    std::set<std::string> next = nextNames(scan);
    // A `next` of something else is spoken of when it is executed.
    bool onlyCarries = llvm::all_of(next, [&](const std::string &name) {
      return llvm::any_of(scan.carries, [&](const auto &c) { return c.name.text == name; });
    });
    for (const ast::Carry &carry : scan.carries) {
      auto [place, isNew] = places.try_emplace(carry.name.text, carry.name.range);
      if (!isNew) {
        e.error(carry.name.range, "N0311", "`" + carry.name.text + "` is carried twice")
            .label(place->second, "first here");
        return false;
      }
      if (!next.count(carry.name.text) && onlyCarries) {
        e.error(carry.name.range, "N0417",
                "`" + carry.name.text + "` is carried, and no `next` says what it becomes")
            .help("what stays the same in all turns needs no `with`: `let " + carry.name.text +
                  " = ..` before the scan");
        return false;
      }
      Value value = e.evaluate(*carry.initial, env);
      if (value.list() && e.isArrayLike(value))
        value = Value(e.toTensor(value, env), value.range);
      if (value.isPoison())
        return false;
      inputs.carries.emplace_back(carry.name.text, value);
    }
    return true;
  }

  Elaborator &e;
  const ast::Scan &scan;
  Env &env;
  ScanInputs inputs;
};

class Unroller : public ScanBody {
public:
  Unroller(Elaborator &e, const ast::Scan &scan, Env &env, const ScanInputs &inputs)
      : ScanBody(e, scan, env, inputs), carries(inputs.carries) {}

  Value run() {
    Frame::Names names = env.frame.givenNames();
    env.frame.turns.push_back({});
    int64_t turns = *inputs.length().constant();
    for (int64_t turn = 0; turn < turns && !failed; ++turn) {
      env.frame.continueNames(names);
      env.frame.turns.back().number = turn;
      firstTurn = turn == 0;
      oneTurn(scan.reverse ? turns - 1 - turn : turn);
    }
    env.frame.turns.pop_back();
    return failed ? Value() : result();
  }

private:
  /// Element i of a sequence.
  Value element(const ScanInputs::Sequence &s, int64_t i) {
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
    for (const ScanInputs::Sequence &s : inputs.sequences)
      elements.push_back(element(s, i));
    for (const auto &[name, value] : carries)
      turn.scope->define(name, value);
    emitted = 0;
    ScanBody::run(elements, turn);
  }

  /// A `let` of the body reads as if it were emitted.
  void executed(const ast::Stmt &stmt, Env &turn) override {
    auto *let = llvm::dyn_cast<ast::Let>(&stmt);
    if (let && let->pattern.isName() && e.memberNames.count(let->pattern.name))
      if (const Value *bound = turn.scope->lookup(let->pattern.name); bound && bound->tensor())
        inner[let->pattern.name].push_back(*bound);
  }

  std::optional<bool> carry(const std::string &name, const Value &value, Env &turn) override {
    auto it = llvm::find_if(carries, [&](const auto &c) { return c.first == name; });
    if (it == carries.end())
      return std::nullopt;
    Value now = sameType(name, it->second, value, turn);
    if (now.isPoison())
      return false;
    it->second = done ? choose(*done, it->second, now, turn) : now;
    turn.scope->define(name, it->second);
    return !it->second.isPoison();
  }

  /// A carry has one type in all turns; only a number may begin as less.
  Value sameType(const std::string &name, const Value &before, const Value &now, Env &turn) {
    auto *tensor = before.as<Tensor>();
    if (before.bundle() && (!sameStructure(before, now) || before.key() != now.key())) {
      cannotBecome(name, before, now);
      return {};
    }
    if (!tensor || tensor->weak)
      return now;
    if (!e.isArrayLike(now)) {
      cannotBecome(name, before, now);
      return {};
    }
    auto type = llvm::cast<mlir::RankedTensorType>(tensor->value.getType());
    mlir::Value x = asCarry(name, before, now, type, turn);
    if (!x)
      return {};
    Value result(x, now.range);
    result.origin = now.origin;
    return result;
  }

  bool keep(const Value &part, Env &turn) override {
    if (firstTurn)
      emits.emplace_back();
    if (emitted >= emits.size())
      return false;
    std::vector<Value> &sofar = emits[emitted++];
    // After a stop the last value is repeated.
    sofar.push_back(done && !sofar.empty() ? choose(*done, sofar.back(), part, turn) : part);
    return !sofar.back().isPoison();
  }

  Value result() {
    std::vector<Value> parts;
    int64_t position = inputs.position();
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
    return tupleOf(std::move(parts));
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

  bool firstTurn = false;
  std::vector<std::pair<std::string, Value>> carries; ///< now
  std::vector<std::vector<Value>> emits; ///< for each emitted value of the text, those of the turns
  size_t emitted = 0;
  std::map<std::string, std::vector<Value>> inner;
};
} // namespace

Value Elaborator::evaluateScan(const ast::Scan &expr, Env &env) {
  forEachTurnName(expr, [&](const std::string &name, SourceRange range) {
    impl->turnNames[{env.scope.get(), name}] = range;
  });
  auto inputs = InputReader(*this, expr, env).read();
  if (!inputs)
    return {};
  auto count = [&](auto is) { return llvm::count_if(inputs->sequences, is); };
  auto lists = count([](const auto &s) { return s.value.list() != nullptr; });
  auto ranges = count([](const auto &s) { return s.value.template as<Range>() != nullptr; });
  std::optional<int64_t> turns = inputs->length().constant();
  bool known = turns && *turns >= 0 && *turns <= mostTurns;
  bool isShort = known && *turns <= shortRange && ranges;
  if (lists && !known) {
    error(expr.sequence->range, "N0904",
          "a scan of " + inputs->length().str() +
              " layers is not supported by this version of the compiler")
        .help("at most " + std::to_string(mostTurns));
    return {};
  }
  if (lists || isShort)
    return Unroller(*this, expr, env, *inputs).run();
  size_t before = diagnostics.all().size();
  Frame::Names names = env.frame.givenNames();
  Value result = scanAsLoop(*this, expr, env, *inputs);
  if (!result.isPoison() || !known)
    return result;
  // A counter may have to be known, `zeros(f32[t])`, or turns are parts of one gradient.
  auto why = diagnostics.takeSince(before);
  env.frame.continueNames(names);
  result = Unroller(*this, expr, env, *inputs).run();
  if (result.isPoison() && diagnostics.all().size() == before)
    diagnostics.add(std::move(why));
  return result;
}

mlir::Value Elaborator::keyHere(Env &env, SourceRange range) {
  noteDraw(env);
  mlir::Value key = env.frame.key();
  Emit here = emit(env, range);
  for (const Frame::Turn &turn : env.frame.turns) {
    mlir::Value number = turn.counted ? turn.counted : here.integer(turn.number, here.i64());
    key = FoldInOp::create(here.builder, here.loc, key.getType(), key, number).getResult();
  }
  return key;
}
