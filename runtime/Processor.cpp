//===- Processor.cpp - what code needs, and what the machine has ----------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "runtime/Processor.h"

#include "runtime/Error.h"

#include <algorithm>

namespace netrt {

bool processorHas(const std::string &feature) {
#if defined(__x86_64__)
  // The compiler's builtin takes literals only.
#define NETRT_FEATURE(name)                                                                        \
  if (feature == name)                                                                             \
    return __builtin_cpu_supports(name);
  NETRT_FEATURE("avx2")
  NETRT_FEATURE("fma")
  NETRT_FEATURE("bmi")
  NETRT_FEATURE("bmi2")
  NETRT_FEATURE("avx512f")
  NETRT_FEATURE("avx512bw")
  NETRT_FEATURE("avx512cd")
  NETRT_FEATURE("avx512dq")
  NETRT_FEATURE("avx512vl")
  NETRT_FEATURE("avx512vbmi")
  NETRT_FEATURE("avx512vbmi2")
  NETRT_FEATURE("avx512vnni")
  NETRT_FEATURE("avx512bf16")
#undef NETRT_FEATURE
#endif
  return false;
}

bool processorHasAll(const std::vector<std::string> &needs) {
  return std::all_of(needs.begin(), needs.end(), processorHas);
}

void checkProcessor(const std::vector<std::string> &needs) {
  for (const std::string &feature : needs)
    if (!processorHas(feature))
      failUsage(
          "this processor has no %s, which the program was compiled for; compile it here, or with "
          "netc -march=x86-64-v3",
          feature.c_str());
}

} // namespace netrt
