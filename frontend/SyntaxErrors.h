//===- SyntaxErrors.h - messages and recovery of the parser -----*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef NETC_FRONTEND_SYNTAXERRORS_H
#define NETC_FRONTEND_SYNTAXERRORS_H

#include "NetParser.h"
#include "frontend/Diagnostics.h"

#include <functional>

namespace net {

/// Says in our words what was wanted and found. An error ends the statement, the part of the data
/// set or the declaration that it is in; parsing goes on behind it, in the same block. ANTLR's own
/// strategy invents and drops tokens, and leaves the block.
class SyntaxErrors : public antlr4::DefaultErrorStrategy {
public:
  using Places = std::function<SourceRange(const antlr4::Token *)>;
  /// Errors in one of the places `muted` are not reported.
  SyntaxErrors(Diagnostics &diagnostics, const std::vector<SourceRange> &muted, Places places)
      : diagnostics(diagnostics), muted(muted), places(std::move(places)) {}

  void reportError(antlr4::Parser *parser, const antlr4::RecognitionException &e) override;
  void recover(antlr4::Parser *parser, std::exception_ptr e) override;
  antlr4::Token *recoverInline(antlr4::Parser *parser) override;
  void sync(antlr4::Parser *parser) override;

private:
  void report(antlr4::Parser *parser, antlr4::Token *found,
              const antlr4::misc::IntervalSet &wanted);
  void suggest(Diagnostic &d, antlr4::Parser *parser, antlr4::Token *found,
               const antlr4::misc::IntervalSet &wanted);
  void skip(antlr4::Parser *parser, size_t rule);

  Diagnostics &diagnostics;
  const std::vector<SourceRange> &muted;
  Places places;
  bool reported = false; ///< the error that is on its way up to its statement
};

} // namespace net
#endif // NETC_FRONTEND_SYNTAXERRORS_H
