//===- SyntaxErrors.cpp - messages and recovery of the parser -------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/SyntaxErrors.h"
#include "llvm/ADT/StringSwitch.h"

using namespace net;
using antlr4::Token;
using antlr4::misc::IntervalSet;
using netgrammar::NetParser;

namespace {
bool beginsStatement(size_t type) {
  switch (type) {
  case NetParser::LET:
  case NetParser::PARAM:
  case NetParser::STATE:
  case NetParser::SET:
  case NetParser::RETURN:
  case NetParser::NEXT:
  case NetParser::EMIT:
  case NetParser::MINIMIZE:
  case NetParser::MAXIMIZE:
  case NetParser::UPDATE:
  case NetParser::REPORT:
  case NetParser::SHOW:
  case NetParser::EACH:
  case NetParser::STOP:
    return true;
  default:
    return false;
  }
}

bool beginsDeclaration(size_t type) {
  switch (type) {
  case NetParser::USE:
  case NetParser::LAYER:
  case NetParser::NETWORK:
  case NetParser::FN:
  case NetParser::OPTIMIZER:
  case NetParser::INITIALIZER:
  case NetParser::TASK:
  case NetParser::TRAIN:
  case NetParser::DERIVATIVE:
  case NetParser::DATA:
    return true;
  default:
    return false;
  }
}

bool isKeyword(size_t type) { return type >= NetParser::USE && type <= NetParser::REVERSE; }

/// Tokens that continue a complete expression. A list of them all would help nobody.
bool continuesExpression(size_t type) {
  return (type >= NetParser::PIPE && type <= NetParser::GT && type != NetParser::ARROW) ||
         (type >= NetParser::PLUS && type <= NetParser::AT) || type == NetParser::DOT ||
         type == NetParser::LPAREN || type == NetParser::LBRACKET || type == NetParser::OR ||
         type == NetParser::AND || type == NetParser::ON || type == NetParser::AS ||
         type == NetParser::WITH;
}

std::string spelled(const antlr4::dfa::Vocabulary &vocabulary, size_t type) {
  std::string literal = vocabulary.getLiteralName(type);
  if (literal.size() > 2)
    return "`" + literal.substr(1, literal.size() - 2) + "`";
  return type == NetParser::STRING ? "a string" : "a name";
}

std::string found(const Token *token) {
  if (token->getType() == Token::EOF)
    return "the end of the declaration";
  std::string text = token->getText();
  if (token->getType() == NetParser::STRING)
    return "a string";
  return "`" + (text.size() > 40 ? text.substr(0, 40) + ".." : text) + "`";
}

std::string join(const std::vector<std::string> &items) {
  std::string text;
  for (size_t i = 0; i < items.size(); ++i)
    text += (i == 0 ? "" : i + 1 == items.size() ? " or " : ", ") + items[i];
  return text;
}

/// What the grammar allows, in as few words as help.
std::string describe(const antlr4::dfa::Vocabulary &vocabulary, const IntervalSet &set) {
  std::vector<std::string> items;
  auto has = [&](size_t type) { return set.contains(type); };
  bool expression = has(NetParser::NUMBER), name = has(NetParser::ID);
  bool statement = has(NetParser::LET) && has(NetParser::EMIT);
  bool anyWord = has(NetParser::USE) && has(NetParser::SCAN);
  if (expression)
    items.push_back("an expression");
  else if (name)
    items.push_back("a name");
  if (statement && !anyWord)
    items.push_back("a statement");
  if (has(Token::EOF))
    return "a declaration"; // the parser sees one declaration at a time
  if (has(NetParser::FN) && has(NetParser::LPAREN) && name && !expression)
    return "a type";
  size_t operators = 0;
  for (ssize_t type : set.toList())
    operators += continuesExpression(type);
  for (ssize_t signedType : set.toList()) {
    auto type = static_cast<size_t>(signedType);
    bool keyword = isKeyword(type);
    if (type == NetParser::ID || type == NetParser::NUMBER ||
        (type == NetParser::STRING && expression) || type == NetParser::UNKNOWN)
      continue;
    if (keyword && (expression || name || anyWord || (statement && beginsStatement(type))))
      continue;
    if (expression && (type == NetParser::LPAREN || type == NetParser::LBRACKET ||
                       type == NetParser::MINUS || type == NetParser::COLON))
      continue;
    if (operators > 3 && continuesExpression(type))
      continue;
    items.push_back(spelled(vocabulary, type));
  }
  return join(items);
}

const std::vector<std::string> &statementWords() {
  static const std::vector<std::string> words = {
      "let",      "param",    "state",  "set",    "return", "next", "emit",
      "minimize", "maximize", "update", "report", "show",   "each", "stop"};
  return words;
}

const std::vector<std::string> &declarationWords() {
  static const std::vector<std::string> words = {"use",   "let",       "layer",       "network",
                                                 "fn",    "optimizer", "initializer", "task",
                                                 "train", "data",      "derivative",  "surrogate"};
  return words;
}

/// Words of other languages.
const char *helpFor(llvm::StringRef word) {
  return llvm::StringSwitch<const char *>(word)
      .Cases({"if", "else", "elif", "switch"}, "`where(condition, a, b)` chooses between values")
      .Cases({"for", "while", "loop"}, "`each` loops in a `train` or `task`, `scan` in expressions")
      .Cases({"def", "function", "func"}, "functions are declared with `fn`")
      .Cases({"import", "include", "from"}, "`use \"other.net\"` makes the names of a file known")
      .Cases({"var", "const", "val"}, "values are named by `let`, variables by `state`")
      .Cases({"class", "struct", "module", "model"}, "declare a `layer` or a `network`")
      .Case("print", "`report` prints numbers, `show` draws")
      .Default(nullptr);
}
} // namespace

void SyntaxErrors::reportError(antlr4::Parser *parser, const antlr4::RecognitionException &e) {
  if (reported)
    return;
  reported = true;
  IntervalSet wanted;
  if (auto *alternatives = dynamic_cast<const antlr4::NoViableAltException *>(&e);
      alternatives && alternatives->getDeadEndConfigs()) {
    // The prediction looked ahead: what it could have gone on with at the offending token.
    const auto &atn = parser->getATN();
    for (const auto &config : alternatives->getDeadEndConfigs()->configs)
      wanted.addAll(atn.nextTokens(config->state));
    wanted.remove(static_cast<ssize_t>(Token::EPSILON));
  } else {
    wanted = parser->getExpectedTokens();
  }
  report(parser, e.getOffendingToken(), wanted);
}

void SyntaxErrors::report(antlr4::Parser *parser, Token *token, const IntervalSet &wanted) {
  SourceRange range = places(token);
  for (SourceRange quiet : muted)
    if (range.begin >= quiet.begin && range.begin < quiet.end)
      return;
  std::string expected = describe(parser->getVocabulary(), wanted);
  Diagnostic &d =
      diagnostics.error(range, "N0101",
                        expected.empty() ? "unexpected " + found(token)
                                         : "expected " + expected + ", found " + found(token));
  suggest(d, parser, token, wanted);
}

void SyntaxErrors::suggest(Diagnostic &d, antlr4::Parser *parser, Token *token,
                           const IntervalSet &wanted) {
  size_t type = token->getType();
  std::string text = token->getText();
  bool name = wanted.contains(static_cast<size_t>(NetParser::ID));
  bool expression = wanted.contains(static_cast<size_t>(NetParser::NUMBER));
  bool statement = wanted.contains(static_cast<size_t>(NetParser::LET));
  bool declaration = wanted.contains(static_cast<size_t>(Token::EOF));
  if (wanted.contains(static_cast<size_t>(NetParser::WRT)) && continuesExpression(type)) {
    d.help("`grad` binds tighter than this: `grad (..) wrt ..`");
  } else if (type == NetParser::SCAN && statement) {
    d.help("a scan is an expression: `let y = scan ..`");
  } else if (type == NetParser::LPAREN && parser->getTokenStream()->LA(-1) == NetParser::WITH) {
    d.help("carries stand one behind the other: `with a = .., b = ..`");
  } else if (type == NetParser::COLON &&
             parser->getRuleContext()->getRuleIndex() == NetParser::RuleNames) {
    d.help("names stand here without types, which are those of the function");
  } else if (type == NetParser::WITH && statement) {
    d.help("a network at other parameters stands in parentheses: `(Net with p)(x)`");
  } else if (name && !expression && isKeyword(type)) {
    d.help("`" + text + "` is a keyword; take another name");
  } else if (beginsDeclaration(type) && statement) {
    d.help("declarations stand outside of blocks");
  } else if (type == NetParser::ASSIGN && wanted.contains(static_cast<size_t>(NetParser::EQ))) {
    d.help("`==` compares");
  } else if (type == NetParser::ID && (statement || declaration)) {
    std::string meant = didYouMean(text, declaration ? declarationWords() : statementWords());
    if (const char *help = helpFor(text))
      d.help(help);
    else if (!meant.empty())
      d.help("did you mean `" + meant + "`?");
    else if (parser->getTokenStream()->LT(1) == token &&
             parser->getTokenStream()->LA(2) == NetParser::ASSIGN)
      d.help("a value is named by `let`: `let " + text + " = ..`");
  } else if (beginsStatement(type) && declaration) {
    d.help("statements stand in the block of a declaration, such as `train`");
  }
}

void SyntaxErrors::recover(antlr4::Parser *parser, std::exception_ptr e) {
  size_t rule = parser->getRuleContext()->getRuleIndex();
  bool isPlace =
      rule == NetParser::RuleStmt || rule == NetParser::RuleDataItem || rule == NetParser::RuleFile;
  if (!isPlace)
    std::rethrow_exception(e); // on to the statement
  reported = false;
  skip(parser, rule);
}

Token *SyntaxErrors::recoverInline(antlr4::Parser *parser) {
  throw antlr4::InputMismatchException(parser);
}

/// Before each statement of a block: what cannot begin one is reported and skipped here, or the
/// block would end.
void SyntaxErrors::sync(antlr4::Parser *parser) {
  size_t rule = parser->getRuleContext()->getRuleIndex();
  size_t type = parser->getTokenStream()->LA(1);
  if (type == Token::EOF || type == NetParser::RBRACE)
    return;
  auto *here = parser->getTokenStream()->LT(1);
  const auto &children = parser->getRuleContext()->children;
  bool inside = !children.empty();
  if (rule == NetParser::RuleBlock && inside && !beginsStatement(type)) {
    report(parser, here, parser->getExpectedTokens());
    skip(parser, NetParser::RuleStmt);
  } else if (rule == NetParser::RuleData && children.size() > 3 && type != NetParser::ID &&
             !isKeyword(type)) {
    report(parser, here, parser->getExpectedTokens());
    skip(parser, NetParser::RuleDataItem);
  }
}

/// To the next place where the rule may begin, over balanced brackets, within the block.
void SyntaxErrors::skip(antlr4::Parser *parser, size_t rule) {
  size_t depth = 0;
  auto *tokens = parser->getTokenStream();
  // The scanner has balanced the brackets, but the error may have happened within some of them.
  for (size_t type; (type = tokens->LA(1)) != Token::EOF; parser->consume()) {
    if (type == NetParser::LPAREN || type == NetParser::LBRACKET || type == NetParser::LBRACE)
      ++depth;
    else if (depth && (type == NetParser::RPAREN || type == NetParser::RBRACKET ||
                       type == NetParser::RBRACE))
      --depth;
    else if (depth || rule == NetParser::RuleFile)
      continue;
    else if (type == NetParser::RBRACE)
      return;
    else if (rule == NetParser::RuleStmt && beginsStatement(type) &&
             tokens->LA(2) != NetParser::ASSIGN && tokens->LA(-1) != NetParser::DOT)
      return;
    else if (rule == NetParser::RuleDataItem && tokens->LA(2) == NetParser::ASSIGN)
      return;
  }
}
