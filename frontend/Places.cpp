//===- Places.cpp - what stands between the brackets of x[..] -------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/Places.h"

using namespace net;

namespace {
/// Reads the places of an index against an array's shape.
class IndexReader {
public:
  IndexReader(Elaborator &e, Env &env, Shape shape, const std::string &type, SourceRange range)
      : e(e), env(env), shape(std::move(shape)), type(type), range(range) {}

  std::optional<std::vector<AxisPlace>> read(llvm::ArrayRef<ast::Index> index) {
    std::vector<AxisPlace> places;
    for (const ast::Index &i : index)
      if (!readOne(i, places))
        return std::nullopt;
    while (axis < shape.size())
      places.push_back(whole(range));
    return places;
  }

private:
  AxisPlace whole(SourceRange where) {
    AxisPlace place;
    place.low = SizeExpr(0);
    place.size = shape[axis++];
    place.range = where;
    return place;
  }

  bool tooMany(SourceRange where) {
    e.error(where, "N0214",
            "too many indices: " + type + " has " + std::to_string(shape.size()) + " axes");
    return false;
  }

  bool readOne(const ast::Index &i, std::vector<AxisPlace> &places) {
    if (i.kind == ast::Index::Kind::New) {
      AxisPlace place;
      place.kind = AxisPlace::Kind::New;
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
          e.error(i.range, "N0214",
                  type + " does not have the axes " + pack->name + ".. = " + str(pack->sizes) +
                      " here");
          return false;
        }
        places.push_back(whole(i.range));
      }
      return true;
    }
    if (axis >= shape.size())
      return tooMany(i.range);
    AxisPlace place;
    place.range = i.range;
    if (auto *run = value.as<Range>()) {
      place.low = run->low;
      place.size = run->high - run->low;
      return push(place, places, shape[axis++]);
    }
    if (auto position = value.size()) {
      place.kind = AxisPlace::Kind::Static;
      place.low = fromEnd(*position, shape[axis]);
      place.size = SizeExpr(1);
      return push(place, places, shape[axis++]);
    }
    mlir::Value tensor = e.isArrayLike(value) ? e.toTensor(value, env) : mlir::Value();
    if (!tensor || !isInteger(elementOf(tensor.getType()))) {
      auto &d =
          e.error(i.range, "N0214",
                  "an index is a whole number or an array of them, this is " + value.describe());
      if (tensor && isBool(elementOf(tensor.getType())))
        d.help("`where(mask, x, 0)` keeps the shape; a mask as index would not");
      return false;
    }
    place.kind = AxisPlace::Kind::Array;
    place.value = Value(tensor, i.range);
    ++axis;
    places.push_back(place);
    return true;
  }

  static SizeExpr fromEnd(const SizeExpr &position, const SizeExpr &size) {
    auto n = position.constant();
    return n && *n < 0 ? size + position : position;
  }

  bool readSlice(const ast::Index &i, std::vector<AxisPlace> &places) {
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
    AxisPlace place;
    place.range = i.range;
    place.low = fromEnd(*low, n);
    place.size = fromEnd(*high, n) - place.low;
    return push(place, places, n);
  }

  /// Bounds that are known are checked; those that are not belong to run-time sizes.
  bool push(AxisPlace place, std::vector<AxisPlace> &places, const SizeExpr &n) {
    auto low = place.low.constant(), size = place.size.constant(),
         rest = (n - place.low - place.size).constant();
    bool outside = (low && *low < 0) || (size && *size < 0) || (rest && *rest < 0);
    if (outside) {
      std::string what = place.kind == AxisPlace::Kind::Static
                             ? "position " + place.low.str()
                             : "the part " + place.low.str() + ":" + (place.low + place.size).str();
      e.error(place.range, "N0215", what + " is outside of an axis of size " + n.str())
          .label(range, "in " + type);
      return false;
    }
    places.push_back(std::move(place));
    return true;
  }

  Elaborator &e;
  Env &env;
  const Shape shape;
  const std::string type;
  SourceRange range;
  size_t axis = 0;
};
} // namespace

std::optional<std::vector<AxisPlace>> net::readPlaces(Elaborator &e, Env &env, mlir::Value x,
                                                      llvm::ArrayRef<ast::Index> index,
                                                      SourceRange range) {
  return IndexReader(e, env, shapeOf(x.getType()), str(x.getType()), range).read(index);
}
