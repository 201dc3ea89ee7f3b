//===- EvaluateRandom.cpp - counter-based random numbers ------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Philox4x32-10 of the element's number, under a key that splitmix64's finalizer mixes
// from the seed and the names and turns on the way to the operation.
//
//===----------------------------------------------------------------------===//
#include "ir/Evaluation.h"
#include "llvm/ADT/TypeSwitch.h"

#include <cmath>

using namespace mlir;
using namespace net;

std::array<uint32_t, 4> net::philox(std::array<uint32_t, 4> c, std::array<uint32_t, 2> key) {
  for (int round = 0; round < 10; ++round) {
    uint64_t first = uint64_t(0xD2511F53) * c[0], second = uint64_t(0xCD9E8D57) * c[2];
    auto high = [](uint64_t x) { return static_cast<uint32_t>(x >> 32); };
    auto low = [](uint64_t x) { return static_cast<uint32_t>(x); };
    c = {high(second) ^ c[1] ^ key[0], low(second), high(first) ^ c[3] ^ key[1], low(first)};
    key[0] += 0x9E3779B9; // the golden ratio
    key[1] += 0xBB67AE85; // the square root of 3
  }
  return c;
}

namespace {
uint64_t mix(uint64_t z) {
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
  return z ^ (z >> 31);
}

uint64_t fnv1a(StringRef text) {
  uint64_t hash = 0xCBF29CE484222325;
  for (char c : text)
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3;
  return hash;
}

uint64_t keyOf(const Evaluation &e) { return static_cast<uint64_t>(e.in[0]->wholes[0]); }

std::array<uint32_t, 4> words(const Evaluation &e, uint64_t element) {
  uint64_t key = keyOf(e);
  return philox({static_cast<uint32_t>(element), static_cast<uint32_t>(element >> 32), 0, 0},
                {static_cast<uint32_t>(key), static_cast<uint32_t>(key >> 32)});
}

double uniform(std::array<uint32_t, 4> r) { return (r[0] >> 8) * 0x1p-24; }

/// Box and Muller (1958); u1 is never 0.
double normal(std::array<uint32_t, 4> r) {
  const double twoPi = 6.28318530717958647692;
  double u1 = ((r[0] >> 8) + 1) * 0x1p-24, u2 = (r[1] >> 8) * 0x1p-24;
  return std::sqrt(-2 * std::log(u1)) * std::cos(twoPi * u2);
}

int64_t whole(const Array &x) {
  return x.isReal() ? static_cast<int64_t>(x.values[0]) : x.wholes[0];
}

/// The part of `span` that a draw has of its range: of 32 bits, or of 64 where the numbers have
/// them.
void randomWhole(Evaluation &e) {
  int64_t low = whole(*e.in[1]), high = whole(*e.in[2]);
  auto span = static_cast<uint64_t>(high) - static_cast<uint64_t>(low);
  bool isWide = e.out.element.isInteger(64);
  for (size_t i = 0; i < e.out.size(); ++i) {
    auto draw = words(e, i);
    uint64_t step = (draw[0] * span) >> 32;
    if (isWide) {
      uint64_t bits = uint64_t(draw[0]) << 32 | draw[1];
      step = static_cast<uint64_t>((static_cast<unsigned __int128>(bits) * span) >> 64);
    }
    int64_t number = static_cast<int64_t>(static_cast<uint64_t>(low) + step);
    if (e.out.isReal())
      e.out.values[i] = static_cast<double>(number);
    else
      e.out.wholes[i] = wrapTo(e.out.element, number);
  }
}
} // namespace

bool net::evaluateRandom(Evaluation &e) {
  bool known = true;
  llvm::TypeSwitch<Operation *>(e.op)
      .Case<FoldKeyOp>([&](FoldKeyOp op) {
        e.out.wholes[0] = static_cast<int64_t>(mix(keyOf(e) ^ fnv1a(op.getPath())));
      })
      .Case<FoldInOp>([&](auto) {
        uint64_t turn = static_cast<uint64_t>(whole(*e.in[1])) + 1;
        e.out.wholes[0] = static_cast<int64_t>(mix(keyOf(e) + 0x9E3779B97F4A7C15 * turn));
      })
      .Case<UniformOp>([&](auto) {
        for (size_t i = 0; i < e.out.size(); ++i)
          e.out.set(i, uniform(words(e, i)));
      })
      .Case<NormalOp>([&](auto) {
        for (size_t i = 0; i < e.out.size(); ++i)
          e.out.set(i, normal(words(e, i)));
      })
      .Case<RandIntOp>([&](auto) { randomWhole(e); })
      .Default([&](Operation *) { known = false; });
  return known;
}
