//===- PullMemory.cpp - loads and stores of arrays ------------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "codegen/Pull.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace net;

//===-- types --------------------------------------------------------------------------------===//

Type net::registerType(Type element) {
  if (element.isInteger(8))
    return IntegerType::get(element.getContext(), 32);
  if (element.isF16() || element.isBF16())
    return Float32Type::get(element.getContext());
  return element;
}

Type net::memoryType(Type element) {
  if (element.isInteger(1) || element.isInteger(8))
    return IntegerType::get(element.getContext(), 8);
  // To select or store a part of a vector of bf16, LLVM would convert it and call what libgcc 12
  // does not have.
  if (element.isBF16())
    return IntegerType::get(element.getContext(), 16);
  return element;
}

int64_t net::bytesOf(Type element) { return memoryType(element).getIntOrFloatBitWidth() / 8; }

namespace {
/// The type with other elements: a vector of them where `like` is a vector.
Type withElements(Type like, Type element) {
  if (auto vector = dyn_cast<VectorType>(like))
    return vector.clone(element);
  return element;
}
} // namespace

namespace {
/// A number for each lane of a vector like `like`, or a scalar.
Value bitsLike(OpBuilder &b, Location loc, Type like, int32_t bits) {
  return arith::ConstantOp::create(
      b, loc,
      cast<TypedAttr>(isa<VectorType>(like)
                          ? Attribute(DenseElementsAttr::get(cast<ShapedType>(like), bits))
                          : Attribute(b.getI32IntegerAttr(bits))));
}

/// An f32 rounded to nearest even as bf16, which is the upper half of these 32 bits.
Value bfloatBits(OpBuilder &b, Location loc, Value v) {
  Type type = withElements(v.getType(), b.getI32Type());
  auto number = [&](int32_t bits) { return bitsLike(b, loc, type, bits); };
  Value bits = arith::BitcastOp::create(b, loc, type, v);
  Value upper = arith::ShRUIOp::create(b, loc, bits, number(16));
  Value odd = arith::AndIOp::create(b, loc, upper, number(1));
  Value half = arith::AddIOp::create(b, loc, odd, number(0x7fff));
  Value rounded = arith::AddIOp::create(b, loc, bits, half);
  Value isNan = arith::CmpFOp::create(b, loc, arith::CmpFPredicate::UNO, v, v);
  return arith::SelectOp::create(b, loc, isNan, number(0x7fc00000), rounded);
}
} // namespace

Value net::narrow(OpBuilder &b, Location loc, Value v, Type element) {
  Type wide = v.getType();
  if (element.isBF16()) {
    Value bits = bfloatBits(b, loc, v);
    Value kept = arith::AndIOp::create(b, loc, bits, bitsLike(b, loc, bits.getType(), -0x10000));
    return arith::BitcastOp::create(b, loc, wide, kept);
  }
  if (element.isF16()) {
    Value rounded = arith::TruncFOp::create(b, loc, withElements(wide, element), v);
    return arith::ExtFOp::create(b, loc, wide, rounded);
  }
  if (!element.isInteger(8))
    return v;
  Value byte = arith::TruncIOp::create(b, loc, withElements(wide, b.getI8Type()), v);
  if (element.isUnsignedInteger())
    return arith::ExtUIOp::create(b, loc, wide, byte);
  return arith::ExtSIOp::create(b, loc, wide, byte);
}

Value Pull::fromMemory(Value v, Type element) {
  Type type = withElements(v.getType(), registerType(element));
  if (element.isInteger(1)) {
    Value zero = arith::ConstantOp::create(builder, loc, builder.getZeroAttr(v.getType()));
    return arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::ne, v, zero);
  }
  if (element.isUnsignedInteger(8))
    return arith::ExtUIOp::create(builder, loc, type, v);
  if (element.isInteger(8))
    return arith::ExtSIOp::create(builder, loc, type, v);
  if (element.isBF16()) {
    Type word = withElements(type, builder.getI32Type());
    Value bits = arith::ShLIOp::create(builder, loc, arith::ExtUIOp::create(builder, loc, word, v),
                                       bitsLike(builder, loc, word, 16));
    return arith::BitcastOp::create(builder, loc, type, bits);
  }
  if (element.isF16())
    return arith::ExtFOp::create(builder, loc, type, v);
  return v;
}

Value Pull::toMemory(Value v, Type element) {
  Type type = withElements(v.getType(), memoryType(element));
  if (element.isInteger(1))
    return arith::ExtUIOp::create(builder, loc, type, v);
  if (element.isInteger(8))
    return arith::TruncIOp::create(builder, loc, type, v);
  if (element.isBF16()) {
    Value bits = bfloatBits(builder, loc, v);
    Value upper =
        arith::ShRUIOp::create(builder, loc, bits, bitsLike(builder, loc, bits.getType(), 16));
    return arith::TruncIOp::create(builder, loc, type, upper);
  }
  if (element.isF16())
    return arith::TruncFOp::create(builder, loc, type, v);
  return v;
}

//===-- addresses ----------------------------------------------------------------------------===//

Value Pull::address(Value pointer, Type memory, Value offset) {
  Type type = pointer.getType();
  if (isa<VectorType>(offset.getType()))
    type = vectorOf(type);
  return LLVM::GEPOp::create(builder, loc, type, memory, pointer, ArrayRef<LLVM::GEPArg>{offset});
}

Element Pull::load(Value pointer, Type element, const Index &linear, bool here) {
  Type memory = memoryType(element);
  unsigned alignment = bytesOf(element);
  // An element that is the same for all lanes is there if any lane counts.
  if (!hasLanes(linear)) {
    Element offset = materialize(linear);
    if (mask.uniform.v)
      offset = choose(mask.uniform, offset, Element{size(0)});
    offset.scope = here ? depth() : std::max(offset.scope, conditionScope());
    Value v = at(offset.scope, [&] {
      Value at = address(pointer, memory, offset.v);
      return fromMemory(LLVM::LoadOp::create(builder, loc, memory, at, alignment), element);
    });
    return {v, false, offset.scope};
  }
  Element lanes = lanesMask();
  Index first = linear;
  first.lane = SizeExpr(0);
  bool contiguous = linear.lane == SizeExpr(1) && !hasLanes(first);
  Element offset = materialize(contiguous ? first : linear);
  // Where no lane counts, a page that is not there is slow, though nothing comes of it.
  if (contiguous && mask.uniform.v)
    offset = choose(mask.uniform, offset, Element{size(0)});
  unsigned scope = here ? depth() : std::max({offset.scope, lanes.scope, conditionScope()});
  Value v = at(scope, [&] {
    Type type = vectorOf(memory);
    Value at = address(pointer, memory, offset.v);
    if (contiguous && !lanes.v)
      return fromMemory(LLVM::LoadOp::create(builder, loc, type, at, alignment), element);
    Value zero = arith::ConstantOp::create(builder, loc, builder.getZeroAttr(type));
    if (contiguous)
      return fromMemory(LLVM::MaskedLoadOp::create(builder, loc, type, at, lanes.v, zero,
                                                   builder.getI32IntegerAttr(alignment)),
                        element);
    Value all = lanes.v;
    if (!all)
      all = arith::ConstantOp::create(
          builder, loc,
          DenseElementsAttr::get(cast<ShapedType>(vectorOf(builder.getI1Type())), true));
    return fromMemory(LLVM::masked_gather::create(builder, loc, type, at, all, zero,
                                                  builder.getI32IntegerAttr(alignment)),
                      element);
  });
  return {v, true, scope};
}

Element Pull::reload(Value output, const Place &place) {
  Index linear = place.linear(shapeOf(output.getType()));
  accesses.push_back({output, linear, false, false, partOf(linear)});
  return load(arrays.lookup(output), elementOf(output.getType()), linear, /*here=*/true);
}

/// The number of a constant mask's lanes, if these are the first; else 0.
static int64_t prefixOf(Value mask) {
  DenseElementsAttr lanes;
  if (!matchPattern(mask, m_Constant(&lanes)))
    return 0;
  auto set = llvm::to_vector(lanes.getValues<bool>());
  int64_t count = llvm::count(set, true);
  return llvm::all_of(ArrayRef(set).take_front(count), [](bool lane) { return lane; }) ? count : 0;
}

void net::storeLanes(OpBuilder &b, Location loc, Value v, Value at, Value mask,
                     unsigned alignment) {
  auto type = cast<VectorType>(v.getType());
  int64_t count = prefixOf(mask), first = 0;
  // A masked store is slow where masks are no registers of their own: halves, quarters, .. of the
  // vector are stored instead.
  if (count == 0 || type.getNumElements() > 8 ||
      type.getNumElements() * type.getElementTypeBitWidth() > 256) {
    LLVM::MaskedStoreOp::create(b, loc, v, at, mask, b.getI32IntegerAttr(alignment));
    return;
  }
  for (int64_t lanes = type.getNumElements(); lanes > 0; lanes /= 2) {
    if ((count & lanes) == 0)
      continue;
    auto steps = llvm::to_vector(llvm::seq(first, first + lanes));
    Value part = lanes == 1 ? Value(vector::ExtractOp::create(b, loc, v, ArrayRef<int64_t>{first}))
                            : vector::ShuffleOp::create(b, loc, v, v, ArrayRef<int64_t>(steps));
    Value to = LLVM::GEPOp::create(b, loc, at.getType(), type.getElementType(), at,
                                   ArrayRef<LLVM::GEPArg>{static_cast<int32_t>(first)});
    LLVM::StoreOp::create(b, loc, part, to, alignment);
    first += lanes;
  }
}

void Pull::store(Value output, const Place &place, Element value) {
  Type element = elementOf(output.getType());
  Index linear = place.linear(shapeOf(output.getType()));
  accesses.push_back({output, linear, /*store=*/true, false, partOf(linear)});
  Type memory = memoryType(element);
  unsigned alignment = bytesOf(element);
  Value pointer = arrays.lookup(output);
  assert(pointer && "an output without memory");
  if (!hasLanes(linear)) {
    assert(!value.vector && "lanes that go to one place");
    auto emit = [&] {
      Value at = address(pointer, memory, materialize(linear).v);
      LLVM::StoreOp::create(builder, loc, toMemory(value.v, element), at, alignment);
    };
    return mask.uniform.v ? when(mask.uniform.v, emit) : emit();
  }
  Value v = toMemory(splat(value).v, element);
  Index first = linear;
  first.lane = SizeExpr(0);
  bool contiguous = linear.lane == SizeExpr(1) && !hasLanes(first);
  Value at = address(pointer, memory, materialize(contiguous ? first : linear).v);
  Value lanes = lanesMask().v;
  if (contiguous && !lanes) {
    LLVM::StoreOp::create(builder, loc, v, at, alignment);
    return;
  }
  if (contiguous) {
    storeLanes(builder, loc, v, at, lanes, alignment);
    return;
  }
  if (!lanes)
    lanes = arith::ConstantOp::create(
        builder, loc,
        DenseElementsAttr::get(cast<ShapedType>(vectorOf(builder.getI1Type())), true));
  LLVM::masked_scatter::create(builder, loc, v, at, lanes, builder.getI32IntegerAttr(alignment));
}
