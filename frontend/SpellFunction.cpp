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
  /// Into `head` and `text`.
  bool print(const GradientSite *site);
  std::vector<std::string> head; ///< the arguments
  std::string text;              ///< of the body

private:
  std::vector<std::string> parameters(const GradientSite *site);
  std::string result(const ResultShape &shape, ValueRange::iterator &next);
  std::vector<std::string> results(ArrayRef<ResultShape> shapes, ValueRange::iterator &next);
  bool block(Block &block, size_t indent);
  bool statement(Operation *op, size_t indent);
  void scanHead(ScanOp op, size_t indent);
  bool scan(ScanOp op, size_t indent);
  void call(CallOp op, size_t indent);
  void line(size_t indent, const std::string &text, Location from);
  bool isInline(Operation *op);
  bool isNamed(mlir::Value value) const { return names.count(value); }
  std::string fresh(const std::string &base);
  const std::string &define(mlir::Value value, StringRef otherwise);
  std::vector<std::string> defineAll(ValueRange values, StringRef otherwise);
  Spelled expression(mlir::Value value);
  Spelled typed(mlir::Value value);
  std::optional<Spelled> spelled(Operation *op);
  std::vector<std::string> all(ValueRange values);

  const FunctionStyle &style;
  FunctionPrinter &functions;
  func::FuncOp function;
  const FunctionSizes &sizes;
  llvm::DenseMap<mlir::Value, std::string> names;
  llvm::DenseMap<Operation *, Spelled> inlined;
  std::set<std::string> taken;
  /// Arguments that are parameters of networks: their names, and how many arrays they are.
  std::map<size_t, std::pair<std::string, size_t>> bundles;
};
} // namespace

/// Sizes and values of one scope may not share a name.
BodyPrinter::BodyPrinter(const FunctionStyle &style, FunctionPrinter &functions,
                         func::FuncOp function)
    : style(style), functions(functions), function(function), sizes(functions.sizesOf(function)),
      taken(sizes.names) {}

std::string BodyPrinter::fresh(const std::string &base) {
  return unusedName(
      base, [&](const std::string &one) { return !isWord(one) && taken.insert(one).second; });
}

const std::string &BodyPrinter::define(mlir::Value value, StringRef otherwise) {
  std::string wanted = nameOf(value);
  return names[value] = fresh(identifier(wanted.empty() ? otherwise : StringRef(wanted)));
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
    if (use != operands.end() && isImplicit(*use)) {
      auto copy = value.getDefiningOp<BroadcastOp>();
      mlir::Value x = copy.getX();
      return spellAligned(copy, takesItsType(op) ? expression(x) : typed(x));
    }
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

/// A tuple behind something, on several lines if it is long.
static std::string wrappedTuple(const std::string &before, const std::vector<std::string> &texts,
                                const std::string &after) {
  bool several = texts.size() > 1;
  return wrapped(before + (several ? "(" : ""), texts, (several ? ")" : "") + after);
}

/// `let (ys, h) = scan x in xs over 0 with h = 0 {`, or a line for each part.
void BodyPrinter::scanHead(ScanOp op, size_t indent) {
  for (auto [result, value] : llvm::zip(op.kept(), op.keptInTurn()))
    if (std::string name = nameOf(value); !name.empty() && name.back() != '\'')
      setName(result, name + "s");
  std::vector<std::string> results = defineAll(op.getResults(), "y"),
                           sequences = all(op.getSequences()),
                           elements = defineAll(op.elements(), "x"), carries;
  for (auto [carry, initial] : llvm::zip(op.carries(), op.getInitial()))
    carries.push_back(define(carry, "h") + " = " + typed(initial).text);
  std::string along = op.getReverse() ? " over 0 reverse" : " over 0", margin(2 * indent, ' ');
  std::string turns = "= scan " + tupled(elements) + " in " + tupled(sequences) + along;
  std::string head = "let " + tupled(results) + " " + turns + (carries.empty() ? "" : " with ") +
                     llvm::join(carries, ", ") + " {";
  constexpr size_t margins = 40;
  if (head.size() <= widest + margins)
    return line(indent, head, op.getLoc());
  line(0, wrappedTuple(margin + "let ", results, ""), op.getLoc());
  std::string end = carries.empty() ? " {\n" : "\n";
  if (margin.size() + turns.size() <= widest + margins)
    text += margin + "  " + turns + end;
  else
    text += wrappedTuple(margin + "  = scan ", elements, "\n") +
            wrappedTuple(margin + "    in ", sequences, along + end);
  if (!carries.empty())
    text += wrapped(margin + "    with ", carries, " {\n");
}

bool BodyPrinter::scan(ScanOp op, size_t indent) {
  scanHead(op, indent);
  Block &body = op.getBody().front();
  if (!block(body, indent + 1))
    return false;
  std::string inside(2 * indent + 2, ' ');
  if (op.keptCount())
    text += wrapped(inside + "emit ", all(op.keptInTurn()), "\n");
  if (op.carryCount()) {
    SmallVector<mlir::Value> values(op.carries().begin(), op.carries().end());
    std::vector<std::string> carries = all(values), next = all(op.nextCarries());
    std::string one = inside + "next " + tupled(carries) + " = " + tupled(next);
    text += one.size() <= 100 ? one + "\n"
                              : wrappedTuple(inside + "next ", carries, "\n") +
                                    wrappedTuple(inside + "  = ", next, "\n");
  }
  text += std::string(2 * indent, ' ') + "}\n";
  return true;
}

/// A call on one line, or its results and its arguments on lines of their own.
void BodyPrinter::call(CallOp op, size_t indent) {
  auto callee = function->getParentOfType<ModuleOp>().lookupSymbol<func::FuncOp>(op.getCallee());
  std::vector<std::string> arguments;
  for (const NamedSize &size : functions.sizesOf(callee).others)
    arguments.push_back(sizes.inCall(size.text).str());
  for (mlir::Value argument : op.getArguments()) // a bare number would stay one, computed in f64
    arguments.push_back(typed(argument).text);
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
  bool product = isa<EinsumOp, ConvOp>(op) && ruleOf(op->getLoc()).empty();
  line(indent, "let " + define(op->getResult(0), product ? "z" : "t") + " = " + value->text,
       op->getLoc());
  return true;
}

bool BodyPrinter::block(Block &block, size_t indent) {
  return llvm::all_of(block.without_terminator(),
                      [&](Operation &op) { return op.use_empty() || statement(&op, indent); });
}

/// `x: f32[B, 3]`; parameters of networks are taken apart at the beginning of the body.
std::vector<std::string> BodyPrinter::parameters(const GradientSite *site) {
  std::vector<std::string> texts;
  for (const NamedSize &size : sizes.others)
    texts.push_back(size.name + ": dim");
  size_t next = 0;
  auto one = [&] {
    BlockArgument argument = function.getArgument(next++);
    texts.push_back(define(argument, "x") + ": " + str(argument.getType()));
  };
  for (size_t i = 0; site && i < site->arguments.size(); ++i) {
    const Word &word = site->arguments[i];
    if (word.isArray) {
      one();
      continue;
    }
    auto arrays = ValueRange(function.getArguments()).slice(next, word.names.size());
    next += word.names.size();
    std::string name = fresh(identifier(word.name));
    texts.push_back(name + ": params");
    bundles[i] = {name, word.names.size()};
    if (!llvm::all_of(arrays, [](mlir::Value array) { return array.use_empty(); }))
      text += wrapped(arrays.size() == 1 ? "  let " : "  let (", defineAll(arrays, "w"),
                      (arrays.size() == 1 ? " = arrays(" : ") = arrays(") + name + ")\n");
  }
  while (!site && next < function.getNumArguments())
    one();
  return texts;
}

/// A result as `wrt` has it.
std::string BodyPrinter::result(const ResultShape &shape, ValueRange::iterator &next) {
  std::vector<std::string> texts;
  if (!shape.parameters && shape.elements.empty())
    return typed(*next++).text;
  if (!shape.parameters)
    return tupled(results(shape.elements, next));
  const auto &[name, count] = bundles.at(*shape.parameters);
  for (size_t i = 0; i < count; ++i)
    texts.push_back(typed(*next++).text);
  return wrapped(count == 1 ? "unflatten(" : "unflatten((", texts,
                 (count == 1 ? ", " : "), ") + name + ")");
}

std::vector<std::string> BodyPrinter::results(ArrayRef<ResultShape> shapes,
                                              ValueRange::iterator &next) {
  std::vector<std::string> texts;
  for (const ResultShape &shape : shapes)
    texts.push_back(result(shape, next));
  return texts;
}

bool BodyPrinter::print(const GradientSite *site) {
  head = parameters(site);
  Block &body = function.getBody().front();
  if (!block(body, 1))
    return false;
  ValueRange values = body.getTerminator()->getOperands();
  auto next = values.begin();
  std::vector<std::string> returned = !site || !site->parameters.empty() ? all(values)
                                      : site->result.elements.empty()
                                          ? std::vector{result(site->result, next)}
                                          : results(site->result.elements, next);
  text += wrapped("  return ", returned, "\n}\n");
  return true;
}

const FunctionSizes &FunctionPrinter::sizesOf(func::FuncOp function) {
  if (auto it = sizes.find(function); it != sizes.end())
    return it->second;
  FunctionSizes &found = sizes[function] =
      nameSizes(function, isTaken, constants,
                [&](func::FuncOp callee) -> const auto & { return sizesOf(callee); });
  if (calledByText.count(function))
    found.others.clear();
  if (found.others.empty())
    return found;
  BodyPrinter body(style, *this, function);
  if (body.print(nullptr))
    llvm::erase_if(found.others,
                   [&](const NamedSize &size) { return !found.isMentioned(size.name, body.text); });
  return found;
}

std::optional<std::string> FunctionPrinter::print(func::FuncOp function, const GradientSite *site) {
  BodyPrinter body(style, *this, function);
  if (!body.print(site))
    return std::nullopt;
  std::string text = wrapped("fn " + nameOf(function) + "(", body.head, ") {\n") +
                     sizesOf(function).lines(body.text) + body.text;
  if (func::FuncOp derivative = derivativeOf(function))
    text += ownDerivative(function, derivative);
  return text;
}
