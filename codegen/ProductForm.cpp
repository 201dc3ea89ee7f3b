//===- ProductForm.cpp - einsum and convolution as one kind of loops ------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "codegen/ProductForm.h"

using namespace mlir;
using namespace net;

bool ProductArray::isGuarded() const {
  return llvm::any_of(axes, [](const ProductAxis &axis) { return axis.guarded; });
}

bool ProductArray::has(size_t loop) const {
  return llvm::any_of(axes,
                      [&](const ProductAxis &axis) { return axis.steps[loop] != SizeExpr(0); });
}

SmallVector<SizeExpr> ProductArray::steps() const {
  SmallVector<SizeExpr> total(axes.empty() ? 0 : axes[0].steps.size(), SizeExpr(0));
  SizeExpr stride(1);
  for (const ProductAxis &axis : llvm::reverse(axes)) {
    for (size_t i = 0; i < total.size(); ++i)
      total[i] = total[i] + axis.steps[i] * stride;
    stride = stride * axis.extent;
  }
  return total;
}

Place ProductArray::place(ArrayRef<Index> turns) const {
  Place place;
  for (const ProductAxis &axis : axes) {
    Index index;
    for (size_t i = 0; i < turns.size(); ++i)
      if (axis.steps[i] != SizeExpr(0))
        index = index + turns[i] * axis.steps[i];
    place.groups.push_back({axis.axes, index});
  }
  return place;
}

namespace {
/// Takes an axis together with the one behind it, which no zeros surround.
void merge(ProductArray &array, size_t outer) {
  ProductAxis &axis = array.axes[outer], &inner = array.axes[outer + 1];
  axis.axes += inner.axes;
  for (auto [step, own] : llvm::zip(axis.steps, inner.steps))
    step = step * inner.extent + own;
  axis.low = axis.low * inner.extent;
  axis.extent = axis.extent * inner.extent;
  array.axes.erase(array.axes.begin() + outer + 1);
}

class FormBuilder {
public:
  ProductForm form;

  /// A new loop; none, -1, for size 1.
  int64_t loop(const SizeExpr &size, bool always = false) {
    if (size == SizeExpr(1) && !always)
      return -1;
    form.loops.push_back({size, ProductLoop::Sum});
    for (ProductArray *array : arrays())
      for (ProductAxis &axis : array->axes)
        axis.steps.push_back(SizeExpr(0));
    return form.loops.size() - 1;
  }

  ProductAxis &axis(ProductArray &array, const SizeExpr &extent) {
    ProductAxis &axis = array.axes.emplace_back();
    axis.extent = extent;
    axis.steps.assign(form.loops.size(), SizeExpr(0));
    return axis;
  }

  static void through(ProductAxis &axis, int64_t loop, const SizeExpr &step = 1) {
    if (loop >= 0)
      axis.steps[loop] = step;
  }

  SmallVector<ProductArray *> arrays() { return {&form.rows, &form.lanes, &form.result}; }

  void einsum(EinsumOp op) {
    std::map<char, int64_t> loops;
    auto [inputs, output] = op.getSpec().split("->");
    auto [first, second] = inputs.split(",");
    for (auto [letters, value] : {std::pair(first.trim(), op.getA()), {second.trim(), op.getB_()}})
      for (auto [letter, size] : llvm::zip(letters, shapeOf(value.getType())))
        if (!loops.count(letter))
          loops[letter] = loop(size);
    auto describe = [&](ProductArray &array, StringRef letters, Value value) {
      array.value = value;
      for (auto [letter, size] : llvm::zip(letters, shapeOf(value.getType())))
        through(axis(array, size), loops[letter]);
    };
    describe(form.rows, first.trim(), op.getA());
    describe(form.lanes, second.trim(), op.getB_());
    describe(form.result, output.trim(), op.getResult());
  }

  void conv(ConvOp op) {
    Shape x = shapeOf(op.getX().getType()), w = shapeOf(op.getW().getType()),
          y = shapeOf(op.getType());
    size_t spatial = op.getStrides().size();
    // Groups of channels, of images; outputs are o = (group, place in it).
    auto groups = static_cast<int64_t>(op.getGroups()),
         parts = static_cast<int64_t>(op.getBatchGroups());
    int64_t group = loop(groups * parts), image = loop(y[0]);
    SmallVector<int64_t> pixels, taps;
    for (size_t i = 0; i < spatial; ++i)
      pixels.push_back(loop(y[i + 1]));
    for (size_t i = 0; i < spatial; ++i)
      taps.push_back(loop(w[i]));
    SizeExpr outputs = w.back().floorDiv(SizeExpr(groups * parts));
    int64_t channel = loop(w[spatial]), output = loop(outputs);

    form.rows.value = op.getX(), form.lanes.value = op.getW(), form.result.value = op.getResult();
    ProductAxis &images = axis(form.rows, x[0]);
    through(images, image);
    if (parts > 1)
      through(images, group, y[0]);
    through(axis(form.result, y[0]), image);
    for (size_t i = 0; i < spatial; ++i) {
      ProductAxis &source = axis(form.rows, x[i + 1]);
      source.low = SizeExpr(op.getLow()[i]);
      source.spread = op.getInputDilation()[i];
      source.guarded = op.getLow()[i] || op.getHigh()[i] > 0 || source.spread > 1;
      through(source, pixels[i], SizeExpr(op.getStrides()[i]));
      through(source, taps[i], SizeExpr(op.getDilation()[i]));
      through(axis(form.result, y[i + 1]), pixels[i]);
      through(axis(form.lanes, w[i]), taps[i]);
    }
    ProductAxis &channels = axis(form.rows, x.back());
    through(channels, channel);
    if (groups > 1)
      through(channels, group, w[spatial]);
    through(axis(form.lanes, w[spatial]), channel);
    for (ProductArray *array : {&form.lanes, &form.result}) {
      ProductAxis &last = axis(*array, w.back());
      through(last, output);
      through(last, group, outputs);
    }
  }

  /// Transposes only move axes.
  static void peel(ProductArray &array) {
    while (auto transpose = array.value.getDefiningOp<TransposeOp>()) {
      SmallVector<ProductAxis, 4> axes(array.axes.size());
      for (auto [to, from] : llvm::enumerate(transpose.getOrder()))
        axes[from] = array.axes[to];
      array.axes = axes;
      array.value = transpose.getX();
    }
  }

  void classify() {
    for (auto [i, loop] : llvm::enumerate(form.loops)) {
      bool a = form.rows.has(i), b = form.lanes.has(i);
      loop.kind = !form.result.has(i) ? ProductLoop::Sum
                  : a && b            ? ProductLoop::Batch
                  : a                 ? ProductLoop::Rows
                                      : ProductLoop::Lanes;
    }
  }

  /// What is done to the axes of an array if loop `q`, innermost, is taken together with loop `p`
  /// around it. False: it cannot.
  bool join(ProductArray &array, size_t p, size_t q, bool dryRun) {
    if (!array.has(p) && !array.has(q))
      return true;
    const SizeExpr zero(0), one(1);
    for (size_t i = 0; i < array.axes.size(); ++i) {
      ProductAxis &outer = array.axes[i];
      if (outer.steps[p] == zero)
        continue;
      if (outer.steps[q] != zero)
        return outer.steps[p] == outer.steps[q] * form.loops[q].size;
      // Axes of size 1 stand between at most as part of another one.
      if (i + 1 == array.axes.size())
        return false;
      ProductAxis &inner = array.axes[i + 1];
      bool whole = inner.steps[q] == one && inner.extent == form.loops[q].size && !inner.guarded;
      bool alone = llvm::count_if(inner.steps, [&](auto &s) { return s != zero; }) == 1;
      if (!whole || !alone || outer.steps[p] != one || outer.spread != 1)
        return false;
      if (!dryRun)
        merge(array, i);
      return true;
    }
    return false;
  }

  /// Axes that no loop goes through have one element: they belong to a neighbour.
  static void dropUnits(ProductArray &array) {
    for (size_t i = 0; array.axes.size() > 1 && i < array.axes.size();) {
      ProductAxis &axis = array.axes[i];
      bool unit = axis.extent == SizeExpr(1) && !axis.guarded &&
                  llvm::all_of(axis.steps, [](auto &s) { return s == SizeExpr(0); });
      if (!unit) {
        ++i;
        continue;
      }
      unsigned count = axis.axes;
      array.axes.erase(array.axes.begin() + i);
      array.axes[i ? i - 1 : 0].axes += count;
      i = 0;
    }
  }

  void joinLoops() {
    for (size_t p = 0; p < form.loops.size(); ++p)
      for (size_t q = 0; q < form.loops.size(); ++q) {
        auto all = [&](bool dryRun) {
          return llvm::all_of(arrays(), [&](ProductArray *a) { return join(*a, p, q, dryRun); });
        };
        if (p == q || form.loops[p].kind != form.loops[q].kind || !all(true))
          continue;
        all(false);
        form.loops[q].size = form.loops[p].size * form.loops[q].size;
        form.loops.erase(form.loops.begin() + p);
        for (ProductArray *array : arrays())
          for (ProductAxis &axis : array->axes)
            axis.steps.erase(axis.steps.begin() + p);
        return joinLoops();
      }
  }
};
} // namespace

void ProductForm::swapOperands() {
  std::swap(rows, lanes);
  for (ProductLoop &loop : loops)
    if (loop.kind == ProductLoop::Rows || loop.kind == ProductLoop::Lanes)
      loop.kind = loop.kind == ProductLoop::Rows ? ProductLoop::Lanes : ProductLoop::Rows;
}

std::optional<ProductForm> ProductForm::of(Operation *op) {
  FormBuilder builder;
  if (auto einsum = dyn_cast<EinsumOp>(op))
    builder.einsum(einsum);
  else
    builder.conv(cast<ConvOp>(op));
  ProductForm &form = builder.form;
  for (ProductArray *array : {&form.rows, &form.lanes}) {
    if (llvm::any_of(array->axes, [](auto &axis) { return axis.low.constant().value_or(-1) < 0; }))
      return std::nullopt;
    builder.peel(*array);
  }
  builder.classify();
  for (ProductArray *array : builder.arrays())
    builder.dropUnits(*array);
  builder.joinLoops();
  if (form.result.axes.empty())
    return std::nullopt;
  // Lanes run along the last axis of the result.
  SmallVector<SizeExpr> steps = form.result.steps();
  for (auto [i, loop] : llvm::enumerate(form.loops)) {
    if (steps[i] != SizeExpr(1) || loop.kind == ProductLoop::Batch)
      continue;
    form.laneLoop = i;
    if (loop.kind == ProductLoop::Rows) {
      if (form.rows.isGuarded())
        return std::nullopt;
      form.swapOperands();
    }
    // A matrix by a vector: rather single lanes than a matrix packed for one use.
    bool vector = llvm::none_of(form.loops, [](auto &l) { return l.kind == ProductLoop::Rows; });
    if (vector && form.lanes.steps()[i] != SizeExpr(1)) {
      form.swapOperands();
      form.laneLoop = builder.loop(SizeExpr(1), /*always=*/true);
      form.loops.back().kind = ProductLoop::Lanes;
      form.result.axes.back().steps.back() = SizeExpr(1);
    }
    return form;
  }
  return std::nullopt;
}

void ProductForm::joinNeighbours(int64_t width) {
  auto outputs = loops[laneLoop].size.constant();
  bool alone = llvm::none_of(llvm::enumerate(loops), [&](auto it) {
    auto kind = it.value().kind;
    return kind == ProductLoop::Batch || (kind == ProductLoop::Lanes && it.index() != laneLoop);
  });
  // The operand is packed anew each time: it has to be small, as filters are.
  SizeExpr elements(1);
  for (const ProductAxis &axis : lanes.axes)
    elements = elements * axis.extent;
  bool small = elements.constant().value_or(INT32_MAX) <= 1 << 16;
  if (!outputs || !alone || !small || *outputs >= width)
    return;
  auto resultSteps = result.steps();
  auto used = [&](int64_t lanes) { return double(lanes) / ((lanes + width - 1) / width * width); };
  Neighbours best;
  size_t bestPixel = 0;
  double bestShare = used(*outputs) * 1.2;
  for (const ProductAxis &axis : rows.axes)
    for (size_t pixel = 0; pixel < loops.size(); ++pixel)
      for (size_t taps = 0; taps < loops.size(); ++taps) {
        auto step = axis.steps[pixel].constant(), tapStep = axis.steps[taps].constant();
        auto count = loops[pixel].size.constant(), own = loops[taps].size.constant();
        bool fits = loops[pixel].kind == ProductLoop::Rows &&
                    loops[taps].kind == ProductLoop::Sum && step && tapStep && count && own &&
                    *tapStep > 0 && *step > 0 && *step % *tapStep == 0 &&
                    resultSteps[pixel] == SizeExpr(*outputs);
        if (!fits)
          continue;
        int64_t shift = *step / *tapStep;
        for (int64_t n = 2; n <= *count && n * *outputs <= 2 * width; ++n) {
          double share = used(n * *outputs) * *own / (*own + (n - 1) * shift);
          if (*count % n || share <= bestShare)
            continue;
          bestShare = share;
          bestPixel = pixel;
          best = {n, *outputs, taps, shift, loops[taps].size};
        }
      }
  if (best.pixels == 1)
    return;
  neighbours = best;
  SizeExpr pixels(best.pixels);
  loops[bestPixel].size = loops[bestPixel].size.floorDiv(pixels);
  for (ProductArray *array : {&rows, &result})
    for (ProductAxis &axis : array->axes)
      axis.steps[bestPixel] = axis.steps[bestPixel] * pixels;
  loops[best.taps].size = best.ownTaps + SizeExpr((best.pixels - 1) * best.shift);
  loops[laneLoop].size = SizeExpr(best.pixels * best.outputs);
  // Lanes run across pixels now.
  for (size_t i = 0; i + 1 < result.axes.size(); ++i)
    if (result.axes[i].steps[bestPixel] != SizeExpr(0) &&
        result.axes[i + 1].steps[laneLoop] != SizeExpr(0))
      merge(result, i);
}
