//===- FusionForm.cpp - which operations one kernel can hold -----------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "passes/FusionForm.h"
#include <set>

using namespace mlir;
using namespace net;
using namespace net::fusion;

namespace {
/// One set of operations under examination.
class Form {
public:
  Form(const Graph &graph, Operations operations, IsOutput isOutput);
  std::string whyNot();

private:
  bool isIn(Operation *op) const { return members.contains(op); }
  bool follows(Operation *op) const { return following.contains(op); }
  void findFollowing();

  std::string whyNoMap();
  std::string whyNotAlone();
  std::string whyNoEpilogue();
  std::string whyNoReductions();
  std::string whyNoRowwise();
  bool readsRows(Value value, const Shape &rows) const;

  void findPlaces();
  void placeBy(const Reader &reader);
  std::string whyRecomputed();
  std::string whyTooManyArrays();
  unsigned placeThrough(unsigned place, Value through);

  const Graph &graph;
  Operations operations;
  llvm::DenseSet<Operation *> members, following; ///< following: behind a root, itself excluded
  SmallVector<Operation *> roots, outputs;
  bool rowwise = false;

  /// Where an operation's elements are computed: each number is one loop, or one way of indexing.
  struct Places {
    std::set<unsigned> where;
    bool repeatedly = false;
  };
  llvm::DenseMap<Operation *, Places> places;
  std::map<std::pair<unsigned, void *>, unsigned> numbers;
};
} // namespace

Form::Form(const Graph &graph, Operations operations, IsOutput isOutput)
    : graph(graph), operations(operations) {
  members.insert(operations.begin(), operations.end());
  for (Operation *op : operations) {
    if (graph.roleOf(op) != Role::Element)
      roots.push_back(op);
    if (isOutput(op))
      outputs.push_back(op);
  }
  findFollowing();
}

void Form::findFollowing() {
  auto isBehind = [&](const Source &source) {
    Operation *def = graph.producerOf(source.value);
    return def && isIn(def) && (follows(def) || llvm::is_contained(roots, def));
  };
  for (Operation *op : operations)
    for (unsigned i = 0; i < op->getNumOperands(); ++i)
      if (llvm::any_of(graph.sourcesOf(op, i), isBehind))
        following.insert(op);
}

//===-- shapes of kernels ---------------------------------------------------------------------===//

std::string Form::whyNoMap() {
  for (Operation *op : outputs)
    if (graph.countOf(op->getResult(0)) != graph.countOf(outputs[0]->getResult(0)))
      return "the results have different numbers of elements";
  return "";
}

std::string Form::whyNotAlone() {
  if (roots.size() > 1 || outputs.size() != 1 || outputs[0] != roots[0])
    return "'" + roots[0]->getName().getStringRef().str() + "' is a kernel's only root and result";
  // What goes along a row is computed without vectors, or out of the order of memory.
  for (Operation *op : operations)
    if (graph.roleOf(roots[0]) == Role::Rows && op != roots[0] && weightOf(op) > cheapWeight)
      return "elements of '" + op->getName().getStringRef().str() + "' are too dear for a row";
  return "";
}

/// Behind the roots: elementwise, on the roots' results, and nothing else is stored.
std::string Form::whyNoEpilogue() {
  SizeExpr count = graph.countOf(roots[0]->getResult(0));
  for (Operation *op : outputs) {
    if (!follows(op) && !llvm::is_contained(roots, op))
      return "a result would not depend on '" + roots[0]->getName().getStringRef().str() + "'";
    if (graph.countOf(op->getResult(0)) != count)
      return "the results have different numbers of elements";
  }
  for (Operation *op : operations) {
    if (!follows(op))
      continue;
    if (!isa<ScalarOp, CheckedOp, ReshapeOp>(op))
      return "behind '" + roots[0]->getName().getStringRef().str() +
             "' only elementwise operations can follow";
    for (unsigned i = 0; i < op->getNumOperands(); ++i)
      for (const Source &source : graph.sourcesOf(op, i)) {
        Operation *def = graph.producerOf(source.value);
        if (def && (follows(def) || llvm::is_contained(roots, def)) && !source.positional)
          return "the result is read at other positions";
      }
  }
  return "";
}

std::string Form::whyNoReductions() {
  Shape domain = shapeOf(roots[0]->getOperand(0).getType());
  for (Operation *root : roots) {
    if (shapeOf(root->getOperand(0).getType()) != domain ||
        reducedAxes(root) != reducedAxes(roots[0]))
      return "reductions of different domains";
    if (follows(root))
      return "one reduction needs the other's result";
  }
  return whyNoEpilogue();
}

/// Is what lies behind a root read element by element, or one number for each row?
bool Form::readsRows(Value value, const Shape &rows) const {
  Operation *def = graph.producerOf(value);
  if (!def || !graph.isFree(def))
    return true;
  if (isa<ConstantOp, SizeOp, IotaOp>(def))
    return true;
  if (isa<ReshapeOp, StopGradientOp>(def))
    return readsRows(def->getOperand(0), rows);
  auto broadcast = dyn_cast<BroadcastOp>(def);
  if (!broadcast)
    return false;
  Shape shape = shapeOf(broadcast.getX().getType());
  while (shape.size() > rows.size() && shape.back() == SizeExpr(1))
    shape.pop_back();
  if (shape != rows)
    return false;
  for (size_t i = 0; i < rows.size(); ++i)
    if (broadcast.getAxes()[i] != static_cast<int64_t>(i))
      return false;
  return readsRows(broadcast.getX(), rows);
}

std::string Form::whyNoRowwise() {
  Shape rows = shapeOf(roots[0]->getResult(0).getType());
  SizeExpr domain = graph.countOf(roots[0]->getOperand(0));
  if (estimate(product(rows)) < 16)
    return "too few rows for a loop over rows";
  for (Operation *root : roots) {
    auto axes = reducedAxes(root);
    bool lastAxes = !axes.empty() && axes.front() == static_cast<int64_t>(rows.size());
    if (graph.roleOf(root) != Role::Reduction || shapeOf(root->getResult(0).getType()) != rows ||
        !lastAxes)
      return "reductions over different rows";
  }
  for (Operation *op : outputs)
    if (graph.countOf(op->getResult(0)) != domain)
      return "a number for each row is needed outside of the kernel";
  for (Operation *op : operations) {
    if (!follows(op))
      continue;
    if (graph.roleOf(op) == Role::Element && !isa<ScalarOp, CheckedOp, ReshapeOp>(op))
      return "behind a reduction only elementwise operations can follow";
    for (unsigned i = 0; i < op->getNumOperands(); ++i)
      for (const Source &source : graph.sourcesOf(op, i)) {
        Operation *def = graph.producerOf(source.value);
        bool behind = def && isIn(def) && (follows(def) || llvm::is_contained(roots, def));
        if (behind && !readsRows(op->getOperand(i), rows))
          return "a reduction's result is not read row by row";
      }
  }
  rowwise = true;
  return "";
}

//===-- work done again -----------------------------------------------------------------------===//

unsigned Form::placeThrough(unsigned place, Value through) {
  return numbers.try_emplace({place, through.getAsOpaquePointer()}, numbers.size() + 1)
      .first->second;
}

/// `op` is computed where this reader reads it.
void Form::placeBy(const Reader &reader) {
  Operation *op = graph.producerOf(reader.source.value);
  Places &mine = places[op];
  const Places &theirs = places[reader.op];
  bool hoisted = graph.countOf(reader.source.value) == SizeExpr(1);
  if (rowwise && graph.countOf(reader.source.value) == graph.countOf(roots[0]->getResult(0)))
    hoisted = true; // once a row
  if (hoisted) {
    mine.where.insert(0);
    return;
  }
  Role role = graph.roleOf(reader.op);
  bool gathers =
      isa<TakeOp, TakeAlongOp>(reader.op) || (role == Role::Scatter && reader.operand == 1);
  mine.repeatedly |= reader.source.rereads || theirs.repeatedly || role == Role::Product || gathers;
  bool elementwise = isa<ScalarOp, CheckedOp, ReshapeOp>(reader.op);
  // Reductions of one domain share their loop; each of those over rows has its own.
  Value loop =
      elementwise || (role == Role::Reduction && !rowwise) ? Value() : reader.op->getResult(0);
  auto enter = [&](unsigned place) {
    unsigned at = loop ? placeThrough(place, loop) : place;
    mine.where.insert(reader.source.positional ? at : placeThrough(at, reader.source.through));
  };
  if (role == Role::Element)
    llvm::for_each(theirs.where, enter);
  else
    enter(1);
}

void Form::findPlaces() {
  for (Operation *op : outputs)
    places[op].where.insert(0);
  for (Operation *op : llvm::reverse(operations))
    for (const Reader &reader : graph.readersOf(op))
      if (isIn(reader.op))
        placeBy(reader);
}

std::string Form::whyRecomputed() {
  findPlaces();
  int total = 0;
  for (Operation *op : operations) {
    const Places &mine = places[op];
    if (!mine.repeatedly && mine.where.size() <= 1)
      continue;
    int weight = graph.roleOf(op) == Role::Element ? weightOf(op) : cheapTotal;
    total += weight;
    if (weight > cheapWeight || total > cheapTotal)
      return "elements of '" + op->getName().getStringRef().str() +
             "' would be computed several times";
  }
  return "";
}

/// A product reads its operands again for every panel: computing them must not read more than they
/// hold.
std::string Form::whyTooManyArrays() {
  for (Operation *root : roots) {
    if (graph.roleOf(root) != Role::Product)
      continue;
    for (OpOperand &operand : root->getOpOperands()) {
      int64_t bytes = 0;
      llvm::SmallPtrSet<void *, 4> seen;
      SmallVector<Source> work(graph.sourcesOf(root, operand.getOperandNumber()));
      while (!work.empty()) {
        Value value = work.pop_back_val().value;
        Operation *def = graph.producerOf(value);
        if (!seen.insert(value.getAsOpaquePointer()).second)
          continue;
        if (!def || !isIn(def))
          bytes += bytesOf(value.getType());
        else
          for (unsigned i = 0; i < def->getNumOperands(); ++i)
            llvm::append_range(work, graph.sourcesOf(def, i));
      }
      if (bytes > bytesOf(operand.get().getType()) * 5 / 4)
        return "a product would read more bytes for its operand than the operand has";
    }
  }
  return "";
}

std::string Form::whyNot() {
  bool product =
      llvm::any_of(roots, [&](Operation *root) { return graph.roleOf(root) == Role::Product; });
  bool alone = llvm::any_of(roots, [&](Operation *root) {
    return graph.roleOf(root) == Role::Scatter || graph.roleOf(root) == Role::Rows;
  });
  std::string why;
  if (roots.empty())
    why = whyNoMap();
  else if (alone)
    why = whyNotAlone();
  else if (product)
    why = roots.size() > 1 ? "a kernel has one product at most" : whyNoEpilogue();
  else if (why = whyNoReductions(); !why.empty())
    why = whyNoRowwise().empty() ? "" : why;
  if (why.empty())
    why = whyRecomputed();
  return why.empty() ? whyTooManyArrays() : why;
}

std::string fusion::whyNoKernel(const Graph &graph, Operations operations, IsOutput isOutput) {
  return Form(graph, operations, isOutput).whyNot();
}
