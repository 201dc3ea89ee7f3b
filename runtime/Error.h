//===- Error.h - what can go wrong, and the exit code of it -----*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef NETC_RUNTIME_ERROR_H
#define NETC_RUNTIME_ERROR_H

#include <cstddef>
#include <cstdint>
#include <exception>
#include <string>

namespace netrt {

enum ExitCode {
  ExitOk = 0,
  ExitData = 1,          ///< wrong data, checkpoint or program
  ExitUsage = 2,         ///< wrong command line
  ExitInternal = 70,     ///< a defect of the compiler or of this runtime
  ExitSystem = 74,       ///< the system failed us: disk full, read error, no memory
  ExitInterrupted = 130, ///< stopped by Ctrl-C, after saving
};

/// A failure that the user is told of. The text is one line in lower case without a full stop; the
/// help, if any, says what to do.
class Error : public std::exception {
public:
  Error(ExitCode code, std::string message, std::string help = "")
      : code(code), message(std::move(message)), help(std::move(help)) {}
  const char *what() const noexcept override { return message.c_str(); }
  ExitCode getCode() const { return code; }
  const std::string &getHelp() const { return help; }

private:
  ExitCode code;
  std::string message, help;
};

/// As printf, into a string.
std::string format(const char *text, ...) __attribute__((format(printf, 1, 2)));

/// For printf: the sign of NaN says nothing to anyone.
double withoutSign(double value);

/// Throw an Error of the kind named; texts as in printf.
[[noreturn]] void failData(const char *text, ...) __attribute__((format(printf, 1, 2)));
[[noreturn]] void failUsage(const char *text, ...) __attribute__((format(printf, 1, 2)));
[[noreturn]] void failInternal(const char *text, ...) __attribute__((format(printf, 1, 2)));
/// Appends what errno says.
[[noreturn]] void failSystem(const char *text, ...) __attribute__((format(printf, 1, 2)));

/// The product of sizes, or an Error naming `what` if it passes 2^62 or a size is negative.
int64_t checkedProduct(const int64_t *sizes, size_t count, int64_t start, const char *what);

} // namespace netrt
#endif // NETC_RUNTIME_ERROR_H
