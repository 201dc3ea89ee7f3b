//===- NetToLoops.cpp - entries as loops on pointers ----------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "codegen/Description.h"
#include "codegen/MemoryLedger.h"
#include "codegen/Normalize.h"
#include "codegen/Passes.h"
#include "codegen/Step.h"
#include "ir/Interpreter.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlow.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/Threading.h"
#include "mlir/Pass/Pass.h"

#include <deque>

using namespace mlir;
using namespace net;

namespace {
/// The texts of checks, each with its place; equal ones share a number.
class Messages {
public:
  explicit Messages(MLIRContext *context) : b(context) {}
  IntegerAttr number(StringAttr text, StringAttr file, IntegerAttr line) {
    NamedAttrList message;
    message.set("text", text);
    if (file) {
      message.set("file", file);
      message.set("line", line);
    }
    messages.insert(message.getDictionary(b.getContext()));
    auto it = llvm::find(messages, message.getDictionary(b.getContext()));
    return b.getI64IntegerAttr(it - messages.begin());
  }
  ArrayAttr all() { return b.getArrayAttr(messages.getArrayRef()); }

private:
  Builder b;
  llvm::SetVector<Attribute> messages;
};

/// Every check gets the number of its message.
void numberMessages(ModuleOp module) {
  Builder b(module.getContext());
  Messages messages(module.getContext());
  module.walk([&](CheckedOp op) {
    FileLineColLoc place = fileLocation(op.getLoc());
    op->setAttr("message_index",
                messages.number(op.getMessageAttr(), place ? place.getFilename() : StringAttr(),
                                b.getI64IntegerAttr(place ? place.getLine() : 0)));
  });
  for (auto function : module.getOps<func::FuncOp>()) {
    auto checks = function->getAttrOfType<ArrayAttr>("net.size_checks");
    SmallVector<Attribute> numbered;
    for (Attribute attr : checks ? checks.getValue() : ArrayRef<Attribute>()) {
      NamedAttrList check(cast<DictionaryAttr>(attr));
      check.set("message_index", messages.number(cast<StringAttr>(check.get("text")),
                                                 dyn_cast_or_null<StringAttr>(check.get("file")),
                                                 dyn_cast_or_null<IntegerAttr>(check.get("line"))));
      numbered.push_back(check.getDictionary(module.getContext()));
    }
    if (checks)
      function->setAttr("net.size_checks", b.getArrayAttr(numbered));
  }
  module->setAttr("net.messages", messages.all());
}

/// An entry on its way to loops.
struct Entry {
  func::FuncOp function;
  std::vector<std::string> symbols;
  SmallVector<KernelOp> kernels;
  std::vector<OwningOpRef<ModuleOp>> homes; ///< of each kernel's functions
  std::vector<EmittedKernel> emitted;

  Entry(func::FuncOp function, std::vector<std::string> symbols)
      : function(function), symbols(std::move(symbols)) {
    function.walk<WalkOrder::PreOrder>([&](KernelOp kernel) { kernels.push_back(kernel); });
    homes.resize(kernels.size());
    emitted.resize(kernels.size());
  }
  void emit(size_t i, const Target &target) {
    homes[i] = ModuleOp::create(function.getLoc());
    std::string name = (function.getName() + ".kernel_" + Twine(i)).str();
    emitted[i] = emitKernel(function, kernels[i], name, target, symbols, *homes[i]);
  }
  /// In order, before the entry.
  void takeHome() {
    for (OwningOpRef<ModuleOp> &home : homes)
      function->getBlock()->getOperations().splice(function->getIterator(),
                                                   home->getBody()->getOperations());
  }
};

/// All kernels, each by any thread in a module of its own.
void emitKernels(MLIRContext *context, std::deque<Entry> &entries, const Target &target) {
  SmallVector<std::pair<Entry *, size_t>> all;
  for (Entry &entry : entries)
    for (size_t i = 0; i < entry.kernels.size(); ++i)
      all.emplace_back(&entry, i);
  parallelForEach(context, all, [&](auto kernel) { kernel.first->emit(kernel.second, target); });
}

struct NetToLoops : PassWrapper<NetToLoops, OperationPass<ModuleOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(NetToLoops)
  NetToLoops() = default;
  NetToLoops(const NetToLoops &other) : PassWrapper(other) {}
  explicit NetToLoops(const Target &target, bool describesMemory) {
    this->describesMemory = describesMemory;
    vectorBytes = target.vectorBytes;
    l1 = target.l1, l2 = target.l2, l3 = target.l3;
    workOfOneThread = target.workOfOneThread;
  }

  StringRef getArgument() const final { return "net-to-loops"; }
  StringRef getDescription() const final {
    return "kernels as loops on pointers, entries as step functions";
  }
  void getDependentDialects(DialectRegistry &registry) const final {
    registry.insert<arith::ArithDialect, cf::ControlFlowDialect, func::FuncDialect,
                    LLVM::LLVMDialect, math::MathDialect, scf::SCFDialect, vector::VectorDialect>();
  }

  void runOnOperation() final {
    ModuleOp module = getOperation();
    Target target = vectorBytes == 64 ? Target::avx512() : Target::avx2();
    target.l1 = l1, target.l2 = l2, target.l3 = l3;
    target.workOfOneThread = workOfOneThread;
    numberMessages(module);
    llvm::json::Array descriptions;
    SmallVector<Attribute> names, memory;
    std::deque<Entry> entries;
    for (auto function : llvm::make_early_inc_range(module.getOps<func::FuncOp>())) {
      if (function.isExternal())
        continue;
      // What is private was a layer, and is inlined.
      if (function.isPrivate()) {
        function.erase();
        continue;
      }
      // Once and for all: sizes of what is removed below stay in their places.
      auto symbols = symbolsOf(function);
      SmallVector<StringRef> listed(symbols.begin(), symbols.end());
      function->setAttr("net.sizes", Builder(function).getStrArrayAttr(listed));
      descriptions.push_back(describeEntry(function));
      names.push_back(function.getNameAttr());
      normalizeKernels(function);
      sinkUpdates(function);
      entries.emplace_back(function, std::move(symbols));
    }
    emitKernels(&getContext(), entries, target);
    for (Entry &entry : entries) {
      entry.takeHome();
      if (describesMemory)
        memory.push_back(describeMemory(entry.function, entry.emitted));
      emitStep(entry.function, entry.emitted, target);
    }
    if (describesMemory)
      module->setAttr(memoryAttribute, ArrayAttr::get(&getContext(), memory));
    module->setAttr("net.entries", ArrayAttr::get(&getContext(), names));
    if (failed(describeProgram(module, std::move(descriptions))))
      signalPassFailure();
  }

  Option<int64_t> vectorBytes{*this, "vector-bytes", llvm::cl::desc("bytes of a vector register"),
                              llvm::cl::init(64)};
  Option<int64_t> l1{*this, "l1", llvm::cl::desc("bytes of the first cache"),
                     llvm::cl::init(48 << 10)};
  Option<int64_t> l2{*this, "l2", llvm::cl::desc("bytes of the second cache"),
                     llvm::cl::init(1 << 20)};
  Option<int64_t> l3{*this, "l3", llvm::cl::desc("bytes of the third cache"),
                     llvm::cl::init(32 << 20)};
  Option<int64_t> workOfOneThread{
      *this, "work-of-one-thread",
      llvm::cl::desc("vector instructions under which one thread does a kernel alone"),
      llvm::cl::init(20000)};
  Option<bool> describesMemory{*this, "describe-memory",
                               llvm::cl::desc("the module says what lies in each entry's memory"),
                               llvm::cl::init(false)};
};
} // namespace

std::unique_ptr<Pass> net::createNetToLoops(const Target &target, bool describesMemory) {
  return std::make_unique<NetToLoops>(target, describesMemory);
}

void net::registerNetToLoops() {
  registerPass([] { return std::make_unique<NetToLoops>(); });
}
