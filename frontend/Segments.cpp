//===- Segments.cpp - statements that form one entry ----------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/AstWalk.h"
#include "frontend/Blocks.h"
#include "frontend/Emit.h"

using namespace net;

/// Tensors of a value, with those that its call shows.
static Value mapAll(const Value &value, const std::function<mlir::Value(mlir::Value)> &map) {
  Value mapped = mapTensors(value, map);
  if (!value.call)
    return mapped;
  auto record = std::make_shared<CallRecord>();
  record->instance = value.call->instance;
  for (const auto &[path, inner] : value.call->inner)
    record->inner.emplace(path, mapTensors(inner, map));
  mapped.call = record;
  return mapped;
}

void Block::open(Level &level) {
  if (frame.isOpen())
    return;
  frame.begin(decl.name + ".step_" + std::to_string(++steps), "step");
  std::vector<Level *> levels;
  for (Level *l = &level; l; l = l->outer)
    levels.insert(levels.begin(), l);
  for (Level *l : levels) {
    if (l->loop)
      bindLoop(*l->loop, l->scope);
    else if (isTask && !l->outer)
      bindTask(l->scope);
    rebind(*l, l->scope);
  }
}

void Block::close(Level &level, Nodes &nodes) {
  if (!frame.isOpen())
    return;
  for (Level *l = &level; l; l = l->outer)
    carry(*l);
  reportLosses();
  mlir::func::FuncOp done = frame.finish();
  // The rows of a batch, where they are declared: what code generation expects a size to be.
  for (Level *l = &level; l; l = l->outer)
    if (l->loop && l->loop->rows && !done->hasAttr("net.batch"))
      done->setAttr("net.batch", active->builder.getI64IntegerAttr(l->loop->rows));
  nodes.push_back(llvm::json::Object{{"run", done.getSymName()}});
}

void Block::carry(Level &level) {
  std::set<std::string> bound;
  if (level.loop)
    ast::namesOf(level.loop->each->pattern, bound);
  else if (isTask && !level.outer)
    for (const ast::Parameter &parameter : decl.params)
      bound.insert(parameter.name.text);
  for (const auto &[name, value] : level.scope->here()) {
    if (value.as<Reference>() || bound.count(name))
      continue;
    bool any = false;
    const std::string base = decl.name + "." + name;
    llvm::DenseMap<mlir::Value, std::string> parts;
    if (const Bundle *bundle = value.bundle())
      for (const auto &[part, tensor] : bundle->parts)
        parts[tensor] = "." + part;
    mapAll(value, [&](mlir::Value tensor) {
      any = true;
      std::string path = base + parts.lookup(tensor);
      if (carriedBy.count(tensor))
        return tensor;
      auto type = llvm::cast<mlir::RankedTensorType>(tensor.getType());
      const EntryFrame::Held *held = frame.holding(tensor);
      const Program::Variable *known = held ? program.variable(held->path) : nullptr;
      if (known && known->kind == "temp") {
        carriedBy[tensor] = held->slot;
        return tensor;
      }
      Slot slot = program.makeTemporary(path, type);
      for (; frame.sets(slot.path); slot = program.makeTemporary(path, type))
        path += "'";
      frame.addResult("var", slot.path, tensor);
      carriedBy[tensor] = slot;
      return tensor;
    });
    if (any)
      level.carried[name] = value;
  }
}

void Block::rebind(Level &level, const std::shared_ptr<Scope> &scope) {
  for (const auto &[name, value] : level.carried) {
    Value now = mapAll(value, [&](mlir::Value tensor) {
      auto it = carriedBy.find(tensor);
      return it == carriedBy.end() ? tensor : active->read(it->second);
    });
    scope->define(name, std::move(now));
  }
}

Value Block::columns(const ast::Pattern &pattern, const DataSet &data, bool batched,
                     const SizeExpr &batch) {
  std::vector<Value> values;
  for (const DataSet::Column &column : data.columns) {
    Shape shape = shapeOf(column.row);
    if (batched)
      shape.insert(shape.begin(), batch);
    auto type = tensorOf(column.row.getElementType(), shape);
    values.push_back(Value(active->argument("column", column.name, type), pattern.range));
  }
  return values.size() == 1 ? values[0] : Value::tuple(std::move(values), pattern.range);
}

Value Block::counter(const std::string &name, SourceRange range) {
  auto type = tensorOf(active->builder.getI64Type(), {});
  mlir::Value count = active->argument("counter", name, type);
  Emit e(active->builder, elaborator.location(range));
  return Value(Tensor{e.cast(count, e.i32()), /*weak=*/true}, range);
}

void Block::bindLoop(const Loop &loop, const std::shared_ptr<Scope> &scope) {
  const ast::Pattern &pattern = loop.each->pattern;
  Env env{*active, scope};
  if (!loop.data) {
    elaborator.bind(pattern, counter(loop.counter, pattern.range), env);
    return;
  }
  if (loop.batched)
    scope->define("B", Value(loop.batch, loop.each->range));
  elaborator.bind(pattern, columns(pattern, *loop.data, loop.batched, loop.batch), env);
}
