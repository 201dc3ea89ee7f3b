//===- Names.cpp - files, declarations, names, members --------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/Builtins.h"
#include "frontend/ElaboratorImpl.h"

#include "llvm/ADT/StringExtras.h"
#include <cmath>

using namespace net;

static void collectNames(const ast::Pattern &pattern, std::vector<std::string> &names) {
  if (pattern.isName())
    names.push_back(pattern.name);
  for (const ast::Pattern &element : pattern.elements)
    collectNames(element, names);
}

FileScope *Elaborator::addFile(const ast::File &file, bool library) {
  if (library) {
    // All library files are one scope, below all others.
    if (!impl->library)
      impl->library = std::make_unique<FileScope>();
  } else {
    impl->files.push_back(std::make_unique<FileScope>());
  }
  FileScope *scope = library ? impl->library.get() : impl->files.back().get();
  if (library)
    impl->libraryFiles.insert(file.id);
  else {
    scope->file = &file;
    scope->library = impl->library.get();
  }
  for (const ast::DeclPtr &decl : file.decls) {
    collectMembers(*decl, memberNames);
    if (auto *constant = llvm::dyn_cast<ast::ConstantDecl>(decl.get())) {
      std::vector<std::string> names;
      collectNames(constant->pattern, names);
      for (const std::string &name : names)
        scope->constants[name] = constant;
      continue;
    }
    if (llvm::isa<ast::Use>(decl.get()))
      continue;
    if (auto *derivative = llvm::dyn_cast<ast::Derivative>(decl.get())) {
      auto [it, isNew] = scope->derivatives.try_emplace(decl->name, derivative);
      if (!isNew)
        error(decl->nameRange, "N0311", "`" + decl->name + "` has two derivatives")
            .label(it->second->nameRange, "first here");
      continue;
    }
    auto [it, isNew] = scope->decls.try_emplace(decl->name, decl.get());
    if (!isNew)
      error(decl->nameRange, "N0311", "`" + decl->name + "` is declared twice")
          .label(it->second->nameRange, "first here");
  }
  checkDerivatives(*scope);
  return scope;
}

/// The declaration, and the file that holds it.
static const ast::Decl *find(const std::string &name, FileScope *file, FileScope **where) {
  if (!file)
    return nullptr;
  auto it = file->decls.find(name);
  if (it != file->decls.end()) {
    *where = file;
    return it->second;
  }
  for (FileScope *used : file->uses)
    if (auto *decl = find(name, used, where))
      return decl;
  return find(name, file->library, where);
}

const ast::Decl *Elaborator::findDecl(const std::string &name, FileScope *file) const {
  FileScope *where = nullptr;
  return find(name, file, &where);
}

Value Elaborator::declared(const ast::Decl &decl, SourceRange range) {
  if (auto *data = llvm::dyn_cast<ast::Data>(&decl))
    return Value(DataPart{data, ""}, range);
  auto *callable = llvm::dyn_cast<ast::Callable>(&decl);
  if (!callable)
    return {};
  Template what;
  what.decl = callable;
  what.file = impl->fileOf[callable];
  what.staticsDone = !callable->hasStatics;
  if (callable->kind == ast::Decl::Kind::Network && what.staticsDone) {
    auto instance = network(what, range);
    return instance ? Value(instance, range) : Value();
  }
  return Value(std::make_shared<const Template>(std::move(what)), range);
}

/// Names that every scope has.
static std::optional<Value> universal(const std::string &name, Env &env, mlir::MLIRContext *context,
                                      SourceRange range) {
  if (name == "true" || name == "false")
    return Value(Truth{name == "true"}, range);
  if (name == "training")
    return Value(Truth{env.frame.isTraining()}, range);
  if (name == "pi")
    return Value(Number{3.14159265358979323846}, range);
  if (name == "inf")
    return Value(Number{HUGE_VAL}, range);
  if (name == "nan")
    return Value(Number{std::nan("")}, range);
  if (name == "same" || name == "valid" || name == "nearest" || name == "linear")
    return Value(Text{name}, range);
  if (mlir::Type element = elementNamed(name, context))
    return Value(ElementType{element}, range);
  if (name == "float" || name == "any")
    return Value(ElementType{mlir::Float32Type::get(context)}, range);
  if (name == "int")
    return Value(ElementType{mlir::IntegerType::get(context, 32)}, range);
  return std::nullopt;
}

Value Elaborator::lookup(const std::string &name, Env &env, SourceRange range) {
  if (const Value *local = env.scope->lookup(name)) {
    if (auto *reference = local->as<Reference>()) {
      const Slot &slot = *reference->slot;
      Value value = tensorValue(env.frame.read(slot), false, range,
                                (slot.kind == Slot::Kind::State ? "state " : "param ") + name);
      auto origin = std::make_shared<Origin>();
      origin->range = slot.range;
      origin->what = (slot.kind == Slot::Kind::State ? "state " : "param ") + name;
      origin->type = str(slot.type);
      value.origin = origin;
      return value;
    }
    if (auto *references = local->as<References>()) {
      auto bundle = std::make_shared<Bundle>();
      for (const auto &[path, slot] : references->parts)
        bundle->parts.emplace_back(path, env.frame.read(*slot));
      return Value(std::shared_ptr<const Bundle>(bundle), range);
    }
    Value value = *local;
    bool isVisible = true;
    forEachTensor(value,
                  [&](mlir::Value tensor) { isVisible &= impl->isVisible(tensor, env.frame); });
    if (!isVisible) {
      error(range, "N0312", "`" + name + "` is a value of another function, and not known here")
          .help("initial values may use sizes, static parameters and numbers");
      return {};
    }
    value.range = range;
    return value;
  }
  FileScope *where = nullptr;
  if (env.scope->file)
    if (auto known = constant(name, env.scope->file, env, range))
      return *known;
  if (const ast::Decl *decl = find(name, env.scope->file, &where)) {
    if (auto *callable = llvm::dyn_cast<ast::Callable>(decl))
      impl->fileOf[callable] = where;
    return declared(*decl, range);
  }
  if (hooks)
    if (auto special = hooks->special(name, env, range))
      return *special;
  if (auto value = universal(name, env, module.getContext(), range))
    return *value;
  if (primitives().count(name) || name == "chain" || name == "copies" || name == "params")
    return Value(Primitive{name}, range);
  return unknownName(name, env, range);
}

Value Elaborator::unknownName(const std::string &name, Env &env, SourceRange range) {
  std::vector<std::string> names;
  env.scope->collectNames(names);
  std::vector<FileScope *> todo = {env.scope->file};
  while (!todo.empty()) {
    FileScope *file = todo.back();
    todo.pop_back();
    if (!file)
      continue;
    for (const auto &[key, decl] : file->decls)
      names.push_back(key);
    for (const auto &[key, decl] : file->constants)
      names.push_back(key);
    todo.insert(todo.end(), file->uses.begin(), file->uses.end());
    todo.push_back(file->library);
  }
  for (const auto &[key, handler] : primitives())
    names.push_back(key);
  auto &d = error(range, "N0313", "nothing is called `" + name + "` here");
  std::string meant = didYouMean(name, names);
  if (!meant.empty())
    d.help("did you mean `" + meant + "`?");
  auto turn = impl->turnNames.find({env.scope.get(), name});
  if (turn != impl->turnNames.end())
    d.label(turn->second, "known in the turns of this scan alone")
        .help("`emit " + name + "` gives its value of each turn, a carry the last one");
  return {};
}

//===-- constants of files --------------------------------------------------------------------===//

/// The part of a value that a pattern binds to a name.
static bool findElement(const ast::Pattern &pattern, const std::string &name,
                        std::vector<unsigned> &path) {
  if (pattern.isName())
    return pattern.name == name;
  for (unsigned i = 0; i < pattern.elements.size(); ++i) {
    path.push_back(i);
    if (findElement(pattern.elements[i], name, path))
      return true;
    path.pop_back();
  }
  return false;
}

std::optional<Value> Elaborator::constant(const std::string &name, FileScope *file, Env &env,
                                          SourceRange range) {
  auto it = file->constants.find(name);
  if (it == file->constants.end()) {
    if (file->library && file->library != file)
      return constant(name, file->library, env, range);
    return std::nullopt;
  }
  auto known = file->values.find(name);
  if (known == file->values.end()) {
    Value value = impl->evaluateConstant(*this, name, *it->second, file);
    known = file->values.emplace(name, value).first;
  }
  Value value = known->second;
  if (auto *reference = value.as<Reference>())
    return tensorValue(env.frame.read(*reference->slot), false, range, "let " + name);
  value.range = range;
  return value;
}

Value Elaborator::Impl::evaluateConstant(Elaborator &e, const std::string &name,
                                         const ast::ConstantDecl &decl, FileScope *file) {
  if (!evaluating.insert({file, name}).second) {
    e.error(decl.range, "N0314", "`" + name + "` is defined by itself");
    return {};
  }
  // What it is shows in a function that is thrown away; an array is then computed once, at the
  // start.
  ScratchFrame scratch(e.module, file == library.get() ? "" : name);
  Env env{scratch, std::make_shared<Scope>(file)};
  e.bind(decl.pattern, e.evaluate(*decl.value, env), env);
  evaluating.erase({file, name});
  const Value *bound = env.scope->lookup(name);
  Value value = bound ? *bound : Value();
  mlir::Value tensor = value.tensor();
  if (!tensor) {
    if (!value.tuple() && !value.bundle())
      return value;
    e.error(decl.range, "N0315",
            "a `let` of a file holds one array or a static value, not " + value.describe());
    return {};
  }
  auto slot = std::make_shared<Slot>();
  slot->kind = Slot::Kind::Constant;
  slot->path = name;
  slot->type = llvm::cast<mlir::RankedTensorType>(tensor.getType());
  slot->range = decl.range;
  slot->initial.expr = decl.value.get();
  slot->initial.scope = std::make_shared<Scope>(file);
  findElement(decl.pattern, name, slot->initial.element);
  return Value(Reference{slot}, decl.range);
}

//===-- members -------------------------------------------------------------------------------===//

/// `run.r1.p`: an inner value of a call, or the part of its paths below a layer.
static std::optional<Value> inner(const std::shared_ptr<const CallRecord> &record,
                                  const std::string &path, SourceRange range) {
  auto it = record->inner.find(path);
  if (it != record->inner.end())
    return it->second;
  auto below = record->inner.lower_bound(path + ".");
  if (below != record->inner.end() && llvm::StringRef(below->first).starts_with(path + "."))
    return Value(Part{record, path}, range);
  return std::nullopt;
}

Value Elaborator::member(const Value &base, const std::string &name, Env &env, SourceRange range) {
  if (base.isPoison())
    return {};
  if (base.with)
    return atParameters(base, env, [&](const Value &plain, Env &inside) {
      return member(plain, name, inside, range);
    });
  if (auto *data = base.as<DataPart>()) {
    if (hooks)
      return hooks->dataMember(*data, name, env, range);
    error(range, "N0505", "data is not known here");
    return {};
  }
  std::vector<std::string> names;
  auto record = base.call;
  std::string prefix;
  if (auto *part = base.as<Part>()) {
    record = part->record;
    prefix = part->path + ".";
  }
  if (record) {
    if (auto value = inner(record, prefix + name, range))
      return *value;
    for (const auto &[path, value] : record->inner)
      if (llvm::StringRef(path).starts_with(prefix))
        names.push_back(llvm::StringRef(path).drop_front(prefix.size()).split('.').first.str());
  }
  if (mlir::Value x = base.tensor(); x && name == "T") {
    int64_t rank = llvm::cast<mlir::RankedTensorType>(x.getType()).getRank();
    if (rank < 2) {
      error(range, "N0206",
            "`.T` swaps the last two axes, " + base.describe() + " has " + std::to_string(rank));
      return {};
    }
    llvm::SmallVector<int64_t> order;
    for (int64_t i = 0; i < rank; ++i)
      order.push_back(i);
    std::swap(order[rank - 1], order[rank - 2]);
    return tensorValue(emit(env, range).transpose(x, order), false, range, ".T", &base);
  }
  if (auto instance = base.instance())
    return impl->instanceMember(*this, instance, "", name, env, range);
  if (auto *layer = base.as<LayerPath>())
    return impl->instanceMember(*this, layer->instance, layer->path + ".", name, env, range);
  auto &d = error(range, "N0316", base.describe() + " has no `" + name + "`");
  std::string meant = didYouMean(name, names);
  if (!meant.empty())
    d.help("did you mean `" + meant + "`?");
  else if (record)
    d.help("a call shows the `let`s, parameters and layers of its layer");
  else if (base.bundle())
    d.help("`Net.W` is one parameter; `grad .. wrt Net.W` the gradient by it");
  return {};
}

Value Elaborator::Impl::instanceMember(Elaborator &e, const std::shared_ptr<Instance> &instance,
                                       const std::string &prefix, const std::string &name, Env &env,
                                       SourceRange range) {
  if (instance->slots.empty() && instance->isNetwork())
    if (auto *known = e.signature(instance, env.frame.training); !known || known->poisoned)
      return {};
  std::string path = prefix + name;
  auto it = instance->slots.find(path);
  if (it != instance->slots.end()) {
    Slot seen = env.frame.seenFrom(it->second, instance);
    Value value =
        e.tensorValue(env.frame.read(seen), false, range, "param " + instance->path + "." + path);
    return value;
  }
  auto below = instance->slots.lower_bound(path + ".");
  if (below != instance->slots.end() && llvm::StringRef(below->first).starts_with(path + "."))
    return Value(LayerPath{instance, path}, range);
  std::vector<std::string> names;
  for (const auto &[key, slot] : instance->slots)
    if (llvm::StringRef(key).starts_with(prefix))
      names.push_back(llvm::StringRef(key).drop_front(prefix.size()).split('.').first.str());
  auto &d = e.error(range, "N0316",
                    "`" + instance->path + "` has no parameter, state or layer `" + path + "`");
  std::string meant = didYouMean(name, names);
  if (!meant.empty())
    d.help("did you mean `" + meant + "`?");
  else if (!names.empty())
    d.help("it has " + llvm::join(std::set<std::string>(names.begin(), names.end()), ", "));
  return {};
}
