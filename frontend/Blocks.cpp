//===- Blocks.cpp - the statements of train blocks and tasks --------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/Blocks.h"
#include "frontend/AstWalk.h"
#include "frontend/Emit.h"

using namespace net;
namespace json = llvm::json;

Block::Block(Program &program, const ast::Callable &decl, FileScope *file)
    : program(program), elaborator(program.elaborator), decl(decl), file(file),
      isTask(decl.kind == ast::Decl::Kind::Task), frame(program, decl.name, /*training=*/!isTask),
      active(&frame) {}

json::Object Block::compile() {
  json::Object description{{"name", decl.name}};
  Level level;
  level.scope = elaborator.fileScope(file);
  Nodes nodes;
  if (isTask) {
    compileTask(level, nodes, description);
  } else {
    run(decl.body, level, nodes);
    close(level, nodes);
  }
  std::string init = program.makeInit(decl.name, decl.name + ".init");
  description["init"] = init.empty() ? json::Value(nullptr) : json::Value(init);
  description["body"] = std::move(nodes);
  return description;
}

void Block::run(const ast::Block &body, Level &level, Nodes &nodes) {
  for (const ast::StmtPtr &stmt : body) {
    current = &level;
    currentNodes = &nodes;
    statement(*stmt, level, nodes);
  }
}

/// Whether an evaluation on data must come before the statement.
static bool needsEvaluation(const ast::Stmt &stmt) {
  if (llvm::isa<ast::Each>(&stmt))
    return false;
  bool found = false;
  ast::walk(stmt, [&](const ast::Expr &e) { found |= llvm::isa<ast::On>(&e); });
  return found;
}

void Block::statement(const ast::Stmt &stmt, Level &level, Nodes &nodes) {
  if (auto *s = llvm::dyn_cast<ast::Each>(&stmt))
    return each(*s, level, nodes);
  if (auto *s = llvm::dyn_cast<ast::Report>(&stmt))
    return s->isShow() ? show(*s, level, nodes) : report(*s, level, nodes);
  if (needsEvaluation(stmt))
    close(level, nodes);
  open(level);
  if (auto *s = llvm::dyn_cast<ast::Minimize>(&stmt))
    return minimize(*s, level);
  if (auto *s = llvm::dyn_cast<ast::Update>(&stmt))
    return update(*s, level);
  if (auto *s = llvm::dyn_cast<ast::Stop>(&stmt))
    return stop(*s, level, nodes);
  if (auto *s = llvm::dyn_cast<ast::State>(&stmt))
    return state(*s, level);
  if (auto *s = llvm::dyn_cast<ast::Set>(&stmt))
    return set(*s, level);
  Env inside = env(level);
  if (auto *s = llvm::dyn_cast<ast::Let>(&stmt)) {
    level.lets.push_back({s, frame.givenNames()});
    elaborator.execute(stmt, inside);
    return;
  }
  if (elaborator.execute(stmt, inside))
    return;
  bool isReturn = llvm::isa<ast::Return>(&stmt);
  elaborator
      .error(stmt.range, "N0409",
             std::string("this statement has no place in a ") + (isTask ? "task" : "train block"))
      .help(isReturn
                ? isTask ? "`return` ends a task, outside of its loops" : "a `task` returns values"
                : "`next` and `emit` stand in scans");
}

//===-- states
//----------------------------------------------------------------------------------===//

void Block::state(const ast::State &stmt, Level &level) {
  Env inside = env(level);
  if (!stmt.type) {
    Env trial = inside.inner();
    Value value = elaborator.evaluate(*stmt.value, trial);
    if (value.bundle())
      return bundleState(stmt, *value.bundle(), level);
  }
  elaborator.execute(stmt, inside);
}

void Block::bundleState(const ast::State &stmt, const Bundle &first, Level &level) {
  const std::string &name = stmt.name.text;
  std::vector<std::pair<std::string, Slot>> parts;
  for (const auto &[path, tensor] : first.parts) {
    const EntryFrame::Held *held = active->holding(tensor);
    if (!held) {
      elaborator.error(stmt.value->range, "N0509",
                       "a state of parameters begins as those of networks: `params(Net)`");
      level.scope->define(name, Value());
      return;
    }
    // Its first value is the parameter's then.
    Slot slot;
    slot.kind = Slot::Kind::State;
    slot.path = name + "." + path;
    slot.type = held->slot.type;
    slot.range = stmt.range;
    initials.push_back(std::make_unique<ast::Name>(stmt.value->range, name));
    slot.initial.expr = initials.back().get();
    slot.initial.scope = elaborator.fileScope(file);
    slot.initial.scope->define(
        name, Value(Reference{std::make_shared<const Slot>(held->slot)}, stmt.range));
    parts.emplace_back(path, slot);
  }
  level.scope->define(name, bundleNow(parts, stmt.range));
  level.bundles[name] = std::move(parts);
}

Value Block::bundleNow(const std::vector<std::pair<std::string, Slot>> &parts, SourceRange range) {
  auto bundle = std::make_shared<Bundle>();
  for (const auto &[path, slot] : parts)
    bundle->parts.emplace_back(path, active->read(slot));
  return Value(std::shared_ptr<const Bundle>(bundle), range);
}

//===-- set, stop
//-------------------------------------------------------------------------------===//

void Block::set(const ast::Set &stmt, Level &level) {
  Env inside = env(level);
  if (!setBundle(stmt, level))
    elaborator.execute(stmt, inside);
}

bool Block::setBundle(const ast::Set &stmt, Level &level) {
  if (stmt.target.path.size() != 1 || stmt.target.isCall)
    return false;
  const std::string &name = stmt.target.path[0].text;
  Level *where = &level;
  while (where && !where->bundles.count(name))
    where = where->outer;
  if (!where)
    return false;
  Env inside = env(level);
  Value value = elaborator.evaluate(*stmt.value, inside);
  const auto &parts = where->bundles[name];
  const Bundle *bundle = value.bundle();
  bool fits = bundle && bundle->parts.size() == parts.size();
  for (size_t i = 0; fits && i < parts.size(); ++i)
    fits = bundle->parts[i].first == parts[i].first &&
           bundle->parts[i].second.getType() == parts[i].second.type;
  if (!fits) {
    if (!value.isPoison())
      elaborator.error(stmt.range, "N0502",
                       "`" + name + "` holds the parameters of networks, this is " +
                           value.describe());
    return true;
  }
  for (size_t i = 0; i < parts.size(); ++i)
    active->write(parts[i].second, bundle->parts[i].second);
  where->scope->define(name, value);
  return true;
}

void Block::stop(const ast::Stop &stmt, Level &level, Nodes &nodes) {
  if (level.unrolled || !innermost(level)) {
    elaborator.error(stmt.range, "N0510",
                     level.unrolled ? "a loop over a literal list cannot be left: it is unrolled"
                                    : "there is no loop here to leave");
    return;
  }
  Env inside = env(level);
  Value value = elaborator.evaluate(*stmt.condition, inside);
  mlir::Value condition = elaborator.toTensor(value, inside);
  if (!condition)
    return;
  auto type = llvm::cast<mlir::RankedTensorType>(condition.getType());
  if (type.getRank() != 0 || !isBool(type.getElementType())) {
    elaborator
        .error(stmt.condition->range, "N0510",
               "`stop when` takes a truth value, this is " + value.describe())
        .help("`all(..)` and `any(..)` make one of an array");
    return;
  }
  frame.addResult("stop", "", condition);
  close(level, nodes);
}

NamedValues Block::variables() const {
  NamedValues named;
  for (const EntryFrame::Held &held : active->variables())
    named.emplace_back(held.value, held.path);
  return named;
}

std::optional<Value> Block::special(const std::string &name, Env &env, SourceRange range) {
  if (name != "step" && name != "epoch")
    return std::nullopt;
  if (&env.frame != active) {
    elaborator.error(range, "N0516", "`" + name + "` is known in train blocks and tasks alone")
        .help("pass it as an argument");
    return Value();
  }
  if (current && innermost(*current))
    return counter(name, range);
  elaborator.error(range, "N0516", "`" + name + "` is counted by loops; there is none around this");
  return Value();
}
