//===- SyntaxErrorsTest.cpp - messages at their places --------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "ParserCases.h"
#include "frontend/Limits.h"
#include "gtest/gtest.h"

using namespace net;

namespace {
/// All messages as `line:column id message`, helps as `help: ..`, in the order of the text.
std::string brief(const std::string &text) {
  Parsed p(text);
  std::string out, line;
  for (char c : p.messages()) {
    line += c;
    if (c != '\n')
      continue;
    size_t error = line.find(": error[");
    if (line.rfind("t.net:", 0) == 0 && error != std::string::npos)
      out += line.substr(6, error - 6) + " " + line.substr(error + 8, 5) + line.substr(error + 15);
    else if (line.rfind("help: ", 0) == 0)
      out += line;
    line.clear();
  }
  return out;
}

std::string repeated(const std::string &text, size_t count) {
  std::string out;
  for (size_t i = 0; i < count; ++i)
    out += text;
  return out;
}

/// The one message of a text that is refused.
void expectRefused(const std::string &text, const std::string &id) {
  Parsed p(text);
  ASSERT_EQ(p.diagnostics.errorCount(), 1u) << text.substr(0, 40);
  EXPECT_EQ(p.diagnostics.all()[0].id, id) << text.substr(0, 40);
  EXPECT_TRUE(p.file->decls.empty());
}
} // namespace

TEST(SyntaxErrors, Form) {
  EXPECT_EQ(Parsed("train T {\n  minimise f(x) using sgd(1)\n}\n").messages(),
            "t.net:2:3: error[N0101]: expected a statement or `}`, found `minimise`\n"
            "  minimise f(x) using sgd(1)\n"
            "  ^^^^^^^^\n"
            "help: did you mean `minimize`?\n");
}

TEST(SyntaxErrors, Expressions) {
  EXPECT_EQ(brief("let x = "),
            "1:8 N0101 expected an expression, found the end of the declaration\n");
  EXPECT_EQ(brief("let x = 1 +"),
            "1:12 N0101 expected an expression, found the end of the declaration\n");
  EXPECT_EQ(brief("let x = f(1, , 2)"), "1:14 N0101 expected an expression, found `,`\n");
  EXPECT_EQ(brief("let x = f(1 2)"), "1:13 N0101 expected `)`, found `2`\n");
  EXPECT_EQ(brief("let x = 1 2"), "1:11 N0101 expected a declaration, found `2`\n");
  EXPECT_EQ(brief("let x = [1, 2"), "1:9 N0103 `[` is never closed\n");
  EXPECT_EQ(brief("let x = x[1"), "1:10 N0103 `[` is never closed\n");
  EXPECT_EQ(brief("let x = (1, 2]"), "1:14 N0103 expected `)`, found `]`\n");
  EXPECT_EQ(brief("let x = 1)"), "1:10 N0103 `)` closes nothing\n");
  EXPECT_EQ(brief("let x = a."), "1:11 N0101 expected a name, found the end of the declaration\n");
  EXPECT_EQ(brief("let x = grad f"),
            "1:15 N0101 expected `wrt`, found the end of the declaration\n");
  EXPECT_EQ(brief("let x = a == b == c"), "1:16 N0101 expected a declaration, found `==`\n");
  EXPECT_EQ(brief("let x = f(a = )"), "1:15 N0101 expected an expression, found `)`\n");
  EXPECT_EQ(brief("let x = scan t in 0..3"),
            "1:23 N0101 expected `{`, found the end of the declaration\n");
}

TEST(SyntaxErrors, Characters) {
  EXPECT_EQ(brief("fn f() { return 1; }"),
            "1:18 N0102 unexpected character `;`\n"
            "help: leave it out: a statement ends where the next begins\n");
  EXPECT_EQ(brief("let x = a && b"), "1:11 N0102 unexpected character `&`\nhelp: write `and`\n"
                                     "1:12 N0102 unexpected character `&`\nhelp: write `and`\n");
  EXPECT_EQ(brief("let x = a % b"),
            "1:11 N0102 unexpected character `%`\nhelp: a remainder is `mod(a, b)`\n");
  EXPECT_EQ(brief("let x = \"abc\nlet y = 2"),
            "1:9 N0104 this string is not closed on its line\n"
            "help: close it with `\"`; a newline in a string is written `\\n`\n");
  EXPECT_EQ(brief("let x = f(\"abc)\nlet y = )"),
            "1:11 N0104 this string is not closed on its line\n"
            "help: close it with `\"`; a newline in a string is written `\\n`\n"
            "2:8 N0101 expected an expression, found the end of the declaration\n"
            "2:9 N0103 `)` closes nothing\n");
  EXPECT_EQ(brief("let x = \"a\\qb\""), "1:11 N0105 unknown escape `\\q`\n"
                                        "help: escapes are `\\n`, `\\t`, `\\\"` and `\\\\`\n");
  EXPECT_EQ(brief("let x = 99999999999999999999"),
            "1:9 N0107 the number is too large for its type\n");
  EXPECT_EQ(brief("let x = 1e999"), "1:9 N0107 the number is too large for its type\n");
}

/// One run finds the mistakes of several statements and declarations.
TEST(SyntaxErrors, Recovery) {
  EXPECT_EQ(brief("train T {\n"
                  "  let a = 1 +\n"
                  "  each x on D {\n"
                  "    let b = 1\n"
                  "  }\n"
                  "  each x in D {\n"
                  "    report x as y\n"
                  "    z = 3\n"
                  "  }\n"
                  "  set = 3\n"
                  "}\n"
                  "layer (x: f32) { return x }\n"),
            "3:3 N0101 expected an expression, found `each`\n"
            "3:10 N0101 expected `in`, found `on`\n"
            "7:17 N0101 expected a string, found `y`\n"
            "10:7 N0101 expected a name, found `=`\n"
            "12:7 N0101 expected a name, found `(`\n");
  EXPECT_EQ(brief("fn f() {\n  return 1\n  x = 3\n  if (a) { return 2 }\n  let 5 = y\n}\n"),
            "3:3 N0101 expected a statement or `}`, found `x`\n"
            "help: a value is named by `let`: `let x = ..`\n"
            "5:7 N0101 expected a name or `(`, found `5`\n");
}

TEST(SyntaxErrors, OtherLanguages) {
  EXPECT_EQ(brief("fn f() { if x { } }"),
            "1:10 N0101 expected a statement or `}`, found `if`\n"
            "help: `where(condition, a, b)` chooses between values\n");
  EXPECT_EQ(brief("def f(x) { return x }"), "1:1 N0101 expected a declaration, found `def`\n"
                                            "help: functions are declared with `fn`\n");
  EXPECT_EQ(brief("netwrok N() { }"), "1:1 N0101 expected a declaration, found `netwrok`\n"
                                      "help: did you mean `network`?\n");
  EXPECT_EQ(brief("return 3"),
            "1:1 N0101 expected a declaration, found `return`\n"
            "help: statements stand in the block of a declaration, such as `train`\n");
  EXPECT_EQ(brief("train T { fn f() { } }"), "1:11 N0101 expected a statement or `}`, found `fn`\n"
                                             "help: declarations stand outside of blocks\n");
  EXPECT_EQ(brief("let set = 3"), "1:5 N0101 expected a name or `(`, found `set`\n"
                                  "help: `set` is a keyword; take another name\n");
  EXPECT_EQ(brief("let f = stop when x = 3"), "1:9 N0101 expected an expression, found `stop`\n");
}

TEST(SyntaxErrors, Declarations) {
  EXPECT_EQ(brief("use lenet"), "1:5 N0101 expected a string, found `lenet`\n");
  EXPECT_EQ(brief("layer f(x) -> { return x }"), "1:15 N0101 expected a type, found `{`\n");
  EXPECT_EQ(brief("layer f(x: ) { return x }"), "1:12 N0101 expected a type, found `)`\n");
  EXPECT_EQ(brief("fn f(a)(b) { return a }"),
            "1:8 N0106 a fn has one list of parameters, this is a second\n"
            "help: put all parameters into one list, or declare a `layer`\n");
  EXPECT_EQ(brief("derivative f(x) { return x }"), "1:17 N0101 expected `given`, found `{`\n");
  EXPECT_EQ(brief("data D(x: f32) { train csv(\"a\") }"), "1:24 N0101 expected `=`, found `csv`\n");
  EXPECT_EQ(brief("data D(x: f32) { rows { 1 2 } }"),
            "1:27 N0101 expected `,` or `}`, found `2`\n"
            "1:31 N0101 expected a declaration, found `}`\n");
  EXPECT_EQ(brief("task T { }"), "1:8 N0101 expected `(`, found `{`\n");
}

TEST(SyntaxErrors, Brackets) {
  EXPECT_EQ(brief("fn f(x: f32) {\n  let y = f(x\n  return y\n}\n"),
            "2:12 N0103 `(` is not closed before the next statement\n");
  // Indentation tells which block was not closed.
  EXPECT_EQ(
      brief("train T {\n  each x in D {\n    let y = x\n  each z in D {\n    let y = z\n  }\n}\n"
            "train U { }\n"),
      "2:15 N0103 `{` is never closed\n");
  EXPECT_EQ(brief("network N(x: f32[B]) {\n  return x\n\nnetwork M(x: f32[B]) { return y + }\n"),
            "1:22 N0103 `{` is never closed\n4:35 N0101 expected an expression, found `}`\n");
  EXPECT_EQ(brief("train T { let x = 1 } }"), "1:23 N0103 `}` closes nothing\n");
}

TEST(Limits, Depth) {
  for (const char *bit : {"-", "(", "[", "not ", "2 ** ", "f(", "x[", "grad ", "grad x wrt ",
                          "jvp x wrt y along ", "scan a in ", "scan a in 1 + ", "{"})
    expectRefused("let x = " + repeated(bit, 20000), "N0004");
  for (const char *bit : {".b", "(1)", "[1]"})
    expectRefused("let x = a" + repeated(bit, 20000), "N0004");
  expectRefused("let x = " + repeated("grad scan a in b { emit a } wrt ", 2000), "N0004");
  expectRefused("fn f(x: " + repeated("(", 20000), "N0004");
  expectRefused("train T " + repeated("{ each x in y ", 20000), "N0004");
  EXPECT_EQ(brief("let x = " + repeated("-", 300000) + "1").substr(0, 11), "1:265 N0004");
  EXPECT_EQ(brief("train T { " + repeated("each x in y ", 65) + "}"),
            "1:11 N0004 more than 64 loops stand in one another\n");
}

TEST(Limits, DepthThatIsAllowed) {
  size_t n = limits::depth - 2;
  for (auto [open, close] : {std::pair("(", ")"), {"[1, ", "]"}, {"-", ""}, {"2 ** ", ""}}) {
    Parsed p("let x = " + repeated(open, n) + "1" + repeated(close, n));
    EXPECT_EQ(p.messages(), "");
    EXPECT_EQ(Parsed(ast::print(*p.file)).messages(), "");
  }
  // A chain is no depth.
  EXPECT_EQ(brief("let x = 1" + repeated(" + 1", 20000)), "");
  EXPECT_EQ(brief("train T { " + repeated("let x = -f(1)[0].a ", 2000) + "}"), "");
}

TEST(Limits, Sizes) {
  expectRefused(std::string(limits::sourceBytes + 1, ' '), "N0002");
  expectRefused("let x = \xff", "N0003");
  expectRefused("let x = \xed\xa0\x80", "N0003"); // a surrogate
  expectRefused("let x = f(" + repeated("1, ", 60000), "N0005");
  expectRefused(repeated("let x = 1\n", 250001), "N0005");
}

TEST(Limits, RowsAreNotTokens) {
  Parsed p("data D(x: f32[2], y: f32) { rows {\n" + repeated("(0, 0.5) -> 1,\n", 200000) + "} }");
  EXPECT_EQ(p.messages(), "");
  auto *data = static_cast<ast::Data *>(p.file->decls[0].get());
  EXPECT_EQ(static_cast<ast::Rows *>(data->items[0].value.get())->cells.size(), 600000u);
}

TEST(Diagnostics, ManyAreCut) {
  std::string messages = Parsed(repeated("let x = ?\n", 30)).messages();
  EXPECT_NE(messages.find("\nand 40 more messages\n"), std::string::npos) << messages;
}

TEST(Diagnostics, LabelsNotesAndColours) {
  SourceManager sources;
  Diagnostics diagnostics(sources);
  FileId file = sources.add("a.net", "let x = a @ b\n\tlet y = c\n");
  diagnostics.error({file, 8, 13}, "N0203", "sizes differ")
      .label({file, 8, 9}, "f32[2, 3]")
      .label({file, 23, 24}, "f32[4, 5]")
      .note({file, 0, 3}, "fixed here")
      .note("without a place")
      .help("transpose one");
  std::string out;
  llvm::raw_string_ostream os(out);
  diagnostics.print(os);
  EXPECT_EQ(out, "a.net:1:9: error[N0203]: sizes differ\n"
                 "let x = a @ b\n"
                 "        ^^^^^\n"
                 "        ~ f32[2, 3]\n"
                 "\tlet y = c\n"
                 "\t        ~ f32[4, 5]\n"
                 "a.net:1:1: note: fixed here\n"
                 "note: without a place\n"
                 "help: transpose one\n");
  out.clear();
  diagnostics.print(os, /*colours=*/true);
  EXPECT_NE(out.find("\033[1;31merror[N0203]:\033[0m"), std::string::npos);
}
