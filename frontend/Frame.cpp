//===- Frame.cpp - the function that operations are being added to --------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/Frame.h"
#include "frontend/Emit.h"
#include "ir/NetDialect.h"

#include <atomic>

using namespace net;

int Frame::freshId() {
  static std::atomic<int> counter{0};
  return counter++;
}

Frame::Frame(mlir::MLIRContext *context, bool training) : Frame(context, training, freshId()) {}
Frame::Frame(mlir::MLIRContext *context, bool training, int id)
    : id(id), builder(context), training(training) {}
Frame::~Frame() = default;

static bool isSame(const Slot &a, const Slot &b) {
  return a.kind == b.kind && a.instance == b.instance && a.path == b.path;
}

mlir::Value Frame::read(const Slot &slot) {
  for (Loop *loop : llvm::reverse(loops))
    for (const auto &[carried, now] : loop->carried)
      if (isSame(carried, slot))
        return now;
  return load(slot);
}

mlir::Value Frame::ifTaken(mlir::Value before, mlir::Value now) {
  for (mlir::Value ended : stopped) {
    Emit e(builder, now.getLoc());
    mlir::Value all = e.broadcast(ended, shapeOf(now.getType()));
    now = WhereOp::create(builder, now.getLoc(), now.getType(), all, before, now).getResult();
  }
  return now;
}

std::vector<std::pair<Slot, mlir::Value>> Frame::slotsNow() const {
  auto slots = slotsRead();
  for (auto &[slot, value] : slots)
    for (const Loop *loop : loops)
      for (const auto &[carried, now] : loop->carried)
        if (isSame(carried, slot))
          value = now;
  return slots;
}

void Frame::write(const Slot &slot, mlir::Value value) {
  if (!stores())
    return;
  bool isKept = slot.kind == Slot::Kind::Param || slot.kind == Slot::Kind::State;
  if (mlir::Value before = isKept ? read(slot) : value; value != before) {
    // What was set is a parameter or a state, whatever its value was computed from: no gradient
    // goes through the `set`, nor from one call of a layer to the next through its state.
    if (isFloat(elementOf(slot.type)))
      value = StopGradientOp::create(builder, value.getLoc(), value.getType(), value).getResult();
    value = ifTaken(before, value);
  }
  if (loops.empty())
    return store(slot, value);
  for (auto &[carried, now] : loops.back()->carried)
    if (isSame(carried, slot)) {
      now = value;
      return;
    }
  if (llvm::none_of(loops.back()->found, [&](const Slot &other) { return isSame(other, slot); }))
    loops.back()->found.push_back(slot);
}

void Frame::record(const std::string &path, const Value &value) {
  if (loops.empty())
    return keep(path, value);
  loops.back()->records.emplace_back(path, value);
}

std::string Frame::numbered(llvm::StringRef kind) {
  return (kind + "_" + llvm::Twine(++counters[kind])).str();
}

std::string Frame::unique(llvm::StringRef name) {
  int &count = counters[name];
  return ++count == 1 ? name.str() : (name + "_" + llvm::Twine(count)).str();
}

Slot Frame::seenFrom(const Slot &slot, const std::shared_ptr<Instance> &callee) const {
  Slot seen = slot;
  if (slot.kind == Slot::Kind::Constant || slot.kind == Slot::Kind::Column)
    return seen;
  if (!seen.instance)
    seen.instance = callee;
  if (seen.instance && seen.instance->owner == id) {
    seen.path = seen.instance->path + "." + seen.path;
    seen.instance = nullptr;
  }
  return seen;
}

std::string Frame::fullPath(const Slot &slot, llvm::StringRef root) const {
  if (slot.kind == Slot::Kind::Constant || slot.kind == Slot::Kind::Column)
    return slot.path;
  if (slot.instance)
    return slot.instance->path + "." + slot.path;
  return root.empty() ? slot.path : (root + "." + slot.path).str();
}

Frame::Mark Frame::mark() const {
  mlir::Block *block = builder.getInsertionBlock();
  auto point = builder.getInsertionPoint();
  return {block, point == block->begin() ? nullptr : &*std::prev(point), valuesNow()};
}

Frame::Effects Frame::effectsSince(const Mark &mark) const {
  Effects effects{false, valuesNow() != mark.values};
  auto first = mark.last ? std::next(mark.last->getIterator()) : mark.block->begin();
  for (mlir::Operation &op : llvm::make_range(first, builder.getInsertionPoint()))
    op.walk([&](FoldKeyOp) { effects.draws = true; });
  return effects;
}
