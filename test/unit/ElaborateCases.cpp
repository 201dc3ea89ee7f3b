//===- ElaborateCases.cpp - programs elaborated and interpreted -----------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "ElaborateCases.h"
#include "OpsCases.h"
#include "frontend/Parser.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Pass/PassManager.h"
#include "passes/Passes.h"
#include "std/StandardLibrary.h"
#include "llvm/Support/raw_ostream.h"

using namespace net;
using namespace net::test;

namespace {
/// An entry of nothing: what initial values are computed in.
class InitialFrame : public Frame {
public:
  explicit InitialFrame(mlir::ModuleOp module) : Frame(module.getContext(), false) {
    auto type = mlir::FunctionType::get(module.getContext(), {}, {});
    function = mlir::func::FuncOp::create(builder.getUnknownLoc(), "initial", type);
    function.addEntryBlock();
    module.push_back(function);
    builder.setInsertionPointToEnd(&function.getBody().front());
  }
  mlir::Value load(const Slot &) override { return {}; }
  void store(const Slot &, mlir::Value) override {}
  mlir::Value key() override {
    if (!seed)
      seed = function.getBody().front().addArgument(tensorOf(builder.getI64Type(), {}),
                                                    function.getLoc());
    return seed;
  }
  bool mayInstantiate() const override { return false; }

  mlir::func::FuncOp function;
  mlir::Value seed;
};
} // namespace

struct Elaborated::Impl {
  Impl()
      : module(mlir::ModuleOp::create(mlir::UnknownLoc::get(&testContext()))), diagnostics(sources),
        elaborator(*module, sources, diagnostics) {}

  SourceManager sources;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  Diagnostics diagnostics;
  std::vector<std::unique_ptr<ast::File>> files;
  Elaborator elaborator;
  FileScope *scope = nullptr;
  std::unique_ptr<InitialFrame> frame;
};

Elaborated::Elaborated(const std::string &text, bool library) : impl(std::make_unique<Impl>()) {
  auto parse = [&](const std::string &name, const std::string &content) -> ast::File & {
    impl->files.push_back(
        parseFile(impl->sources, impl->sources.add(name, content), impl->diagnostics));
    return *impl->files.back();
  };
  if (library)
    for (const StandardFile &file : standardLibrary())
      impl->elaborator.addFile(parse(file.name.str(), file.text.str()), /*library=*/true);
  impl->scope = impl->elaborator.addFile(parse("t.net", text));
  impl->frame = std::make_unique<InitialFrame>(*impl->module);
}

Elaborated::~Elaborated() = default;

std::string Elaborated::messages() const {
  std::string text;
  llvm::raw_string_ostream os(text);
  impl->diagnostics.print(os);
  return text;
}

static std::shared_ptr<Instance> find(Elaborator &elaborator, FileScope *scope,
                                      const std::string &name, Frame &frame) {
  Env env{frame, elaborator.fileScope(scope)};
  return elaborator.lookup(name, env, SourceRange()).instance();
}

const Specialization *Elaborated::network(const std::string &name, bool training) {
  auto instance = find(impl->elaborator, impl->scope, name, *impl->frame);
  return instance ? impl->elaborator.signature(instance, training) : nullptr;
}

std::vector<Array> Elaborated::run(const std::string &name, std::vector<Array> arguments,
                                   const std::map<std::string, Numbers> &params, bool training) {
  error.clear();
  const Specialization *target = network(name, training);
  if (!target) {
    error = messages();
    return {};
  }
  if (mlir::failed(mlir::verify(target->function))) {
    error = "invalid";
    target->function->dump();
    return {};
  }
  for (const Slot &slot : target->slots) {
    Array value(slot.type.getElementType(), slot.type.getShape().vec());
    std::string path = impl->frame->fullPath(slot, name);
    auto it = params.find(path);
    for (size_t i = 0; i < value.size(); ++i)
      value.set(i, Dual(it == params.end()       ? 0.5
                        : it->second.size() == 1 ? it->second[0]
                                                 : it->second.at(i)));
    arguments.push_back(value);
  }
  if (target->usesKey)
    arguments.push_back(Array::key(impl->elaborator.module.getContext(), 1));
  mlir::OwningOpRef<mlir::ModuleOp> copy = impl->elaborator.module.clone();
  auto function = copy->lookupSymbol<mlir::func::FuncOp>(target->function.getSymName());
  if (expandGradients) {
    function.setPublic();
    function->setAttr("net.entry", mlir::StringAttr::get(copy->getContext(), "task"));
    copy->lookupSymbol<mlir::func::FuncOp>("initial").erase();
    mlir::PassManager passes(copy->getContext());
    buildPhase(passes, "grad");
    if (mlir::failed(passes.run(*copy))) {
      error = "the passes fail";
      return {};
    }
  }
  auto results = interpret(function, arguments);
  if (!results) {
    error = llvm::toString(results.takeError());
    return {};
  }
  std::vector<Array> wanted;
  forEachTensor(target->result, [&](mlir::Value value) {
    wanted.push_back((*results)[llvm::find(target->returned, value) - target->returned.begin()]);
  });
  return wanted;
}

std::vector<std::string> Elaborated::slots(const std::string &name) {
  auto instance = find(impl->elaborator, impl->scope, name, *impl->frame);
  std::vector<std::string> texts;
  if (!instance)
    return texts;
  for (const Slot &slot : impl->elaborator.reachable(instance))
    texts.push_back(impl->frame->fullPath(slot, "") + ": " + str(slot.type));
  llvm::sort(texts);
  return texts;
}

Array Elaborated::initial(const std::string &name, const std::string &path) {
  auto instance = find(impl->elaborator, impl->scope, name, *impl->frame);
  InitialFrame frame(*impl->module);
  for (const Slot &slot : impl->elaborator.reachable(instance)) {
    if (impl->frame->fullPath(slot, "") != path)
      continue;
    mlir::Value value = impl->elaborator.initialize(slot, path, frame);
    if (!value)
      break;
    mlir::func::ReturnOp::create(frame.builder, frame.function.getLoc(), value);
    frame.function.setFunctionType(mlir::FunctionType::get(
        value.getContext(), frame.function.getBody().front().getArgumentTypes(), value.getType()));
    std::vector<Array> arguments;
    if (frame.seed)
      arguments.push_back(Array::key(value.getContext(), 1));
    auto results = interpret(frame.function, arguments);
    if (results)
      return results->front();
    error = llvm::toString(results.takeError());
    break;
  }
  error += messages();
  return {};
}

Array net::test::array(const char *element, std::vector<int64_t> shape, const Numbers &given) {
  Array made(elementNamed(element, &testContext()), std::move(shape));
  for (size_t i = 0; i < made.size(); ++i)
    made.set(i, Dual(given.size() == 1 ? given[0] : given.at(i)));
  return made;
}

Numbers net::test::numbers(const Array &array) {
  Numbers result;
  for (size_t i = 0; i < array.size(); ++i)
    result.push_back(array.isReal() ? array.values[i] : static_cast<double>(array.wholes[i]));
  return result;
}
