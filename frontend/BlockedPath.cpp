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

  /// The first of the operations that nothing real comes out of, though something real goes in.
  bool note(const llvm::SmallVector<mlir::Operation *> &ops, Values real) {
    for (mlir::Operation *op : ops) {
      auto reads = valuesReadBy(op).takeVector();
      if (llvm::none_of(reads, [&](mlir::Value v) { return real.contains(v); }))
        continue;
      bool flows = false;
      for (mlir::Value result : op->getResults())
        if (llvm::any_of(reach.sourcesOf(result, reads),
                         [&](mlir::Value v) { return v != result && real.contains(v); })) {
          flows = true;
          real.insert(result);
        }
      if (!flows)
        return noteOperation(op, real);
    }
    return false;
  }

private:
  bool noteOperation(mlir::Operation *op, const Values &real) {
    SourceRange range = e.rangeOf(op->getLoc());
    mlir::Block *body = bodyOf(op);
    if (!body) {
      diagnostic.note(range, "the nearest path ends here: " + spelled(op) + " has no derivative");
      return true;
    }
    diagnostic.note(range, std::string("the nearest path leads through this ") +
                               (llvm::isa<CallOp>(op) ? "call" : "scan"));
    llvm::SmallVector<mlir::Value> inside;
    for (auto [argument, operand] : llvm::zip(body->getArguments(), op->getOperands()))
      if (real.contains(operand))
        inside.push_back(argument);
    for (mlir::Value value : valuesReadBy(op))
      if (real.contains(value))
        inside.push_back(value);
    for (mlir::Value end : body->getTerminator()->getOperands())
      if (note(llvm::filter_to_vector(between(inside, end, Paths::All),
                                      [&](mlir::Operation *o) { return o->getBlock() == body; }),
               Values(inside.begin(), inside.end())))
        break;
    return true;
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
  BlockedPath path(e, diagnostic);
  if (!path.note(between(from, to, Paths::All), Values(from.begin(), from.end())))
    return false;
  diagnostic.help("a gradient flows through real numbers alone, not through whole numbers, "
                  "comparisons or `stop_gradient`");
  return true;
}
