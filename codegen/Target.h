//===- Target.h - what code generation knows of a processor -----*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef NETC_CODEGEN_TARGET_H
#define NETC_CODEGEN_TARGET_H

#include <cstdint>

namespace net {

/// A processor, as far as the shape of loops depends on it. Sizes in bytes.
struct Target {
  int64_t vectorBytes = 64; ///< 64 for AVX-512, 32 for AVX2
  int64_t registers = 32;   ///< vector registers
  int64_t l1 = 32 << 10;
  int64_t l2 = 512 << 10;
  int64_t l3 = 32 << 20;
  /// Vector instructions under which a second thread does not pay for its barrier: some
  /// microseconds. Results do not depend on it.
  int64_t workOfOneThread = 20000;

  /// Lanes of f32 in one vector: the width in which every kernel counts.
  int64_t lanes() const { return vectorBytes / 4; }

  static Target avx512() { return {64, 32, 48 << 10, 1 << 20, 32 << 20, 20000}; }
  static Target avx2() { return {32, 16, 32 << 10, 512 << 10, 32 << 20, 20000}; }
};

} // namespace net
#endif // NETC_CODEGEN_TARGET_H
