//===- Diagnostics.cpp - what is wrong, where, and what to do -------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/Diagnostics.h"
#include "llvm/Support/raw_ostream.h"

#include <algorithm>
#include <cstdlib>
#include <tuple>
#include <unistd.h>

using namespace net;

Diagnostic &Diagnostic::label(SourceRange range, std::string text) {
  labels.push_back({range, std::move(text)});
  return *this;
}

Diagnostic &Diagnostic::note(SourceRange range, std::string text) {
  notes.push_back({range, std::move(text)});
  return *this;
}

Diagnostic &Diagnostic::help(std::string text) {
  helps.push_back(std::move(text));
  return *this;
}

Diagnostic &Diagnostics::error(SourceRange range, llvm::StringRef id, std::string message) {
  ++errors;
  list.emplace_back(Diagnostic::Severity::Error, range, id, std::move(message));
  return list.back();
}

Diagnostic &Diagnostics::warning(SourceRange range, llvm::StringRef id, std::string message) {
  list.emplace_back(Diagnostic::Severity::Warning, range, id, std::move(message));
  return list.back();
}

std::deque<Diagnostic> Diagnostics::takeSince(size_t count) {
  std::deque<Diagnostic> taken;
  for (; list.size() > count; list.pop_back()) {
    errors -= list.back().severity == Diagnostic::Severity::Error;
    taken.push_front(std::move(list.back()));
  }
  return taken;
}

void Diagnostics::add(std::deque<Diagnostic> messages) {
  for (Diagnostic &message : messages) {
    errors += message.severity == Diagnostic::Severity::Error;
    list.push_back(std::move(message));
  }
}

namespace {
constexpr size_t widestLine = 200; ///< characters of a source line that are shown

/// Prints messages; escape sequences only if asked for.
class Writer {
public:
  Writer(llvm::raw_ostream &os, const SourceManager &sources, bool colours)
      : os(os), sources(sources), colours(colours) {}

  void write(const Diagnostic &d) {
    bool isError = d.severity == Diagnostic::Severity::Error;
    place(d.range);
    in(isError ? "1;31" : "1;35", std::string(isError ? "error[" : "warning[") + d.id + "]:");
    in("1", " " + d.message);
    os << '\n';
    if (d.range.isValid())
      snippet(d);
    for (const auto &note : d.notes) {
      place(note.range);
      in("1;36", "note:");
      os << ' ' << note.text << '\n';
    }
    for (const std::string &help : d.helps) {
      in("1;32", "help:");
      os << ' ' << help << '\n';
    }
  }

private:
  void in(const char *colour, const std::string &text) {
    if (colours)
      os << "\033[" << colour << 'm' << text << "\033[0m";
    else
      os << text;
  }

  void place(SourceRange range) {
    if (range.isValid())
      in("1", sources.place(range) + ": ");
  }

  /// The source line with carets, then the labels, each under a line of its own.
  void snippet(const Diagnostic &d) {
    underline(d.range, '^', "");
    for (const auto &label : d.labels) {
      if (!label.range.isValid())
        continue;
      bool elsewhere = label.range.file != d.range.file;
      if (elsewhere) {
        place(label.range);
        in("1;36", "note:");
        os << ' ' << label.text << '\n';
      }
      underline(label.range, '~', elsewhere ? "" : label.text);
    }
  }

  void underline(SourceRange range, char mark, const std::string &text) {
    LineColumn at = sources.lineColumn(range);
    std::string_view line = sources.line(range.file, at.line);
    size_t begin = range.begin - sources.lineStart(range.file, at.line);
    size_t end = std::min<size_t>(begin + range.size(), line.size());
    size_t from = windowStart(line, begin);
    size_t to = windowEnd(line, from);
    if (lastLine != std::make_pair(range.file, at.line) || from != lastFrom)
      os << (from ? ".." : "") << printable(line.substr(from, to - from))
         << (to < line.size() ? ".." : "") << '\n';
    lastLine = {range.file, at.line};
    lastFrom = from;
    os << (from ? "  " : "") << blank(line.substr(from, std::min(begin, line.size()) - from));
    size_t width = end > begin ? characters(line.substr(begin, std::min(end, to) - begin)) : 1;
    in("1;32", std::string(std::max<size_t>(width, 1), mark));
    if (!text.empty())
      os << ' ' << text;
    os << '\n';
  }

  /// Of very long lines a window is shown; it must not begin or end within a character.
  static size_t windowStart(std::string_view line, size_t begin) {
    if (line.size() <= widestLine || begin < widestLine / 2)
      return 0;
    size_t from = begin - widestLine / 2;
    while (from < line.size() && (line[from] & 0xC0) == 0x80)
      ++from;
    return from;
  }
  static size_t windowEnd(std::string_view line, size_t from) {
    size_t to = std::min(line.size(), from + widestLine);
    while (to < line.size() && (line[to] & 0xC0) == 0x80)
      ++to;
    return to;
  }
  static size_t characters(std::string_view text) {
    return std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; });
  }
  /// Spaces in place of the characters, tabs kept, so that carets stand under their text.
  static std::string blank(std::string_view text) {
    std::string out;
    for (char c : text)
      if ((c & 0xC0) != 0x80)
        out += c == '\t' ? '\t' : ' ';
    return out;
  }
  /// Without control characters, which could drive a terminal.
  static std::string printable(std::string_view text) {
    std::string out(text);
    for (char &c : out)
      if ((static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f)
        c = '?';
    return out;
  }

  llvm::raw_ostream &os;
  const SourceManager &sources;
  bool colours;
  std::pair<FileId, uint32_t> lastLine = {0, 0};
  size_t lastFrom = 0;
};
} // namespace

void Diagnostics::print(llvm::raw_ostream &os, bool colours) const {
  std::vector<std::pair<const Diagnostic *, size_t>> order;
  for (const Diagnostic &d : list)
    order.push_back({&d, order.size()});
  auto key = [](const auto &entry) {
    return std::tie(entry.first->range.file, entry.first->range.begin, entry.second);
  };
  std::sort(order.begin(), order.end(), [&](auto &a, auto &b) { return key(a) < key(b); });
  std::vector<const Diagnostic *> sorted;
  for (const auto &entry : order)
    sorted.push_back(entry.first);
  sorted.erase(
      std::unique(sorted.begin(), sorted.end(),
                  [&](auto *a, auto *b) { return a->range == b->range && a->id == b->id; }),
      sorted.end());
  for (size_t i = 0; i < sorted.size() && i < printLimit; ++i)
    Writer(os, sources, colours).write(*sorted[i]);
  if (sorted.size() > printLimit)
    os << "and " << sorted.size() - printLimit << " more messages\n";
}

void Diagnostics::printToStderr() const {
  const char *noColor = std::getenv("NO_COLOR");
  bool wanted = !noColor || !*noColor;
  print(llvm::errs(), wanted && ::isatty(STDERR_FILENO));
}

std::string net::didYouMean(const std::string &name, const std::vector<std::string> &candidates) {
  unsigned limit = name.size() <= 2 ? 0 : name.size() <= 5 ? 1 : 2;
  std::string best;
  unsigned distance = limit + 1;
  for (const std::string &candidate : candidates) {
    unsigned d = llvm::StringRef(name).edit_distance(candidate, /*AllowReplacements=*/true, limit);
    if (llvm::StringRef(candidate).equals_insensitive(name) && candidate != name)
      d = 0;
    if (d < distance && candidate != name) {
      distance = d;
      best = candidate;
    }
  }
  return best;
}
