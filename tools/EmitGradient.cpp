//===- EmitGradient.cpp - netc --emit=grad.net ----------------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "codegen/Lowering.h"
#include "frontend/GradientText.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"
#include "passes/Passes.h"
#include "tools/Commands.h"
#include "tools/Driver.h"
#include "llvm/Support/raw_ostream.h"

using namespace net;

static int fail(int code, const llvm::Twine &text) {
  llvm::errs() << "netc: error: " << text << "\n";
  return code;
}

int net::emitGradient(const std::string &input, const std::string &output, bool derived) {
  SourceManager sources;
  std::string why;
  FileId file = sources.load(input, why);
  if (!file)
    return fail(SystemFailed, input + ": " + why);
  mlir::MLIRContext context(dialects(), mlir::MLIRContext::Threading::ENABLED);
  Diagnostics diagnostics(sources);
  GradientText text;
  bool good = text.elaborate(sources, file, diagnostics, context);
  diagnostics.printToStderr();
  if (!good)
    return WrongProgram;
  mlir::PassManager pm(&context);
  if (mlir::failed(mlir::applyPassManagerCLOptions(pm)))
    return WrongUse;
  buildPhase(pm, "grad");
  // What a derivative has in common with the function, it reads by name.
  pm.addNestedPass<mlir::func::FuncOp>(mlir::createCSEPass());
  if (mlir::failed(pm.run(text.module())))
    return WrongProgram;
  text.moveUses(input, output);
  auto program = text.print({derived});
  if (!program)
    return WrongProgram;
  if (llvm::Error error = writeFile(output.empty() ? "-" : output, *program))
    return fail(SystemFailed, llvm::toString(std::move(error)));
  return Success;
}
