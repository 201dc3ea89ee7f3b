//===- Evaluations.cpp - expressions at other data ------------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// `E on data` is computed again, in an entry of its own: the variables of the loop
// over data around it stand for rows of that data, and the lets of that loop which
// E needs are executed once more. What was computed outside of the loop is carried.
//
//===----------------------------------------------------------------------===//
#include "frontend/AstPrinter.h"
#include "frontend/AstWalk.h"
#include "frontend/Blocks.h"
#include "frontend/Emit.h"

using namespace net;
namespace json = llvm::json;

std::optional<Block::Target> Block::target(const ast::Expr *data, const ast::Pattern *pattern,
                                           Level &level, SourceRange range) {
  Target target;
  if (!data)
    return target;
  Value value = staticValue(*data, level);
  auto *part = value.as<DataPart>();
  if (!part) {
    if (!value.isPoison())
      elaborator.error(data->range, "N0513",
                       "data stands behind `on`, this is " + value.describe());
    return std::nullopt;
  }
  target.data = program.data.get(*part->data);
  if (!target.data || !program.data.part(*part, target.part, data->range))
    return std::nullopt;
  const Loop *around = nullptr;
  for (Level *l = &level; l && !around; l = l->outer)
    if (l->loop && l->loop->data)
      around = l->loop;
  target.pattern = pattern ? pattern : around ? &around->each->pattern : nullptr;
  if (!target.pattern) {
    elaborator
        .error(range, "N0513",
               "no loop is here whose variables the rows of " + target.data->decl->name +
                   " could be")
        .help("name them: `on (x, y) in " + ast::print(*data) + "`");
    return std::nullopt;
  }
  size_t columns = target.data->columns.size();
  if (target.pattern->isName() || target.pattern->elements.size() == columns)
    return target;
  elaborator.error(range, "N0403",
                   "`" + ast::print(*target.pattern) + "` names " +
                       std::to_string(target.pattern->elements.size()) + " values, a row of " +
                       target.data->decl->name + " has " + std::to_string(columns));
  return std::nullopt;
}

/// Which of the lets are needed to compute what is wanted.
static std::set<const ast::Let *> neededLets(const std::vector<const ast::Expr *> &wanted,
                                             const std::vector<const ast::Let *> &lets) {
  std::set<std::string> names;
  auto add = [&](const ast::Expr &expr) {
    for (const std::string &name : ast::namesIn(expr))
      names.insert(name);
  };
  for (const ast::Expr *expr : wanted)
    add(*expr);
  std::set<const ast::Let *> needed;
  for (const ast::Let *let : llvm::reverse(lets)) {
    std::set<std::string> bound;
    ast::namesOf(let->pattern, bound);
    if (!llvm::any_of(bound, [&](const std::string &name) { return names.count(name); }))
      continue;
    needed.insert(let);
    add(*let->value);
  }
  return needed;
}

/// What a scope knows besides arrays.
static void copyStatic(const Scope &from, Scope &to) {
  for (const auto &[name, value] : from.here()) {
    bool isStatic = true;
    forEachTensor(value, [&](mlir::Value) { isStatic = false; });
    if (isStatic)
      to.define(name, value);
  }
}

std::shared_ptr<Scope> Block::beginEvaluation(EntryFrame &entry, const std::string &name,
                                              const Target &target,
                                              const std::vector<const ast::Expr *> &wanted,
                                              Level &level, bool again) {
  entry.begin(name, "eval");
  active = &entry;
  std::vector<Level *> levels;
  for (Level *l = &level; l; l = l->outer)
    levels.insert(levels.begin(), l);
  // From here on inwards lets are computed again.
  size_t first = again ? levels.size() - 1 : levels.size();
  for (size_t i = 0; i < levels.size(); ++i)
    if (levels[i]->loop && levels[i]->loop->data)
      first = i;
  std::vector<const ast::Let *> lets;
  for (size_t i = first; i < levels.size(); ++i)
    for (const Level::SeenLet &seen : levels[i]->lets)
      lets.push_back(seen.let);
  auto needed = neededLets(wanted, lets);
  auto scope = elaborator.fileScope(file);
  auto bindTarget = [&](bool batched, const SizeExpr &batch) {
    if (batched)
      scope->define("B", Value(batch, target.pattern->range));
    Env inside{entry, scope};
    elaborator.bind(*target.pattern, columns(*target.pattern, *target.data, batched, batch),
                    inside);
  };
  bool bound = !target.data;
  for (size_t i = 0; i < levels.size(); ++i) {
    Level &l = *levels[i];
    scope = Scope::within(scope);
    copyStatic(*l.scope, *scope);
    if (isTask && i == 0)
      bindTask(scope);
    bool isTarget = target.data && l.loop && l.loop->data && i == first;
    if (isTarget)
      bindTarget(l.loop->batched || target.pattern != &l.loop->each->pattern, l.loop->batch);
    else if (l.loop)
      bindLoop(*l.loop, scope);
    bound |= isTarget;
    if (i < first)
      rebind(l, scope);
    Env inside{entry, scope};
    for (const Level::SeenLet &seen : l.lets)
      if (i >= first && needed.count(seen.let)) {
        entry.continueNames(seen.names);
        elaborator.execute(*seen.let, inside);
      }
  }
  if (!bound) {
    scope = Scope::within(scope);
    bindTarget(true, SizeExpr::symbol("B"));
  }
  return scope;
}

Value Block::on(const ast::On &expr, Env &env) {
  EntryFrame *caller = active;
  if (&env.frame != caller || !current) {
    elaborator.error(expr.range, "N0907",
                     "`on` stands in train blocks and tasks, not in functions");
    return {};
  }
  auto where =
      target(expr.data.get(), expr.pattern ? &*expr.pattern : nullptr, *current, expr.range);
  if (!where)
    return {};
  EntryFrame entry(program, decl.name, /*training=*/false, &frame);
  std::string name = decl.name + ".on_" + std::to_string(++evaluations);
  Env inside{entry,
             beginEvaluation(entry, name, *where, {expr.value.get()}, *current, /*again=*/false)};
  Value value = elaborator.evaluate(*expr.value, inside);
  mlir::Value x = elaborator.toTensor(value, inside);
  active = caller;
  if (!x) {
    entry.finish().erase();
    return {};
  }
  Shape shape = shapeOf(x.getType());
  Emit e = elaborator.emit(inside, expr.range);
  if (shape.empty()) {
    x = e.cast(x, e.f32());
  } else if (!shape[0].bareSymbol() || llvm::StringRef(*shape[0].bareSymbol()).front() != 'B') {
    elaborator.error(
        expr.value->range, "N0513",
        "a value `on` data is a number, or has a row for each row of the data; this is " +
            value.describe());
    entry.finish().erase();
    return {};
  } else {
    shape[0] = where->data->parts.at(where->part).rows;
  }
  entry.addResult("out", "y", x);
  entry.finish();
  Slot slot = program.makeTemporary(name, tensorOf(elementOf(x.getType()), shape));
  currentNodes->push_back(json::Object{{"eval", json::Object{{"entry", name},
                                                             {"data", where->data->decl->name},
                                                             {"part", where->part},
                                                             {"into", slot.path}}}});
  return Value(caller->read(slot), expr.range);
}
