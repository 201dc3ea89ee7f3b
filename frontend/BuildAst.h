//===- BuildAst.h - from ANTLR's parse tree to ours -------------*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef NETC_FRONTEND_BUILDAST_H
#define NETC_FRONTEND_BUILDAST_H

#include "NetParser.h"
#include "frontend/Scanner.h"

namespace net {

/// The text that ANTLR sees, and where its characters stand in the file. ANTLR counts characters,
/// and its text has been edited.
class PieceText {
public:
  PieceText(std::string_view source, FileId file, const Piece &piece);
  const std::string &text() const { return stripped; }
  SourceRange range(const antlr4::Token *token) const;
  SourceRange range(const antlr4::ParserRuleContext *context) const {
    return range(context->start).to(range(context->stop));
  }

private:
  FileId file;
  std::string stripped;
  /// Where each character begins and ends in the file; one more for the end of the text. The end of
  /// one is not the beginning of the next where the text was edited.
  std::vector<uint32_t> offsets, ends;
};

/// Turns the parse tree of one declaration into an AST. Statements and parts that have syntax
/// errors are left out.
class AstBuilder {
public:
  AstBuilder(const SourceManager &sources, const PieceText &places, Piece &piece,
             Diagnostics &diagnostics)
      : sources(sources), places(places), piece(piece), diagnostics(diagnostics) {}

  ast::DeclPtr build(netgrammar::NetParser::DeclContext *decl);

private:
  using P = netgrammar::NetParser;

  // BuildDecls.cpp
  ast::DeclPtr use(P::UseContext *context);
  ast::DeclPtr constant(P::ConstantContext *context);
  ast::DeclPtr callable(P::CallableContext *context);
  ast::DeclPtr derivative(P::DerivativeContext *context);
  ast::DeclPtr data(P::DataContext *context);
  std::unique_ptr<ast::Rows> rows(P::RowsContext *context);
  void cells(ast::ExprPtr value, ast::Rows &rows);
  std::vector<ast::Parameter> params(P::ParamsContext *context);
  ast::Type type(P::TypeContext *context);

  // BuildStmts.cpp
  ast::Block block(P::BlockContext *context);
  ast::StmtPtr stmt(P::StmtContext *context);
  ast::StmtPtr let(P::LetStmtContext *context);
  ast::StmtPtr param(P::ParamStmtContext *context);
  ast::StmtPtr state(P::StateStmtContext *context);
  ast::StmtPtr set(P::SetStmtContext *context);
  ast::StmtPtr next(P::NextStmtContext *context);
  ast::StmtPtr minimize(P::MinimizeStmtContext *context);
  ast::StmtPtr update(P::UpdateStmtContext *context);
  ast::StmtPtr report(P::ReportStmtContext *context);
  ast::StmtPtr each(P::EachStmtContext *context);
  ast::StmtPtr stop(P::StopStmtContext *context);
  ast::ExprPtr values(const std::vector<P::ExprContext *> &contexts);
  ast::Pattern pattern(P::PatternContext *context);
  ast::Target target(P::TargetContext *context);

  // BuildExprs.cpp
  ast::ExprPtr expr(antlr4::ParserRuleContext *context);
  ast::ExprPtr whole(P::ExprContext *context);
  ast::ExprPtr pipe(P::PipeContext *context);
  ast::ExprPtr chain(antlr4::ParserRuleContext *context);
  ast::ExprPtr span(P::RangeContext *context);
  ast::ExprPtr prefix(P::PrefixContext *context);
  ast::ExprPtr postfix(P::PostfixContext *context);
  ast::ExprPtr atom(P::AtomContext *context);
  ast::ExprPtr parenthesized(P::AtomContext *context);
  ast::ExprPtr scan(P::ScanContext *context);
  ast::ExprPtr number(const antlr4::Token *token);
  std::string string(const antlr4::Token *token);
  std::vector<ast::Argument> args(P::ArgsContext *context);
  std::vector<ast::Index> indices(const std::vector<P::IndexContext *> &contexts);
  ast::Index index(P::IndexContext *context);

  SourceRange at(const antlr4::ParserRuleContext *context) const { return places.range(context); }
  SourceRange at(antlr4::tree::TerminalNode *node) const { return places.range(node->getSymbol()); }
  std::string text(SourceRange range) const { return std::string(sources.text(range)); }
  template <typename Node> ast::Identifier identifier(Node *node) {
    SourceRange range = at(node);
    return {text(range), range};
  }
  /// The name after `as`, or an empty one.
  ast::Identifier label(antlr4::tree::TerminalNode *node);

  const SourceManager &sources;
  const PieceText &places;
  Piece &piece;
  Diagnostics &diagnostics;
};

} // namespace net
#endif // NETC_FRONTEND_BUILDAST_H
