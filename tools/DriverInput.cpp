//===- DriverInput.cpp - a program, or a dump to go on from ---------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/AstPrinter.h"
#include "frontend/AstWalk.h"
#include "frontend/Parser.h"
#include "mlir/Parser/Parser.h"
#include "tools/Driver.h"
#include "llvm/IR/Module.h"
#include "llvm/IRReader/IRReader.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/raw_ostream.h"

using namespace net;
using llvm::StringRef;

bool Compilation::open() {
  std::string why;
  file = sources.load(options.input, why);
  if (!file)
    return fail(SystemFailed, options.input + ": " + why);
  StringRef ending = llvm::sys::path::extension(options.input);
  const std::string &content = sources.text(file);
  if (ending == ".mlir") {
    mlirModule = mlir::parseSourceString<mlir::ModuleOp>(content, &context, options.input);
    if (!mlirModule)
      return code = WrongProgram, false;
    auto named = (*mlirModule)->getAttrOfType<mlir::StringAttr>("net.phase");
    auto phase = phaseNamed(named ? named.getValue() : "");
    if (!phase || *phase < Phase::Net || *phase > Phase::Loops)
      return fail(WrongProgram,
                  options.input + ": the module's attribute `net.phase` names no phase of MLIR");
    current = *phase;
    return true;
  }
  if (ending == ".ll") {
    llvm::SMDiagnostic problem;
    ir = llvm::parseIR(llvm::MemoryBufferRef(content, options.input), problem, llvmContext);
    if (!ir) {
      problem.print("netc", llvm::errs());
      return code = WrongProgram, false;
    }
    current = Phase::LLVM;
    return true;
  }
  if (ending == ".s") {
    text = content;
    current = Phase::Asm;
    return true;
  }
  if (ending == ".o") {
    objects = {content};
    current = Phase::Obj;
    return true;
  }
  return parse();
}

bool Compilation::parse() {
  std::unique_ptr<ast::File> tree = parseFile(sources, file, diagnostics);
  if (diagnostics.hasErrors()) {
    diagnostics.printToStderr();
    return code = WrongProgram, false;
  }
  ast::moveUses(*tree, options.input, options.textPath);
  text = ast::print(*tree);
  current = Phase::Ast;
  return true;
}
