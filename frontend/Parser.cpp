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

using namespace net;
using antlr4::Token;
using netgrammar::NetLexer;
using netgrammar::NetParser;

namespace {
/// The tokens of a piece; what is none is reported and left out.
std::vector<std::unique_ptr<Token>> tokensOf(NetLexer &lexer, const PieceText &places,
                                             Diagnostics &diagnostics) {
  std::vector<std::unique_ptr<Token>> tokens;
  for (auto &token : lexer.getAllTokens()) {
    if (token->getType() != NetLexer::UNKNOWN) {
      tokens.push_back(std::move(token));
      continue;
    }
    std::string text = token->getText();
    bool control = static_cast<unsigned char>(text[0]) < 0x20;
    auto &d = diagnostics.error(places.range(token.get()), "N0102",
                                control ? "unexpected control character"
                                        : "unexpected character `" + text + "`");
    if (text == ";")
      d.help("leave it out: a statement ends where the next begins");
    else if (text == "\"")
      d.help("close the string on its line");
    else if (text == "'")
      d.help("strings stand between `\"`");
    else if (text == "&" || text == "|")
      d.help(text == "&" ? "write `and`" : "write `or`");
    else if (text == "!")
      d.help("write `not`");
    else if (text == "^")
      d.help("a power is `**`");
    else if (text == "%")
      d.help("a remainder is `mod(a, b)`");
  }
  return tokens;
}

ast::DeclPtr parsePiece(const SourceManager &sources, FileId file, Piece &piece,
                        Diagnostics &diagnostics) {
  PieceText places(sources.text(file), file, piece);
  antlr4::ANTLRInputStream input(places.text());
  NetLexer lexer(&input);
  lexer.removeErrorListeners();
  antlr4::ListTokenSource source(tokensOf(lexer, places, diagnostics));
  antlr4::CommonTokenStream stream(&source);
  NetParser parser(&stream);
  parser.removeErrorListeners();
  parser.setErrorHandler(std::make_shared<SyntaxErrors>(
      diagnostics, [&](const Token *token) { return places.range(token); }));
  auto *tree = parser.file();
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
    if (piece.broken)
      continue;
    if (ast::DeclPtr decl = parsePiece(sources, file, piece, diagnostics))
      result->decls.push_back(std::move(decl));
  }
  return result;
}
