//===- ValuePlace.cpp - where a program computes a value ------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "ir/ValuePlace.h"
#include "ir/NetDialect.h"
#include "ir/ValueNames.h"

using namespace mlir;
using namespace net;

/// The value inside of an operation's region that a result is, or the value itself.
static Value inside(Value value) {
  for (;;) {
    auto result = dyn_cast<OpResult>(value);
    Operation *op = result ? result.getOwner() : nullptr;
    if (!isa_and_nonnull<ScanOp, KernelOp>(op))
      return value;
    value = op->getRegion(0).front().getTerminator()->getOperand(result.getResultNumber());
  }
}

/// The name that is the location's own; several results share a location, whose names say little.
static StringRef ownName(Location loc) {
  auto named = dyn_cast<NameLoc>(loc);
  StringRef name = named ? named.getName().getValue() : StringRef();
  return name.contains(',') ? StringRef() : name;
}

static Location withoutNames(Location loc) {
  while (true) {
    if (auto named = dyn_cast<NameLoc>(loc))
      loc = named.getChildLoc();
    else if (auto fused = dyn_cast<FusedLoc>(loc); fused && !fused.getLocations().empty())
      loc = fused.getLocations()[0];
    else
      return loc;
  }
}

namespace {
/// Where an operation came from, and through which layers.
struct Chain {
  SmallVector<StringRef> path; ///< innermost first
  SmallVector<FileLineColLoc> places;
  StringRef name;
  bool derived = false;

  void add(Location loc, bool isCaller) {
    derived |= !ruleOf(loc).empty();
    if (isCaller && !ownName(loc).empty())
      path.push_back(ownName(loc));
    else if (!isCaller && name.empty())
      name = ownName(loc);
    loc = withoutNames(loc);
    if (auto call = dyn_cast<CallSiteLoc>(loc)) {
      add(call.getCallee(), isCaller);
      add(call.getCaller(), true);
    } else if (auto place = dyn_cast<FileLineColLoc>(loc)) {
      places.push_back(place);
    }
  }
};
} // namespace

ValuePlace net::placeOf(Value value) {
  value = inside(value);
  Chain chain;
  chain.add(value.getLoc(), false);
  auto argument = dyn_cast<BlockArgument>(value);
  auto scan = argument ? dyn_cast<ScanOp>(argument.getOwner()->getParentOp()) : ScanOp();
  if (scan && chain.path.empty())
    chain.add(scan.getLoc(), false);
  ValuePlace place;
  for (StringRef part : llvm::reverse(chain.path))
    place.name += (part + ".").str();
  Operation *op = value.getDefiningOp();
  std::string last = chain.name.str();
  if (last.empty())
    last = op     ? op->getName().stripDialect().str()
           : scan ? llvm::is_contained(scan.carries(), value) ? "carry" : "element"
                  : "argument";
  place.name += chain.derived && !StringRef(last).starts_with("d") ? "d " + last : last;
  for (FileLineColLoc each : chain.places)
    if (!each.getFilename().getValue().starts_with("std/")) {
      place.file = each.getFilename().str();
      place.line = each.getLine();
      break;
    }
  return place;
}
