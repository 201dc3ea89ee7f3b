//===- Product.h - register-blocked products --------------------*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef NETC_CODEGEN_PRODUCT_H
#define NETC_CODEGEN_PRODUCT_H

#include "codegen/KernelContext.h"

namespace net {

/// Products of floating-point arrays in tiles that stay in registers. Null: plain loops do as well.
std::unique_ptr<KernelEmitter> createProductEmitter(const KernelInfo &info);

} // namespace net
#endif // NETC_CODEGEN_PRODUCT_H
