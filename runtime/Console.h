//===- Console.h - progress for people, logs for programs -------*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef NETC_RUNTIME_CONSOLE_H
#define NETC_RUNTIME_CONSOLE_H

#include "runtime/Train.h"

#include <chrono>
#include <string>

namespace netrt {

/// Prints to stderr: on a terminal the progress line that Keras's users know, elsewhere one line
/// for each epoch.
class Console {
public:
  Console();
  void passBegins(const LoopStatus &status);
  void turnDone(const LoopStatus &status, const ReportValue *values, size_t count);
  void reported(const LoopStatus *status, const ReportValue *values, size_t count);
  /// Ends a progress line that stands unfinished, so that other talk begins on a line of its own.
  void breakLine();

private:
  using Clock = std::chrono::steady_clock;
  void printBar(const LoopStatus &status, const ReportValue *values, size_t count, bool finished);

  bool isWorthALine(const LoopStatus &status);

  bool terminal, lineOpen = false;
  int64_t firstTurn = 0;
  Clock::time_point passStart, lastDraw, lastLine;
};

/// A JSON-lines file.
class RunLog {
public:
  RunLog() = default;
  ~RunLog();
  RunLog(const RunLog &) = delete;
  RunLog &operator=(const RunLog &) = delete;
  /// Opens `path` (empty: no log) and cuts it to `length` bytes. With 0, for a new run, what was
  /// there is kept as `.old`.
  void open(const std::string &path, int64_t length);
  void reported(const std::string &block, const LoopStatus *status, const ReportValue *values,
                size_t count);
  /// Forces it to disk; its length.
  int64_t sync();
  bool isOpen() const { return descriptor >= 0; }

private:
  void keepPrevious() const;

  int descriptor = -1;
  std::string path;
};

/// A number as JSON: 9 digits; what JSON has no number for as "nan", "inf", "-inf".
std::string jsonNumber(double value);
/// A JSON string with its quotes.
std::string jsonText(const std::string &text);

} // namespace netrt
#endif // NETC_RUNTIME_CONSOLE_H
