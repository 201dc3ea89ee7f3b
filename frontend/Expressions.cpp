//===- Expressions.cpp - what expressions denote --------------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/AstPrinter.h"
#include "frontend/Elaborator.h"

using namespace net;

static Value refuse(Elaborator &e, const ast::Expr &expr, const char *id, const std::string &what) {
  e.error(expr.range, id, what + " is not supported by this version of the compiler");
  return {};
}

Value Elaborator::evaluate(const ast::Expr &expr, Env &env) {
  switch (expr.kind) {
  case ast::Expr::Kind::Number: {
    auto &number = llvm::cast<ast::Number>(expr);
    if (number.whole)
      return Value(SizeExpr(*number.whole), expr.range);
    return Value(Number{number.value}, expr.range);
  }
  case ast::Expr::Kind::String:
    return Value(Text{llvm::cast<ast::String>(expr).value}, expr.range);
  case ast::Expr::Kind::Name:
    return lookup(llvm::cast<ast::Name>(expr).name, env, expr.range);
  case ast::Expr::Kind::Tuple: {
    std::vector<Value> elements;
    for (const ast::ExprPtr &element : llvm::cast<ast::Tuple>(expr).elements)
      elements.push_back(evaluate(*element, env));
    return Value::tuple(std::move(elements), expr.range);
  }
  case ast::Expr::Kind::List: {
    std::vector<Value> elements;
    for (const ast::ExprPtr &element : llvm::cast<ast::List>(expr).elements) {
      Value value = evaluate(*element, env);
      // A list of layers is a list of instances.
      if (auto *what = value.asTemplate(); what && env.frame.mayInstantiate())
        value = instantiate(*what, "", env, element->range);
      elements.push_back(std::move(value));
    }
    return Value::list(std::move(elements), expr.range);
  }
  case ast::Expr::Kind::Member: {
    auto &m = llvm::cast<ast::Member>(expr);
    Value base = evaluate(*m.base, env);
    return member(base, m.name.text, env, expr.range);
  }
  case ast::Expr::Kind::Index:
    return evaluateIndex(llvm::cast<ast::IndexExpr>(expr), env);
  case ast::Expr::Kind::Call:
    return evaluateCall(llvm::cast<ast::Call>(expr), env, "", nullptr);
  case ast::Expr::Kind::Pipe:
    return evaluatePipe(llvm::cast<ast::Pipe>(expr), env, "");
  case ast::Expr::Kind::Unary: {
    auto &unary = llvm::cast<ast::Unary>(expr);
    Value operand = evaluate(*unary.operand, env);
    return unary.op == ast::UnaryOp::Neg ? negate(operand, env, expr.range)
                                         : logicalNot(operand, env, expr.range);
  }
  case ast::Expr::Kind::Chain:
    return evaluateChain(llvm::cast<ast::Chain>(expr), env);
  case ast::Expr::Kind::Range:
    return evaluateRange(llvm::cast<ast::Range>(expr), env);
  case ast::Expr::Kind::As: {
    auto &as = llvm::cast<ast::As>(expr);
    if (auto *pipe = llvm::dyn_cast<ast::Pipe>(as.value.get()))
      return evaluatePipe(*pipe, env, as.name);
    if (auto *call = llvm::dyn_cast<ast::Call>(as.value.get()))
      return evaluateCall(*call, env, as.name, nullptr);
    error(as.nameRange, "N0401",
          "`as` names the layer that a call makes, this is " +
              std::string(ast::describe(*as.value)));
    return {};
  }
  case ast::Expr::Kind::On:
    if (hooks)
      return hooks->on(llvm::cast<ast::On>(expr), env);
    return refuse(*this, expr, "N0907", "`on` here");
  case ast::Expr::Kind::Grad:
    return evaluateGrad(llvm::cast<ast::Grad>(expr), env);
  case ast::Expr::Kind::Jvp:
    return evaluateJvp(llvm::cast<ast::Jvp>(expr), env);
  case ast::Expr::Kind::With:
    return evaluateWith(llvm::cast<ast::With>(expr), env);
  case ast::Expr::Kind::Scan:
    return evaluateScan(llvm::cast<ast::Scan>(expr), env);
  case ast::Expr::Kind::Rows:
    error(expr.range, "N0505", "`rows` stands in `data` only");
    return {};
  }
  return {};
}

Value Elaborator::evaluateChain(const ast::Chain &expr, Env &env) {
  Value total = evaluate(*expr.operands[0], env);
  for (size_t i = 0; i < expr.ops.size(); ++i) {
    Value next = evaluate(*expr.operands[i + 1], env);
    SourceRange range = expr.operands[0]->range.to(expr.operands[i + 1]->range);
    total = binary(ast::spelling(expr.ops[i]), total, next, env, range);
  }
  return total;
}

Value Elaborator::evaluateRange(const ast::Range &expr, Env &env) {
  if (!expr.high) {
    Value pack = evaluate(*expr.low, env);
    if (pack.isPoison() || pack.as<Pack>())
      return pack;
    error(expr.range, "N0213",
          "`" + ast::print(expr) + "` stands for leading axes, but " + ast::print(*expr.low) +
              " is " + pack.describe());
    return {};
  }
  Value low = evaluate(*expr.low, env), high = evaluate(*expr.high, env);
  if (low.isPoison() || high.isPoison())
    return {};
  auto a = low.size(), b = high.size();
  if (a && b) {
    auto length = (*b - *a).constant();
    if (!length || *length >= 0)
      return Value(Range{*a, *b}, expr.range);
    error(expr.range, "N0213", "a range does not run backwards: " + a->str() + ".." + b->str())
        .help("`flip(0..n)` counts down");
    return {};
  }
  const Value &wrong = a ? high : low;
  auto &d =
      error(wrong.range, "N0213",
            "the ends of a range are sizes, known at compile time; this is " + wrong.describe());
  if (!a)
    d.help("add the start to a range that begins at 0: `i + (0..n)`");
  else if (mlir::Value end = high.tensor();
           end && !llvm::cast<mlir::RankedTensorType>(end.getType()).getRank())
    d.help("of a range that is long enough a `scan` leaves early: `stop when t >= n`");
  return {};
}

//===-- calls ---------------------------------------------------------------------------------===//

Arguments Elaborator::evaluateArguments(const std::vector<ast::Argument> &arguments, Env &env) {
  Arguments result;
  for (const ast::Argument &argument : arguments) {
    bool axes = argument.name.text == "over";
    Value value = axes ? evaluateAxes(*argument.value, env) : evaluate(*argument.value, env);
    result.push_back({argument.name.text, std::move(value), argument.range, false});
  }
  return result;
}

static bool isPlainWhere(const ast::Call &call) {
  return call.arguments.size() == 3 &&
         llvm::none_of(call.arguments, [](const ast::Argument &a) { return a.isNamed(); });
}

const ast::Expr *Elaborator::chosen(const ast::Expr &expr, Env &env) {
  auto *call = llvm::dyn_cast<ast::Call>(&expr);
  auto *name = call ? llvm::dyn_cast<ast::Name>(call->callee.get()) : nullptr;
  if (!name || name->name != "where" || !isPlainWhere(*call) ||
      !evaluate(*name, env).as<Primitive>())
    return &expr;
  auto truth = evaluate(*call->arguments[0].value, env).truth();
  return truth ? chosen(*call->arguments[*truth ? 1 : 2].value, env) : &expr;
}

/// A truth value known now chooses: what the other side says is not even read.
Value Elaborator::evaluateWhere(const ast::Call &expr, const Value &callee, Env &env) {
  if (!isPlainWhere(expr))
    return call(callee, evaluateArguments(expr.arguments, env), env, expr.range);
  Value condition = evaluate(*expr.arguments[0].value, env);
  if (auto truth = condition.truth())
    return evaluate(*expr.arguments[*truth ? 1 : 2].value, env);
  Arguments arguments = {{"", condition, expr.arguments[0].range, false}};
  for (size_t i : {1, 2})
    arguments.push_back(
        {"", evaluate(*expr.arguments[i].value, env), expr.arguments[i].range, false});
  return call(callee, std::move(arguments), env, expr.range);
}

/// What is called by the name `any` is the reduction, which a variable of element types hides.
static Value asReduction(Value callee, const ast::Expr &expr) {
  auto *word = llvm::dyn_cast<ast::Name>(&expr);
  return callee.as<ElementType>() && word && word->name == "any"
             ? Value(Primitive{"any"}, expr.range)
             : callee;
}

Value Elaborator::evaluateCall(const ast::Call &expr, Env &env, const std::string &name,
                               const Value *piped) {
  Value callee = evaluate(*expr.callee, env);
  callee = asReduction(std::move(callee), *expr.callee);
  if (auto *primitive = callee.as<Primitive>(); primitive && primitive->name == "where" && !piped)
    return evaluateWhere(expr, callee, env);
  if (auto *element = callee.as<ElementType>(); element && piped && expr.arguments.empty())
    return castTo(element->type, {Argument{"", *piped, piped->range, true}}, env, expr.range);
  Arguments arguments = evaluateArguments(expr.arguments, env);
  if (callee.isPoison())
    return {};
  const Template *what = callee.asTemplate();
  if (!piped)
    return call(callee, std::move(arguments), env, expr.range, name);
  Argument first{"", *piped, piped->range, true};
  if (what && !what->staticsDone) {
    Value done = bindStatics(*what, arguments, env, expr.range);
    if (done.isPoison())
      return {};
    return call(done, {std::move(first)}, env, piped->range.to(expr.range), name);
  }
  arguments.insert(arguments.begin(), std::move(first));
  return call(callee, std::move(arguments), env, expr.range, name);
}

Value Elaborator::evaluatePipe(const ast::Pipe &expr, Env &env, const std::string &name) {
  Value value = evaluate(*expr.stages[0], env);
  for (size_t i = 1; i < expr.stages.size(); ++i) {
    const ast::Expr *stage = expr.stages[i].get();
    std::string as = i + 1 == expr.stages.size() ? name : "";
    if (auto *named = llvm::dyn_cast<ast::As>(stage)) {
      as = named->name;
      stage = named->value.get();
    }
    if (auto *call = llvm::dyn_cast<ast::Call>(stage)) {
      value = evaluateCall(*call, env, as, &value);
      continue;
    }
    Value callee = asReduction(evaluate(*stage, env), *stage);
    value = this->call(callee, {Argument{"", value, value.range, true}}, env, stage->range, as);
  }
  return value;
}

//===-- values as tensors ---------------------------------------------------------------------===//

bool Elaborator::isArrayLike(const Value &v) const {
  if (v.list()) {
    const auto &elements = v.list()->elements;
    return !elements.empty() &&
           llvm::all_of(elements, [&](const Value &e) { return isArrayLike(e); });
  }
  return v.tensor() || v.as<Number>() || v.as<Size>() || v.as<Truth>() || v.as<Range>();
}

/// The numbers of a nested list in order, and its sizes. False if it is ragged or holds other
/// things.
static bool flattenList(const List &list, std::vector<double> &numbers, std::vector<int64_t> &shape,
                        size_t depth, bool &fraction) {
  if (shape.size() <= depth)
    shape.push_back(static_cast<int64_t>(list.elements.size()));
  if (shape[depth] != static_cast<int64_t>(list.elements.size()))
    return false;
  for (const Value &element : list.elements) {
    if (auto *inner = element.list()) {
      if (!flattenList(*inner, numbers, shape, depth + 1, fraction))
        return false;
      continue;
    }
    auto number = element.number();
    if (!number || shape.size() != depth + 1)
      return false;
    fraction |= element.as<Number>() != nullptr;
    numbers.push_back(*number);
  }
  return true;
}

/// Has a type of whole numbers this one? Real types round it.
static bool holds(mlir::Type element, double number) {
  if (!isInteger(element))
    return true;
  bool hasSign = !element.isUnsignedInteger();
  double end = std::ldexp(1, static_cast<int>(element.getIntOrFloatBitWidth()) - hasSign);
  return number < end && number >= (hasSign ? -end : 0);
}

mlir::Value Elaborator::toTensor(const Value &value, Env &env, mlir::Type element) {
  if (value.isPoison())
    return {};
  if (mlir::Value tensor = value.tensor())
    return tensor;
  Emit e = emit(env, value.range);
  auto fits = [&](double number, mlir::Type type) {
    bool isWhole = std::isfinite(number) && number == std::floor(number);
    if (isFloat(type) || (isWhole && holds(type, number)))
      return true;
    error(value.range, "N0301",
          Value(Number{number}, value.range).describe() + " is no " + elementName(type));
    return false;
  };
  if (auto *number = value.as<Number>()) {
    mlir::Type type = element ? element : e.f32();
    return fits(number->value, type) ? e.number(number->value, type) : mlir::Value();
  }
  if (auto *size = value.as<Size>()) {
    mlir::Type type = element && !isBool(element) ? element : e.i32();
    auto constant = size->size.constant();
    if (constant && !fits(static_cast<double>(*constant), type))
      return {};
    return e.size(size->size, type);
  }
  if (auto *truth = value.as<Truth>())
    return e.number(truth->value, e.boolean());
  if (auto *range = value.as<Range>()) {
    mlir::Type type = element && !isBool(element) ? element : e.i32();
    mlir::Value counted = e.iota(range->high - range->low, e.i32());
    if (range->low != SizeExpr(0))
      counted =
          e.binary<AddOp>(counted, e.fill(e.size(range->low, e.i32()), shapeOf(counted.getType())));
    return isInteger(type) ? e.cast(counted, type) : counted;
  }
  if (auto *list = value.list()) {
    std::vector<double> numbers;
    std::vector<int64_t> shape;
    bool fraction = false;
    if (flattenList(*list, numbers, shape, 0, fraction) && !numbers.empty()) {
      mlir::Type type = element ? element : fraction ? e.f32() : e.i32();
      if (!fraction || isFloat(type))
        return llvm::all_of(numbers, [&](double number) { return fits(number, type); })
                   ? e.array(numbers, type, shape)
                   : mlir::Value();
    } else if (isArrayLike(value)) {
      Arguments parts;
      for (const Value &part : list->elements)
        parts.push_back({"", part, part.range, false});
      return callPrimitive("stack", std::move(parts), env, value.range).tensor();
    }
  }
  auto &d = error(value.range, "N0305", "an array is wanted, this is " + value.describe());
  if (value.bundle())
    d.help("`flatten(p)` is one array of all of them");
  return {};
}

mlir::Value Elaborator::toTensorOf(const Value &value, mlir::RankedTensorType type, Env &env,
                                   SourceRange range) {
  mlir::Type element = type.getElementType();
  mlir::Value x = toTensor(value, env, element);
  if (!x)
    return {};
  Emit e = emit(env, range);
  mlir::Type from = elementOf(x.getType());
  auto *tensor = value.as<Tensor>();
  bool adapts = tensor ? tensor->weak && isBool(from) == isBool(element) &&
                             (isFloat(element) || !isFloat(from))
                       : false;
  if (adapts)
    x = e.cast(x, element);
  Shape joined, to = shapeOf(type);
  if (elementOf(x.getType()) != element) {
    auto &d = error(range, "N0301", str(type) + " is wanted, this is " + value.describe());
    note(d, value, "this is " + value.describe());
    d.help("convert it: `" + elementName(element) + "(..)`");
    return {};
  }
  if (broadcastShapes(shapeOf(x.getType()), to, joined) || joined != to) {
    auto &d = error(range, "N0204", str(type) + " is wanted, this is " + value.describe());
    note(d, value, "this is " + value.describe());
    return {};
  }
  return e.broadcast(x, to);
}

Value Elaborator::castTo(mlir::Type element, const Arguments &arguments, Env &env,
                         SourceRange range) {
  if (arguments.size() != 1 || !arguments[0].name.empty()) {
    error(range, "N0402", elementName(element) + "(..) converts one value");
    return {};
  }
  const Value &value = arguments[0].value;
  if (value.isPoison())
    return {};
  if (auto *bundle = value.bundle())
    return mapBundle(*bundle, env, range, [&](const Value &x) {
      return castTo(element, {Argument{"", x, range}}, env, range);
    });
  if (!isArrayLike(value)) {
    error(range, "N0305",
          elementName(element) + "(..) converts numbers and arrays, this is " + value.describe());
    return {};
  }
  bool adapts = value.as<Size>() || value.as<Number>() || value.list();
  bool fits = isFloat(element) || !value.as<Number>();
  mlir::Type wanted = adapts && fits && !isBool(element) ? element : mlir::Type();
  // Beyond the type's range it is the range's end, as where the number is known later.
  if (auto whole = value.wholeNumber(); wanted && whole && !holds(wanted, double(*whole)))
    wanted = emit(env, range).i64();
  mlir::Value x = toTensor(value, env, wanted);
  if (!x)
    return {};
  return tensorValue(emit(env, range).cast(x, element), false, range, elementName(element) + "(..)",
                     &value);
}
