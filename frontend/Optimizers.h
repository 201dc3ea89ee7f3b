//===- Optimizers.h - an optimizer at work ----------------------*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// An optimizer's body is executed in the segment, once for each parameter, or once
// for all of them if it asks for `params`. Its states belong to the block, and have the
// names of the optimizers around it, and of the parameter, before their own.
//
//===----------------------------------------------------------------------===//
#ifndef NETC_FRONTEND_OPTIMIZERS_H
#define NETC_FRONTEND_OPTIMIZERS_H

#include "frontend/Elaborator.h"
#include "frontend/EntryFrame.h"

namespace net {

/// The optimizer of one `minimize` or `update`, with those that it calls.
class OptimizerRun {
public:
  /// `name`: of the statement; `slots`: the parameters by path.
  OptimizerRun(Elaborator &e, EntryFrame &frame, std::string name,
               std::map<std::string, Slot> slots)
      : e(e), frame(frame), slots(std::move(slots)), prefix(std::move(name)) {}

  /// The parameters after a step, all of them as one value. `loss` is poison if none is known.
  Value apply(const Template &what, const Value &p, const Value &dp, const Value &loss, Env &env,
              SourceRange range);
  /// `inner(p, dp)` in the body of an optimizer.
  Value applyInner(const Template &what, const Arguments &arguments, Env &env, SourceRange range);
  /// One of the bodies computes the loss again.
  bool wantsLoss() const { return lossWanted; }

private:
  /// One run of a body.
  struct Body {
    const ast::Callable &decl;
    FileScope *file;
    const std::string prefix;             ///< of its states
    const std::string path;               ///< of the parameter; empty: all of them
    std::optional<Slot> began, parameter; ///< whether it ran before; what `set p` sets
  };

  Value execute(const Template &what, const std::string &path, const Value &p, const Value &dp,
                const Value &loss, Env &env, SourceRange range);
  bool checkSignature(const ast::Callable &decl, const Value &loss, SourceRange range);
  void statement(const ast::Stmt &stmt, Body &body, const Value &p, Env &env);
  void state(const ast::State &stmt, Body &body, Env &env);
  std::optional<Value> firstValue(const ast::State &stmt, Env &env);
  bool beginsInFirstStep(const ast::State &stmt, const Body &body, const Value &first, Env &env);
  std::shared_ptr<Scope> initialScope(const Body &body, Env &env);
  void beginNow(const Slot &slot, mlir::Value first, Body &body, Env &env);

  Elaborator &e;
  EntryFrame &frame;
  const std::map<std::string, Slot> slots;
  std::string prefix;  ///< `minimize_1.clip_norm`
  std::string current; ///< the parameter of the body that is being executed
  Value loss;          ///< as that body sees it
  unsigned depth = 0;  ///< of optimizers inside optimizers
  bool lossWanted = false;
  std::map<std::string, int> names; ///< of the optimizers that it called
};

} // namespace net
#endif // NETC_FRONTEND_OPTIMIZERS_H
