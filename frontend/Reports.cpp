//===- Reports.cpp - report, show, and values on data ---------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/AstPrinter.h"
#include "frontend/AstWalk.h"
#include "frontend/Blocks.h"
#include "frontend/Emit.h"

using namespace net;
namespace json = llvm::json;

/// What people would call a value: `accuracy` for `accuracy(logits, label)`.
static std::string shortName(const ast::Expr &expr) {
  if (auto *call = llvm::dyn_cast<ast::Call>(&expr))
    if (auto *name = llvm::dyn_cast<ast::Name>(call->callee.get()))
      return name->name;
  if (auto *member = llvm::dyn_cast<ast::Member>(&expr))
    return member->name.text;
  return ast::print(expr);
}

std::string Block::nameOf(const ast::Report &stmt, Loop *loop) {
  std::set<std::string> &reportNames = loop ? loop->names : this->reportNames;
  if (!stmt.name.text.empty()) {
    reportNames.insert(stmt.name.text);
    return stmt.name.text;
  }
  std::string where = stmt.data ? " on " + ast::print(*stmt.data) : "";
  std::string full = ast::print(*stmt.value) + where;
  for (const std::string &name : {shortName(*stmt.value), shortName(*stmt.value) + where, full})
    if (reportNames.insert(name).second)
      return name;
  return full;
}

/// A value as the number that is printed. Null after a diagnostic.
static mlir::Value numberOf(Elaborator &e, const Value &value, Env &env, SourceRange range) {
  mlir::Value x = e.toTensor(value, env);
  if (!x)
    return {};
  if (llvm::cast<mlir::RankedTensorType>(x.getType()).getRank() == 0) {
    Emit emit = e.emit(env, range);
    return emit.cast(x, emit.f32());
  }
  e.error(range, "N0512", "a report is one number, this is " + value.describe())
      .help("`mean(..)` or `sum(..)` make one of it");
  return {};
}

void Block::report(const ast::Report &stmt, Level &level, Nodes &nodes) {
  Loop *loop = innermost(level);
  if (!stmt.data) {
    bool on = ast::mentionsOn(*stmt.value);
    if (on && loop) {
      loop->late.push_back(&stmt);
      return;
    }
    if (on)
      close(level, nodes);
    return stepReport(stmt, level, nodes);
  }
  if (loop) {
    loop->late.push_back(&stmt);
    return;
  }
  close(level, nodes);
  Loop outside;
  evaluateReports({&stmt}, level, outside);
  for (json::Value &report : outside.reports) {
    json::Object &object = *report.getAsObject();
    object["entry"] = *object.getString("eval");
    nodes.push_back(json::Object{{"report", std::move(report)}});
  }
}

void Block::stepReport(const ast::Report &stmt, Level &level, Nodes &nodes) {
  open(level);
  Env inside = env(level);
  mlir::Value number =
      numberOf(elaborator, elaborator.evaluate(*stmt.value, inside), inside, stmt.value->range);
  std::string name = nameOf(stmt, innermost(level));
  if (!number)
    return;
  if (Loop *loop = innermost(level)) {
    frame.addResult("report", name, number);
    loop->reports.push_back(json::Object{{"name", name}, {"from", "step"}});
    return;
  }
  // Outside of loops an entry of its own prints it.
  Slot slot = program.makeTemporary(decl.name + ".report",
                                    llvm::cast<mlir::RankedTensorType>(number.getType()));
  for (int i = 2; frame.sets(slot.path); ++i)
    slot = program.makeTemporary(decl.name + ".report_" + std::to_string(i), slot.type);
  frame.addResult("var", slot.path, number);
  close(level, nodes);
  EntryFrame printer(program, decl.name, /*training=*/false, &frame);
  std::string entry = decl.name + ".eval_" + std::to_string(++evaluations);
  printer.begin(entry, "eval");
  printer.addResult("report", name, printer.read(slot));
  printer.finish();
  nodes.push_back(json::Object{{"report", json::Object{{"name", name}, {"entry", entry}}}});
}

void Block::reportLosses() {
  std::map<Loop *, size_t> before; // of losses, in a loop's reports: they are first
  for (const Loss &loss : implicit) {
    if (frame.hasResult("report", loss.value)) {
      if (GradientSites *sites = elaborator.gradientSites())
        sites->lossIsReported(loss.stmt, listTurns);
      continue;
    }
    std::string kind = loss.isGain ? "objective" : "loss";
    std::string name = loss.name.empty() ? kind : loss.name + " " + kind;
    for (int i = 2; !loss.loop->names.insert(name).second; ++i)
      name = kind + " " + std::to_string(i);
    frame.addResult("report", name, loss.value);
    json::Object report{{"name", name}, {"from", "step"}};
    json::Array &reports = loss.loop->reports;
    reports.insert(reports.begin() + before[loss.loop]++, json::Value(std::move(report)));
  }
  implicit.clear();
}

//===-- reports of data --------------------------------------------------------------------===//

void Block::evaluateReports(const std::vector<const ast::Report *> &group, Level &level,
                            Loop &loop) {
  const ast::Report &first = *group[0];
  auto where =
      target(first.data.get(), first.pattern ? &*first.pattern : nullptr, level, first.range);
  if (!where)
    return;
  std::vector<const ast::Expr *> wanted;
  for (const ast::Report *stmt : group)
    wanted.push_back(stmt->value.get());
  EntryFrame entry(program, decl.name, /*training=*/false, &frame);
  std::string name = decl.name + ".eval_" + std::to_string(++evaluations);
  Env inside{entry, beginEvaluation(entry, name, *where, wanted, level,
                                    /*again=*/innermost(level) != nullptr)};
  for (const ast::Report *stmt : group) {
    mlir::Value number =
        numberOf(elaborator, elaborator.evaluate(*stmt->value, inside), inside, stmt->value->range);
    std::string report = nameOf(*stmt, &loop);
    if (!number)
      continue;
    entry.addResult("report", report, number);
    loop.reports.push_back(json::Object{{"name", report},
                                        {"eval", name},
                                        {"data", where->data->decl->name},
                                        {"part", where->part}});
  }
  entry.finish();
  active = &frame;
}

/// `report exp(loss on Text.test)`: a number made of evaluations, which come before it.
void Block::combinedReport(const ast::Report &stmt, Level &level, Loop &loop) {
  EntryFrame entry(program, decl.name, /*training=*/false, &frame);
  std::string name = decl.name + ".eval_" + std::to_string(++evaluations);
  json::Array evaluated;
  currentNodes = &evaluated;
  Env inside{entry, beginEvaluation(entry, name, {}, {stmt.value.get()}, level, /*again=*/true)};
  mlir::Value number =
      numberOf(elaborator, elaborator.evaluate(*stmt.value, inside), inside, stmt.value->range);
  std::string report = nameOf(stmt, &loop);
  if (number)
    entry.addResult("report", report, number);
  entry.finish();
  active = &frame;
  json::Array before;
  for (json::Value &node : evaluated)
    before.push_back(std::move(*node.getAsObject()->get("eval")));
  loop.reports.push_back(
      json::Object{{"name", report}, {"eval", name}, {"before", std::move(before)}});
}

void Block::lateReports(Level &level) {
  current = &level;
  Loop &loop = *level.loop;
  std::vector<std::pair<std::string, std::vector<const ast::Report *>>> groups;
  for (const ast::Report *stmt : loop.late) {
    if (stmt->isShow()) {
      evaluateShow(*stmt, level, nullptr);
      continue;
    }
    if (!stmt->data) {
      combinedReport(*stmt, level, loop);
      continue;
    }
    // What looks at the same rows is computed together.
    std::string rows =
        (stmt->pattern ? ast::print(*stmt->pattern) : "") + " in " + ast::print(*stmt->data);
    if (groups.empty() || groups.back().first != rows)
      groups.push_back({rows, {}});
    groups.back().second.push_back(stmt);
  }
  for (const auto &[rows, group] : groups)
    evaluateReports(group, level, loop);
}

//===-- show -------------------------------------------------------------------------------===//

void Block::show(const ast::Report &stmt, Level &level, Nodes &nodes) {
  if (Loop *loop = innermost(level)) {
    loop->late.push_back(&stmt);
    return;
  }
  close(level, nodes);
  evaluateShow(stmt, level, &nodes);
}

void Block::evaluateShow(const ast::Report &stmt, Level &level, Nodes *nodes) {
  auto *call = llvm::dyn_cast<ast::Call>(stmt.value.get());
  auto *kind = call ? llvm::dyn_cast<ast::Name>(call->callee.get()) : nullptr;
  static const char *const kinds[] = {"images", "curve", "scatter", "table", "text"};
  if (!kind || !llvm::is_contained(kinds, llvm::StringRef(kind->name))) {
    elaborator.error(stmt.value->range, "N0514",
                     "`show` makes images, a curve, a scatter, a table or a text, this is " +
                         std::string(ast::describe(*stmt.value)));
    return;
  }
  auto where = target(stmt.data.get(), stmt.pattern ? &*stmt.pattern : nullptr, level, stmt.range);
  if (!where)
    return;
  EntryFrame entry(program, decl.name, /*training=*/false, &frame);
  std::string name = decl.name + ".show_" + std::to_string(++evaluations);
  Env inside{entry, beginEvaluation(entry, name, *where, {stmt.value.get()}, level,
                                    innermost(level) != nullptr)};
  int count = 0;
  for (const Argument &argument : elaborator.evaluateArguments(call->arguments, inside))
    if (mlir::Value x = elaborator.toTensor(argument.value, inside)) {
      // A column of points is a curve: what networks of one output give.
      Shape shape = shapeOf(x.getType());
      if (kind->name == "curve" && shape.size() == 2 && shape[1] == SizeExpr(1))
        x = elaborator.emit(inside, argument.range).reshape(x, {shape[0]});
      entry.addResult("out", argument.name.empty() ? "a" + std::to_string(++count) : argument.name,
                      x);
    }
  entry.finish();
  active = &frame;
  json::Object node{{"kind", kind->name}, {"file", stmt.name.text}, {"entry", name}};
  if (where->data) {
    node["data"] = where->data->decl->name;
    node["part"] = where->part;
  }
  if (nodes)
    nodes->push_back(json::Object{{"show", std::move(node)}});
  else
    level.loop->shows.push_back(std::move(node));
}
