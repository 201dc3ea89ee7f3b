//===- Commands.h - netc's subcommands --------------------------*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef NETC_TOOLS_COMMANDS_H
#define NETC_TOOLS_COMMANDS_H

#include <string>

namespace net {

/// Whether the command line, once parsed, was `netc check-grad model.net`.
bool checkGradAsked();
/// The exit code: 1 where a gradient is wrong.
int runCheckGrad();

/// `--emit=grad.net`: the program with its gradients written out; `derived`: as rules gave them, a
/// line an operation. The exit code.
int emitGradient(const std::string &input, const std::string &output, bool derived);

} // namespace net
#endif // NETC_TOOLS_COMMANDS_H
