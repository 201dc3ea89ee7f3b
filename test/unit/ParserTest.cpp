//===- ParserTest.cpp - from text to tree and back ------------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "NetLexer.h"
#include "NetParser.h"
#include "ParserCases.h"
#include "frontend/Explain.h"
#include "llvm/ADT/Twine.h"
#include "llvm/Support/Casting.h"
#include "gtest/gtest.h"

#include <random>
#include <regex>

using namespace net;

namespace {
/// Whether printing and parsing again gives the same text.
void expectRoundTrip(const std::string &text) {
  Parsed first(text);
  ASSERT_EQ(first.messages(), "");
  std::string once = ast::print(*first.file);
  Parsed second(once);
  ASSERT_EQ(second.messages(), "") << once;
  EXPECT_EQ(ast::print(*second.file), once);
}

/// The value of `let x = ..` printed.
std::string printed(const std::string &value) {
  Parsed p("let x = " + value);
  EXPECT_EQ(p.messages(), "");
  return p.file->decls.empty()
             ? ""
             : ast::print(*llvm::cast<ast::ConstantDecl>(p.file->decls[0].get())->value);
}

/// Reports what a parser that decides by all contexts calls ambiguous.
class Ambiguities : public antlr4::BaseErrorListener {
public:
  void reportAmbiguity(antlr4::Parser *parser, const antlr4::dfa::DFA &, size_t begin, size_t end,
                       bool, const antlrcpp::BitSet &, antlr4::atn::ATNConfigSet *) override {
    auto *stream = parser->getTokenStream();
    found += stream->getText({static_cast<ssize_t>(begin), static_cast<ssize_t>(end)}) + "\n";
  }
  void syntaxError(antlr4::Recognizer *, antlr4::Token *, size_t line, size_t, const std::string &m,
                   std::exception_ptr) override {
    found += std::to_string(line) + ": " + m + "\n";
  }
  std::string found;
};
} // namespace

TEST(Parser, CorrectFilesRoundTrip) {
  auto files = correctFiles();
  ASSERT_FALSE(files.empty());
  for (const std::string &path : files) {
    SCOPED_TRACE(path);
    expectRoundTrip(contents(path));
  }
}

TEST(Parser, GrammarIsUnambiguous) {
  for (const std::string &path : correctFiles()) {
    antlr4::ANTLRInputStream input(contents(path));
    netgrammar::NetLexer lexer(&input);
    antlr4::CommonTokenStream tokens(&lexer);
    netgrammar::NetParser parser(&tokens);
    Ambiguities ambiguities;
    parser.removeErrorListeners();
    parser.addErrorListener(&ambiguities);
    using Simulator = antlr4::atn::ParserATNSimulator;
    parser.getInterpreter<Simulator>()->setPredictionMode(
        antlr4::atn::PredictionMode::LL_EXACT_AMBIG_DETECTION);
    parser.file();
    EXPECT_EQ(ambiguities.found, "") << path;
  }
}

TEST(Parser, Precedence) {
  EXPECT_EQ(printed("-x ** 2"), "-x ** 2");
  EXPECT_EQ(printed("(-x) ** 2"), "(-x) ** 2");
  EXPECT_EQ(printed("-(x ** 2)"), "-x ** 2");
  EXPECT_EQ(printed("a ** b ** c"), "a ** b ** c");
  EXPECT_EQ(printed("(a ** b) ** c"), "(a ** b) ** c");
  EXPECT_EQ(printed("a - (b - c) - d"), "a - (b - c) - d");
  EXPECT_EQ(printed("(a - b) - c"), "(a - b) - c");
  EXPECT_EQ(printed("a * (b @ c)"), "a * b @ c");
  EXPECT_EQ(printed("(a * b) @ c"), "(a * b) @ c");
  EXPECT_EQ(printed("(a or b) and not (c == d)"), "(a or b) and not (c == d)");
  EXPECT_EQ(printed("0..(n + 1)"), "0..n + 1");
  EXPECT_EQ(printed("(0..n)[1]"), "(0..n)[1]");
  EXPECT_EQ(printed("(a |> b) |> c"), "(a |> b) |> c");
  EXPECT_EQ(printed("a |> (b |> c)"), "a |> (b |> c)");
  EXPECT_EQ(printed("(a on D) + 1"), "(a on D) + 1");
  EXPECT_EQ(printed("(grad f wrt x)[0]"), "(grad f wrt x)[0]");
  EXPECT_EQ(printed("grad grad f wrt x wrt y"), "grad grad f wrt x wrt y");
  EXPECT_EQ(printed("scan t in 0..3 { emit t }"), "scan t in 0..3 { .. }");
}

TEST(Parser, Numbers) {
  EXPECT_EQ(printed("1e-3"), "0.001");
  EXPECT_EQ(printed("1.0"), "1.0");
  EXPECT_EQ(printed("1e3"), "1000.0");
  EXPECT_EQ(printed("1e-30"), "1e-30");
  EXPECT_EQ(printed("9223372036854775807"), "9223372036854775807");
  Parsed p("let x = 16777217");
  auto &let = llvm::cast<ast::ConstantDecl>(*p.file->decls[0]);
  EXPECT_EQ(llvm::cast<ast::Number>(let.value.get())->whole, 16777217);
}

TEST(Parser, ChainsAreFlat) {
  Parsed p("let x = a + b - c + d");
  auto &let = llvm::cast<ast::ConstantDecl>(*p.file->decls[0]);
  auto &chain = llvm::cast<ast::Chain>(*let.value);
  EXPECT_EQ(chain.operands.size(), 4u);
  EXPECT_EQ(chain.ops[1], ast::BinaryOp::Sub);
  EXPECT_EQ(p.sources.text(chain.opRanges[1]), "-");
  EXPECT_EQ(p.sources.text(chain.range), "a + b - c + d");
}

TEST(Parser, LoopsWithoutBracesTakeTheRest) {
  Parsed p("train T { let a = 1 each x in D each y in E let b = 2 show b }");
  auto &train = llvm::cast<ast::Callable>(*p.file->decls[0]);
  ASSERT_EQ(train.body.size(), 2u);
  auto &outer = llvm::cast<ast::Each>(*train.body[1]);
  ASSERT_EQ(outer.body.size(), 1u);
  auto &inner = llvm::cast<ast::Each>(*outer.body[0]);
  EXPECT_EQ(inner.body.size(), 2u);
  EXPECT_EQ(p.sources.text(inner.range), "each y in E let b = 2 show b");
}

TEST(Parser, Documentation) {
  Parsed p("## One\n## two.\n# not this\nlet x = 1 # nor this\n## Three\nlet y = 2\n## Unused\n");
  ASSERT_EQ(p.file->decls.size(), 2u);
  EXPECT_EQ(p.file->decls[0]->doc, "One\ntwo.");
  EXPECT_EQ(p.file->decls[1]->doc, "Three");
}

TEST(Parser, PlacesCountCharacters) {
  Parsed p("let größe = \"äöü\" ?");
  EXPECT_EQ(p.messages(), "t.net:1:19: error[N0102]: unexpected character `?`\n"
                          "let größe = \"äöü\" ?\n"
                          "                  ^\n");
}

TEST(Parser, RowsOfLiteralsAndOfExpressions) {
  Parsed p("data D(x: f32[2], y: f32) {\n a = rows { (0, -1.5) -> 1, (2, \"t\\\"\") -> true }\n"
           " b = rows { (0, -1.5) -> 1, (pi, 2), 7 }\n}\n");
  ASSERT_EQ(p.messages(), "");
  auto &data = llvm::cast<ast::Data>(*p.file->decls[0]);
  auto &literals = llvm::cast<ast::Rows>(*data.items[0].value);
  auto &mixed = llvm::cast<ast::Rows>(*data.items[1].value);
  using Kind = ast::Rows::Cell::Kind;
  ASSERT_EQ(literals.rows.size(), 2u);
  EXPECT_EQ(literals.rows[1].firstCell, 3u);
  EXPECT_EQ(literals.rows[1].beforeArrow, 2u);
  EXPECT_EQ(literals.cells[1].number, -1.5);
  EXPECT_FALSE(literals.cells[1].whole);
  EXPECT_TRUE(literals.cells[0].whole);
  EXPECT_EQ(literals.cells[4].kind, Kind::String);
  EXPECT_EQ(literals.strings[literals.cells[4].index], "t\"");
  EXPECT_EQ(literals.cells[5].kind, Kind::Truth);
  EXPECT_EQ(p.sources.text(literals.rangeOf(literals.cells[1])), "-1.5");
  EXPECT_EQ(p.sources.text(literals.rangeOf(literals.rows[1])), "(2, \"t\\\"\") -> true");
  ASSERT_EQ(mixed.rows.size(), 3u);
  EXPECT_EQ(mixed.cells[1].number, -1.5);
  EXPECT_EQ(mixed.cells[3].kind, Kind::Expression);
  EXPECT_EQ(ast::print(*mixed.expressions[mixed.cells[3].index]), "pi");
  EXPECT_EQ(mixed.rows[2].cellCount, 1u);
}

/// Mutations of correct texts: never a crash, and what has no message has a tree that prints.
TEST(Parser, DamagedTexts) {
  std::vector<std::string> texts;
  for (const std::string &path : correctFiles())
    texts.push_back(contents(path));
  const std::vector<std::string> bits = {
      "(",    ")",   "[",  "]",          "{",  "}",   "let ", "scan ", "\"",      ";",
      "\n",   "#",   "->", "rows {",     "..", ".",   ",",    "=",     "-",       "\xff",
      "not ", "fn ", "**", "each x in ", "é",  "1e5", "\\",   "over",  "return ", "\nlayer f(x)"};
  std::mt19937 random(7);
  for (int i = 0; i < 400; ++i) {
    std::string text = texts[random() % texts.size()];
    for (int changes = 1 + random() % 3; changes-- > 0;) {
      size_t at = random() % (text.size() + 1), count = random() % 20;
      if (random() % 2)
        text.erase(at, count);
      else
        text.insert(at, bits[random() % bits.size()]);
    }
    Parsed p(text);
    if (!p.diagnostics.hasErrors())
      expectRoundTrip(text);
    else
      EXPECT_NE(p.messages(), "");
  }
}

/// Every id that the sources mention has a page, and every page begins with its id.
TEST(Explain, EveryIdHasAPage) {
  std::regex id("\"(N0\\d\\d\\d)\"");
  size_t count = 0;
  for (const char *folder : {"/frontend", "/tools", "/passes", "/codegen"})
    for (const auto &entry :
         std::filesystem::directory_iterator(NETC_SOURCE_DIR + std::string(folder))) {
      if (entry.path().extension() != ".cpp")
        continue;
      std::string text = contents(entry.path());
      for (std::sregex_iterator it(text.begin(), text.end(), id), end; it != end; ++it, ++count)
        EXPECT_FALSE(explanation((*it)[1].str()).empty())
            << (*it)[1].str() << " of " << entry.path().filename();
    }
  EXPECT_GT(count, 10u);
  for (llvm::StringRef known : explainedIds()) {
    EXPECT_TRUE(explanation(known).starts_with((llvm::Twine("# ") + known + ": ").str()))
        << known.str();
    EXPECT_FALSE(explanationTitle(known).empty());
  }
  // No text is known that leads to this one.
  EXPECT_FALSE(explanation("N0006").empty());
  EXPECT_TRUE(explanation("N9999").empty());
}
