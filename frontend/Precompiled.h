//===- Precompiled.h - headers that most files of the front end use *- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Compiled once, for time alone: every file includes what it uses all the same.
//
//===----------------------------------------------------------------------===//
#ifndef NETC_FRONTEND_PRECOMPILED_H
#define NETC_FRONTEND_PRECOMPILED_H

#include "frontend/Builtins.h"
#include "frontend/ElaboratorImpl.h"
#include "frontend/Emit.h"
#include "ir/Precompiled.h"

#endif // NETC_FRONTEND_PRECOMPILED_H
