//===- Interrupt.cpp - Ctrl-C as a flag -----------------------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "runtime/Interrupt.h"

#include <csignal>
#include <cstring>

namespace netrt {

static volatile sig_atomic_t flag = 0;

static void setFlag(int) { flag = 1; }

void catchInterrupts() {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = setFlag;
  action.sa_flags = SA_RESETHAND | SA_RESTART; // the second has its default effect
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

bool interrupted() { return flag != 0; }

} // namespace netrt
