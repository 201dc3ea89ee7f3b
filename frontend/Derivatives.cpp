//===- Derivatives.cpp - derivative f(x) given dy { .. } ------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Each specialization of a function with a derivative of its own has a second func.func
// beside it, which the attribute `net.derivative` names.
//
//===----------------------------------------------------------------------===//
#include "frontend/AstWalk.h"
#include "frontend/Builtins.h"
#include "frontend/ElaboratorImpl.h"
#include "frontend/Slices.h"
#include "ir/OwnDerivative.h"
#include "ir/ValueNames.h"
#include "llvm/ADT/StringSet.h"

using namespace net;

namespace {
/// One derivative for one specialization.
class DerivativeBody {
public:
  DerivativeBody(Elaborator &e, const ast::Derivative &decl, const Specialization &primal, Env &env)
      : e(e), decl(decl), primal(primal), env(env), block(*env.frame.builder.getInsertionBlock()) {}

  /// The function's parameters under the derivative's names, then the cotangents.
  bool bind(llvm::ArrayRef<std::pair<std::string, Value>> values);
  /// Executes the body: one tensor for each real argument. Nothing after a diagnostic.
  std::optional<llvm::SmallVector<mlir::Value>> run();

private:
  Value returned();
  /// A cotangent that is wanted: of a parameter of this name; without a type of a known number.
  struct Wanted {
    mlir::RankedTensorType type;
    llvm::StringRef parameter;
  };
  llvm::SmallVector<Wanted> wanted() const;
  bool isLinear(mlir::Value value) const;
  bool mismatch(SourceRange range, size_t has, size_t wants, const std::string &what);

  Elaborator &e;
  const ast::Derivative &decl;
  const Specialization &primal;
  Env &env;
  mlir::Block &block;
  llvm::SmallVector<mlir::Value> cotangents;
  std::vector<Value> given; ///< of the function's data parameters, inside the derivative
};
} // namespace

static std::string counted(size_t n, const std::string &what) {
  return std::to_string(n) + " " + what + (n == 1 ? "" : "s");
}

bool DerivativeBody::mismatch(SourceRange range, size_t has, size_t wants,
                              const std::string &what) {
  if (has == wants)
    return false;
  e.error(range, "N0606",
          "the derivative of `" + decl.name + "` has " + counted(has, what) + ", " +
              std::to_string(wants) + " wanted")
      .label(primal.decl->nameRange, "the function");
  return true;
}

bool DerivativeBody::bind(llvm::ArrayRef<std::pair<std::string, Value>> values) {
  size_t statics = primal.decl->statics.size(), count = primal.decl->params.size();
  if (mismatch(decl.nameRange, decl.params.size(), count, "parameter"))
    return false;
  for (const auto &[i, entry] : llvm::enumerate(values)) {
    bool data = i >= statics && i - statics < count;
    const std::string &name = data ? decl.params[i - statics].text : entry.first;
    Value inside = mapTensors(entry.second, [&](mlir::Value tensor) -> mlir::Value {
      mlir::Value argument = block.addArgument(tensor.getType(), withoutName(tensor.getLoc()));
      setName(argument, name);
      return argument;
    });
    if (data)
      given.push_back(inside);
    env.scope->define(name, std::move(inside));
  }
  llvm::SmallVector<mlir::Type> types;
  for (mlir::Value value : primal.returned)
    if (isFloat(elementOf(value.getType())))
      types.push_back(value.getType());
  if (types.empty()) {
    e.error(decl.nameRange, "N0606",
            "`" + decl.name + "` returns no real number, so nothing has a derivative")
        .label(primal.decl->nameRange, "the function")
        .help("return real numbers, `f32(..)` of a truth value, to give them a derivative");
    return false;
  }
  if (mismatch(decl.nameRange, decl.given.size(), types.size(), "name"))
    return false;
  for (auto [name, type] : llvm::zip_equal(decl.given, types)) {
    cotangents.push_back(block.addArgument(type, e.location(name.range)));
    setName(cotangents.back(), name.text);
    env.scope->define(name.text, Value(cotangents.back(), name.range));
  }
  return true;
}

Value DerivativeBody::returned() {
  for (const ast::StmtPtr &stmt : decl.body) {
    if (auto *ret = llvm::dyn_cast<ast::Return>(stmt.get()))
      return e.evaluate(*ret->value, env);
    if (!e.execute(*stmt, env))
      e.error(stmt->range, "N0409", "this statement has no place in a derivative")
          .help("it stands in `train` blocks and tasks");
  }
  e.error(decl.nameRange, "N0410", "the derivative of `" + decl.name + "` returns nothing")
      .help("end it with `return ..`");
  return {};
}

/// Is the parameter an array of real numbers, or one?
static bool isDeclaredReal(const ast::Parameter &parameter) {
  static const llvm::StringSet<> names = {"float", "f16", "bf16", "f32", "f64"};
  return parameter.type && parameter.type->kind == ast::Type::Kind::Name &&
         names.contains(parameter.type->name);
}

/// The values inside of nested tuples, in order.
static void flatten(const Value &value, llvm::SmallVector<Value> &into) {
  if (!value.tuple())
    return into.push_back(value);
  for (const Value &element : value.tuple()->elements)
    flatten(element, into);
}

llvm::SmallVector<DerivativeBody::Wanted> DerivativeBody::wanted() const {
  llvm::SmallVector<Wanted> wanted;
  for (const auto &[parameter, inside, value] :
       llvm::zip_equal(primal.decl->params, decl.params, given)) {
    llvm::StringRef name = inside.text;
    size_t before = wanted.size();
    bool tensors = false;
    forEachTensor(value, [&](mlir::Value tensor) {
      tensors = true;
      if (isFloat(elementOf(tensor.getType())))
        wanted.push_back({llvm::cast<mlir::RankedTensorType>(tensor.getType()), name});
    });
    // A number that is known takes a cotangent that nobody asks for.
    if (!tensors && wanted.size() == before && isDeclaredReal(parameter))
      wanted.push_back({{}, name});
  }
  return wanted;
}

/// Is it zero, or computed from a cotangent? More is for `netc check-grad` to see.
bool DerivativeBody::isLinear(mlir::Value value) const {
  mlir::Value number = value;
  while (auto *op = number.getDefiningOp()) {
    if (auto constant = llvm::dyn_cast<ConstantOp>(op)) {
      auto splat = llvm::dyn_cast<mlir::SplatElementsAttr>(constant.getValue());
      return splat && (llvm::isa<mlir::FloatType>(splat.getElementType())
                           ? splat.getSplatValue<llvm::APFloat>().isZero()
                           : splat.getSplatValue<llvm::APInt>().isZero());
    }
    if (!llvm::isa<BroadcastOp, ReshapeOp, CastOp>(op))
      break;
    number = op->getOperand(0);
  }
  return llvm::is_contained(cotangents, value) || !between(cotangents, value, Paths::All).empty();
}

std::optional<llvm::SmallVector<mlir::Value>> DerivativeBody::run() {
  Value value = returned();
  if (value.isPoison())
    return std::nullopt;
  llvm::SmallVector<Value> results;
  flatten(value, results);
  llvm::SmallVector<Wanted> cotangentsWanted = wanted();
  SourceRange range = value.range.isValid() ? value.range : decl.nameRange;
  if (mismatch(range, results.size(), cotangentsWanted.size(), "value"))
    return std::nullopt;
  llvm::SmallVector<mlir::Value> tensors;
  size_t before = e.diagnostics.all().size();
  for (auto [result, one] : llvm::zip_equal(results, cotangentsWanted)) {
    auto [type, parameter] = one;
    if (!type)
      continue;
    SourceRange place = result.range.isValid() ? result.range : range;
    tensors.push_back(e.toTensorOf(result, type, env, place));
    if (tensors.back() && isLinear(tensors.back())) {
      setName(tensors.back(), ("d" + parameter).str());
      continue;
    }
    if (tensors.back()) {
      e.error(place, "N0606",
              "a derivative is linear in its cotangents, this is computed without `" +
                  decl.given[0].text + "`")
          .label(decl.given[0].range, "the cotangent")
          .help("`0 * " + decl.given[0].text + "` where no gradient flows");
      return std::nullopt;
    }
    auto said = e.diagnostics.takeSince(before);
    for (Diagnostic &d : said)
      d.label(primal.decl->nameRange, "a cotangent has the type of its parameter");
    e.diagnostics.add(std::move(said));
    return std::nullopt;
  }
  return tensors;
}

void Elaborator::elaborateDerivative(Specialization &target, const Template &what,
                                     const Binding &binding, bool training) {
  const ast::Derivative &decl = *what.file->derivatives.at(what.decl->name);
  if (target.usesKey) {
    error(decl.nameRange, "N0606",
          "a function that draws random numbers has no derivative of its own")
        .label(what.decl->nameRange, "the function");
    target.poisoned = true;
    return;
  }
  size_t before = diagnostics.errorCount();
  Specialization made;
  made.decl = what.decl;
  made.function = makeFunction(impl->symbol(what.decl->name + ".derivative"), location(decl.range));
  FunctionFrame frame(made, training, /*isFn=*/true);
  Env env{frame, std::make_shared<Scope>(what.file)};
  defineSizes(binding.sizes, *env.scope);
  DerivativeBody body(*this, decl, target, env);
  std::optional<llvm::SmallVector<mlir::Value>> cotangents;
  if (body.bind(binding.values))
    cotangents = body.run();
  if (cotangents && made.usesKey)
    error(decl.nameRange, "N0606", "a derivative draws no random numbers");
  target.poisoned = !cotangents || diagnostics.errorCount() != before;
  // Where all that it takes is known, there is nothing to have a derivative by.
  if (target.poisoned || cotangents->empty()) {
    made.function.getBody().front().dropAllDefinedValueUses();
    made.function.erase();
    return;
  }
  mlir::func::ReturnOp::create(frame.builder, location(decl.range), *cotangents);
  mlir::Block &block = made.function.getBody().front();
  llvm::SmallVector<mlir::Type> results;
  for (mlir::Value value : *cotangents)
    results.push_back(value.getType());
  made.function.setFunctionType(
      mlir::FunctionType::get(module.getContext(), block.getArgumentTypes(), results));
  target.function->setAttr(derivativeAttribute,
                           mlir::FlatSymbolRefAttr::get(made.function.getSymNameAttr()));
  if (decl.isSurrogate)
    target.function->setAttr(surrogateAttribute, frame.builder.getUnitAttr());
}

/// Does a body take a gradient by this name?
static bool isDifferentiated(const ast::Block &body, const std::string &name) {
  bool found = false;
  auto look = [&](const ast::Expr &expr) {
    const ast::Expr *wrt = nullptr;
    if (auto *grad = llvm::dyn_cast<ast::Grad>(&expr))
      wrt = grad->wrt.get();
    else if (auto *jvp = llvm::dyn_cast<ast::Jvp>(&expr))
      wrt = jvp->wrt.get();
    found |= wrt && ast::namesIn(*wrt).count(name);
  };
  for (const ast::StmtPtr &stmt : body)
    ast::walk(*stmt, look);
  return found;
}

bool net::takesGradientBy(const ast::Parameter &parameter, const Template &what) {
  if (isDifferentiated(what.decl->body, parameter.name.text))
    return true;
  if (!what.file)
    return false;
  auto own = what.file->derivatives.find(what.decl->name);
  if (own == what.file->derivatives.end())
    return false;
  const ast::Derivative &rule = *own->second;
  for (auto [i, other] : llvm::enumerate(what.decl->params))
    if (&other == &parameter && i < rule.params.size())
      return isDifferentiated(rule.body, rule.params[i].text);
  return isDifferentiated(rule.body, parameter.name.text);
}

/// A derivative names the parameters as its function does, or otherwise, but never another one's
/// name; its own names differ.
static void checkNames(Elaborator &e, const ast::Derivative &decl, const ast::Callable &function) {
  const auto &params = function.params;
  std::map<std::string, SourceRange> places;
  for (size_t i = 0; i < decl.params.size() + decl.given.size(); ++i) {
    bool isParameter = i < decl.params.size();
    const ast::Identifier &name = isParameter ? decl.params[i] : decl.given[i - decl.params.size()];
    if (auto [place, isNew] = places.try_emplace(name.text, name.range); !isNew)
      e.error(name.range, "N0311", "`" + name.text + "` is declared twice")
          .label(place->second, "first here");
    else if (isParameter && i < params.size() && name.text != params[i].name.text &&
             llvm::any_of(params, [&](const auto &p) { return p.name.text == name.text; }))
      e.error(name.range, "N0606",
              "the derivative of `" + decl.name + "` names its parameters in order: here stands `" +
                  params[i].name.text + "`, not `" + name.text + "`")
          .label(params[i].range, "the parameter");
  }
}

void Elaborator::checkDerivatives(const FileScope &file) {
  for (const auto &[name, decl] : file.derivatives) {
    auto found = file.decls.find(name);
    if (found != file.decls.end() && found->second->kind == ast::Decl::Kind::Fn) {
      checkNames(*this, *decl, *llvm::cast<ast::Callable>(found->second));
      continue;
    }
    auto &d =
        error(decl->nameRange, "N0605",
              "a derivative stands beside its function: no `fn " + name + "` is in this file");
    if (found != file.decls.end())
      d.label(found->second->nameRange, "this is a " + std::string(ast::kindName(*found->second)));
    else if (primitives().count(name))
      d.note("`" + name + "` is an operation, which has its derivative already");
    else if (file.library && file.library->decls.count(name))
      d.note("`" + name + "` is the library's");
    else
      continue;
    d.help("another derivative takes a function of its own: `fn my_" + name + "(..)`");
  }
}
