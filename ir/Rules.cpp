//===- Rules.cpp - reverse rules longer than three lines ------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "ir/NetDialect.h"

#include <limits>

using namespace mlir;
using namespace net;
using namespace net::expr;

//===-- rules that records share -------------------------------------------------------------===//

namespace net::expr {

Expr powiRule(Expr dy, Expr x, int64_t n) {
  if (n == 0)
    return Expr::zero();
  return n == 1 ? dy : dy * (static_cast<double>(n) * powi(x, n - 1));
}

/// A real number of another type has the derivative's value; whole numbers have no derivative.
Expr castRule(Expr dy, Expr x) {
  bool real = isa<FloatType>(x.element()) && dy && isa<FloatType>(dy.element());
  return real ? cast(dy, x.element()) : Expr::blocked();
}

Expr broadcastRule(Expr dy, Expr x, ArrayRef<int64_t> axes) {
  if (!dy)
    return dy;
  Shape from = x.shape(), to = dy.shape();
  SmallVector<int64_t> copied;
  for (int64_t axis = 0; axis < dy.rank(); ++axis) {
    auto it = llvm::find(axes, axis);
    if (it == axes.end() || from[it - axes.begin()] != to[axis])
      copied.push_back(axis);
  }
  return reshape(sum(dy, copied), from);
}

Expr transposeRule(Expr dy, ArrayRef<int64_t> order) {
  SmallVector<int64_t> inverse(order.size());
  for (auto [i, axis] : llvm::enumerate(order))
    inverse[axis] = static_cast<int64_t>(i);
  return transpose(dy, inverse);
}

Expr sliceRule(Expr dy, Expr x, SizesAttr starts, ArrayRef<int64_t> strides) {
  if (!dy)
    return dy;
  SmallVector<int64_t> interior;
  for (int64_t stride : strides)
    interior.push_back(stride - 1);
  Expr zero = splat(dy.b(), 0, RankedTensorType::get({}, dy.element()));
  return pad(dy, zero, starts.getShape(), x.shape(), interior);
}

/// Shares e^(x - y); where all are -inf, none has a share.
Expr logsumexpRule(Expr dy, Expr x, Expr y, ArrayRef<int64_t> axes) {
  if (!dy)
    return dy;
  Expr finite = where(y == -std::numeric_limits<double>::infinity(), 0.0, y);
  return expand(dy, x, axes) * exp(x - expand(finite, x, axes));
}

} // namespace net::expr

//===-- moves --------------------------------------------------------------------------------===//

SmallVector<Expr> net::noOperands(Operation *, ExprBuilder &, ArrayRef<Expr>) { return {}; }

/// A scalar of the element type.
static Expr scalarOf(Expr like, double number) {
  return splat(like.b(), number, RankedTensorType::get({}, like.element()));
}

static SmallVector<int64_t> allAxes(Expr x) {
  return llvm::to_vector(llvm::seq<int64_t>(0, x.rank()));
}

/// The elements of `dy` at low + i (interior + 1); zero where that is outside of it.
static Expr elementsAt(Expr dy, const Shape &low, ArrayRef<int64_t> interior, const Shape &shape) {
  Shape before, extended, starts;
  SmallVector<int64_t> strides;
  for (size_t i = 0; i < shape.size(); ++i) {
    SizeExpr size = dy.shape()[i], stride(interior[i] + 1);
    // Known numbers tell how far the elements reach beyond dy; sizes with names are taken to fit.
    int64_t below = std::max<int64_t>(0, -low[i].constant().value_or(0));
    SizeExpr end = low[i] + (shape[i] - SizeExpr(1)) * stride + SizeExpr(1);
    int64_t above = std::max<int64_t>(0, (end - size).constant().value_or(0));
    before.push_back(SizeExpr(below));
    starts.push_back(low[i] + SizeExpr(below));
    extended.push_back(size + SizeExpr(below + above));
    strides.push_back(interior[i] + 1);
  }
  if (extended != dy.shape())
    dy = pad(dy, scalarOf(dy, 0), before, extended, SmallVector<int64_t>(shape.size(), 0));
  return slice(dy, starts, shape, strides);
}

SmallVector<Expr> net::padVjp(Operation *op, ExprBuilder &b, ArrayRef<Expr> dys) {
  auto self = cast<PadOp>(op);
  Expr x(b, self.getX()), dy = dys[0];
  if (!dy)
    return {dy, dy};
  Shape low = self.getLow().getShape();
  Expr padding = pad(zerosLike(x), scalarOf(x, 1), low, dy.shape(), self.getInterior());
  return {elementsAt(dy, low, self.getInterior(), x.shape()), sum(dy * padding, allAxes(dy))};
}

SmallVector<Expr> net::concatVjp(Operation *op, ExprBuilder &b, ArrayRef<Expr> dys) {
  size_t axis = cast<ConcatOp>(op).getAxis();
  SmallVector<Expr> rules;
  SizeExpr begin(0);
  for (Value operand : op->getOperands()) {
    Shape shape = shapeOf(operand.getType()), starts(shape.size(), SizeExpr(0));
    starts[axis] = begin;
    rules.push_back(slice(dys[0], starts, shape, SmallVector<int64_t>(shape.size(), 1)));
    begin = begin + shape[axis];
  }
  return rules;
}

SmallVector<Expr> net::windowVjp(Operation *op, ExprBuilder &b, ArrayRef<Expr> dys) {
  auto self = cast<WindowOp>(op);
  Expr x(b, self.getX()), dy = dys[0];
  if (!dy)
    return {dy, dy};
  Expr dx(b, UnwindowOp::create(b.builder, b.loc, x.type(), dy.get(), self.getAxes(),
                                self.getSizes(), self.getStrides(), self.getDilations(),
                                self.getLow(), self.getHigh()));
  Expr padding(b, WindowOp::create(b.builder, b.loc, dy.type(), zerosLike(x).get(),
                                   scalarOf(x, 1).get(), self.getAxes(), self.getSizes(),
                                   self.getStrides(), self.getDilations(), self.getLow(),
                                   self.getHigh()));
  return {dx, sum(dy * padding, allAxes(dy))};
}

SmallVector<Expr> net::unwindowVjp(Operation *op, ExprBuilder &b, ArrayRef<Expr> dys) {
  auto self = cast<UnwindowOp>(op);
  Expr dy = dys[0];
  if (!dy)
    return {dy};
  return {Expr(b, WindowOp::create(b.builder, b.loc, self.getX().getType(), dy.get(),
                                   scalarOf(dy, 0).get(), self.getAxes(), self.getSizes(),
                                   self.getStrides(), self.getDilations(), self.getLow(),
                                   self.getHigh()))};
}

//===-- parts at run-time positions ----------------------------------------------------------===//

SmallVector<Expr> net::dynamicSliceVjp(Operation *op, ExprBuilder &b, ArrayRef<Expr> dys) {
  auto self = cast<DynamicSliceOp>(op);
  SmallVector<Expr> rules(op->getNumOperands(), Expr::zero());
  if (dys[0])
    rules[0] =
        dynamicUpdate(zerosLike(Expr(b, self.getX())), dys[0], self.getStarts(), self.getAxes());
  return rules;
}

SmallVector<Expr> net::dynamicUpdateVjp(Operation *op, ExprBuilder &b, ArrayRef<Expr> dys) {
  auto self = cast<DynamicUpdateOp>(op);
  Expr u(b, self.getU());
  SmallVector<Expr> rules(op->getNumOperands(), Expr::zero());
  if (!dys[0])
    return rules;
  rules[0] = dynamicUpdate(dys[0], zerosLike(u), self.getStarts(), self.getAxes());
  rules[1] = dynamicSlice(dys[0], self.getStarts(), self.getAxes(), u.shape());
  return rules;
}

//===-- reductions ---------------------------------------------------------------------------===//

namespace {
/// An array whose reduced axes stand last, as one.
struct Groups {
  SmallVector<int64_t> order; ///< the axes left, then those reduced
  int64_t last;               ///< the one axis of the reduced ones
  Shape inOrder, grouped;

  Groups(Expr x, ArrayRef<int64_t> axes) {
    SmallVector<int64_t> sorted(axes);
    llvm::sort(sorted);
    for (int64_t axis = 0; axis < x.rank(); ++axis)
      if (!llvm::is_contained(sorted, axis))
        order.push_back(axis);
    last = static_cast<int64_t>(order.size());
    llvm::append_range(order, sorted);
    for (int64_t axis : order)
      inOrder.push_back(x.shape()[axis]);
    grouped.assign(inOrder.begin(), inOrder.begin() + last);
    grouped.push_back(product(Shape(inOrder.begin() + last, inOrder.end())));
  }
  Expr of(Expr x) const { return reshape(transpose(x, order), grouped); }
  Expr back(Expr groups) const { return transposeRule(reshape(groups, inOrder), order); }
};
} // namespace

/// The product of all elements before each one, along the last axis.
static Expr productBefore(Expr x) {
  int64_t last = x.rank() - 1;
  Shape low(x.rank(), SizeExpr(0));
  low[last] = SizeExpr(1);
  Expr shifted = pad(x, scalarOf(x, 0), low, x.shape(), SmallVector<int64_t>(x.rank(), 0));
  Expr isFirst = iota(x.b(), x.b().builder.getI32Type(), x.shape(), last) == 0.0;
  return recurrence(shifted, cast(isFirst, x.element()), last, /*reverse=*/false);
}

/// The product of the others, from both sides: without a division, and so with all derivatives of
/// its own also where elements are 0.
SmallVector<Expr> net::prodVjp(Operation *op, ExprBuilder &b, ArrayRef<Expr> dys) {
  ArrayRef<int64_t> axes = cast<ProdOp>(op).getAxes();
  Expr x(b, op->getOperand(0)), dy = dys[0];
  if (!dy || axes.empty())
    return {dy};
  Groups groups(x, axes);
  Expr all = groups.of(x);
  Expr behind = reverse(productBefore(reverse(all, {groups.last})), {groups.last});
  return {groups.back(expand(dy, all, {groups.last}) * productBefore(all) * behind)};
}

/// dy at the position of the first extremum, in row-major order of the reduced axes.
SmallVector<Expr> net::extremumVjp(Operation *op, ExprBuilder &b, ArrayRef<Expr> dys) {
  ArrayRef<int64_t> reduced =
      isa<ReduceMaxOp>(op) ? cast<ReduceMaxOp>(op).getAxes() : cast<ReduceMinOp>(op).getAxes();
  Expr x(b, op->getOperand(0)), dy = dys[0];
  if (!dy || reduced.empty())
    return {dy};
  Groups ordered(x, reduced);
  Expr groups = ordered.of(x);
  int64_t last = ordered.last;
  if (groups.shape()[last] == SizeExpr(0)) // the extremum of nothing, which has no position
    return {zerosLike(x)};
  Expr best = isa<ReduceMaxOp>(op) ? argmax(groups, last) : argmin(groups, last);
  Expr isBest =
      iota(b, b.builder.getI32Type(), ordered.grouped, last) == expand(best, groups, {last});
  return {ordered.back(where(isBest, expand(dy, groups, {last}), 0.0))};
}

//===-- in order -----------------------------------------------------------------------------===//

/// Each element `by` places on along the axis; `otherwise` where none comes from.
static Expr shifted(Expr x, int64_t axis, int64_t by, double otherwise) {
  Shape low(x.rank(), SizeExpr(0));
  low[axis] = SizeExpr(by);
  return pad(x, scalarOf(x, otherwise), low, x.shape(), SmallVector<int64_t>(x.rank(), 0));
}

/// x's cotangent g goes the other way, g[i] = dy[i] + a[i + 1] g[i + 1]; a[i] has met y[i - 1].
SmallVector<Expr> net::recurrenceVjp(Operation *op, ExprBuilder &b, ArrayRef<Expr> dys) {
  auto self = cast<RecurrenceOp>(op);
  Expr a(b, self.getA()), y(b, self.getY()), dy = dys[0];
  if (!dy)
    return {dy, dy};
  auto axis = static_cast<int64_t>(self.getAxis());
  int64_t on = self.getReverse() ? -1 : 1;
  // The element without a neighbour is never read; 1 lets running sums be seen as such.
  Expr g = recurrence(shifted(a, axis, -on, 1), dy, axis, !self.getReverse());
  return {g * shifted(y, axis, on, 0), g};
}

SmallVector<Expr> net::solveVjp(Operation *op, ExprBuilder &b, ArrayRef<Expr> dys) {
  auto self = cast<SolveOp>(op);
  Expr a(b, self.getA()), y(b, self.getY()), dy = dys[0];
  if (!dy)
    return {dy, dy};
  SmallVector<int64_t> order = allAxes(a);
  std::swap(order[a.rank() - 1], order[a.rank() - 2]);
  Expr db = solve(transpose(a, order), dy);
  std::string batch;
  for (int64_t i = 0; i + 2 < a.rank(); ++i)
    batch += static_cast<char>('a' + i);
  return {-einsum(db, y, batch + "yz," + batch + "xz->" + batch + "yx"), db};
}

//===-- convolution --------------------------------------------------------------------------===//

namespace {
using List = SmallVector<int64_t>;

/// The rules of one convolution. With window W = (taps - 1) dilation + 1 and the rest r that the
/// stride leaves of the padded size, the padding at the end that makes sizes meet is W - 1 - high +
/// r for x and high - r for w.
class ConvRule {
public:
  ConvRule(ConvOp op, ExprBuilder &b, Expr dy)
      : op(op), b(b), x(b, op.getX()), w(b, op.getW()), dy(dy), axes(x.rank() - 2) {
    for (int64_t i = 0; i < axes; ++i) {
      auto taps = w.shape()[i].constant();
      window.push_back((taps.value_or(1) - 1) * op.getDilation()[i] + 1);
      SizeExpr spread = (x.shape()[i + 1] - SizeExpr(1)) * SizeExpr(op.getInputDilation()[i]);
      SizeExpr covered = (dy.shape()[i + 1] - SizeExpr(1)) * SizeExpr(op.getStrides()[i]);
      rest.push_back((spread - covered - SizeExpr(window[i] - 1 - op.getLow()[i] - op.getHigh()[i]))
                         .constant());
    }
  }
  Expr ofX();
  Expr ofW();

private:
  Expr conv(Expr image, Expr taps, ArrayRef<int64_t> strides, ArrayRef<int64_t> low,
            ArrayRef<int64_t> high, ArrayRef<int64_t> inputDilation, ArrayRef<int64_t> dilation,
            int64_t groups, int64_t parts) {
    return Expr(b, ConvOp::create(b.builder, b.loc, image.get(), taps.get(), strides, low, high,
                                  inputDilation, dilation, groups, parts));
  }
  /// Where the rest is not known, results are computed a little larger.
  Expr cropped(Expr y, const Shape &shape) {
    return y.shape() == shape
               ? y
               : slice(y, Shape(shape.size(), SizeExpr(0)), shape, List(shape.size(), 1));
  }
  /// An axis of g n elements becomes two, g and n.
  Expr split(Expr y, int64_t axis, int64_t g) {
    Shape shape = y.shape();
    shape[axis] = shape[axis].floorDiv(SizeExpr(g));
    shape.insert(shape.begin() + axis, SizeExpr(g));
    return reshape(y, shape);
  }
  Expr merged(Expr y, int64_t axis) {
    Shape shape = y.shape();
    shape[axis] = shape[axis] * shape[axis + 1];
    shape.erase(shape.begin() + axis + 1);
    return reshape(y, shape);
  }
  Expr swapped(Expr y, int64_t i, int64_t j) {
    List order = llvm::to_vector(llvm::seq<int64_t>(0, y.rank()));
    std::swap(order[i], order[j]);
    return transpose(y, order);
  }

  ConvOp op;
  ExprBuilder &b;
  Expr x, w, dy;
  int64_t axes;
  List window;
  SmallVector<std::optional<int64_t>> rest; ///< none: 0 .. stride - 1
};
} // namespace

Expr ConvRule::ofX() {
  List low, high, taps;
  for (int64_t i = 0; i < axes; ++i) {
    low.push_back(window[i] - 1 - op.getLow()[i]);
    high.push_back(window[i] - 1 - op.getHigh()[i] + rest[i].value_or(op.getStrides()[i] - 1));
    taps.push_back(i);
  }
  auto groups = static_cast<int64_t>(op.getGroups()),
       parts = static_cast<int64_t>(op.getBatchGroups());
  // Inputs and outputs of each group change places: [taps.., C, g O] becomes [taps.., O, g C].
  Expr back = split(reverse(w, taps), axes + 1, groups * parts);
  back = merged(swapped(back, axes, axes + 2), axes + 1);
  Expr dx = conv(dy, back, op.getInputDilation(), low, high, op.getStrides(), op.getDilation(),
                 groups * parts, 1);
  Shape image = x.shape();
  image[0] = dx.shape()[0];
  image[axes + 1] = dx.shape()[axes + 1];
  dx = cropped(dx, image);
  if (parts == 1)
    return dx;
  List order = {axes + 1};
  llvm::append_range(order, llvm::seq<int64_t>(0, axes + 1));
  order.push_back(axes + 2);
  return merged(transpose(split(dx, axes + 1, parts), order), 0);
}

Expr ConvRule::ofW() {
  List high, toTaps;
  for (int64_t i = 0; i < axes; ++i) {
    high.push_back(op.getHigh()[i] - rest[i].value_or(0));
    toTaps.push_back(i + 1);
  }
  // The images' sum is the sum over input channels here: [N, spatial.., O] are the taps [spatial..,
  // N, O].
  toTaps.append({0, axes + 1});
  Expr dw = conv(swapped(x, 0, axes + 1), transpose(dy, toTaps), op.getDilation(), op.getLow(),
                 high, op.getInputDilation(), op.getStrides(), op.getBatchGroups(), op.getGroups());
  return cropped(transpose(dw, toTaps), w.shape());
}

SmallVector<Expr> net::convVjp(Operation *op, ExprBuilder &b, ArrayRef<Expr> dys) {
  if (!dys[0])
    return {dys[0], dys[0]};
  ConvRule rule(cast<ConvOp>(op), b, dys[0]);
  return {rule.ofX(), rule.ofW()};
}
