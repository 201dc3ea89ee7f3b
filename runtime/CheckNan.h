//===- CheckNan.h - where a number stopped being one ------------*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef NETC_RUNTIME_CHECKNAN_H
#define NETC_RUNTIME_CHECKNAN_H

#include "runtime/Call.h"
#include "runtime/Json.h"

namespace netrt {

/// The values of an entry compiled with --check-nan.
void readChecks(const Json &json, EntryDecl &entry);

/// After a run of an entry compiled with --check-nan: if a result is not finite, throws an Error
/// that names the first operation that it comes from, and what its inputs were like.
void checkFinite(const Call &call);

} // namespace netrt
#endif // NETC_RUNTIME_CHECKNAN_H
