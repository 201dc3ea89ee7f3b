//===- Error.cpp - formatting and throwing of errors ----------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "runtime/Error.h"

#include <cerrno>
#include <cmath>
#include <cstdarg>
#include <cstdio>
#include <cstring>

namespace netrt {

static std::string formatList(const char *text, va_list args) {
  va_list again;
  va_copy(again, args);
  int size = vsnprintf(nullptr, 0, text, again);
  va_end(again);
  std::string result(size < 0 ? 0 : size, '\0');
  if (size > 0)
    vsnprintf(result.data(), result.size() + 1, text, args);
  return result;
}

double withoutSign(double value) { return std::isnan(value) ? std::abs(value) : value; }

std::string format(const char *text, ...) {
  va_list args;
  va_start(args, text);
  std::string result = formatList(text, args);
  va_end(args);
  return result;
}

#define NETRT_FORMAT(name)                                                                         \
  va_list args;                                                                                    \
  va_start(args, text);                                                                            \
  std::string name = formatList(text, args);                                                       \
  va_end(args)

void failData(const char *text, ...) {
  NETRT_FORMAT(message);
  throw Error(ExitData, message);
}

void failUsage(const char *text, ...) {
  NETRT_FORMAT(message);
  throw Error(ExitUsage, message);
}

void failInternal(const char *text, ...) {
  NETRT_FORMAT(message);
  throw Error(ExitInternal, message, "this is a defect of netc, not of your program");
}

void failSystem(const char *text, ...) {
  int code = errno;
  NETRT_FORMAT(message);
  throw Error(ExitSystem, message + ": " + strerror(code));
}

#undef NETRT_FORMAT

int64_t checkedProduct(const int64_t *sizes, size_t count, int64_t start, const char *what) {
  int64_t result = start;
  for (size_t i = 0; i < count; ++i)
    if (sizes[i] < 0)
      failData("%s has the negative size %lld", what, (long long)sizes[i]);
    else if (__builtin_mul_overflow(result, sizes[i], &result) || result > (int64_t(1) << 62))
      failData("%s is too large: its sizes multiply to more than 2^62 bytes", what);
  return result;
}

} // namespace netrt
