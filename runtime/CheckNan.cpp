//===- CheckNan.cpp - where a number stopped being one --------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A value that is not finite harms only if a result comes from it: the side of `where` that is
// not taken does not. So the search begins at results, and goes back through values that are not
// finite to those whose operands all are.
//
//===----------------------------------------------------------------------===//
#include "runtime/CheckNan.h"

#include "runtime/Error.h"

#include <algorithm>
#include <optional>

namespace netrt {

static std::vector<int> numbersOf(const Json &json) {
  std::vector<int> numbers;
  for (const Json &number : json.items)
    numbers.push_back(static_cast<int>(number.asInteger()));
  return numbers;
}

static CheckedValue readValue(const Json &json) {
  using Kind = CheckedValue::Kind;
  CheckedValue value;
  std::string kind = json.at("kind").asString();
  value.kind = kind == "operation"  ? Kind::Operation
               : kind == "constant" ? Kind::Constant
               : kind == "argument" ? Kind::Argument
                                    : Kind::Passed;
  value.inputs = numbersOf(json.at("inputs"));
  value.scans = numbersOf(json.at("scans"));
  if (const Json *text = json.find("text"))
    value.text = text->asString();
  if (const Json *names = json.find("names"))
    value.names = names->asStrings();
  if (const Json *row = json.find("row"))
    value.row = static_cast<int>(row->asInteger());
  if (const Json *file = json.find("file")) {
    value.file = file->asString();
    value.line = json.at("line").asInteger();
    value.column = json.at("column").asInteger();
  }
  return value;
}

void readChecks(const Json &json, EntryDecl &entry) {
  for (const Json &value : json.at("nodes").items)
    entry.checks.push_back(readValue(value));
  entry.ends = numbersOf(json.at("ends"));
}

namespace {
/// What a value is like, as generated code counts it.
struct Statistics {
  double count, nans, notFinite, least, largest;
};

class Search {
public:
  explicit Search(const Call &call) : call(call), values(call.getDecl().checks) {
    const auto &results = call.getDecl().results;
    while (firstRow < static_cast<int>(results.size()) &&
           results[firstRow].kind != Port::Kind::Check)
      ++firstRow;
  }

  void run() {
    seen.resize(values.size());
    for (int end : call.getDecl().ends)
      visit(end);
    using Kind = CheckedValue::Kind;
    std::optional<int> first = firstOf([this](int i) {
      return values[i].kind != Kind::Constant &&
             allInputs(i, [](const Statistics &s) { return s.notFinite == 0; });
    });
    // Where infinity is a constant of the program, the first NaN.
    if (!first)
      first = firstOf([this](int i) {
        return of(i).nans > 0 && allInputs(i, [](const Statistics &s) { return s.nans == 0; });
      });
    if (first)
      report(*first);
  }

private:
  const double *row(int i) const {
    return reinterpret_cast<const double *>(call.result(firstRow + values[i].row));
  }
  /// Of the value, or of one of its inputs, in the turn in which it first was not finite.
  Statistics of(int i, size_t input = 0) const {
    if (input > 0 && values[i].scans.empty()) // which then has one value only
      return of(values[i].inputs[input - 1]);
    const double *numbers = row(i) + values[i].scans.size() + 5 * input;
    return {numbers[0], numbers[1], numbers[2], numbers[3], numbers[4]};
  }

  void visit(int end) {
    std::vector<int> todo = {end};
    while (!todo.empty()) {
      int i = todo.back();
      todo.pop_back();
      if (seen[i] || (values[i].row >= 0 && of(i).notFinite == 0))
        continue;
      seen[i] = true;
      todo.insert(todo.end(), values[i].inputs.begin(), values[i].inputs.end());
    }
  }

  template <typename Test> bool allInputs(int i, Test test) const {
    for (size_t input = 0; input < values[i].inputs.size(); ++input)
      if (!test(of(i, input + 1)))
        return false;
    return true;
  }

  template <typename Test> std::optional<int> firstOf(Test test) const {
    std::optional<int> first;
    for (int i = 0; i < static_cast<int>(values.size()); ++i)
      if (seen[i] && values[i].kind != CheckedValue::Kind::Passed && test(i) &&
          (!first || isBefore(i, *first)))
        first = i;
    return first;
  }

  /// In time: within one scan by its turns, else as in the text.
  bool isBefore(int a, int b) const {
    const auto &scansOfA = values[a].scans, &scansOfB = values[b].scans;
    for (size_t d = 0; d < std::min(scansOfA.size(), scansOfB.size()); ++d) {
      if (scansOfA[d] != scansOfB[d])
        break;
      if (row(a)[d] != row(b)[d])
        return row(a)[d] < row(b)[d];
    }
    return a < b;
  }

  static std::string described(const Statistics &s) {
    if (s.notFinite == s.count)
      return s.nans == s.count ? "nan" : s.nans == 0 ? "infinite" : "not finite";
    std::string text =
        s.least == s.largest ? format("%.6g", s.least) : format("%.6g .. %.6g", s.least, s.largest);
    if (s.notFinite > 0)
      text += format(", %.0f of %.0f not finite", s.notFinite, s.count);
    return text;
  }

  std::string inputsOf(int i) const {
    const CheckedValue &value = values[i];
    std::string text;
    for (size_t input = 0; input < value.inputs.size(); ++input) {
      text += input ? ", and " : value.inputs.size() > 1 ? "; its inputs: " : "; its input: ";
      if (!value.names[input].empty())
        text += value.names[input] + " ";
      text += described(of(i, input + 1));
    }
    return text;
  }

  std::string momentOf(int i) const {
    std::string text;
    const Scope *scope = call.getScope();
    while (scope && !scope->isLoop)
      scope = scope->parent;
    if (scope)
      text = format(", step %lld", (long long)scope->step + 1);
    for (size_t d = values[i].scans.size(); d-- > 0;)
      text +=
          format(d + 1 == values[i].scans.size() ? ", turn %.0f" : " of turn %.0f", row(i)[d] + 1);
    return text;
  }

  [[noreturn]] void report(int i) const {
    const CheckedValue &value = values[i];
    Statistics s = of(i);
    std::string bad = s.nans == s.notFinite ? "nan" : s.nans == 0 ? "infinity" : "nan and infinity";
    std::string numbers =
        s.count == 1 ? bad
                     : format("%s in %.0f of %.0f numbers", bad.c_str(), s.notFinite, s.count);
    if (value.kind == CheckedValue::Kind::Argument)
      throw Error(ExitData, format("%s comes with %s%s", value.text.c_str(), numbers.c_str(),
                                   momentOf(i).c_str()));
    std::string place = value.file.empty() ? ""
                                           : format("%s:%lld:%lld: ", value.file.c_str(),
                                                    (long long)value.line, (long long)value.column);
    throw Error(ExitData, format("%s%s gives %s%s%s", place.c_str(), value.text.c_str(),
                                 numbers.c_str(), momentOf(i).c_str(), inputsOf(i).c_str()));
  }

  const Call &call;
  const std::vector<CheckedValue> &values;
  int firstRow = 0;
  std::vector<bool> seen;
};
} // namespace

void checkFinite(const Call &call) { Search(call).run(); }

} // namespace netrt
