//===- Main.cpp - main of an emitted executable ---------------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// An archive member of its own: whoever brings a main, or links a library,
// never pulls it in.
//
//===----------------------------------------------------------------------===//
#include "runtime/netrt.h"

extern "C" const NetProgram netrt_program;

int main(int argc, char **argv) { return netrt_main(argc, argv, &netrt_program); }
