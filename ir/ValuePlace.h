//===- ValuePlace.h - where a program computes a value ----------*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef NETC_IR_VALUEPLACE_H
#define NETC_IR_VALUEPLACE_H

#include "mlir/IR/Value.h"
#include <string>

namespace net {

/// What people call a value, and the line of their program that it comes from.
struct ValuePlace {
  std::string name; ///< `Net.lstm_1.cell.i`, or with the operation's name at the end
  std::string file; ///< of the program, not of the library; empty if that is not known
  unsigned line = 0;
};

/// From locations. What a scan keeps, or a kernel gives, is described by what computes it.
ValuePlace placeOf(mlir::Value value);

} // namespace net
#endif // NETC_IR_VALUEPLACE_H
