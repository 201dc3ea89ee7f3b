//===- Team.h - the threads that run an entry together ----------*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef NETC_RUNTIME_TEAM_H
#define NETC_RUNTIME_TEAM_H

#include "runtime/netrt.h"

#include <atomic>
#include <cstdint>
#include <thread>
#include <vector>

/// N threads, started once; the caller of `run` is thread 0. Waiting spins for a fraction of a
/// millisecond, since a step's barriers are microseconds apart, then sleeps in a futex.
struct NetTeam {
public:
  /// `threads` >= 1. Throws netrt::Error (system) if they cannot be started.
  explicit NetTeam(int threads);
  ~NetTeam();
  NetTeam(const NetTeam &) = delete;
  NetTeam &operator=(const NetTeam &) = delete;

  using Work = void (*)(void *argument, int thread);
  /// Runs `work(argument, t)` on every thread t and returns when all are done. Denormals are
  /// flushed to zero meanwhile; the caller's mode is restored. `work` must not throw.
  void run(Work work, void *argument);
  /// Waits until all threads have come here.
  void barrier();
  int size() const { return threads; }

private:
  /// A word that threads wait for to change.
  struct alignas(64) Signal {
    std::atomic<uint32_t> value{0};
    std::atomic<int32_t> sleepers{0};
    void waitWhile(uint32_t old, int spins);
    void change();
  };
  void serve(int thread);
  void stop();

  int threads, spins;
  Signal phase, job;
  alignas(64) std::atomic<int32_t> arrived{0};
  Work work = nullptr;
  void *argument = nullptr;
  bool ending = false;
  std::vector<std::thread> workers;
};

namespace netrt {

/// Cores this process may use.
int coresAvailable();

/// Flushes denormals to zero on this thread for its lifetime.
class FlushDenormals {
public:
  FlushDenormals();
  ~FlushDenormals();

private:
  uint64_t saved;
};

} // namespace netrt
#endif // NETC_RUNTIME_TEAM_H
