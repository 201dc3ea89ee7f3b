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

//===-- stop -------------------------------------------------------------------------------===//

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
