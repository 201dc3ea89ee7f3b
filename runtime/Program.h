//===- Program.h - the program description, read ----------------*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef NETC_RUNTIME_PROGRAM_H
#define NETC_RUNTIME_PROGRAM_H

#include "runtime/Dtype.h"
#include "runtime/Size.h"
#include "runtime/netrt.h"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace netrt {

/// A parameter, a state, or a value that crosses from one entry to another.
struct VarDecl {
  enum class Kind { Param, State, Temp };
  std::string path;
  Kind kind = Kind::Param;
  Dtype dtype = Dtype::F32;
  SizeNames names; ///< of its own shape; static shapes have none
  Shape shape;
  std::string layer;
  std::string output; ///< of the layer: its type, as text
  bool isStatic() const { return names.empty(); }
};

/// One argument or result of an entry.
struct Port {
  enum class Kind { Var, Column, Whole, Key, Counter, Arg, Report, Out, Stop, Rows, Check };
  Kind kind = Kind::Var;
  std::string name;
  Dtype dtype = Dtype::F32;
  Shape shape;                    ///< over the entry's sizes
  int var = -1;                   ///< index of the variable, for Var
  std::optional<double> standard; ///< default of a scalar Arg
};

/// A value of an entry compiled with --check-nan: what it is, and which it is computed from.
struct CheckedValue {
  enum class Kind { Operation, Constant, Argument, Passed };
  Kind kind = Kind::Passed;
  std::string text, file; ///< `log`; of an argument its name
  int64_t line = 0, column = 0;
  std::vector<int> inputs;
  std::vector<std::string> names; ///< of the inputs; may be empty
  std::vector<int> scans;         ///< around it, from the outermost
  int row = -1;                   ///< its result among those of kind Check, if it has one
};

/// What must not be negative, and the message if it is.
struct SizeCheck {
  Size size;
  int64_t message = 0;
};

struct EntryDecl {
  std::string name, kind;
  SizeNames sizes;
  std::vector<Port> args, results;
  std::vector<SizeCheck> sizeChecks;
  std::vector<CheckedValue> checks; ///< in the order of the text
  std::vector<int> ends;            ///< those that are results
  const NetEntry *code = nullptr;
};

struct ColumnDecl {
  std::string name;
  Dtype dtype = Dtype::F32;
  std::vector<int64_t> shape; ///< of one row
  int64_t elements() const;
  int64_t rowBytes() const { return elements() * sizeOf(dtype); }
};

/// Reader options by name: text as it stands, numbers printed, lists as comma-separated text.
using ReaderOptions = std::map<std::string, std::string>;

struct PartDecl {
  std::string name, reader, entry;
  std::vector<std::string> files;
  ReaderOptions options;
  std::vector<std::vector<std::string>> rows; ///< literal rows, cells as text
  std::optional<int64_t> shuffle;             ///< seed; applied before the slice
  std::optional<int64_t> begin, end;          ///< slice; negative counts from the end
};

struct DataDecl {
  std::string name;
  std::vector<ColumnDecl> columns;
  std::vector<PartDecl> parts; ///< in the order of the text
  /// Index of `image`, also spelled `Fashion.image`; or -1.
  int columnNamed(const std::string &path) const;
};

/// An evaluation whose results become variables.
struct EvalDecl {
  std::string entry, data, part;
  std::optional<int64_t> batch;
  std::vector<std::string> into;
};

struct ReportDecl {
  std::string name;
  std::string eval; ///< entry; empty: the mean of the step's own values
  std::string data, part;
  std::optional<int64_t> batch;
  std::vector<EvalDecl> before; ///< what the entry reads
};

/// Something to look at: an entry's results as a file.
struct ShowDecl {
  std::string kind; ///< images, curve, scatter, table, text
  std::string file; ///< as the program names it; may be empty
  std::string entry, data, part;
};

/// A node of a block's tree.
struct Node {
  enum class Kind { Run, Each, Eval, Stop, Report, Show };
  Kind kind = Kind::Run;
  std::string entry;             ///< Run, Eval
  std::vector<std::string> into; ///< Eval: temporaries; Stop: the one bool
  std::string data, part;        ///< Each over data, Eval
  bool overData = false;
  int64_t first = 0, last = 0; ///< Each over a range
  std::string counter;
  /// Rows a turn: a number, every row at once, or (none) rows singly, without a leading axis.
  enum class Batch { None, Count, All } batchKind = Batch::None;
  int64_t batch = 0;
  int64_t epochs = 1;
  bool shuffle = true;
  std::optional<int64_t> every;
  std::vector<ReportDecl> reports; ///< Each; Report: exactly one
  std::vector<ShowDecl> shows;     ///< Each: with its reports; Show: exactly one
  std::vector<Node> body;
  int id = 0; ///< of loops, numbered through the block in the order of the text
};

struct TrainDecl {
  std::string name, init;
  std::vector<Node> body;
  int loops = 0;
};

/// A network to predict with, or a task to run.
struct CallableDecl {
  std::string name, entry, init;
  std::vector<Node> body; ///< of a task that trains
  int loops = 0;
};

/// A rule that stands in for a derivative on purpose, and where the program declares it.
struct SurrogateDecl {
  std::string function, place;
};

struct Message {
  std::string text, file;
  int64_t line = 0;
};

/// The whole description. Immutable after reading; entries are bound to their code.
struct Program {
  std::string name;
  uint64_t hash = 0; ///< of what checkpoints depend on: variables, data, trees
  std::vector<VarDecl> vars;
  std::vector<DataDecl> data;
  std::vector<std::string> init;
  std::vector<TrainDecl> trains;
  std::vector<CallableDecl> networks, tasks;
  std::vector<SurrogateDecl> surrogates;
  std::vector<EntryDecl> entries;
  std::vector<Message> messages;
  std::vector<std::string> needs; ///< features of the processor

  /// Index, or -1.
  int findVar(const std::string &path) const;
  /// Throw internal Errors if there is none.
  const EntryDecl &entry(const std::string &name) const;
  const DataDecl &dataNamed(const std::string &name) const;
  /// Throws the Error that a check's message says, with its place, and what stands behind it.
  [[noreturn]] void fail(int64_t message, const std::string &behind = "") const;

  std::map<std::string, int> varIndex, entryIndex;
};

/// Reads and checks the description of the first program in the chain that this processor can run.
/// Throws internal Errors: it comes from our own compiler.
std::unique_ptr<Program> readProgram(const NetProgram &native);

} // namespace netrt
#endif // NETC_RUNTIME_PROGRAM_H
