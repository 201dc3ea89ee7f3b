//===- Evaluate.cpp - batches through an entry, averaged or stacked -------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "runtime/Evaluate.h"

#include "runtime/Error.h"

#include <algorithm>
#include <cstring>

namespace netrt {

/// Whether the entry's columns of this data set have a leading batch axis.
static bool takesBatches(const EntryDecl &entry, const DataDecl &data) {
  for (const Port &port : entry.args)
    if (port.kind == Port::Kind::Column)
      if (int index = data.columnNamed(port.name); index >= 0)
        return port.shape.size() > data.columns[index].shape.size();
  return true;
}

Evaluation::Evaluation(Context &context, const EntryDecl &entry, const PartData *part,
                       int64_t batch, const Scope *outer, const std::vector<std::string> &into)
    : context(context), entry(entry), sums(entry.results.size()) {
  scope.parent = outer;
  scope.isLoop = false;
  if (part) {
    bool batched = takesBatches(entry, part->getDecl());
    source = std::make_unique<BatchSource>(*part, batched ? batch : 0, /*shuffles=*/false,
                                           &context.getLoader());
    scope.source = source.get();
  }
  call = std::make_unique<Call>(context, entry, &scope);
  size_t next = 0;
  for (size_t i = 0; i < entry.results.size() && next < into.size(); ++i) {
    if (entry.results[i].kind == Port::Kind::Var)
      continue;
    int var = context.getProgram().findVar(into[next++]);
    if (var < 0)
      failInternal("no variable `%s` in this program", into[next - 1].c_str());
    kept.push_back({static_cast<int>(i), var, {}});
  }
}

void Evaluation::collect() {
  for (size_t i = 0; i < entry.results.size(); ++i)
    if (entry.results[i].kind == Port::Kind::Out)
      kept.push_back({static_cast<int>(i), -1, {}});
}

std::vector<ShownArray> Evaluation::collected() const {
  std::vector<ShownArray> arrays;
  for (const Kept &keep : kept) {
    const Port &port = entry.results[keep.result];
    if (keep.var < 0)
      arrays.push_back({port.name, port.dtype, keep.own.shape, keep.own.buffer.data()});
  }
  return arrays;
}

Var &Evaluation::target(Kept &keep) {
  return keep.var < 0 ? keep.own : context.getVars()[keep.var];
}

int64_t Evaluation::plan() {
  int64_t bytes = 0;
  for (int64_t rows : {source ? source->lastRows() : 0, source ? source->batchRows() : 0}) {
    if (source)
      source->pretend(rows);
    call->bind();
    bytes = std::max(bytes, call->arenaBytes());
  }
  for (Kept &keep : kept)
    if (!entry.results[keep.result].shape.empty())
      shapeStack(keep);
  return bytes;
}

void Evaluation::shapeStack(Kept &keep) {
  Var &var = target(keep);
  var.shape = call->resultShape(keep.result);
  if (source)
    var.shape[0] = source->getPart().rows();
  if (keep.var >= 0)
    context.reserveVar(keep.var, var.shape);
  else
    var.buffer.reserve(checkedProduct(var.shape.data(), var.shape.size(),
                                      sizeOf(entry.results[keep.result].dtype), "a shown array"));
  var.known = true;
}

void Evaluation::stack(Kept &keep, int64_t firstRow) {
  if (firstRow == 0)
    shapeStack(keep);
  Var &var = target(keep);
  int64_t elements = call->resultElements(keep.result);
  int64_t bytes = elements * sizeOf(entry.results[keep.result].dtype);
  int64_t rows = source ? source->rows() : 1;
  int64_t offset = bytes / rows * firstRow;
  if (offset + bytes > var.buffer.capacity())
    failInternal("entry `%s` makes other rows than the batch's", entry.name.c_str());
  memcpy(var.buffer.data() + offset, call->result(keep.result), bytes);
}

void Evaluation::runBatch() {
  context.run(*call);
  double rows = call->weight();
  weight += rows;
  for (size_t i = 0; i < sums.size(); ++i)
    if (entry.results[i].kind != Port::Kind::Var && entry.results[i].shape.empty())
      sums[i] += rows * call->resultNumber(static_cast<int>(i));
}

void Evaluation::store() {
  for (Kept &keep : kept) {
    const Port &port = entry.results[keep.result];
    if (!port.shape.empty())
      continue;
    Var &var = target(keep);
    Dtype dtype = keep.var < 0 ? port.dtype : context.getProgram().vars[keep.var].dtype;
    var.buffer.reserve(8);
    if (!storeDouble(dtype, var.buffer.data(), sums[keep.result] / weight))
      failData("the mean of `%s` over the data is no %s", entry.name.c_str(), nameOf(dtype));
  }
}

void Evaluation::run() {
  std::fill(sums.begin(), sums.end(), 0);
  weight = 0;
  if (source)
    source->beginInOrder();
  int64_t turns = source ? source->turns() : 1;
  for (int64_t turn = 0; turn < turns; ++turn) {
    if (source)
      source->take(turn);
    call->setKey(context.keyOf(turn)); // the same in every evaluation
    runBatch();
    for (Kept &keep : kept)
      if (!entry.results[keep.result].shape.empty())
        stack(keep, source ? turn * source->batchRows() : 0);
  }
  store();
}

double Evaluation::value(const std::string &name) const {
  int first = -1;
  for (size_t i = 0; i < entry.results.size(); ++i) {
    const Port &port = entry.results[i];
    if (port.kind != Port::Kind::Report && port.kind != Port::Kind::Out)
      continue;
    if (!port.shape.empty())
      continue;
    if (port.name == name)
      return sums[i] / weight;
    if (first < 0)
      first = static_cast<int>(i);
  }
  if (first < 0)
    failInternal("entry `%s` has no value to report", entry.name.c_str());
  return sums[first] / weight;
}

} // namespace netrt
