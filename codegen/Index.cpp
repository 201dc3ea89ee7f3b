//===- Index.cpp - where an element is, symbolically ----------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "codegen/Index.h"

using namespace net;

Index Index::variable(unsigned number) {
  Index index;
  index.terms[number] = SizeExpr(1);
  return index;
}

Index Index::lanes() {
  Index index;
  index.lane = SizeExpr(1);
  return index;
}

Index Index::operator+(const Index &other) const {
  Index sum = *this;
  sum.constant = sum.constant + other.constant;
  sum.lane = sum.lane + other.lane;
  for (const auto &[number, coefficient] : other.terms) {
    SizeExpr &slot = sum.terms[number];
    slot = slot + coefficient;
    if (slot == SizeExpr(0))
      sum.terms.erase(number);
  }
  return sum;
}

Index Index::operator-(const Index &other) const { return *this + other * SizeExpr(-1); }

Index Index::operator*(const SizeExpr &factor) const {
  Index product;
  if (factor == SizeExpr(0))
    return product;
  product.constant = constant * factor;
  product.lane = lane * factor;
  for (const auto &[number, coefficient] : terms)
    product.terms[number] = coefficient * factor;
  return product;
}

bool Index::operator==(const Index &other) const {
  return constant == other.constant && lane == other.lane && terms == other.terms;
}

std::string Index::key() const {
  std::string text = constant.str();
  for (const auto &[number, coefficient] : terms)
    text += "+" + coefficient.str() + "v" + std::to_string(number);
  if (lane != SizeExpr(0))
    text += "+" + lane.str() + "l";
  return text;
}

//===-- Place --------------------------------------------------------------------------------===//

Place::Place(llvm::ArrayRef<Index> axes) {
  for (const Index &index : axes)
    groups.push_back({1, index});
}

Place Place::flat(const Index &index, unsigned rank) {
  Place place;
  if (rank)
    place.groups.push_back({rank, index});
  return place;
}

std::string Place::key() const {
  std::string text;
  for (const Group &group : groups)
    text += "[" + std::to_string(group.axes) + ":" + group.index.key() + "]";
  return text;
}

llvm::SmallVector<SizeExpr> net::stridesOf(const Shape &shape) {
  llvm::SmallVector<SizeExpr> strides(shape.size(), SizeExpr(1));
  for (size_t i = shape.size(); i-- > 1;)
    strides[i - 1] = strides[i] * shape[i];
  return strides;
}

SizeExpr net::elementsOf(const Shape &shape, unsigned first, unsigned axes) {
  SizeExpr product(1);
  for (unsigned i = first; i < first + axes; ++i)
    product = product * shape[i];
  return product;
}

Index Place::linear(const Shape &shape) const {
  auto strides = stridesOf(shape);
  Index sum;
  unsigned axis = 0;
  for (const Group &group : groups) {
    axis += group.axes;
    sum = sum + group.index * strides[axis - 1];
  }
  return sum;
}

bool net::divides(const SizeExpr &a, const SizeExpr &b) {
  return a.isValid() && a != SizeExpr(0) && b.floorDiv(a) * a == b;
}

Shape net::factored(const SizeExpr &elements, llvm::ArrayRef<SizeExpr> cuts) {
  // A chain, each dividing the next: the first that fits between those taken is taken.
  std::vector<SizeExpr> chain = {SizeExpr(1), elements};
  for (const SizeExpr &cut : cuts)
    for (size_t i = 1; i < chain.size(); ++i) {
      if (cut == chain[i - 1] || cut == chain[i])
        break;
      if (divides(chain[i - 1], cut) && divides(cut, chain[i])) {
        chain.insert(chain.begin() + i, cut);
        break;
      }
    }
  Shape shape;
  for (size_t i = chain.size(); i-- > 1;)
    shape.push_back(chain[i].floorDiv(chain[i - 1]));
  return shape;
}

Place Place::reshaped(const Shape &from, const Shape &to) const {
  if (from == to)
    return *this;
  const SizeExpr one(1), none(0);
  // An empty array has no element whose place could matter.
  if (product(to) == none)
    return Place(llvm::SmallVector<Index>(to.size()));
  // Sizes of the groups; axes of size 1 say nothing.
  llvm::SmallVector<SizeExpr> sizes;
  unsigned axis = 0;
  for (const Group &group : groups) {
    SizeExpr size(1);
    for (unsigned i = 0; i < group.axes; ++i)
      size = size * from[axis++];
    sizes.push_back(size);
  }
  Place result;
  size_t i = 0, j = 0;
  auto units = [&] {
    for (; j < to.size() && to[j] == one; ++j)
      result.groups.push_back({1, Index()});
    while (i < groups.size() && sizes[i] == one)
      ++i;
  };
  for (units(); i < groups.size() && j < to.size(); units()) {
    // The smallest runs of groups and axes with as many elements.
    size_t i0 = i, j0 = j;
    SizeExpr left = sizes[i++], right = to[j++];
    while (left != right) {
      bool moreRight = j < to.size() && (i == groups.size() || divides(right, left));
      if (moreRight)
        right = right * to[j++];
      else if (i < groups.size())
        left = left * sizes[i++];
      else
        break;
    }
    Index index;
    SizeExpr stride(1);
    for (size_t k = i; k-- > i0; stride = stride * sizes[k])
      index = index + groups[k].index * stride;
    result.groups.push_back({static_cast<unsigned>(j - j0), index});
  }
  return result;
}
