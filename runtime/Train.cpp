//===- Train.cpp - running a block's loops --------------------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "runtime/TrainTree.h"

#include "runtime/Error.h"
#include "runtime/Random.h"

#include <algorithm>

namespace netrt {

LoopStatus Trainer::statusOf(const Loop &loop) const {
  return {loop.node->overData, loop.pass,       loop.passes, loop.turn,
          loop.turns,          loop.scope.step, loop.isLeaf, loop.parent == nullptr};
}

Position Trainer::getPosition() const {
  Position position;
  position.loop = current ? current->node->id : -1;
  for (const auto &loop : loops) {
    Position::LoopPlace &place = position.loops.emplace_back();
    place.pass = loop->pass;
    place.turn = loop->turn;
    place.step = loop->scope.step;
    place.epoch = loop->scope.epoch;
    place.value = loop->scope.value;
    place.sinceReport = loop->sinceReport;
    place.rows = loop->source ? loop->source->allRows() : 0;
    for (const Report &report : loop->reports)
      place.sums.push_back({report.sum, report.weight});
  }
  return position;
}

bool Trainer::run(TrainObserver &newObserver, const Position *from) {
  observer = &newObserver;
  current = nullptr;
  stopping = leaving = false;
  resumeAt = -1;
  if (from && from->loop >= 0) {
    resumeAt = from->loop;
    if (from->loops.size() != loops.size() || resumeAt >= static_cast<int>(loops.size()))
      failData("the checkpoint stands in a block of %zu loops; %s has %zu", from->loops.size(),
               name.c_str(), loops.size());
    for (size_t i = 0; i < loops.size(); ++i) {
      Loop &loop = *loops[i];
      const Position::LoopPlace &place = from->loops[i];
      int64_t rows = loop.source ? loop.source->allRows() : 0;
      bool begun = place.step > 0 || loop.holds(resumeAt);
      if (begun && place.rows >= 0 && place.rows != rows)
        failData("the checkpoint stands behind step %lld of %s, whose data has %s rows now",
                 (long long)place.step, name.c_str(), rows > place.rows ? "more" : "fewer");
      if (place.turn > loop.turns || place.step > place.epoch * loop.turns + place.turn)
        failData("the checkpoint stands behind step %lld of %s, whose data has fewer rows now",
                 (long long)place.step, name.c_str());
      loop.pass = place.pass;
      loop.turn = place.turn;
      loop.scope.step = place.step;
      loop.scope.epoch = place.epoch;
      loop.scope.value = place.value;
      loop.sinceReport = place.sinceReport;
      for (size_t j = 0; j < loop.reports.size() && j < place.sums.size(); ++j) {
        loop.reports[j].sum = place.sums[j].value;
        loop.reports[j].weight = place.sums[j].weight;
      }
    }
  }
  return runItems(*items);
}

/// False if the observer left or (inside a loop) a stop fired.
bool Trainer::runItems(Items &list) {
  for (Item &item : list) {
    if (resumeAt >= 0 && !(item.loop && item.loop->holds(resumeAt)))
      continue; // done before the checkpoint
    if (!runItem(item))
      return false;
  }
  return true;
}

bool Trainer::runItem(Item &item) {
  switch (item.node->kind) {
  case Node::Kind::Run:
    runCall(item);
    return !stopping;
  case Node::Kind::Each:
    return runLoop(*item.loop);
  case Node::Kind::Eval:
    item.evaluation->run();
    return true;
  case Node::Kind::Stop:
    stopping = *context.getVars()[item.stopVar].buffer.data() != 0;
    return !stopping;
  case Node::Kind::Report:
    runReport(item);
    return true;
  case Node::Kind::Show:
    runShow(item.node->shows[0], *item.evaluation);
    return true;
  }
  return true;
}

void Trainer::runCall(Item &item) {
  Call &call = *item.call;
  call.setKey(context.keyOf(item.scope ? item.scope->step : 0));
  context.run(call);
  if (!item.reports.empty()) {
    double weight = call.weight();
    for (const Item::ReportLink &link : item.reports) {
      link.report->sum += weight * call.resultNumber(link.result);
      link.report->weight += weight;
    }
  }
  if (item.stopResult >= 0 && call.resultNumber(item.stopResult) != 0)
    stopping = true;
}

void Trainer::runReport(Item &item) {
  item.evaluation->run();
  ReportValue value{&item.node->reports[0].name,
                    item.evaluation->value(item.node->reports[0].name)};
  observer->reported(nullptr, &value, 1);
}

void Trainer::runShow(const ShowDecl &show, Evaluation &evaluation) {
  evaluation.run();
  observer->shown(show, evaluation.collected());
}

void Trainer::beginPass(Loop &loop) {
  if (BatchSource *source = loop.source.get()) {
    if (loop.shuffled)
      source->beginShuffled(foldIn(
          foldKey(foldIn(context.keyOf(0), loop.node->id), "shuffle:" + name), loop.scope.epoch));
    else
      source->beginInOrder();
  }
  observer->passBegins(statusOf(loop));
}

bool Trainer::runLoop(Loop &loop) {
  bool returning = resumeAt >= 0; // on the way to where the checkpoint was made
  if (returning && resumeAt == loop.node->id)
    resumeAt = -1;
  if (!returning) {
    loop.pass = loop.turn = loop.sinceReport = 0;
    for (Report &report : loop.reports)
      report.sum = report.weight = 0;
  }
  while (loop.pass < loop.passes) {
    beginPass(loop);
    bool whole = runPass(loop);
    if (leaving)
      return false;
    if (loop.sinceReport > 0)
      closeReports(loop);
    ++loop.pass;
    ++loop.scope.epoch;
    loop.turn = 0;
    if (!whole)
      break;
  }
  return true;
}

/// The turns of one pass from where the loop stands. False if it was stopped or left.
bool Trainer::runPass(Loop &loop) {
  while (loop.turn < loop.turns) {
    if (loop.source)
      loop.source->take(loop.turn);
    else
      loop.scope.value = loop.node->first + loop.turn;
    bool goesOn = runItems(loop.items);
    if (leaving)
      return false;
    stopping = false;
    endTurn(loop);
    if (!goesOn)
      return false; // no place to save at: coming back here would enter the loop again
    if (!loop.isLeaf)
      continue;
    current = &loop;
    if ((leaving = observer->mayLeave(statusOf(loop))))
      return false;
  }
  return true;
}

void Trainer::endTurn(Loop &loop) {
  ++loop.turn;
  ++loop.scope.step;
  ++loop.sinceReport;
  if (loop.isLeaf) {
    size_t count = 0;
    for (Report &report : loop.reports)
      if (!report.evaluation && report.weight > 0)
        loop.running[count++] = {&report.decl->name, report.sum / report.weight};
    observer->turnDone(statusOf(loop), loop.running.data(), count);
  }
  if (loop.node->every && loop.turn % *loop.node->every == 0)
    closeReports(loop);
}

void Trainer::closeReports(Loop &loop) {
  loop.sinceReport = 0;
  if (options.withoutReports)
    return;
  size_t count = 0;
  const Evaluation *last = nullptr;
  for (Report &report : loop.reports) {
    for (auto &evaluation : report.before)
      evaluation->run();
    if (report.evaluation && report.evaluation != last)
      report.evaluation->run();
    last = report.evaluation;
    if (report.evaluation)
      loop.running[count++] = {&report.decl->name, report.evaluation->value(report.decl->name)};
    else if (report.weight > 0)
      loop.running[count++] = {&report.decl->name, report.sum / report.weight};
    report.sum = report.weight = 0;
  }
  LoopStatus status = statusOf(loop);
  observer->reported(&status, loop.running.data(), count);
  for (size_t i = 0; i < loop.shows.size(); ++i)
    runShow(loop.node->shows[i], *loop.shows[i]);
}

/// What training leaves in temporaries is gone; what evaluations leave can be made again.
bool Trainer::canEvaluate(const EntryDecl &entry) const {
  for (const Port &port : entry.args)
    if (port.kind == Port::Kind::Var &&
        context.getProgram().vars[port.var].kind == VarDecl::Kind::Temp &&
        std::find(remade.begin(), remade.end(), port.var) == remade.end())
      return false;
  return true;
}

void Trainer::evaluateReportsOf(Items &list) {
  for (Item &item : list) {
    if (item.loop) {
      evaluateReportsOf(item.loop->items);
      for (Report &report : item.loop->reports) {
        for (size_t i = 0; i < report.before.size(); ++i) {
          report.before[i]->run();
          for (const std::string &name : report.decl->before[i].into)
            remade.push_back(context.getProgram().findVar(name));
        }
        if (!report.evaluation || !canEvaluate(report.evaluation->getEntry()))
          continue;
        report.evaluation->run();
        ReportValue value{&report.decl->name, report.evaluation->value(report.decl->name)};
        observer->reported(nullptr, &value, 1);
      }
    } else if (item.evaluation && canEvaluate(item.evaluation->getEntry())) {
      if (item.node->kind == Node::Kind::Report)
        runReport(item);
      if (item.node->kind != Node::Kind::Eval)
        continue;
      item.evaluation->run();
      for (const std::string &name : item.node->into)
        remade.push_back(context.getProgram().findVar(name));
    }
  }
}

void Trainer::evaluateReports(TrainObserver &newObserver) {
  observer = &newObserver;
  remade.clear();
  evaluateReportsOf(*items);
}

} // namespace netrt
