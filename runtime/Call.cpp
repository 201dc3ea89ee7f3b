//===- Call.cpp - resolving and binding of arguments ----------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "runtime/Call.h"

#include "runtime/Error.h"

#include <algorithm>
#include <cstring>

namespace netrt {

Call::Call(Context &context, const EntryDecl &decl, const Scope *scope)
    : context(context), decl(decl), scope(scope), sizes(decl.sizes.size(), Size::unbound) {
  for (const Port &port : decl.args)
    args.push_back(resolveArg(port, scope));
  for (const Port &port : decl.results)
    results.push_back(resolveResult(port));
  buffers.resize(args.size() + results.size());
  scalarBuffer.reserve(int64_t(64) * scalarCount);
  scalars = reinterpret_cast<int64_t *>(scalarBuffer.data());
  keySlot = 0;
}

BatchSource *Call::findColumn(const std::string &name, const Scope *scope, int &index) const {
  for (; scope; scope = scope->parent)
    if (scope->source)
      if ((index = scope->source->getPart().getDecl().columnNamed(name)) >= 0)
        return scope->source;
  failInternal("entry `%s` reads column `%s`, which no loop around it has", decl.name.c_str(),
               name.c_str());
}

/// The counter's word, or null: `step` and `epoch` are the innermost loop's.
static const int64_t *findCounter(const std::string &name, const Scope *scope) {
  static const int64_t zero = 0;
  while (scope && !scope->isLoop)
    scope = scope->parent;
  if (name == "step" || name == "epoch")
    return !scope ? &zero : name == "step" ? &scope->step : &scope->epoch;
  for (; scope; scope = scope->parent)
    if (scope->counter == name)
      return &scope->value;
  return nullptr;
}

Call::Binding Call::resolveArg(const Port &port, const Scope *scope) {
  Binding binding{};
  switch (port.kind) {
  case Port::Kind::Var:
    binding.from = Binding::From::Var;
    binding.index = port.var;
    break;
  case Port::Kind::Column:
    binding.from = Binding::From::Column;
    binding.source = findColumn(port.name, scope, binding.index);
    binding.column = &binding.source->getPart().getDecl().columns[binding.index];
    if (std::find(sources.begin(), sources.end(), binding.source) == sources.end())
      sources.push_back(binding.source);
    break;
  case Port::Kind::Whole: {
    auto [part, index] = context.getData().column(port.name);
    binding.from = Binding::From::Fixed;
    binding.fixed = part->whole(index);
    binding.rows = part->rows();
    binding.column = &part->getDecl().columns[index];
    break;
  }
  case Port::Kind::Key:
    binding.from = Binding::From::Key;
    break;
  case Port::Kind::Counter:
    binding.from = Binding::From::Counter;
    binding.counter = findCounter(port.name, scope);
    binding.index = scalarCount++;
    if (!binding.counter || port.dtype != Dtype::I64)
      failInternal("entry `%s` reads the counter `%s`, which is not there", decl.name.c_str(),
                   port.name.c_str());
    break;
  case Port::Kind::Arg:
    binding.from = Binding::From::Arg;
    binding.arg = &context.argument(port.name);
    break;
  default:
    failInternal("entry `%s` has an argument of a result's kind", decl.name.c_str());
  }
  return binding;
}

Call::Binding Call::resolveResult(const Port &port) {
  Binding binding{};
  if (port.kind == Port::Kind::Var) {
    binding.from = Binding::From::Var;
    binding.index = port.var;
  } else if (port.shape.empty()) {
    binding.from = Binding::From::Scalar;
    binding.index = scalarCount++;
  } else {
    binding.from = Binding::From::Out;
    binding.index = static_cast<int>(owned.size());
    owned.emplace_back();
  }
  return binding;
}

void Call::match(const Port &port, size_t axis, int64_t actual) {
  const Size &size = port.shape[axis];
  int name = size.bareName();
  if (name >= 0 && sizes[name] == Size::unbound) {
    sizes[name] = actual;
    return;
  }
  if (!size.isConstant() && name < 0) {
    // An expression is checked once all of its names are bound; the first pass skips it.
    for (size_t i = 0; i < sizes.size(); ++i)
      if (sizes[i] == Size::unbound && size.mentions(static_cast<int>(i)))
        return;
  }
  int64_t wanted = size.evaluate(sizes.data());
  if (wanted != actual)
    failData("axis %zu of `%s` is %lld, and must be %s%s", axis, port.name.c_str(),
             (long long)actual, size.str().c_str(),
             size.isConstant() ? "" : format(" = %lld", (long long)wanted).c_str());
}

/// `f32[B, 28, 28]`
static std::string describePort(const Port &port) {
  std::string text = nameOf(port.dtype);
  for (size_t axis = 0; axis < port.shape.size(); ++axis)
    text += (axis ? ", " : "[") + port.shape[axis].str();
  return port.shape.empty() ? text : text + "]";
}

static void checkRank(const EntryDecl &decl, const Port &port, size_t rank) {
  if (rank != port.shape.size())
    failData("`%s` has rank %zu, and %s takes %s", port.name.c_str(), rank, decl.name.c_str(),
             describePort(port).c_str());
}

void Call::matchArg(size_t arg) {
  const Port &port = decl.args[arg];
  const Binding &binding = args[arg];
  if (binding.column) {
    bool leading = !binding.source || binding.source->isBatched();
    int64_t rows = binding.source ? binding.source->rows() : binding.rows;
    const std::vector<int64_t> &row = binding.column->shape;
    checkRank(decl, port, row.size() + leading);
    if (leading)
      match(port, 0, rows);
    for (size_t axis = 0; axis < row.size(); ++axis)
      match(port, axis + leading, row[axis]);
  } else if (binding.from == Binding::From::Var || binding.from == Binding::From::Arg) {
    const Var *var =
        binding.from == Binding::From::Var ? &context.getVars()[binding.index] : nullptr;
    if (var ? !var->known : !binding.arg->data)
      failInternal("`%s` has no value yet when `%s` reads it", port.name.c_str(),
                   decl.name.c_str());
    const std::vector<int64_t> &shape = var ? var->shape : binding.arg->shape;
    checkRank(decl, port, shape.size());
    for (size_t axis = 0; axis < shape.size(); ++axis)
      match(port, axis, shape[axis]);
  }
}

void Call::bindSizes() {
  std::fill(sizes.begin(), sizes.end(), Size::unbound);
  for (int pass = 0; pass < (sizes.empty() ? 1 : 2); ++pass) // names first, then expressions
    for (size_t arg = 0; arg < args.size(); ++arg)
      matchArg(arg);
  for (size_t i = 0; i < sizes.size(); ++i)
    if (sizes[i] == Size::unbound)
      failInternal("no argument of `%s` fixes the size %s", decl.name.c_str(),
                   decl.sizes[i].c_str());
}

/// Before anything is computed from them: memory is planned for what is not negative.
void Call::checkSizes() const {
  for (const SizeCheck &check : decl.sizeChecks) {
    if (check.size.evaluateSigned(sizes.data()) >= 0)
      continue;
    std::string values;
    for (size_t i = 0; i < sizes.size(); ++i)
      if (check.size.mentions(static_cast<int>(i)))
        values += format("%s%s = %lld", values.empty() ? "" : ", ", decl.sizes[i].c_str(),
                         (long long)sizes[i]);
    context.getProgram().fail(check.message, " (" + values + ")");
  }
}

void *Call::argPointer(size_t arg) {
  const Binding &binding = args[arg];
  switch (binding.from) {
  case Binding::From::Var:
    return context.getVars()[binding.index].buffer.data();
  case Binding::From::Column:
    return const_cast<uint8_t *>(binding.source->column(binding.index));
  case Binding::From::Counter:
    scalars[8 * binding.index] = *binding.counter;
    return &scalars[8 * binding.index];
  case Binding::From::Key:
    return &scalars[keySlot];
  case Binding::From::Arg:
    return const_cast<void *>(binding.arg->data);
  default:
    return const_cast<uint8_t *>(binding.fixed);
  }
}

void *Call::resultPointer(size_t index) {
  const Binding &binding = results[index];
  if (binding.from == Binding::From::Scalar)
    return &scalars[8 * binding.index];
  const Port &port = decl.results[index];
  if (binding.from == Binding::From::Var && context.getProgram().vars[binding.index].isStatic())
    return context.getVars()[binding.index].buffer.data();
  shapeScratch.clear();
  for (const Size &size : port.shape)
    shapeScratch.push_back(size.evaluate(sizes.data()));
  if (binding.from == Binding::From::Var) {
    context.reserveVar(binding.index, shapeScratch);
    return context.getVars()[binding.index].buffer.data();
  }
  Buffer &buffer = owned[binding.index];
  buffer.reserve(checkedProduct(shapeScratch.data(), shapeScratch.size(), sizeOf(port.dtype),
                                port.name.c_str()));
  return buffer.data();
}

void Call::bind() {
  bindSizes();
  checkSizes();
  // Results first: making room for a variable may move it.
  for (size_t i = 0; i < results.size(); ++i)
    buffers[args.size() + i] = resultPointer(i);
  for (size_t i = 0; i < args.size(); ++i)
    buffers[i] = argPointer(i);
}

void Call::publish() {
  for (size_t i = 0; i < results.size(); ++i) {
    if (results[i].from != Binding::From::Var)
      continue;
    Var &var = context.getVars()[results[i].index];
    if (context.getProgram().vars[results[i].index].isStatic())
      continue;
    var.shape.resize(decl.results[i].shape.size());
    for (size_t axis = 0; axis < var.shape.size(); ++axis)
      var.shape[axis] = decl.results[i].shape[axis].evaluate(sizes.data());
    var.known = true;
  }
}

double Call::resultNumber(int index) const {
  return loadDouble(decl.results[index].dtype, result(index));
}

const uint8_t *Call::result(int index) const {
  return static_cast<const uint8_t *>(buffers[args.size() + index]);
}

Buffer Call::takeResult(int index) {
  if (results[index].from == Binding::From::Out)
    return std::move(owned[results[index].index]);
  Buffer copy(resultElements(index) * sizeOf(decl.results[index].dtype));
  memcpy(copy.data(), result(index), copy.capacity());
  return copy;
}

std::vector<int64_t> Call::resultShape(int index) const {
  std::vector<int64_t> shape;
  for (const Size &size : decl.results[index].shape)
    shape.push_back(size.evaluate(sizes.data()));
  return shape;
}

int64_t Call::resultElements(int index) const {
  int64_t count = 1;
  for (const Size &size : decl.results[index].shape)
    count *= size.evaluate(sizes.data());
  return count;
}

double Call::weight() const {
  for (size_t i = 0; i < results.size(); ++i)
    if (decl.results[i].kind == Port::Kind::Rows)
      return resultNumber(static_cast<int>(i));
  for (const BatchSource *source : sources)
    if (source->isBatched())
      return static_cast<double>(source->rows());
  return 1;
}

} // namespace netrt
