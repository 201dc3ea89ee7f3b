//===- Required.cpp - what a block needs, asked for at the start ----------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "runtime/Required.h"

#include <algorithm>

namespace netrt {

namespace {
/// Walks a tree, and asks for each part and whole column that is named in it.
class Requirements {
public:
  explicit Requirements(Context &context) : context(context), data(context.getData()) {}

  void entry(const std::string &name) {
    if (name.empty())
      return;
    for (const Port &port : context.getProgram().entry(name).args)
      if (port.kind == Port::Kind::Whole)
        data.requireColumn(port.name);
  }
  void nodes(const std::vector<Node> &body) {
    for (const Node &node : body) {
      evaluation(node.entry, node.data, node.part);
      for (const ReportDecl &report : node.reports) {
        evaluation(report.eval, report.data, report.part);
        for (const EvalDecl &before : report.before)
          evaluation(before.entry, before.data, before.part);
      }
      for (const ShowDecl &show : node.shows)
        evaluation(show.entry, show.data, show.part);
      nodes(node.body);
    }
  }

private:
  void evaluation(const std::string &name, const std::string &set, const std::string &part) {
    entry(name);
    if (!set.empty())
      data.require(set, part);
  }

  Context &context;
  const DataStore &data;
};
} // namespace

void requireData(Context &context, const TrainDecl &block) {
  Requirements requirements(context);
  requirements.entry(block.init);
  requirements.nodes(block.body);
}

bool showsSomething(const std::vector<Node> &body) {
  return std::any_of(body.begin(), body.end(), [](const Node &node) {
    return !node.shows.empty() || showsSomething(node.body);
  });
}

} // namespace netrt
