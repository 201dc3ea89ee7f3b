//===- Position.cpp - positions as text -----------------------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "runtime/Position.h"

#include "runtime/Error.h"

#include <cerrno>
#include <cstdlib>

namespace netrt {

std::string Position::toText() const {
  std::string text = format("%d %d %d %zu", block, loop, done ? 1 : 0, loops.size());
  for (const LoopPlace &place : loops) {
    for (int64_t number : {place.pass, place.turn, place.step, place.epoch, place.value,
                           place.sinceReport, static_cast<int64_t>(place.sums.size())})
      text += format(" %lld", (long long)number);
    for (const Sum &sum : place.sums)
      text += format(" %a %a", sum.value, sum.weight);
  }
  for (const LoopPlace &place : loops)
    text += format(" %lld", (long long)place.rows);
  return text;
}

namespace {
class Scanner {
public:
  explicit Scanner(const std::string &text) : at(text.c_str()) {}
  int64_t whole(int64_t low, int64_t high) {
    char *end;
    errno = 0;
    long long value = strtoll(at, &end, 10);
    check(end != at && errno == 0 && value >= low && value <= high);
    at = end;
    return value;
  }
  double real() {
    char *end;
    double value = strtod(at, &end);
    check(end != at);
    at = end;
    return value;
  }
  bool atEnd() const { return *at == 0; }
  void finish() { check(*at == 0); }

private:
  static void check(bool good) {
    if (!good)
      failData("the checkpoint's position is damaged");
  }
  const char *at;
};
} // namespace

/// No run counts so far; one more is still a number.
static constexpr int64_t most = int64_t(1) << 62;

Position Position::fromText(const std::string &text) {
  Scanner scanner(text);
  Position position;
  position.block = static_cast<int>(scanner.whole(0, 1 << 20));
  position.loop = static_cast<int>(scanner.whole(-1, 1 << 20));
  position.done = scanner.whole(0, 1) != 0;
  position.loops.resize(scanner.whole(0, static_cast<int64_t>(text.size())));
  for (LoopPlace &place : position.loops) {
    for (int64_t *number : {&place.pass, &place.turn, &place.step, &place.epoch})
      *number = scanner.whole(0, most);
    place.value = scanner.whole(-most, most);
    place.sinceReport = scanner.whole(0, most);
    place.sums.resize(scanner.whole(0, static_cast<int64_t>(text.size())));
    for (Sum &sum : place.sums) {
      sum.value = scanner.real();
      sum.weight = scanner.real();
    }
  }
  for (LoopPlace &place : position.loops)
    if (!scanner.atEnd())
      place.rows = scanner.whole(-1, most);
  scanner.finish();
  return position;
}

} // namespace netrt
