//===- Interrupt.h - Ctrl-C -------------------------------------*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef NETC_RUNTIME_INTERRUPT_H
#define NETC_RUNTIME_INTERRUPT_H

namespace netrt {

/// From now on the first SIGINT or SIGTERM only sets a flag; the second ends the process at once.
void catchInterrupts();
/// Whether one has come.
bool interrupted();

} // namespace netrt
#endif // NETC_RUNTIME_INTERRUPT_H
