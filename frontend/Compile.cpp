//===- Compile.cpp - from a file to a module with entries -----------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/Compile.h"
#include "frontend/Blocks.h"
#include "frontend/Parser.h"
#include "ir/Interpreter.h"
#include "ir/OwnDerivative.h"
#include "mlir/IR/Threading.h"
#include "mlir/IR/Verifier.h"
#include "std/StandardLibrary.h"
#include "llvm/Support/Path.h"

using namespace net;

namespace {
/// Answers the elaborator's questions about blocks and data.
class ProgramHooks : public Hooks {
public:
  explicit ProgramHooks(Program &program) : program(program) {}

  Value dataMember(const DataPart &data, const std::string &name, Env &env,
                   SourceRange range) override {
    return program.data.member(data, name, env, range);
  }
  Value applyOptimizer(const Template &optimizer, Arguments arguments, Env &env,
                       SourceRange range) override {
    if (block)
      return block->applyOptimizer(optimizer, arguments, env, range);
    program.elaborator.error(range, "N0515", "an optimizer stands behind `using`");
    return {};
  }
  Value on(const ast::On &expr, Env &env) override {
    if (block)
      return block->on(expr, env);
    program.elaborator.error(expr.range, "N0907", "`on` stands in train blocks and tasks");
    return {};
  }
  std::optional<Value> special(const std::string &name, Env &env, SourceRange range) override {
    return block ? block->special(name, env, range) : std::nullopt;
  }

  std::string blockName() const override { return block ? block->name() : ""; }
  NamedValues inputs() const override { return block ? block->inputs() : NamedValues(); }
  ListTurns turns() const override { return block ? block->turns() : ListTurns(); }

  Block *block = nullptr;

private:
  Program &program;
};

/// A parsed file, and where its names are.
struct Unit {
  std::unique_ptr<ast::File> tree;
  FileScope *scope = nullptr; ///< nothing as long as the files that it uses are being read
  std::string path;           ///< as `use` found it
  bool isRoot = false;
};

class Compiler {
public:
  Compiler(SourceManager &sources, Diagnostics &diagnostics, mlir::ModuleOp module,
           GradientSites *sites)
      : sources(sources), diagnostics(diagnostics), module(module),
        elaborator(module, sources, diagnostics), program(module, elaborator, diagnostics),
        hooks(program) {
    elaborator.setHooks(&hooks);
    elaborator.setSites(sites);
  }

  void run(FileId root);
  /// The root's tree.
  std::unique_ptr<ast::File> takeTree() { return std::move(byPath.at(rootPath)->tree); }

private:
  void addLibrary();
  Unit *load(FileId file, const std::string &path, bool isRoot);
  Unit *use(const ast::Use &stmt, const std::string &from);
  void circle(const ast::Use &stmt, const Unit &unit);
  void declarations(Unit &unit);
  void blocks(Unit &unit);
  void noteUncalled(const Unit &unit);

  SourceManager &sources;
  Diagnostics &diagnostics;
  mlir::ModuleOp module;
  Elaborator elaborator;
  Program program;
  ProgramHooks hooks;
  std::vector<std::unique_ptr<ast::File>> library;
  std::vector<std::unique_ptr<Unit>> units; ///< what a file uses comes before it
  std::map<std::string, Unit *> byPath;
  std::vector<Unit *> reading; ///< each is used by the one before
  std::string rootPath;
  std::vector<std::pair<std::string, std::string>> uncalled; ///< rules: name and place
};
} // namespace

void Compiler::addLibrary() {
  std::vector<FileId> files;
  for (const StandardFile &file : standardLibrary())
    files.push_back(sources.add(file.name.str(), file.text.str()));
  library.resize(files.size());
  mlir::parallelFor(module.getContext(), 0, files.size(), [&](size_t i) {
    // These are right: nothing is reported, and no parser's tables are thrown away.
    library[i] = parseFile(sources, files[i], diagnostics);
  });
  for (const auto &tree : library)
    elaborator.addFile(*tree, /*library=*/true);
}

Unit *Compiler::load(FileId file, const std::string &path, bool isRoot) {
  auto unit = std::make_unique<Unit>();
  unit->path = path;
  unit->isRoot = isRoot;
  unit->tree = parseFile(sources, file, diagnostics);
  Unit *made = unit.get();
  byPath[path] = made;
  reading.push_back(made);
  std::vector<Unit *> used;
  for (const ast::DeclPtr &decl : made->tree->decls)
    if (auto *stmt = llvm::dyn_cast<ast::Use>(decl.get()))
      if (Unit *other = use(*stmt, path))
        used.push_back(other);
  reading.pop_back();
  made->scope = elaborator.addFile(*made->tree);
  for (Unit *other : used)
    if (other->scope)
      made->scope->uses.push_back(other->scope);
  units.push_back(std::move(unit));
  return made;
}

Unit *Compiler::use(const ast::Use &stmt, const std::string &from) {
  llvm::SmallString<128> path;
  if (!llvm::sys::path::is_absolute(stmt.path))
    path = llvm::sys::path::parent_path(from);
  llvm::sys::path::append(path, stmt.path);
  llvm::sys::path::remove_dots(path, /*remove_dot_dot=*/true);
  std::string name = path.str().str();
  auto known = byPath.find(name);
  if (known != byPath.end()) {
    if (!known->second->scope)
      circle(stmt, *known->second);
    return known->second;
  }
  std::string why;
  FileId file = sources.load(name, why);
  if (file)
    return load(file, name, /*isRoot=*/false);
  diagnostics.error(stmt.pathRange, "N0001", "cannot read `" + name + "`: " + why)
      .help("paths are relative to the file that uses them");
  return nullptr;
}

/// The unit is among those that are being read.
void Compiler::circle(const ast::Use &stmt, const Unit &unit) {
  std::string files;
  for (auto it = llvm::find(reading, &unit); it != reading.end(); ++it)
    files += "`" + (*it)->path + "` uses ";
  diagnostics
      .error(stmt.pathRange, "N0007",
             "files use each other in a circle: " + files + "`" + unit.path + "`")
      .help("put what both need in a file that uses neither");
}

void Compiler::declarations(Unit &unit) {
  for (const ast::DeclPtr &decl : unit.tree->decls) {
    if (auto *data = llvm::dyn_cast<ast::Data>(decl.get()))
      program.data.add(*data, unit.scope);
  }
}

void Compiler::blocks(Unit &unit) {
  for (const ast::DeclPtr &decl : unit.tree->decls) {
    auto *callable = llvm::dyn_cast<ast::Callable>(decl.get());
    if (!callable)
      continue;
    bool isTrain = callable->kind == ast::Decl::Kind::Train,
         isTask = callable->kind == ast::Decl::Kind::Task;
    if (callable->kind == ast::Decl::Kind::Network && !callable->hasStatics)
      program.makePredict(
          elaborator.network({callable, unit.scope, {}, true}, callable->nameRange));
    // Blocks of used files do not run.
    if ((!isTrain && !isTask) || !unit.isRoot)
      continue;
    Block block(program, *callable, unit.scope);
    hooks.block = &block;
    (isTrain ? program.trains : program.tasks).push_back(block.compile());
    hooks.block = nullptr;
  }
}

/// What no machine of today can address; arithmetic on sizes in bytes has room behind it.
static constexpr int64_t mostBytes = int64_t(1) << 47;

/// Whether each term of the size in bytes, all named sizes being 1, is within bounds.
static bool fitsInMemory(mlir::Type type) {
  SizeExpr bytes = product(shapeOf(type)) * SizeExpr(8); // f64 is the widest
  if (!bytes.isValid())
    return false;
  return llvm::all_of(bytes.getTerms(), [](auto &term) { return term.second <= mostBytes; });
}

/// Refuses arrays whose number of elements alone exceeds all memory, where the text makes or, if it
/// does not, takes the first.
static void checkSizes(mlir::ModuleOp module, Elaborator &elaborator) {
  auto checkTypes = [&](mlir::Operation *op, mlir::TypeRange types) {
    SourceRange range = elaborator.rangeOf(op->getLoc());
    auto tooLarge = [](mlir::Type type) { return isNamedTensor(type) && !fitsInMemory(type); };
    auto found = llvm::find_if(types, tooLarge);
    if (!range.isValid() || found == types.end())
      return mlir::WalkResult::advance();
    elaborator.error(range, "N0216", "`" + str(*found) + "` is larger than any memory: 2^47 bytes");
    return mlir::WalkResult::interrupt();
  };
  auto made = [&](mlir::Operation *op) { return checkTypes(op, op->getResultTypes()); };
  auto taken = [&](mlir::Operation *op) { return checkTypes(op, op->getOperandTypes()); };
  if (!module.walk<mlir::WalkOrder::PreOrder>(made).wasInterrupted())
    module.walk<mlir::WalkOrder::PreOrder>(taken);
}

/// Rules whose functions are declared, but called nowhere: whoever checks rules cannot check them.
void Compiler::noteUncalled(const Unit &unit) {
  if (!unit.scope->library)
    return;
  for (const auto &rule : unit.scope->derivatives) {
    const std::string &name = rule.first;
    bool called = llvm::any_of(elaborator.module.getOps<mlir::func::FuncOp>(), [&](auto function) {
      return function.getName().split('.').first == name && function->hasAttr(derivativeAttribute);
    });
    if (!called && !rule.second->isSurrogate)
      uncalled.push_back({name, placeOf(elaborator.location(rule.second->nameRange))});
  }
}

void Compiler::run(FileId root) {
  addLibrary();
  std::string path = rootPath = sources.name(root);
  load(root, path, /*isRoot=*/true);
  if (diagnostics.hasErrors())
    return;
  for (const auto &unit : units)
    declarations(*unit);
  for (const auto &unit : units)
    blocks(*unit);
  // Networks with static arguments are those that something uses.
  for (const auto &network : elaborator.networks())
    if (network->what.decl->hasStatics)
      program.makePredict(network);
  program.finish(programName(path));
  for (const auto &unit : units)
    noteUncalled(*unit);
  mlir::Builder b(elaborator.module.getContext());
  llvm::SmallVector<mlir::Attribute> rules;
  for (const auto &[name, place] : uncalled)
    rules.push_back(b.getStrArrayAttr({name, place}));
  if (!rules.empty())
    elaborator.module->setAttr(uncalledAttribute, b.getArrayAttr(rules));
  if (!diagnostics.hasErrors())
    checkSizes(module, elaborator);
}

std::string net::programName(llvm::StringRef path) {
  return path == "-" ? "program" : llvm::sys::path::stem(path).str();
}

mlir::OwningOpRef<mlir::ModuleOp> net::compileFile(SourceManager &sources, FileId root,
                                                   Diagnostics &diagnostics,
                                                   mlir::MLIRContext &context,
                                                   WrittenGradients *written) {
  context.loadDialect<NetDialect, mlir::func::FuncDialect>();
  auto place = mlir::FileLineColLoc::get(&context, sources.name(root), 1, 1);
  mlir::OwningOpRef<mlir::ModuleOp> module = mlir::ModuleOp::create(place);
  Compiler compiler(sources, diagnostics, *module, written ? &written->sites : nullptr);
  compiler.run(root);
  if (diagnostics.hasErrors())
    return nullptr;
  if (mlir::failed(mlir::verify(*module))) {
    diagnostics.error({}, "N0006",
                      "the compiler made an invalid module; this is a defect of the compiler");
    return nullptr;
  }
  if (written)
    written->tree = compiler.takeTree();
  return module;
}
