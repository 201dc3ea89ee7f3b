//===- ShowPlot.cpp - curves and scatter plots as SVG ---------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "runtime/Error.h"
#include "runtime/Show.h"

#include <algorithm>
#include <cmath>

namespace netrt {

/// More points than this tell the eye nothing.
static constexpr int64_t maxPoints = 20000;

namespace {

const char *const colours[] = {"#4477aa", "#ee6677", "#228833", "#ccbb44", "#66ccee",
                               "#aa3377", "#bbbbbb", "#882255", "#44aa99", "#999933"};

const char *colourOf(int64_t index) { return colours[static_cast<uint64_t>(index) % 10]; }

/// One axis: its range, drawn over so many pixels.
struct Axis {
  double low = INFINITY, high = -INFINITY;
  void take(double value) {
    if (std::isfinite(value)) {
      low = std::min(low, value);
      high = std::max(high, value);
    }
  }
  /// Where a value is drawn; an axis without extent is one long.
  double place(double value, double from, double to) const {
    return from + (value - start()) / span() * (to - from);
  }
  double start() const { return low <= high ? low : 0; }
  double span() const { return high > low ? high - low : 1; }
};

/// A plot with its frame and the ends of its axes; content is added in data coordinates.
class Plot {
public:
  Axis x, y;

  std::string finish() const {
    std::string text = "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"640\" height=\"420\" "
                       "font-family=\"sans-serif\" font-size=\"12\">\n"
                       "<rect width=\"640\" height=\"420\" fill=\"white\"/>\n"
                       "<rect x=\"60\" y=\"20\" width=\"560\" height=\"360\" fill=\"none\" "
                       "stroke=\"#888\"/>\n";
    for (int tick = 0; tick <= 4; ++tick) {
      double across = x.start() + x.span() * tick / 4, up = y.start() + y.span() * tick / 4;
      text += format("<text x=\"%.1f\" y=\"398\" text-anchor=\"middle\">%.4g</text>\n",
                     60 + 140.0 * tick, across);
      text += format("<text x=\"54\" y=\"%.1f\" text-anchor=\"end\">%.4g</text>\n",
                     384 - 90.0 * tick, up);
    }
    return text + content + "</svg>\n";
  }
  double across(double value) const { return x.place(value, 60, 620); }
  double up(double value) const { return y.place(value, 380, 20); }

  std::string content;
};

void checkRank(const ShownArray &array, size_t rank, const char *kind) {
  if (array.shape.size() != rank)
    failData("%s shows arrays of rank %zu here, not %s", kind, rank,
             describe(array.dtype, array.shape).c_str());
}

} // namespace

std::string curveSvg(const std::vector<ShownArray> &arrays) {
  Plot plot;
  size_t firstCurve = arrays.size() > 1; // a single array is drawn over its index
  auto abscissa = [&](int64_t i) {
    return firstCurve ? elementOf(arrays[0], i) : static_cast<double>(i);
  };
  for (const ShownArray &array : arrays)
    checkRank(array, 1, "curve");
  for (size_t curve = firstCurve; curve < arrays.size(); ++curve) {
    if (arrays[curve].shape != arrays[0].shape)
      failData("curve shows arrays of one length, not %lld and %lld", (long long)arrays[0].shape[0],
               (long long)arrays[curve].shape[0]);
    for (int64_t i = 0; i < arrays[curve].shape[0]; ++i) {
      plot.x.take(abscissa(i));
      plot.y.take(elementOf(arrays[curve], i));
    }
  }
  for (size_t curve = firstCurve; curve < arrays.size(); ++curve) {
    std::string points;
    int64_t count = arrays[curve].shape[0], step = count / maxPoints + 1;
    for (int64_t i = 0; i < count; i += step) {
      double value = elementOf(arrays[curve], i);
      if (std::isfinite(value) && std::isfinite(abscissa(i)))
        points += format("%.1f,%.1f ", plot.across(abscissa(i)), plot.up(value));
    }
    plot.content += format("<polyline fill=\"none\" stroke=\"%s\" stroke-width=\"1.5\" points=\"",
                           colourOf(static_cast<int64_t>(curve - firstCurve))) +
                    points + "\"/>\n";
  }
  return plot.finish();
}

std::string scatterSvg(const std::vector<ShownArray> &arrays) {
  // Either points f32[N, 2], or x and y; then, if any, a class for each.
  bool pairs = arrays[0].shape.size() == 2;
  if (pairs && arrays[0].shape[1] < 2)
    failData("scatter shows points of two coordinates, not %s",
             describe(arrays[0].dtype, arrays[0].shape).c_str());
  size_t used = pairs ? 1 : 2;
  if (arrays.size() < used || arrays.size() > used + 1)
    failData("scatter shows points and their classes, not %zu arrays", arrays.size());
  for (size_t i = pairs; i < arrays.size(); ++i) {
    checkRank(arrays[i], 1, "scatter");
    if (arrays[i].shape[0] != arrays[0].shape[0])
      failData("scatter shows arrays of one length, not %lld and %lld",
               (long long)arrays[0].shape[0], (long long)arrays[i].shape[0]);
  }
  auto point = [&](int64_t i, int axis) {
    return pairs ? elementOf(arrays[0], i * arrays[0].shape[1] + axis) : elementOf(arrays[axis], i);
  };
  Plot plot;
  int64_t count = arrays[0].shape[0], step = count / maxPoints + 1;
  for (int64_t i = 0; i < count; ++i) {
    plot.x.take(point(i, 0));
    plot.y.take(point(i, 1));
  }
  for (int64_t i = 0; i < count; i += step) {
    double x = point(i, 0), y = point(i, 1);
    if (!std::isfinite(x) || !std::isfinite(y))
      continue;
    double label = arrays.size() > used ? elementOf(arrays[used], i) : 0;
    auto index = static_cast<int64_t>(std::isfinite(label) ? std::fabs(std::fmod(label, 10)) : 0);
    plot.content += format("<circle cx=\"%.1f\" cy=\"%.1f\" r=\"2\" fill=\"%s\"/>\n",
                           plot.across(x), plot.up(y), colourOf(index));
  }
  return plot.finish();
}

} // namespace netrt
