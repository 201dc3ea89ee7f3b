//===- BuiltinsShape.cpp - operations that move elements ------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/Builtins.h"

using namespace net;

namespace {
int64_t rankOf(mlir::Value x) { return llvm::cast<mlir::RankedTensorType>(x.getType()).getRank(); }

/// reshape(x, f32[B, 784]): the type gives sizes and repeats the element type.
Value reshape(CallSite &c) {
  if (!c.accepts(2, 2))
    return {};
  mlir::Value x = c.array(0);
  auto type = x ? c.type(1) : mlir::RankedTensorType();
  if (!type)
    return {};
  Shape from = shapeOf(x.getType()), to = shapeOf(type);
  if (product(from) != product(to)) {
    auto &d = c.error("N0205", str(x.getType()) + " has " + product(from).str() + " elements, " +
                                   str(type) + " has " + product(to).str());
    c.elaborator.note(d, c.at(0), "this is " + c.at(0).describe());
    return {};
  }
  if (elementOf(x.getType()) != type.getElementType()) {
    c.error("N0301", "does not convert " + elementName(elementOf(x.getType())) + " to " +
                         elementName(type.getElementType()))
        .help("convert first: `" + elementName(type.getElementType()) + "(x)`");
    return {};
  }
  return c.done(c.emit().reshape(x, to));
}

/// Keeps axis 0, joins the others.
Value flatten(CallSite &c) {
  if (!c.accepts(1, 1))
    return {};
  mlir::Value x = c.array(0);
  if (!x)
    return {};
  Shape from = shapeOf(x.getType());
  if (from.empty()) {
    c.error("N0206", "a scalar has no axes");
    return {};
  }
  return c.done(c.emit().reshape(x, {from[0], product(Shape(from.begin() + 1, from.end()))}));
}

/// transpose(x): the last two axes; transpose(x, 1, 0, 2): axes in this order.
Value transpose(CallSite &c) {
  if (!c.accepts(1, 1 + 26))
    return {};
  mlir::Value x = c.array(0);
  if (!x)
    return {};
  int64_t rank = rankOf(x);
  llvm::SmallVector<int64_t> order;
  for (size_t i = 1; i < c.count(); ++i) {
    auto axis = c.whole(&c.at(i), "an axis", 0);
    if (!axis)
      return {};
    order.push_back(*axis < 0 ? *axis + rank : *axis);
  }
  if (c.count() == 1) {
    for (int64_t i = 0; i < rank; ++i)
      order.push_back(i);
    if (rank >= 2)
      std::swap(order[rank - 1], order[rank - 2]);
  }
  llvm::SmallVector<int64_t> sorted = order;
  llvm::sort(sorted);
  bool permutation = static_cast<int64_t>(sorted.size()) == rank;
  for (int64_t i = 0; permutation && i < rank; ++i)
    permutation = sorted[i] == i;
  if (!permutation) {
    c.error("N0206", "the order must name each of the " + std::to_string(rank) + " axes of " +
                         c.at(0).describe() + " once");
    return {};
  }
  return c.done(c.emit().transpose(x, order));
}

/// Arrays of one element type, from arguments or one tuple or list.
std::optional<llvm::SmallVector<mlir::Value>> arrays(CallSite &c) {
  std::vector<Value> values;
  for (size_t i = 0; i < c.count(); ++i)
    values.push_back(c.at(i));
  if (values.size() == 1 && values[0].tuple())
    values = values[0].tuple()->elements;
  else if (values.size() == 1 && values[0].list())
    values = values[0].list()->elements;
  mlir::Type element;
  for (const Value &v : values)
    if (mlir::Value t = v.tensor(); t && (!element || !v.as<Tensor>()->weak))
      element = elementOf(t.getType());
  bool fraction = llvm::any_of(values, [](const Value &v) { return v.as<Number>() != nullptr; });
  if (!element && fraction)
    element = mlir::Float32Type::get(c.elaborator.module.getContext());
  llvm::SmallVector<mlir::Value> xs;
  for (const Value &v : values) {
    mlir::Value x = c.array(v, element);
    if (!x)
      return std::nullopt;
    if (!element)
      element = elementOf(x.getType());
    if (v.as<Tensor>() && v.as<Tensor>()->weak)
      x = c.emit().cast(x, element);
    if (elementOf(x.getType()) != element) {
      c.error("N0301", "element types are not converted silently: " + elementName(element) +
                           " and " + elementName(elementOf(x.getType())))
          .help("convert: `" + elementName(element) + "(..)`");
      return std::nullopt;
    }
    xs.push_back(x);
  }
  return xs;
}

/// All sizes but that of `axis` agree. False after a diagnostic.
bool agree(CallSite &c, llvm::ArrayRef<mlir::Value> xs, int64_t axis) {
  Shape first = shapeOf(xs[0].getType());
  for (mlir::Value x : xs) {
    Shape shape = shapeOf(x.getType());
    bool same = shape.size() == first.size();
    for (size_t i = 0; same && i < shape.size(); ++i)
      same = static_cast<int64_t>(i) == axis || shape[i] == first[i];
    if (same)
      continue;
    c.error("N0207", "the sizes of " + str(xs[0].getType()) + " and " + str(x.getType()) +
                         (axis < 0 ? " must be the same"
                                   : " differ in more than axis " + std::to_string(axis)));
    return false;
  }
  return true;
}

Value concat(CallSite &c) {
  if (!c.accepts(1, 1000, {"over"}))
    return {};
  auto xs = arrays(c);
  if (!xs || xs->empty())
    return {};
  int64_t rank = rankOf((*xs)[0]);
  if (rank == 0) {
    c.error("N0206", "joins arrays along an axis, scalars have none")
        .help("`stack` makes an array of scalars");
    return {};
  }
  auto axis = c.axis(rank, (*xs)[0], rank - 1);
  if (!axis || !agree(c, *xs, *axis))
    return {};
  return c.done(c.emit().concat(*xs, *axis));
}

Value stack(CallSite &c) {
  if (!c.accepts(1, 1000, {"over"}))
    return {};
  auto xs = arrays(c);
  if (!xs || xs->empty())
    return {};
  // Scalars and arrays of size 1 beside larger ones are no stack: all must agree.
  if (!agree(c, *xs, -1))
    return {};
  auto axis = c.axis(rankOf((*xs)[0]) + 1, nullptr, 0);
  if (!axis)
    return {};
  Emit e = c.emit();
  Shape shape = shapeOf((*xs)[0].getType());
  shape.insert(shape.begin() + *axis, SizeExpr(1));
  for (mlir::Value &x : *xs)
    x = e.reshape(x, shape);
  return c.done(xs->size() == 1 ? (*xs)[0] : e.concat(*xs, *axis));
}

Value unstack(CallSite &c) {
  if (!c.accepts(1, 1, {"over"}))
    return {};
  mlir::Value x = c.array(0);
  auto axis = x ? c.axis(rankOf(x), x, 0) : std::nullopt;
  if (!axis)
    return {};
  Shape shape = shapeOf(x.getType());
  auto count = shape[*axis].constant();
  if (!count || *count > 10000) {
    c.error("N0208", "the number of parts must be known at compile time; axis " +
                         std::to_string(*axis) + " of " + c.at(0).describe() + " is " +
                         shape[*axis].str());
    return {};
  }
  shape.erase(shape.begin() + *axis);
  std::vector<Value> parts;
  for (int64_t i = 0; i < *count; ++i)
    parts.push_back(c.done(c.emit().reshape(c.emit().part(x, *axis, i, 1), shape)));
  return Value::tuple(std::move(parts), c.range);
}

/// split(x, n): n equal parts of an axis, the last one unless `over` says otherwise.
Value split(CallSite &c) {
  if (!c.accepts(2, 2, {"over"}))
    return {};
  mlir::Value x = c.array(0);
  auto count = x ? c.whole(&c.at(1), "the number of parts", 0) : std::nullopt;
  auto axis = count ? c.axis(rankOf(x), x, rankOf(x) - 1) : std::nullopt;
  if (!axis)
    return {};
  SizeExpr size = shapeOf(x.getType())[*axis];
  if (*count < 1 || *count > 10000 || size.floorDiv(*count) * *count != size) {
    c.error("N0208", "cannot split an axis of " + size.str() + " into " + std::to_string(*count) +
                         " equal parts");
    return {};
  }
  std::vector<Value> parts;
  SizeExpr each = size.floorDiv(*count);
  for (int64_t i = 0; i < *count; ++i)
    parts.push_back(c.done(c.emit().part(x, *axis, each * i, each)));
  return Value::tuple(std::move(parts), c.range);
}

/// pad(x, over = 1, before = 1, after = 0, value = 0): along one axis; `over` may be left out for
/// rank 1. pad(x, type, ..) is padInto.
Value pad(CallSite &c) {
  if (c.count() == 2)
    return padInto(c);
  if (!c.accepts(1, 1, {"over", "before", "after", "value"}))
    return {};
  mlir::Value x = c.array(0);
  auto axis = x ? c.axis(rankOf(x), x, 0) : std::nullopt;
  if (!axis)
    return {};
  auto amount = [&](const char *name) -> std::optional<SizeExpr> {
    const Value *v = c.named(name);
    if (!v)
      return SizeExpr(0);
    if (auto size = v->size())
      return size;
    c.error("N0307", std::string(name) + " is a size, this is " + v->describe());
    return std::nullopt;
  };
  auto before = amount("before"), after = amount("after");
  if (!before || !after)
    return {};
  Emit e = c.emit();
  mlir::Type element = elementOf(x.getType());
  mlir::Value value = c.named("value") ? c.array(*c.named("value"), element) : e.number(0, element);
  if (!value)
    return {};
  if (rankOf(value) != 0 || elementOf(value.getType()) != element) {
    c.error("N0301", "value is " + str(value.getType()) + ", not a scalar " + elementName(element));
    return {};
  }
  Shape shape = shapeOf(x.getType()), low(shape.size(), SizeExpr(0));
  low[*axis] = *before;
  shape[*axis] = shape[*axis] + *before + *after;
  llvm::SmallVector<int64_t> interior(shape.size(), 0);
  auto lowAttr = SizesAttr::get(e.builder.getContext(), low);
  return c.done(
      PadOp::create(e.builder, e.loc, tensorOf(element, shape), x, value, lowAttr, interior)
          .getResult());
}

Value flip(CallSite &c) {
  if (!c.accepts(1, 1, {"over"}))
    return {};
  mlir::Value x = c.array(0);
  auto axes = x ? c.over(x) : std::nullopt;
  if (!axes)
    return {};
  Emit e = c.emit();
  return c.done(ReverseOp::create(e.builder, e.loc, x.getType(), x, *axes).getResult());
}

/// broadcast(x, f32[B, 10]): copies along missing axes and those of size 1.
Value broadcast(CallSite &c) {
  if (!c.accepts(2, 2))
    return {};
  auto type = c.type(1);
  mlir::Value x = type ? c.array(0, type.getElementType()) : mlir::Value();
  if (!x)
    return {};
  Shape joined, to = shapeOf(type);
  if (broadcastShapes(shapeOf(x.getType()), to, joined) || joined != to ||
      elementOf(x.getType()) != type.getElementType()) {
    c.error("N0201", c.at(0).describe() + " does not broadcast to " + str(type));
    return {};
  }
  return c.done(c.emit().broadcast(x, to));
}
} // namespace

void net::addShapes(Primitives &table) {
  table["reshape"] = reshape;
  table["flatten"] = flatten;
  table["transpose"] = transpose;
  table["concat"] = concat;
  table["stack"] = stack;
  table["unstack"] = unstack;
  table["split"] = split;
  table["pad"] = pad;
  table["flip"] = flip;
  table["broadcast"] = broadcast;
}
