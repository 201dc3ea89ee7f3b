//===- Lowering.cpp - loops to LLVM IR ------------------------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "codegen/Lowering.h"
#include "codegen/Passes.h"
#include "ir/NetDialect.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Transforms/Passes.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlow.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "runtime/netrt.h"
#include "llvm/IR/Constants.h"
#include "llvm/IR/DerivedTypes.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"

using namespace net;

mlir::DialectRegistry net::dialects() {
  mlir::DialectRegistry registry;
  registry.insert<NetDialect, mlir::arith::ArithDialect, mlir::cf::ControlFlowDialect,
                  mlir::func::FuncDialect, mlir::LLVM::LLVMDialect, mlir::math::MathDialect,
                  mlir::scf::SCFDialect, mlir::vector::VectorDialect>();
  mlir::registerBuiltinDialectTranslation(registry);
  mlir::registerLLVMDialectTranslation(registry);
  return registry;
}

void net::buildLLVM(mlir::OpPassManager &pm) {
  // 1. Divisions that round down, conversions of bf16. Not function by function: parts of a program
  // are threads' tasks already, and a thread that waits for a task within one takes the next.
  mlir::arith::ArithExpandOpsPassOptions expanded;
  expanded.includeBf16 = true; // else a call of what libgcc 12 does not have
  pm.addPass(mlir::arith::createArithExpandOpsPass(expanded));
  // 2. Everything else at once.
  pm.addPass(createLoopsToLLVM());
}

namespace {
/// Builds the constants of a `NetProgram`.
class ProgramData {
public:
  explicit ProgramData(llvm::Module &module) : module(module), context(module.getContext()) {}

  llvm::Error add(const ProgramObject &object, llvm::StringRef json,
                  llvm::ArrayRef<mlir::Attribute> names) {
    llvm::SmallVector<llvm::Constant *> entries;
    for (mlir::Attribute attr : names) {
      llvm::StringRef name = mlir::cast<mlir::StringAttr>(attr).getValue();
      llvm::Function *run = module.getFunction(name),
                     *arena = module.getFunction((name + ".arena").str());
      if (!run || !arena)
        return llvm::createStringError("entry " + name + " has no code");
      entries.push_back(llvm::ConstantStruct::getAnon({text(name), run, arena}));
    }
    auto *table =
        llvm::ConstantArray::get(llvm::ArrayType::get(entryType(), entries.size()), entries);
    auto *program = llvm::ConstantStruct::getAnon(
        {text(json), whole(64, json.size()), global("netrt_entries", table),
         whole(64, entries.size()), whole(32, NETRT_ABI_VERSION), elsewhere(object.next)});
    global(object.symbol, program)->setLinkage(llvm::GlobalValue::ExternalLinkage);
    return llvm::Error::success();
  }

private:
  llvm::StructType *entryType() {
    auto *pointer = llvm::PointerType::getUnqual(context);
    return llvm::StructType::get(context, {pointer, pointer, pointer});
  }
  llvm::Constant *whole(unsigned bits, uint64_t value) {
    return llvm::ConstantInt::get(llvm::IntegerType::get(context, bits), value);
  }
  llvm::GlobalVariable *global(llvm::StringRef name, llvm::Constant *value) {
    return new llvm::GlobalVariable(module, value->getType(), true,
                                    llvm::GlobalValue::InternalLinkage, value, name);
  }
  llvm::Constant *elsewhere(llvm::StringRef symbol) {
    auto *pointer = llvm::PointerType::getUnqual(context);
    if (symbol.empty())
      return llvm::ConstantPointerNull::get(pointer);
    auto *declared = new llvm::GlobalVariable(module, llvm::Type::getInt8Ty(context), true,
                                              llvm::GlobalValue::ExternalLinkage, nullptr, symbol);
    declared->setVisibility(llvm::GlobalValue::HiddenVisibility);
    return declared;
  }
  llvm::Constant *text(llvm::StringRef bytes) {
    return global("netrt_text", llvm::ConstantDataArray::getString(context, bytes));
  }

  llvm::Module &module;
  llvm::LLVMContext &context;
};
} // namespace

llvm::Expected<std::unique_ptr<llvm::Module>> net::translateProgram(mlir::ModuleOp module,
                                                                    llvm::LLVMContext &context,
                                                                    const ProgramObject &object) {
  std::unique_ptr<llvm::Module> made = mlir::translateModuleToLLVMIR(module, context, "netc");
  if (!made)
    return llvm::createStringError("the module has no LLVM IR");
  bool isPart = module->hasAttr("net.part");
  for (llvm::Function &function : *made) {
    if (function.isDeclaration())
      continue;
    if (isPart)
      function.setVisibility(llvm::GlobalValue::HiddenVisibility);
    else
      function.setLinkage(llvm::GlobalValue::InternalLinkage);
  }
  if (isPart)
    return made;
  auto json = module->getAttrOfType<mlir::StringAttr>("net.program");
  auto entries = module->getAttrOfType<mlir::ArrayAttr>("net.entries");
  if (!json || !entries)
    return llvm::createStringError("the module describes no program (net.program, net.entries)");
  auto program = llvm::json::parse(json.getValue());
  if (!program)
    return program.takeError();
  if (llvm::json::Object *fields = program->getAsObject())
    (*fields)["needs"] = llvm::json::Array(object.needs);
  if (llvm::Error error =
          ProgramData(*made).add(object, llvm::formatv("{0}", *program).str(), entries.getValue()))
    return error;
  return made;
}
