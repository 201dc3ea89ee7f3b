//===- Call.h - an entry with its arguments bound ---------------*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef NETC_RUNTIME_CALL_H
#define NETC_RUNTIME_CALL_H

#include "runtime/Context.h"

#include <vector>

namespace netrt {

/// What surrounds a call: loops, from the outermost to the innermost. Their counters are read when
/// the call runs.
struct Scope {
  const Scope *parent = nullptr;
  bool isLoop = true;            ///< false for an evaluation, which has no counters of its own
  BatchSource *source = nullptr; ///< of a loop over data
  std::string counter;           ///< name of a range loop's variable
  int64_t step = 0, epoch = 0, value = 0;
};

/// An entry, prepared: every argument resolved to where its pointer comes from, so that running it
/// neither searches nor allocates.
class Call {
public:
  /// Resolves columns and counters in `scope` (innermost first), whole columns in the context's
  /// data. Throws an internal Error if something is not there.
  Call(Context &context, const EntryDecl &decl, const Scope *scope);

  const EntryDecl &getDecl() const { return decl; }
  const Scope *getScope() const { return scope; }
  void setKey(uint64_t key) { scalars[keySlot] = static_cast<int64_t>(key); }
  bool hasColumns() const { return !sources.empty(); }
  /// The loops' sources that columns come from, innermost use first.
  const std::vector<BatchSource *> &getSources() const { return sources; }

  /// Binds sizes and pointers for the state of things now, making room for what the entry writes.
  void bind();
  /// Scratch the entry needs at the sizes bound.
  int64_t arenaBytes() const {
    return decl.code->arena_bytes ? decl.code->arena_bytes(sizes.data(), context.getTeam().size())
                                  : 0;
  }
  /// After a run: variables with run-time sizes take their new shapes.
  void publish();

  /// After a run: result `index` (of a scalar) as a number; its address; its shape.
  double resultNumber(int index) const;
  const uint8_t *result(int index) const;
  int64_t resultElements(int index) const;
  /// Its array, which the call then no longer has.
  Buffer takeResult(int index);
  std::vector<int64_t> resultShape(int index) const;
  /// Rows of the batch the entry saw: of its innermost batched columns, else 1; or what it says
  /// itself.
  double weight() const;

  void *const *buffersForRun() const { return buffers.data(); }
  const int64_t *sizesForRun() const { return sizes.data(); }

private:
  struct Binding {
    enum class From { Var, Column, Fixed, Counter, Key, Arg, Scalar, Out } from;
    int index = 0; ///< of the variable, column, scalar slot or owned buffer
    BatchSource *source = nullptr;
    const int64_t *counter = nullptr;
    const uint8_t *fixed = nullptr;
    int64_t rows = 0; ///< of a whole column
    const ColumnDecl *column = nullptr;
    const ArgValue *arg = nullptr;
  };

  Binding resolveArg(const Port &port, const Scope *scope);
  Binding resolveResult(const Port &port);
  BatchSource *findColumn(const std::string &name, const Scope *scope, int &index) const;
  void bindSizes();
  void checkSizes() const;
  void match(const Port &port, size_t axis, int64_t actual);
  void matchArg(size_t arg);
  void *argPointer(size_t arg);
  void *resultPointer(size_t index);

  Context &context;
  const EntryDecl &decl;
  const Scope *scope;
  std::vector<Binding> args, results;
  std::vector<BatchSource *> sources;
  std::vector<void *> buffers;
  std::vector<int64_t> sizes;
  std::vector<Buffer> owned;
  std::vector<int64_t> shapeScratch;
  Buffer scalarBuffer;
  int64_t *scalars = nullptr; ///< 64 bytes apart: arguments and results that are one number
  int keySlot = 0, scalarCount = 1;
};

} // namespace netrt
#endif // NETC_RUNTIME_CALL_H
