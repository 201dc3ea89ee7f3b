//===- Random.cpp - Philox, key folding, permutations ---------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "runtime/Random.h"

#include <utility>

namespace netrt {

Philox philox(Philox c, uint32_t key0, uint32_t key1) {
  for (int round = 0; round < 10; ++round) {
    uint64_t a = uint64_t(0xD2511F53) * c[0], b = uint64_t(0xCD9E8D57) * c[2];
    c = {uint32_t(b >> 32) ^ c[1] ^ key0, uint32_t(b), uint32_t(a >> 32) ^ c[3] ^ key1,
         uint32_t(a)};
    key0 += 0x9E3779B9;
    key1 += 0xBB67AE85;
  }
  return c;
}

Philox philox(uint64_t key, uint64_t element) {
  return philox({uint32_t(element), uint32_t(element >> 32), 0, 0}, uint32_t(key),
                uint32_t(key >> 32));
}

uint64_t mix(uint64_t z) {
  z ^= z >> 30;
  z *= 0xBF58476D1CE4E5B9;
  z ^= z >> 27;
  z *= 0x94D049BB133111EB;
  return z ^ z >> 31;
}

uint64_t fnv1a64(std::string_view text) {
  uint64_t hash = 0xCBF29CE484222325;
  for (unsigned char c : text)
    hash = (hash ^ c) * 0x100000001B3;
  return hash;
}

uint64_t foldKey(uint64_t key, std::string_view path) { return mix(key ^ fnv1a64(path)); }

uint64_t foldIn(uint64_t key, uint64_t index) {
  return mix(key + 0x9E3779B97F4A7C15 * (index + 1));
}

__extension__ using Wide = unsigned __int128;

void permute(uint64_t key, int64_t *order, int64_t count) {
  for (int64_t i = 0; i < count; ++i)
    order[i] = i;
  for (int64_t i = count - 1; i > 0; --i) {
    Philox r = philox(key, i);
    // 64 random bits times the range, high half: the bias is below 2^-64 * count.
    auto wide = static_cast<Wide>(uint64_t(r[1]) << 32 | r[0]) * static_cast<Wide>(i + 1);
    std::swap(order[i], order[static_cast<int64_t>(wide >> 64)]);
  }
}

} // namespace netrt
