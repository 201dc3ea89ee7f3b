//===- Parser.cpp - from text to tree -------------------------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Declarations are parsed one by one: ANTLR's tree, which takes up to 2 KB a token,
// lives only until its declaration is built, and an error stays in its declaration.
//
//===----------------------------------------------------------------------===//
#include "frontend/Parser.h"
#include "NetLexer.h"
#include "NetParser.h"
#include "frontend/BuildAst.h"
#include "frontend/SyntaxErrors.h"
#include "llvm/ADT/StringSwitch.h"

using namespace net;
using antlr4::Token;
using netgrammar::NetLexer;
using netgrammar::NetParser;

namespace {
const char *helpFor(llvm::StringRef character) {
  return llvm::StringSwitch<const char *>(character)
      .Case(";", "leave it out: a statement ends where the next begins")
      .Case("'", "strings stand between `\"`")
      .Case("&", "write `and`")
      .Case("|", "write `or`, or `|>` for a pipe")
      .Case("!", "write `not`")
      .Case("^", "a power is `**`")
      .Case("%", "a remainder is `mod(a, b)`")
      .Default(nullptr);
}

/// The tokens of a piece; what is none is reported and left out.
std::vector<std::unique_ptr<Token>> tokensOf(NetLexer &lexer, const PieceText &places, Piece &piece,
                                             Diagnostics &diagnostics) {
  std::vector<std::unique_ptr<Token>> tokens;
  SourceRange unknown;
  for (auto &token : lexer.getAllTokens()) {
    SourceRange range = places.range(token.get());
    if (token->getType() != NetLexer::UNKNOWN) {
      // The next token may be wrong only because of what is missing before it.
      if (unknown.isValid())
        piece.muted.push_back({range.file, unknown.begin, range.begin + 1});
      unknown = {};
      tokens.push_back(std::move(token));
      continue;
    }
    unknown = range;
    std::string text = token->getText();
    bool control = static_cast<unsigned char>(text[0]) < 0x20 || text[0] == 0x7f;
    auto &d = diagnostics.error(range, "N0102",
                                control ? "unexpected control character"
                                        : "unexpected character `" + text + "`");
    if (const char *help = helpFor(text))
      d.help(help);
  }
  return tokens;
}

ast::DeclPtr parsePiece(const SourceManager &sources, FileId file, Piece &piece,
                        Diagnostics &diagnostics) {
  PieceText places(sources.text(file), file, piece);
  antlr4::ANTLRInputStream input(places.text());
  NetLexer lexer(&input);
  lexer.removeErrorListeners();
  auto tokens = tokensOf(lexer, places, piece, diagnostics);
  if (tokens.empty())
    return nullptr; // nothing but mistakes, which have been reported
  antlr4::ListTokenSource source(std::move(tokens));
  antlr4::CommonTokenStream stream(&source);
  NetParser parser(&stream);
  parser.removeErrorListeners();
  auto at = [&](const Token *token) {
    // The end is behind the last token, before comments and what follows.
    if (token->getType() == Token::EOF && stream.index() > 0)
      return places.range(stream.get(stream.index() - 1)).finish();
    return places.range(token);
  };
  Diagnostics ignored(sources);
  parser.setErrorHandler(std::make_shared<SyntaxErrors>(ignored, piece.muted, at));
  auto *tree = parser.file();
  if (ignored.hasErrors() || parser.getNumberOfSyntaxErrors()) {
    // What ANTLR finds wrong depends on what it has learned from texts before. Messages shall not:
    // a text with mistakes is read once more, by a parser that knows nothing.
    parser.getInterpreter<antlr4::atn::ParserATNSimulator>()->clearDFA();
    parser.reset();
    parser.setErrorHandler(std::make_shared<SyntaxErrors>(diagnostics, piece.muted, at));
    tree = parser.file();
  }
  if (tree->decl().size() != 1 || tree->decl(0)->exception)
    return nullptr;
  return AstBuilder(sources, places, piece, diagnostics).build(tree->decl(0));
}
} // namespace

std::unique_ptr<ast::File> net::parseFile(SourceManager &sources, FileId file,
                                          Diagnostics &diagnostics) {
  auto result = std::make_unique<ast::File>();
  result->id = file;
  Pieces pieces = scanText(sources, file, diagnostics);
  if (!pieces.withinLimits)
    return result;
  for (Piece &piece : pieces.list) {
    if (ast::DeclPtr decl = parsePiece(sources, file, piece, diagnostics))
      result->decls.push_back(std::move(decl));
  }
  return result;
}
