//===- Functions.cpp - one func.func for each kind of call ----------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/ElaboratorImpl.h"
#include "ir/ValueNames.h"

using namespace net;

/// Calls may be nested this deep; more is recursion through functions passed as values.
static constexpr size_t callDepth = 100;

std::string Elaborator::Impl::symbol(const std::string &name) {
  int &count = symbols[name];
  return ++count == 1 ? name : name + "." + std::to_string(count);
}

bool Elaborator::Impl::isVisible(mlir::Value value, Frame &frame) const {
  auto functionOf = [](mlir::Region *region) {
    mlir::Operation *op = region->getParentOp();
    return llvm::isa<mlir::func::FuncOp>(op)
               ? op
               : op->getParentOfType<mlir::func::FuncOp>().getOperation();
  };
  mlir::Block *block = frame.builder.getInsertionBlock();
  return block && functionOf(value.getParentRegion()) == functionOf(block->getParent());
}

static mlir::func::FuncOp makeFunctionIn(mlir::ModuleOp module, const std::string &name,
                                         mlir::Location loc) {
  auto function =
      mlir::func::FuncOp::create(loc, name, mlir::FunctionType::get(module.getContext(), {}, {}));
  function.setPrivate();
  function.addEntryBlock();
  module.push_back(function);
  return function;
}

mlir::func::FuncOp Elaborator::makeFunction(const std::string &name, mlir::Location loc) {
  return makeFunctionIn(module, name, loc);
}

//===-- frames --------------------------------------------------------------------------------===//

FunctionFrame::FunctionFrame(Specialization &target, bool training, bool isFn)
    : Frame(target.function.getContext(), training), target(target), isFn(isFn) {
  builder.setInsertionPointToEnd(&target.function.getBody().front());
}

FunctionFrame::Held &FunctionFrame::held(const Slot &slot) {
  auto [it, isNew] = index.try_emplace({slot.instance.get(), slot.path}, holds.size());
  if (isNew) {
    mlir::Block &block = target.function.getBody().front();
    mlir::Value argument = block.addArgument(slot.type, target.function.getLoc());
    setName(argument,
            subscripted(slot.instance ? slot.instance->path + "." + slot.path : slot.path));
    holds.push_back({slot, argument, false});
    if (!slot.instance && slot.layer.empty())
      holds.back().slot.layer = target.decl->name;
    target.slots.push_back(holds.back().slot);
  }
  return holds[it->second];
}

mlir::Value FunctionFrame::load(const Slot &slot) { return held(slot).value; }

void FunctionFrame::store(const Slot &slot, mlir::Value value) {
  if (!stores())
    return;
  Held &h = held(slot);
  h.value = value;
  h.isChanged = true;
}

void FunctionFrame::declared(const Slot &slot) {
  target.declared.push_back(slot);
  if (!slot.instance && slot.layer.empty())
    target.declared.back().layer = target.decl->name;
}

std::vector<std::pair<Slot, mlir::Value>> FunctionFrame::slotsRead() const {
  std::vector<std::pair<Slot, mlir::Value>> slots;
  for (const Held &h : holds)
    slots.emplace_back(h.slot, h.value);
  return slots;
}

mlir::Value FunctionFrame::key() {
  if (!keyPlaceholder) {
    mlir::OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(&target.function.getBody().front());
    keyPlaceholder =
        Emit(builder, target.function.getLoc()).integer(0, builder.getI64Type()).getDefiningOp();
    target.usesKey = true;
  }
  return keyPlaceholder->getResult(0);
}

void FunctionFrame::finishKey() {
  if (!keyPlaceholder)
    return;
  mlir::Block &block = target.function.getBody().front();
  mlir::Value key =
      block.addArgument(keyPlaceholder->getResult(0).getType(), target.function.getLoc());
  keyPlaceholder->getResult(0).replaceAllUsesWith(key);
  keyPlaceholder->erase();
  keyPlaceholder = nullptr;
}

std::vector<std::pair<Slot, mlir::Value>> FunctionFrame::changed() const {
  std::vector<std::pair<Slot, mlir::Value>> result;
  for (const Held &h : holds)
    if (h.isChanged)
      result.emplace_back(h.slot, h.value);
  return result;
}

ScratchFrame::ScratchFrame(mlir::ModuleOp module, const std::string &name, bool training)
    : Frame(module.getContext(), training) {
  function = makeFunctionIn(module, ".scratch." + name, mlir::UnknownLoc::get(module.getContext()));
  builder.setInsertionPointToEnd(&function.getBody().front());
}

ScratchFrame::~ScratchFrame() {
  // Values of the function must not be used any more: what it told are types.
  function.getBody().front().dropAllDefinedValueUses();
  function.erase();
}

mlir::Value ScratchFrame::argument(mlir::Type type) {
  return function.getBody().front().addArgument(type, function.getLoc());
}

mlir::Value ScratchFrame::load(const Slot &slot) { return argument(slot.type); }
mlir::Value ScratchFrame::key() { return argument(tensorOf(builder.getI64Type(), {})); }

//===-- bodies --------------------------------------------------------------------------------===//

void net::defineSizes(const Sizes &sizes, Scope &scope) {
  for (const auto &[name, solved] : sizes.sizes)
    scope.define(name, Value(solved.value, solved.range));
  for (const auto &[name, solved] : sizes.packs)
    scope.define(name, Value(Pack{name, solved.value}, solved.range));
  for (const auto &[name, solved] : sizes.elements)
    scope.define(name, Value(ElementType{solved.value}, solved.range));
}

/// Executes the statements of a function; the value that it returns.
static Value executeBody(Elaborator &e, const ast::Callable &decl, Sizes &sizes, Env &env) {
  for (const ast::StmtPtr &stmt : decl.body) {
    if (auto *ret = llvm::dyn_cast<ast::Return>(stmt.get())) {
      Value value = e.evaluate(*ret->value, env);
      return decl.result ? e.coerce(value, *decl.result, sizes, env, ret->value->range) : value;
    }
    if (e.execute(*stmt, env))
      continue;
    e.error(stmt->range, "N0409",
            "this statement has no place in a " + std::string(ast::kindName(decl)))
        .help(llvm::isa<ast::Next, ast::Emit>(*stmt)
                  ? "`next` and `emit` stand in the body of a `scan`"
                  : "it stands in `train` blocks and tasks");
  }
  e.error(decl.signature, "N0410",
          std::string(ast::kindName(decl)) + " " + decl.name + " returns nothing")
      .help("end it with `return ..`");
  return {};
}

static bool hasPoison(const Value &value) {
  if (value.isPoison())
    return true;
  return value.tuple() && llvm::any_of(value.tuple()->elements, hasPoison);
}

static bool hasOwnDerivative(const Template &what) {
  return what.decl->kind == ast::Decl::Kind::Fn && what.file &&
         what.file->derivatives.count(what.decl->name);
}

void Elaborator::elaborateBody(Specialization &target, const Template &what,
                               const std::shared_ptr<Instance> &instance, Binding &binding,
                               bool training) {
  mlir::func::FuncOp function = target.function;
  mlir::Block &block = function.getBody().front();
  bool isFn =
      what.decl->kind == ast::Decl::Kind::Fn || what.decl->kind == ast::Decl::Kind::Initializer;
  FunctionFrame frame(target, training, isFn);
  Env env{frame, std::make_shared<Scope>(what.file)};
  defineSizes(binding.sizes, *env.scope);
  for (const auto &[name, value] : binding.values) {
    Value inside = mapTensors(value, [&](mlir::Value operand) -> mlir::Value {
      return block.addArgument(operand.getType(), withoutName(operand.getLoc()));
    });
    if (inside.tensor()) {
      setName(inside.tensor(), name);
      auto origin = std::make_shared<Origin>();
      origin->range = value.range;
      origin->what = "argument " + name;
      origin->type = inside.describe();
      origin->from = value.origin;
      inside.origin = origin;
    }
    env.scope->define(name, std::move(inside));
  }
  // Instances that belong to this body are those of the instance that it is the body of.
  size_t before = diagnostics.errorCount();
  Value result = executeBody(*this, *what.decl, binding.sizes, env);
  target.poisoned = hasPoison(result) || diagnostics.errorCount() != before;
  if (target.poisoned)
    return;
  llvm::SmallVector<mlir::Value> returned;
  auto keep = [&](mlir::Value tensor) {
    if (!llvm::is_contained(returned, tensor))
      returned.push_back(tensor);
  };
  // A list or a number may be returned as it is; arrays written as such become tensors.
  if (result.as<Range>() || (result.list() && isArrayLike(result)))
    result = Value(toTensor(result, env), result.range);
  if (mlir::Value tensor = result.tensor())
    setName(tensor, "y");
  forEachTensor(result, keep);
  for (const auto &[slot, value] : frame.changed()) {
    target.updates.emplace_back(slot, value);
    keep(value);
  }
  for (const auto &[path, value] : frame.recorded) {
    // A derivative that the program gives says nothing of values inside.
    if (hasPoison(value) || hasOwnDerivative(what))
      continue;
    forEachTensor(value, keep);
    target.inner[path] = value;
  }
  target.result = result;
  target.returned.assign(returned.begin(), returned.end());
  target.asksTraining = frame.trainingAsked;
  frame.finishKey();
  mlir::func::ReturnOp::create(frame.builder, location(what.decl->range), returned);
  llvm::SmallVector<mlir::Type> results;
  for (mlir::Value value : returned)
    results.push_back(value.getType());
  function.setFunctionType(
      mlir::FunctionType::get(module.getContext(), block.getArgumentTypes(), results));
}

Specialization *Elaborator::specialize(const Template &what,
                                       const std::shared_ptr<Instance> &instance, Binding &binding,
                                       bool training, SourceRange range) {
  std::string call = std::to_string(reinterpret_cast<uintptr_t>(what.decl));
  for (const auto &[name, value] : binding.values)
    call += "; " + name + "=" + value.key();
  std::string key = call + (training ? " training" : "");
  auto [it, isNew] = impl->specializations.try_emplace(key);
  if (!isNew) {
    if (it->second->running) {
      error(range, "N0411", "`" + what.decl->name + "` calls itself")
          .label(what.decl->nameRange, "declared here")
          .help(
              "there is no recursion: `scan` repeats; a derivative computes what it needs without "
              "its function");
      return nullptr;
    }
    return it->second->poisoned ? nullptr : it->second.get();
  }
  auto made = std::make_shared<Specialization>();
  it->second = made;
  Specialization &target = *made;
  target.decl = what.decl;
  if (impl->calls.size() >= callDepth) {
    error(range, "N0411",
          "calls are nested more than " + std::to_string(callDepth) + " deep at `" +
              what.decl->name + "`");
    target.poisoned = true;
    return nullptr;
  }
  target.running = true;
  target.function = makeFunction(impl->symbol(what.decl->name), location(what.decl->range));
  impl->calls.push_back(range);
  elaborateBody(target, what, instance, binding, training);
  if (!target.poisoned && hasOwnDerivative(what))
    elaborateDerivative(target, what, binding, training);
  impl->calls.pop_back();
  target.running = false;
  if (!target.poisoned && !target.asksTraining)
    impl->specializations[call + (training ? "" : " training")] = made;
  if (!target.poisoned)
    return &target;
  if (sites)
    sites->forget({}, target.function);
  target.function.getBody().front().dropAllDefinedValueUses();
  target.function.erase();
  return nullptr;
}

//===-- results -------------------------------------------------------------------------------===//

Value Elaborator::coerce(const Value &value, const ast::Type &type, Sizes &sizes, Env &env,
                         SourceRange range) {
  if (value.isPoison())
    return {};
  if (type.kind == ast::Type::Kind::Tuple) {
    const Tuple *tuple = value.tuple();
    if (!tuple || tuple->elements.size() != type.elements.size()) {
      error(range, "N0403",
            "a tuple of " + std::to_string(type.elements.size()) + " is declared, this is " +
                value.describe())
          .label(type.range, "declared here");
      return {};
    }
    std::vector<Value> elements;
    for (size_t i = 0; i < tuple->elements.size(); ++i) {
      const Value &element = tuple->elements[i];
      elements.push_back(coerce(element, type.elements[i], sizes, env,
                                element.range.isValid() ? element.range : range));
    }
    Value result = Value::tuple(std::move(elements), value.range);
    return hasPoison(result) ? Value() : result;
  }
  if (type.kind == ast::Type::Kind::Fn || type.name == "dim" || type.name == "params")
    return value;
  auto pattern = patternOf(type, env);
  if (!pattern)
    return {};
  mlir::Type f32 = mlir::Float32Type::get(module.getContext());
  if (!isArrayLike(value)) {
    error(range, "N0204", pattern->str() + " is declared, this is " + value.describe())
        .label(type.range, "declared here");
    return {};
  }
  // Numbers take the declared element type, and a declared shape where it is known.
  auto *tensor = value.as<Tensor>();
  bool isWeak = (!tensor && !value.as<Range>()) || (tensor && tensor->weak);
  if (auto whole = sizes.resolve(*pattern, f32); whole && isWeak) {
    mlir::Value x = toTensorOf(value, *whole, env, range);
    if (!x)
      return {};
    return tensorValue(x, false, value.range, "", &value);
  }
  mlir::Value x = toTensor(value, env, pattern->element);
  if (!x)
    return {};
  auto actual = llvm::cast<mlir::RankedTensorType>(x.getType());
  auto misfit = sizes.unify(*pattern, actual, range, str(actual));
  if (!misfit)
    misfit = sizes.check(*pattern, actual);
  if (misfit) {
    reportMisfit(*misfit, *pattern, value, "", range, type.range);
    return {};
  }
  Value result = tensor ? value : tensorValue(x, false, value.range, "", &value);
  return result;
}
