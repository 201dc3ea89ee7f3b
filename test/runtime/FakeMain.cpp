//===- FakeMain.cpp - an executable around the program by hand ------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// `fake points N` prints points.csv; everything else is the command line of an
// emitted executable.
//
//===----------------------------------------------------------------------===//
#include "test/unit/RuntimeFake.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>

int main(int argc, char **argv) {
  if (argc == 3 && strcmp(argv[1], "points") == 0)
    return fputs(netrt_test::fakePoints(atoi(argv[2])), stdout) < 0;
  return netrt_main(argc, argv, &netrt_test::fakeProgram());
}
