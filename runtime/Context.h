//===- Context.h - variables, threads and scratch memory of one running program --*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef NETC_RUNTIME_CONTEXT_H
#define NETC_RUNTIME_CONTEXT_H

#include "runtime/Batch.h"
#include "runtime/Data.h"
#include "runtime/Program.h"
#include "runtime/Team.h"

#include <memory>
#include <string>
#include <vector>

namespace netrt {

class Call;

/// A variable's value. The shape is static, or that of the last entry that wrote it.
struct Var {
  Buffer buffer;
  std::vector<int64_t> shape;
  bool known = false; ///< whether it has a shape and so a value
};

/// An array handed in for an entry's `arg`. Its memory is the caller's.
struct ArgValue {
  const void *data = nullptr;
  std::vector<int64_t> shape;
};

struct ContextOptions {
  int threads = 0; ///< 0: as many as there are cores
  uint64_t seed = 0;
  SearchPath search;
  DataStore::MakeUp makeUp = DataStore::MakeUp::Never;
};

/// Everything that a running program owns; nothing is shared between contexts.
class Context {
public:
  Context(std::unique_ptr<Program> program, const ContextOptions &options);
  ~Context();

  const Program &getProgram() const { return *program; }
  DataStore &getData() { return data; }
  NetTeam &getTeam() { return team; }
  std::vector<Var> &getVars() { return vars; }
  /// The slot of an argument by name, for whoever calls and whoever is called.
  ArgValue &argument(const std::string &name) { return arguments[name]; }
  /// The background loader, started on first use.
  Loader &getLoader();
  uint64_t getSeed() const { return seed; }
  void setSeed(uint64_t value) { seed = value; }
  /// The key of turn `turn`.
  uint64_t keyOf(int64_t turn) const;

  /// Runs the entries that initialize parameters and states.
  void initialize();
  /// Runs one entry with no loop around it (initialization, data).
  void runOnce(const std::string &entry);
  /// Runs a prepared call on the whole team. Throws the program's message as an Error (data) if the
  /// entry returns one.
  void run(Call &call);

  /// Makes room for a variable of this shape (kept if it has room).
  void reserveVar(int index, const std::vector<int64_t> &shape);
  /// Scratch for the largest entry; grown before the steps, not in them.
  void reserveArena(int64_t bytes) { arena.reserve(bytes); }
  /// Bytes of scratch held now.
  int64_t arenaBytes() const { return arena.capacity(); }
  /// Throws an Error if `bytes` more would not fit into memory.
  static void checkMemory(int64_t bytes);

private:
  RawTable makeData(const DataDecl &decl, const PartDecl &part);

  std::unique_ptr<Program> program;
  std::vector<Var> vars;
  std::map<std::string, ArgValue> arguments;
  DataStore data;
  NetTeam team;
  std::unique_ptr<Loader> loader;
  Buffer arena;
  uint64_t seed;
};

} // namespace netrt
#endif // NETC_RUNTIME_CONTEXT_H
