//===- Native.cpp - compiled functions beside interpreted ones ------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "Native.h"
#include "codegen/Machine.h"
#include "codegen/Passes.h"
#include "codegen/Step.h"
#include "ir/NetDialect.h"
#include "mlir/Conversion/Passes.h"
#include "mlir/Dialect/Arith/Transforms/Passes.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlow.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "mlir/Transforms/Passes.h"
#include "llvm/ExecutionEngine/Orc/LLJIT.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Support/TargetSelect.h"

#include <condition_variable>
#include <cstdlib>
#include <mutex>
#include <thread>

using namespace mlir;
using namespace net;
using namespace net::test;
using llvm::Error;
using llvm::Expected;

MLIRContext &net::test::nativeContext() {
  static MLIRContext *context = [] {
    DialectRegistry registry;
    registry.insert<NetDialect, func::FuncDialect, arith::ArithDialect, cf::ControlFlowDialect,
                    LLVM::LLVMDialect, math::MathDialect, scf::SCFDialect, vector::VectorDialect>();
    registerBuiltinDialectTranslation(registry);
    registerLLVMDialectTranslation(registry);
    auto *made = new MLIRContext(registry, MLIRContext::Threading::DISABLED);
    made->loadAllAvailableDialects();
    return made;
  }();
  return *context;
}

//===-- the team -----------------------------------------------------------------------------===//

namespace {
/// The threads of one call.
struct Team {
  explicit Team(int threads) : threads(threads) {}
  void wait() {
    std::unique_lock<std::mutex> lock(mutex);
    int turn = turns;
    if (++waiting == threads) {
      waiting = 0;
      ++turns;
      everybody.notify_all();
      return;
    }
    everybody.wait(lock, [&] { return turns != turn; });
  }
  int threads, waiting = 0, turns = 0;
  std::mutex mutex;
  std::condition_variable everybody;
};
void barrier(Team *team, int32_t) { team->wait(); }

using Run = int32_t (*)(void *const *, const int64_t *, char *, Team *, int32_t, int32_t,
                        int32_t *);
using ArenaBytes = int64_t (*)(const int64_t *, int32_t);

//===-- buffers ------------------------------------------------------------------------------===//

struct Free {
  void operator()(char *memory) const { std::free(memory); }
};
using Memory = std::unique_ptr<char, Free>;

Memory allocate(size_t bytes) {
  // To the byte, so that a sanitizer sees every access beyond the end. What is not written shows
  // itself.
  void *memory = nullptr;
  if (posix_memalign(&memory, 64, std::max<size_t>(bytes, 1)) == 0)
    std::fill_n(static_cast<char *>(memory), bytes, '\xAB');
  return Memory(static_cast<char *>(memory));
}

size_t bytesOf(Type element) {
  return element.isInteger(1) ? 1 : element.getIntOrFloatBitWidth() / 8;
}

APFloat toFloat(FloatType type, double x) {
  APFloat number(x);
  bool losesInfo;
  number.convert(type.getFloatSemantics(), APFloat::rmNearestTiesToEven, &losesInfo);
  return number;
}

Memory store(const Array &array) {
  size_t width = bytesOf(array.element);
  Memory memory = allocate(width * array.size());
  for (size_t i = 0; i < array.size(); ++i) {
    uint64_t bits = array.isReal() ? toFloat(cast<FloatType>(array.element), array.values[i])
                                         .bitcastToAPInt()
                                         .getZExtValue()
                                   : static_cast<uint64_t>(array.wholes[i]);
    memcpy(memory.get() + i * width, &bits, width);
  }
  return memory;
}

void load(Array &array, const char *memory) {
  size_t width = bytesOf(array.element);
  for (size_t i = 0; i < array.size(); ++i) {
    uint64_t bits = 0;
    memcpy(&bits, memory + i * width, width);
    if (!array.isReal()) {
      array.wholes[i] = wrapTo(array.element, static_cast<int64_t>(bits));
      continue;
    }
    auto type = cast<FloatType>(array.element);
    APFloat number(type.getFloatSemantics(), APInt(static_cast<unsigned>(width * 8), bits));
    bool losesInfo;
    number.convert(APFloat::IEEEdouble(), APFloat::rmNearestTiesToEven, &losesInfo);
    array.values[i] = number.convertToDouble();
  }
}

struct Signature {
  SmallVector<Type> arguments, results;
  std::vector<std::string> sizes;
};
} // namespace

//===-- compiling ----------------------------------------------------------------------------===//

struct Native::Implementation {
  std::unique_ptr<llvm::orc::LLJIT> jit;
  std::map<std::string, Signature> signatures;
};

Native::Native(std::unique_ptr<Implementation> implementation)
    : implementation(std::move(implementation)) {}
Native::~Native() = default;

static Error lower(ModuleOp module, const Target &target) {
  std::string complaint;
  ScopedDiagnosticHandler collect(module.getContext(),
                                  [&](Diagnostic &d) { complaint += d.str() + "; "; });
  PassManager pm(module.getContext());
  // Without the merging of functions: each keeps its name.
  pm.addPass(createNetToLoops(target));
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createCSEPass());
  pm.addPass(createSCFToControlFlowPass());
  pm.addPass(createConvertMathToLLVMPass());
  pm.addPass(createConvertMathToLibmPass());
  pm.addPass(createConvertVectorToLLVMPass());
  pm.addPass(arith::createArithExpandOpsPass());
  pm.addPass(createArithToLLVMConversionPass());
  pm.addPass(createConvertFuncToLLVMPass());
  pm.addPass(createConvertControlFlowToLLVMPass());
  pm.addPass(createReconcileUnrealizedCastsPass());
  return failed(pm.run(module)) ? llvm::createStringError("lowering: " + complaint)
                                : Error::success();
}

static Error optimizeForHost(llvm::Module &module, const llvm::DataLayout &layout,
                             llvm::orc::JITTargetMachineBuilder machine) {
  auto target = machine.createTargetMachine();
  if (!target)
    return target.takeError();
  module.setDataLayout(layout);
  module.setTargetTriple(machine.getTargetTriple());
  llvm::LoopAnalysisManager loops;
  llvm::FunctionAnalysisManager functions;
  llvm::CGSCCAnalysisManager graphs;
  llvm::ModuleAnalysisManager modules;
  llvm::PassBuilder builder(target->get());
  builder.registerModuleAnalyses(modules);
  builder.registerCGSCCAnalyses(graphs);
  builder.registerFunctionAnalyses(functions);
  builder.registerLoopAnalyses(loops);
  builder.crossRegisterProxies(loops, functions, graphs, modules);
  builder.buildPerModuleDefaultPipeline(llvm::OptimizationLevel::O3).run(module, modules);
  checkAddresses(module, modules);
  return Error::success();
}

Expected<std::unique_ptr<Native>> Native::compile(ModuleOp module, const Target &target,
                                                  bool optimize) {
  static bool initialized = [] {
    llvm::InitializeNativeTarget();
    llvm::InitializeNativeTargetAsmPrinter();
    return true;
  }();
  (void)initialized;
  auto made = std::make_unique<Implementation>();
  for (auto function : module.getOps<func::FuncOp>())
    made->signatures[function.getName().str()] = {SmallVector<Type>(function.getArgumentTypes()),
                                                  SmallVector<Type>(function.getResultTypes()),
                                                  symbolsOf(function)};
  if (Error error = lower(module, target))
    return error;
  auto context = std::make_unique<llvm::LLVMContext>();
  auto translated = translateModuleToLLVMIR(module, *context);
  if (!translated)
    return llvm::createStringError("no LLVM IR");
  auto jit = llvm::orc::LLJITBuilder().create();
  if (!jit)
    return jit.takeError();
  made->jit = std::move(*jit);
  if (optimize) {
    auto machine = llvm::orc::JITTargetMachineBuilder::detectHost();
    if (!machine)
      return machine.takeError();
    if (Error error = optimizeForHost(*translated, made->jit->getDataLayout(), *machine))
      return error;
  }
  auto &library = made->jit->getMainJITDylib();
  llvm::orc::SymbolMap symbols;
  symbols[made->jit->mangleAndIntern("netrt_barrier")] = {
      llvm::orc::ExecutorAddr::fromPtr(&barrier), llvm::JITSymbolFlags::Exported};
  if (Error error = library.define(llvm::orc::absoluteSymbols(symbols)))
    return error;
  auto process = llvm::orc::DynamicLibrarySearchGenerator::GetForCurrentProcess(
      made->jit->getDataLayout().getGlobalPrefix());
  if (!process)
    return process.takeError();
  library.addGenerator(std::move(*process));
  if (Error error = made->jit->addIRModule(
          llvm::orc::ThreadSafeModule(std::move(translated), std::move(context))))
    return error;
  return std::unique_ptr<Native>(new Native(std::move(made)));
}

Expected<std::vector<Array>> Native::run(StringRef function, ArrayRef<Array> arguments,
                                         const SizeValues &given, int threads) {
  const Signature &signature = implementation->signatures.at(function.str());
  auto bound = bindSizes(signature.arguments, arguments, given);
  if (!bound)
    return bound.takeError();
  auto step = implementation->jit->lookup(function);
  auto arenaBytes = implementation->jit->lookup((function + ".arena").str());
  if (!step || !arenaBytes)
    return llvm::joinErrors(step.takeError(), arenaBytes.takeError());
  std::vector<int64_t> sizes;
  for (const std::string &name : signature.sizes)
    sizes.push_back(bound->at(name));
  std::vector<Array> results;
  std::vector<Memory> memory;
  for (const Array &argument : arguments)
    memory.push_back(store(argument));
  for (Type type : signature.results) {
    std::vector<int64_t> shape;
    for (const SizeExpr &size : shapeOf(type))
      shape.push_back(*size.evaluate(*bound));
    results.push_back(Array(elementOf(type), shape));
    memory.push_back(allocate(bytesOf(elementOf(type)) * results.back().size()));
  }
  std::vector<void *> buffers;
  for (const Memory &buffer : memory)
    buffers.push_back(buffer.get());
  int64_t bytes = arenaBytes->toPtr<ArenaBytes>()(sizes.data(), threads);
  Memory arena = allocate(static_cast<size_t>(bytes));
  Team team(threads);
  int32_t error = 0;
  std::vector<int32_t> codes(threads);
  std::vector<std::thread> running;
  for (int i = 0; i < threads; ++i)
    running.emplace_back([&, i] {
      codes[i] =
          step->toPtr<Run>()(buffers.data(), sizes.data(), arena.get(), &team, i, threads, &error);
    });
  for (std::thread &thread : running)
    thread.join();
  for (int32_t code : codes)
    if (code)
      return llvm::createStringError("message " + llvm::Twine(code - 1));
  for (auto [i, result] : llvm::enumerate(results))
    load(result, memory[arguments.size() + i].get());
  return results;
}
