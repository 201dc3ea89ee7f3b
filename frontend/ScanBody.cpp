//===- ScanBody.cpp - the statements of a scan's turn ---------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/Scans.h"

using namespace net;

void ScanBody::run(const std::vector<Value> &elements, Env &turn) {
  e.bind(scan.pattern, inputs.isZipped ? Value::tuple(elements, scan.sequence->range) : elements[0],
         turn);
  for (const ast::StmtPtr &stmt : scan.body) {
    if (failed)
      return;
    bool mayBeStopped = done && done->tensor();
    if (mayBeStopped)
      env.frame.stopped.push_back(done->tensor());
    statement(*stmt, turn);
    if (mayBeStopped)
      env.frame.stopped.pop_back();
  }
}

void ScanBody::statement(const ast::Stmt &stmt, Env &turn) {
  if (auto *next = llvm::dyn_cast<ast::Next>(&stmt))
    return rebind(next->pattern, e.evaluate(*next->value, turn), turn);
  if (auto *stop = llvm::dyn_cast<ast::Stop>(&stmt))
    return stopWhen(*stop, turn);
  if (auto *emit = llvm::dyn_cast<ast::Emit>(&stmt)) {
    Value value = e.evaluate(*emit->value, turn);
    std::vector<Value> parts = {value};
    if (value.tuple())
      parts = value.tuple()->elements;
    for (const Value &part : parts)
      failed |= failed || part.isPoison() || !keep(part, turn);
    return;
  }
  size_t before = e.diagnostics.errorCount();
  if (!e.execute(stmt, turn))
    e.error(stmt.range, "N0409", "this statement has no place in a scan")
        .help("`let`, `next`, `emit`, `set` and `stop when` stand there");
  failed |= e.diagnostics.errorCount() != before;
  executed(stmt, turn);
}

void ScanBody::rebind(const ast::Pattern &pattern, const Value &value, Env &turn) {
  if (value.isPoison()) {
    fail();
    return;
  }
  if (!pattern.isName()) {
    const Tuple *tuple = value.tuple();
    if (!tuple || tuple->elements.size() != pattern.elements.size()) {
      e.bind(pattern, value, turn); // says what does not fit
      fail();
      return;
    }
    for (auto one = pattern.elements.begin(); one != pattern.elements.end(); ++one)
      for (const ast::Pattern &before : llvm::make_range(pattern.elements.begin(), one))
        if (one->isName() && one->name != "_" && before.isName() && before.name == one->name) {
          e.error(one->range, "N0417", "`" + one->name + "` gets two values at once")
              .label(before.range, "the other one")
              .help("two `next`, one behind the other, rebind it twice");
          fail();
          return;
        }
    for (size_t i = 0; i < pattern.elements.size() && !failed; ++i)
      rebind(pattern.elements[i], tuple->elements[i], turn);
    return;
  }
  if (pattern.name == "_")
    return;
  std::optional<bool> done = carry(pattern.name, value, turn);
  if (!done) {
    auto &d = e.error(pattern.range, "N0417", "`" + pattern.name + "` is not carried by this scan");
    if (const Value *outside = turn.scope->lookup(pattern.name))
      d.label(outside->range, "what `" + pattern.name + "` is here");
    d.help("carries stand behind `with`: `with " + pattern.name + " = ..`");
  }
  failed |= !done.value_or(false);
}

void ScanBody::stopWhen(const ast::Stop &stop, Env &turn) {
  Value condition = e.evaluate(*stop.condition, turn);
  if (condition.isPoison()) {
    fail();
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
    fail();
    return;
  }
  Value now(x, stop.condition->range);
  done = done ? e.binary("or", *done, now, turn, stop.range) : now;
  failed |= done->isPoison();
}

Value ScanBody::choose(const Value &condition, const Value &a, const Value &b, Env &turn) {
  if (a.tuple() && sameStructure(a, b)) {
    std::vector<Value> parts;
    for (size_t i = 0; i < a.tuple()->elements.size(); ++i)
      parts.push_back(choose(condition, a.tuple()->elements[i], b.tuple()->elements[i], turn));
    bool whole = llvm::none_of(parts, [](const Value &v) { return v.isPoison(); });
    return whole ? Value::tuple(std::move(parts), b.range) : Value();
  }
  Arguments arguments;
  for (const Value *v : {&condition, &a, &b})
    arguments.push_back({"", *v, v->range, false});
  return e.callPrimitive("where", std::move(arguments), turn, scan.range);
}

bool ScanBody::cannotBecome(const std::string &carry, const Value &before, const Value &now) {
  auto &d = e.error(now.range, "N0417",
                    "the carry `" + carry + "` is " + before.describe() +
                        " in each turn, and cannot become " + now.describe());
  for (const auto &[name, initial] : inputs.carries)
    if (name == carry)
      d.label(initial.range, "`" + carry + "` begins as this");
  if (before.bundle() && now.bundle())
    d.note(bundleMisfit(*before.bundle(), now));
  e.note(d, now, "this is " + now.describe());
  mlir::Value was = before.tensor(), is = now.tensor();
  if (was && is && shapeOf(was.getType()) == shapeOf(is.getType()))
    d.help("convert it: `" + elementName(elementOf(was.getType())) + "(..)`");
  return fail();
}

mlir::Value ScanBody::asCarry(const std::string &carry, const Value &before, const Value &now,
                              mlir::RankedTensorType type, Env &turn) {
  size_t said = e.diagnostics.all().size();
  mlir::Value x = e.toTensorOf(now, type, turn, now.range);
  if (!x) {
    e.diagnostics.takeSince(said);
    cannotBecome(carry, before, now);
  }
  return x;
}

Value ScanBody::tupleOf(std::vector<Value> parts) {
  if (parts.empty())
    e.error(scan.range, "N0417", "this scan gives nothing")
        .help("`emit` gives a value in each turn, a carry behind `with` one at the end");
  return parts.empty()       ? Value()
         : parts.size() == 1 ? parts[0]
                             : Value::tuple(std::move(parts), scan.range);
}
