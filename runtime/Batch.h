//===- Batch.h - batches, gathered ahead of their step ----------*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef NETC_RUNTIME_BATCH_H
#define NETC_RUNTIME_BATCH_H

#include "runtime/Data.h"

#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

namespace netrt {

class BatchSource;

/// The background thread that gathers rows while a step runs. It allocates nothing.
class Loader {
public:
  Loader();
  ~Loader();
  /// Lets the thread run `source.gather(index)`; one request per source at a time.
  void submit(BatchSource &source, int64_t index);
  /// Waits until the source's request is done.
  void wait(BatchSource &source);

private:
  void serve();

  std::mutex mutex;
  std::condition_variable wake, done;
  std::vector<BatchSource *> queue; ///< reserved; sources submit one request each
  bool ending = false;
  std::thread thread;
};

/// The batches of one pass over a part: two sets of buffers, one in use, one being filled.
class BatchSource {
public:
  /// `batch` rows a turn (at most the part's); 0: single rows without a leading axis. Only if it
  /// `shuffles` may a pass be in a random order. A null loader gathers in the caller.
  BatchSource(const PartData &part, int64_t batch, bool shuffles, Loader *loader);
  ~BatchSource();

  const PartData &getPart() const { return part; }
  /// Turns of a pass; the last may be short.
  int64_t allRows() const { return part.rows(); }
  int64_t turns() const { return (part.rows() + batch - 1) / batch; }
  /// Rows of a full batch.
  int64_t batchRows() const { return batch; }
  int64_t lastRows() const { return part.rows() - (turns() - 1) * batch; }
  bool isBatched() const { return batched; }

  /// Starts a pass: in a random order fixed by `key`, or in the part's own.
  void beginShuffled(uint64_t key);
  void beginInOrder();
  /// Makes batch `turn` current, and lets the next be prepared.
  void take(int64_t turn);

  /// Of the current batch.
  int64_t rows() const { return currentRows; }
  const uint8_t *column(int index) const { return current[index]; }
  /// Before the first batch: pretends one of `rows` rows, for planning.
  void pretend(int64_t rows) { currentRows = rows; }
  /// Makes a caller's rows current: a copy, where they are not aligned as a batch must be.
  void lend(int column, const void *data, int64_t rows);

private:
  friend class Loader;
  bool isInPlace(int column) const;
  void gather(int64_t turn);
  void settle();

  const PartData &part;
  int64_t batch, currentRows = 0;
  bool batched, shuffled = false, inOrder = false;
  Loader *loader;
  std::vector<int64_t> order; ///< of rows, in this pass
  std::vector<Buffer> slots[2];
  std::vector<const uint8_t *> ready[2], current;
  int64_t prepared[2] = {-1, -1}; ///< the turn each slot holds
  int64_t pending = -1;           ///< being gathered; guarded by the loader's mutex
};

} // namespace netrt
#endif // NETC_RUNTIME_BATCH_H
