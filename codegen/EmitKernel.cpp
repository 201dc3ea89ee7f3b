//===- EmitKernel.cpp - a kernel as functions -----------------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "codegen/Normalize.h"
#include "codegen/Step.h"
#include "ir/OperationSizes.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

using namespace mlir;
using namespace net;

std::vector<std::string> net::symbolsOf(func::FuncOp entry) {
  std::vector<std::string> symbols;
  if (auto listed = entry->getAttrOfType<ArrayAttr>("net.sizes"))
    for (Attribute name : listed)
      symbols.push_back(cast<StringAttr>(name).str());
  auto collect = [&](const SizeExpr &size) {
    std::set<std::string> names;
    size.collectSymbols(names);
    for (const std::string &name : names)
      if (llvm::find(symbols, name) == symbols.end())
        symbols.push_back(name);
  };
  for (TypeRange types : {TypeRange(entry.getArgumentTypes()), TypeRange(entry.getResultTypes())})
    for (Type type : types)
      if (isa<RankedTensorType>(type))
        llvm::for_each(shapeOf(type), collect);
  entry.walk([&](Operation *op) { forSizes(op, collect); });
  return symbols;
}

namespace {
bool isInMemory(Value value) {
  return isa<BlockArgument>(value) || isa<KernelOp, ScanOp>(value.getDefiningOp());
}

bool isTable(Operation *op) {
  auto constant = dyn_cast_or_null<ConstantOp>(op);
  return constant && !cast<DenseElementsAttr>(constant.getValue()).isSplat();
}

/// What a kernel reads from memory, and tables known at compile time, through operations outside of
/// it too.
struct Sources {
  llvm::SetVector<Value> arrays;
  llvm::SetVector<Operation *> tables;

  explicit Sources(KernelOp kernel) {
    llvm::SmallPtrSet<Operation *, 16> seen;
    kernel.getBody().walk([&](Operation *op) { visit(op, kernel, seen); });
  }

private:
  void visit(Operation *op, KernelOp kernel, llvm::SmallPtrSet<Operation *, 16> &seen) {
    if (!seen.insert(op).second)
      return;
    if (isTable(op))
      tables.insert(op);
    for (Value operand : op->getOperands()) {
      if (operand.getParentRegion() == &kernel.getBody())
        continue;
      if (isInMemory(operand))
        arrays.insert(operand);
      else
        visit(operand.getDefiningOp(), kernel, seen);
    }
  }
};

/// The elements in memory order, each with the type it has there.
DenseElementsAttr inMemoryOrder(DenseElementsAttr elements) {
  Type element = elements.getElementType(), memory = memoryType(element);
  auto type = RankedTensorType::get({elements.getNumElements()}, memory);
  if (isa<FloatType>(memory))
    return DenseElementsAttr::get(type, llvm::to_vector(elements.getValues<APFloat>()));
  SmallVector<APInt> numbers;
  if (isa<FloatType>(element)) {
    for (const APFloat &number : elements.getValues<APFloat>())
      numbers.push_back(number.bitcastToAPInt());
    return DenseElementsAttr::get(type, numbers);
  }
  for (const APInt &number : elements.getValues<APInt>())
    numbers.push_back(number.zextOrTrunc(memory.getIntOrFloatBitWidth()));
  return DenseElementsAttr::get(type, numbers);
}

/// A read-only global before the function.
LLVM::GlobalOp emitTable(func::FuncOp function, ConstantOp constant, StringRef name) {
  auto elements = inMemoryOrder(cast<DenseElementsAttr>(constant.getValue()));
  auto type = LLVM::LLVMArrayType::get(elements.getElementType(), elements.getNumElements());
  OpBuilder outside(function);
  return LLVM::GlobalOp::create(outside, constant.getLoc(), type, /*isConstant=*/true,
                                LLVM::Linkage::Private, name, elements, /*alignment=*/64);
}

EmittedKernel::Function emitPhase(ModuleOp home, const KernelInfo &info, const Sources &sources,
                                  ArrayRef<Value> arrays, ArrayRef<std::string> symbols,
                                  KernelEmitter &emitter, unsigned phase, StringRef name) {
  OpBuilder b = OpBuilder::atBlockEnd(home.getBody());
  Location loc = KernelOp(info.kernel).getLoc();
  SmallVector<Type> types(arrays.size() + 3, LLVM::LLVMPointerType::get(b.getContext()));
  types.append(symbols.size() + 2, b.getI64Type());
  auto function = func::FuncOp::create(b, loc, name, b.getFunctionType(types, {}));
  function.setPrivate();
  Block *block = function.addEntryBlock();
  b.setInsertionPointToEnd(block);
  Pull pull(b, loc, info.target.lanes());
  size_t at = 0;
  for (Value array : arrays)
    pull.setArray(array, block->getArgument(at++));
  KernelContext context(info, pull);
  context.scratch = block->getArgument(at++);
  context.own = block->getArgument(at++);
  pull.setError(block->getArgument(at++));
  for (const std::string &symbol : symbols)
    pull.setSize(symbol, block->getArgument(at++));
  context.begin = block->getArgument(at++);
  context.end = block->getArgument(at++);
  EmittedKernel::Function result{function, {}, {}, false};
  for (auto [i, table] : llvm::enumerate(sources.tables)) {
    auto global = emitTable(function, cast<ConstantOp>(table), (name + ".table_" + Twine(i)).str());
    pull.setArray(table->getResult(0), LLVM::AddressOfOp::create(b, loc, global));
    result.tables.push_back(global);
  }
  emitter.emit(context, phase);
  b.setInsertionPointToEnd(block);
  func::ReturnOp::create(b, loc);
  // Tables are no arrays of the step.
  llvm::erase_if(pull.accesses,
                 [](const Access &access) { return isTable(access.array.getDefiningOp()); });
  result.accesses = std::move(pull.accesses);
  function.walk([&](LLVM::AtomicRMWOp) { result.checks = true; });
  return result;
}
} // namespace

EmittedKernel net::emitKernel(func::FuncOp entry, KernelOp kernel, StringRef name,
                              const Target &target, ArrayRef<std::string> symbols, ModuleOp home) {
  Sources sources(kernel);
  EmittedKernel result;
  result.kernel = kernel;
  KernelInfo info;
  info.kernel = kernel;
  info.roots = rootsOf(kernel);
  info.outputs = llvm::to_vector_of<Value>(kernel.getResults());
  info.yields = llvm::to_vector(kernel.getBody().front().getTerminator()->getOperands());
  info.target = target;
  if (auto batch = entry->getAttrOfType<IntegerAttr>("net.batch"))
    info.expectedBatch = batch.getInt();
  info.inMemory = [&](Value value) {
    return sources.arrays.contains(value) ||
           (value.getDefiningOp() && sources.tables.contains(value.getDefiningOp()));
  };
  result.arrays = llvm::to_vector(sources.arrays);
  llvm::append_range(result.arrays, kernel.getResults());

  auto emitter = createEmitter(info);
  while (true) {
    result.plan = emitter->plan();
    std::vector<Access> all;
    for (unsigned phase = 0; phase < result.plan.phases.size(); ++phase) {
      std::string own = phase ? (name + "." + Twine(phase)).str() : name.str();
      result.functions.push_back(
          emitPhase(home, info, sources, result.arrays, symbols, *emitter, phase, own));
      llvm::append_range(all, result.functions.back().accesses);
    }
    if (!emitter->improve(all))
      return result;
    for (EmittedKernel::Function &function : result.functions) {
      function.op.erase();
      for (Operation *table : function.tables)
        table->erase();
    }
    result.functions.clear();
  }
}
