//===- Required.h - what a block needs, asked for at the start --*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef NETC_RUNTIME_REQUIRED_H
#define NETC_RUNTIME_REQUIRED_H

#include "runtime/Context.h"

namespace netrt {

/// Throws an Error if a file that the block reads is not there. Later blocks read theirs when they
/// begin, hours after the start, perhaps.
void requireData(Context &context, const TrainDecl &block);
/// Whether the block shows something, in files of `--out`.
bool showsSomething(const std::vector<Node> &body);

} // namespace netrt
#endif // NETC_RUNTIME_REQUIRED_H
