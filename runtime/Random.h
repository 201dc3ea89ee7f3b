//===- Random.h - keys and counter-based random numbers ---------*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The generator is Philox4x32-10 of Salmon, Moraes, Dror and Shaw, "Parallel
// random numbers: as easy as 1, 2, 3" (2011). The runtime needs it for keys and
// shuffles; generated code has its own copy with the same definition.
//
//===----------------------------------------------------------------------===//
#ifndef NETC_RUNTIME_RANDOM_H
#define NETC_RUNTIME_RANDOM_H

#include <array>
#include <cstdint>
#include <string_view>

namespace netrt {

using Philox = std::array<uint32_t, 4>;

/// Ten rounds on a counter of four words under a key of two.
Philox philox(Philox counter, uint32_t key0, uint32_t key1);
/// The numbers of element `element` under `key`: counter (lo, hi, 0, 0), key (lo, hi).
Philox philox(uint64_t key, uint64_t element);

/// The finalizer of splitmix64: a bijection of 64 bits.
uint64_t mix(uint64_t z);
/// The key of a named place below `key`: mix(key ^ fnv1a64(path)).
uint64_t foldKey(uint64_t key, std::string_view path);
/// The key of turn `index` below `key`.
uint64_t foldIn(uint64_t key, uint64_t index);
uint64_t fnv1a64(std::string_view text);

/// Fills `order` with a permutation of 0..count-1 that depends on `key` alone (Fisher and Yates,
/// swap i drawn by counter i).
void permute(uint64_t key, int64_t *order, int64_t count);

} // namespace netrt
#endif // NETC_RUNTIME_RANDOM_H
