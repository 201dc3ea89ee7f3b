//===- RuntimeFake.h - a program as the compiler would make it, by hand --*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Linear regression, written against the runtime's C interface, so that the
// runtime is tested without the compiler. Blocks:
//   Fit    epochs over Points.train, a mean and an evaluated report
//   Count  two nested ranges that stop early, with a noise-dependent state
//
//===----------------------------------------------------------------------===//
#ifndef NETC_TEST_UNIT_RUNTIMEFAKE_H
#define NETC_TEST_UNIT_RUNTIMEFAKE_H

#include "runtime/netrt.h"

namespace netrt_test {

/// Points are read from points.csv (x: f32[2], y: f32) and, for Points.lit, literal rows.
const NetProgram &fakeProgram();

/// points.csv's text: `rows` points of y = 2 x0 - x1 + 0.5.
const char *fakePoints(int rows);

} // namespace netrt_test
#endif // NETC_TEST_UNIT_RUNTIMEFAKE_H
