//===- Machine.cpp - LLVM IR to machine code ------------------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "codegen/Machine.h"
#include "llvm/Analysis/CFG.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IR/Module.h"
#include "llvm/MC/MCSubtargetInfo.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Target/TargetMachine.h"
#include "llvm/TargetParser/Host.h"
#include "llvm/Transforms/Instrumentation/AddressSanitizer.h"

using namespace net;
using llvm::createStringError;
using llvm::StringRef;

Machine::Machine(std::unique_ptr<llvm::TargetMachine> machine, unsigned level)
    : machine(std::move(machine)), level(level) {}
Machine::Machine(Machine &&) = default;
Machine::~Machine() = default;

/// All that the processor of this machine can do, as `+avx2,-sse4a,...`.
static std::string hostFeatures() {
  std::string text;
  for (const auto &[name, has] : llvm::sys::getHostCPUFeatures())
    text += (text.empty() ? "" : ",") + std::string(has ? "+" : "-") + name.str();
  return text;
}

llvm::Expected<Machine> Machine::create(StringRef tripleName, StringRef arch, unsigned level) {
  static const bool initialized = [] {
    llvm::InitializeNativeTarget();
    llvm::InitializeNativeTargetAsmPrinter();
    return true;
  }();
  (void)initialized;
  std::string host = llvm::sys::getDefaultTargetTriple();
  llvm::Triple triple(llvm::Triple::normalize(tripleName.empty() ? StringRef(host) : tripleName));
  std::string why;
  const llvm::Target *llvmTarget = llvm::TargetRegistry::lookupTarget(triple, why);
  if (!llvmTarget)
    return createStringError("--target=" + tripleName + ": " + why);
  bool native = arch == "native";
  std::string cpu = native ? llvm::sys::getHostCPUName().str() : arch.str();
  std::unique_ptr<llvm::MCSubtargetInfo> known(llvmTarget->createMCSubtargetInfo(triple, "", ""));
  if (!known->isCPUStringValid(cpu))
    return createStringError("-march=" + arch + " is no processor of " + triple.str());
  llvm::TargetOptions options;
  // The numerics contract: `a * b + c` rounds twice unless the program says `fma`.
  options.AllowFPOpFusion = llvm::FPOpFusion::Strict;
  options.FunctionSections = options.DataSections = true;
  std::unique_ptr<llvm::TargetMachine> made(llvmTarget->createTargetMachine(
      triple, cpu, native ? hostFeatures() : "", options, llvm::Reloc::PIC_, std::nullopt,
      static_cast<llvm::CodeGenOptLevel>(level)));
  if (triple.isX86() && !made->getMCSubtargetInfo()->checkFeatures("+avx2,+fma"))
    return createStringError("-march=" + arch + " has no AVX2 and FMA; x86-64-v3 is the least");
  return Machine(std::move(made), level);
}

net::Target Machine::target() const {
  bool wide = machine->getTargetTriple().isX86() &&
              machine->getMCSubtargetInfo()->checkFeatures("+avx512f,+avx512bw");
  return wide ? Target::avx512() : Target::avx2();
}

std::vector<std::string> Machine::needs() const {
  std::vector<std::string> result;
  if (!machine->getTargetTriple().isX86())
    return result;
  for (const char *feature :
       {"avx2", "fma", "bmi", "bmi2", "avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl",
        "avx512vbmi", "avx512vbmi2", "avx512vnni", "avx512bf16"})
    if (machine->getMCSubtargetInfo()->checkFeatures(std::string("+") + feature))
      result.push_back(feature);
  return result;
}

/// An entry without scans: calls of kernels one after the other.
static bool isListOfCalls(const llvm::Function &function) {
  llvm::SmallVector<std::pair<const llvm::BasicBlock *, const llvm::BasicBlock *>> back;
  llvm::FindFunctionBackedges(function, back);
  return back.empty() && llvm::any_of(llvm::instructions(function), [](const auto &instruction) {
           auto *call = llvm::dyn_cast<llvm::CallInst>(&instruction);
           return call && !llvm::isa<llvm::IntrinsicInst>(call);
         });
}

void Machine::prepare(llvm::Module &module) const {
  module.setTargetTriple(machine->getTargetTriple());
  module.setDataLayout(machine->createDataLayout());
  for (llvm::Function &function : module) {
    if (function.isDeclaration())
      continue;
    function.addFnAttr("target-cpu", machine->getTargetCPU());
    function.addFnAttr("target-features", machine->getTargetFeatureString());
    // A kernel is called once a step: inlined, it would be optimized twice to no gain. Profilers
    // see it by its name.
    function.addFnAttr(llvm::Attribute::NoInline);
    // Its code takes no time, but would take a tenth of LLVM's: all pointers live from its start.
    if (isListOfCalls(function))
      function.addFnAttr(llvm::Attribute::OptimizeNone);
    // Loops are made for whole registers; LLVM would halve them on processors that once clocked
    // down.
    if (target().vectorBytes == 64)
      function.addFnAttr("prefer-vector-width", "512");
  }
}

/// Loops, vectors and unrolling are there already. What is left for LLVM: equal computations, index
/// arithmetic, what does not change in a loop. Its own -O3 takes three times as long for code that
/// is 0 to 4 % faster (bench/README.md). One round of instcombine is enough also where it could go
/// on: the default would then end the compiler.
static constexpr StringRef cleanup =
    "function(early-cse<memssa>,instcombine<no-verify-fixpoint>,simplifycfg,"
    "loop-mssa(loop-rotate,licm),gvn,instcombine<no-verify-fixpoint>,simplifycfg)";

void net::checkAddresses(llvm::Module &module, llvm::ModuleAnalysisManager &analyses) {
#ifdef NETC_SANITIZE
  for (llvm::Function &function : module)
    if (!function.isDeclaration())
      function.addFnAttr(llvm::Attribute::SanitizeAddress);
  llvm::AddressSanitizerPass(llvm::AddressSanitizerOptions()).run(module, analyses);
#endif
}

/// LLVM 22 makes of a narrowed vector, `trunc <16 x i32> to <16 x i8>`, under a constant mask of
/// one lane on AVX-512 a store of the wide element, over what lies behind: such lanes are stored as
/// scalars.
static void storeSingleLanes(llvm::Function &function) {
  for (llvm::Instruction &instruction : llvm::make_early_inc_range(llvm::instructions(function))) {
    auto *store = llvm::dyn_cast<llvm::IntrinsicInst>(&instruction);
    if (!store || store->getIntrinsicID() != llvm::Intrinsic::masked_store)
      continue;
    llvm::Value *vector = store->getArgOperand(0), *place = store->getArgOperand(1);
    auto *mask = llvm::dyn_cast<llvm::Constant>(store->getArgOperand(store->arg_size() - 1));
    auto *type = llvm::dyn_cast<llvm::FixedVectorType>(vector->getType());
    if (!mask || !type)
      continue;
    llvm::SmallVector<unsigned> lanes;
    for (unsigned i = 0; i < type->getNumElements(); ++i)
      if (llvm::Constant *lane = mask->getAggregateElement(i); !lane || !lane->isNullValue())
        lanes.push_back(i);
    if (lanes.size() != 1)
      continue;
    llvm::IRBuilder<> builder(store);
    llvm::Type *element = type->getElementType();
    builder.CreateAlignedStore(builder.CreateExtractElement(vector, lanes[0]),
                               builder.CreateConstInBoundsGEP1_64(element, place, lanes[0]),
                               llvm::Align(element->getScalarSizeInBits() / 8));
    store->eraseFromParent();
  }
}

void Machine::optimize(llvm::Module &module) const {
  llvm::LoopAnalysisManager loops;
  llvm::FunctionAnalysisManager functions;
  llvm::CGSCCAnalysisManager components;
  llvm::ModuleAnalysisManager modules;
  llvm::PipelineTuningOptions tuning;
  // Kernels are vectorized and unrolled already, in an order that the contract fixes.
  tuning.LoopVectorization = tuning.SLPVectorization = tuning.LoopUnrolling = false;
  llvm::PassBuilder builder(machine.get(), tuning);
  builder.registerModuleAnalyses(modules);
  builder.registerCGSCCAnalyses(components);
  builder.registerFunctionAnalyses(functions);
  builder.registerLoopAnalyses(loops);
  builder.crossRegisterProxies(loops, functions, components, modules);
  llvm::ModulePassManager passes;
  if (level == 0)
    passes = builder.buildO0DefaultPipeline(llvm::OptimizationLevel::O0);
  else if (level == 3)
    passes = builder.buildPerModuleDefaultPipeline(llvm::OptimizationLevel::O3);
  else
    llvm::cantFail(builder.parsePassPipeline(passes, cleanup));
  passes.run(module, modules);
  for (llvm::Function &function : module)
    storeSingleLanes(function);
  checkAddresses(module, modules);
}

llvm::Error Machine::emit(llvm::Module &module, llvm::raw_pwrite_stream &out, bool assembly) const {
  llvm::legacy::PassManager passes;
  auto type = assembly ? llvm::CodeGenFileType::AssemblyFile : llvm::CodeGenFileType::ObjectFile;
  if (machine->addPassesToEmitFile(passes, out, nullptr, type))
    return createStringError("LLVM writes no object file for " + machine->getTargetTriple().str());
  passes.run(module);
  return llvm::Error::success();
}
