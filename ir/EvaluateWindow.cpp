//===- EvaluateWindow.cpp - sliding windows and convolution ---------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "ir/Evaluation.h"

using namespace mlir;
using namespace net;

namespace {
int64_t floorDiv(int64_t a, int64_t b) { return a / b - (a % b != 0 && (a < 0) != (b < 0)); }

/// How many windows fit: none where not even one does.
int64_t countOfWindows(int64_t padded, int64_t window, int64_t stride) {
  return std::max<int64_t>(0, floorDiv(padded - window, stride) + 1);
}

/// Where the element at one offset of one window comes from: calls `visit` with the element's
/// number in the array of windows, and its number in the array that they slide over, or -1 outside
/// of it.
template <typename Op>
void visitWindows(Op op, ArrayRef<int64_t> windows, ArrayRef<int64_t> array,
                  llvm::function_ref<void(size_t, int64_t)> visit) {
  std::vector<int64_t> strides = stridesOf(array);
  for (Positions at(windows); at; at.next()) {
    std::vector<int64_t> from(at.get().take_front(array.size()));
    for (auto [i, axis] : llvm::enumerate(op.getAxes()))
      from[axis] = at[axis] * op.getStrides()[i] + at[array.size() + i] * op.getDilations()[i] -
                   op.getLow()[i];
    int64_t number = 0;
    for (size_t axis = 0; axis < array.size() && number >= 0; ++axis)
      number =
          from[axis] < 0 || from[axis] >= array[axis] ? -1 : number + from[axis] * strides[axis];
    visit(at.number(), number);
  }
}

template <typename Op> std::vector<int64_t> shapeOfWindows(Op op, ArrayRef<int64_t> array) {
  std::vector<int64_t> shape(array);
  for (auto [i, axis] : llvm::enumerate(op.getAxes())) {
    int64_t window = (op.getSizes()[i] - 1) * op.getDilations()[i] + 1;
    shape[axis] =
        countOfWindows(array[axis] + op.getLow()[i] + op.getHigh()[i], window, op.getStrides()[i]);
    shape.push_back(op.getSizes()[i]);
  }
  return shape;
}

void window(Evaluation &e, WindowOp op) {
  const Array &x = *e.in[0];
  if (!e.isShape(shapeOfWindows(op, x.shape)))
    return;
  visitWindows(op, e.out.shape, x.shape, [&](size_t to, int64_t from) {
    if (from < 0)
      e.out.copy(to, *e.in[1], 0);
    else
      e.out.copy(to, x, from);
  });
}

void unwindow(Evaluation &e, UnwindowOp op) {
  const Array &x = *e.in[0];
  if (shapeOfWindows(op, e.out.shape) != x.shape)
    return e.fail("the windows of the result are not x's");
  visitWindows(op, x.shape, e.out.shape, [&](size_t from, int64_t to) {
    if (to >= 0)
      e.out.add(to, x, from);
  });
}

//===-- convolution --------------------------------------------------------------------------===//

/// The sizes of one convolution, in the words of its record.
class Convolution {
public:
  Convolution(Evaluation &e, ConvOp op)
      : e(e), op(op), x(*e.in[0]), w(*e.in[1]), spatial(x.shape.size() - 2),
        outputs(w.shape.back()), channels(w.shape[spatial]), groups(op.getGroups()),
        parts(op.getBatchGroups()), images(x.shape[0] / parts) {}
  void run();

private:
  bool checkShape();
  /// x's number of the element under a tap, without its channel; -1 for a zero.
  int64_t source(const Positions &at, const Positions &tap, int64_t image);
  void accumulate(const Positions &at, const Positions &tap);

  Evaluation &e;
  ConvOp op;
  const Array &x, &w;
  size_t spatial;
  int64_t outputs, channels, groups, parts, images;
};
} // namespace

bool Convolution::checkShape() {
  if (channels * groups != x.shape.back() || images * parts != x.shape[0]) {
    e.fail("groups do not fit the operands");
    return false;
  }
  std::vector<int64_t> shape = {images};
  for (size_t i = 0; i < spatial; ++i) {
    int64_t n = x.shape[i + 1];
    int64_t padded = (n - 1) * op.getInputDilation()[i] + 1 + op.getLow()[i] + op.getHigh()[i];
    shape.push_back(
        countOfWindows(padded, (w.shape[i] - 1) * op.getDilation()[i] + 1, op.getStrides()[i]));
  }
  shape.push_back(outputs);
  return e.isShape(shape);
}

int64_t Convolution::source(const Positions &at, const Positions &tap, int64_t image) {
  int64_t number = image;
  for (size_t i = 0; i < spatial; ++i) {
    int64_t spread = at[i + 1] * op.getStrides()[i] + tap[i] * op.getDilation()[i] - op.getLow()[i];
    int64_t position = spread / op.getInputDilation()[i];
    if (spread < 0 || spread % op.getInputDilation()[i] != 0 || position >= x.shape[i + 1])
      return -1;
    number = number * x.shape[i + 1] + position;
  }
  return number;
}

/// What one tap adds to all output channels of one position.
void Convolution::accumulate(const Positions &at, const Positions &tap) {
  bool moves = !e.out.tangents.empty();
  for (int64_t part = 0; part < parts; ++part) {
    int64_t from = source(at, tap, part * images + at[0]);
    for (int64_t o = part * outputs / parts; from >= 0 && o < (part + 1) * outputs / parts; ++o) {
      int64_t group = o / (outputs / groups);
      size_t xAt = from * x.shape.back() + group * channels;
      size_t wAt = tap.number() * channels * outputs + o, to = at.number() * outputs + o;
      for (int64_t c = 0; c < channels; ++c, ++xAt, wAt += outputs) {
        e.out.values[to] += x.values[xAt] * w.values[wAt];
        if (moves)
          e.out.tangents[to] += x.at(xAt).d * w.values[wAt] + x.values[xAt] * w.at(wAt).d;
      }
    }
  }
}

void Convolution::run() {
  if (!checkShape())
    return;
  ArrayRef<int64_t> taps = ArrayRef(w.shape).take_front(spatial);
  for (Positions at(ArrayRef(e.out.shape).drop_back()); at; at.next())
    for (Positions tap(taps); tap; tap.next())
      accumulate(at, tap);
}

bool net::evaluateWindow(Evaluation &e) {
  if (auto op = dyn_cast<WindowOp>(e.op))
    window(e, op);
  else if (auto op = dyn_cast<UnwindowOp>(e.op))
    unwindow(e, op);
  else if (auto op = dyn_cast<ConvOp>(e.op))
    Convolution(e, op).run();
  else
    return false;
  return true;
}
