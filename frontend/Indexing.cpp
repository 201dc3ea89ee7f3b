//===- Indexing.cpp - x[:, 0:3, new, i] -----------------------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/Places.h"
#include "frontend/StoppedCalls.h"

using namespace net;

/// The slices and positions of the places as one `slice`; arrays are left whole.
static mlir::Value sliced(net::Emit e, mlir::Value x, llvm::ArrayRef<AxisPlace> places) {
  Shape shape = shapeOf(x.getType()), starts, sizes;
  for (const AxisPlace &place : places) {
    if (place.kind == AxisPlace::Kind::New)
      continue;
    bool whole = place.kind == AxisPlace::Kind::Array;
    starts.push_back(whole ? SizeExpr(0) : place.low);
    sizes.push_back(whole ? shape[sizes.size()] : place.size);
  }
  if (sizes == shape)
    return x;
  llvm::SmallVector<int64_t> strides(shape.size(), 1);
  return e.slice(x, starts, sizes, strides);
}

Value Elaborator::index(const Value &base, llvm::ArrayRef<ast::Index> index, Env &env,
                        SourceRange range) {
  if (base.isPoison())
    return {};
  if (!isArrayLike(base)) {
    auto &d = error(range, "N0214", base.describe() + " cannot be indexed");
    if (base.bundle())
      d.help("`Net.W` is one of them, `flatten(p)` one array of all");
    return {};
  }
  mlir::Value x = toTensor(base, env);
  if (!x)
    return {};
  auto places = readPlaces(*this, env, x, index, base.range.isValid() ? base.range : range);
  if (!places)
    return {};
  Emit e = emit(env, range);
  x = sliced(e, x, *places);
  // Positions drop their axis, `new` adds one; then arrays gather, from the right, so that
  // positions stay.
  Shape result;
  std::vector<std::pair<int64_t, const AxisPlace *>> arrays;
  Shape now = shapeOf(x.getType());
  size_t axis = 0;
  for (const AxisPlace &place : *places) {
    if (place.kind == AxisPlace::Kind::New) {
      result.push_back(SizeExpr(1));
      continue;
    }
    if (place.kind == AxisPlace::Kind::Array)
      arrays.emplace_back(static_cast<int64_t>(result.size()), &place);
    if (place.kind != AxisPlace::Kind::Static)
      result.push_back(now[axis]);
    ++axis;
  }
  size_t wide = llvm::count_if(arrays, [](const auto &entry) {
    return llvm::cast<mlir::RankedTensorType>(entry.second->value.tensor().getType()).getRank() > 0;
  });
  if (wide > 1) {
    error(range, "N0214", "at most one array stands among the indices")
        .help("index twice: `x[i][:, j]`");
    return {};
  }
  x = e.reshape(x, result);
  for (auto it = arrays.rbegin(); it != arrays.rend(); ++it) {
    auto [at, place] = *it;
    SizeExpr limit = shapeOf(x.getType())[at];
    mlir::Value positions = place->value.tensor();
    positions = checkedIndex(e.cast(positions, e.i32()), limit, env, place->range, "index");
    Shape from = shapeOf(x.getType()), to(from.begin(), from.begin() + at),
          of = shapeOf(positions.getType());
    to.insert(to.end(), of.begin(), of.end());
    to.insert(to.end(), from.begin() + at + 1, from.end());
    x = TakeOp::create(e.builder, e.loc, tensorOf(elementOf(x.getType()), to), x, positions,
                       static_cast<uint64_t>(at))
            .getResult();
  }
  bool weak = base.as<Tensor>() && base.as<Tensor>()->weak;
  return tensorValue(x, weak, range, "[..]", &base);
}

mlir::Value Elaborator::checkedIndex(mlir::Value index, const SizeExpr &limit, Env &env,
                                     SourceRange range, const std::string &what) {
  Emit e = emit(env, range);
  std::string last = (limit - SizeExpr(1)).str();
  std::string message = what + " is out of range 0.." + last;
  SizeExpr asked = limit;
  if (!env.frame.stopped.empty()) {
    mlir::Value none = e.fill(0, elementOf(index.getType()), shapeOf(index.getType()));
    index = env.frame.ifTaken(none, askedIndex(e, index, limit));
    asked = askedLimit(limit);
  }
  return CheckedOp::create(e.builder, e.loc, index.getType(), index, asked.str(), message)
      .getResult();
}

Value Elaborator::evaluateIndex(const ast::IndexExpr &expr, Env &env) {
  Value base = evaluate(*expr.base, env);
  if (base.isPoison())
    return {};
  if (auto *element = base.as<ElementType>()) {
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
  Value at = expr.index.size() == 1 && expr.index[0].kind == ast::Index::Kind::At
                 ? evaluate(*expr.index[0].low, env)
                 : Value(Truth{false}, expr.range);
  if (at.isPoison())
    return {};
  auto n = at.wholeNumber();
  int64_t count = static_cast<int64_t>(elements->size());
  if (n && *n < 0)
    *n += count;
  if (!n || *n < 0 || *n >= count) {
    error(expr.range, "N0214",
          base.describe() + " is indexed by one whole number below " + std::to_string(count));
    return {};
  }
  return (*elements)[*n];
}
