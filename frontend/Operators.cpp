//===- Operators.cpp - operators on values --------------------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Static operands fold. Else the rules are: numbers and weak values take the
// element type of their partner, nothing else is promoted, and shapes broadcast.
//
//===----------------------------------------------------------------------===//
#include "frontend/Elaborator.h"
#include "frontend/Fold.h"

using namespace net;

/// That of an array; of a list, that of the first array in it.
static mlir::Type elementOrNull(const Value &v) {
  if (auto *list = v.list())
    for (const Value &part : list->elements)
      if (mlir::Type element = elementOrNull(part))
        return element;
  mlir::Value t = v.tensor();
  return t ? elementOf(t.getType()) : mlir::Type();
}

/// Takes the element type of its partner.
static bool isWeak(const Value &v) {
  if (auto *tensor = v.as<Tensor>())
    return tensor->weak;
  if (auto *list = v.list())
    return llvm::all_of(list->elements, isWeak);
  return !v.as<Range>();
}

/// A real number that stands static beside integers, or a list with one.
static bool isFraction(const Value &v) {
  return v.list() ? llvm::any_of(v.list()->elements, isFraction) : v.as<Number>() != nullptr;
}

/// The element type in which two operands meet; null after a diagnostic.
mlir::Type Elaborator::commonElement(const Value &a, const Value &b, Env &env, SourceRange range,
                                     llvm::StringRef what) {
  mlir::Builder build(module.getContext());
  auto natural = [&](const Value &v) -> mlir::Type {
    if (mlir::Type e = elementOrNull(v))
      return e;
    if (v.as<Truth>())
      return build.getI1Type();
    return isFraction(v) ? build.getF32Type() : mlir::Type(build.getI32Type());
  };
  mlir::Type ea = natural(a), eb = natural(b);
  if (ea == eb)
    return ea;
  bool anyBool = isBool(ea) || isBool(eb);
  if (!anyBool && isWeak(a) && isWeak(b)) {
    if (isFloat(ea) != isFloat(eb))
      return isFloat(ea) ? ea : eb;
    // Two weak ones: the one that is in the graph decides, the wider if both are.
    if (!elementOrNull(a) || !elementOrNull(b))
      return elementOrNull(a) ? ea : eb;
    return ea.getIntOrFloatBitWidth() >= eb.getIntOrFloatBitWidth() ? ea : eb;
  }
  if (!anyBool && isWeak(a) && (isFloat(eb) || !isFloat(ea)))
    return eb;
  if (!anyBool && isWeak(b) && (isFloat(ea) || !isFloat(eb)))
    return ea;
  std::string wanted = isFloat(eb) || isBool(ea) ? elementName(eb) : elementName(ea);
  auto &d = error(range, "N0301",
                  "cannot " + what.str() + " " + a.describe() + " and " + b.describe() +
                      ": element types are not converted silently");
  note(d, a, "this is " + a.describe());
  note(d, b, "this is " + b.describe());
  d.help("convert one of them: `" + wanted + "(..)`");
  return {};
}

/// Both operands as tensors of one element type and shape. False after a diagnostic.
bool Elaborator::align(const Value &a, const Value &b, mlir::Type element, Env &env,
                       SourceRange range, llvm::StringRef what, mlir::Value &x, mlir::Value &y) {
  x = toTensor(a, env, element);
  y = toTensor(b, env, element);
  if (!x || !y)
    return false;
  Emit e = emit(env, range);
  x = e.cast(x, element);
  y = e.cast(y, element);
  return alignShapes({&a, &b}, {&x, &y}, env, range, what);
}

bool Elaborator::alignShapes(llvm::ArrayRef<const Value *> values,
                             llvm::ArrayRef<mlir::Value *> tensors, Env &env, SourceRange range,
                             llvm::StringRef what) {
  Shape common;
  for (size_t i = 0; i < tensors.size(); ++i) {
    Shape joined;
    auto failure = broadcastShapes(common, shapeOf(tensors[i]->getType()), joined);
    if (failure) {
      auto &d =
          error(range, "N0201",
                "cannot " + what.str() + " " + values[0]->describe() + " and " +
                    values[i]->describe() + ": axis -" + std::to_string(failure->axisFromRight) +
                    " is " + failure->left.str() + " here, " + failure->right.str() + " there");
      note(d, *values[0], "this is " + values[0]->describe());
      note(d, *values[i], "this is " + values[i]->describe());
      d.help("axes are aligned from the right; insert an axis of size 1 with `x[:, new]`, or "
             "`transpose`");
      return false;
    }
    common = joined;
  }
  Emit e = emit(env, range);
  for (mlir::Value *tensor : tensors)
    *tensor = e.broadcast(*tensor, common);
  return true;
}

static bool weakResult(const Value &a, const Value &b) { return isWeak(a) && isWeak(b); }

static const char *verb(llvm::StringRef op) {
  return llvm::StringSwitch<const char *>(op)
      .Case("+", "add")
      .Case("-", "subtract")
      .Case("*", "multiply")
      .Case("/", "divide")
      .Case("**", "raise")
      .Cases({"and", "or"}, "combine")
      .Default("compare");
}

Value Elaborator::arithmetic(llvm::StringRef op, const Value &a, const Value &b, Env &env,
                             SourceRange range) {
  mlir::Type element = commonElement(a, b, env, range, verb(op));
  if (!element)
    return {};
  if (isBool(element)) {
    auto &d = error(range, "N0302", std::string("cannot ") + verb(op) + " truth values");
    d.help("convert with `f32(..)` or `i32(..)`, or use `and`, `or`");
    return {};
  }
  bool weak = weakResult(a, b);
  if (op == "/" && isInteger(element)) {
    if (!weak) {
      auto &d = error(range, "N0303",
                      "`/` does not divide integers (" + a.describe() + " / " + b.describe() + ")");
      d.help("`idiv(a, b)` rounds down; `f32(a) / b` divides real numbers");
      return {};
    }
    element = mlir::Float32Type::get(module.getContext());
  }
  mlir::Value x, y;
  if (!align(a, b, element, env, range, verb(op), x, y))
    return {};
  Emit e = emit(env, range);
  mlir::Value result;
  if (op == "+")
    result = e.binary<AddOp>(x, y);
  else if (op == "-")
    result = e.binary<SubOp>(x, y);
  else if (op == "*")
    result = e.binary<MulOp>(x, y);
  else
    result = e.binary<DivOp>(x, y);
  return tensorValue(result, weak, range, op.str(), &a, &b);
}

Value Elaborator::power(const Value &a, const Value &b, Env &env, SourceRange range) {
  Emit e = emit(env, range);
  auto exponent = b.wholeNumber();
  if (exponent && a.tensor() && !isBool(elementOf(a.tensor().getType()))) {
    mlir::Value y = PowiOp::create(e.builder, e.loc, a.tensor().getType(), a.tensor(),
                                   static_cast<uint64_t>(*exponent))
                        .getResult();
    return tensorValue(y, a.as<Tensor>()->weak, range, "**", &a, &b);
  }
  // Real base, array of whole exponents: the exponents become real numbers.
  mlir::Type ea = elementOrNull(a), eb = elementOrNull(b);
  bool wholeExponents = b.as<Range>() || (eb && isInteger(eb));
  mlir::Type element;
  if (wholeExponents && (isFraction(a) || (ea && isFloat(ea))))
    element = ea ? ea : mlir::Type(e.f32());
  else
    element = commonElement(a, b, env, range, "raise");
  if (!element)
    return {};
  mlir::Value x, y;
  if (!align(a, b, element, env, range, "raise", x, y))
    return {};
  bool weak = weakResult(a, b) || (!ea && wholeExponents);
  return tensorValue(e.binary<PowOp>(x, y), weak, range, "**", &a, &b);
}

Value Elaborator::comparison(llvm::StringRef op, const Value &a, const Value &b, Env &env,
                             SourceRange range) {
  mlir::Type element = commonElement(a, b, env, range, "compare");
  if (!element)
    return {};
  mlir::Value x, y;
  if (!align(a, b, element, env, range, "compare", x, y))
    return {};
  Emit e = emit(env, range);
  mlir::Value result;
  if (op == "<")
    result = e.compare<LtOp>(x, y);
  else if (op == "<=")
    result = e.compare<LeOp>(x, y);
  else if (op == ">")
    result = e.compare<GtOp>(x, y);
  else if (op == ">=")
    result = e.compare<GeOp>(x, y);
  else if (op == "==")
    result = e.compare<EqOp>(x, y);
  else
    result = e.compare<NeOp>(x, y);
  return tensorValue(result, false, range, op.str(), &a, &b);
}

Value Elaborator::logical(llvm::StringRef op, const Value &a, const Value &b, Env &env,
                          SourceRange range) {
  // One static side decides, or leaves the other.
  for (bool swap : {false, true}) {
    const Value &known = swap ? b : a, &other = swap ? a : b;
    if (auto truth = known.truth()) {
      if (*truth == (op == "or"))
        return Value(Truth{*truth}, range);
      return other;
    }
  }
  for (const Value *v : {&a, &b})
    if (!v->tensor() || !isBool(elementOf(v->tensor().getType()))) {
      auto &d = error(v->range, "N0304",
                      "`" + op.str() + "` takes truth values, this is " + v->describe());
      d.help("compare first: `x > 0`");
      return {};
    }
  mlir::Type boolean = mlir::IntegerType::get(module.getContext(), 1);
  mlir::Value x, y;
  if (!align(a, b, boolean, env, range, "combine", x, y))
    return {};
  Emit e = emit(env, range);
  mlir::Value result = op == "and" ? e.binary<AndOp>(x, y) : e.binary<OrOp>(x, y);
  return tensorValue(result, false, range, op.str(), &a, &b);
}

Value Elaborator::binary(llvm::StringRef op, const Value &a, const Value &b, Env &env,
                         SourceRange range) {
  if (a.isPoison() || b.isPoison())
    return {};
  if (auto folded = fold(op, a, b, range))
    return *folded;
  if ((a.bundle() || b.bundle()) && op == "@") {
    error(range, "N0520", "`@` multiplies arrays, not the parameters of a network")
        .help("`dot(p, q)` is the sum of all products; a network at other parameters is `(Net with "
              "p)(x)`");
    return {};
  }
  if (a.bundle() || b.bundle())
    return overBundle(a, b, env, range,
                      [&](const Value &x, const Value &y) { return binary(op, x, y, env, range); });
  if (op == "and" || op == "or")
    return logical(op, a, b, env, range);
  for (const Value *v : {&a, &b})
    if (!isArrayLike(*v)) {
      auto &d = error(v->range.isValid() ? v->range : range, "N0305",
                      "`" + op.str() + "` takes numbers or arrays, this is " + v->describe());
      if (v->asTemplate() || v->instance())
        d.help("apply it to data first: `x |> " +
               llvm::StringRef(v->describe()).split(' ').second.str() + "`");
      return {};
    }
  if (op == "@")
    return matmul(a, b, env, range);
  if (op == "**")
    return power(a, b, env, range);
  if (op == "+" || op == "-" || op == "*" || op == "/")
    return arithmetic(op, a, b, env, range);
  return comparison(op, a, b, env, range);
}

Value Elaborator::negate(const Value &a, Env &env, SourceRange range) {
  if (a.isPoison())
    return {};
  if (auto *size = a.as<Size>())
    return Value(SizeExpr(0) - size->size, range);
  if (auto *number = a.as<Number>())
    return Value(Number{-number->value}, range);
  if (auto *bundle = a.bundle())
    return mapBundle(*bundle, env, range, [&](const Value &x) { return negate(x, env, range); });
  if (!isArrayLike(a) || a.as<Truth>()) {
    error(range, "N0305", "`-` takes numbers or arrays, this is " + a.describe());
    return {};
  }
  mlir::Value x = toTensor(a, env);
  if (isBool(elementOf(x.getType()))) {
    error(range, "N0302", "cannot negate truth values").help("`not` inverts them");
    return {};
  }
  return tensorValue(emit(env, range).unary<NegOp>(x), a.as<Tensor>() && a.as<Tensor>()->weak,
                     range, "-", &a);
}

Value Elaborator::logicalNot(const Value &a, Env &env, SourceRange range) {
  if (a.isPoison())
    return {};
  if (auto truth = a.truth())
    return Value(Truth{!*truth}, range);
  if (!a.tensor() || !isBool(elementOf(a.tensor().getType()))) {
    error(range, "N0304", "`not` takes truth values, this is " + a.describe())
        .help("compare first: `x == 0`");
    return {};
  }
  return tensorValue(emit(env, range).unary<NotOp>(a.tensor()), false, range, "not", &a);
}

//===-- products ----------------------------------------------------------------------------===//

Value Elaborator::matmul(const Value &a, const Value &b, Env &env, SourceRange range) {
  mlir::Type element = commonElement(a, b, env, range, "multiply");
  if (!element)
    return {};
  if (isBool(element)) {
    error(range, "N0302", "cannot multiply truth values").help("convert with `f32(..)`");
    return {};
  }
  Emit e = emit(env, range);
  mlir::Value x = toTensor(a, env, element), y = toTensor(b, env, element);
  if (!x || !y)
    return {};
  x = e.cast(x, element);
  y = e.cast(y, element);
  Shape sx = shapeOf(x.getType()), sy = shapeOf(y.getType());
  if (sx.empty() || sy.empty()) {
    error(range, "N0202",
          "`@` multiplies arrays, not scalars: " + a.describe() + " @ " + b.describe())
        .help("`*` multiplies by a number");
    return {};
  }
  SizeExpr left = sx.back(), right = sy[sy.size() == 1 ? 0 : sy.size() - 2];
  if (left != right) {
    auto &d = error(range, "N0203",
                    "cannot multiply " + a.describe() + " by " + b.describe() + ": " +
                        "the summed axis is " + left.str() + " here, " + right.str() + " there");
    note(d, a, left.str() + " comes from here");
    note(d, b, right.str() + " was fixed here");
    if (b.origin && llvm::StringRef(b.origin->what).starts_with("param "))
      d.help("a layer takes the size from its argument: `x: f32[B, In]` in its list, then `" +
             b.origin->what + ": f32[In, ..]`");
    return {};
  }
  // Letters: k is summed, i and j are the matrices' own axes, a.. are the axes before them.
  size_t batchX = sx.size() == 1 ? 0 : sx.size() - 2, batchY = sy.size() == 1 ? 0 : sy.size() - 2;
  std::string lx, ly, out;
  Shape keepX, keepY;
  size_t batch = std::max(batchX, batchY);
  for (size_t i = batch; i > 0; --i) {
    char letter = static_cast<char>('A' + (batch - i));
    bool inX = i <= batchX, inY = i <= batchY;
    SizeExpr nx = inX ? sx[batchX - i] : SizeExpr(1), ny = inY ? sy[batchY - i] : SizeExpr(1);
    if (nx != ny && nx != SizeExpr(1) && ny != SizeExpr(1)) {
      auto &d = error(range, "N0201",
                      "cannot multiply " + a.describe() + " by " + b.describe() +
                          ": leading axis is " + nx.str() + " here, " + ny.str() + " there");
      note(d, a, "this is " + a.describe());
      note(d, b, "this is " + b.describe());
      return {};
    }
    // An axis of size 1 against a longer one is left out of that operand.
    bool useX = inX && (nx == ny || nx != SizeExpr(1)),
         useY = inY && (nx == ny || ny != SizeExpr(1));
    if (useX) {
      lx += letter;
      keepX.push_back(nx);
    }
    if (useY) {
      ly += letter;
      keepY.push_back(ny);
    }
    if (useX || useY)
      out += letter;
    else
      return {};
  }
  if (sx.size() > 1) {
    lx += 'i';
    out += 'i';
    keepX.push_back(sx[sx.size() - 2]);
  }
  lx += 'k';
  keepX.push_back(sx.back());
  ly += 'k';
  keepY.push_back(right);
  if (sy.size() > 1) {
    ly += 'j';
    out += 'j';
    keepY.push_back(sy.back());
  }
  mlir::Value result =
      e.einsum(e.reshape(x, keepX), e.reshape(y, keepY), lx + "," + ly + "->" + out);
  return tensorValue(result, false, range, "@", &a, &b);
}
