//===- StepScan.cpp - the turns of a scan ---------------------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "codegen/StepEmitter.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace net;

/// Does more than the first thread work in the turns?
bool StepEmitter::isShared(ScanOp scan) {
  return scan
      .walk([&](KernelOp kernel) {
        for (const Phase &phase : kernels[numbers.lookup(kernel)].plan.phases)
          if (!isSerial(phase))
            return WalkResult::interrupt();
        return WalkResult::advance();
      })
      .wasInterrupted();
}

/// Is something not waited for that a turn may read or overwrite?
bool StepEmitter::mustMeet(ScanOp scan) {
  bool shared = llvm::any_of(pending, [](const Pending &p) { return !p.serial; });
  return shared || untilOf(scan) || (!pending.empty() && isShared(scan));
}

/// All threads run the turns. Between two of them they meet, unless one thread does all alone: what
/// the first thread did at the end of a turn, all may read in the next.
/// What was written before and not waited for may still be so behind, as there may be no turns.
void StepEmitter::emitScan(ScanOp scan) {
  ++scans;
  // A phase before the turns is given an address of all arrays, and does not use those of turns.
  scan.walk([&](ScanOp each) { turns[each] = sizes.size(0); });
  scan.walk([&](KernelOp kernel) {
    unsigned k = numbers.lookup(kernel);
    if (runsBeforeTurns(kernels[k], scan) && done.insert(k).second)
      emitPhase(k, 0);
  });
  // Once here rather than in each turn.
  if (mustMeet(scan))
    barrier();
  SmallVector<Pending> before = pending;
  unsigned met = barriers;
  if (untilOf(scan))
    emitTurnsUntil(scan);
  else
    sizes.loop(scan.length(), [&](Index turn) { emitTurn(scan, sizes.materialize(turn).v); });
  --scans;
  // What is still pending from before is known already, unless the threads met.
  if (barriers != met)
    pending.append(before.begin(), before.end());
}

void StepEmitter::emitTurn(ScanOp scan, Value number) {
  turns[scan] = number;
  emitBlock(scan.getBody().front());
  if (mustMeet(scan))
    barrier();
}

/// All threads read the carry that ends the scan after the same barrier, and leave together.
void StepEmitter::emitTurnsUntil(ScanOp scan) {
  Value flag = scan.carries()[*untilOf(scan)];
  auto goesOn = [&](Value number) -> Value {
    turns[scan] = number;
    Value ends = LLVM::LoadOp::create(b, loc(), b.getI8Type(), addressOf(memory.of(flag)), 1);
    Value zero = arith::ConstantOp::create(b, loc(), b.getI8IntegerAttr(0));
    return arith::CmpIOp::create(b, loc(), arith::CmpIPredicate::eq, ends, zero);
  };
  repeatLast(scan, sizes.loopWhile(scan.length(), goesOn,
                                   [&](Index turn) { emitTurn(scan, sizes.materialize(turn).v); }));
  // Whoever overwrites the flag waits for the last to have read it.
  pending.push_back({Pending::Array, memory.of(flag), /*store=*/false, SizeExpr::invalid(),
                     SizeExpr(1), /*serial=*/false});
}

/// The first thread puts the carries where they lie after all turns, and what the last turn kept to
/// the places of those that did not run.
void StepEmitter::repeatLast(ScanOp scan, Value ran) {
  Value one = sizes.size(1), zero = sizes.size(0), all = sizes.size(scan.length());
  auto bytes = [](Value value) {
    return product(shapeOf(value.getType())) * SizeExpr(bytesOf(elementOf(value.getType())));
  };
  auto touch = [&](Value value) {
    pending.push_back({Pending::Array, memory.of(value), true, SizeExpr::invalid(), SizeExpr(1),
                       /*serial=*/true});
  };
  auto compare = [&](arith::CmpIPredicate predicate, Value x, Value y) -> Value {
    return arith::CmpIOp::create(b, loc(), predicate, x, y);
  };
  auto both = [&](Value x, Value y) -> Value { return arith::AndIOp::create(b, loc(), x, y); };
  Value left = both(arith::XOrIOp::create(b, loc(), ran, all), one);
  Value odd = compare(arith::CmpIPredicate::ne, left, zero);
  Value some = compare(arith::CmpIPredicate::slt, zero, ran);
  sizes.when(both(isFirst, odd), [&] {
    turns[scan] = ran;
    for (auto [carry, last] : llvm::zip(scan.carries(), scan.lastCarries()))
      copyBytes(addressOf(memory.of(last)), addressOf(memory.of(carry)), sizes.size(bytes(last)));
  });
  llvm::for_each(scan.getResults(), touch);
  if (scan.kept().empty())
    return;
  Value fill = arith::ConstantOp::create(b, loc(), b.getI8IntegerAttr(0));
  Value none = compare(arith::CmpIPredicate::eq, zero, ran);
  sizes.when(both(isFirst, none), [&] {
    for (Value result : scan.kept())
      LLVM::MemsetOp::create(b, loc(), addressOf(memory.of(result)), fill,
                             sizes.size(bytes(result)), /*isVolatile=*/false);
  });
  sizes.when(both(isFirst, some), [&] {
    sizes.loop(ran, all, 1, scan.length(), [&](Index turn) {
      Value number = sizes.materialize(turn).v;
      for (Value value : scan.keptInTurn()) {
        turns[scan] = arith::SubIOp::create(b, loc(), ran, one);
        Value from = addressOf(memory.of(value));
        turns[scan] = number;
        copyBytes(addressOf(memory.of(value)), from, sizes.size(bytes(value)));
      }
    });
  });
}
