//===- Console.cpp - progress lines and JSON lines ------------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "runtime/Console.h"

#include "runtime/Error.h"
#include "runtime/SafeFile.h"

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdarg>
#include <cstdio>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace netrt {

Console::Console() : terminal(isatty(2) == 1) {}

static double secondsSince(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

void Console::passBegins(const LoopStatus &status) {
  if (!status.isOutermost)
    return;
  passStart = lastDraw = Clock::now();
  firstTurn = status.turn;
  if (terminal && status.overData) {
    breakLine();
    fprintf(stderr, "Epoch %lld/%lld\n", (long long)status.pass + 1, (long long)status.passes);
  }
}

namespace {
/// A line of fixed size: no memory is allocated between epochs.
class Line {
public:
  __attribute__((format(printf, 2, 3))) void add(const char *format, ...) {
    va_list args;
    va_start(args, format);
    int added = vsnprintf(text + size, sizeof text - size, format, args);
    va_end(args);
    size = std::min<int>(size + std::max(added, 0), sizeof text - 1);
  }
  void addTime(double seconds) {
    if (seconds < 1e-3)
      add("%.0fus", seconds * 1e6);
    else if (seconds < 1)
      add("%.0fms", seconds * 1e3);
    else
      add("%.1fs", seconds);
  }
  bool print() { return write(2, text, size) >= 0; }

private:
  char text[512];
  int size = 0;
};
} // namespace

void Console::printBar(const LoopStatus &status, const ReportValue *values, size_t count,
                       bool finished) {
  constexpr int width = 20;
  Line line;
  line.add("\r%lld/%lld [", (long long)status.turn, (long long)status.turns);
  auto filled = static_cast<int>(width * status.turn / std::max<int64_t>(status.turns, 1));
  for (int i = 0; i < width; ++i)
    line.add("%c", i < filled ? '=' : i == filled ? '>' : '.');
  double seconds = secondsSince(passStart);
  int64_t turns = std::max<int64_t>(status.turn - firstTurn, 1);
  line.add("] - ");
  line.addTime(finished ? seconds : seconds / turns * (status.turns - status.turn));
  line.add("%s", finished ? " " : " left, ");
  line.addTime(seconds / turns);
  line.add("/step");
  for (size_t i = 0; i < count; ++i)
    line.add(" - %s: %.4g", values[i].name->c_str(), withoutSign(values[i].value));
  line.add("\x1b[K");
  lineOpen = line.print();
  if (finished)
    breakLine();
}

void Console::turnDone(const LoopStatus &status, const ReportValue *values, size_t count) {
  if (!terminal || !status.isOutermost)
    return;
  auto now = Clock::now();
  if (now - lastDraw < std::chrono::milliseconds(100))
    return;
  lastDraw = now;
  printBar(status, values, count, false);
}

/// A pass without reports: about one line a second, and one at the end.
bool Console::isWorthALine(const LoopStatus &status) {
  if (!status.isOutermost || !status.overData)
    return false;
  auto now = Clock::now();
  if (status.pass + 1 < status.passes && now - lastLine < std::chrono::seconds(1))
    return false;
  lastLine = now;
  return true;
}

void Console::reported(const LoopStatus *status, const ReportValue *values, size_t count) {
  if (terminal && status && status->isOutermost && status->overData) {
    printBar(*status, values, count, true);
    return;
  }
  if (count == 0 && !isWorthALine(*status))
    return;
  breakLine();
  std::string line;
  if (status && status->overData)
    line = format("epoch %lld/%lld - %lld steps", (long long)status->pass + 1,
                  (long long)status->passes, (long long)status->turn);
  else if (status)
    line = format("step %lld/%lld", (long long)status->turn, (long long)status->turns);
  if (status && status->isOutermost)
    line += format(" - %.1fs", secondsSince(passStart));
  for (size_t i = 0; i < count; ++i)
    line += format("%s%s: %.6g", line.empty() ? "" : " - ", values[i].name->c_str(),
                   withoutSign(values[i].value));
  fprintf(stderr, "%s\n", line.c_str());
}

void Console::breakLine() {
  if (lineOpen)
    fputc('\n', stderr);
  lineOpen = false;
}

std::string jsonNumber(double value) {
  if (std::isnan(value))
    return "\"nan\"";
  if (std::isinf(value))
    return value < 0 ? "\"-inf\"" : "\"inf\"";
  return format("%.9g", value);
}

std::string jsonText(const std::string &text) {
  std::string result = "\"";
  for (char c : text)
    if (c == '"' || c == '\\')
      result += {'\\', c};
    else if (static_cast<unsigned char>(c) < 0x20)
      result += format("\\u%04x", c);
    else
      result += c;
  return result + "\"";
}

RunLog::~RunLog() {
  if (descriptor >= 0)
    close(descriptor);
}

/// A run that begins leaves the log of an earlier one, as it does its checkpoint.
void RunLog::keepPrevious() const {
  struct stat status;
  if (stat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode) || status.st_size == 0)
    return;
  std::string file = followLinks(path), old = file + ".old";
  if (rename(file.c_str(), old.c_str()) != 0)
    failSystem("cannot rename %s", file.c_str());
  fprintf(stderr, "note: the earlier %s is kept as %s\n", file.c_str(), old.c_str());
}

void RunLog::open(const std::string &newPath, int64_t length) {
  path = newPath;
  if (path.empty())
    return;
  if (length == 0)
    keepPrevious();
  descriptor = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  if (descriptor < 0)
    failSystem("cannot open %s", path.c_str());
  int64_t size = lseek(descriptor, 0, SEEK_END);
  if (size > length && ftruncate(descriptor, length) != 0)
    failSystem("cannot cut %s", path.c_str());
}

void RunLog::reported(const std::string &block, const LoopStatus *status, const ReportValue *values,
                      size_t count) {
  if (descriptor < 0 || count == 0)
    return;
  std::string line = "{\"block\":" + jsonText(block);
  if (status)
    line += format(",\"step\":%lld,\"epoch\":%lld", (long long)status->step,
                   (long long)status->pass + 1);
  for (size_t i = 0; i < count; ++i)
    line += "," + jsonText(*values[i].name) + ":" + jsonNumber(values[i].value);
  line += "}\n";
  for (size_t at = 0; at < line.size();) {
    ssize_t written = write(descriptor, line.data() + at, line.size() - at);
    if (written < 0 && errno != EINTR)
      failSystem("cannot write %s", path.c_str());
    at += std::max<ssize_t>(written, 0);
  }
}

int64_t RunLog::sync() {
  if (descriptor < 0)
    return 0;
  if (fsync(descriptor) != 0 && errno != EINVAL && errno != EROFS) // a pipe cannot
    failSystem("cannot write %s", path.c_str());
  return std::max<int64_t>(lseek(descriptor, 0, SEEK_END), 0);
}

} // namespace netrt
