//===- Batch.cpp - gathering of batches, at once or ahead -----------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "runtime/Batch.h"

#include "runtime/Error.h"
#include "runtime/Random.h"

#include <algorithm>
#include <csignal>
#include <cstring>

namespace netrt {

/// Below this the caller copies: waking the loader and waiting for it costs some 70 us where all
/// cores are busy, copying 100 KB of scattered rows 10 us.
static constexpr int64_t aheadFrom = 512 << 10;

Loader::Loader() {
  queue.reserve(64);
  sigset_t all, old; // signals go to the main thread
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &old);
  thread = std::thread([this] { serve(); });
  pthread_sigmask(SIG_SETMASK, &old, nullptr);
}

Loader::~Loader() {
  {
    std::lock_guard<std::mutex> lock(mutex);
    ending = true;
  }
  wake.notify_one();
  thread.join();
}

void Loader::submit(BatchSource &source, int64_t index) {
  {
    std::lock_guard<std::mutex> lock(mutex);
    source.pending = index;
    queue.push_back(&source);
  }
  wake.notify_one();
}

void Loader::wait(BatchSource &source) {
  std::unique_lock<std::mutex> lock(mutex);
  done.wait(lock, [&] { return source.pending < 0; });
}

void Loader::serve() {
  std::unique_lock<std::mutex> lock(mutex);
  for (;;) {
    wake.wait(lock, [&] { return ending || !queue.empty(); });
    if (ending)
      return;
    BatchSource *source = queue.front();
    queue.erase(queue.begin());
    int64_t index = source->pending;
    lock.unlock();
    source->gather(index);
    lock.lock();
    source->pending = -1;
    done.notify_all();
  }
}

BatchSource::BatchSource(const PartData &part, int64_t wanted, bool shuffles, Loader *loader)
    : part(part), batch(std::clamp<int64_t>(wanted, 1, part.rows())), batched(wanted > 0),
      loader(loader), order(part.rows()) {
  const DataDecl &decl = part.getDecl();
  current.resize(decl.columns.size());
  int64_t bytes = 0;
  for (auto &slot : ready)
    slot.resize(decl.columns.size());
  for (size_t i = 0; i < decl.columns.size(); ++i) {
    const ColumnDecl &column = decl.columns[i];
    int64_t size = checkedProduct(&batch, 1, column.rowBytes(), column.name.c_str());
    if (!shuffles && isInPlace(static_cast<int>(i)))
      size = 0;
    slots[0].emplace_back(size);
    slots[1].emplace_back(turns() > 1 ? size : 0);
    bytes += size;
  }
  if (bytes < aheadFrom)
    this->loader = nullptr;
}

BatchSource::~BatchSource() { settle(); }

void BatchSource::settle() {
  if (loader)
    loader->wait(*this);
}

/// Are the rows of every batch, in the part's order, an array that is there already?
bool BatchSource::isInPlace(int column) const {
  for (int64_t turn = 0; turn < turns(); ++turn)
    if (!part.view(column, turn * batch))
      return false;
  return true;
}

void BatchSource::beginShuffled(uint64_t key) {
  settle();
  permute(key, order.data(), part.rows());
  shuffled = true;
  inOrder = false;
  prepared[0] = prepared[1] = -1;
}

void BatchSource::beginInOrder() {
  settle();
  if (inOrder) // what is prepared of an earlier pass serves this one
    return;
  inOrder = true;
  for (int64_t i = 0; i < part.rows(); ++i)
    order[i] = i;
  shuffled = false;
  prepared[0] = prepared[1] = -1;
}

void BatchSource::gather(int64_t turn) {
  int slot = turn & 1;
  int64_t first = turn * batch, count = std::min(batch, part.rows() - first);
  for (size_t i = 0; i < current.size(); ++i) {
    const uint8_t *data = shuffled ? nullptr : part.view(static_cast<int>(i), first);
    if (!data) {
      part.gather(static_cast<int>(i), order.data() + first, count, slots[slot][i].data());
      data = slots[slot][i].data();
    }
    ready[slot][i] = data;
  }
  prepared[slot] = turn;
}

void BatchSource::lend(int column, const void *data, int64_t rows) {
  settle();
  const ColumnDecl &decl = part.getDecl().columns[column];
  currentRows = rows;
  current[column] = static_cast<const uint8_t *>(data);
  if (reinterpret_cast<uintptr_t>(data) % 64 == 0)
    return;
  int64_t bytes = checkedProduct(&rows, 1, decl.rowBytes(), decl.name.c_str());
  Buffer &copy = slots[0][column];
  copy.reserve(bytes);
  memcpy(copy.data(), data, bytes);
  current[column] = copy.data();
  prepared[0] = -1;
}

void BatchSource::take(int64_t turn) {
  settle();
  int slot = turn & 1;
  if (prepared[slot] != turn)
    gather(turn);
  std::copy(ready[slot].begin(), ready[slot].end(), current.begin());
  currentRows = std::min(batch, part.rows() - turn * batch);
  if (loader && turn + 1 < turns())
    loader->submit(*this, turn + 1);
}

} // namespace netrt
