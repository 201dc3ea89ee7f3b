//===- Pull.cpp - loops, scopes and the cache of elements -----------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "codegen/Pull.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace net;

Pull::Pull(OpBuilder &builder, Location loc, int64_t width)
    : builder(builder), loc(loc), cuts([this](Value value) { return arrays.contains(value); }),
      width(width) {
  scopes.push_back(nullptr);
}

void Pull::setWidth(int64_t lanes) {
  if (lanes == width)
    return;
  width = lanes;
  for (auto it = cache.begin(); it != cache.end();)
    it = it->second.vector ? cache.erase(it) : std::next(it);
  divisions.clear();
}

//===-- scopes -------------------------------------------------------------------------------===//

unsigned Pull::conditionScope() const {
  unsigned scope = depth();
  while (scope > 0 && !isa<scf::IfOp>(scopes[scope]))
    --scope;
  return scope;
}

unsigned Pull::scopeOf(const Index &index) const {
  unsigned scope = 0;
  for (const auto &[number, coefficient] : index.terms)
    scope = std::max(scope, variables[number].scope);
  return scope;
}

unsigned Pull::scopeOf(const Place &place) const {
  unsigned scope = 0;
  for (const Place::Group &group : place.groups)
    scope = std::max(scope, scopeOf(group.index));
  return scope;
}

bool Pull::hasLanes(const Index &index) const {
  if (index.lane != SizeExpr(0))
    return true;
  return llvm::any_of(index.terms, [&](auto &term) {
    return isa<VectorType>(variables[term.first].value.getType());
  });
}

bool Pull::hasLanes(const Place &place) const {
  return llvm::any_of(place.groups, [&](auto &group) { return hasLanes(group.index); });
}

void Pull::enter(Operation *op, Block *block) {
  scopes.push_back(op);
  builder.setInsertionPointToEnd(block);
}

void Pull::leave() {
  unsigned scope = depth();
  for (auto it = cache.begin(); it != cache.end();)
    it = it->second.scope >= scope ? cache.erase(it) : std::next(it);
  Operation *op = scopes.pop_back_val();
  builder.setInsertionPointAfter(op);
}

void Pull::detour(unsigned scope, function_ref<void()> emit) {
  if (scope == depth())
    return emit();
  SmallVector<Operation *> inner(scopes.begin() + scope + 1, scopes.end());
  std::map<std::string, Element> hidden;
  for (auto it = cache.begin(); it != cache.end();) {
    if (it->second.scope <= scope) {
      ++it;
      continue;
    }
    hidden.insert(*it);
    it = cache.erase(it);
  }
  Mask outer = mask;
  if (mask.lanes.scope > scope)
    mask.lanes = {};
  if (mask.uniform.scope > scope)
    mask.uniform = {};
  {
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPoint(inner.front());
    scopes.truncate(scope + 1);
    emit();
  }
  scopes.append(inner);
  cache.insert(hidden.begin(), hidden.end());
  mask = outer;
}

unsigned Pull::number(Value value) {
  return valueNumbers.try_emplace(value, valueNumbers.size()).first->second;
}

//===-- loops --------------------------------------------------------------------------------===//

Index Pull::newVariable(Value value, const SizeExpr &below, unsigned scope, bool withLanes) {
  variables.push_back({value, below, scope, withLanes, SizeExpr(0)});
  return Index::variable(variables.size() - 1);
}

Index Pull::variable(Value value, const SizeExpr &below) {
  return newVariable(value, below, depth());
}

void Pull::setChunk(const Index &variable, const SizeExpr &unit) {
  if (variable.terms.size() == 1)
    variables[variable.terms.begin()->first].chunk = unit;
}

SizeExpr Pull::partOf(const Index &linear) const {
  for (const auto &[number, coefficient] : linear.terms) {
    if (variables[number].chunk == SizeExpr(0))
      continue;
    Index rest = linear;
    rest.terms.erase(number);
    if (variables[number].withLanes && rest.lane == coefficient)
      rest.lane = SizeExpr(0);
    return isBelow(rest, coefficient) ? coefficient * variables[number].chunk : SizeExpr::invalid();
  }
  return SizeExpr::invalid();
}

Index Pull::lanesFrom(const Index &base, const SizeExpr &below) {
  Element first = materialize(base);
  return newVariable(first.v, below, first.scope, true) + Index::lanes();
}

SmallVector<Value> Pull::loop(Value low, Value high, int64_t step, const SizeExpr &below,
                              ValueRange init, Carried body) {
  auto op = scf::ForOp::create(builder, loc, low, high, constant(step, builder.getI64Type()), init);
  enter(op, op.getBody());
  // Without carried values the body is built with its terminator.
  if (!op.getBody()->empty())
    builder.setInsertionPoint(op.getBody()->getTerminator());
  auto values = body(newVariable(op.getInductionVar(), below, depth()), op.getRegionIterArgs());
  if (!values.empty())
    scf::YieldOp::create(builder, loc, values);
  leave();
  return llvm::to_vector_of<Value>(op.getResults());
}

void Pull::loop(Value low, Value high, int64_t step, const SizeExpr &below, Body body) {
  loop(low, high, step, below, {}, [&](Index i, ValueRange) {
    body(i);
    return SmallVector<Value>();
  });
}

SmallVector<Value> Pull::loop(const SizeExpr &count, ValueRange init, Carried body) {
  if (count == SizeExpr(1))
    return body(Index(), init);
  return loop(size(0), size(count), 1, count, init, body);
}

void Pull::loop(const SizeExpr &count, Body body) {
  if (count == SizeExpr(1))
    return body(Index());
  loop(size(0), size(count), 1, count, body);
}

Value Pull::loopWhile(const SizeExpr &count, function_ref<Value(Value)> goesOn, Body body) {
  Type i64 = builder.getI64Type();
  auto op = scf::WhileOp::create(builder, loc, TypeRange{i64}, ValueRange{size(0)});
  auto part = [&](Region &region, function_ref<void(Value)> emit) {
    Block *block = &region.emplaceBlock();
    block->addArgument(i64, loc);
    enter(op, block);
    emit(block->getArgument(0));
    leave();
  };
  part(op.getBefore(), [&](Value number) {
    Value more =
        arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::slt, number, size(count));
    Value both = arith::AndIOp::create(builder, loc, more, goesOn(number));
    scf::ConditionOp::create(builder, loc, both, number);
  });
  part(op.getAfter(), [&](Value number) {
    body(newVariable(number, count, depth()));
    Value next = arith::AddIOp::create(builder, loc, number, size(1));
    scf::YieldOp::create(builder, loc, next);
  });
  return op.getResult(0);
}

void Pull::when(Value condition, function_ref<void()> body) {
  auto op = scf::IfOp::create(builder, loc, condition, /*withElseRegion=*/false);
  enter(op, op.thenBlock());
  builder.setInsertionPoint(op.thenBlock()->getTerminator());
  body();
  leave();
}

//===-- masks --------------------------------------------------------------------------------===//

Pull::Mask Pull::setMask(const Mask &next) { return std::exchange(mask, next); }

Element Pull::firstLanes(Value count) {
  auto i32 = builder.getI32Type();
  if (auto known = getConstantIntValue(count)) {
    SmallVector<bool> lanes;
    for (int64_t i = 0; i < width; ++i)
      lanes.push_back(i < *known);
    auto type = cast<VectorType>(vectorOf(builder.getI1Type()));
    return {arith::ConstantOp::create(builder, loc,
                                      DenseElementsAttr::get(type, ArrayRef<bool>(lanes))),
            true, depth()};
  }
  SmallVector<int32_t> steps;
  for (int64_t i = 0; i < width; ++i)
    steps.push_back(i);
  Value lane = arith::ConstantOp::create(builder, loc, builder.getI32VectorAttr(steps));
  Value narrow = arith::TruncIOp::create(builder, loc, i32, count);
  Value all = vector::BroadcastOp::create(builder, loc, vectorOf(i32), narrow);
  return {arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::slt, lane, all), true, depth()};
}

Element Pull::conjunction(Element a, Element b) {
  if (!a.v)
    return b;
  if (!b.v)
    return a;
  unsigned scope = std::max(a.scope, b.scope);
  bool isVector = a.vector || b.vector;
  if (isVector) {
    a = splat(a);
    b = splat(b);
  }
  return at(scope, [&] {
    return Element{arith::AndIOp::create(builder, loc, a.v, b.v), isVector, scope};
  });
}

Pull::Mask Pull::maskAnd(Element condition) {
  Mask next = mask;
  Element &part = condition.vector ? next.lanes : next.uniform;
  part = conjunction(part, condition);
  return next;
}

Element Pull::lanesMask() {
  if (!mask.lanes.v && !mask.uniform.v)
    return {};
  return splat(conjunction(mask.lanes, mask.uniform));
}

Element Pull::choose(Element condition, Element a, Element b) {
  unsigned scope = std::max({condition.scope, a.scope, b.scope});
  bool isVector = condition.vector || a.vector || b.vector;
  if (isVector) {
    a = splat(a);
    b = splat(b);
    condition = splat(condition);
  }
  return at(scope, [&] {
    return Element{arith::SelectOp::create(builder, loc, condition.v, a.v, b.v), isVector, scope};
  });
}

//===-- elements -----------------------------------------------------------------------------===//

Type Pull::vectorOf(Type type) const { return VectorType::get({width}, type); }

Value Pull::constant(int64_t value, Type type) {
  return at(0, [&] {
    return arith::ConstantOp::create(builder, loc, builder.getIntegerAttr(type, value)).getResult();
  });
}

Element Pull::zero(Type element) {
  return at(0, [&] {
    return Element{
        arith::ConstantOp::create(builder, loc, builder.getZeroAttr(registerType(element)))};
  });
}

Element Pull::splat(Element element) {
  if (element.vector || !element.v)
    return element;
  std::string key = "splat" + std::to_string(number(element.v));
  auto it = cache.find(key);
  if (it != cache.end())
    return it->second;
  Value v = at(element.scope, [&] {
    return vector::BroadcastOp::create(builder, loc, vectorOf(element.v.getType()), element.v)
        .getResult();
  });
  return cache[key] = {v, true, element.scope};
}

Element Pull::get(Value value, const Place &place) {
  // By the row-major index, which is the same however the axes are grouped.
  std::string key =
      std::to_string(number(value)) + "@" + place.linear(shapeOf(value.getType())).key();
  auto it = cache.find(key);
  if (it != cache.end())
    return it->second;
  for (Value part : {mask.lanes.v, mask.uniform.v})
    key += part ? "?" + std::to_string(number(part)) : "";
  it = cache.find(key);
  if (it != cache.end())
    return it->second;
  return cache[key] = compute(value, place);
}

Value Pull::scalar(Value value, const Place &place) {
  Element element = get(value, place);
  assert(!element.vector && "the place has lanes");
  return element.v;
}

Value Pull::vector(Value value, const Place &place) { return splat(get(value, place)).v; }

void Pull::bind(Value value, const Place &place, Element element) {
  cache[std::to_string(number(value)) + "@" + place.linear(shapeOf(value.getType())).key()] =
      element;
}

void Pull::bind(Value value, const Place &place, Value element) {
  bind(value, place, Element{element, isa<VectorType>(element.getType()), depth()});
}

Element Pull::compute(Value value, const Place &place) {
  Shape shape = shapeOf(value.getType());
  if (Value pointer = arrays.lookup(value)) {
    Index linear = place.linear(shape);
    accesses.push_back({value, linear, false, false, partOf(linear)});
    return load(pointer, elementOf(value.getType()), linear);
  }
  Operation *op = value.getDefiningOp();
  assert(op && "a value that is neither in memory nor computed in the kernel");
  if (auto kernel = dyn_cast<KernelOp>(op))
    return get(kernel.getBody().front().getTerminator()->getOperand(
                   cast<OpResult>(value).getResultNumber()),
               place);
  return TypeSwitch<Operation *, Element>(op)
      .Case<CheckedOp>([&](auto op) { return checked(op, place); })
      .Case<StopGradientOp>([&](auto op) { return get(op.getX(), place); })
      .Case<ScalarOp>([&](auto op) { return elementwise(op, place); })
      .Case<ConstantOp>([&](auto op) { return constantOf(op); })
      .Case<BroadcastOp>([&](auto op) { return broadcast(op, place); })
      .Case<ReshapeOp>([&](auto op) {
        return get(op.getX(), place.reshaped(shape, shapeOf(op.getX().getType())));
      })
      .Case<TransposeOp>([&](auto op) { return transpose(op, place); })
      .Case<SliceOp>([&](auto op) { return slice(op, place); })
      .Case<ReverseOp>([&](auto op) { return reverse(op, place); })
      .Case<PadOp>([&](auto op) { return pad(op, place); })
      .Case<ConcatOp>([&](auto op) { return concat(op, place); })
      .Case<WindowOp>([&](auto op) { return window(op, place); })
      .Case<UnwindowOp>([&](auto op) { return unwindow(op, place); })
      .Case<TakeOp>([&](auto op) { return take(op, place); })
      .Case<TakeAlongOp>([&](auto op) { return takeAlong(op, place); })
      .Case<DynamicSliceOp>([&](auto op) { return dynamicSlice(op, place); })
      .Case<DynamicUpdateOp>([&](auto op) { return dynamicUpdate(op, place); })
      .Case<SizeOp, IotaOp, FoldKeyOp, FoldInOp, UniformOp, NormalOp, RandIntOp>(
          [&](auto op) { return random(op, place); })
      .Default([&](Operation *op) { return reduction(op, place); });
}

Element Pull::elementwise(ScalarOp op, const Place &place) {
  SmallVector<Element> operands;
  Element joint;
  for (Value operand : op->getOperands()) {
    operands.push_back(get(operand, place));
    joint.vector |= operands.back().vector;
    joint.scope = std::max(joint.scope, operands.back().scope);
  }
  SmallVector<Lane> lanes;
  for (auto [element, operand] : llvm::zip_equal(operands, op->getOperands()))
    lanes.emplace_back(builder, op->getLoc(), elementOf(operand.getType()),
                       joint.vector ? splat(element).v : element.v);
  at(joint.scope, [&] {
    Type element = elementOf(op->getResult(0).getType());
    joint.v = narrow(builder, op->getLoc(), op.emit(lanes).v, element);
    return 0;
  });
  return joint;
}
