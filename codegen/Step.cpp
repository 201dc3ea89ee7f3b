//===- Step.cpp - an entry as kernels, memory and barriers ----------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Every thread of the team runs the step: for each kernel its share of the chunks. Threads
// meet where a chunk reads or overwrites what another chunk touched since they last met.
// Kernels with little work are done by the first thread.
//
//===----------------------------------------------------------------------===//
#include "codegen/StepEmitter.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlowOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

using namespace mlir;
using namespace net;

StepEmitter::StepEmitter(func::FuncOp entry, MutableArrayRef<EmittedKernel> kernels,
                         const Target &target)
    : entry(entry), kernels(kernels), workOfOneThread(target.workOfOneThread),
      symbols(symbolsOf(entry)), memory(entry, kernels), b(entry), sizes(b, entry.getLoc(), 1) {}

void StepEmitter::emit() {
  emitArenaFunction();
  createFunction();
  for (auto [k, kernel] : llvm::enumerate(kernels))
    numbers[kernel.kernel] = k;
  emitBlock(entry.getBody().front());
  emitCopies(memory.savesBefore);
  emitCopies(memory.copies);
  finish();
}

void StepEmitter::bindSizes(Pull &pull, Value array) {
  for (auto [i, symbol] : llvm::enumerate(symbols)) {
    Value at = LLVM::GEPOp::create(b, loc(), pointer(), b.getI64Type(), array,
                                   ArrayRef<LLVM::GEPArg>{static_cast<int32_t>(i)});
    pull.setSize(symbol, LLVM::LoadOp::create(b, loc(), b.getI64Type(), at, 8));
  }
}

void StepEmitter::emitArenaFunction() {
  auto function =
      func::FuncOp::create(b, loc(), (entry.getName() + ".arena").str(),
                           b.getFunctionType({pointer(), b.getI32Type()}, {b.getI64Type()}));
  keepName(function);
  Block *block = function.addEntryBlock();
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToEnd(block);
  Pull own(b, loc(), 1);
  bindSizes(own, block->getArgument(0));
  Value count = arith::ExtUIOp::create(b, loc(), b.getI64Type(), block->getArgument(1));
  Value each = own.size(memory.ownArena.bytes());
  Value all = arith::MulIOp::create(b, loc(), count, each);
  Value shared = own.size(memory.arena.bytes());
  func::ReturnOp::create(b, loc(), ValueRange{arith::AddIOp::create(b, loc(), shared, all)});
}

void StepEmitter::createFunction() {
  Type i32 = b.getI32Type();
  SmallVector<Type> types = {pointer(), pointer(), pointer(), pointer(), i32, i32, pointer()};
  step = func::FuncOp::create(b, loc(), (entry.getName() + ".step").str(),
                              b.getFunctionType(types, {i32}));
  keepName(step);
  Block *block = step.addEntryBlock();
  b.setInsertionPointToEnd(block);
  bindSizes(sizes, block->getArgument(1));
  arenaPointer = block->getArgument(2);
  team = block->getArgument(3);
  threadNumber = block->getArgument(4);
  thread = arith::ExtUIOp::create(b, loc(), b.getI64Type(), block->getArgument(4));
  threads = arith::ExtUIOp::create(b, loc(), b.getI64Type(), block->getArgument(5));
  error = block->getArgument(6);
  unsigned count = entry.getNumArguments() + entry.getNumResults();
  for (unsigned i = 0; i < count; ++i) {
    Value at = LLVM::GEPOp::create(b, loc(), pointer(), pointer(), block->getArgument(0),
                                   ArrayRef<LLVM::GEPArg>{static_cast<int32_t>(i)});
    buffers.push_back(LLVM::LoadOp::create(b, loc(), pointer(), at, 8));
  }
  isFirst = arith::CmpIOp::create(b, loc(), arith::CmpIPredicate::eq, thread, sizes.size(0));
}

Value StepEmitter::addressOf(const Where &location) {
  bool isBuffer = location.buffer >= 0;
  SizeExpr offset =
      isBuffer ? location.offset : memory.arena.offset(location.block) + location.offset;
  Value base = isBuffer ? buffers[location.buffer] : arenaPointer;
  if (offset != SizeExpr(0) || !isBuffer)
    base = bytesBehind(base, sizes.size(offset));
  for (const Where::Turn &turn : location.turns)
    base =
        bytesBehind(base, arith::MulIOp::create(b, loc(), numberIn(turn), sizes.size(turn.bytes)));
  return base;
}

Value StepEmitter::bytesBehind(Value base, Value offset) {
  return LLVM::GEPOp::create(b, loc(), pointer(), b.getI8Type(), base,
                             ArrayRef<LLVM::GEPArg>{offset}, LLVM::GEPNoWrapFlags::inbounds);
}

/// Of the element, or of a carry's place, in the turn that is being emitted.
Value StepEmitter::numberIn(const Where::Turn &turn) {
  Value number = turns.lookup(turn.scan), one = sizes.size(1);
  if (turn.what == Where::Turn::Element) {
    if (!ScanOp(turn.scan).getReverse())
      return number;
    Value last = sizes.size(ScanOp(turn.scan).length() - SizeExpr(1));
    return arith::SubIOp::create(b, loc(), last, number);
  }
  if (turn.what == Where::Turn::After)
    number = arith::AddIOp::create(b, loc(), number, one);
  return arith::AndIOp::create(b, loc(), number, one);
}

/// The thread's own memory for a kernel.
Value StepEmitter::addressOfOwn(size_t kernel) {
  if (kernels[kernel].plan.ownBytes == SizeExpr(0))
    return arenaPointer;
  Value before = arith::MulIOp::create(b, loc(), thread, sizes.size(memory.ownArena.bytes()));
  Value offset = arith::AddIOp::create(b, loc(), before,
                                       sizes.size(memory.arena.bytes() + memory.ownOffset(kernel)));
  return bytesBehind(arenaPointer, offset);
}

//===-- barriers ---------------------------------------------------------------------------===//

bool StepEmitter::conflict(const Pending &a, const Pending &b) const {
  if ((!a.store && !b.store) || (a.serial && b.serial) || a.what != b.what)
    return false;
  if (a.what == Pending::Error)
    return a.store != b.store; // several checks set the word atomically
  if (!memory.overlap(a.location, b.location))
    return false;
  bool sameThread = a.chunks == b.chunks && a.serial == b.serial;
  return !(a.location == b.location && a.part.isValid() && a.part == b.part && sameThread);
}

void StepEmitter::barrier() {
  auto module = entry->getParentOfType<ModuleOp>();
  StringRef name = "netrt_barrier";
  if (!module.lookupSymbol(name)) {
    OpBuilder top = OpBuilder::atBlockBegin(module.getBody());
    func::FuncOp::create(top, loc(), name, b.getFunctionType({pointer(), b.getI32Type()}, {}))
        .setPrivate();
  }
  func::CallOp::create(b, loc(), name, TypeRange{}, ValueRange{team, threadNumber});
  pending.clear();
  ++barriers;
}

void StepEmitter::meet(ArrayRef<Pending> next) {
  for (const Pending &a : next)
    for (const Pending &p : pending)
      if (conflict(a, p)) {
        barrier();
        pending.append(next.begin(), next.end());
        return;
      }
  pending.append(next.begin(), next.end());
}

/// After checks, before a variable is written: all threads leave if one has failed.
void StepEmitter::leaveOnError() {
  barrier();
  pending.push_back({Pending::Error, {}, false, SizeExpr::invalid(), SizeExpr(1), false});
  Value code = LLVM::LoadOp::create(b, loc(), b.getI32Type(), error, 4);
  Value zero = arith::ConstantOp::create(b, loc(), b.getI32IntegerAttr(0));
  Value failed = arith::CmpIOp::create(b, loc(), arith::CmpIPredicate::ne, code, zero);
  Block *here = b.getInsertionBlock(), *leave = step.addBlock(), *on = step.addBlock();
  b.setInsertionPointToEnd(here);
  cf::CondBranchOp::create(b, loc(), failed, leave, on);
  b.setInsertionPointToEnd(leave);
  func::ReturnOp::create(b, loc(), code);
  b.setInsertionPointToEnd(on);
  uncheckedErrors = false;
}

//===-- kernels ----------------------------------------------------------------------------===//

/// The work of all phases with a grid of this size. They are shared out alike, so that a chunk
/// stays with its thread from kernel to kernel.
std::vector<SizeExpr> StepEmitter::worksOf(const SizeExpr &chunks) const {
  std::vector<SizeExpr> works;
  for (const EmittedKernel &kernel : kernels)
    for (const Phase &phase : kernel.plan.phases)
      if (phase.chunks == chunks && llvm::find(works, phase.work) == works.end())
        works.push_back(phase.work);
  return works;
}

/// Known to be done by the first thread alone?
bool StepEmitter::isSerial(const Phase &plan) const {
  if (auto count = plan.chunks.constant(); count && *count <= 1)
    return true;
  return llvm::all_of(worksOf(plan.chunks), [this](const SizeExpr &work) {
    return work.constant().value_or(workOfOneThread) < workOfOneThread;
  });
}

/// Is the work little, whatever the sizes are? Null if it is known not to be.
Value StepEmitter::isLittle(const Phase &plan) {
  Value most;
  for (const SizeExpr &work : worksOf(plan.chunks)) {
    if (work.constant().value_or(0) >= workOfOneThread)
      return {};
    Value own = sizes.size(work);
    most = most ? Value(arith::MaxSIOp::create(b, loc(), most, own)) : own;
  }
  return arith::CmpIOp::create(b, loc(), arith::CmpIPredicate::slt, most,
                               sizes.size(workOfOneThread));
}

void StepEmitter::emitBlock(Block &block) {
  for (Operation &op : block) {
    if (auto scan = dyn_cast<ScanOp>(op))
      emitScan(scan);
    else if (memory.isStacked(&op))
      for (EmittedKernel::Function &function : kernels[numbers.lookup(&op)].functions)
        function.op.erase();
    else if (isa<KernelOp>(op))
      for (unsigned k = numbers.lookup(&op), phase = done.contains(k);
           phase < kernels[k].functions.size(); ++phase)
        emitPhase(k, phase);
  }
}

void StepEmitter::emitPhase(size_t k, unsigned phase) {
  EmittedKernel &kernel = kernels[k];
  EmittedKernel::Function &function = kernel.functions[phase];
  const Phase &plan = kernel.plan.phases[phase];
  bool serial = isSerial(plan);
  SmallVector<Pending> next;
  bool writesVariable = false;
  for (const Access &access : function.accesses) {
    Where location = memory.of(access.array);
    SizeExpr part = access.part * SizeExpr(bytesOf(elementOf(access.array.getType())));
    Pending own{Pending::Array, location, access.store, part, plan.chunks, serial};
    bool known = llvm::any_of(next, [&](const Pending &p) {
      return p.location == own.location && p.store == own.store &&
             p.part.isValid() == part.isValid() && p.part == part;
    });
    if (!known)
      next.push_back(own);
    writesVariable |= access.store && location.buffer >= 0 && !scans; // there only results
  }
  // The last phase only reads it.
  bool store = phase + 1 < kernel.functions.size() || phase == 0;
  if (kernel.plan.scratchBytes != SizeExpr(0))
    next.push_back(
        {Pending::Array, memory.scratchOf(k), store, SizeExpr::invalid(), plan.chunks, serial});
  if (function.checks)
    next.push_back({Pending::Error, {}, true, SizeExpr::invalid(), plan.chunks, serial});
  if (uncheckedErrors && writesVariable && !function.checks)
    leaveOnError();
  meet(next);
  uncheckedErrors |= function.checks;
  emitCall(k, function, plan, serial);
}

void StepEmitter::emitCall(size_t k, EmittedKernel::Function &function, const Phase &plan,
                           bool serial) {
  EmittedKernel &kernel = kernels[k];
  SmallVector<Value> operands;
  for (auto [i, array] : llvm::enumerate(kernel.arrays)) {
    Where location = memory.of(array);
    operands.push_back(addressOf(location));
    bool alone = llvm::count_if(kernel.arrays,
                                [&](Value other) { return memory.of(other) == location; }) == 1;
    if (alone)
      function.op.setArgAttr(i, "llvm.noalias", b.getUnitAttr());
  }
  bool hasScratch = kernel.plan.scratchBytes != SizeExpr(0);
  operands.push_back(hasScratch ? addressOf(memory.scratchOf(k)) : arenaPointer);
  if (hasScratch)
    function.op.setArgAttr(kernel.arrays.size(), "llvm.noalias", b.getUnitAttr());
  operands.push_back(addressOfOwn(k));
  if (kernel.plan.ownBytes != SizeExpr(0))
    function.op.setArgAttr(kernel.arrays.size() + 1, "llvm.noalias", b.getUnitAttr());
  operands.push_back(error);
  for (const std::string &symbol : symbols)
    operands.push_back(sizes.size(SizeExpr::symbol(symbol)));
  Value chunks = sizes.size(plan.chunks), zero = sizes.size(0);
  auto call = [&](Value begin, Value end) {
    operands.append({begin, end});
    func::CallOp::create(b, loc(), function.op, operands);
  };
  if (serial)
    return sizes.when(isFirst, [&] { call(zero, chunks); });
  auto share = [&](Value number) -> Value {
    Value scaled = arith::MulIOp::create(b, loc(), chunks, number);
    return arith::DivUIOp::create(b, loc(), scaled, threads);
  };
  Value begin = share(thread), end = share(arith::AddIOp::create(b, loc(), thread, sizes.size(1)));
  if (Value little = isLittle(plan)) {
    Value all = arith::SelectOp::create(b, loc(), isFirst, chunks, zero);
    begin = arith::SelectOp::create(b, loc(), little, zero, begin);
    end = arith::SelectOp::create(b, loc(), little, all, end);
  }
  Value some = arith::CmpIOp::create(b, loc(), arith::CmpIPredicate::slt, begin, end);
  sizes.when(some, [&] { call(begin, end); });
}

//===-- the end ----------------------------------------------------------------------------===//

void StepEmitter::emitCopies(ArrayRef<StepMemory::Copy> copies) {
  if (copies.empty())
    return;
  if (uncheckedErrors)
    leaveOnError();
  SmallVector<Pending> next;
  for (const StepMemory::Copy &copy : copies) {
    next.push_back({Pending::Array, copy.from, false, SizeExpr::invalid(), SizeExpr(1), true});
    next.push_back({Pending::Array, copy.to, true, SizeExpr::invalid(), SizeExpr(1), true});
  }
  meet(next);
  for (const StepMemory::Copy &copy : copies) {
    Value to = addressOf(copy.to), from = addressOf(copy.from), bytes = sizes.size(copy.bytes);
    sizes.when(isFirst, [&] { copyBytes(to, from, bytes); });
  }
}

void StepEmitter::copyBytes(Value to, Value from, Value bytes) {
  LLVM::MemcpyOp::create(b, loc(), to, from, bytes, /*isVolatile=*/false);
}

void StepEmitter::finish() {
  Value code = arith::ConstantOp::create(b, loc(), b.getI32IntegerAttr(0));
  if (uncheckedErrors) {
    barrier();
    code = LLVM::LoadOp::create(b, loc(), b.getI32Type(), error, 4);
  }
  func::ReturnOp::create(b, loc(), code);
}

void net::emitStep(func::FuncOp entry, MutableArrayRef<EmittedKernel> kernels,
                   const Target &target) {
  StepEmitter emitter(entry, kernels, target);
  emitter.emit();
  std::string name = entry.getName().str();
  entry.erase();
  emitter.step.setName(name);
}
