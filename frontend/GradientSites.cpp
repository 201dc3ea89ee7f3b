//===- GradientSites.cpp - gradients as functions -------------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/Elaborator.h"
#include "ir/OperationSizes.h"
#include "ir/OwnDerivative.h"
#include "ir/Reads.h"
#include "ir/ValueNames.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/OperationSupport.h"

using namespace net;
using namespace mlir;

Operation *net::functionAround(Block *block) {
  Operation *op = block->getParentOp();
  return isa<func::FuncOp>(op) ? op : op->getParentOfType<func::FuncOp>().getOperation();
}

//===-- all of a program ----------------------------------------------------------------------===//

static bool isEqual(const ResultShape &a, const ResultShape &b) {
  return a.parameters == b.parameters && a.elements.size() == b.elements.size() &&
         std::equal(a.elements.begin(), a.elements.end(), b.elements.begin(), isEqual);
}

static bool isEqual(const GradientSite &a, const GradientSite &b) {
  func::FuncOp f = a.function, g = b.function;
  if (!f || !g || f.getFunctionType() != g.getFunctionType() || !isEqual(a.result, b.result) ||
      a.arguments.size() != b.arguments.size())
    return false;
  for (const auto &[one, other] : llvm::zip(a.arguments, b.arguments))
    if (one.text != other.text || one.names.size() != other.names.size())
      return false;
  return OperationEquivalence::isRegionEquivalentTo(&f.getBody(), &g.getBody(),
                                                    OperationEquivalence::IgnoreLocations);
}

void GradientSites::add(GradientSite site) {
  for (const GradientSite &other : all) {
    if (other.node != site.node || !isEqual(other, site))
      continue;
    if (other.function != site.function) {
      site.function.erase();
      site.function = other.function;
    }
    if (other.occasion == site.occasion && other.optimizer == site.optimizer)
      return;
  }
  all.push_back(std::move(site));
}

void GradientSites::forget(Mark since, Operation *within) {
  auto isOf = [&](const auto &one) { return one.occasion.within == within; };
  auto remove = [&](auto &noted, size_t from) {
    auto first = noted.begin() + std::min(from, noted.size());
    noted.erase(std::remove_if(first, noted.end(), isOf), noted.end());
  };
  remove(all, since.sites);
  remove(calls, since.calls);
}

void GradientSites::lossIsReported(const ast::Stmt *minimize, const ListTurns &turns) {
  for (GradientSite &site : all)
    site.reportsLoss &= site.node != minimize || site.occasion.turns != turns;
}

void Elaborator::noteLossWanted(const std::string &optimizer) {
  if (!sites || !hooks)
    return;
  for (GradientSite &site : sites->all)
    site.wantsLoss |= site.block == hooks->blockName() && site.optimizer == optimizer;
}

//===-- outlines ------------------------------------------------------------------------------===//

std::string net::parameterName(StringRef path) {
  size_t first = path.find_first_of("(.");
  bool hasArguments = first != StringRef::npos && path[first] == '('; // `Net(relu,0.5).dense_1.W`
  StringRef inside = path.substr(hasArguments ? path.rfind(')') : 0).split('.').second;
  return subscripted(inside.empty() ? path : inside);
}

static constexpr const char *keyText = "random_key()";

namespace {
/// What values are computed from, result by result of layers: the running mean that a layer updates
/// is an argument of it, but of no use to its output in training.
class Needs {
public:
  explicit Needs(ModuleOp module) : module(module) {}
  /// What an operation reads for its results that `needed` has.
  SmallVector<mlir::Value> readFor(Operation *op, const llvm::DenseSet<mlir::Value> &needed);

private:
  const llvm::DenseSet<mlir::Value> &argumentsOf(func::FuncOp function, unsigned result);
  /// Adds to `needed` what its values are computed from in a block.
  void follow(Block &block, llvm::DenseSet<mlir::Value> &needed);

  ModuleOp module;
  std::map<std::pair<Operation *, unsigned>, llvm::DenseSet<mlir::Value>> known;
};

/// What gradients are computed from.
class Outline {
public:
  Outline(GradientSite &site, ArrayRef<mlir::Value> gradients, const std::vector<Word> &words,
          size_t wanted, llvm::function_ref<KeyWord(mlir::Value)> isKey)
      : site(site), gradients(gradients), words(words), isKey(isKey) {
    site.arguments.assign(words.begin(), words.begin() + wanted);
  }
  bool collect();
  func::FuncOp build();

private:
  bool collect(Operation *op, Needs &needs);
  bool isArgument(mlir::Value value);
  bool isKeyArgument(mlir::Value value);
  bool isWholeKey(mlir::Value value);
  void replaceWholeKey(mlir::Value whole, mlir::Value key);
  void findUnused();
  void addSizes();
  void order();

  GradientSite &site;
  const ArrayRef<mlir::Value> gradients;
  const std::vector<Word> &words;
  const llvm::function_ref<KeyWord(mlir::Value)> isKey;
  SmallVector<Operation *> ops;
  llvm::DenseSet<mlir::Value> needed, known;
  SmallVector<mlir::Value> unused; ///< read, but for other results
  std::optional<size_t> key;       ///< the argument that is one
  mlir::Value wholeKey;            ///< from which scans make it themselves
};
} // namespace

void Needs::follow(Block &block, llvm::DenseSet<mlir::Value> &needed) {
  for (Operation &op : llvm::reverse(block.without_terminator()))
    if (llvm::any_of(op.getResults(), [&](mlir::Value v) { return needed.contains(v); }))
      for (mlir::Value value : readFor(&op, needed))
        needed.insert(value);
}

const llvm::DenseSet<mlir::Value> &Needs::argumentsOf(func::FuncOp function, unsigned result) {
  auto [it, isNew] = known.try_emplace({function, result});
  if (!isNew)
    return it->second;
  Block &block = function.getBody().front();
  llvm::DenseSet<mlir::Value> needed = {block.getTerminator()->getOperand(result)};
  follow(block, needed);
  return known[{function, result}] = std::move(needed);
}

SmallVector<mlir::Value> Needs::readFor(Operation *op, const llvm::DenseSet<mlir::Value> &needed) {
  SmallVector<mlir::Value> all = valuesReadBy(op).takeVector();
  llvm::DenseSet<mlir::Value> used;
  auto call = dyn_cast<CallOp>(op);
  auto callee = call ? module.lookupSymbol<func::FuncOp>(call.getCallee()) : func::FuncOp();
  if (callee && !derivativeOf(callee)) {
    for (auto [result, value] : llvm::enumerate(call.getResults()))
      if (needed.contains(value))
        for (auto [operand, argument] : llvm::zip(call.getArguments(), callee.getArguments()))
          if (argumentsOf(callee, result).contains(argument))
            used.insert(operand);
  } else if (auto grad = dyn_cast<GradOp>(op)) {
    // The loss, and what else of the region is read outside.
    Block &body = grad.getBody().front();
    auto yielded = body.getTerminator()->getOperands();
    used.insert(yielded[0]);
    for (auto [value, result] : llvm::zip(yielded, grad.getResults().take_back(yielded.size())))
      if (needed.contains(result))
        used.insert(value);
    follow(body, used);
    used.insert(op->operand_begin(), op->operand_end());
  } else {
    return all;
  }
  llvm::erase_if(all, [&](mlir::Value value) { return !used.contains(value); });
  return all;
}

/// A value that has a word, which is an argument then.
bool Outline::isArgument(mlir::Value value) {
  auto has = [&](const Word &word) { return llvm::is_contained(word.values, value); };
  if (llvm::any_of(site.arguments, has))
    return true;
  auto word = llvm::find_if(words, has);
  if (word == words.end())
    return isKeyArgument(value);
  site.arguments.push_back(*word);
  return true;
}

/// The key is computed at each place where it is asked for.
bool Outline::isKeyArgument(mlir::Value value) {
  bool isWhole = isWholeKey(value);
  if (!isWhole && isKey(value) != KeyWord::Here)
    return false;
  if (!key) {
    key = site.arguments.size();
    site.arguments.push_back({keyText, {}, {"key"}, "key"});
  }
  if (isWhole)
    wholeKey = value;
  else
    site.arguments[*key].values.push_back(value);
  return true;
}

/// The program's key, of which everybody makes the block's.
bool Outline::isWholeKey(mlir::Value value) {
  return isa<BlockArgument>(value) && !value.use_empty() &&
         llvm::all_of(value.getUsers(), [&](Operation *user) {
           return isa<FoldKeyOp>(user) && isKey(user->getResult(0)) == KeyWord::Here;
         });
}

void Outline::replaceWholeKey(mlir::Value whole, mlir::Value key) {
  for (Operation *user : llvm::make_early_inc_range(whole.getUsers())) {
    user->getResult(0).replaceAllUsesWith(key);
    user->erase();
  }
}

/// What an operation reads for the results that are needed, if it gives one; false if something has
/// no word.
bool Outline::collect(Operation *op, Needs &needs) {
  if (llvm::none_of(op->getResults(), [&](mlir::Value v) { return needed.contains(v); }))
    return true;
  ops.push_back(op);
  for (mlir::Value value : needs.readFor(op, needed)) {
    if (!known.insert(value).second || isArgument(value))
      continue;
    if (!value.getDefiningOp() || isKey(value) == KeyWord::Hidden)
      return false;
    needed.insert(value);
  }
  return true;
}

bool Outline::collect() {
  Operation *last = nullptr;
  for (mlir::Value gradient : gradients) {
    Operation *op = gradient.getDefiningOp();
    if (!op)
      return false;
    needed.insert(gradient);
    last = last && op->isBeforeInBlock(last) ? last : op;
  }
  Needs needs(last->getParentOfType<ModuleOp>());
  // From the place outwards: what a turn of a scan reads may be computed before the scan.
  for (Operation *at = last; at;) {
    Operation *around = at->getParentOp();
    for (Operation *op = at; op; op = op->getPrevNode())
      if (!collect(op, needs))
        return false;
    at = isa<func::FuncOp>(around) ? nullptr : around->getPrevNode();
    while (!at && !isa<func::FuncOp>(around)) {
      around = around->getParentOp();
      at = isa<func::FuncOp>(around) ? nullptr : around->getPrevNode();
    }
  }
  std::reverse(ops.begin(), ops.end());
  findUnused();
  addSizes();
  order();
  return true;
}

void Outline::findUnused() {
  llvm::DenseSet<mlir::Value> made;
  for (const Word &word : site.arguments)
    made.insert(word.values.begin(), word.values.end());
  for (Operation *op : ops) {
    for (mlir::Value value : valuesReadBy(op))
      if (!made.contains(value) && !known.contains(value) && !llvm::is_contained(unused, value))
        unused.push_back(value);
    made.insert(op->result_begin(), op->result_end());
  }
}

/// Arrays whose sizes alone are needed: no argument has these, or what is made of them, on an axis.
void Outline::addSizes() {
  auto axesOf = [](const Word &word) {
    Shape axes;
    for (mlir::Value value : word.values)
      if (isa<RankedTensorType>(value.getType()))
        llvm::append_range(axes, shapeOf(value.getType()));
    return axes;
  };
  Shape axes;
  for (const Word &word : site.arguments)
    llvm::append_range(axes, axesOf(word));
  std::set<std::string> open;
  auto need = [&](const SizeExpr &size) {
    if (!llvm::is_contained(axes, size))
      size.collectSymbols(open);
  };
  for (Operation *op : ops)
    op->walk([&](Operation *inner) { forSizes(inner, need); });
  for (mlir::Value value : unused)
    llvm::for_each(shapeOf(value.getType()), need);
  auto tell = [&](const Shape &axes) {
    bool any = false;
    for (const std::string &name : bareSymbols(axes))
      any |= open.erase(name) != 0;
    return any;
  };
  tell(axes);
  for (const Word &word : words)
    if (word.isArray && tell(axesOf(word)))
      site.arguments.push_back(word);
}

/// Data come first, then parameters, as in calls of layers.
void Outline::order() {
  std::vector<Word> sorted;
  std::vector<size_t> places(site.arguments.size());
  for (bool isVariable : {false, true})
    for (const auto &[i, word] : llvm::enumerate(site.arguments))
      if (word.isVariable == isVariable) {
        places[i] = sorted.size();
        sorted.push_back(word);
      }
  site.arguments = std::move(sorted);
  std::function<void(ResultShape &)> place = [&](ResultShape &shape) {
    if (shape.parameters)
      shape.parameters = places[*shape.parameters];
    llvm::for_each(shape.elements, place);
  };
  place(site.result);
}

func::FuncOp Outline::build() {
  Location loc = gradients[0].getLoc();
  OpBuilder b(loc.getContext());
  auto function = func::FuncOp::create(loc, site.block + ".gradient", b.getFunctionType({}, {}));
  Block *block = function.addEntryBlock();
  b.setInsertionPointToEnd(block);
  IRMapping mapping;
  mlir::Value keyArgument;
  for (Word &word : site.arguments) {
    auto add = [&](mlir::Type type, const std::string &name) {
      mlir::Value argument = block->addArgument(type, withoutName(loc));
      setName(argument, name);
      return argument;
    };
    if (word.isArray) {
      auto type = word.values.empty() ? wholeKey.getType() : word.values[0].getType();
      mlir::Value argument = add(type, word.names[0]);
      keyArgument = word.text == keyText ? argument : keyArgument;
      for (mlir::Value value : word.values)
        mapping.map(value, argument);
    } else {
      for (auto [value, name] : llvm::zip(word.values, word.names))
        mapping.map(value, add(value.getType(), name));
    }
    word.values.clear();
  }
  mlir::Value whole; // stands for the program's key while there are readers of it
  if (wholeKey)
    mapping.map(wholeKey, whole = block->addArgument(wholeKey.getType(), loc));
  ExprBuilder zeros(b, loc);
  for (mlir::Value value : unused)
    mapping.map(value, expr::splat(zeros, 0, cast<RankedTensorType>(value.getType())).get());
  for (Operation *op : ops)
    b.clone(*op, mapping);
  if (wholeKey) {
    replaceWholeKey(whole, keyArgument);
    block->eraseArgument(cast<BlockArgument>(whole).getArgNumber());
  }
  SmallVector<mlir::Value> results;
  for (mlir::Value gradient : gradients)
    results.push_back(mapping.lookup(gradient));
  if (!site.parameters.empty())
    results.push_back(results[0].getDefiningOp()->getResults().back()); // the loss
  func::ReturnOp::create(b, loc, results);
  function.setFunctionType(
      b.getFunctionType(block->getArgumentTypes(), ValueRange(results).getTypes()));
  return function;
}

void net::outline(GradientSite &site, ArrayRef<mlir::Value> gradients,
                  const std::vector<Word> &words, size_t wanted,
                  llvm::function_ref<KeyWord(mlir::Value)> isKey, ModuleOp into) {
  Outline outline(site, gradients, words, wanted, isKey);
  if (!outline.collect())
    return;
  site.function = outline.build();
  std::string name = site.function.getName().str(), unused = name;
  for (int i = 2; into.lookupSymbol(unused); ++i)
    unused = name + "." + std::to_string(i);
  site.function.setName(unused);
  into.push_back(site.function);
}
