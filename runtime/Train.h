//===- Train.h - walking a block's tree of loops ----------------*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef NETC_RUNTIME_TRAIN_H
#define NETC_RUNTIME_TRAIN_H

#include "runtime/Evaluate.h"
#include "runtime/Position.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace netrt {

/// A value that a loop or a block reports.
struct ReportValue {
  const std::string *name;
  double value;
};

/// Where in its loop a walker is; for progress and logs.
struct LoopStatus {
  bool overData;
  int64_t pass, passes; ///< of the epochs
  int64_t turn, turns;  ///< of this pass
  int64_t step;         ///< turns since the block began
  bool isLeaf;          ///< no loop inside
  bool isOutermost;
};

/// What wants to know how a run proceeds. Nothing here may allocate except in `reported`.
class TrainObserver {
public:
  virtual ~TrainObserver() = default;
  virtual void passBegins(const LoopStatus &) {}
  /// After each turn of a leaf loop; `running` are the means so far of the step's own reports.
  virtual void turnDone(const LoopStatus &, const ReportValue * /*running*/, size_t /*count*/) {}
  /// A loop's reports closed (none, perhaps), or (null) a report outside of all loops.
  virtual void reported(const LoopStatus *, const ReportValue * /*values*/, size_t /*count*/) {}
  /// Something to look at.
  virtual void shown(const ShowDecl &, const std::vector<ShownArray> &) {}
  /// Between turns, where everything may be saved. True: leave now, at this very position.
  virtual bool mayLeave(const LoopStatus &) { return false; }
};

/// What the command line changes in a block.
struct TrainOptions {
  std::optional<int64_t> epochs; ///< of the outermost loops over data
  std::optional<int64_t> batch;  ///< of all loops that have one
  bool withoutReports = false;   ///< for timing
  bool onlyPlanned = false;      ///< for `plannedBytes`: no memory is taken, nothing can run
};

/// One `train` block (or a task's body), prepared: sources opened, calls bound, memory taken.
class Trainer {
public:
  Trainer(Context &context, const std::string &name, const std::vector<Node> &body, int loopCount,
          const TrainOptions &options);
  ~Trainer();

  /// Runs the block from its start, or from `from`. False if the observer left early; `position`
  /// then says where.
  bool run(TrainObserver &observer, const Position *from);
  /// Where the walker is; valid in `mayLeave` and after `run`.
  Position getPosition() const;

  /// Runs every report that looks at data, once, in the order of the text (for `report`).
  void evaluateReports(TrainObserver &observer);
  /// The call of the first step that reads data (null: none), for callers that bring their own
  /// batches; they make them current and let it run as turn `turn`.
  Call *firstStep() const;
  void runFirstStep(int64_t turn);
  /// Bytes that training takes: variables, data, batches, scratch.
  int64_t plannedBytes() const;

private:
  struct Loop;
  struct Item;
  using Items = std::vector<Item>;

  void prepare(const std::vector<Node> &body, Loop *parent, Items &items);
  void prepareLoop(const Node &node, Loop *parent, Item &item);
  void prepareReports(Loop &loop, const std::vector<ReportDecl> &reports);
  std::unique_ptr<Evaluation> prepareEvaluation(const std::string &entry, const std::string &data,
                                                const std::string &part, int64_t batch,
                                                const Scope *scope,
                                                const std::vector<std::string> &into);
  void planItems(Items &items, bool full);
  void bindReports(Item &item, Loop *loop);

  bool runItems(Items &items);
  bool runItem(Item &item);
  bool runLoop(Loop &loop);
  bool runPass(Loop &loop);
  void runCall(Item &item);
  void runReport(Item &item);
  void runShow(const ShowDecl &show, Evaluation &evaluation);
  std::unique_ptr<Evaluation> prepareShow(const ShowDecl &show, const Scope *scope);
  void beginPass(Loop &loop);
  void endTurn(Loop &loop);
  void closeReports(Loop &loop);
  LoopStatus statusOf(const Loop &loop) const;
  void evaluateReportsOf(Items &items);
  bool canEvaluate(const EntryDecl &entry) const;
  const Item *findStep(const Items &items) const;

  Context &context;
  std::string name;
  TrainOptions options;
  std::vector<std::unique_ptr<Loop>> loops; ///< by id
  std::unique_ptr<Items> items;
  TrainObserver *observer = nullptr;
  const Loop *current = nullptr; ///< the leaf loop between whose turns the walker stands
  int resumeAt = -1;             ///< id of the loop to find again, while going back to it
  bool stopping = false;         ///< a stop fired; the innermost loop is to be left
  bool leaving = false;          ///< the observer asked to
  int64_t planned = 0;
  std::vector<int> remade; ///< temporaries that evaluateReports has made again
};

} // namespace netrt
#endif // NETC_RUNTIME_TRAIN_H
