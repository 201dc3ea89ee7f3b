//===- TrainTree.cpp - preparing a block's tree ---------------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "runtime/TrainTree.h"

#include "runtime/Error.h"

#include <algorithm>

namespace netrt {

/// Rows at a time where a report's loop does not say.
static constexpr int64_t evaluationBatch = 256;

Trainer::Trainer(Context &context, const std::string &name, const std::vector<Node> &body,
                 int loopCount, const TrainOptions &options)
    : context(context), name(name), options(options), items(std::make_unique<Items>()) {
  loops.resize(loopCount);
  prepare(body, nullptr, *items);
  planItems(*items, false);
  planItems(*items, true);
  if (options.onlyPlanned)
    return;
  Context::checkMemory(planned - context.arenaBytes());
  context.reserveArena(planned);
}

Trainer::~Trainer() = default;

int64_t Trainer::plannedBytes() const {
  return Buffer::inUse() + std::max<int64_t>(planned - context.arenaBytes(), 0);
}

void Trainer::prepare(const std::vector<Node> &body, Loop *parent, Items &list) {
  list.resize(body.size());
  for (size_t i = 0; i < body.size(); ++i) {
    const Node &node = body[i];
    Item &item = list[i];
    item.node = &node;
    item.scope = parent ? &parent->scope : nullptr;
    switch (node.kind) {
    case Node::Kind::Run:
      item.call =
          std::make_unique<Call>(context, context.getProgram().entry(node.entry), item.scope);
      bindReports(item, parent);
      break;
    case Node::Kind::Each:
      prepareLoop(node, parent, item);
      break;
    case Node::Kind::Eval: {
      int64_t batch = node.batch > 0 ? node.batch : evaluationBatch;
      item.evaluation =
          prepareEvaluation(node.entry, node.data, node.part, batch, item.scope, node.into);
      break;
    }
    case Node::Kind::Stop:
      item.stopVar = context.getProgram().findVar(node.into[0]);
      if (item.stopVar < 0 || !context.getVars()[item.stopVar].buffer.data())
        failInternal("no variable `%s` to stop by", node.into[0].c_str());
      break;
    case Node::Kind::Report: {
      const ReportDecl &report = node.reports[0];
      item.evaluation = prepareEvaluation(report.eval, report.data, report.part,
                                          report.batch.value_or(evaluationBatch), item.scope, {});
      break;
    }
    case Node::Kind::Show:
      item.evaluation = prepareShow(node.shows[0], item.scope);
      break;
    }
  }
}

void Trainer::prepareLoop(const Node &node, Loop *parent, Item &item) {
  loops[node.id] = std::make_unique<Loop>();
  Loop &loop = *loops[node.id];
  item.loop = &loop;
  loop.node = &node;
  loop.parent = parent;
  loop.scope.parent = parent ? &parent->scope : nullptr;
  loop.scope.counter = node.counter;
  loop.lastInside = node.id;
  for (Loop *outer = parent; outer; outer = outer->parent) {
    outer->isLeaf = false;
    outer->lastInside = node.id;
  }
  loop.passes = node.epochs;
  if (node.overData) {
    const PartData &part = context.getData().part(node.data, node.part);
    int64_t batch = node.batchKind == Node::Batch::None    ? 0
                    : node.batchKind == Node::Batch::Count ? options.batch.value_or(node.batch)
                                                           : part.rows();
    loop.shuffled = node.shuffle && node.batchKind != Node::Batch::All;
    loop.source = std::make_unique<BatchSource>(part, batch, loop.shuffled, &context.getLoader());
    loop.scope.source = loop.source.get();
    loop.turns = loop.source->turns();
    if (!parent && options.epochs)
      loop.passes = *options.epochs;
  } else {
    loop.turns = std::max<int64_t>(node.last - node.first, 0);
  }
  for (const ShowDecl &show : node.shows)
    loop.shows.push_back(prepareShow(show, &loop.scope));
  prepareReports(loop, node.reports); // before the body, whose steps feed them
  prepare(node.body, &loop, loop.items);
}

std::unique_ptr<Evaluation> Trainer::prepareEvaluation(const std::string &entry,
                                                       const std::string &data,
                                                       const std::string &part, int64_t batch,
                                                       const Scope *scope,
                                                       const std::vector<std::string> &into) {
  const PartData *source = data.empty() ? nullptr : &context.getData().part(data, part);
  return std::make_unique<Evaluation>(context, context.getProgram().entry(entry), source, batch,
                                      scope, into);
}

std::unique_ptr<Evaluation> Trainer::prepareShow(const ShowDecl &show, const Scope *scope) {
  auto evaluation = prepareEvaluation(show.entry, show.data, show.part, evaluationBatch, scope, {});
  evaluation->collect();
  return evaluation;
}

void Trainer::prepareReports(Loop &loop, const std::vector<ReportDecl> &reports) {
  loop.running.resize(reports.size());
  int64_t batch = evaluationBatch;
  if (loop.source && loop.node->batchKind == Node::Batch::Count)
    batch = loop.source->batchRows();
  else if (loop.node->batchKind == Node::Batch::All)
    batch = INT64_MAX / 2; // every row at once, as the step
  for (size_t i = 0; i < reports.size(); ++i) {
    Report &report = loop.reports.emplace_back();
    report.decl = &reports[i];
    if (reports[i].eval.empty())
      continue;
    for (const EvalDecl &eval : reports[i].before)
      report.before.push_back(prepareEvaluation(
          eval.entry, eval.data, eval.part, eval.batch.value_or(batch), &loop.scope, eval.into));
    const ReportDecl *before = i > 0 ? &reports[i - 1] : nullptr;
    if (before && before->eval == reports[i].eval && before->data == reports[i].data &&
        before->part == reports[i].part) {
      report.evaluation = loop.reports[i - 1].evaluation;
      continue;
    }
    loop.evaluations.push_back(prepareEvaluation(reports[i].eval, reports[i].data, reports[i].part,
                                                 reports[i].batch.value_or(batch), &loop.scope,
                                                 {}));
    report.evaluation = loop.evaluations.back().get();
  }
}

void Trainer::bindReports(Item &item, Loop *innermost) {
  const EntryDecl &entry = item.call->getDecl();
  for (size_t i = 0; i < entry.results.size(); ++i) {
    const Port &port = entry.results[i];
    if (port.kind == Port::Kind::Stop)
      item.stopResult = static_cast<int>(i);
    if (port.kind != Port::Kind::Report)
      continue;
    bool found = false;
    for (Loop *loop = innermost; loop && !found; loop = loop->parent)
      for (Report &report : loop->reports)
        if (!report.evaluation && report.decl->name == port.name) {
          item.reports.push_back({static_cast<int>(i), &report});
          found = true;
        }
  }
}

/// Binds everything once in the order of running, with last batches or with full ones, so that
/// variables with run-time sizes and the scratch get their room now.
void Trainer::planItems(Items &list, bool full) {
  for (Item &item : list) {
    if (item.evaluation)
      planned = std::max(planned, item.evaluation->plan());
    if (item.call) {
      for (BatchSource *source : item.call->getSources())
        source->pretend(full ? source->batchRows() : source->lastRows());
      item.call->bind();
      planned = std::max(planned, item.call->arenaBytes());
      item.call->publish();
    }
    if (!item.loop)
      continue;
    planItems(item.loop->items, full);
    for (Report &report : item.loop->reports)
      for (auto &evaluation : report.before)
        planned = std::max(planned, evaluation->plan());
    for (auto *evaluations : {&item.loop->evaluations, &item.loop->shows})
      for (auto &evaluation : *evaluations)
        planned = std::max(planned, evaluation->plan());
  }
}

const Trainer::Item *Trainer::findStep(const Items &list) const {
  for (const Item &item : list) {
    if (item.call && item.call->hasColumns())
      return &item;
    if (item.loop)
      if (const Item *found = findStep(item.loop->items))
        return found;
  }
  return nullptr;
}

Call *Trainer::firstStep() const {
  const Item *item = findStep(*items);
  return item ? item->call.get() : nullptr;
}

void Trainer::runFirstStep(int64_t turn) {
  const Item *item = findStep(*items);
  for (const auto &loop : loops)
    if (&loop->scope == item->scope)
      loop->scope.step = turn;
  item->call->setKey(context.keyOf(turn));
  context.run(*item->call);
}

} // namespace netrt
