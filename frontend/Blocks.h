//===- Blocks.h - train blocks and tasks ------------------------*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A block becomes a tree of loops whose leaves are entries. Statements between two
// loops, stops or evaluations form one entry, a segment. Values that later segments
// may read leave a segment as temporaries; those that nobody reads are dropped when
// the program is finished. What stands behind `on` is computed again in an entry of
// its own, at the data named there.
//
//===----------------------------------------------------------------------===//
#ifndef NETC_FRONTEND_BLOCKS_H
#define NETC_FRONTEND_BLOCKS_H

#include "frontend/Program.h"
#include "llvm/ADT/DenseMap.h"

namespace net {

/// What the runtime turns: data, or a range.
struct Loop {
  const ast::Each *each = nullptr;
  const DataSet *data = nullptr; ///< null: a range
  std::string part, counter;
  bool batched = false;
  SizeExpr batch;   ///< rows of a turn, if batched
  int64_t rows = 0; ///< as many as are declared; 0: all
  llvm::json::Array reports, shows;
  /// Reports and pictures of data, for which entries are made when the loop ends.
  std::vector<const ast::Report *> late;
  std::set<std::string> names; ///< of reports
};

/// Statements in braces, being compiled.
struct Level {
  std::shared_ptr<Scope> scope;
  Level *outer = nullptr;
  Loop *loop = nullptr; ///< what this is the body of; null: of the block, or unrolled
  /// Those seen, with the names given before them: evaluations compute them again.
  struct SeenLet {
    const ast::Let *let;
    Frame::Names names;
  };
  std::vector<SeenLet> lets;
  std::map<std::string, Value> carried; ///< by name, with the tensors of the segment that made them
  bool unrolled = false;                ///< the body of a loop over a literal list
};

class OptimizerRun;

/// One train block or task.
class Block {
public:
  Block(Program &program, const ast::Callable &decl, FileScope *file);
  /// Its node in the description.
  llvm::json::Object compile();

  Value on(const ast::On &expr, Env &env);
  Value applyOptimizer(const Template &what, const Arguments &arguments, Env &env,
                       SourceRange range);
  std::optional<Value> special(const std::string &name, Env &env, SourceRange range);
  const std::string &name() const { return decl.name; }
  NamedValues inputs() const { return active->inputs(); }
  const ListTurns &turns() const { return listTurns; }

private:
  using Nodes = llvm::json::Array;

  //===-- statements (Blocks.cpp) -----------------------------------------------------------===//
  void run(const ast::Block &body, Level &level, Nodes &nodes);
  void statement(const ast::Stmt &stmt, Level &level, Nodes &nodes);
  void stop(const ast::Stop &stmt, Level &level, Nodes &nodes);
  Env env(Level &level) { return {*active, level.scope}; }

  //===-- tasks (Tasks.cpp) -----------------------------------------------------------------===//
  void compileTask(Level &level, Nodes &nodes, llvm::json::Object &description);
  void bindTask(const std::shared_ptr<Scope> &scope);
  Value taskArgument(const ast::Parameter &parameter, Env &env);
  void taskResult(const ast::Return &stmt, Level &level);

  //===-- segments (Segments.cpp) -----------------------------------------------------------===//
  /// Begins an entry, if none is open, with all names in sight.
  void open(Level &level);
  /// Ends the entry; what is in sight is carried on.
  void close(Level &level, Nodes &nodes);
  void carry(Level &level);
  /// Names of a level as values of the active frame.
  void rebind(Level &level, const std::shared_ptr<Scope> &scope);
  void bindLoop(const Loop &loop, const std::shared_ptr<Scope> &scope);
  Value columns(const ast::Pattern &pattern, const DataSet &data, bool batched,
                const SizeExpr &batch);
  Value counter(const std::string &name, SourceRange range);

  //===-- loops (Loops.cpp) -----------------------------------------------------------------===//
  void each(const ast::Each &stmt, Level &level, Nodes &nodes);
  void eachElement(const ast::Each &stmt, const List &list, Level &level, Nodes &nodes);
  bool beginData(const ast::Each &stmt, const DataPart &part, Level &level, Loop &loop,
                 llvm::json::Object &node);
  bool beginRange(const ast::Each &stmt, const Range &range, Level &level, Loop &loop,
                  llvm::json::Object &node);
  bool option(const ast::Argument &option, Level &level, Loop &loop, llvm::json::Object &node);
  Value staticValue(const ast::Expr &expr, Level &level);
  Loop *innermost(Level &level) const;

  //===-- reports (Reports.cpp), evaluations (Evaluations.cpp) ------------------------------===//
  void report(const ast::Report &stmt, Level &level, Nodes &nodes);
  void stepReport(const ast::Report &stmt, Level &level, Nodes &nodes);
  void lateReports(Level &level);
  void combinedReport(const ast::Report &stmt, Level &level, Loop &loop);
  void show(const ast::Report &stmt, Level &level, Nodes &nodes);
  std::string nameOf(const ast::Report &stmt, Loop *loop);
  /// What an evaluation is about.
  struct Target {
    const DataSet *data = nullptr;
    std::string part;
    const ast::Pattern *pattern = nullptr; ///< or the loop's
  };
  std::optional<Target> target(const ast::Expr *data, const ast::Pattern *pattern, Level &level,
                               SourceRange range);
  /// Begins an entry at other data, in which `wanted` can be evaluated, and gives its scope.
  std::shared_ptr<Scope> beginEvaluation(EntryFrame &frame, const std::string &name,
                                         const Target &target,
                                         const std::vector<const ast::Expr *> &wanted, Level &level,
                                         bool again);
  void evaluateReports(const std::vector<const ast::Report *> &group, Level &level, Loop &loop);
  void evaluateShow(const ast::Report &stmt, Level &level, Nodes *nodes);

  //===-- learning (Learning.cpp) -----------------------------------------------------------===//
  void minimize(const ast::Minimize &stmt, Level &level);
  void learn(const ast::Minimize &stmt, const std::string &name, mlir::Value loss,
             const std::vector<Slot> &slots, Level &level, Frame::Effects effects);
  void update(const ast::Update &stmt, Level &level);
  std::vector<Slot> parameters(const ast::Expr &expr, Env &env);
  bool isStale(mlir::Value loss, const std::vector<Slot> &slots, SourceRange range);
  mlir::Value lossOf(const ast::Expr &expr, Env &env);

  //===-- optimizers (Optimizers.cpp) -------------------------------------------------------===//
  /// `loss`: for optimizers that compute it again; may be null.
  void apply(const ast::Expr &optimizer, const std::string &name, const std::vector<Slot> &slots,
             const std::vector<mlir::Value> &gradients, mlir::Value loss, Env &env);
  /// Losses are reported where the text does not report them itself.
  void reportLosses();

  Program &program;
  Elaborator &elaborator;
  const ast::Callable &decl;
  FileScope *file;
  const bool isTask;
  EntryFrame frame;         ///< of the segments
  EntryFrame *active;       ///< the frame of the segments, or of an evaluation
  Level *current = nullptr; ///< the innermost level, for `on`
  Nodes *currentNodes = nullptr;
  ListTurns listTurns; ///< around the statement that is being compiled
  int steps = 0, evaluations = 0;
  std::set<std::string> reportNames;           ///< outside of loops
  llvm::DenseMap<mlir::Value, Slot> carriedBy; ///< the temporaries of values of closed segments

  /// A loss that was minimized.
  struct Loss {
    Loop *loop;
    mlir::Value value;
    std::string name;
    bool isGain;
    const ast::Minimize *stmt;
  };
  std::vector<Loss> implicit; ///< of the open segment

  OptimizerRun *optimizing = nullptr; ///< the innermost optimizer that is being executed
};

} // namespace net
#endif // NETC_FRONTEND_BLOCKS_H
