//===- Domain.cpp - loops over the places of an array ---------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "codegen/Domain.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Matchers.h"
#include <numeric>

using namespace mlir;
using namespace net;

Domain::Domain(const KernelInfo &info, const Shape &shape, ArrayRef<SizeExpr> cuts, Lanes lanes,
               int64_t terms)
    : rank(shape.size()), loops(factored(product(shape), cuts)), width(info.target.lanes()) {
  if (lanes == Lanes::None)
    width = 1;
  SizeExpr inner = loops.back();
  auto short_ = inner.constant();
  // Turns pay where the loops around are long and few vectors make a turn.
  if (lanes == Lanes::Innermost && short_ && *short_ > 0 && *short_ < width && loops.size() > 1) {
    int64_t length = std::lcm(*short_, width);
    SizeExpr joined = loops[loops.size() - 2] * inner;
    if (length / width <= 7 && info.estimate(joined) >= 2 * length && loops.size() == 2) {
      turn = length;
      return;
    }
  }
  if (loops.size() == 1) {
    int64_t least = lanes == Lanes::None ? 1 : 4 * width,
            wanted = 128 * info.target.lanes() / std::max<int64_t>(terms, 1);
    block = std::max(least, wanted / least * least);
    return;
  }
  // Enough outer loops for a grid with some chunks for every thread.
  int64_t parts = 1;
  while (gridLoops + 1 < loops.size() && parts < 64)
    parts *= std::max<int64_t>(info.estimate(loops[gridLoops++]), 1);
}

namespace {
/// Rows of a tile: the elements of a cache line.
constexpr int64_t tileRows = 16;
} // namespace

bool Domain::interchange() {
  if (turn || block || width == 1 || interchanged)
    return false;
  gridLoops = loops.size() - 1;
  return interchanged = true;
}

SizeExpr Domain::chunks() const {
  if (turn)
    return loops[0] * loops[1] == SizeExpr(0)
               ? SizeExpr(1)
               : (loops[0] * loops[1] + SizeExpr(turn - 1)).floorDiv(SizeExpr(turn));
  if (block)
    return (loops[0] + SizeExpr(block - 1)).floorDiv(SizeExpr(block));
  SizeExpr count(1);
  for (size_t i = 0; i < gridLoops - interchanged; ++i)
    count = count * loops[i];
  if (interchanged)
    count = count * (loops[gridLoops - 1] + SizeExpr(tileRows - 1)).floorDiv(SizeExpr(tileRows));
  return count;
}

Place Domain::at(const Index &linear) const { return Place::flat(linear, rank); }

namespace {
Value minimum(Pull &pull, Value a, Value b) {
  return arith::MinSIOp::create(pull.builder, pull.loc, a, b);
}

std::optional<int64_t> known(Value v) {
  APInt number;
  if (matchPattern(v, m_ConstantInt(&number)))
    return number.getSExtValue();
  return std::nullopt;
}
} // namespace

void Domain::vectors(Pull &pull, const Index &before, Value low, Value high, unsigned together,
                     const SizeExpr &chunkUnit, Body body) const {
  OpBuilder &b = pull.builder;
  const SizeExpr &size = loops.back();
  auto first = known(low), last = known(high);
  auto placeFrom = [&](const Index &start) {
    Index index = width > 1 ? pull.lanesFrom(start, size) : start;
    if (chunkUnit != SizeExpr(0)) {
      Index variable = index;
      variable.lane = SizeExpr(0);
      pull.setChunk(variable, chunkUnit);
    }
    return at(before + index);
  };
  // A loop of `count` vectors a turn from `from` on; gives where it ended.
  auto run = [&](Value from, int64_t step, unsigned count) -> Value {
    Value end;
    if (auto begin = known(from); begin && last)
      end = pull.size(SizeExpr(*begin + (*last - *begin) / step * step));
    else {
      Value length = arith::SubIOp::create(b, pull.loc, high, from);
      Value rest = arith::RemSIOp::create(b, pull.loc, length, pull.size(SizeExpr(step)));
      end = arith::SubIOp::create(b, pull.loc, high, rest);
    }
    if (first && last && known(from) == known(end))
      return end;
    pull.loop(from, end, step, SizeExpr::invalid(), [&](Index i) {
      SmallVector<Place> places;
      for (unsigned k = 0; k < count; ++k)
        places.push_back(placeFrom(i + Index(k * width)));
      body(places);
    });
    return end;
  };
  if (width == 1) {
    pull.loop(low, high, 1, size, [&](Index i) { body(placeFrom(i)); });
    return;
  }
  Value end = low;
  if (together > 1)
    end = run(end, together * width, together);
  end = run(end, width, 1);
  if (last && known(end) == last)
    return;
  Value count = arith::SubIOp::create(b, pull.loc, high, end);
  auto tail = [&] {
    auto outer = pull.setMask(pull.maskAnd(pull.firstLanes(count)));
    body(placeFrom(pull.variable(end)));
    pull.setMask(outer);
  };
  if (known(end))
    return tail();
  Value some = arith::CmpIOp::create(b, pull.loc, arith::CmpIPredicate::sgt, count, pull.size(0));
  pull.when(some, tail);
}

void Domain::flat(Pull &pull, Value begin, Value end, unsigned together, Body body) const {
  OpBuilder &b = pull.builder;
  if (loops[0] == SizeExpr(1)) {
    pull.loop(begin, end, 1, SizeExpr(1), [&](Index) { body(at(Index())); });
    return;
  }
  Value unit = pull.size(SizeExpr(block)), size = pull.size(loops[0]);
  Value low = arith::MulIOp::create(b, pull.loc, begin, unit);
  Value high = minimum(pull, arith::MulIOp::create(b, pull.loc, end, unit), size);
  vectors(pull, Index(), low, high, together, SizeExpr(block), body);
}

void Domain::turns(Pull &pull, Value begin, Value end, Body body) const {
  OpBuilder &b = pull.builder;
  SizeExpr total = loops[0] * loops[1], whole = total.floorDiv(SizeExpr(turn));
  Value full = minimum(pull, end, pull.size(whole));
  int64_t count = turn / width;
  pull.loop(begin, full, 1, whole, [&](Index t) {
    pull.setChunk(t);
    for (int64_t k = 0; k < count; ++k)
      body(at(t * SizeExpr(turn) + Index(k * width) + Index::lanes()));
  });
  SizeExpr rest = total - whole * SizeExpr(turn);
  if (rest == SizeExpr(0))
    return;
  // The last chunk has the elements that fill no turn.
  Value isLast =
      arith::CmpIOp::create(b, pull.loc, arith::CmpIPredicate::sgt, end, pull.size(whole));
  pull.when(isLast, [&] {
    Index start = pull.variable(pull.size(whole), whole + SizeExpr(1)) * SizeExpr(turn);
    for (int64_t k = 0; k < count; ++k) {
      Value left =
          arith::SubIOp::create(b, pull.loc, pull.size(rest), pull.size(SizeExpr(k * width)));
      auto part = [&] {
        auto outer = pull.setMask(pull.maskAnd(pull.firstLanes(left)));
        body(at(start + Index(k * width) + Index::lanes()));
        pull.setMask(outer);
      };
      auto number = rest.constant();
      if (number && *number <= k * width)
        continue;
      if (number)
        part();
      else
        pull.when(arith::CmpIOp::create(b, pull.loc, arith::CmpIPredicate::sgt, left, pull.size(0)),
                  part);
    }
  });
}

void Domain::tiles(Pull &pull, Value begin, Value end, Body body) const {
  auto strides = stridesOf(loops);
  const SizeExpr &rows = loops[gridLoops - 1], &stride = strides[gridLoops - 1];
  SizeExpr tilesOfRows = (rows + SizeExpr(tileRows - 1)).floorDiv(SizeExpr(tileRows));
  pull.loop(begin, end, 1, chunks(), [&](Index c) {
    auto [outer, tile] = pull.divide(c, tilesOfRows);
    Value low = pull.materialize(tile * SizeExpr(tileRows)).v;
    Value above = pull.materialize((tile + Index(1)) * SizeExpr(tileRows)).v;
    Value high = minimum(pull, above, pull.size(rows));
    Index before = outer * (rows * stride);
    vectors(pull, before, pull.size(0), pull.size(loops.back()), 1, SizeExpr(0),
            [&](ArrayRef<Place> places) {
              pull.loop(low, high, 1, rows, [&](Index row) {
                Place place = places[0];
                place.groups[0].index = place.groups[0].index + row * stride;
                body(place);
              });
            });
  });
}

/// The innermost two loops, several turns of the outer one at once. False: not for these sizes.
bool Domain::together(Pull &pull, const Index &before, Body body) const {
  auto count = loops[loops.size() - 2].constant(), length = loops.back().constant();
  if (!shortRows || width == 1 || !count || !length || *length >= width || *length < 1)
    return false;
  int64_t rows = 8;
  while (*count % rows)
    --rows;
  if (rows == 1)
    return false;
  Element lanes = pull.firstLanes(pull.size(SizeExpr(*length)));
  auto outer = pull.setMask(pull.maskAnd(lanes));
  pull.loop(pull.size(0), pull.size(SizeExpr(*count)), rows, SizeExpr(*count - rows + 1),
            [&](Index i) {
              SmallVector<Place> places;
              Index first = pull.lanesFrom(Index(), SizeExpr(*length));
              for (int64_t k = 0; k < rows; ++k)
                places.push_back(at(before + (i + Index(k)) * SizeExpr(*length) + first));
              body(places);
            });
  pull.setMask(outer);
  return true;
}

void Domain::emit(Pull &pull, Value begin, Value end, unsigned together, Body body) const {
  if (interchanged)
    return tiles(pull, begin, end, body);
  if (turn)
    return turns(pull, begin, end, body);
  if (block)
    return flat(pull, begin, end, together, body);
  auto strides = stridesOf(loops);
  pull.loop(begin, end, 1, chunks(), [&](Index c) {
    pull.setChunk(c);
    std::function<void(size_t, Index)> nest = [&](size_t level, Index before) {
      if (level + 2 == loops.size() && this->together(pull, before, body))
        return;
      if (level + 1 == loops.size())
        return vectors(pull, before, pull.size(0), pull.size(loops.back()), together, SizeExpr(0),
                       body);
      pull.loop(loops[level], [&](Index i) { nest(level + 1, before + i * strides[level]); });
    };
    nest(gridLoops, c * strides[gridLoops - 1]);
  });
}
