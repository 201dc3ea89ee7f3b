//===- Types.cpp - types and sizes as the text writes them ----------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/AstPrinter.h"
#include "frontend/Elaborator.h"

using namespace net;

/// A name, if the expression is nothing else.
static const std::string *bareName(const ast::Expr &expr) {
  auto *name = llvm::dyn_cast<ast::Name>(&expr);
  return name ? &name->name : nullptr;
}

static bool isElementVariable(llvm::StringRef name) {
  return name == "float" || name == "int" || name == "any";
}

/// One operator on sizes; `/` rounds down. Nothing for operators that sizes do not have.
static std::optional<SizeExpr> combine(ast::BinaryOp op, const SizeExpr &a, const SizeExpr &b) {
  switch (op) {
  case ast::BinaryOp::Add:
    return a + b;
  case ast::BinaryOp::Sub:
    return a - b;
  case ast::BinaryOp::Mul:
    return a * b;
  case ast::BinaryOp::Div:
    return a.floorDiv(b);
  case ast::BinaryOp::Pow: {
    auto n = b.constant();
    if (!n || *n < 0 || *n > 64)
      return std::nullopt;
    SizeExpr power(1);
    for (int64_t i = 0; i < *n; ++i)
      power = power * a;
    return power;
  }
  default:
    return std::nullopt;
  }
}

std::optional<SizeExpr> Elaborator::sizeOf(const ast::Expr &expr, Env &env,
                                           bool unknownIsVariable) {
  if (auto *chain = llvm::dyn_cast<ast::Chain>(&expr)) {
    std::optional<SizeExpr> total = sizeOf(*chain->operands[0], env, unknownIsVariable);
    for (size_t i = 0; i < chain->ops.size() && total; ++i) {
      auto next = sizeOf(*chain->operands[i + 1], env, unknownIsVariable);
      if (!next)
        return std::nullopt;
      total = combine(chain->ops[i], *total, *next);
      if (total && total->isValid())
        continue;
      error(expr.range, "N0210", "`" + ast::print(expr) + "` is no size")
          .help("sizes have + - * /, and ** with a small whole exponent; divisors are not 0");
      return std::nullopt;
    }
    return total;
  }
  if (auto *unary = llvm::dyn_cast<ast::Unary>(&expr); unary && unary->op == ast::UnaryOp::Neg) {
    auto size = sizeOf(*unary->operand, env, unknownIsVariable);
    return size ? std::optional<SizeExpr>(SizeExpr(0) - *size) : std::nullopt;
  }
  const std::string *name = bareName(expr);
  if (name && unknownIsVariable) {
    const Value *local = env.scope->lookup(*name);
    std::optional<Value> global;
    if (!local)
      global = constant(*name, env.scope->file, env, expr.range);
    const Value *known = local ? local : global ? &*global : nullptr;
    if (known && known->isPoison())
      return std::nullopt;
    if (!known || (!local && !known->size()))
      return SizeExpr::symbol(patternMark + *name);
  }
  Value value = evaluate(expr, env);
  if (value.isPoison())
    return std::nullopt;
  if (auto size = value.size())
    return size;
  auto &d = error(expr.range, "N0210",
                  "a size is wanted, `" + ast::print(expr) + "` is " + value.describe());
  if (value.tensor())
    d.help("sizes are whole numbers, size variables, or sums and products of them, known at "
           "compile time");
  return std::nullopt;
}

std::optional<TypePattern> Elaborator::patternOf(const ast::Type &type, Env &env) {
  if (type.kind != ast::Type::Kind::Name) {
    error(type.range, "N0308",
          "the type of an array is wanted, `" + ast::print(type) + "` is none");
    return std::nullopt;
  }
  TypePattern pattern;
  pattern.range = type.range;
  const Value *element = env.scope->lookup(type.name);
  if (element && element->as<ElementType>())
    pattern.element = element->as<ElementType>()->type;
  else if (isElementVariable(type.name))
    pattern.variable = type.name;
  else
    pattern.element = elementNamed(type.name, module.getContext());
  if (!pattern.element && pattern.variable.empty()) {
    static const std::vector<std::string> names = {"bool", "u8",  "i8",  "i32",   "i64", "f16",
                                                   "bf16", "f32", "f64", "float", "int", "any"};
    auto &d = error(type.range, "N0308", "unknown type `" + type.name + "`");
    std::string meant = didYouMean(type.name, names);
    d.help(meant.empty() ? "types are bool u8 i8 i32 i64 f16 bf16 f32 f64, with sizes: `f32[B, 10]`"
                         : "did you mean `" + meant + "`?");
    return std::nullopt;
  }
  for (const ast::ExprPtr &size : type.sizes) {
    auto *range = llvm::dyn_cast<ast::Range>(size.get());
    if (range && !range->high) {
      const std::string *name = bareName(*range->low);
      if (!name) {
        error(size->range, "N0210", "a name stands before `..`: `B..`");
        return std::nullopt;
      }
      const Value *known = env.scope->lookup(*name);
      if (known && known->as<Pack>())
        for (const SizeExpr &axis : known->as<Pack>()->sizes)
          pattern.axes.push_back({axis, "", axis.str()});
      else
        pattern.axes.push_back({SizeExpr(0), *name, *name + ".."});
      continue;
    }
    auto axis = sizeOf(*size, env, /*unknownIsVariable=*/true);
    if (!axis)
      return std::nullopt;
    if (auto n = axis->constant(); n && *n < 0) {
      error(size->range, "N0210", "a size is not negative, this is " + axis->str());
      return std::nullopt;
    }
    pattern.axes.push_back({*axis, "", ast::print(*size)});
  }
  return pattern;
}

mlir::RankedTensorType Elaborator::typeOf(const ast::Type &type, Env &env) {
  auto pattern = patternOf(type, env);
  if (!pattern)
    return {};
  std::string open;
  auto resolved = Sizes().resolve(*pattern, mlir::Float32Type::get(module.getContext()), &open);
  if (resolved)
    return *resolved;
  std::vector<std::string> names;
  env.scope->collectNames(names);
  auto &d = error(type.range, "N0211", "nothing fixes the size `" + open + "`");
  std::string meant = didYouMean(open, names);
  d.help(meant.empty() ? "name the sizes in a parameter's type, or in `let x: f32[N] = ..`"
                       : "did you mean `" + meant + "`?");
  return {};
}

//===-- axes --------------------------------------------------------------------------------===//

static bool isLiteral(const ast::Expr &expr) {
  if (auto *unary = llvm::dyn_cast<ast::Unary>(&expr))
    return unary->op == ast::UnaryOp::Neg && isLiteral(*unary->operand);
  return llvm::isa<ast::Number>(expr);
}

Value Elaborator::evaluateAxes(const ast::Expr &expr, Env &env) {
  std::vector<const ast::Expr *> parts;
  if (auto *tuple = llvm::dyn_cast<ast::Tuple>(&expr))
    for (const ast::ExprPtr &e : tuple->elements)
      parts.push_back(e.get());
  else
    parts.push_back(&expr);
  Axes axes;
  for (const ast::Expr *part : parts) {
    Value value = evaluate(*part, env);
    if (value.isPoison())
      return {};
    if (auto *inner = value.as<Axes>()) {
      axes.entries.insert(axes.entries.end(), inner->entries.begin(), inner->entries.end());
      continue;
    }
    Axes::Entry entry;
    entry.text = ast::print(*part);
    if (auto *pack = value.as<Pack>())
      entry.pack = pack->sizes;
    else if (auto position = value.wholeNumber(); position && isLiteral(*part))
      entry.position = *position;
    else if (auto size = value.size())
      entry.size = size;
    else {
      error(part->range, "N0212",
            "an axis is a size variable or a position, this is " + value.describe());
      return {};
    }
    axes.entries.push_back(std::move(entry));
  }
  return Value(std::move(axes), expr.range);
}

/// Positions of an axis of that size.
static std::vector<int64_t> axesOfSize(const Shape &shape, const SizeExpr &size) {
  std::vector<int64_t> found;
  for (size_t i = 0; i < shape.size(); ++i)
    if (shape[i] == size)
      found.push_back(static_cast<int64_t>(i));
  return found;
}

std::optional<llvm::SmallVector<int64_t>>
Elaborator::resolveAxes(const Value &over, int64_t rank, mlir::Value x, SourceRange range) {
  if (over.isPoison())
    return std::nullopt;
  Axes single;
  const Axes *axes = over.as<Axes>();
  if (auto position = over.wholeNumber(); !axes && position) {
    single.entries.push_back({std::to_string(*position), std::nullopt, std::nullopt, *position});
    axes = &single;
  }
  SourceRange place = over.range.isValid() ? over.range : range;
  if (!axes) {
    error(place, "N0212", "an axis is a size variable or a position, this is " + over.describe());
    return std::nullopt;
  }
  Shape shape = x ? shapeOf(x.getType()) : Shape();
  std::string type = x ? str(x.getType()) : "an array of rank " + std::to_string(rank);
  llvm::SmallVector<int64_t> result;
  for (const Axes::Entry &entry : axes->entries) {
    if (entry.pack) {
      // The leading axes, which must be those of the pack.
      bool leading = entry.pack->size() <= shape.size() &&
                     std::equal(entry.pack->begin(), entry.pack->end(), shape.begin());
      if (!leading) {
        error(place, "N0212",
              type + " does not begin with the axes " + entry.text + " = " + net::str(*entry.pack));
        return std::nullopt;
      }
      for (size_t i = 0; i < entry.pack->size(); ++i)
        result.push_back(static_cast<int64_t>(i));
      continue;
    }
    if (!entry.size) {
      int64_t position = entry.position < 0 ? entry.position + rank : entry.position;
      if (position < 0 || position >= rank) {
        error(place, "N0212", type + " has no axis " + std::to_string(entry.position))
            .help(rank == 0 ? "a scalar has no axes"
                            : "axes are 0 to " + std::to_string(rank - 1) + ", or -" +
                                  std::to_string(rank) + " to -1 from the right");
        return std::nullopt;
      }
      result.push_back(position);
      continue;
    }
    auto found = axesOfSize(shape, *entry.size);
    if (found.size() == 1) {
      result.push_back(found[0]);
      continue;
    }
    bool named = entry.size->str() != entry.text;
    std::string what = "`" + entry.text + "`" + (named ? " = " + entry.size->str() : "");
    auto &d = error(place, "N0212",
                    found.empty() ? type + " has no axis of size " + what
                                  : type + " has more than one axis of size " + what);
    d.help("name the axis by its position: `over = 0`, or `over = -1` for the last one");
    return std::nullopt;
  }
  llvm::sort(result);
  if (std::adjacent_find(result.begin(), result.end()) != result.end()) {
    error(place, "N0212", "an axis is named twice");
    return std::nullopt;
  }
  return result;
}
