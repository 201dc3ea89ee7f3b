//===- GradientWords.cpp - what can be named where a gradient stands ------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A gradient is written out as a call of a function, whose arguments are what the text can say
// where the gradient stands: names in sight, parameters by their paths, the key of random numbers.
//
//===----------------------------------------------------------------------===//
#include "frontend/AstPrinter.h"
#include "frontend/Elaborator.h"
#include "ir/ValueNames.h"

using namespace net;

namespace {
class WordReader {
public:
  WordReader(Elaborator &elaborator, Env &env, const NamedValues &inputs)
      : elaborator(elaborator), env(env), inputs(inputs), slots(env.frame.slotsNow()) {}

  /// Parameters as one value, which a text stands for.
  void addBundle(const std::vector<std::pair<std::string, mlir::Value>> &parts,
                 const std::string &text, bool isVariable);
  /// What is in sight.
  void read();
  std::vector<Word> words;

private:
  void add(const Value &value, const std::string &text);
  void addArray(mlir::Value value, const std::string &text, const std::string &name,
                bool isVariable);
  void addSlot(const Slot &slot, mlir::Value value);
  std::string textOf(const Slot &slot) const;
  mlir::Value now(const Slot &slot) const;

  Elaborator &elaborator;
  Env &env;
  const NamedValues &inputs;
  const std::vector<std::pair<Slot, mlir::Value>> slots;
  std::vector<std::pair<std::string, std::shared_ptr<Instance>>> instances; ///< by their names
};
} // namespace

static bool isIdentifier(llvm::StringRef text) {
  return llvm::all_of(text,
                      [](char c) { return c == '_' || c == '\'' || llvm::isAlnum(c) || c < 0; });
}

void WordReader::addArray(mlir::Value value, const std::string &text, const std::string &name,
                          bool isVariable) {
  words.push_back({text, {value}, {name}, name, /*isArray=*/true, isVariable});
}

void WordReader::addBundle(const std::vector<std::pair<std::string, mlir::Value>> &parts,
                           const std::string &text, bool isVariable) {
  Word word{text, {}, {}, isIdentifier(text) ? text : "w", /*isArray=*/false, isVariable};
  for (const auto &[path, value] : parts) {
    word.values.push_back(value);
    word.names.push_back(parameterName(path));
  }
  words.push_back(std::move(word));
}

mlir::Value WordReader::now(const Slot &slot) const {
  for (const auto &[known, value] : slots)
    if (known.kind == slot.kind && known.instance == slot.instance && known.path == slot.path)
      return value;
  return {};
}

void WordReader::add(const Value &value, const std::string &text) {
  if (value.with)
    return;
  if (mlir::Value tensor = value.tensor()) {
    addArray(tensor, text, text, false);
  } else if (auto *reference = value.as<Reference>()) {
    if (mlir::Value held = now(*reference->slot))
      addArray(held, text, text, true);
  } else if (auto *tuple = value.tuple()) {
    for (const auto &[i, element] : llvm::enumerate(tuple->elements))
      add(element, text + "[" + std::to_string(i) + "]");
  } else if (auto instance = value.instance()) {
    instances.emplace_back(text, instance);
  } else if (auto *bundle = value.bundle()) {
    addBundle(bundle->parts, text, false);
  } else if (auto *references = value.as<References>()) {
    std::vector<std::pair<std::string, mlir::Value>> parts;
    for (const auto &[path, slot] : references->parts)
      if (mlir::Value held = now(*slot))
        parts.emplace_back(path, held);
    if (parts.size() == references->parts.size())
      addBundle(parts, text, true);
  }
}

/// The text of a parameter, state, constant or column; empty if there is none here.
std::string WordReader::textOf(const Slot &slot) const {
  auto isInSight = [&](const ast::Decl *decl) {
    return !env.scope->lookup(decl->name) &&
           elaborator.findDecl(decl->name, env.scope->file) == decl;
  };
  if (slot.kind == Slot::Kind::Constant || slot.kind == Slot::Kind::Column)
    return env.scope->lookup(llvm::StringRef(slot.path).split('.').first.str()) ? "" : slot.path;
  for (const auto &[name, instance] : instances) {
    if (slot.instance == instance)
      return name + "." + slot.path;
    if (!slot.instance && instance->owner == env.frame.id &&
        llvm::StringRef(slot.path).starts_with(instance->path + "."))
      return name + slot.path.substr(instance->path.size());
  }
  if (slot.instance && slot.instance->isNetwork() && isInSight(slot.instance->what.decl))
    return slot.instance->path + "." + slot.path;
  return "";
}

void WordReader::addSlot(const Slot &slot, mlir::Value value) {
  std::string text = textOf(slot);
  if (text.empty())
    return;
  bool isData = slot.kind == Slot::Kind::Column;
  llvm::StringRef last = llvm::StringRef(text).rsplit('.').second;
  std::string name = isData ? last.str() : parameterName(text);
  addArray(value, text, name, !isData);
}

void WordReader::read() {
  std::vector<std::string> names;
  env.scope->collectNames(names);
  std::vector<std::pair<std::string, const Value *>> composed;
  for (const std::string &name : std::set<std::string>(names.begin(), names.end())) {
    const Value *value = env.scope->lookup(name);
    if (value->tensor() || value->as<Reference>() || value->instance())
      add(*value, name);
    else
      composed.emplace_back(name, value);
  }
  for (const auto &[slot, value] : slots)
    addSlot(slot, value);
  for (const auto &[value, text] : inputs) {
    auto [path, last] = llvm::StringRef(text).rsplit('.');
    addArray(value, text, last.empty() ? text : last.str(), false);
  }
  // A word for one array is better than one for several.
  for (const auto &[name, value] : composed)
    add(*value, name);
}

//===-- sites ---------------------------------------------------------------------------------===//

bool Elaborator::isKeyHere(mlir::Value value, const Env &env) const {
  for (const Frame::Turn &turn : llvm::reverse(env.frame.turns)) {
    auto fold = value.getDefiningOp<FoldInOp>();
    if (!fold)
      return false;
    auto constant = fold.getI().getDefiningOp<ConstantOp>();
    bool same = turn.counted ? fold.getI() == turn.counted
                             : constant && llvm::cast<mlir::DenseElementsAttr>(constant.getValue())
                                                   .getSplatValue<llvm::APInt>()
                                                   .getSExtValue() == turn.number;
    if (!same)
      return false;
    value = fold.getKey();
  }
  return env.frame.isKey(value);
}

/// The parameters of networks that stand behind `wrt`, and the shape of the results.
static ResultShape addWanted(WordReader &reader, const Value &wrt, const ast::Expr *expr,
                             const std::string &text) {
  ResultShape shape;
  if (auto *tuple = wrt.tuple()) {
    auto *parts = llvm::dyn_cast_or_null<ast::Tuple>(expr);
    for (const auto &[i, element] : llvm::enumerate(tuple->elements)) {
      const ast::Expr *part = parts ? parts->elements[i].get() : nullptr;
      std::string partText = part ? ast::print(*part) : text + "[" + std::to_string(i) + "]";
      shape.elements.push_back(addWanted(reader, element, part, partText));
    }
  } else if (auto *bundle = wrt.bundle()) {
    shape.parameters = reader.words.size();
    reader.addBundle(bundle->parts, text, true);
  }
  return shape;
}

static Occasion occasionOf(mlir::func::FuncOp around, const Hooks &hooks) {
  return around->hasAttr("net.entry") ? Occasion{nullptr, hooks.turns()}
                                      : Occasion{around.getOperation(), {}};
}

/// The block, or the fn or layer, that something stands in.
static std::string declarationAround(mlir::func::FuncOp around, const Hooks &hooks) {
  return around->hasAttr("net.entry") ? hooks.blockName() : around.getName().split('.').first.str();
}

void Elaborator::noteDraw(Env &env) {
  if (!sites || !hooks)
    return;
  auto around =
      llvm::cast<mlir::func::FuncOp>(functionAround(env.frame.builder.getInsertionBlock()));
  for (GradientSite &site : sites->all)
    site.isFollowed |= site.block == declarationAround(around, *hooks);
}

/// A site at this place, and its function if there are words for all that it reads.
static void addSite(Elaborator &e, GradientSites &sites, Hooks &hooks, GradientSite site,
                    llvm::ArrayRef<mlir::Value> gradients, WordReader &reader, Env &env) {
  bool all = llvm::all_of(gradients, [](mlir::Value v) { return static_cast<bool>(v); });
  if (gradients.empty() || !all)
    return;
  auto around =
      llvm::cast<mlir::func::FuncOp>(functionAround(mlir::Value(gradients[0]).getParentBlock()));
  if (around.getName().starts_with(".scratch."))
    return;
  site.block = declarationAround(around, hooks);
  site.occasion = occasionOf(around, hooks);
  size_t wanted = reader.words.size();
  reader.read();
  if (!sites.functions)
    sites.functions = mlir::ModuleOp::create(around.getLoc());
  // At once: what nobody reads in the end is going to be erased.
  outline(
      site, gradients, reader.words, wanted,
      [&](mlir::Value value) {
        return e.isKeyHere(value, env)  ? KeyWord::Here
               : env.frame.isKey(value) ? KeyWord::Hidden
                                        : KeyWord::None;
      },
      *sites.functions);
  sites.add(std::move(site));
}

void Elaborator::noteCall(const ast::Callable &callee, const Specialization &target, Env &env,
                          SourceRange range) {
  if (!sites || !hooks)
    return;
  auto around =
      llvm::cast<mlir::func::FuncOp>(functionAround(env.frame.builder.getInsertionBlock()));
  if (!around.getName().starts_with(".scratch."))
    sites->add({range, &callee, occasionOf(around, *hooks), target.function, target.usesKey});
}

void Elaborator::noteGradient(const ast::Stmt &stmt, llvm::ArrayRef<mlir::Value> gradients,
                              std::vector<std::string> parameters, const std::string &optimizer,
                              Env &env, Frame::Effects effects) {
  if (!sites || !hooks)
    return;
  GradientSite site;
  site.setsState = effects.setsState;
  site.draws = effects.draws;
  site.node = &stmt;
  site.range = stmt.range;
  site.parameters = std::move(parameters);
  site.optimizer = optimizer;
  NamedValues inputs = hooks->inputs();
  WordReader reader(*this, env, inputs);
  addSite(*this, *sites, *hooks, std::move(site), gradients, reader, env);
}

void Elaborator::noteGradient(const ast::Expr &expr, llvm::ArrayRef<mlir::Value> gradients,
                              const Value &wrt, const ast::Expr &text, Env &env,
                              Frame::Effects effects) {
  if (!sites || !hooks)
    return;
  GradientSite site;
  site.setsState = effects.setsState;
  site.draws = effects.draws;
  site.node = &expr;
  site.range = expr.range;
  auto *function = functionAround(env.frame.builder.getInsertionBlock());
  NamedValues inputs = function->hasAttr("net.entry") ? hooks->inputs() : NamedValues();
  WordReader reader(*this, env, inputs);
  site.result = addWanted(reader, wrt, &text, ast::print(text));
  addSite(*this, *sites, *hooks, std::move(site), gradients, reader, env);
}
