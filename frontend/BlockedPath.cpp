//===- BlockedPath.cpp - where a gradient's way ends ----------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/BlockedPath.h"
#include "frontend/Reach.h"
#include "frontend/Slices.h"
#include "ir/Reads.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace net;
using Values = llvm::DenseSet<mlir::Value>;

namespace {
class BlockedPath {
public:
  BlockedPath(Elaborator &e, Diagnostic &diagnostic)
      : e(e), diagnostic(diagnostic), reach(e.module) {}

  /// Says where the nearest path ends, if one does.
  bool note(llvm::ArrayRef<mlir::Value> from, mlir::Value to) {
    llvm::SmallVector<mlir::Operation *> way;
    if (!findEnd(between(from, to, Paths::All), Values(from.begin(), from.end()), {to}, way))
      return false;
    for (mlir::Operation *op : way) {
      SourceRange range = e.rangeOf(op->getLoc());
      if (op == way.back())
        diagnostic.note(range, "the nearest path ends here: " + spelled(op) + " has no derivative");
      else
        diagnostic.note(range, std::string("the nearest path leads through this ") +
                                   (llvm::isa<CallOp>(op) ? "call" : "scan"));
    }
    return true;
  }

private:
  /// The first of the operations on the way to `ends` that nothing real comes out of, though
  /// something real goes in; behind the calls and scans that it is in.
  bool findEnd(const llvm::SmallVector<mlir::Operation *> &ops, Values real, Values ends,
               llvm::SmallVectorImpl<mlir::Operation *> &way) {
    for (mlir::Operation *op : ops)
      ends.insert_range(valuesReadBy(op));
    for (mlir::Operation *op : ops) {
      auto reads = valuesReadBy(op).takeVector();
      if (llvm::none_of(reads, [&](mlir::Value v) { return real.contains(v); }))
        continue;
      bool flows = false;
      for (mlir::Value result : op->getResults())
        if (ends.contains(result) &&
            llvm::any_of(reach.sourcesOf(result, reads),
                         [&](mlir::Value v) { return v != result && real.contains(v); })) {
          flows = true;
          real.insert(result);
        }
      if (!flows && endsIn(op, real, way))
        return true;
    }
    return false;
  }

  bool endsIn(mlir::Operation *op, const Values &real,
              llvm::SmallVectorImpl<mlir::Operation *> &way) {
    way.push_back(op);
    mlir::Block *body = bodyOf(op);
    if (!body)
      return true;
    llvm::SmallVector<mlir::Value> inside;
    for (auto [argument, operand] : llvm::zip(body->getArguments(), op->getOperands()))
      if (real.contains(operand))
        inside.push_back(argument);
    for (mlir::Value value : valuesReadBy(op))
      if (real.contains(value))
        inside.push_back(value);
    if (auto scan = llvm::dyn_cast<ScanOp>(op))
      addLaterCarries(scan, inside);
    for (mlir::Value end : body->getTerminator()->getOperands()) {
      auto ops = llvm::filter_to_vector(between(inside, end, Paths::All),
                                        [&](mlir::Operation *o) { return o->getBlock() == body; });
      if (findEnd(ops, Values(inside.begin(), inside.end()), {end}, way))
        return true;
    }
    way.pop_back();
    return false;
  }

  /// Carries that become real in later turns.
  void addLaterCarries(ScanOp scan, llvm::SmallVectorImpl<mlir::Value> &inside) {
    for (bool changed = true; changed;) {
      changed = false;
      for (auto [carry, next] : llvm::zip(scan.carries(), scan.nextCarries())) {
        if (llvm::is_contained(inside, carry))
          continue;
        Values sources = reach.sourcesOf(next);
        if (llvm::any_of(inside, [&](mlir::Value v) { return sources.contains(v); })) {
          inside.push_back(carry);
          changed = true;
        }
      }
    }
  }

  mlir::Block *bodyOf(mlir::Operation *op) {
    if (auto scan = llvm::dyn_cast<ScanOp>(op))
      return &scan.getBody().front();
    auto call = llvm::dyn_cast<CallOp>(op);
    auto callee = call ? e.module.lookupSymbol<mlir::func::FuncOp>(call.getCallee()) : nullptr;
    return callee ? &callee.getBody().front() : nullptr;
  }

  /// As the program writes it.
  static std::string spelled(mlir::Operation *op) {
    if (llvm::isa<CastOp>(op))
      return "`" + elementName(elementOf(op->getResult(0).getType())) + "(..)`";
    llvm::StringRef name = op->getName().stripDialect();
    return "`" +
           llvm::StringSwitch<llvm::StringRef>(name)
               .Case("eq", "==")
               .Case("ne", "!=")
               .Case("lt", "<")
               .Case("le", "<=")
               .Case("gt", ">")
               .Case("ge", ">=")
               .Default(name)
               .str() +
           "`";
  }

  Elaborator &e;
  Diagnostic &diagnostic;
  Reach reach;
};
} // namespace

bool net::noteBlockedPath(Elaborator &e, Diagnostic &diagnostic, llvm::ArrayRef<mlir::Value> from,
                          mlir::Value to) {
  if (!BlockedPath(e, diagnostic).note(from, to))
    return false;
  diagnostic.help("a gradient flows through real numbers alone, not through whole numbers, "
                  "comparisons or `stop_gradient`");
  return true;
}
