//===- SpellFunction.cpp - functions, as the language writes them ---------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Values get names, and expressions of several operations where these read better than a line each.
// A comment says where a line comes from, and by which derivative.
//
//===----------------------------------------------------------------------===//
#include "frontend/Builtins.h"
#include "frontend/Spelling.h"
#include "ir/Interpreter.h"
#include "ir/NetDialect.h"
#include "ir/OwnDerivative.h"
#include "ir/ValueNames.h"
#include "llvm/ADT/StringExtras.h"

#include <set>

using namespace net;
using namespace mlir;
using ast::Level;

namespace {
/// Wider expressions are cut in two.
constexpr size_t widest = 60;
constexpr size_t commentColumn = 60;

/// Prints the body of one function.
class BodyPrinter {
public:
  BodyPrinter(const FunctionStyle &style, FunctionPrinter &functions, func::FuncOp function);
  bool print(std::string &out);

private:
  bool block(Block &block, size_t indent);
  bool statement(Operation *op, size_t indent);
  bool scan(ScanOp op, size_t indent);
  void call(CallOp op, size_t indent);
  void line(size_t indent, const std::string &text, Location from);
  bool isInline(Operation *op);
  bool isNamed(mlir::Value value) const { return names.count(value); }
  const std::string &define(mlir::Value value, StringRef otherwise);
  std::vector<std::string> defineAll(ValueRange values, StringRef otherwise);
  Spelled expression(mlir::Value value);
  Spelled typed(mlir::Value value);
  std::optional<Spelled> spelled(Operation *op);
  std::vector<std::string> all(ValueRange values);

  const FunctionStyle &style;
  FunctionPrinter &functions;
  func::FuncOp function;
  llvm::DenseMap<mlir::Value, std::string> names;
  llvm::DenseMap<Operation *, Spelled> inlined;
  std::set<std::string> taken;
  std::string text;
};
} // namespace

std::string net::unusedName(const std::string &base,
                            llvm::function_ref<bool(const std::string &)> take) {
  size_t primes = base.find_last_not_of('\'') + 1; // which end a name
  std::string name = base;
  for (int i = 2; !take(name); ++i)
    name = base.substr(0, primes) + "_" + std::to_string(i) + base.substr(primes);
  return name;
}

std::string net::wrapped(const std::string &before, llvm::ArrayRef<std::string> items,
                         const std::string &after) {
  constexpr size_t margin = 100;
  std::string text = before;
  size_t column = before.size();
  for (const std::string &item : items) {
    bool first = &item == items.begin();
    if (!first && column + item.size() > margin) {
      text += ",\n" + std::string(before.size(), ' ');
      column = before.size();
    } else if (!first) {
      text += ", ";
      column += 2;
    }
    text += item;
    column += item.size();
  }
  return text + after;
}

/// Sizes and values of one scope may not share a name.
static void collectSymbols(func::FuncOp function, std::set<std::string> &symbols) {
  auto visit = [&](Type type) {
    if (isa<RankedTensorType>(type))
      for (const SizeExpr &size : shapeOf(type))
        size.collectSymbols(symbols);
  };
  llvm::for_each(function.getArgumentTypes(), visit);
  function.walk([&](Operation *op) { llvm::for_each(op->getResultTypes(), visit); });
}

BodyPrinter::BodyPrinter(const FunctionStyle &style, FunctionPrinter &functions,
                         func::FuncOp function)
    : style(style), functions(functions), function(function) {
  collectSymbols(function, taken);
}

static std::string identifier(StringRef name) {
  std::string text = subscripted(name);
  // Primes end a name.
  auto primes = llvm::count(text, '\'');
  llvm::erase(text, '\'');
  text.append(primes, '\'');
  return text.empty() || llvm::isDigit(text[0]) ? "v" + text : text;
}

static bool isWord(const std::string &name) {
  static const std::set<std::string> keywords = {
      "let",       "param",       "state",   "set",   "return",   "next",  "emit",       "minimize",
      "maximize",  "update",      "over",    "using", "report",   "show",  "each",       "stop",
      "when",      "scan",        "with",    "as",    "on",       "in",    "grad",       "wrt",
      "jvp",       "along",       "and",     "or",    "not",      "new",   "use",        "layer",
      "fn",        "data",        "task",    "train", "true",     "false", "training",   "step",
      "pi",        "inf",         "epoch",   "from",  "given",    "of",    "derivative", "network",
      "optimizer", "initializer", "reverse", "rows",  "surrogate"};
  return keywords.count(name) || primitives().count(name) || elementNamed(name, nullptr);
}

const std::string &BodyPrinter::define(mlir::Value value, StringRef otherwise) {
  std::string wanted = nameOf(value);
  std::string base = identifier(wanted.empty() ? otherwise : StringRef(wanted));
  return names[value] = unusedName(base, [&](const std::string &one) {
           return !isWord(one) && taken.insert(one).second;
         });
}

std::vector<std::string> BodyPrinter::defineAll(ValueRange values, StringRef otherwise) {
  std::vector<std::string> texts;
  for (mlir::Value value : values)
    texts.push_back(value.use_empty() ? "_" : define(value, otherwise));
  return texts;
}

std::vector<std::string> BodyPrinter::all(ValueRange values) {
  std::vector<std::string> texts;
  for (mlir::Value value : values)
    texts.push_back(typed(value).text);
  return texts;
}

/// `a`, or `(a, b)`.
static std::string tupled(const std::vector<std::string> &texts) {
  return texts.size() == 1 ? texts[0] : "(" + llvm::join(texts, ", ") + ")";
}

/// What costs nothing stands where it is used.
static bool isTrivial(Operation *op) {
  return isa<ConstantOp, SizeOp, IotaOp, FoldKeyOp, CheckedOp>(op) ||
         (isa<BroadcastOp>(op) && (op->getOperand(0).getDefiningOp<ConstantOp>() ||
                                   llvm::all_of(op->getUses(), isImplicit)));
}

/// Whether an operation is worth a line of its own.
static bool isLarge(Operation *op) {
  return op->getNumRegions() || op->getNumResults() != 1 ||
         isa<CallOp, EinsumOp, ConvOp, WindowOp, UnwindowOp, ScatterAddOp, ScatterAddAlongOp,
             UniformOp, NormalOp, RandIntOp>(op);
}

bool BodyPrinter::isInline(Operation *op) {
  if (op->getNumRegions() || isa<CallOp>(op))
    return false;
  if (isTrivial(op))
    return true;
  if (style.derived || !op->hasOneUse() || !nameOf(op->getResult(0)).empty())
    return false;
  Operation *user = *op->user_begin();
  if (user->getBlock() != op->getBlock() || isa<CallOp>(user) || user->getNumRegions())
    return false;
  auto known = spelled(op);
  return known && known->text.size() <= widest && (!isLarge(op) || isa<AddOp>(user));
}

std::optional<Spelled> BodyPrinter::spelled(Operation *op) {
  auto operands = op->getOpOperands();
  return spell(op, [&](mlir::Value value) {
    auto use = llvm::find_if(operands, [&](OpOperand &o) { return o.get() == value; });
    if (use != operands.end() && isImplicit(*use))
      value = value.getDefiningOp<BroadcastOp>().getX();
    // A position is checked by what it is used for.
    if (auto checked = value.getDefiningOp<CheckedOp>();
        checked &&
        isa<TakeOp, TakeAlongOp, ScatterAddOp, ScatterAddAlongOp, DynamicSliceOp, DynamicUpdateOp>(
            op))
      value = checked.getX();
    return takesItsType(op) ? expression(value) : typed(value);
  });
}

Spelled BodyPrinter::expression(mlir::Value value) {
  if (auto name = names.find(value); name != names.end())
    return {name->second};
  Operation *op = value.getDefiningOp();
  auto known = inlined.find(op);
  return known != inlined.end() ? known->second : Spelled{"?"};
}

/// The same, where nothing beside a number says which type it has: `f32(2)`.
Spelled BodyPrinter::typed(mlir::Value value) {
  auto type = cast<RankedTensorType>(value.getType());
  Spelled spelled = expression(value);
  if (!isStatic(value) || type.getRank() || type.getElementType().isInteger(1) ||
      type.getElementType().isSignlessInteger(32))
    return spelled;
  return {str(type) + "(" + spelled.text + ")"};
}

/// `std/layers.net:9`.
static std::string lineOf(Location loc) {
  std::string place = placeOf(loc);
  return llvm::StringRef(place).rsplit(':').first.str();
}

void BodyPrinter::line(size_t indent, const std::string &written, Location from) {
  std::string whole = std::string(2 * indent, ' ') + written;
  std::string comment = lineOf(from);
  if (StringRef rule = ruleOf(from); !rule.empty())
    comment += (comment.empty() ? "" : ", ") + rule.str();
  if (!comment.empty()) {
    if (whole.size() < commentColumn)
      whole.resize(commentColumn, ' ');
    whole += "  # " + comment;
  }
  text += whole + "\n";
}

bool BodyPrinter::scan(ScanOp op, size_t indent) {
  std::string head = "let " + tupled(defineAll(op.getResults(), "y")) + " = scan ";
  std::string sequences = tupled(all(op.getSequences()));
  head += tupled(defineAll(op.elements(), "x")) + " in " + sequences + " over 0" +
          (op.getReverse() ? " reverse" : "");
  for (auto [carry, initial] : llvm::zip(op.carries(), op.getInitial()))
    head += (carry == op.carries().front() ? " with " : ", ") + define(carry, "h") + " = " +
            expression(initial).text;
  line(indent, head + " {", op.getLoc());
  Block &body = op.getBody().front();
  if (!block(body, indent + 1))
    return false;
  std::string inside(2 * indent + 2, ' ');
  if (op.keptCount())
    text += wrapped(inside + "emit ", all(op.keptInTurn()), "\n");
  if (op.carryCount()) {
    SmallVector<mlir::Value> carries(op.carries().begin(), op.carries().end());
    text += inside + "next " + tupled(all(carries)) + " = " + tupled(all(op.nextCarries())) + "\n";
  }
  text += std::string(2 * indent, ' ') + "}\n";
  return true;
}

/// A call on one line, or its results and its arguments on lines of their own.
void BodyPrinter::call(CallOp op, size_t indent) {
  auto callee = function->getParentOfType<ModuleOp>().lookupSymbol<func::FuncOp>(op.getCallee());
  std::vector<std::string> arguments;
  for (mlir::Value argument : op.getArguments()) // of the types that the function declares
    arguments.push_back(expression(argument).text);
  for (auto [result, inside] :
       llvm::zip(op.getResults(), callee.getBody().front().getTerminator()->getOperands()))
    setName(result, ofInstance(nameOf(inside), op.getPath().value_or("")));
  std::vector<std::string> results = defineAll(op.getResults(), op.getPath().value_or("y"));
  std::string right = "= " + functions.nameOf(callee) + "(", margin(2 * indent, ' ');
  std::string one = "let " + tupled(results) + " " + right + llvm::join(arguments, ", ") + ")";
  if (one.size() <= widest + 40)
    return line(indent, one, op.getLoc());
  bool several = results.size() > 1;
  line(0, wrapped(margin + (several ? "let (" : "let "), results, several ? ")" : ""), op.getLoc());
  text += wrapped(margin + "  " + right, arguments, ")") + "\n";
}

bool BodyPrinter::statement(Operation *op, size_t indent) {
  if (auto loop = dyn_cast<ScanOp>(op))
    return scan(loop, indent);
  if (auto one = dyn_cast<CallOp>(op))
    return call(one, indent), true;
  auto value = op->getNumResults() == 1 ? spelled(op) : std::nullopt;
  if (!value)
    return op->emitError("has no spelling in the language: '") << op->getName() << "'", false;
  if (isInline(op)) {
    inlined[op] = *value;
    return true;
  }
  bool product = isa<EinsumOp, ConvOp>(op);
  line(indent, "let " + define(op->getResult(0), product ? "z" : "t") + " = " + value->text,
       op->getLoc());
  return true;
}

bool BodyPrinter::block(Block &block, size_t indent) {
  return llvm::all_of(block.without_terminator(),
                      [&](Operation &op) { return op.use_empty() || statement(&op, indent); });
}

bool BodyPrinter::print(std::string &out) {
  std::vector<std::string> parameters;
  for (BlockArgument argument : function.getArguments())
    parameters.push_back(define(argument, "x") + ": " + str(argument.getType()));
  text = wrapped("fn " + functions.nameOf(function) + "(", parameters, ") {\n");
  Block &body = function.getBody().front();
  if (!block(body, 1))
    return false;
  text += wrapped("  return ", all(body.getTerminator()->getOperands()), "\n}\n");
  out = std::move(text);
  return true;
}

const std::string &FunctionPrinter::nameOf(func::FuncOp function) {
  std::string &name = names[function];
  if (!name.empty())
    return name;
  // `dense.2.forward` is the second derivative's function of `dense`: `dense_forward_2`.
  StringRef symbol = function.getName();
  SmallVector<StringRef> parts;
  symbol.split(parts, '.');
  std::string base;
  for (StringRef part : parts)
    if (unsigned number; part.getAsInteger(10, number))
      base += (base.empty() ? "" : "_") + part.str();
  if (parts.size() == 1 || llvm::all_of(ArrayRef(parts).drop_front(), [](StringRef part) {
        unsigned number;
        return !part.getAsInteger(10, number);
      }))
    base += "_forward";
  do {
    int count = ++counts[base];
    name = count == 1 ? base : base + "_" + std::to_string(count);
  } while (isTaken(name));
  return name;
}

/// A derivative that the program gives is a function as well, which the declaration calls.
std::string FunctionPrinter::ownDerivative(func::FuncOp function, func::FuncOp derivative) {
  auto names = [](const char *letter, unsigned first, unsigned last) {
    std::string text;
    for (unsigned i = first; i < last; ++i)
      text += (i > first ? ", " : "") + std::string(letter) + std::to_string(i + 1);
    return text;
  };
  unsigned count = function.getNumArguments();
  std::string given = names("d", count, derivative.getNumArguments());
  std::string arguments = names("x", 0, count);
  return (function->hasAttr(surrogateAttribute) ? "\nsurrogate derivative " : "\nderivative ") +
         nameOf(function) + "(" + arguments + ") given (" + given + ") {\n  return " +
         nameOf(derivative) + "(" + arguments + (count ? ", " : "") + given + ")\n}\n";
}

std::optional<std::string> FunctionPrinter::print(func::FuncOp function) {
  std::string text;
  if (!BodyPrinter(style, *this, function).print(text))
    return std::nullopt;
  if (func::FuncOp derivative = derivativeOf(function))
    text += ownDerivative(function, derivative);
  return text;
}
