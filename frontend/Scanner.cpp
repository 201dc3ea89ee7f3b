//===- Scanner.cpp - a text cut into declarations, within limits ----------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/Scanner.h"
#include "frontend/Brackets.h"
#include "frontend/Limits.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/ConvertUTF.h"

using namespace net;

namespace {
/// What the scanner must tell apart; the grammar knows the rest.
enum class Word {
  Other,     ///< a name, a number, a string: ends an operand
  Head,      ///< begins a declaration and nothing else
  SoftHead,  ///< begins a declaration, and is a name or type in other places
  Statement, ///< begins a statement and nothing else
  Let,       ///< begins a statement or, outside of brackets, a declaration
  Prefix,    ///< grad, jvp, not
  Scan,
  Joint,     ///< wrt, along: between the operands of a prefix
  Separator, ///< every other keyword
};

Word classify(llvm::StringRef word) {
  return llvm::StringSwitch<Word>(word)
      .Cases({"layer", "network", "optimizer", "initializer", "task", "derivative"}, Word::Head)
      .Cases({"fn", "data", "train", "use", "surrogate"}, Word::SoftHead)
      .Cases({"param", "state", "set", "return", "emit", "minimize", "maximize"}, Word::Statement)
      .Cases({"update", "report", "each"}, Word::Statement)
      .Case("let", Word::Let)
      .Cases({"grad", "jvp", "not"}, Word::Prefix)
      .Case("scan", Word::Scan)
      .Cases({"wrt", "along"}, Word::Joint)
      .Cases({"and", "or", "with", "using", "as", "in", "next", "show", "stop"}, Word::Separator)
      .Default(Word::Other);
}

bool isLetter(unsigned char c) { return std::isalpha(c) || c == '_' || c >= 0x80; }
bool isDigit(unsigned char c) { return std::isdigit(c); }

class Scanner {
public:
  Scanner(const SourceManager &sources, FileId file, Diagnostics &diagnostics)
      : text(sources.text(file)), file(file), diagnostics(diagnostics),
        brackets(text, file, diagnostics) {}

  Pieces run() {
    if (!isReadable())
      result.withinLimits = false;
    while (result.withinLimits && at < text.size())
      step();
    if (result.withinLimits) {
      finishPiece(text.size(), text.size());
    }
    return std::move(result);
  }

private:
  SourceRange range(size_t begin, size_t end) const {
    return {file, static_cast<uint32_t>(begin), static_cast<uint32_t>(end)};
  }
  char peek(size_t i = 1) const { return at + i < text.size() ? text[at + i] : '\0'; }

  Diagnostic &limit(size_t place, const char *id, std::string message) {
    result.withinLimits = false;
    return diagnostics.error(range(place, std::min(place + 1, text.size())), id, message);
  }

  bool isReadable() {
    if (text.size() > limits::sourceBytes) {
      limit(0, "N0002",
            "the file is larger than " + std::to_string(limits::sourceBytes >> 20) + " MB")
          .help("keep arrays in data files, read with `data`");
      return false;
    }
    auto *p = reinterpret_cast<const llvm::UTF8 *>(text.data());
    auto *end = p + text.size();
    const llvm::UTF8 *bad = p;
    if (llvm::isLegalUTF8String(&bad, end))
      return true;
    limit(bad - p, "N0003", "the text is not valid UTF-8").help("save the file as UTF-8");
    return false;
  }

  //===-- steps -----------------------------------------------------------------------------===//

  void step() {
    unsigned char c = text[at];
    if (c == ' ' || c == '\t' || c == '\r' || c == '\n')
      ++at;
    else if (text.compare(at, 3, "\xEF\xBB\xBF") == 0)
      byteOrderMark();
    else if (c == '#')
      comment();
    else if (isLetter(c))
      word();
    else if (isDigit(c))
      number();
    else if (c == '"')
      string();
    else if (c == '(' || c == '[' || c == '{')
      open();
    else if (c == ')' || c == ']' || c == '}')
      close();
    else
      mark(c);
  }

  /// Left by joining files. ANTLR drops one that begins a text, and its places would be wrong.
  void byteOrderMark() {
    diagnostics.error(range(at, at + 3), "N0102", "unexpected byte order mark")
        .help("delete this character, which editors do not show");
    at += 3;
  }

  void comment() {
    size_t end = std::min(text.find('\n', at), text.size());
    if (peek() == '#' && !brackets.inBrackets()) {
      if (docs.empty())
        docBegin = static_cast<uint32_t>(at);
      llvm::StringRef line = llvm::StringRef(text).slice(at + 2, end).rtrim();
      line.consume_front(" ");
      docs += docs.empty() ? line.str() : "\n" + line.str();
      hasDocs = true;
    }
    at = end;
  }

  void token(size_t begin, size_t end) {
    if (++tokens > limits::tokens)
      limit(begin, "N0005", "the file has more than " + std::to_string(limits::tokens) + " tokens")
          .help("keep arrays in data files, read with `data`");
    else if (++pieceTokens > limits::declarationTokens)
      limit(begin, "N0005",
            "the declaration has more than " + std::to_string(limits::declarationTokens) +
                " tokens")
          .help("divide it, or keep its numbers in a data file");
    if (result.list.empty() || !pieceOpen)
      beginPiece(begin);
    docs.clear();
    hasDocs = false;
    at = end;
  }

  void word() {
    size_t begin = at, end = at;
    while (end < text.size() && (isLetter(text[end]) || isDigit(text[end])))
      ++end;
    while (end < text.size() && text[end] == '\'')
      ++end;
    llvm::StringRef spelled = llvm::StringRef(text).slice(begin, end);
    Word kind = afterDot ? Word::Other : classify(spelled);
    if (kind != Word::Other && isNamePosition(end))
      kind = Word::Other;
    bool begins = beginsDeclaration(kind, spelled, begin, end);
    if (begins) {
      finishPiece(hasDocs ? docBegin : begin, begin);
      beginPiece(begin);
    } else if ((kind == Word::Statement || kind == Word::Let) && brackets.inBrackets() &&
               !brackets.inBlock()) {
      brackets.closeBefore(static_cast<uint32_t>(begin), spelled, result.list.back());
    }
    bool rows = spelled == "rows" && !afterDot;
    token(begin, end);
    afterOperand = afterDot = false;
    afterSurrogate = begins && spelled == "surrogate";
    switch (kind) {
    case Word::Other:
      afterOperand = true;
      break;
    case Word::Prefix:
      nest(begin);
      break;
    case Word::Scan:
      brackets.beginScan();
      checkDepth(begin);
      break;
    case Word::Joint:
      break;
    default:
      brackets.settle();
    }
    if (rows)
      tryRows();
  }

  /// `over = 0`, `train = idx(..)`: a keyword before `=` is a name.
  bool isNamePosition(size_t end) const {
    size_t i = skipBlank(end);
    return i < text.size() && text[i] == '=' && (i + 1 == text.size() || text[i + 1] != '=');
  }

  size_t skipBlank(size_t i) const {
    while (i < text.size() && (std::isspace(static_cast<unsigned char>(text[i])) || text[i] == '#'))
      i = text[i] == '#' ? std::min(text.find('\n', i), text.size()) : i + 1;
    return i;
  }

  bool beginsDeclaration(Word kind, llvm::StringRef spelled, size_t begin, size_t end) const {
    if (kind != Word::Head && kind != Word::SoftHead && kind != Word::Let)
      return false;
    // `surrogate derivative` is one head; the word alone is a name.
    if (spelled == "derivative" && afterSurrogate)
      return false;
    if (spelled == "surrogate" &&
        !llvm::StringRef(text).substr(skipBlank(end)).starts_with("derivative"))
      return false;
    if (!brackets.inBrackets())
      return !(spelled == "fn" && (afterArrow || afterColon));
    // A declaration at the beginning of a line within brackets: they were never closed.
    size_t next = skipBlank(end);
    bool named = next < text.size() && (isLetter(text[next]) || text[next] == '"');
    return kind != Word::Let && named && (begin == 0 || text[begin - 1] == '\n');
  }

  void number() {
    size_t begin = at, end = at;
    auto digits = [&] {
      while (end < text.size() && isDigit(text[end]))
        ++end;
    };
    digits();
    if (end + 1 < text.size() && text[end] == '.' && isDigit(text[end + 1])) {
      ++end;
      digits();
    }
    if (end < text.size() && (text[end] == 'e' || text[end] == 'E')) {
      size_t sign = end + 1 < text.size() && (text[end + 1] == '+' || text[end + 1] == '-');
      if (end + 1 + sign < text.size() && isDigit(text[end + 1 + sign])) {
        end += 1 + sign;
        digits();
      }
    }
    token(begin, end);
    operand();
  }

  void string() {
    size_t begin = at, end = at + 1;
    while (end < text.size() && text[end] != '"' && text[end] != '\n' && text[end] != '\r')
      end += text[end] == '\\' && end + 1 < text.size() && text[end + 1] != '\n' ? 2 : 1;
    end = std::min(end, text.size());
    bool closed = end < text.size() && text[end] == '"';
    token(begin, end + closed);
    if (!closed)
      unclosedString(begin, end);
    operand();
  }

  void unclosedString(size_t begin, size_t end) {
    SourceRange range = this->range(begin, end);
    diagnostics.error(range, "N0104", "this string is not closed on its line")
        .help("close it with `\"`; a newline in a string is written `\\n`");
    brackets.excuse(range.begin);
    // For the grammar it is an empty string.
    result.list.back().edits.push_back({range.begin + 1, range.end, '"', nullptr});
    result.list.back().muted.push_back(range.to(this->range(end, end + 1)));
  }

  void operand() {
    afterOperand = true;
    afterDot = afterArrow = afterColon = false;
  }

  /// Operators and punctuation.
  void mark(unsigned char c) {
    size_t begin = at, length = 1;
    if ((c == '*' && peek() == '*') || (c == '.' && peek() == '.') || (c == '-' && peek() == '>') ||
        (c == '|' && peek() == '>'))
      length = 2;
    bool isPower = c == '*' && length == 2, isDot = c == '.' && length == 1;
    bool isPrefix = c == '-' && length == 1 && !afterOperand;
    token(begin, begin + length);
    afterOperand = false;
    afterDot = isDot;
    afterArrow = c == '-' && length == 2;
    afterColon = c == ':';
    if (isPower || isPrefix || isDot)
      nest(begin);
    else
      brackets.settle();
  }

  //===-- brackets --------------------------------------------------------------------------===//

  void checkDepth(size_t place) {
    if (brackets.depth() > limits::depth && result.withinLimits)
      limit(place, "N0004",
            "brackets and operators are nested more than " + std::to_string(limits::depth) +
                " deep")
          .help("give a part of the expression a name with `let`");
  }

  void nest(size_t place) {
    brackets.nest();
    checkDepth(place);
  }

  void open() {
    size_t begin = at;
    token(begin, begin + 1);
    brackets.open(static_cast<uint32_t>(begin), afterOperand);
    checkDepth(begin);
    afterOperand = afterDot = afterArrow = afterColon = false;
  }

  void close() {
    size_t begin = at;
    token(begin, begin + 1);
    operand();
    brackets.close(static_cast<uint32_t>(begin), result.list.back());
  }

  //===-- pieces ----------------------------------------------------------------------------===//

  void beginPiece(size_t begin) {
    result.list.push_back({});
    result.list.back().begin = static_cast<uint32_t>(begin);
    result.list.back().doc = std::move(docs);
    docs.clear();
    hasDocs = false;
    pieceOpen = true;
    pieceTokens = 0;
    afterOperand = afterDot = afterArrow = afterColon = false;
  }

  /// The declaration ends at `end`, and another begins at `next`.
  void finishPiece(size_t end, size_t next) {
    if (pieceOpen) {
      brackets.closeAll(static_cast<uint32_t>(end), static_cast<uint32_t>(next),
                        result.list.back());
      result.list.back().end = static_cast<uint32_t>(end);
    }
    pieceOpen = false;
  }

  void tryRows() {
    size_t brace = skipBlank(at);
    if (brace >= text.size() || text[brace] != '{')
      return;
    uint32_t end = 0;
    auto begin = static_cast<uint32_t>(brace + 1);
    auto rows = scanRows(text, file, begin, end, limits::cells - cells + 1);
    if (!rows)
      return;
    cells += rows->cells.size();
    if (cells > limits::cells) {
      limit(brace, "N0005",
            "the rows of the file have more than " + std::to_string(limits::cells) + " values")
          .help("keep them in a file of type csv or npy");
      return;
    }
    at = brace;
    open();
    result.list.back().edits.push_back({begin, end, 0, std::move(rows)});
    at = end;
  }

  const std::string &text;
  const FileId file;
  Diagnostics &diagnostics;
  Brackets brackets;
  Pieces result;

  size_t at = 0;
  size_t tokens = 0, pieceTokens = 0, cells = 0;
  std::string docs;
  uint32_t docBegin = 0;
  bool hasDocs = false, pieceOpen = false;
  /// What the last token was.
  bool afterOperand = false, afterDot = false, afterArrow = false, afterColon = false;
  bool afterSurrogate = false;
};
} // namespace

Pieces net::scanText(const SourceManager &sources, FileId file, Diagnostics &diagnostics) {
  return Scanner(sources, file, diagnostics).run();
}
