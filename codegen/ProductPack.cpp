//===- ProductPack.cpp - operands of products, rearranged -----------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "codegen/ProductPack.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

using namespace mlir;
using namespace net;

//===-- memory -------------------------------------------------------------------------------===//

namespace {
Value addressOf(Pull &pull, Value pointer, Type element, Index index) {
  index.lane = SizeExpr(0);
  return LLVM::GEPOp::create(pull.builder, pull.loc, pointer.getType(), element, pointer,
                             ArrayRef<LLVM::GEPArg>{pull.materialize(index).v});
}

unsigned alignmentOf(Type type) { return getElementTypeOrSelf(type).getIntOrFloatBitWidth() / 8; }
} // namespace

Value net::loadPacked(Pull &pull, Value pointer, Type type, const Index &index) {
  Value at = addressOf(pull, pointer, getElementTypeOrSelf(type), index);
  return LLVM::LoadOp::create(pull.builder, pull.loc, type, at, alignmentOf(type));
}

void net::storePacked(Pull &pull, Value pointer, Value value, const Index &index, Value mask) {
  unsigned alignment = alignmentOf(value.getType());
  Value at = addressOf(pull, pointer, getElementTypeOrSelf(value.getType()), index);
  if (mask)
    storeLanes(pull.builder, pull.loc, value, at, mask, alignment);
  else
    LLVM::StoreOp::create(pull.builder, pull.loc, value, at, alignment);
}

void net::fetchPacked(Pull &pull, Value pointer, Type type, const Index &index) {
  Value at = addressOf(pull, pointer, type, index);
  LLVM::Prefetch::create(pull.builder, pull.loc, at, /*rw=*/0, /*hint=*/3, /*cache=*/1);
}

//===-- rows ---------------------------------------------------------------------------------===//

bool RowsCopy::isCut(const ProductAxis &axis) const {
  for (size_t i = 0; i < form.loops.size(); ++i)
    if (axis.steps[i] != SizeExpr(0) && plan.most(form, i) != form.loops[i].size)
      return true;
  return false;
}

RowsCopy::RowsCopy(const ProductForm &form, const ProductPlan &plan)
    : form(form), plan(plan), element(registerType(elementOf(form.rows.value.getType()))) {
  const auto &axes = form.rows.axes;
  int64_t bytes = element.getIntOrFloatBitWidth() / 8;
  for (const ProductAxis &axis : axes) {
    SizeExpr extent(1);
    for (size_t i = 0; i < form.loops.size(); ++i)
      extent = extent + axis.steps[i] * (plan.most(form, i) - SizeExpr(1));
    extents.push_back(extent);
  }
  pitches.assign(axes.size(), SizeExpr(1));
  auto padded = [&](const SizeExpr &pitch) {
    // Rows at places that fall into few sets of the first cache are moved apart.
    auto number = pitch.constant();
    bool few = number && *number * bytes >= 2048 && *number * bytes % 1024 == 0;
    return few ? pitch + SizeExpr(64 / bytes) : pitch;
  };
  for (size_t i = axes.size(); i-- > 1;)
    pitches[i - 1] = padded(pitches[i] * extents[i]);
  total = axes.empty() ? SizeExpr(1) : pitches[0] * extents[0];
  // Vectors run over the last axes as long as these are whole.
  inner = axes.size();
  auto simple = [&](size_t i) {
    return axes[i].spread == 1 && !(axes[i].guarded && isCut(axes[i]));
  };
  while (inner > 0 && simple(inner - 1)) {
    bool behindWhole =
        inner == axes.size() || (!axes[inner].guarded && extents[inner] == axes[inner].extent &&
                                 pitches[inner - 1] == pitches[inner] * extents[inner]);
    if (!behindWhole)
      break;
    --inner;
  }
}

Index RowsCopy::at(ArrayRef<Index> turns) const {
  Index index;
  for (auto [axis, pitch] : llvm::zip(form.rows.axes, pitches))
    for (size_t i = 0; i < turns.size(); ++i)
      if (axis.steps[i] != SizeExpr(0))
        index = index + turns[i] * (axis.steps[i] * pitch);
  return index;
}

void RowsCopy::clear(Pull &pull, Value pointer) const {
  if (!form.rows.isGuarded())
    return;
  OpBuilder &b = pull.builder;
  int64_t bytes = element.getIntOrFloatBitWidth() / 8;
  Value zero = arith::ConstantOp::create(b, pull.loc, b.getI8IntegerAttr(0));
  LLVM::MemsetOp::create(b, pull.loc, pointer, zero, pull.size(total * SizeExpr(bytes)),
                         /*isVolatile=*/false);
}

/// One copy being written.
struct RowsCopy::Filling {
  const RowsCopy &copy;
  Pull &pull;
  Value pointer;
  ArrayRef<ProductRange> ranges;
  Place source;
  Index target;

  const ProductAxis &axis(size_t i) const { return copy.form.rows.axes[i]; }
  Value constant(const SizeExpr &size) { return pull.size(size); }

  /// The position at which the chunk's part of an axis begins.
  Index base(size_t i) const {
    Index sum;
    for (size_t l = 0; l < ranges.size(); ++l)
      if (axis(i).steps[l] != SizeExpr(0))
        sum = sum + ranges[l].base * axis(i).steps[l];
    return sum;
  }

  /// Positions of the axis in this chunk.
  Value count(size_t i) {
    OpBuilder &b = pull.builder;
    Value sum;
    SizeExpr known(1);
    for (size_t l = 0; l < ranges.size(); ++l) {
      const SizeExpr &step = axis(i).steps[l];
      if (step == SizeExpr(0))
        continue;
      if (!ranges[l].count) {
        known = known + step * (ranges[l].most - SizeExpr(1));
        continue;
      }
      Value own = arith::MulIOp::create(b, pull.loc, ranges[l].count, pull.size(step));
      sum = sum ? Value(arith::AddIOp::create(b, pull.loc, sum, own)) : own;
      known = known - step;
    }
    Value rest = pull.size(known);
    return sum ? Value(arith::AddIOp::create(b, pull.loc, sum, rest)) : rest;
  }

  /// Elements of a guarded axis, whole in the chunk, that the copy has room for.
  Value elements(size_t i) {
    SizeExpr spread(axis(i).spread);
    SizeExpr room = (copy.extents[i] - axis(i).low + spread - SizeExpr(1)).floorDiv(spread);
    auto a = room.constant(), b = axis(i).extent.constant();
    if (a && b)
      return pull.size(SizeExpr(std::max<int64_t>(std::min(*a, *b), 0)));
    return arith::MinSIOp::create(pull.builder, pull.loc, pull.size(room),
                                  pull.size(axis(i).extent));
  }

  void level(size_t i) {
    if (i == copy.inner)
      return i == copy.extents.size() ? element() : vectors();
    const SizeExpr &pitch = copy.pitches[i];
    auto descend = [&](const Index &from, const Index &to) {
      Place outerSource = source;
      Index outerTarget = target;
      source.groups.push_back({axis(i).axes, from});
      target = target + to * pitch;
      level(i + 1);
      source = outerSource;
      target = outerTarget;
    };
    if (!axis(i).guarded)
      return pull.loop(pull.size(0), count(i), 1, copy.extents[i],
                       [&](Index q) { descend(base(i) + q, q); });
    if (!copy.isCut(axis(i)))
      return pull.loop(pull.size(0), elements(i), 1, axis(i).extent, [&](Index s) {
        descend(s, s * SizeExpr(axis(i).spread) + Index(axis(i).low));
      });
    pull.loop(pull.size(0), count(i), 1, copy.extents[i], [&](Index q) { guarded(i, q, descend); });
  }

  /// A position that may lie between or outside of the elements.
  void guarded(size_t i, const Index &q, function_ref<void(const Index &, const Index &)> body) {
    SizeExpr spread(axis(i).spread);
    Index position = base(i) + q - Index(axis(i).low);
    SizeExpr covered = (axis(i).extent - SizeExpr(1)) * spread + SizeExpr(1);
    Element inside = pull.inRange(position, covered, true, true);
    auto at = [&] {
      if (spread == SizeExpr(1))
        return body(position, q);
      auto [quotient, rest] = pull.divide(position, spread);
      Element hit = pull.inRange(rest, SizeExpr(1), false, true);
      const Index &source = quotient;
      hit.v ? pull.when(hit.v, [&] { body(source, q); }) : body(source, q);
    };
    inside.v ? pull.when(inside.v, at) : at();
  }

  void element() {
    Element value = pull.get(copy.form.rows.value, source);
    storePacked(pull, pointer, value.v, target);
  }

  /// The axes from `inner` on, as one.
  void vectors() {
    size_t first = copy.inner;
    unsigned axes = 0;
    SizeExpr behind(1), extent(1);
    for (size_t i = first; i < copy.extents.size(); ++i) {
      axes += axis(i).axes;
      extent = extent * axis(i).extent;
      if (i > first)
        behind = behind * axis(i).extent;
    }
    bool guarded = axis(first).guarded;
    Value turns = guarded ? elements(first) : count(first);
    Value length = arith::MulIOp::create(pull.builder, pull.loc, turns, pull.size(behind));
    if (auto known = (guarded ? axis(first).extent : copy.extents[first]).constant();
        known && !ranges.empty() && isWhole(first, guarded) && behind.constant())
      length = pull.size(SizeExpr(*known * *behind.constant()));
    Index from = guarded ? Index() : base(first) * behind;
    Index to = target + Index(guarded ? axis(first).low * behind : SizeExpr(0));
    auto store = [&](const Index &at, Value mask) {
      Place place = source;
      place.groups.push_back({axes, pull.lanesFrom(from + at, extent)});
      Value value = pull.vector(copy.form.rows.value, place);
      storePacked(pull, pointer, value, to + at, mask);
    };
    int64_t width = pull.getWidth();
    OpBuilder &b = pull.builder;
    Value rest = arith::RemUIOp::create(b, pull.loc, length, pull.size(width));
    Value full = arith::SubIOp::create(b, pull.loc, length, rest);
    pull.loop(pull.size(0), full, width, extent, [&](Index i) { store(i, {}); });
    Value some = arith::CmpIOp::create(b, pull.loc, arith::CmpIPredicate::ne, rest, pull.size(0));
    pull.when(some, [&] {
      Element lanes = pull.firstLanes(rest);
      auto outer = pull.setMask(pull.maskAnd(lanes));
      store(pull.variable(full), lanes.v);
      pull.setMask(outer);
    });
  }

  /// Is all of the axis copied, and no more?
  bool isWhole(size_t i, bool guarded) const {
    if (copy.isCut(axis(i)))
      return false;
    if (!guarded)
      return true;
    auto room = (copy.extents[i] - axis(i).low).constant(), extent = axis(i).extent.constant();
    return room && extent && *room >= *extent;
  }
};

void RowsCopy::fill(Pull &pull, Value pointer, ArrayRef<ProductRange> ranges) const {
  bool moving = llvm::any_of(form.rows.axes, [&](auto &a) { return a.guarded && isCut(a); });
  if (moving)
    clear(pull, pointer);
  Filling{*this, pull, pointer, ranges, {}, {}}.level(0);
}
