//===- Program.h - what the runtime is told ---------------------*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A program under construction: its module, its variables, its data and the trees
// of its blocks, which become the description of runtime/DESCRIPTION.md.
//
//===----------------------------------------------------------------------===//
#ifndef NETC_FRONTEND_PROGRAM_H
#define NETC_FRONTEND_PROGRAM_H

#include "frontend/DataSets.h"
#include "frontend/Elaborator.h"
#include "frontend/EntryFrame.h"
#include "llvm/Support/JSON.h"

namespace net {

class Program {
public:
  Program(mlir::ModuleOp module, Elaborator &elaborator, Diagnostics &diagnostics);

  mlir::MLIRContext *context() { return module.getContext(); }

  /// A parameter, state, constant, or a value that crosses from one entry into another (`temp`).
  struct Variable {
    std::string path, kind, owner; ///< owner: the block that initializes it; empty: the program
    Slot slot;
  };
  /// Makes a variable known, if it is not. `root`: of the frame that asks.
  void useVariable(const std::string &path, const Slot &slot, const std::string &root);
  const Variable *variable(const std::string &path) const;
  /// A slot for values that cross entries, under this path or one like it.
  Slot makeTemporary(const std::string &path, mlir::RankedTensorType type);

  /// The entry that gives the variables of an owner their first values; its name, or nothing if
  /// there are none.
  std::string makeInit(const std::string &owner, const std::string &name);
  /// `predict.Name`: the network applied to arrays.
  void makePredict(const std::shared_ptr<Instance> &network);

  /// Drops what nobody needs, and writes `net.program`.
  void finish(const std::string &name);

  mlir::ModuleOp module;
  Elaborator &elaborator;
  Diagnostics &diagnostics;
  DataSets data;
  llvm::json::Array trains, tasks, networks;

private:
  llvm::json::Array describeVariables() const;

  std::map<std::string, Variable> variables;
  std::vector<std::string> order; ///< paths as they came
};

/// `f32`, `[B, 10]` as the description writes them.
llvm::json::Array describeShape(const Shape &shape);

} // namespace net
#endif // NETC_FRONTEND_PROGRAM_H
