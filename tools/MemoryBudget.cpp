//===- MemoryBudget.cpp - steps that fit into so many bytes ---------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "tools/MemoryBudget.h"
#include "codegen/MemoryLedger.h"
#include "codegen/Passes.h"
#include "ir/DeclaredSizes.h"
#include "mlir/Pass/PassManager.h"
#include "passes/Ledger.h"
#include "passes/Passes.h"
#include "llvm/Support/FormatVariadic.h"

using namespace net;
using mlir::func::FuncOp;

static constexpr char misfitId[] = "N0908";

std::optional<int64_t> net::bytesNamed(llvm::StringRef text) {
  int64_t unit = 1, count = 0;
  if (text.consume_back("K"))
    unit = int64_t(1) << 10;
  else if (text.consume_back("M"))
    unit = int64_t(1) << 20;
  else if (text.consume_back("G"))
    unit = int64_t(1) << 30;
  bool digits = llvm::all_of(text, [](char letter) { return letter >= '0' && letter <= '9'; });
  if (!digits || text.getAsInteger(10, count) || count <= 0 || count > INT64_MAX / unit)
    return std::nullopt;
  return count * unit;
}

std::string net::sizeText(int64_t bytes) {
  double number = static_cast<double>(bytes);
  if (bytes < int64_t(1) << 20)
    return llvm::formatv("{0:F2} KB", number / (1 << 10));
  if (bytes < int64_t(1) << 30)
    return llvm::formatv("{0:F2} MB", number / (1 << 20));
  return llvm::formatv("{0:F2} GB", number / (1 << 30));
}

//===-- trying -------------------------------------------------------------------------------===//

static void addPasses(mlir::OpPassManager &pm, const Trades &trades) {
  if (trades.scans) {
    RecomputeTurnsOptions turns;
    turns.scans = trades.scans;
    pm.addPass(createRecomputeTurns(turns));
  }
  pm.addPass(createFuse());
  if (trades.target) {
    RecomputeKernelsOptions kernels;
    kernels.budget = trades.target;
    kernels.moveUpdates = trades.moveUpdates;
    pm.addPass(createRecomputeKernels(kernels));
  }
}

/// Compiles a copy of the entry as far as its arena.
bool MemoryBudget::plan(FuncOp function, Trades &trades) const {
  mlir::MLIRContext *context = function.getContext();
  mlir::OwningOpRef<mlir::ModuleOp> copy = mlir::ModuleOp::create(function.getLoc());
  FuncOp entry = function.clone();
  copy->push_back(entry);
  mlir::PassManager fuse(context, FuncOp::getOperationName());
  addPasses(fuse, trades);
  if (mlir::failed(fuse.run(entry)))
    return false;
  trades.bounded = DeclaredSizes(entry).areKnown();
  trades.recomputed = entry->getAttrOfType<mlir::ArrayAttr>(recomputedAttribute);
  if (auto applied = entry->getAttrOfType<mlir::IntegerAttr>(scansAgainAttribute))
    trades.applied = applied.getInt();
  mlir::PassManager loops(context);
  loops.addPass(createNetToLoops(target, /*describesMemory=*/true));
  if (mlir::failed(loops.run(*copy)))
    return false;
  auto described = (*copy)->getAttrOfType<mlir::ArrayAttr>(memoryAttribute);
  trades.plan = mlir::cast<mlir::DictionaryAttr>(described[0]);
  trades.bytes = trades.plan.getAs<mlir::IntegerAttr>("bytes").getInt();
  return true;
}

/// Scans first, one after the other: that takes most. Then kernels.
bool MemoryBudget::search(Entry &entry) const {
  Trades &best = entry.trades;
  if (!plan(entry.function, best))
    return false;
  if (fits(best))
    return true;
  for (Trades next = best;;) {
    ++next.scans;
    if (!plan(entry.function, next))
      return false;
    if (next.applied < next.scans)
      break;
    if (next.bytes < best.bytes)
      best = next;
    if (fits(best))
      return true;
  }
  return searchKernels(entry, true) && searchKernels(entry, false);
}

/// The pass has an estimate of its own: what it is wrong by is taken from what it is told, at last
/// everything.
bool MemoryBudget::searchKernels(Entry &entry, bool moveUpdates) const {
  Trades &best = entry.trades, next = best;
  constexpr int mostTries = 8;
  next.target = *budget;
  next.moveUpdates = moveUpdates;
  for (int tries = 1; !fits(best) && tries <= mostTries; ++tries) {
    if (!plan(entry.function, next))
      return false;
    if (next.bytes < best.bytes)
      best = next;
    int64_t less = std::min(next.target - (next.bytes - *budget), next.target / 8 * 7);
    next.target = tries + 1 == mostTries ? 1 : std::max<int64_t>(less, 1);
  }
  return true;
}

bool MemoryBudget::run(llvm::function_ref<bool(mlir::PassManager &)> configure) {
  for (FuncOp function : module.getOps<FuncOp>()) {
    if (function.isPrivate() || function.isExternal())
      continue;
    Entry entry{function, {}};
    if (!search(entry))
      return false;
    entries.push_back(entry);
    mlir::PassManager pm(module.getContext(), FuncOp::getOperationName());
    addPasses(pm, entry.trades);
    if (!configure(pm) || mlir::failed(pm.run(function)))
      return false;
  }
  return true;
}

//===-- saying -------------------------------------------------------------------------------===//

/// Where an operation stands in its entry: one of a layer, where the layer is called.
static mlir::FileLineColLoc placeInEntry(mlir::Location loc) {
  while (true) {
    if (auto named = mlir::dyn_cast<mlir::NameLoc>(loc))
      loc = named.getChildLoc();
    else if (auto call = mlir::dyn_cast<mlir::CallSiteLoc>(loc))
      loc = call.getCaller();
    else if (auto fused = mlir::dyn_cast<mlir::FusedLoc>(loc);
             fused && !fused.getLocations().empty())
      loc = fused.getLocations()[0];
    else
      return mlir::dyn_cast<mlir::FileLineColLoc>(loc);
  }
}

/// Where the program, not the library, has the entry.
static mlir::FileLineColLoc placeOfEntry(FuncOp entry) {
  for (mlir::Operation &op : entry.getBody().front()) {
    mlir::FileLineColLoc place = placeInEntry(op.getLoc());
    if (place && !place.getFilename().getValue().starts_with("std/"))
      return place;
  }
  return {};
}

std::string MemoryBudget::misfits() const {
  std::string text;
  for (const Entry &entry : entries) {
    if (fits(entry.trades))
      continue;
    if (auto place = placeOfEntry(entry.function))
      text += llvm::formatv("{0}:{1}:{2}: ", place.getFilename().getValue(), place.getLine(),
                            place.getColumn());
    text += llvm::formatv("error[{4}]: `{0}` does not fit into {1}: the smallest plan that was "
                          "found takes {2} ({3} bytes)\n",
                          FuncOp(entry.function).getName(), sizeText(*budget),
                          sizeText(entry.trades.bytes), entry.trades.bytes, misfitId);
  }
  return text;
}

namespace {
/// A table's rows.
struct Line {
  std::string name, bytes, place, what, why;
};
} // namespace

static void addLines(std::vector<Line> &lines, mlir::ArrayAttr rows, llvm::StringRef what) {
  if (!rows)
    return;
  for (mlir::Attribute attr : rows) {
    auto row = mlir::cast<mlir::DictionaryAttr>(attr);
    auto text = [&](llvm::StringRef name) {
      return row.getAs<mlir::StringAttr>(name).getValue().str();
    };
    auto number = [&](llvm::StringRef name) {
      return std::to_string(row.getAs<mlir::IntegerAttr>(name).getInt());
    };
    std::string place = text("file");
    place = llvm::StringRef(place).rsplit('/').second.empty()
                ? place
                : llvm::StringRef(place).rsplit('/').second.str();
    lines.push_back({text("name"), number("bytes"),
                     place.empty() ? "" : place + ":" + number("line"), what.str(), text("why")});
  }
}

static std::string tableOf(const std::vector<Line> &lines) {
  size_t name = 0, bytes = 0, place = 0;
  for (const Line &line : lines) {
    name = std::max(name, line.name.size());
    bytes = std::max(bytes, line.bytes.size());
    place = std::max(place, line.place.size());
  }
  std::string text;
  for (const Line &line : lines) {
    text += "  " + line.name +
            std::string(name - line.name.size() + 2 + bytes - line.bytes.size(), ' ');
    text += line.bytes + "  " + line.place + std::string(place - line.place.size() + 2, ' ');
    text += line.what + std::string(12 - line.what.size(), ' ') + line.why + "\n";
  }
  return text;
}

std::string MemoryBudget::ledger() const {
  std::string text;
  for (const Entry &entry : entries) {
    auto kind = FuncOp(entry.function)->getAttrOfType<mlir::StringAttr>("net.entry");
    if (!kind || kind.getValue() != "step")
      continue;
    const Trades &trades = entry.trades;
    text += FuncOp(entry.function).getName().str() + ": " + sizeText(trades.bytes);
    auto batch = FuncOp(entry.function)->getAttrOfType<mlir::IntegerAttr>("net.batch");
    text += batch ? " at batch " + std::to_string(batch.getInt())
                  : std::string(trades.bounded ? "" : " with all run-time sizes 1, no budget");
    if (budget && trades.bounded)
      text += ", of " + sizeText(*budget);
    text += "\n";
    std::vector<Line> lines = {{"tensor", "bytes", "line", "what", "why"}};
    addLines(lines, trades.recomputed, "recomputed");
    addLines(lines, trades.plan.getAs<mlir::ArrayAttr>("rows"), "kept");
    text += tableOf(lines);
  }
  return text;
}
