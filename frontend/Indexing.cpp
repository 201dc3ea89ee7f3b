//===- Indexing.cpp - x[:, 0:3, new, i] -----------------------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/AstPrinter.h"
#include "frontend/Elaborator.h"

using namespace net;

namespace {
/// One place between the brackets, understood.
struct Place {
  enum class Kind { Slice, New, Static, Array };
  Kind kind = Kind::Slice;
  SizeExpr low, size; ///< Slice: the part; Static: low is the position
  Value value;        ///< Array: the positions
  SourceRange range;
};

/// Reads the places of an index against an array's shape.
class IndexReader {
public:
  IndexReader(Elaborator &e, Env &env, const Shape &shape, const std::string &type, SourceRange range)
      : e(e), env(env), shape(shape), type(type), range(range) {}

  std::optional<std::vector<Place>> read(llvm::ArrayRef<ast::Index> index) {
    std::vector<Place> places;
    for (const ast::Index &i : index)
      if (!readOne(i, places))
        return std::nullopt;
    while (axis < shape.size())
      places.push_back(whole(range));
    return places;
  }

private:
  Place whole(SourceRange where) {
    Place place;
    place.low = SizeExpr(0);
    place.size = shape[axis++];
    place.range = where;
    return place;
  }

  bool tooMany(SourceRange where) {
    e.error(where, "N0214", "too many indices: " + type + " has " + std::to_string(shape.size()) + " axes");
    return false;
  }

  bool readOne(const ast::Index &i, std::vector<Place> &places) {
    if (i.kind == ast::Index::Kind::New) {
      Place place;
      place.kind = Place::Kind::New;
      place.range = i.range;
      places.push_back(place);
      return true;
    }
    if (i.kind == ast::Index::Kind::Slice)
      return readSlice(i, places);
    Value value = e.evaluate(*i.low, env);
    if (value.isPoison())
      return false;
    if (auto *pack = value.as<Pack>()) {
      for (size_t n = 0; n < pack->sizes.size(); ++n) {
        if (axis >= shape.size() || shape[axis] != pack->sizes[n]) {
          e.error(i.range, "N0214", type + " does not have the axes " + pack->name + ".. = " + str(pack->sizes) + " here");
          return false;
        }
        places.push_back(whole(i.range));
      }
      return true;
    }
    if (axis >= shape.size())
      return tooMany(i.range);
    Place place;
    place.range = i.range;
    if (auto *run = value.as<Range>()) {
      place.low = run->low;
      place.size = run->high - run->low;
      return push(place, places, shape[axis++]);
    }
    if (auto position = value.size()) {
      place.kind = Place::Kind::Static;
      place.low = fromEnd(*position, shape[axis]);
      place.size = SizeExpr(1);
      return push(place, places, shape[axis++]);
    }
    mlir::Value tensor = e.isArrayLike(value) ? e.toTensor(value, env) : mlir::Value();
    if (!tensor || !isInteger(elementOf(tensor.getType()))) {
      auto &d = e.error(i.range, "N0214", "an index is a whole number or an array of them, this is " + value.describe());
      if (tensor && isBool(elementOf(tensor.getType())))
        d.help("`where(mask, x, 0)` keeps the shape; a mask as index would not");
      return false;
    }
    place.kind = Place::Kind::Array;
    place.value = Value(tensor, i.range);
    ++axis;
    places.push_back(place);
    return true;
  }

  static SizeExpr fromEnd(const SizeExpr &position, const SizeExpr &size) {
    auto n = position.constant();
    return n && *n < 0 ? size + position : position;
  }

  bool readSlice(const ast::Index &i, std::vector<Place> &places) {
    if (axis >= shape.size())
      return tooMany(i.range);
    SizeExpr n = shape[axis++];
    std::optional<SizeExpr> low = SizeExpr(0), high = n;
    if (i.low)
      low = e.sizeOf(*i.low, env);
    if (i.high)
      high = e.sizeOf(*i.high, env);
    if (!low || !high)
      return false;
    Place place;
    place.range = i.range;
    place.low = fromEnd(*low, n);
    place.size = fromEnd(*high, n) - place.low;
    return push(place, places, n);
  }

  /// Bounds that are known are checked; those that are not belong to run-time sizes.
  bool push(Place place, std::vector<Place> &places, const SizeExpr &n) {
    auto low = place.low.constant(), size = place.size.constant(), rest = (n - place.low - place.size).constant();
    bool outside = (low && *low < 0) || (size && *size < 0) || (rest && *rest < 0);
    if (outside) {
      std::string what = place.kind == Place::Kind::Static
                             ? "position " + place.low.str()
                             : "the part " + place.low.str() + ":" + (place.low + place.size).str();
      e.error(place.range, "N0215", what + " is outside of an axis of size " + n.str()).label(range, "in " + type);
      return false;
    }
    places.push_back(std::move(place));
    return true;
  }

  Elaborator &e;
  Env &env;
  const Shape &shape;
  const std::string type;
  SourceRange range;
  size_t axis = 0;
};
} // namespace

/// The slices and positions of the places as one `slice`; arrays are left whole.
static mlir::Value sliced(net::Emit e, mlir::Value x, llvm::ArrayRef<Place> places) {
  Shape shape = shapeOf(x.getType()), starts, sizes;
  for (const Place &place : places) {
    if (place.kind == Place::Kind::New)
      continue;
    bool whole = place.kind == Place::Kind::Array;
    starts.push_back(whole ? SizeExpr(0) : place.low);
    sizes.push_back(whole ? shape[sizes.size()] : place.size);
  }
  if (sizes == shape)
    return x;
  llvm::SmallVector<int64_t> strides(shape.size(), 1);
  return e.slice(x, starts, sizes, strides);
}

Value Elaborator::index(const Value &base, llvm::ArrayRef<ast::Index> index, Env &env, SourceRange range) {
  if (base.isPoison())
    return {};
  if (!isArrayLike(base)) {
    error(range, "N0214", base.describe() + " cannot be indexed");
    return {};
  }
  mlir::Value x = toTensor(base, env);
  if (!x)
    return {};
  Shape shape = shapeOf(x.getType());
  auto places = IndexReader(*this, env, shape, str(x.getType()), base.range.isValid() ? base.range : range).read(index);
  if (!places)
    return {};
  Emit e = emit(env, range);
  x = sliced(e, x, *places);
  // Positions drop their axis, `new` adds one; then arrays gather, from the right, so that positions stay.
  Shape result;
  std::vector<std::pair<int64_t, const Place *>> arrays;
  Shape now = shapeOf(x.getType());
  size_t axis = 0;
  for (const Place &place : *places) {
    if (place.kind == Place::Kind::New) {
      result.push_back(SizeExpr(1));
      continue;
    }
    if (place.kind == Place::Kind::Array)
      arrays.emplace_back(static_cast<int64_t>(result.size()), &place);
    if (place.kind != Place::Kind::Static)
      result.push_back(now[axis]);
    ++axis;
  }
  size_t wide = llvm::count_if(arrays, [](const auto &entry) {
    return llvm::cast<mlir::RankedTensorType>(entry.second->value.tensor().getType()).getRank() > 0;
  });
  if (wide > 1) {
    error(range, "N0214", "at most one array stands among the indices").help("index twice: `x[i][:, j]`");
    return {};
  }
  x = e.reshape(x, result);
  for (auto it = arrays.rbegin(); it != arrays.rend(); ++it) {
    auto [at, place] = *it;
    SizeExpr limit = shapeOf(x.getType())[at];
    mlir::Value positions = place->value.tensor();
    positions = checkedIndex(e.cast(positions, e.i32()), limit, env, place->range, "index");
    Shape from = shapeOf(x.getType()), to(from.begin(), from.begin() + at), of = shapeOf(positions.getType());
    to.insert(to.end(), of.begin(), of.end());
    to.insert(to.end(), from.begin() + at + 1, from.end());
    x = TakeOp::create(e.builder, e.loc, tensorOf(elementOf(x.getType()), to), x, positions, static_cast<uint64_t>(at))
            .getResult();
  }
  bool weak = base.as<Tensor>() && base.as<Tensor>()->weak;
  return tensorValue(x, weak, range, "[..]", &base);
}

mlir::Value Elaborator::checkedIndex(mlir::Value index, const SizeExpr &limit, Env &env, SourceRange range,
                                     const std::string &what) {
  Emit e = emit(env, range);
  std::string last = (limit - SizeExpr(1)).str();
  std::string message = what + " is out of range 0.." + last;
  return CheckedOp::create(e.builder, e.loc, index.getType(), index, limit.str(), message).getResult();
}

namespace {
/// `set x[..] = v`: a mask over x of the elements that change, and v spread to x's axes.
class Update {
public:
  Update(net::Emit e, mlir::Value x) : e(e), x(x), shape(shapeOf(x.getType())) {}

  /// The axis gets v's as it is.
  void whole(int64_t axis) { keep(axis, shape[axis]); }
  /// Elements low .. low + size - 1 get v's.
  void part(int64_t axis, const SizeExpr &low, const SizeExpr &size) {
    int64_t own = keep(axis, size);
    mlir::Value here = iota(axis), first = along(axis, e.size(low, e.i32())),
                end = along(axis, e.size(low + size, e.i32()));
    restrict(axis, e.binary<AndOp>(e.compare<GeOp>(here, first), e.compare<LtOp>(here, end)));
    spread.push_back([=](mlir::Value v) {
      Shape to = shapeOf(v.getType()), lows(to.size(), SizeExpr(0));
      to[own] = shape[axis];
      lows[own] = low;
      mlir::Type element = elementOf(v.getType());
      return PadOp::create(e.builder, e.loc, tensorOf(element, to), v, e.number(0, element),
                           SizesAttr::get(e.builder.getContext(), lows), llvm::SmallVector<int64_t>(to.size(), 0))
          .getResult();
    });
  }
  /// One element, for which v has no axis.
  void position(int64_t axis, mlir::Value at) { restrict(axis, e.compare<EqOp>(iota(axis), along(axis, at))); }
  /// Element positions[k] gets v's element k; of equal positions the last counts.
  void positions(int64_t axis, mlir::Value positions) {
    SizeExpr count = shapeOf(positions.getType())[0];
    int64_t own = keep(axis, count);
    Shape table = {shape[axis], count};
    mlir::Value hit = e.compare<EqOp>(e.broadcastAxes(iota(axis), table, {0}), e.broadcastAxes(positions, table, {1}));
    mlir::Value k = e.broadcastAxes(e.iota(count, e.i32()), table, {1}), none = e.fill(-1, e.i32(), table);
    mlir::Value chosen = WhereOp::create(e.builder, e.loc, k.getType(), hit, k, none).getResult();
    mlir::Value from = e.reduce<ReduceMaxOp>(chosen, {1}, /*keep=*/false);
    mlir::Value zero = e.fill(0, e.i32(), {shape[axis]});
    restrict(axis, e.compare<GeOp>(from, zero));
    spread.push_back([=](mlir::Value v) {
      Shape to = shapeOf(v.getType());
      to[own] = shape[axis];
      return TakeOp::create(e.builder, e.loc, tensorOf(elementOf(v.getType()), to), v, e.binary<MaxOp>(from, zero),
                            static_cast<uint64_t>(own))
          .getResult();
    });
  }

  const Shape &valueShape() const { return needed; }
  mlir::Value with(mlir::Value v) {
    for (auto &step : spread)
      v = step(v);
    v = e.broadcastAxes(v, shape, kept);
    return mask ? WhereOp::create(e.builder, e.loc, x.getType(), mask, v, x).getResult() : v;
  }

private:
  mlir::Value iota(int64_t axis) { return e.iota(shape[axis], e.i32()); }
  mlir::Value along(int64_t axis, mlir::Value scalar) { return e.fill(scalar, {shape[axis]}); }
  int64_t keep(int64_t axis, const SizeExpr &size) {
    needed.push_back(size);
    kept.push_back(axis);
    return kept.size() - 1;
  }
  void restrict(int64_t axis, mlir::Value here) {
    here = e.broadcastAxes(here, shape, {axis});
    mask = mask ? e.binary<AndOp>(mask, here) : here;
  }

  net::Emit e;
  mlir::Value x, mask;
  Shape shape, needed;
  llvm::SmallVector<int64_t> kept; ///< x's axes that v has
  std::vector<std::function<mlir::Value(mlir::Value)>> spread;
};
} // namespace

mlir::Value Elaborator::updated(mlir::Value x, llvm::ArrayRef<ast::Index> index, const Value &v, Env &env,
                                SourceRange range) {
  Shape shape = shapeOf(x.getType());
  auto places = IndexReader(*this, env, shape, str(x.getType()), range).read(index);
  if (!places)
    return {};
  Emit e = emit(env, range);
  Update update(e, x);
  int64_t axis = 0;
  for (const Place &place : *places) {
    switch (place.kind) {
    case Place::Kind::New:
      error(place.range, "N0214", "`new` has no place in `set`");
      return {};
    case Place::Kind::Slice:
      place.size == shape[axis] ? update.whole(axis) : update.part(axis, place.low, place.size);
      break;
    case Place::Kind::Static:
      update.position(axis, e.size(place.low, e.i32()));
      break;
    case Place::Kind::Array:
      mlir::Value at = checkedIndex(e.cast(place.value.tensor(), e.i32()), shape[axis], env, place.range, "index");
      int64_t rank = llvm::cast<mlir::RankedTensorType>(at.getType()).getRank();
      if (rank > 1) {
        error(place.range, "N0214", "positions in `set` are one number or a vector of them, this is " + str(at.getType()))
            .help("`flatten` the positions and the value");
        return {};
      }
      rank ? update.positions(axis, at) : update.position(axis, at);
    }
    ++axis;
  }
  mlir::Value value = toTensorOf(v, tensorOf(elementOf(x.getType()), update.valueShape()), env, range);
  return value ? update.with(value) : mlir::Value();
}

Value Elaborator::evaluateIndex(const ast::IndexExpr &expr, Env &env) {
  Value base = evaluate(*expr.base, env);
  if (base.isPoison())
    return {};
  if (auto *element = base.as<Element>()) {
    // A type where a value is asked for.
    ast::Type type;
    Shape shape;
    for (const ast::Index &i : expr.index) {
      if (i.kind != ast::Index::Kind::At) {
        error(i.range, "N0210", "a type has a size for each axis");
        return {};
      }
      auto *pack = llvm::dyn_cast<ast::Range>(i.low.get());
      if (pack && !pack->high) {
        Value axes = evaluateRange(*pack, env);
        if (axes.isPoison())
          return {};
        const Shape &sizes = axes.as<Pack>()->sizes;
        shape.insert(shape.end(), sizes.begin(), sizes.end());
        continue;
      }
      auto size = sizeOf(*i.low, env);
      if (!size)
        return {};
      if (auto n = size->constant(); n && *n < 0) {
        error(i.range, "N0210", "a size is not negative, this is " + size->str());
        return {};
      }
      shape.push_back(*size);
    }
    return Value(ArrayType{tensorOf(element->type, shape)}, expr.range);
  }
  const std::vector<Value> *elements = nullptr;
  if (auto *list = base.list(); list && !(isArrayLike(base)))
    elements = &list->elements;
  if (auto *tuple = base.tuple())
    elements = &tuple->elements;
  if (!elements)
    return index(base, expr.index, env, expr.range);
  Value at = expr.index.size() == 1 && expr.index[0].kind == ast::Index::Kind::At ? evaluate(*expr.index[0].low, env)
                                                                                  : Value(Truth{false}, expr.range);
  if (at.isPoison())
    return {};
  auto n = at.wholeNumber();
  int64_t count = static_cast<int64_t>(elements->size());
  if (n && *n < 0)
    *n += count;
  if (!n || *n < 0 || *n >= count) {
    error(expr.range, "N0214", base.describe() + " is indexed by one whole number below " + std::to_string(count));
    return {};
  }
  return (*elements)[*n];
}
