//===- EntryFrame.cpp - entries under construction ------------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/EntryFrame.h"
#include "frontend/Emit.h"
#include "frontend/Program.h"
#include "ir/ValueNames.h"

using namespace net;

EntryFrame::EntryFrame(Program &program, std::string root, bool training, const Frame *like)
    : Frame(program.context(), training, like ? like->id : Frame::freshId()), root(std::move(root)),
      program(program), place(like && !this->root.empty() ? this->root + " on" : this->root) {}

void EntryFrame::begin(const std::string &name, llvm::StringRef kind) {
  held.clear();
  index.clear();
  arguments.clear();
  results.clear();
  mlir::Location loc = mlir::UnknownLoc::get(program.context());
  function =
      mlir::func::FuncOp::create(loc, name, mlir::FunctionType::get(program.context(), {}, {}));
  function->setAttr("net.entry", builder.getStringAttr(kind));
  function.addEntryBlock();
  program.module.push_back(function);
  builder.setInsertionPointToEnd(&function.getBody().front());
}

mlir::func::FuncOp EntryFrame::finish() {
  for (const Held &h : held) {
    auto argument = llvm::dyn_cast<mlir::BlockArgument>(h.value);
    bool same = argument && argument.getArgNumber() < arguments.size() &&
                arguments[argument.getArgNumber()] == std::make_pair(std::string("var"), h.path);
    if (!h.local && !same)
      results.push_back({"var", h.path, h.value});
  }
  llvm::SmallVector<mlir::Value> values;
  llvm::SmallVector<mlir::Type> types;
  for (const Result &r : results) {
    values.push_back(r.value);
    types.push_back(r.value.getType());
  }
  mlir::func::ReturnOp::create(builder, function.getLoc(), values);
  mlir::Block &block = function.getBody().front();
  function.setFunctionType(
      mlir::FunctionType::get(program.context(), block.getArgumentTypes(), types));
  auto attribute = [&](const std::string &name) -> mlir::Attribute {
    return name.empty() ? mlir::Attribute(builder.getUnitAttr()) : builder.getStringAttr(name);
  };
  for (size_t i = 0; i < arguments.size(); ++i)
    function.setArgAttr(i, "net." + arguments[i].first, attribute(arguments[i].second));
  for (size_t i = 0; i < arguments.size(); ++i)
    if (auto it = defaults.find(arguments[i].second);
        it != defaults.end() && arguments[i].first == "arg")
      function.setArgAttr(i, "net.default", builder.getF64FloatAttr(it->second));
  for (size_t i = 0; i < results.size(); ++i)
    function.setResultAttr(i, "net." + results[i].kind, attribute(results[i].name));
  mlir::func::FuncOp done = function;
  function = nullptr;
  return done;
}

mlir::Value EntryFrame::argument(llvm::StringRef kind, const std::string &name,
                                 mlir::RankedTensorType type) {
  mlir::Block &block = function.getBody().front();
  for (size_t i = 0; i < arguments.size(); ++i)
    if (arguments[i].first == kind && arguments[i].second == name)
      return block.getArgument(i);
  arguments.emplace_back(kind.str(), name);
  return block.addArgument(type, function.getLoc());
}

NamedValues EntryFrame::inputs() const {
  NamedValues named;
  mlir::func::FuncOp entry = function;
  for (size_t i = 0; i < arguments.size(); ++i) {
    const auto &[kind, name] = arguments[i];
    if (kind == "whole" || (kind == "counter" && (name == "step" || name == "epoch")))
      named.emplace_back(entry.getArgument(static_cast<unsigned>(i)), name);
  }
  return named;
}

void EntryFrame::addResult(llvm::StringRef kind, const std::string &name, mlir::Value value) {
  results.push_back({kind.str(), name, value});
}

bool EntryFrame::hasResult(llvm::StringRef kind, mlir::Value value) const {
  return llvm::any_of(results, [&](const Result &r) { return r.kind == kind && r.value == value; });
}

bool EntryFrame::sets(const std::string &path) const {
  return llvm::any_of(results, [&](const Result &r) { return r.kind == "var" && r.name == path; });
}

EntryFrame::Held &EntryFrame::variable(const Slot &slot) {
  std::string path = pathOf(slot);
  auto [it, isNew] = index.try_emplace(path, held.size());
  if (isNew) {
    program.useVariable(path, slot, root);
    held.push_back({slot, path, argument("var", path, slot.type), {}, false});
    setName(held.back().value, parameterName(path));
  }
  return held[it->second];
}

mlir::Value EntryFrame::load(const Slot &slot) {
  if (slot.kind == Slot::Kind::Column)
    return argument("whole", slot.path, slot.type);
  return variable(slot).value;
}

void EntryFrame::store(const Slot &slot, mlir::Value value) {
  if (slot.kind == Slot::Kind::Column || slot.kind == Slot::Kind::Constant)
    return;
  Held &h = variable(slot);
  h.earlier.push_back(h.value);
  h.value = value;
}

mlir::Value EntryFrame::key() {
  mlir::Value whole = argument("key", "", tensorOf(builder.getI64Type(), {}));
  // Blocks have random numbers of their own, and so have their evaluations.
  if (place.empty())
    return whole;
  return FoldKeyOp::create(builder, whole.getLoc(), whole.getType(), whole, place).getResult();
}

bool EntryFrame::isKey(mlir::Value value) const {
  auto fold = value.getDefiningOp<FoldKeyOp>();
  auto whole = llvm::dyn_cast<mlir::BlockArgument>(fold ? fold.getKey() : value);
  return whole && whole.getOwner() == &mlir::func::FuncOp(function).getBody().front() &&
         arguments[whole.getArgNumber()].first == "key" &&
         (fold ? !place.empty() && fold.getPath() == place : place.empty());
}

std::vector<std::pair<Slot, mlir::Value>> EntryFrame::slotsRead() const {
  std::vector<std::pair<Slot, mlir::Value>> slots;
  for (const Held &h : held)
    slots.emplace_back(h.slot, h.value);
  return slots;
}

llvm::SmallVector<mlir::Value> EntryFrame::valuesNow() const {
  llvm::SmallVector<mlir::Value> values;
  if (llvm::all_of(held, [](const Held &h) { return h.earlier.empty(); }))
    return values;
  for (const Held &h : held)
    if (!h.local)
      values.push_back(h.value);
  return values;
}

std::string EntryFrame::changedSince(llvm::function_ref<bool(mlir::Value)> isRead) const {
  for (const Held &h : held)
    if (h.slot.kind == Slot::Kind::Param &&
        llvm::any_of(h.earlier, [&](mlir::Value v) { return isRead(v) && !holding(v); }))
      return h.path;
  return "";
}

const EntryFrame::Held *EntryFrame::holding(mlir::Value value) const {
  for (const Held &h : held)
    if (h.value == value)
      return &h;
  return nullptr;
}

Slot EntryFrame::hold(const std::string &path, mlir::Value value) {
  Slot slot;
  slot.kind = Slot::Kind::State;
  slot.path = unique("." + path);
  slot.type = llvm::cast<mlir::RankedTensorType>(value.getType());
  index[pathOf(slot)] = held.size();
  held.push_back({slot, pathOf(slot), value, {}, true});
  return slot;
}
