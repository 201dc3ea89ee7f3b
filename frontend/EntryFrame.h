//===- EntryFrame.h - entries under construction ----------------*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// An entry is a public function that the runtime calls. What it reads of the
// context (variables, columns, the key, counters) becomes an argument when it is
// first read; what it sets becomes a result.
//
//===----------------------------------------------------------------------===//
#ifndef NETC_FRONTEND_ENTRYFRAME_H
#define NETC_FRONTEND_ENTRYFRAME_H

#include "frontend/Frame.h"
#include "frontend/GradientSites.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace net {

class Program;

class EntryFrame : public Frame {
public:
  /// `root`: before the paths of what is declared in this frame. One frame makes many entries, one
  /// after the other, which share names and instances; `like`: a frame to share them with.
  EntryFrame(Program &program, std::string root, bool training, const Frame *like = nullptr);

  /// `kind`: step, eval, init, predict, data or task.
  void begin(const std::string &name, llvm::StringRef kind);
  bool isOpen() const { return static_cast<bool>(function); }
  /// Ends the entry: what was set becomes results.
  mlir::func::FuncOp finish();
  mlir::func::FuncOp getFunction() const { return function; }

  mlir::Value key() override;
  bool isKey(mlir::Value value) const override;
  std::string changedSince(llvm::function_ref<bool(mlir::Value)> isRead) const override;
  llvm::SmallVector<mlir::Value> valuesNow() const override;

  /// The argument of a kind (`column`, `counter`, ..) and name, made when first asked for.
  mlir::Value argument(llvm::StringRef kind, const std::string &name, mlir::RankedTensorType type);
  /// Its arguments that have the same name everywhere in a block: columns of data sets, `step`.
  NamedValues inputs() const;
  void addResult(llvm::StringRef kind, const std::string &name, mlir::Value value);
  /// Does a result of this kind hold this very value?
  bool hasResult(llvm::StringRef kind, mlir::Value value) const;
  /// Is a variable of this path a result already?
  bool sets(const std::string &path) const;
  /// The default of a scalar argument that people may leave out.
  void setDefault(const std::string &name, double value) { defaults[name] = value; }

  /// A variable as this entry sees it.
  struct Held {
    Slot slot;
    std::string path;
    mlir::Value value;                ///< now
    std::vector<mlir::Value> earlier; ///< before each `set`
    bool local = false;               ///< of this entry alone
  };
  const std::vector<Held> &variables() const { return held; }
  /// The variable whose value this is now, or null.
  const Held *holding(mlir::Value value) const;
  /// Makes a variable that lives in this entry alone.
  Slot hold(const std::string &path, mlir::Value value);
  std::string pathOf(const Slot &slot) const { return fullPath(slot, root); }

  const std::string root;

protected:
  mlir::Value load(const Slot &slot) override;
  void store(const Slot &slot, mlir::Value value) override;
  std::vector<std::pair<Slot, mlir::Value>> slotsRead() const override;
  Held &variable(const Slot &slot);
  Program &program;

private:
  const std::string place; ///< of the random numbers
  struct Result {
    std::string kind, name;
    mlir::Value value;
  };
  mlir::func::FuncOp function;
  std::vector<Held> held;
  std::map<std::string, size_t> index; ///< into `held`, by path
  std::vector<std::pair<std::string, std::string>> arguments;
  std::vector<Result> results;
  std::map<std::string, double> defaults;
};

} // namespace net
#endif // NETC_FRONTEND_ENTRYFRAME_H
