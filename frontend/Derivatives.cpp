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
#include "frontend/ElaboratorImpl.h"
#include "ir/OwnDerivative.h"
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
  /// What is wanted for each real value among the parameters; null for a number that is known.
  llvm::SmallVector<mlir::RankedTensorType> wanted() const;
  bool mismatch(SourceRange range, size_t has, size_t wants, const std::string &what);

  Elaborator &e;
  const ast::Derivative &decl;
  const Specialization &primal;
  Env &env;
  mlir::Block &block;
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
    Value inside = mapTensors(entry.second, [&](mlir::Value tensor) -> mlir::Value {
      return block.addArgument(tensor.getType(), tensor.getLoc());
    });
    if (data)
      given.push_back(inside);
    env.scope->define(data ? decl.params[i - statics].text : entry.first, std::move(inside));
  }
  llvm::SmallVector<mlir::Type> cotangents;
  for (mlir::Value value : primal.returned)
    if (isFloat(elementOf(value.getType())))
      cotangents.push_back(value.getType());
  if (mismatch(decl.nameRange, decl.given.size(), cotangents.size(), "name"))
    return false;
  for (auto [name, type] : llvm::zip_equal(decl.given, cotangents))
    env.scope->define(
        name.text, Value(mlir::Value(block.addArgument(type, e.location(name.range))), name.range));
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

llvm::SmallVector<mlir::RankedTensorType> DerivativeBody::wanted() const {
  llvm::SmallVector<mlir::RankedTensorType> types;
  for (const auto &[parameter, value] : llvm::zip_equal(primal.decl->params, given)) {
    size_t before = types.size();
    bool tensors = false;
    forEachTensor(value, [&](mlir::Value tensor) {
      tensors = true;
      if (isFloat(elementOf(tensor.getType())))
        types.push_back(llvm::cast<mlir::RankedTensorType>(tensor.getType()));
    });
    // A number that is known takes a cotangent that nobody asks for.
    if (!tensors && types.size() == before && isDeclaredReal(parameter))
      types.push_back({});
  }
  return types;
}

std::optional<llvm::SmallVector<mlir::Value>> DerivativeBody::run() {
  Value value = returned();
  if (value.isPoison())
    return std::nullopt;
  llvm::SmallVector<Value> cotangents;
  flatten(value, cotangents);
  llvm::SmallVector<mlir::RankedTensorType> types = wanted();
  SourceRange range = value.range.isValid() ? value.range : decl.nameRange;
  if (mismatch(range, cotangents.size(), types.size(), "value"))
    return std::nullopt;
  llvm::SmallVector<mlir::Value> tensors;
  for (auto [cotangent, type] : llvm::zip_equal(cotangents, types)) {
    if (!type)
      continue;
    SourceRange place = cotangent.range.isValid() ? cotangent.range : range;
    tensors.push_back(e.toTensorOf(cotangent, type, env, place));
    if (!tensors.back())
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

void Elaborator::checkDerivatives(const FileScope &file) {
  for (const auto &[name, decl] : file.derivatives) {
    auto found = file.decls.find(name);
    if (found != file.decls.end() && found->second->kind == ast::Decl::Kind::Fn)
      continue;
    auto &d =
        error(decl->nameRange, "N0605",
              "a derivative stands beside its function: no `fn " + name + "` is in this file");
    if (found != file.decls.end())
      d.label(found->second->nameRange, "this is a " + std::string(ast::kindName(*found->second)));
  }
}
