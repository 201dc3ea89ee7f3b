//===- Loops.cpp - each .. in .. ------------------------------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/Blocks.h"
#include "frontend/ElaboratorImpl.h"

using namespace net;
namespace json = llvm::json;

Loop *Block::innermost(Level &level) const {
  for (Level *l = &level; l; l = l->outer)
    if (l->loop)
      return l->loop;
  return nullptr;
}

void Block::each(const ast::Each &stmt, Level &level, Nodes &nodes) {
  Value sequence = staticValue(*stmt.sequence, level);
  if (const List *list = sequence.list())
    return eachElement(stmt, *list, level, nodes);
  close(level, nodes);
  Loop loop;
  loop.each = &stmt;
  json::Object node;
  bool good = false;
  if (auto *part = sequence.as<DataPart>())
    good = beginData(stmt, *part, level, loop, node);
  else if (auto *range = sequence.as<Range>())
    good = beginRange(stmt, *range, level, loop, node);
  else if (!sequence.isPoison())
    elaborator
        .error(stmt.sequence->range, "N0511",
               "`each` runs over data, a range or a literal list, this is " + sequence.describe())
        .help("the ends of a range are known at compile time: `0..100`");
  if (!good)
    return;
  Level inside;
  inside.scope = Scope::within(level.scope);
  inside.outer = &level;
  inside.loop = &loop;
  Nodes body;
  run(stmt.body, inside, body);
  close(inside, body);
  lateReports(inside);
  current = &level;
  currentNodes = &nodes;
  node["body"] = std::move(body);
  node["reports"] = std::move(loop.reports);
  if (!loop.shows.empty())
    node["shows"] = std::move(loop.shows);
  nodes.push_back(json::Object{{"each", std::move(node)}});
}

void Block::eachElement(const ast::Each &stmt, const List &list, Level &level, Nodes &nodes) {
  for (const ast::Argument &option : stmt.options)
    elaborator.error(option.range, "N0511",
                     "a loop over a literal list has no options: it is unrolled");
  for (const Value &element : list.elements) {
    bool isStatic = true;
    forEachTensor(element, [&](mlir::Value) { isStatic = false; });
    if (!isStatic) {
      elaborator.error(
          element.range, "N0511",
          "the elements of this list are known at compile time only if they are no arrays");
      return;
    }
    Level inside;
    inside.scope = Scope::within(level.scope);
    inside.outer = &level;
    inside.unrolled = true;
    open(inside);
    Env bound = env(inside);
    elaborator.bind(stmt.pattern, element, bound);
    listTurns.emplace_back(&stmt, &element - list.elements.data());
    run(stmt.body, inside, nodes);
    close(inside, nodes);
    listTurns.pop_back();
  }
  current = &level;
  currentNodes = &nodes;
}

bool Block::beginData(const ast::Each &stmt, const DataPart &part, Level &level, Loop &loop,
                      json::Object &node) {
  loop.data = program.data.get(*part.data);
  if (!loop.data || !program.data.part(part, loop.part, stmt.sequence->range))
    return false;
  if (!stmt.pattern.isName() && stmt.pattern.elements.size() != loop.data->columns.size()) {
    elaborator
        .error(stmt.pattern.range, "N0403",
               "this names " + std::to_string(stmt.pattern.elements.size()) + " values, a row of " +
                   loop.data->decl->name + " has " + std::to_string(loop.data->columns.size()))
        .label(loop.data->decl->nameRange, "declared here");
    return false;
  }
  node["data"] = loop.data->decl->name;
  node["part"] = loop.part;
  for (const ast::Argument &given : stmt.options)
    if (!option(given, level, loop, node))
      return false;
  // Batches of different loops are different sizes.
  int depth = 1;
  for (Level *l = &level; l; l = l->outer)
    depth += l->loop && l->loop->batched;
  loop.batch = SizeExpr::symbol(depth == 1 ? "B" : "B" + std::to_string(depth));
  return true;
}

bool Block::beginRange(const ast::Each &stmt, const Range &range, Level &level, Loop &loop,
                       json::Object &node) {
  auto low = range.low.constant(), high = range.high.constant();
  if (!low || !high) {
    elaborator.error(stmt.sequence->range, "N0511",
                     "the ends of a range are known at compile time here");
    return false;
  }
  if (!stmt.pattern.isName()) {
    elaborator.error(stmt.pattern.range, "N0403", "a range gives one number a turn");
    return false;
  }
  loop.counter = stmt.pattern.name;
  node["range"] = json::Array{*low, *high};
  node["counter"] = loop.counter;
  for (const ast::Argument &given : stmt.options) {
    auto every =
        given.name.text == "every" ? staticValue(*given.value, level).wholeNumber() : std::nullopt;
    if (!every || *every < 1) {
      elaborator.error(given.range, "N0511", "a loop over a range takes `every = n` alone")
          .help("n is a whole number, known at compile time");
      return false;
    }
    node["every"] = *every;
  }
  return true;
}

/// What an option is. Code that it needs is thrown away: options are known now.
Value Block::staticValue(const ast::Expr &expr, Level &level) {
  ScratchFrame scratch(program.module, decl.name);
  Env inside{scratch, level.scope};
  return elaborator.evaluate(expr, inside);
}

/// One option of a loop over data.
bool Block::option(const ast::Argument &given, Level &level, Loop &loop, json::Object &node) {
  const std::string &name = given.name.text;
  auto *word = llvm::dyn_cast<ast::Name>(given.value.get());
  if (name == "batch" && word && word->name == "all") {
    loop.batched = true;
    node["batch"] = "all";
    return true;
  }
  Value value = staticValue(*given.value, level);
  if (value.isPoison())
    return false;
  if (name == "shuffle" && value.truth()) {
    node["shuffle"] = *value.truth();
    return true;
  }
  bool counts = name == "batch" || name == "epochs" || name == "every";
  auto number = value.wholeNumber();
  if (counts && number && *number >= 1) {
    if (name == "batch") {
      loop.batched = true;
      loop.rows = *number;
    }
    node[name] = *number;
    return true;
  }
  if (counts || name == "shuffle")
    elaborator.error(given.range, "N0511",
                     "`" + name + "` is " + (counts ? "a whole number from 1" : "true or false") +
                         ", known at compile time; this is " + value.describe());
  else
    elaborator.error(given.range, "N0511", "a loop over data has no option `" + name + "`")
        .help("it has batch, epochs, shuffle and every");
  return false;
}
