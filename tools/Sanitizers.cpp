//===- Sanitizers.cpp - what the sanitizers are told in sanitized builds --===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

/// LLVM's library is not sanitized: it takes memory from arenas without saying so, which our half,
/// made from its headers, has told the sanitizer not to touch.
extern "C" const char *__asan_default_options() { return "allow_user_poisoning=0"; }
