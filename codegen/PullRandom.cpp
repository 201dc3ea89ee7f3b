//===- PullRandom.cpp - elements made from nothing but their place --------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Constants, sizes, positions, and counter-based random numbers: Philox 4x32-10
// (Salmon, Moraes, Dror, Shaw 2011), keys mixed by splitmix64's finalizer.
//
//===----------------------------------------------------------------------===//
#include "codegen/Pull.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace net;

namespace {
/// Integer arithmetic on scalars or vectors, numbers included.
struct Int {
  Int(OpBuilder &b, Location loc, Value v) : b(&b), loc(loc), v(v) {}
  OpBuilder *b;
  Location loc;
  Value v;
  Int with(Value value) const { return {*b, loc, value}; }
  Int number(uint64_t n) const {
    Type element = getElementTypeOrSelf(v.getType());
    Attribute attr =
        b->getIntegerAttr(element, APInt(element.getIntOrFloatBitWidth(), n, false, true));
    if (auto vector = dyn_cast<VectorType>(v.getType()))
      attr = DenseElementsAttr::get(vector, attr);
    return with(arith::ConstantOp::create(*b, loc, cast<TypedAttr>(attr)));
  }
  Int operator+(Int o) const { return with(arith::AddIOp::create(*b, loc, v, o.v)); }
  Int operator-(Int o) const { return with(arith::SubIOp::create(*b, loc, v, o.v)); }
  Int operator*(Int o) const { return with(arith::MulIOp::create(*b, loc, v, o.v)); }
  Int operator^(Int o) const { return with(arith::XOrIOp::create(*b, loc, v, o.v)); }
  Int operator>>(unsigned n) const { return with(arith::ShRUIOp::create(*b, loc, v, number(n).v)); }
  Int to(unsigned bits) const {
    Type type = b->getIntegerType(bits);
    if (auto vector = dyn_cast<VectorType>(v.getType()))
      type = vector.clone(type);
    if (type == v.getType())
      return *this;
    bool wider = bits > getElementTypeOrSelf(v.getType()).getIntOrFloatBitWidth();
    return with(wider ? Value(arith::ExtUIOp::create(*b, loc, type, v))
                      : Value(arith::TruncIOp::create(*b, loc, type, v)));
  }
};

Int mix(Int z) {
  z = (z ^ (z >> 30)) * z.number(0xBF58476D1CE4E5B9);
  z = (z ^ (z >> 27)) * z.number(0x94D049BB133111EB);
  return z ^ (z >> 31);
}

uint64_t fnv1a(StringRef text) {
  uint64_t hash = 0xCBF29CE484222325;
  for (unsigned char c : text)
    hash = (hash ^ c) * 0x100000001B3;
  return hash;
}

/// The first two of Philox's four words. The counter has a word a lane, the key is of i32s. The
/// rounds are a loop: they depend on each other, so that unrolling would save little but a counter.
std::pair<Int, Int> philox(Int low, Int high, Int key0, Int key1) {
  OpBuilder &b = *low.b;
  Location loc = low.loc;
  auto index = [&](int64_t i) {
    return arith::ConstantOp::create(b, loc, b.getI64IntegerAttr(i)).getResult();
  };
  Value zero = low.number(0).v;
  Value state[] = {low.v, high.v, zero, zero, key0.v, key1.v};
  auto rounds = scf::ForOp::create(
      b, loc, index(0), index(10), index(1), state,
      [&](OpBuilder &inner, Location loc, Value, ValueRange carried) {
        auto word = [&](unsigned i) { return Int{inner, loc, carried[i]}; };
        auto multiply = [](Int x, uint64_t by) {
          Int wide = x.to(64) * x.to(64).number(by);
          return std::make_pair((wide >> 32).to(32), wide.to(32));
        };
        auto [high0, low0] = multiply(word(0), 0xD2511F53);
        auto [high1, low1] = multiply(word(2), 0xCD9E8D57);
        Int key0 = word(4), key1 = word(5);
        scf::YieldOp::create(inner, loc,
                             {(high1 ^ word(1) ^ key0).v, low1.v, (high0 ^ word(3) ^ key1).v,
                              low0.v, (key0 + key0.number(0x9E3779B9)).v,
                              (key1 + key1.number(0xBB67AE85)).v});
      });
  return {low.with(rounds.getResult(0)), low.with(rounds.getResult(1))};
}

/// (word >> 8) + add, times 2^-24, as f32 or f64.
Value unit(Int word, uint64_t add, Type real) {
  Int k = (word >> 8) + word.number(add);
  Type type = real;
  if (auto vector = dyn_cast<VectorType>(word.v.getType()))
    type = vector.clone(real);
  Attribute scale = word.b->getFloatAttr(real, 0x1p-24);
  if (auto vector = dyn_cast<VectorType>(type))
    scale = DenseElementsAttr::get(vector, scale);
  Value number = arith::SIToFPOp::create(*word.b, word.loc, type, k.v);
  Value factor = arith::ConstantOp::create(*word.b, word.loc, cast<TypedAttr>(scale));
  return arith::MulFOp::create(*word.b, word.loc, number, factor);
}
} // namespace

Element Pull::constantOf(ConstantOp op) {
  auto elements = cast<DenseElementsAttr>(op.getValue());
  assert(elements.isSplat() && "other constants lie in memory");
  Type element = elementOf(op.getType()), type = registerType(element);
  TypedAttr attr;
  if (isa<FloatType>(type)) {
    APFloat number = elements.getSplatValue<APFloat>();
    bool inexact;
    number.convert(cast<FloatType>(type).getFloatSemantics(), APFloat::rmNearestTiesToEven,
                   &inexact);
    attr = builder.getFloatAttr(type, number);
  } else {
    APInt number = elements.getSplatValue<APInt>();
    unsigned bits = type.getIntOrFloatBitWidth();
    attr = builder.getIntegerAttr(type, element.isUnsignedInteger() ? number.zextOrTrunc(bits)
                                                                    : number.sextOrTrunc(bits));
  }
  return at(0, [&] { return Element{arith::ConstantOp::create(builder, loc, attr)}; });
}

Element Pull::random(Operation *op, const Place &place) {
  Type element = elementOf(op->getResult(0).getType());
  auto converted = [&](Element from, Type type) {
    return at(from.scope, [&] {
      Value v = scalar::convert(Lane(builder, loc, type, from.v), element).v;
      return Element{narrow(builder, loc, v, element), from.vector, from.scope};
    });
  };
  if (auto size = dyn_cast<SizeOp>(op))
    return converted({this->size(*SizeExpr::parse(size.getExpr()))}, builder.getI64Type());
  Shape shape = shapeOf(op->getResult(0).getType());
  Element position = materialize(place.linear(shape));
  if (isa<IotaOp>(op)) {
    if (element.isInteger(64))
      return position;
    // Positions fit in 32 bits, whose conversion to numbers is one instruction a vector.
    position.v = at(position.scope, [&] { return Int{builder, loc, position.v}.to(32).v; });
    return converted(position, builder.getI32Type());
  }
  SmallVector<Element> operands;
  unsigned scope = position.scope;
  for (Value operand : op->getOperands()) {
    operands.push_back(get(operand, Place()));
    scope = std::max(scope, operands.back().scope);
  }
  if (isa<FoldKeyOp, FoldInOp>(op))
    return at(scope, [&] {
      Int key{builder, loc, operands[0].v};
      if (auto fold = dyn_cast<FoldKeyOp>(op))
        return Element{mix(key ^ key.number(fnv1a(fold.getPath()))).v, false, scope};
      Type type = elementOf(op->getOperand(1).getType());
      Int turn{builder, loc,
               scalar::convert(Lane(builder, loc, type, operands[1].v), builder.getI64Type()).v};
      return Element{mix(key + key.number(0x9E3779B97F4A7C15) * (turn + turn.number(1))).v, false,
                     scope};
    });
  auto lanes = [&](Value v) { return position.vector ? splat({v, false, scope}).v : v; };
  return at(scope, [&] {
    Int e{builder, loc, position.v}, key{builder, loc, operands[0].v};
    auto [r0, r1] = philox(e.to(32), (e >> 32).to(32), e.with(lanes(key.to(32).v)),
                           e.with(lanes((key >> 32).to(32).v)));
    Element result{{}, position.vector, scope};
    Type real = element.isF64() ? Type(builder.getF64Type()) : builder.getF32Type();
    if (isa<UniformOp>(op)) {
      result.v = unit(r0, 0, real);
    } else if (isa<NormalOp>(op)) {
      using namespace scalar;
      Lane u1(builder, loc, real, unit(r0, 1, real)), turns(builder, loc, real, unit(r1, 0, real));
      auto number = [&](double value) {
        Value v = arith::ConstantOp::create(builder, loc, builder.getFloatAttr(real, value));
        return Lane(builder, loc, real,
                    position.vector
                        ? Value(vector::BroadcastOp::create(builder, loc, vectorOf(real), v))
                        : v);
      };
      result.v = (scalar::sqrt(number(-2) * scalar::log(u1)) *
                  scalar::cos(number(6.283185307179586) * turns))
                     .v;
    } else {
      Type type = elementOf(op->getOperand(1).getType());
      auto wide = [&](Element bound) {
        Value v = scalar::convert(Lane(builder, loc, type, bound.v), builder.getI64Type()).v;
        return Int{builder, loc, v};
      };
      Int low = wide(operands[1]), range = wide(operands[2]) - low;
      Int span = e.with(lanes(range.v)), step = (r0.to(64) * span) >> 32;
      if (element.isInteger(64)) { // numbers of 64 bits are drawn with as many
        Int high = r0.to(64), bits = high * high.number(uint64_t(1) << 32) + r1.to(64);
        step.v = arith::MulUIExtendedOp::create(builder, loc, bits.v, span.v).getHigh();
      }
      Int value = e.with(lanes(low.v)) + step;
      result.v = scalar::convert(Lane(builder, loc, builder.getI64Type(), value.v), element).v;
    }
    result.v = narrow(builder, loc, result.v, element);
    return result;
  });
}

//===-- checks -------------------------------------------------------------------------------===//

Element Pull::checked(CheckedOp op, const Place &place) {
  Element x = get(op.getX(), place);
  if (checkedBefore.contains(op))
    return x;
  Value limit = size(*SizeExpr::parse(op.getLimit()));
  Element inside = at(x.scope, [&] {
    Type type = getElementTypeOrSelf(x.v.getType());
    // No number is below a limit of 0 or less, which sizes can come to.
    Int limits{builder, loc, limit};
    Value bound = arith::MaxSIOp::create(builder, loc, limit, limits.number(0).v);
    if (type != bound.getType()) {
      int64_t most = APInt::getSignedMaxValue(type.getIntOrFloatBitWidth()).getSExtValue();
      bound = arith::MinSIOp::create(builder, loc, bound, limits.number(most).v);
      bound = arith::TruncIOp::create(builder, loc, type, bound);
    }
    bound = x.vector ? splat({bound, false, x.scope}).v : bound;
    return Element{arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::ult, x.v, bound),
                   x.vector, x.scope};
  });
  Element counts = x.vector ? lanesMask() : mask.uniform;
  unsigned scope = std::max(x.scope, counts.scope);
  int64_t message = op->getAttrOfType<IntegerAttr>("message_index").getInt();
  at(scope, [&] {
    Int ok{builder, loc, inside.v};
    Value bad = (ok ^ ok.number(1)).v;
    if (counts.v)
      bad = arith::AndIOp::create(builder, loc, bad, counts.v);
    if (x.vector)
      bad = vector::ReductionOp::create(builder, loc, vector::CombiningKind::OR, bad);
    Value code = constant(1 + message, builder.getI32Type());
    auto branch = scf::IfOp::create(builder, loc, bad, /*withElseRegion=*/false);
    builder.setInsertionPoint(branch.thenBlock()->getTerminator());
    LLVM::AtomicRMWOp::create(builder, loc, LLVM::AtomicBinOp::umax, error, code,
                              LLVM::AtomicOrdering::monotonic);
    return 0;
  });
  Value zero = constant(0, getElementTypeOrSelf(x.v.getType()));
  return choose(inside, x, Element{zero});
}
