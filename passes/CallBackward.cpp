//===- CallBackward.cpp - derivatives of functions ------------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "passes/CallBackward.h"
#include "ir/OwnDerivative.h"
#include "ir/ValueNames.h"
#include "mlir/IR/IRMapping.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;
using namespace net;

func::FuncOp Functions::add(func::FuncOp function, const llvm::Twine &name) {
  std::string wanted = name.str(), unused = wanted;
  for (int i = 2; symbols.lookup(unused); ++i)
    unused = wanted + "." + std::to_string(i);
  function.setName(unused);
  function.setPrivate();
  symbols.insert(function);
  return function;
}

//===-- one function -------------------------------------------------------------------------===//

namespace {
/// Makes the derivative of one function.
class FunctionBackward {
public:
  FunctionBackward(Functions &functions, func::FuncOp callee, const CallPattern &pattern)
      : pattern(pattern), forward(callee.clone()), body(forward.getBody().front()),
        ret(body.getTerminator()),
        adjoint(func::FuncOp::create(callee.getLoc(), callee.getName(),
                                     FunctionType::get(callee.getContext(), {}, {}))),
        block(*adjoint.addEntryBlock()), builder(OpBuilder::atBlockEnd(&block)),
        backward(builder, active, &functions) {}
  ~FunctionBackward() {
    if (adjoint) // reads values of the other one
      adjoint.erase();
    if (forward)
      forward.erase();
  }
  LogicalResult run(CallDerivative &made);

  func::FuncOp takeForward() { return std::exchange(forward, nullptr); }
  func::FuncOp takeAdjoint() { return std::exchange(adjoint, nullptr); }

private:
  void addCotangents(CallDerivative &made);
  LogicalResult differentiate(CallDerivative &made);
  void readInside(CallDerivative &made);
  Value inAdjoint(Value value, OpBuilder &prologue);

  const CallPattern &pattern;
  func::FuncOp forward;
  Block &body;
  Operation *ret;
  func::FuncOp adjoint;
  Block &block;
  OpBuilder builder;
  Active active;
  Backward backward;
  llvm::MapVector<Value, Value> here; ///< values of the body, in the adjoint
};
} // namespace

/// The cotangents of the results and the supports of some, as arguments of the adjoint.
void FunctionBackward::addCotangents(CallDerivative &made) {
  auto add = [&](Value value, Type type, const char *prefix) {
    Value argument = block.addArgument(type, withoutName(value.getLoc()));
    std::string name = nameOf(value);
    setName(argument, prefix + (name.empty() ? "y" : name));
    return argument;
  };
  SmallVector<Value> given(pattern.results.size());
  for (auto [i, known] : llvm::enumerate(pattern.results)) {
    if (known.kind != Adjoint::Kind::Value)
      continue;
    made.cotangents.push_back(i);
    given[i] = add(ret->getOperand(i), ret->getOperand(i).getType(), "d");
  }
  for (auto [i, known] : llvm::enumerate(pattern.results)) {
    Value value = ret->getOperand(i), support;
    if (pattern.supported[i]) {
      made.supports.push_back(i);
      support = add(value, withElement(value.getType(), builder.getI1Type()), "on_");
    }
    if (known.kind != Adjoint::Kind::Value)
      backward.adjoints.addWithout(value, known);
    else if (active.contains(value))
      backward.adjoints.add(value, {given[i], support, false});
  }
}

LogicalResult FunctionBackward::differentiate(CallDerivative &made) {
  for (auto [i, argument] : llvm::enumerate(body.getArguments())) {
    if (pattern.active[i])
      active.insert(argument);
    if (pattern.unbounded[i])
      backward.unbounded.insert(argument);
  }
  addActive(body, active);
  addCotangents(made);
  if (failed(backward.sweep(ret->getPrevNode())))
    return failure();
  SmallVector<Value> results, supports;
  auto given = block.getArguments().drop_front(made.cotangents.size());
  for (BlockArgument argument : body.getArguments()) {
    Adjoint known = backward.adjoints.of(argument);
    int support = -1;
    if (known.kind == Adjoint::Kind::Value) {
      ExprBuilder b(builder, argument.getLoc());
      Cotangent sum = backward.adjoints.sum(b, argument).masked(b);
      results.push_back(sum.value);
      if (backward.unbounded.contains(argument) && sum.support) {
        support = llvm::find(given, sum.support) - given.begin();
        if (support == static_cast<int>(given.size())) {
          support += supports.size();
          supports.push_back(sum.support);
        }
      }
    }
    known.contributions.clear();
    made.arguments.push_back(known);
    made.argumentSupports.push_back(support);
  }
  llvm::append_range(results, supports);
  func::ReturnOp::create(builder, adjoint.getLoc(), results);
  if (Operation *last = block.getTerminator()->getPrevNode())
    eraseUnused(&block.front(), last);
  return success();
}

/// A value of the body, in the adjoint: computed again if that costs nothing, else an argument.
Value FunctionBackward::inAdjoint(Value value, OpBuilder &prologue) {
  if (Value known = here.lookup(value))
    return known;
  if (auto *op = value.getDefiningOp(); op && isRecomputed(op)) {
    IRMapping mapping;
    for (Value operand : op->getOperands())
      mapping.map(operand, inAdjoint(operand, prologue));
    Value copy = prologue.clone(*op, mapping)->getResult(0);
    here.insert({value, copy});
    return copy;
  }
  setName(value, isa_and_nonnull<EinsumOp, ConvOp>(value.getDefiningOp()) ? "z" : "r");
  Value argument = block.addArgument(value.getType(), withoutName(value.getLoc()));
  setName(argument, nameOf(value));
  here.insert({value, argument});
  return argument;
}

/// What the adjoint reads of the body becomes its arguments: first of those the body's, in their
/// order, then results and residuals, then the cotangents.
void FunctionBackward::readInside(CallDerivative &made) {
  unsigned cotangents = block.getNumArguments();
  SmallVector<OpOperand *> uses;
  block.walk([&](Operation *op) {
    for (OpOperand &use : op->getOpOperands())
      if (use.get().getParentBlock() == &body)
        uses.push_back(&use);
  });
  OpBuilder prologue(adjoint.getContext());
  prologue.setInsertionPointToStart(&block);
  for (OpOperand *use : uses)
    use->set(inAdjoint(use->get(), prologue));
  SmallVector<std::pair<unsigned, Value>> arguments, results; // number, argument of the adjoint
  SmallVector<Value> returned(ret->getOperands());
  for (auto [value, argument] : here) {
    if (!isa<BlockArgument>(argument) || cast<BlockArgument>(argument).getOwner() != &block)
      continue;
    if (auto own = dyn_cast<BlockArgument>(value)) {
      arguments.emplace_back(own.getArgNumber(), argument);
      continue;
    }
    auto found = llvm::find(returned, value);
    results.emplace_back(found - returned.begin(), argument);
    if (found == returned.end())
      returned.push_back(value);
  }
  llvm::sort(arguments, llvm::less_first());
  llvm::sort(results, llvm::less_first());
  SmallVector<Value> before;
  for (auto [number, argument] : arguments) {
    made.argumentsRead.push_back(number);
    before.push_back(argument);
  }
  for (auto [number, argument] : results) {
    made.resultsRead.push_back(number);
    before.push_back(argument);
  }
  llvm::append_range(before, block.getArguments().take_front(cotangents));
  unsigned old = block.getNumArguments();
  for (Value argument : before)
    argument.replaceAllUsesWith(block.addArgument(argument.getType(), argument.getLoc()));
  block.eraseArguments(0, old);
  ret->setOperands(returned);
  for (Value value : returned)
    made.names.push_back(nameOf(value));
}

static void setType(func::FuncOp function) {
  Block &block = function.getBody().front();
  function.setFunctionType(FunctionType::get(function.getContext(), block.getArgumentTypes(),
                                             block.getTerminator()->getOperandTypes()));
}

LogicalResult FunctionBackward::run(CallDerivative &made) {
  if (failed(differentiate(made)))
    return failure();
  readInside(made);
  setType(forward);
  setType(adjoint);
  return success();
}

FailureOr<const CallDerivative *> Functions::derivative(func::FuncOp callee,
                                                        const CallPattern &pattern) {
  auto keyOf = [&](const CallPattern &pattern) {
    return std::make_pair(callee.getOperation(), pattern.key());
  };
  auto known = made.find(keyOf(pattern));
  if (known != made.end())
    return &known->second;
  CallDerivative result;
  FunctionBackward function(*this, callee, pattern);
  if (failed(function.run(result)))
    return failure();
  // What waits behind an argument makes no difference if no support comes out of it.
  auto key = keyOf(pattern);
  if (llvm::all_of(result.argumentSupports, [](int support) { return support < 0; })) {
    auto bounded = keyOf(pattern.bounded());
    if (known = made.find(bounded); known != made.end())
      return &made.emplace(key, known->second).first->second;
    key = bounded;
  }
  std::string name = origin(callee).getName().str();
  result.forward = callee;
  func::FuncOp forward = function.takeForward();
  if (forward.getNumResults() == callee.getNumResults()) {
    forward.erase();
  } else {
    result.forward = add(forward, name + ".forward");
    origins[result.forward] = origin(callee);
  }
  func::FuncOp adjoint = function.takeAdjoint();
  if (adjoint.getNumResults() == 0)
    adjoint.erase();
  else
    result.adjoint = add(adjoint, callee.getName() + ".adjoint");
  made.emplace(key, result);
  return &made.emplace(keyOf(pattern), std::move(result)).first->second;
}

//===-- one call -----------------------------------------------------------------------------===//

static CallOp callLike(CallOp call, func::FuncOp function, ValueRange arguments, OpBuilder &b) {
  return CallOp::create(b, withoutName(call.getLoc()), function.getResultTypes(),
                        function.getName(), arguments, call.getPathAttr(), nullptr, nullptr);
}

/// The derivative that the program gives of a function, at the arguments and the cotangents.
void Backward::applyOwnRule(CallOp call, func::FuncOp derivative) {
  SmallVector<Value> given(call.getArguments());
  appendCotangents(call, given);
  giveRealOperands(call.getArguments(), callLike(call, derivative, given, builder)->getResults());
}

/// A call of another function of the same instance, with what is known of its results if they are
/// the first of these.
static CallOp replaceCallee(CallOp call, func::FuncOp function, Active &active,
                            Adjoints &adjoints) {
  if (call.getCallee() == function.getName())
    return call;
  OpBuilder b(call);
  CallOp result = callLike(call, function, call.getArguments(), b);
  for (auto [from, to] : llvm::zip(call.getResults(), result.getResults())) {
    setName(to, nameOf(from));
    if (active.erase(from))
      active.insert(to);
    adjoints.move(from, to);
    from.replaceAllUsesWith(to);
  }
  for (Value gone : call.getResults()) {
    active.erase(gone);
    adjoints.forget(gone);
  }
  call.erase();
  return result;
}

/// `y_dense_1`: what the function calls its result, of which instance.
static void nameResults(CallOp call, const CallDerivative &made) {
  for (auto [result, name] : llvm::zip(call.getResults(), made.names))
    setName(result, ofInstance(name, call.getPath().value_or("")));
}

/// The call of the adjoint, if there is one; its results.
SmallVector<Value> Backward::callAdjoint(CallOp call, const CallDerivative &made,
                                         ArrayRef<Value> cotangents) {
  if (!made.adjoint)
    return {};
  SmallVector<Value> given;
  for (unsigned number : made.argumentsRead)
    given.push_back(call.getArguments()[number]);
  for (unsigned number : made.resultsRead)
    given.push_back(call.getResult(number));
  llvm::append_range(given, cotangents);
  return callLike(call, made.adjoint, given, builder)->getResults();
}

LogicalResult Backward::reverse(CallOp call) {
  func::FuncOp callee = functions->calleeOf(call);
  if (func::FuncOp derivative = derivativeOf(callee))
    return applyOwnRule(call, derivative), success();
  // A turn of a scan is differentiated until all its carries are known: what an earlier time left
  // unused goes.
  func::FuncOp origin = functions->origin(callee);
  if (llvm::all_of(call.getResults().drop_front(origin.getNumResults()),
                   [](Value residual) { return residual.use_empty(); })) {
    call = replaceCallee(call, origin, active, adjoints);
    callee = origin;
  }
  CallPattern pattern = patternOf(call);
  FailureOr<const CallDerivative *> found = functions->derivative(callee, pattern);
  if (failed(found))
    return failure();
  const CallDerivative &made = **found;
  nameResults(call, made); // before their cotangents, which are called after them
  ExprBuilder b(builder, call.getLoc());
  SmallVector<Value> given, supports;
  for (unsigned number : made.cotangents)
    given.push_back(adjoints.sum(b, call.getResult(number)).masked(b).value);
  for (unsigned number : made.supports)
    supports.push_back(adjoints.sum(b, call.getResult(number)).support);
  llvm::append_range(given, supports);
  call = replaceCallee(call, made.forward, active, adjoints);
  nameResults(call, made);
  SmallVector<Value> results = callAdjoint(call, made, given);
  auto values = llvm::count_if(
      made.arguments, [](const Adjoint &known) { return known.kind == Adjoint::Kind::Value; });
  llvm::append_range(supports,
                     ArrayRef(results).drop_front(std::min<size_t>(values, results.size())));
  size_t next = 0;
  for (auto [argument, known, support] :
       llvm::zip_equal(call.getArguments(), made.arguments, made.argumentSupports)) {
    if (known.kind == Adjoint::Kind::Value)
      adjoints.add(argument, {results[next++], support < 0 ? Value() : supports[support], false});
    else if (active.contains(argument))
      adjoints.addWithout(argument, known.seenFrom(call.getLoc()));
  }
  return success();
}
