//===- Diagnostics.h - what is wrong, where, and what to do -----*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Style of messages: lower case, no final period, what was found and what was
// wanted, code in backquotes. Every id has a page in explain/, whose first line is
// its title. N00xx files and limits, N01xx syntax, N02xx sizes and shapes, N03xx
// names and element types, N04xx layers and calls, N05xx training and data, N06xx
// gradients, N09xx what is not supported here.
//
//===----------------------------------------------------------------------===//
#ifndef NETC_FRONTEND_DIAGNOSTICS_H
#define NETC_FRONTEND_DIAGNOSTICS_H

#include "frontend/Source.h"
#include "llvm/ADT/StringRef.h"

#include <deque>
#include <string>
#include <vector>

namespace llvm {
class raw_ostream;
}

namespace net {

/// One message. The setters give back the diagnostic, so that a message is one expression.
class Diagnostic {
public:
  enum class Severity { Warning, Error };
  struct Note {
    SourceRange range; ///< invalid: a note without a place
    std::string text;
  };

  Diagnostic(Severity severity, SourceRange range, llvm::StringRef id, std::string message)
      : severity(severity), range(range), id(id.str()), message(std::move(message)) {}

  /// A second place, shown with its source line: `W is 4 x 5 here`.
  Diagnostic &label(SourceRange range, std::string text);
  /// One line: why it is so, with or without a place.
  Diagnostic &note(SourceRange range, std::string text);
  Diagnostic &note(std::string text) { return note(SourceRange(), std::move(text)); }
  /// What to do: a fix that compiles when applied.
  Diagnostic &help(std::string text);

  Severity severity;
  SourceRange range; ///< invalid: about no place in particular
  std::string id;    ///< `N0203`
  std::string message;
  std::vector<Note> labels, notes;
  std::vector<std::string> helps;
};

/// Collects messages, and prints them in the order of the text.
class Diagnostics {
public:
  explicit Diagnostics(const SourceManager &sources) : sources(sources) {}

  /// The reference stays valid as long as this object.
  Diagnostic &error(SourceRange range, llvm::StringRef id, std::string message);
  Diagnostic &warning(SourceRange range, llvm::StringRef id, std::string message);

  /// Takes back what was said since there were so many messages (of `all`), or says it after all.
  std::deque<Diagnostic> takeSince(size_t count);
  void add(std::deque<Diagnostic> messages);
  bool hasErrors() const { return errors != 0; }
  size_t errorCount() const { return errors; }
  const std::deque<Diagnostic> &all() const { return list; }

  /// Prints all, sorted by place (files in the order in which they were added), the first
  /// `printLimit` of them, then how many were left out. Of messages of one kind at one
  /// place the first is printed.
  void print(llvm::raw_ostream &os, bool colours = false) const;
  /// The same to stderr, in colours if it is a terminal and NO_COLOR is not set.
  void printToStderr() const;

  static constexpr size_t printLimit = 20;

private:
  const SourceManager &sources;
  std::deque<Diagnostic> list;
  size_t errors = 0;
};

/// The name of `candidates` that `name` probably was meant to be, or nothing.
std::string didYouMean(const std::string &name, const std::vector<std::string> &candidates);

} // namespace net
#endif // NETC_FRONTEND_DIAGNOSTICS_H
