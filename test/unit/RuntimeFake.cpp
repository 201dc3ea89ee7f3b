//===- RuntimeFake.cpp - entries and description of the program by hand ---===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "test/unit/RuntimeFake.h"

#include <cstdio>
#include <cstring>
#include <string>

namespace {

const char json[] = R"json({
  "format": 1, "name": "line",
  "vars": [
    {"path": "Line.dense_1.w", "kind": "param", "dtype": "f32", "shape": [2], "layer": "dense"},
    {"path": "Line.dense_1.b", "kind": "param", "dtype": "f32", "shape": [], "layer": "dense"},
    {"path": "Fit.minimize_1.sgd.t", "kind": "state", "dtype": "i64", "shape": [], "layer": ""},
    {"path": "Count.noise", "kind": "state", "dtype": "i64", "shape": [], "layer": ""},
    {"path": "Count.stop_1", "kind": "temp", "dtype": "bool", "shape": [], "layer": ""},
    {"path": "Fit.on_1", "kind": "temp", "dtype": "f32", "shape": [], "layer": ""},
    {"path": "Fit.all_1", "kind": "temp", "dtype": "f32", "shape": ["N"], "layer": ""},
    {"path": "Fit.half_1", "kind": "temp", "dtype": "f32", "shape": ["B"], "layer": ""}],
  "data": [{"name": "Points",
    "columns": [{"name": "x", "dtype": "f32", "shape": [2]}, {"name": "y", "dtype": "f32", "shape": []}],
    "parts": {
      "train": {"reader": "csv", "files": ["points.csv"], "options": {}, "shuffle": 7, "slice": [0, -10]},
      "test": {"reader": "csv", "files": ["points.csv"], "options": {}, "shuffle": 7, "slice": [-10, null]},
      "lit": {"reader": "rows", "rows": [[[0, 1], -0.5], [[1, 0], 2.5]]},
      "made": {"reader": "entry", "entry": "data.Points.made"}}}],
  "init": ["init"],
  "trains": [
    {"name": "Fit", "init": "Fit.init", "body": [
      {"each": {"data": "Points", "part": "train", "batch": 16, "epochs": 3, "shuffle": true, "every": null,
        "body": [{"run": "Fit.step_1"}, {"run": "Fit.step_2"}, {"run": "Fit.step_3"}],
        "reports": [{"name": "loss", "from": "step"},
                    {"name": "held out", "eval": "Fit.eval_1", "data": "Points", "part": "test"},
                    {"name": "half", "from": "step"}]}},
      {"eval": {"entry": "Fit.eval_1", "data": "Points", "part": "made", "into": "Fit.on_1"}},
      {"eval": {"entry": "predict.Column", "data": "Points", "part": "test", "into": "Fit.all_1"}},
      {"report": {"name": "made", "eval": "Fit.kept"}}]},
    {"name": "Count", "init": null, "body": [
      {"each": {"range": [0, 5], "counter": "i", "every": 2, "reports": [{"name": "noise", "from": "step"}],
        "shows": [{"kind": "curve", "file": "held.svg", "entry": "predict.Column", "data": "Points", "part": "test"}], "body": [
        {"each": {"range": [0, 10], "counter": "j", "body": [
          {"run": "Count.step_1"}, {"stop": "Count.stop_1"}, {"run": "Count.step_2"}]}},
        {"run": "Count.step_3"}]}},
      {"show": {"kind": "table", "file": "held.csv", "entry": "predict.Column", "data": "Points", "part": "test"}}]}],
  "networks": [{"name": "Line", "entry": "predict.Line", "args": ["x"], "results": ["y"]}],
  "tasks": [{"name": "Scale", "entry": "task.Scale", "args": ["a", "k"], "results": ["b"]}],
  "entries": [
    {"name": "init", "kind": "init", "sizes": [], "args": [{"kind": "key"}],
      "results": [{"kind": "var", "name": "Line.dense_1.w"}, {"kind": "var", "name": "Line.dense_1.b"}]},
    {"name": "Fit.init", "kind": "init", "sizes": [], "args": [{"kind": "key"}],
      "results": [{"kind": "var", "name": "Fit.minimize_1.sgd.t"}]},
    {"name": "Fit.step_1", "kind": "step", "sizes": ["B"],
      "args": [{"kind": "column", "name": "x", "dtype": "f32", "shape": ["B", 2]},
               {"kind": "column", "name": "y", "dtype": "f32", "shape": ["B"]},
               {"kind": "var", "name": "Line.dense_1.w"}, {"kind": "var", "name": "Line.dense_1.b"},
               {"kind": "var", "name": "Fit.minimize_1.sgd.t"}, {"kind": "key"}, {"kind": "counter", "name": "step"}],
      "results": [{"kind": "var", "name": "Line.dense_1.w"}, {"kind": "var", "name": "Line.dense_1.b"},
                  {"kind": "var", "name": "Fit.minimize_1.sgd.t"}, {"kind": "report", "name": "loss"}]},
    {"name": "Fit.step_2", "kind": "step", "sizes": ["B"],
      "args": [{"kind": "column", "name": "y", "dtype": "f32", "shape": ["B"]}],
      "results": [{"kind": "var", "name": "Fit.half_1", "dtype": "f32", "shape": ["B"]}]},
    {"name": "Fit.step_3", "kind": "step", "sizes": ["B"],
      "args": [{"kind": "column", "name": "x", "dtype": "f32", "shape": ["B", 2]},
               {"kind": "var", "name": "Fit.half_1", "dtype": "f32", "shape": ["B"]}],
      "results": [{"kind": "report", "name": "half"}]},
    {"name": "Fit.eval_1", "kind": "eval", "sizes": ["B"],
      "args": [{"kind": "column", "name": "x", "dtype": "f32", "shape": ["B", 2]},
               {"kind": "column", "name": "y", "dtype": "f32", "shape": ["B"]},
               {"kind": "var", "name": "Line.dense_1.w"}, {"kind": "var", "name": "Line.dense_1.b"}],
      "results": [{"kind": "report", "name": "held out"}]},
    {"name": "Fit.kept", "kind": "eval", "sizes": ["N"],
      "args": [{"kind": "var", "name": "Fit.on_1"}, {"kind": "var", "name": "Fit.all_1", "dtype": "f32", "shape": ["N"]}],
      "results": [{"kind": "report", "name": "made"}]},
    {"name": "predict.Column", "kind": "eval", "sizes": ["B"],
      "args": [{"kind": "column", "name": "x", "dtype": "f32", "shape": ["B", 2]},
               {"kind": "var", "name": "Line.dense_1.w"}, {"kind": "var", "name": "Line.dense_1.b"}],
      "results": [{"kind": "out", "name": "y", "dtype": "f32", "shape": ["B"]}]},
    {"name": "predict.Line", "kind": "predict", "sizes": ["B"],
      "args": [{"kind": "arg", "name": "x", "dtype": "f32", "shape": ["B", 2]},
               {"kind": "var", "name": "Line.dense_1.w"}, {"kind": "var", "name": "Line.dense_1.b"}],
      "results": [{"kind": "out", "name": "y", "dtype": "f32", "shape": ["B"]}]},
    {"name": "task.Scale", "kind": "task", "sizes": ["N"],
      "args": [{"kind": "arg", "name": "a", "dtype": "f32", "shape": ["N"]},
               {"kind": "arg", "name": "k", "dtype": "f32", "shape": [], "default": 2}],
      "results": [{"kind": "out", "name": "b", "dtype": "f32", "shape": ["N"]}]},
    {"name": "data.Points.made", "kind": "data", "sizes": [], "args": [{"kind": "key"}],
      "results": [{"kind": "out", "name": "x", "dtype": "f32", "shape": [8, 2]},
                  {"kind": "out", "name": "y", "dtype": "f32", "shape": [8]}]},
    {"name": "Count.step_1", "kind": "step", "sizes": [],
      "args": [{"kind": "counter", "name": "j"}, {"kind": "counter", "name": "i"}],
      "results": [{"kind": "var", "name": "Count.stop_1"}]},
    {"name": "Count.step_2", "kind": "step", "sizes": [],
      "args": [{"kind": "var", "name": "Count.noise"}, {"kind": "key"}, {"kind": "counter", "name": "step"}],
      "results": [{"kind": "var", "name": "Count.noise"}]},
    {"name": "Count.step_3", "kind": "step", "sizes": [],
      "args": [{"kind": "var", "name": "Count.noise"}],
      "results": [{"kind": "report", "name": "noise"}]}],
  "messages": [{"text": "a target above 1e6", "line": 7, "file": "line.net"}]
})json";

template <typename T> T *as(void *const *buffers, int index) {
  return static_cast<T *>(buffers[index]);
}

int64_t noArena(const int64_t *, int32_t) { return 0; }
/// Four partial sums of four numbers.
int64_t stepArena(const int64_t *, int32_t) { return 4 * 4 * sizeof(float); }

int32_t initialize(void *const *b, const int64_t *, char *, NetTeam *, int32_t thread, int32_t,
                   int32_t *) {
  if (thread == 0) {
    uint64_t key = *as<uint64_t>(b, 0);
    as<float>(b, 1)[0] = static_cast<float>(key & 255) / 256;
    as<float>(b, 1)[1] = static_cast<float>(key >> 8 & 255) / 256;
    *as<float>(b, 2) = 0;
  }
  return 0;
}

int32_t initializeOptimizer(void *const *b, const int64_t *, char *, NetTeam *, int32_t thread,
                            int32_t, int32_t *) {
  if (thread == 0)
    *as<int64_t>(b, 1) = 0;
  return 0;
}

/// One step of gradient descent with noise. The batch is cut into four parts whatever the threads,
/// and the parts are added in order: the same bits on any team.
int32_t step(void *const *b, const int64_t *sizes, char *arena, NetTeam *team, int32_t thread,
             int32_t threads, int32_t *error) {
  const float *x = as<float>(b, 0), *y = as<float>(b, 1), *w = as<float>(b, 2);
  int64_t rows = sizes[0];
  auto *sums = reinterpret_cast<float *>(arena);
  for (int part = thread; part < 4; part += threads) {
    float *sum = sums + 4 * part;
    memset(sum, 0, 4 * sizeof *sum);
    for (int64_t i = rows * part / 4; i < rows * (part + 1) / 4; ++i) {
      if (y[i] > 1e6f)
        __atomic_store_n(error, 1, __ATOMIC_RELAXED);
      float e = w[0] * x[2 * i] + w[1] * x[2 * i + 1] + *as<float>(b, 3) - y[i];
      sum[0] += e * x[2 * i];
      sum[1] += e * x[2 * i + 1];
      sum[2] += e;
      sum[3] += e * e;
    }
  }
  netrt_barrier(team, thread);
  if (*error)
    return *error;
  if (thread == 0) {
    for (int part = 1; part < 4; ++part)
      for (int i = 0; i < 4; ++i)
        sums[i] += sums[4 * part + i];
    float noise = static_cast<float>(*as<uint64_t>(b, 5) & 255) * 1e-6f;
    float rate = 0.2f / static_cast<float>(rows);
    as<float>(b, 7)[0] -= rate * sums[0] + noise;
    as<float>(b, 7)[1] -= rate * sums[1];
    *as<float>(b, 8) -= rate * sums[2];
    *as<int64_t>(b, 9) = *as<int64_t>(b, 6) + 1;
    *as<float>(b, 10) = sums[3] / static_cast<float>(rows);
  }
  netrt_barrier(team, thread);
  return 0;
}

int32_t halve(void *const *b, const int64_t *sizes, char *, NetTeam *, int32_t thread, int32_t,
              int32_t *) {
  for (int64_t i = 0; thread == 0 && i < sizes[0]; ++i)
    as<float>(b, 1)[i] = as<float>(b, 0)[i] / 2;
  return 0;
}

int32_t meanOfHalves(void *const *b, const int64_t *sizes, char *, NetTeam *, int32_t thread,
                     int32_t, int32_t *) {
  float sum = 0;
  for (int64_t i = 0; i < sizes[0]; ++i)
    sum += as<float>(b, 1)[i];
  if (thread == 0)
    *as<float>(b, 2) = sum / static_cast<float>(sizes[0]);
  return 0;
}

int32_t evaluate(void *const *b, const int64_t *sizes, char *, NetTeam *, int32_t thread, int32_t,
                 int32_t *) {
  const float *x = as<float>(b, 0), *y = as<float>(b, 1), *w = as<float>(b, 2);
  float sum = 0;
  for (int64_t i = 0; i < sizes[0]; ++i) {
    float e = w[0] * x[2 * i] + w[1] * x[2 * i + 1] + *as<float>(b, 3) - y[i];
    sum += e * e;
  }
  if (thread == 0)
    *as<float>(b, 4) = sum / static_cast<float>(sizes[0]);
  return 0;
}

/// The mean error over made rows, provided that the stacked predictions are those of ten rows.
int32_t kept(void *const *b, const int64_t *sizes, char *, NetTeam *, int32_t thread, int32_t,
             int32_t *) {
  if (thread == 0)
    *as<float>(b, 2) = sizes[0] == 10 ? *as<float>(b, 0) : -1;
  return 0;
}

int32_t predict(void *const *b, const int64_t *sizes, char *, NetTeam *, int32_t thread,
                int32_t threads, int32_t *) {
  const float *x = as<float>(b, 0), *w = as<float>(b, 1);
  for (int64_t i = thread; i < sizes[0]; i += threads)
    as<float>(b, 3)[i] = w[0] * x[2 * i] + w[1] * x[2 * i + 1] + *as<float>(b, 2);
  return 0;
}

int32_t scale(void *const *b, const int64_t *sizes, char *, NetTeam *, int32_t thread, int32_t,
              int32_t *) {
  for (int64_t i = 0; thread == 0 && i < sizes[0]; ++i)
    as<float>(b, 2)[i] = as<float>(b, 0)[i] * *as<float>(b, 1);
  return 0;
}

int32_t makePoints(void *const *b, const int64_t *, char *, NetTeam *, int32_t thread, int32_t,
                   int32_t *) {
  for (int i = 0; thread == 0 && i < 8; ++i) {
    as<float>(b, 1)[2 * i] = static_cast<float>(i);
    as<float>(b, 1)[2 * i + 1] = 1;
    as<float>(b, 2)[i] = 2.0f * static_cast<float>(i) - 0.5f;
  }
  return 0;
}

/// The inner loop of turn i ends at j = i.
int32_t shouldStop(void *const *b, const int64_t *, char *, NetTeam *, int32_t thread, int32_t,
                   int32_t *) {
  if (thread == 0)
    *as<uint8_t>(b, 2) = *as<int64_t>(b, 0) == *as<int64_t>(b, 1);
  return 0;
}

int32_t addNoise(void *const *b, const int64_t *, char *, NetTeam *, int32_t thread, int32_t,
                 int32_t *) {
  if (thread == 0)
    *as<int64_t>(b, 3) = *as<int64_t>(b, 0) * 31 + static_cast<int64_t>(*as<uint64_t>(b, 1) & 7) +
                         *as<int64_t>(b, 2);
  return 0;
}

int32_t showNoise(void *const *b, const int64_t *, char *, NetTeam *, int32_t thread, int32_t,
                  int32_t *) {
  if (thread == 0)
    *as<float>(b, 1) = static_cast<float>(*as<int64_t>(b, 0) & 0xffff);
  return 0;
}

const NetEntry entries[] = {{"init", initialize, noArena},
                            {"Fit.init", initializeOptimizer, noArena},
                            {"Fit.step_1", step, stepArena},
                            {"Fit.step_2", halve, noArena},
                            {"Fit.step_3", meanOfHalves, noArena},
                            {"Fit.eval_1", evaluate, noArena},
                            {"Fit.kept", kept, noArena},
                            {"predict.Column", predict, noArena},
                            {"predict.Line", predict, noArena},
                            {"task.Scale", scale, noArena},
                            {"data.Points.made", makePoints, noArena},
                            {"Count.step_1", shouldStop, noArena},
                            {"Count.step_2", addNoise, noArena},
                            {"Count.step_3", showNoise, noArena}};

} // namespace

extern "C" {
extern const NetProgram netrt_fake_program;
const NetProgram netrt_fake_program = {
    json, sizeof json - 1, entries, sizeof entries / sizeof *entries, NETRT_ABI_VERSION, nullptr};
}

const NetProgram &netrt_test::fakeProgram() { return netrt_fake_program; }

const char *netrt_test::fakePoints(int rows) {
  static std::string text;
  text = "x0,x1,y\n";
  char line[96];
  for (int i = 0; i < rows; ++i) {
    double a = (i * 37 % 101) / 50.0 - 1, b = (i * 53 % 97) / 48.0 - 1;
    snprintf(line, sizeof line, "%.6f,%.6f,%.6f\n", a, b, 2 * a - b + 0.5);
    text += line;
  }
  return text.c_str();
}
