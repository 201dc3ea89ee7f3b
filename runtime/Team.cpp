//===- Team.cpp - starting, waking and joining threads --------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "runtime/Team.h"

#include "runtime/Error.h"

#include <algorithm>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstdlib>
#include <linux/futex.h>
#include <sched.h>
#include <sys/syscall.h>
#include <system_error>
#include <unistd.h>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

using namespace netrt;

int netrt::coresAvailable() {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) == 0 && CPU_COUNT(&set) > 0)
    return CPU_COUNT(&set);
  long online = sysconf(_SC_NPROCESSORS_ONLN);
  return online > 0 ? static_cast<int>(online) : 1;
}

#if defined(__x86_64__)
FlushDenormals::FlushDenormals() : saved(_mm_getcsr()) {
  _mm_setcsr(static_cast<unsigned>(saved) | 0x8040); // FTZ and DAZ
}
FlushDenormals::~FlushDenormals() { _mm_setcsr(static_cast<unsigned>(saved)); }
static void pauseCore() { _mm_pause(); }
#elif defined(__aarch64__)
FlushDenormals::FlushDenormals() {
  asm volatile("mrs %0, fpcr" : "=r"(saved));
  asm volatile("msr fpcr, %0" : : "r"(saved | uint64_t(1) << 24));
}
FlushDenormals::~FlushDenormals() { asm volatile("msr fpcr, %0" : : "r"(saved)); }
static void pauseCore() { asm volatile("yield"); }
#else
#error "flushing denormals is not written for this processor"
#endif

static void futex(std::atomic<uint32_t> &word, int operation, uint32_t value) {
  // The atomic is lock-free and has the word's layout.
  syscall(SYS_futex, reinterpret_cast<uint32_t *>(&word), operation | FUTEX_PRIVATE_FLAG, value,
          nullptr, nullptr, 0);
}

void NetTeam::Signal::waitWhile(uint32_t old, int spins) {
  for (int i = 0; i < spins; ++i) {
    if (value.load(std::memory_order_acquire) != old)
      return;
    pauseCore();
  }
  // Either the changer sees the sleeper, or the sleeper sees the change: both orders are total.
  sleepers.fetch_add(1, std::memory_order_seq_cst);
  while (value.load(std::memory_order_seq_cst) == old)
    futex(value, FUTEX_WAIT, old);
  sleepers.fetch_sub(1, std::memory_order_relaxed);
}

void NetTeam::Signal::change() {
  value.fetch_add(1, std::memory_order_seq_cst);
  if (sleepers.load(std::memory_order_seq_cst) > 0)
    futex(value, FUTEX_WAKE, INT_MAX);
}

/// How often to look before sleeping: about a quarter of a millisecond where every thread has a
/// core, hardly ever where they share one.
static int spinsFor(int threads) {
  if (const char *text = getenv("NETRT_SPIN"))
    return static_cast<int>(std::min(std::max(atol(text), 0L), 1000000000L));
  return threads <= coresAvailable() ? 8000 : 20;
}

NetTeam::NetTeam(int threads) : threads(threads), spins(spinsFor(threads)) {
  // Signals are the main thread's business: workers inherit a mask that blocks all.
  sigset_t all, old;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &old);
  try {
    workers.reserve(threads - 1);
    for (int thread = 1; thread < threads; ++thread)
      workers.emplace_back([this, thread] { serve(thread); });
  } catch (const std::system_error &) {
    pthread_sigmask(SIG_SETMASK, &old, nullptr);
    size_t started = workers.size() + 1;
    this->threads = static_cast<int>(started);
    stop();
    errno = EAGAIN;
    failSystem("cannot start %d threads (only %zu started)", threads, started);
  }
  pthread_sigmask(SIG_SETMASK, &old, nullptr);
}

NetTeam::~NetTeam() { stop(); }

void NetTeam::stop() {
  ending = true;
  job.change();
  for (std::thread &worker : workers)
    worker.join();
  workers.clear();
}

void NetTeam::barrier() {
  if (threads == 1)
    return;
  uint32_t now = phase.value.load(std::memory_order_relaxed);
  if (arrived.fetch_add(1, std::memory_order_acq_rel) == threads - 1) {
    arrived.store(0, std::memory_order_relaxed);
    phase.change();
  } else {
    phase.waitWhile(now, spins);
  }
}

void NetTeam::serve(int thread) {
  FlushDenormals flush;
  for (uint32_t seen = 0;; ++seen) {
    job.waitWhile(seen, spins);
    if (ending)
      return;
    work(argument, thread);
    barrier();
  }
}

void NetTeam::run(Work newWork, void *newArgument) {
  FlushDenormals flush;
  work = newWork;
  argument = newArgument;
  if (threads > 1)
    job.change();
  newWork(newArgument, 0);
  barrier();
}

extern "C" void netrt_barrier(NetTeam *team, int32_t) { team->barrier(); }
