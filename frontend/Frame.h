//===- Frame.h - the function that operations are being added to -*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A frame is one func.func under construction. What is behind a parameter
// depends on the kind of function: a layer takes it as an argument and tells its
// callers; an entry takes it from the context, by its full path.
//
//===----------------------------------------------------------------------===//
#ifndef NETC_FRONTEND_FRAME_H
#define NETC_FRONTEND_FRAME_H

#include "frontend/Value.h"
#include "mlir/IR/Builders.h"
#include "llvm/ADT/StringMap.h"

namespace net {

class Frame {
public:
  Frame(mlir::MLIRContext *context, bool training);
  /// A frame that shares the instances of another one, by its id.
  Frame(mlir::MLIRContext *context, bool training, int id);
  virtual ~Frame();
  static int freshId();
  Frame(const Frame &) = delete;
  Frame &operator=(const Frame &) = delete;

  /// The value of a parameter, state, constant or column here and now.
  mlir::Value read(const Slot &slot);
  /// `set`: what later reads see; nothing in a turn that is not taken. Outside of training
  /// functions drop it.
  void write(const Slot &slot, mlir::Value value);
  /// An inner `let` by its path; layers keep those that someone reads.
  void record(const std::string &path, const Value &value);
  /// The random key of this function, tensor<i64>.
  virtual mlir::Value key() = 0;
  /// A parameter or state that a layer has, even if it does not use it itself: others may, by its
  /// path.
  virtual void declared(const Slot &slot) {}
  /// The path of a parameter that had one of these values, and was set to another one since; else
  /// empty.
  virtual std::string changedSince(llvm::function_ref<bool(mlir::Value)> isRead) const {
    return "";
  }
  /// The parameters and states as they are now; none if none was set.
  virtual llvm::SmallVector<mlir::Value> valuesNow() const { return {}; }
  /// Is this the random key of this function?
  virtual bool isKey(mlir::Value value) const { return false; }
  /// The parameters, states, constants and columns that were read so far, as they are now.
  std::vector<std::pair<Slot, mlir::Value>> slotsNow() const;
  /// False in a fn, whose calls have no place for parameters of their own.
  virtual bool mayInstantiate() const { return true; }

  /// `dense_1`, `dense_2`: names for instances, random call sites, optimizers, one counter a kind.
  std::string numbered(llvm::StringRef kind);
  /// The name as it stands, or with `_2` and so on if it is taken.
  std::string unique(llvm::StringRef name);

  /// A place in what was elaborated here.
  struct Mark {
    mlir::Block *block;
    mlir::Operation *last;
    llvm::SmallVector<mlir::Value> values;
  };
  Mark mark() const;
  /// What elaborating did since then, beside giving values.
  struct Effects {
    bool draws = false;     ///< random numbers
    bool setsState = false; ///< or a parameter
  };
  Effects effectsSince(const Mark &mark) const;

  /// What names were given: a statement that is executed again, elsewhere, gives the same names.
  using Names = llvm::StringMap<int>;
  const Names &givenNames() const { return counters; }
  void continueNames(Names names) { counters = std::move(names); }

  /// The slot of a callee as this frame sees it. `callee`: the instance that was called, null for a
  /// fn.
  Slot seenFrom(const Slot &slot, const std::shared_ptr<Instance> &callee) const;
  /// `LeNet.conv2d_1.W`: the full path of a slot, where this frame's own ones begin with `root`.
  std::string fullPath(const Slot &slot, llvm::StringRef root) const;

  const int id; ///< owner of instances made here; unique in the process but for frames of one block
  mlir::OpBuilder builder;
  const bool training;        ///< asked through isTraining where a result depends on it
  bool trainingAsked = false; ///< else the function serves both
  bool isTraining() {
    trainingAsked = true;
    return training;
  }
  int depth = 0; ///< of calls; bounds recursion

  /// A turn of a scan: its number, counted from 0 as they run, or a tensor<i64> of it.
  struct Turn {
    int64_t number = 0;
    mlir::Value counted = {};
  };
  std::vector<Turn> turns; ///< of the scans that are being elaborated, from outside inwards

  /// A body whose turns run one after the other. What it sets has to be known before: it is
  /// carried.
  struct Loop {
    mlir::Operation *op;                               ///< what it is built in
    std::vector<std::pair<Slot, mlir::Value>> carried; ///< and its value now
    std::vector<Slot> found;                           ///< set, but not carried
    std::vector<std::pair<std::string, Value>> records;
  };
  std::vector<Loop *> loops; ///< from outside inwards

  /// In turns behind a `stop when`, whether it has been true, of each scan from outside inwards:
  /// then the rest of the turn is not taken.
  std::vector<mlir::Value> stopped;
  /// `before` where the turn is not taken, else `now`.
  mlir::Value ifTaken(mlir::Value before, mlir::Value now);

protected:
  virtual mlir::Value load(const Slot &slot) = 0;
  virtual void store(const Slot &slot, mlir::Value value) = 0;
  virtual bool stores() { return true; } ///< else `store` does nothing
  virtual std::vector<std::pair<Slot, mlir::Value>> slotsRead() const { return {}; }
  virtual void keep(const std::string &path, const Value &value) {}

private:
  Names counters;
};

} // namespace net
#endif // NETC_FRONTEND_FRAME_H
