//===- StepMemory.cpp - where every value of an entry lies ----------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "codegen/Normalize.h"
#include "codegen/Step.h"

using namespace mlir;
using namespace net;

namespace {
SizeExpr bytesOfArray(Value value) {
  return product(shapeOf(value.getType())) * SizeExpr(bytesOf(elementOf(value.getType())));
}
} // namespace

unsigned net::bufferOfResult(func::FuncOp entry, unsigned result) {
  if (auto variable = entry.getResultAttrOfType<StringAttr>(result, "net.var"))
    for (unsigned i = 0; i < entry.getNumArguments(); ++i)
      if (entry.getArgAttrOfType<StringAttr>(i, "net.var") == variable)
        return i;
  return entry.getNumArguments() + result;
}

StepMemory::StepMemory(func::FuncOp entry, ArrayRef<EmittedKernel> kernels)
    : entry(entry), kernels(kernels) {
  for (BlockArgument argument : entry.getArguments())
    locations[argument] = {argument.getArgNumber(), 0};
  collectReaders();
  collectStacks();
  placeResults();
  entry.walk<WalkOrder::PreOrder>([&](ScanOp scan) { placeScan(scan); });
  placeRest();
  saveBefore();
  arena.plan();
  ownArena.plan();
}

bool StepMemory::overlap(const Location &a, const Location &b) const {
  if (a.buffer >= 0 || b.buffer >= 0)
    return a.buffer == b.buffer;
  if (a.block != b.block || a.turns.empty() || b.turns.empty())
    return arena.overlap(a.block, b.block);
  // The two places of a carry.
  const Location::Turn &x = a.turns.back(), &y = b.turns.back();
  bool carry = x.what != Location::Turn::Element && y.what != Location::Turn::Element;
  return x.scan != y.scan || !carry || x.what == y.what;
}

//===-- who reads ----------------------------------------------------------------------------===//

/// The sequence that a block argument is an element of, or null.
static Value sequenceOf(Value value) {
  auto argument = dyn_cast<BlockArgument>(value);
  auto scan = argument ? dyn_cast<ScanOp>(argument.getOwner()->getParentOp()) : ScanOp();
  if (!scan || argument.getArgNumber() >= scan.getSequences().size())
    return {};
  return scan.getSequences()[argument.getArgNumber()];
}

void StepMemory::collectReaders() {
  for (auto [k, kernel] : llvm::enumerate(kernels)) {
    unsigned number = k;
    numbers[kernel.kernel] = number;
    for (Operation *op = kernel.kernel; (op = op->getParentOp()) != entry;) {
      auto [span, isNew] = spans.try_emplace(op, Span{number, number});
      span->second.last = number;
    }
    for (Value array : kernel.arrays)
      for (; array; array = sequenceOf(array))
        readers[array].push_back(number);
  }
}

/// A value that a scan's turns read, and that comes from before the scan, lives until it ends.
unsigned StepMemory::lastReaderOf(Value value, unsigned from) const {
  unsigned last = from;
  for (Operation *user : value.getUsers())
    if (isa<func::ReturnOp>(user))
      return kernels.size();
  auto found = readers.find(value);
  if (found == readers.end())
    return last;
  for (unsigned reader : found->second) {
    unsigned until = reader;
    for (Operation *op = kernels[reader].kernel; op->getBlock() != value.getParentBlock();) {
      op = op->getParentOp();
      if (op == entry)
        break;
      until = spans.lookup(op).last;
    }
    last = std::max(last, until);
  }
  return last;
}

bool StepMemory::isReadAfter(Value value, size_t kernel) const {
  auto found = readers.find(value);
  return found != readers.end() &&
         llvm::any_of(found->second, [&](unsigned reader) { return reader > kernel; });
}

bool StepMemory::isInPlace(const EmittedKernel &kernel, Value input, Value output) const {
  if (bytesOfArray(input) != bytesOfArray(output) ||
      bytesOf(elementOf(input.getType())) != bytesOf(elementOf(output.getType())))
    return false;
  // A stack and its parts are one block, which the kernel may read at other places as the other.
  Location place = locations.lookup(input);
  auto sharesBlock = [&](Value other) {
    auto found = locations.find(other);
    return other != input && found != locations.end() && found->second.buffer < 0 &&
           found->second.block == place.block;
  };
  if (place.buffer < 0 && llvm::any_of(kernel.arrays, sharesBlock))
    return false;
  for (const EmittedKernel::Function &function : kernel.functions)
    for (const Access &load : function.accesses) {
      if (load.array != input)
        continue;
      // Elements of an index are all computed before any is stored.
      bool same = llvm::any_of(function.accesses, [&](const Access &store) {
        return store.store && store.array == output && !store.anywhere &&
               store.linear == load.linear;
      });
      if (load.anywhere || !same)
        return false;
    }
  return true;
}

/// Does this kernel or a later one check an index? A variable is not written before all are
/// checked.
bool StepMemory::mayFailFrom(size_t kernel) const {
  return llvm::any_of(kernels.drop_front(kernel), [](const EmittedKernel &later) {
    return llvm::any_of(later.functions, [](const auto &function) { return function.checks; });
  });
}

void StepMemory::placeResults() {
  auto returned = entry.getBody().front().getTerminator()->getOperands();
  llvm::DenseSet<Value> keptToTheEnd;
  for (auto [i, value] : llvm::enumerate(returned))
    if (auto argument = dyn_cast<BlockArgument>(value))
      if (bufferOfResult(entry, i) != argument.getArgNumber())
        keptToTheEnd.insert(value);
  for (auto [i, value] : llvm::enumerate(returned)) {
    Location to{bufferOfResult(entry, i), 0};
    if (isa<BlockArgument>(value)) {
      if (!(locations[value] == to))
        copies.push_back({locations[value], to, bytesOfArray(value)});
      continue;
    }
    bool placed = locations.contains(value), direct = !placed;
    if (auto scan = value.getDefiningOp<ScanOp>()) {
      // A variable is not written while turns may still fail.
      bool kept = llvm::is_contained(scan.kept(), value);
      if (direct && kept && to.buffer >= static_cast<int64_t>(entry.getNumArguments()))
        locations[value] = to;
      else
        copies.push_back({{}, to, bytesOfArray(value), value});
      continue;
    }
    size_t writer = numbers.lookup(value.getDefiningOp());
    if (direct && to.buffer < entry.getNumArguments()) {
      Value old = entry.getArgument(to.buffer);
      direct = !keptToTheEnd.contains(old) && !isReadAfter(old, writer) && !mayFailFrom(writer) &&
               (!llvm::is_contained(kernels[writer].arrays, old) ||
                isInPlace(kernels[writer], old, value));
    }
    if (direct) {
      locations[value] = to;
      continue;
    }
    if (!placed)
      locations[value] = {-1, arena.add(bytesOfArray(value), writer, kernels.size())};
    copies.push_back({locations[value], to, bytesOfArray(value)});
  }
}

/// A buffer that is copied from and to is saved first.
void StepMemory::saveBefore() {
  for (Copy &copy : copies)
    if (copy.value)
      copy.from = locations.lookup(copy.value);
  for (Copy &copy : copies) {
    bool written = copy.from.buffer >= 0 &&
                   llvm::any_of(copies, [&](const Copy &other) { return other.to == copy.from; });
    if (!written)
      continue;
    Location saved{-1, arena.add(copy.bytes, kernels.size(), kernels.size())};
    savesBefore.push_back({copy.from, saved, copy.bytes});
    copy.from = saved;
  }
}

//===-- scans --------------------------------------------------------------------------------===//

static StepMemory::Location inTurn(StepMemory::Location location, ScanOp scan,
                                   StepMemory::Location::Turn::What what, const SizeExpr &bytes) {
  location.turns.push_back({scan, what, bytes});
  return location;
}

/// What a kernel before the scan has computed; everything else has its place by now.
void StepMemory::placeSequence(Value sequence) {
  if (locations.contains(sequence))
    return;
  unsigned writer = numbers.lookup(sequence.getDefiningOp());
  locations[sequence] = {-1,
                         arena.add(bytesOfArray(sequence), writer, lastReaderOf(sequence, writer))};
}

void StepMemory::placeScan(ScanOp scan) {
  using Turn = Location::Turn;
  Span span = spans.lookup(scan);
  for (auto [element, sequence] : llvm::zip(scan.elements(), scan.getSequences())) {
    placeSequence(sequence);
    locations[element] =
        inTurn(locations.lookup(sequence), scan, Turn::Element, bytesOfArray(element));
  }
  for (auto [result, value] : llvm::zip(scan.kept(), scan.keptInTurn())) {
    if (!locations.contains(result))
      locations[result] = {
          -1, arena.add(bytesOfArray(result), span.first, lastReaderOf(result, span.last))};
    locations[value] = inTurn(locations.lookup(result), scan, Turn::Element, bytesOfArray(value));
  }
  // A carry has two places, and changes between them: a turn reads it while the next value is
  // written.
  SizeExpr odd = scan.length() - scan.length().floorDiv(SizeExpr(2)) * SizeExpr(2);
  for (unsigned i = 0; i < scan.carryCount(); ++i) {
    Value initial = scan.getInitial()[i], last = scan.lastCarries()[i];
    SizeExpr bytes = bytesOfArray(initial);
    unsigned until = lastReaderOf(last, span.last);
    Location both{-1,
                  arena.add(bytes * SizeExpr(2), numbers.lookup(initial.getDefiningOp()), until)};
    locations[initial] = both;
    locations[scan.carries()[i]] = inTurn(both, scan, Turn::Before, bytes);
    locations[scan.nextCarries()[i]] = inTurn(both, scan, Turn::After, bytes);
    both.offset = odd * bytes;
    locations[last] = both;
  }
}

//===-- stacks -------------------------------------------------------------------------------===//

/// What a kernel puts one behind the other, if it does nothing else.
static SmallVector<Value> partsOf(KernelOp kernel) {
  Block &body = kernel.getBody().front();
  auto concat = body.getTerminator()->getOperand(0).getDefiningOp<ConcatOp>();
  if (kernel.getNumResults() != 1 || !concat || concat->getBlock() != &body ||
      concat.getAxis() != 0)
    return {};
  SmallVector<Value> parts;
  for (Value x : concat.getXs()) {
    auto reshape = x.getDefiningOp<ReshapeOp>();
    parts.push_back(reshape ? reshape.getX() : x);
  }
  return parts;
}

/// Kernels compute the parts of a stack where they are to lie, if nobody wants them elsewhere.
void StepMemory::collectStacks() {
  for (const EmittedKernel &each : kernels) {
    KernelOp kernel = each.kernel;
    SmallVector<Value> parts = partsOf(kernel);
    auto isFree = [&](Value part) {
      return part.getDefiningOp<KernelOp>() && part.getParentBlock() == kernel->getBlock() &&
             !stackOf.contains(part) && llvm::count(parts, part) == 1 &&
             llvm::none_of(part.getUsers(), [](Operation *user) {
               return isa<ScanOp>(user) || (user->hasTrait<OpTrait::IsTerminator>() &&
                                            !isa<KernelOp>(user->getParentOp()));
             });
    };
    // Results and what scans take have their places from when the stack is made.
    bool isPlaced = llvm::any_of(kernel->getUsers(),
                                 [](Operation *user) { return isa<ScanOp, func::ReturnOp>(user); });
    if (parts.empty() || isPlaced || !llvm::all_of(parts, isFree))
      continue;
    SizeExpr before(0);
    for (Value part : parts) {
      stackOf[part] = {kernel.getResult(0), before};
      before = before + bytesOfArray(part);
    }
    stacked.insert(kernel);
  }
}

/// The stack has its place when the first of its parts is computed, and lives as long as any. It
/// may be a part itself.
bool StepMemory::placeInStack(Value output, unsigned kernel) {
  auto found = stackOf.find(output);
  if (found == stackOf.end())
    return false;
  auto [stack, before] = found->second;
  unsigned last = std::max(lastReaderOf(output, kernel),
                           lastReaderOf(stack, numbers.lookup(stack.getDefiningOp())));
  if (!locations.contains(stack) && !placeInStack(stack, kernel))
    locations[stack] = {-1, arena.add(bytesOfArray(stack), kernel, last)};
  Location place = locations.lookup(stack);
  if (place.buffer < 0 && place.turns.empty())
    arena.extend(place.block, last);
  place.offset = place.offset + before;
  locations[output] = place;
  return true;
}

//===-- kernels ------------------------------------------------------------------------------===//

void StepMemory::placeOutput(unsigned kernel, Value output, llvm::DenseSet<unsigned> &taken) {
  unsigned last = lastReaderOf(output, kernel);
  for (Value input : kernels[kernel].arrays) {
    // Of the same turn, if there are turns: an earlier one is read again in the next.
    if (!input.getDefiningOp<KernelOp>() || input.getDefiningOp() == kernels[kernel].kernel ||
        input.getParentBlock() != output.getParentBlock())
      continue;
    Location place = locations.lookup(input);
    if (place.buffer >= 0 || !place.turns.empty() || taken.contains(place.block) ||
        arena.lastOf(place.block) != kernel || !isInPlace(kernels[kernel], input, output))
      continue;
    arena.extend(place.block, last);
    taken.insert(place.block);
    locations[output] = place;
    return;
  }
  locations[output] = {-1, arena.add(bytesOfArray(output), kernel, last)};
}

bool net::runsBeforeTurns(const EmittedKernel &kernel, ScanOp scan) {
  // Later phases of others change what the first one leaves.
  auto roots = rootsOf(kernel.kernel);
  bool isProduct = !roots.empty() && isa<EinsumOp, ConvOp>(roots[0]);
  if (!isProduct || kernel.functions.size() < 2 || kernel.functions[0].checks)
    return false;
  return llvm::none_of(kernel.functions[0].accesses, [&](const Access &access) {
    Value array = access.array;
    return access.store || scan.getBody().isAncestor(array.getParentRegion());
  });
}

/// The kernel's own time, or that of the outermost scan before which its first phase runs.
StepMemory::Span StepMemory::spanOfScratch(unsigned kernel) const {
  Span span{kernel, kernel};
  for (Operation *op = kernels[kernel].kernel; (op = op->getParentOp()) != entry;)
    if (auto scan = dyn_cast<ScanOp>(op); scan && runsBeforeTurns(kernels[kernel], scan))
      span = spans.lookup(op);
  return span;
}

void StepMemory::placeRest() {
  for (auto [k, kernel] : llvm::enumerate(kernels)) {
    unsigned number = k;
    llvm::DenseSet<unsigned> taken;
    for (Value output : KernelOp(kernel.kernel).getResults())
      if (!locations.contains(output) && !placeInStack(output, number))
        placeOutput(number, output, taken);
    scratch.push_back({});
    if (kernel.plan.scratchBytes != SizeExpr(0)) {
      Span span = spanOfScratch(number);
      scratch.back() = {-1, arena.add(kernel.plan.scratchBytes, span.first, span.last)};
    }
    own.push_back(0);
    if (kernel.plan.ownBytes != SizeExpr(0))
      own.back() = ownArena.add(kernel.plan.ownBytes, number, number);
  }
}
