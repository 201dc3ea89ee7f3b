//===- RandomGraph.cpp - random programs of the dialect -------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "RandomGraph.h"
#include "ir/NetDialect.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "gtest/gtest.h"

#include <cstdlib>
#include <random>

using namespace mlir;
using namespace net;
using namespace net::expr;

namespace {
/// Grows a pool of values; each step picks some and adds what it makes of them.
class Grower {
public:
  Grower(OpBuilder &builder, uint64_t seed, int depth = 0)
      : b(builder, builder.getUnknownLoc()), depth(depth), random(seed) {}
  void add(Value value) { pool.push_back(Expr(b, value)); }
  void step();
  /// The mean of some of the last values, bounded so that losses stay near 1.
  Expr loss();
  Expr last() { return pool.back(); }
  ExprBuilder b;

private:
  size_t below(size_t n) { return random() % n; }
  Expr pick() { return pool[pool.size() - 1 - below(std::min<size_t>(pool.size(), 6))]; }
  std::optional<Expr> pickWith(llvm::function_ref<bool(Expr)> test);
  void push(Expr x);
  template <typename Op> Expr unary(Expr x) {
    return Expr(b, Op::create(b.builder, b.loc, x.type(), x.get()));
  }
  template <typename Op> Expr binary(Expr x, Expr y) {
    return Expr(b, Op::create(b.builder, b.loc, x.type(), x.get(), y.get()));
  }
  template <typename Op> Expr reduce(Expr x, ArrayRef<int64_t> axes) {
    return Expr(b, Op::create(b.builder, b.loc, x.get(), axes));
  }
  SmallVector<int64_t> someAxes(Expr x);

  void map(Expr x);
  void combine(Expr x);
  void choose(Expr x);
  void spread(Expr x);
  void reorder(Expr x);
  void reduceAxes(Expr x);
  void multiply(Expr x);
  void cut(Expr x);
  void slide(Expr x);
  void convolve(Expr x);
  void index(Expr x);
  void repeat(Expr x);

  const int depth; ///< scans around it
  std::mt19937_64 random;
  std::vector<Expr> pool;
};

bool isSmall(Expr x) {
  int64_t count = product(x.shape()).evaluate({{"B", 4}}).value_or(1000);
  return x.rank() <= 4 && count <= 150;
}
} // namespace

void Grower::push(Expr x) {
  if (isSmall(x))
    pool.push_back(x);
}

std::optional<Expr> Grower::pickWith(llvm::function_ref<bool(Expr)> test) {
  size_t start = below(pool.size());
  for (size_t i = 0; i < pool.size(); ++i)
    if (Expr x = pool[(start + i) % pool.size()]; test(x))
      return x;
  return std::nullopt;
}

SmallVector<int64_t> Grower::someAxes(Expr x) {
  SmallVector<int64_t> axes;
  for (int64_t axis = 0; axis < x.rank(); ++axis)
    if (below(2))
      axes.push_back(axis);
  return axes;
}

void Grower::map(Expr x) {
  switch (below(12)) {
  case 0:
    return push(unary<TanhOp>(x));
  case 1:
    return push(sin(x));
  case 2:
    return push(cos(x));
  case 3:
    return push(sigmoid(x));
  case 4:
    return push(unary<SoftplusOp>(x));
  case 5:
    return push(unary<ErfOp>(x));
  case 6:
    return push(-x);
  case 7:
    return push(unary<AbsOp>(x));
  case 8:
    return push(exp(unary<TanhOp>(x)));
  case 9:
    return push(sqrt(x * x + 1.0));
  case 10:
    return push(log(x * x + 0.5));
  default:
    return push(powi(unary<TanhOp>(x), static_cast<int64_t>(below(4))));
  }
}

void Grower::combine(Expr x) {
  Expr y = pickWith([&](Expr y) { return y.shape() == x.shape(); }).value_or(x);
  switch (below(7)) {
  case 0:
    return push(x + y);
  case 1:
    return push(x - y);
  case 2:
    return push(x * y);
  case 3:
    return push(x / (y * y + 1.0));
  case 4:
    return push(binary<MaxOp>(x, y));
  case 5:
    return push(binary<MinOp>(x, y));
  default:
    return push(x * 0.5 + splat(x, 0.25));
  }
}

void Grower::choose(Expr x) {
  Expr y = pickWith([&](Expr y) { return y.shape() == x.shape(); }).value_or(x);
  // The branch that is not taken may be infinite.
  push(below(2) ? where(x > 0.1, log(x), y) : where(x < y, x, y * 2.0));
}

void Grower::spread(Expr x) {
  Shape shape = x.shape();
  size_t at = below(shape.size() + 1);
  SmallVector<int64_t> axes;
  for (size_t i = 0; i < shape.size(); ++i)
    axes.push_back(static_cast<int64_t>(i < at ? i : i + 1));
  shape.insert(shape.begin() + at, SizeExpr(static_cast<int64_t>(1 + below(3))));
  push(broadcast(x, shape, axes));
}

void Grower::reorder(Expr x) {
  SmallVector<int64_t> order = llvm::to_vector(llvm::seq<int64_t>(0, x.rank()));
  for (size_t i = order.size(); i > 1; --i)
    std::swap(order[i - 1], order[below(i)]);
  if (below(3) == 0)
    return push(reverse(x, someAxes(x)));
  if (below(2))
    return push(transpose(x, order));
  Shape shape = x.shape();
  if (shape.size() < 2)
    return;
  size_t at = below(shape.size() - 1);
  shape[at] = shape[at] * shape[at + 1];
  shape.erase(shape.begin() + at + 1);
  push(reshape(x, shape));
}

void Grower::reduceAxes(Expr x) {
  SmallVector<int64_t> axes = someAxes(x);
  switch (below(5)) {
  case 0:
  case 1:
    return push(sum(x, axes) * 0.3);
  case 2:
    return push(reduce<ReduceMaxOp>(x, axes));
  case 3:
    return push(reduce<LogSumExpOp>(x, axes));
  default:
    return push(reduce<ProdOp>(unary<TanhOp>(x), axes));
  }
}

void Grower::multiply(Expr x) {
  if (x.rank() == 0 || x.rank() > 3)
    return;
  std::string letters = std::string("abc").substr(0, x.rank());
  char shared = letters.back();
  SizeExpr size = x.shape().back();
  auto axisOf = [&](Expr y) {
    Shape shape = y.shape();
    return llvm::find(shape, size) - shape.begin();
  };
  auto y = pickWith([&](Expr y) { return y.rank() > 0 && y.rank() < 3 && axisOf(y) < y.rank(); });
  if (!y)
    return;
  std::string other, rest = letters.substr(0, letters.size() - 1);
  int64_t axis = axisOf(*y);
  for (int64_t i = 0; i < y->rank(); ++i)
    other += i == axis ? shared : static_cast<char>('x' + i);
  for (char letter : other)
    if (letter != shared)
      rest.insert(below(rest.size() + 1), 1, letter);
  push(einsum(x, *y, letters + "," + other + "->" + rest) * 0.3);
}

void Grower::cut(Expr x) {
  if (x.rank() == 0)
    return;
  Shape starts(x.rank(), SizeExpr(0)), sizes = x.shape();
  SmallVector<int64_t> ones(x.rank(), 1), zeros(x.rank(), 0);
  size_t axis = below(x.rank());
  if (below(3) == 0)
    return push(concat(b, {x, x * 0.5}, static_cast<int64_t>(axis)));
  if (below(2)) {
    starts[axis] = SizeExpr(static_cast<int64_t>(below(3)));
    Shape padded = sizes;
    padded[axis] = padded[axis] + SizeExpr(2);
    return push(
        pad(x, splat(b, 0.5, RankedTensorType::get({}, x.element())), starts, padded, zeros));
  }
  auto size = sizes[axis].constant();
  if (!size || *size < 2)
    return;
  starts[axis] = SizeExpr(static_cast<int64_t>(below(*size)));
  ones[axis] = static_cast<int64_t>(1 + below(2));
  sizes[axis] = (SizeExpr(*size - 1) - starts[axis]).floorDiv(SizeExpr(ones[axis])) + SizeExpr(1);
  push(slice(x, starts, sizes, ones));
}

void Grower::slide(Expr x) {
  if (x.rank() == 0 || x.rank() > 3)
    return;
  auto axis = static_cast<int64_t>(below(x.rank()));
  if (x.shape()[axis].constant().value_or(0) < 3)
    return;
  int64_t size = 2, stride = 1 + static_cast<int64_t>(below(2)),
          low = static_cast<int64_t>(below(2));
  Value edge = splat(b, -1, RankedTensorType::get({}, x.element())).get();
  Expr windows(b, WindowOp::create(b.builder, b.loc, x.get(), edge, ArrayRef<int64_t>(axis),
                                   ArrayRef<int64_t>(size), ArrayRef<int64_t>(stride),
                                   ArrayRef<int64_t>(1), ArrayRef<int64_t>(low),
                                   ArrayRef<int64_t>(0)));
  push(below(2) ? reduce<ReduceMaxOp>(windows, {x.rank()}) : sum(windows, {x.rank()}) * 0.5);
}

void Grower::convolve(Expr x) {
  // [a, n, c] with [k, c, o], made of any array of rank 3 and one with c rows.
  if (x.rank() != 3 || x.shape()[1].constant().value_or(0) < 2)
    return;
  auto y = pickWith([&](Expr y) { return y.rank() == 2 && y.shape()[0] == x.shape().back(); });
  if (!y)
    return;
  Shape taps = y->shape();
  taps.insert(taps.begin(), SizeExpr(2));
  int64_t stride = 1 + static_cast<int64_t>(below(2)), low = static_cast<int64_t>(below(2)),
          one = 1;
  Expr w = broadcast(*y, taps, {1, 2});
  push(Expr(b, ConvOp::create(b.builder, b.loc, x.get(), w.get(), ArrayRef<int64_t>(stride),
                              ArrayRef<int64_t>(low), ArrayRef<int64_t>(one),
                              ArrayRef<int64_t>(one), ArrayRef<int64_t>(one), 1, 1)) *
       0.5);
}

void Grower::index(Expr x) {
  if (x.rank() == 0)
    return;
  auto axis = static_cast<int64_t>(below(x.rank()));
  auto size = x.shape()[axis].constant();
  if (!size || *size == 0)
    return;
  SmallVector<int32_t> indices;
  for (size_t i = 0, n = 1 + below(3); i < n; ++i)
    indices.push_back(static_cast<int32_t>(below(*size)));
  auto type = RankedTensorType::get({static_cast<int64_t>(indices.size())}, b.builder.getI32Type());
  Expr list(b, ConstantOp::create(b.builder, b.loc, type,
                                  DenseElementsAttr::get(type, ArrayRef(indices))));
  Expr taken = take(x, list, axis);
  push(below(2) ? taken : scatterAdd(x, list, taken * 0.5, axis));
}

/// A scan over the rows of x: a carry, and something of each turn kept.
void Grower::repeat(Expr x) {
  if (x.rank() == 0 || depth == 2)
    return;
  Shape row = x.shape();
  SizeExpr turns = row.front();
  row.erase(row.begin());
  Expr initial = pick();
  Region body;
  Block &block = body.emplaceBlock();
  OpBuilder inside(b.builder.getContext());
  inside.setInsertionPointToEnd(&block);
  Grower turn(inside, random(), depth + 1);
  for (size_t i = 0; i < std::min<size_t>(pool.size(), 3); ++i)
    turn.add(pool[pool.size() - 1 - i].get()); // closed over
  turn.add(block.addArgument(tensorOf(x.element(), row), b.loc));
  Expr carry(turn.b, block.addArgument(initial.type(), b.loc));
  turn.add(carry.get());
  for (size_t i = 0, n = 1 + below(5); i < n; ++i)
    turn.step();
  Expr next = *turn.pickWith([&](Expr y) { return y.shape() == carry.shape(); });
  next = turn.unary<TanhOp>(next) * 0.5 + carry * 0.25;
  Expr kept = turn.last();
  YieldOp::create(inside, b.loc, ValueRange{kept.get(), next.get()});
  Shape all = kept.shape();
  all.insert(all.begin(), turns);
  Type types[] = {tensorOf(x.element(), all), initial.type()};
  auto scan = ScanOp::create(b.builder, b.loc, types, x.get(), initial.get(), below(2) == 0);
  scan.getBody().takeBody(body);
  push(Expr(b, scan.getResult(0)));
  push(Expr(b, scan.getResult(1)));
}

void Grower::step() {
  using Method = void (Grower::*)(Expr);
  const Method methods[] = {
      &Grower::map,        &Grower::map,      &Grower::combine,  &Grower::combine,
      &Grower::choose,     &Grower::spread,   &Grower::reorder,  &Grower::reduceAxes,
      &Grower::reduceAxes, &Grower::multiply, &Grower::multiply, &Grower::cut,
      &Grower::slide,      &Grower::convolve, &Grower::index,    &Grower::repeat};
  (this->*methods[below(std::size(methods))])(pick());
}

Expr Grower::loss() {
  Expr total;
  for (size_t i = 0; i < pool.size(); ++i)
    if (i < 4 || i + 4 >= pool.size())
      total = total + sum(sin(pool[i]), llvm::to_vector(llvm::seq<int64_t>(0, pool[i].rank())));
  return total;
}

OwningOpRef<ModuleOp> net::test::randomGraph(Type real, uint64_t seed, int length) {
  MLIRContext *context = real.getContext();
  OpBuilder b(context);
  Location loc = b.getUnknownLoc();
  OwningOpRef<ModuleOp> module = ModuleOp::create(b, loc);
  b.setInsertionPointToEnd(module->getBody());
  SizeExpr batch = SizeExpr::symbol("B");
  SmallVector<Type> wanted = {tensorOf(real, {3, 4}), tensorOf(real, {4}),
                              tensorOf(real, {2, 3, 4})},
                    types = wanted;
  types.push_back(tensorOf(real, {batch, 3}));
  auto function = func::FuncOp::create(b, loc, "f", b.getFunctionType(types, {}));
  b.setInsertionPointToEnd(function.addEntryBlock());
  auto wrt = function.getArguments().take_front(wanted.size());
  auto body = std::make_unique<Region>();
  Block &block = body->emplaceBlock();
  block.addArguments(wanted, SmallVector<Location>(wanted.size(), loc));
  OpBuilder inside(context);
  inside.setInsertionPointToEnd(&block);
  Grower grower(inside, seed);
  grower.add(function.getArguments().back());
  for (Value argument : block.getArguments())
    grower.add(argument);
  for (int i = 0; i < length; ++i)
    grower.step();
  Value other = grower.last().get(), loss = grower.loss().get();
  YieldOp::create(inside, loc, ValueRange{loss, other});
  SmallVector<Type> results = wanted;
  results.append({loss.getType(), other.getType()});
  OperationState state(loc, GradOp::getOperationName(), SmallVector<Value>(wrt.begin(), wrt.end()),
                       results);
  state.addRegion(std::move(body));
  Operation *grad = b.create(state);
  func::ReturnOp::create(b, loc, grad->getResults());
  function.setFunctionType(b.getFunctionType(types, grad->getResultTypes()));
  return module;
}

void net::test::expectOfSeeds(uint64_t count, llvm::function_ref<std::string(uint64_t)> complaint) {
  const char *wanted = std::getenv("NETC_FUZZ"), *first = std::getenv("NETC_FUZZ_FIRST");
  if (wanted)
    count = std::strtoull(wanted, nullptr, 10);
  uint64_t begin = first ? std::strtoull(first, nullptr, 10) : 1, wrong = 0;
  for (uint64_t seed = begin; seed < begin + count && wrong < 3; ++seed) {
    std::string text = complaint(seed);
    wrong += !text.empty();
    EXPECT_EQ(text, "") << "seed " << seed;
  }
}
