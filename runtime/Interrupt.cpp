//===- Interrupt.cpp - Ctrl-C as a flag -----------------------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "runtime/Interrupt.h"

#include <csignal>
#include <cstdint>
#include <cstring>
#include <ctime>

namespace netrt {

static volatile sig_atomic_t flag = 0;

static int64_t milliseconds() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return int64_t(now.tv_sec) * 1000 + now.tv_nsec / 1000000;
}

static int64_t first;

/// The second signal ends the process, unless it is the first once more: who sends it to a process
/// and then to its group, as `timeout` does, means one.
static void setFlag(int number) {
  if (flag && milliseconds() - first > 100) {
    signal(number, SIG_DFL);
    raise(number);
  }
  if (!flag)
    first = milliseconds();
  flag = 1;
}

void catchInterrupts() {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = setFlag;
  action.sa_flags = SA_RESTART;
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

bool interrupted() { return flag != 0; }

} // namespace netrt
