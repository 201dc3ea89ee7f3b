//===- Elaborator.cpp - places, messages, bundles -------------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/ElaboratorImpl.h"
#include "ir/ValueNames.h"

using namespace net;

Elaborator::Elaborator(mlir::ModuleOp module, const SourceManager &sources,
                       Diagnostics &diagnostics)
    : module(module), sources(sources), diagnostics(diagnostics), impl(std::make_unique<Impl>()) {
  impl->library = std::make_unique<FileScope>();
}

Elaborator::~Elaborator() = default;

mlir::Location Elaborator::location(SourceRange range) const {
  mlir::MLIRContext *context = module.getContext();
  if (!range.isValid())
    return mlir::UnknownLoc::get(context);
  LineColumn place = sources.lineColumn(range);
  mlir::Location location =
      mlir::FileLineColLoc::get(context, sources.name(range.file), place.line, place.column);
  impl->places.try_emplace(location, range);
  return location;
}

SourceRange Elaborator::rangeOf(mlir::Location location) const {
  return impl->places.lookup(withoutName(location));
}

Diagnostic &Elaborator::error(SourceRange range, llvm::StringRef id, std::string text) {
  // A mistake that shows inside the library was made by the text that called it.
  if (range.isValid() && impl->libraryFiles.count(range.file))
    for (SourceRange call : llvm::reverse(impl->calls))
      if (call.isValid() && !impl->libraryFiles.count(call.file))
        return diagnostics.error(call, id, std::move(text))
            .label(range, "inside the library, here");
  Diagnostic &d = diagnostics.error(range, id, std::move(text));
  return d;
}

void Elaborator::enterCall(SourceRange range) { impl->calls.push_back(range); }
void Elaborator::leaveCall() { impl->calls.pop_back(); }

void Elaborator::note(Diagnostic &diagnostic, const Value &value, const std::string &text) {
  if (value.range.isValid() && value.range != diagnostic.range)
    diagnostic.label(value.range, text);
  int count = 0;
  SourceRange last;
  for (const Origin *origin = value.origin.get(); origin && count < 4;
       origin = origin->from.get()) {
    // Of the stages of a pipe, which begin at one place, the last one is shown.
    bool same = origin->range == value.range || origin->range == diagnostic.range ||
                (count && origin->range.start() == last.start());
    if (!origin->range.isValid() || same || origin->what.empty())
      continue;
    diagnostic.note(origin->range, origin->what + " is " + origin->type);
    last = origin->range;
    ++count;
  }
}

Value Elaborator::tensorValue(mlir::Value value, bool weak, SourceRange range,
                              const std::string &what, const Value *from, const Value *other) {
  Value result(Tensor{value, weak}, range);
  auto origin = std::make_shared<Origin>();
  origin->range = range;
  // Operators pass sizes on: the chain of notes leads through them to the calls.
  origin->what = what.size() > 2 ? what : "";
  origin->type = str(value.getType());
  if (from && from->origin)
    origin->from = from->origin;
  else if (other)
    origin->from = other->origin;
  result.origin = origin;
  return result;
}
