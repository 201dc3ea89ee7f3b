//===- CheckProgram.h - all gradients of a program --------------*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The point at which the gradients of an entry are checked: variables as the program's
// `init` entries make them, a few rows of data. Integers that the program checks
// (`net.checked`: labels, positions) are drawn within the limit.
//
//===----------------------------------------------------------------------===//
#ifndef NETC_TOOLS_CHECKPROGRAM_H
#define NETC_TOOLS_CHECKPROGRAM_H

#include "tools/CheckGrad.h"

namespace net {

/// Arrays by the names that arguments have: `LeNet.conv2d_1.W`, `image`, `Iris.train.x`.
using NamedArrays = std::map<std::string, Array>;

struct CheckProgramOptions {
  CheckGradOptions grad;
  /// In place of what would be drawn: values of a checkpoint, real rows. Used where the type fits.
  NamedArrays given;
  /// Parameters are moved by up to this, away from the zeros and ties that they begin with.
  double move = 0.05;
};

struct EntryReport {
  std::string entry;
  SizeValues sizes; ///< at which it was checked
  GradCheckReport report;
};

/// Values of an entry's named sizes, as small as its types allow (4 where they do). `fixed` are
/// kept. An error if no values up to 64 make all of the entry's sizes positive.
llvm::Expected<SizeValues> smallSizes(mlir::func::FuncOp entry, SizeValues fixed = {});

/// Checks each entry that has gradients. `module` is in the phase before `grad`.
llvm::Expected<std::vector<EntryReport>> checkProgram(mlir::ModuleOp module,
                                                      const CheckProgramOptions &options = {});

/// Prints a table an entry and a line of conclusion; true if all is right.
bool print(llvm::ArrayRef<EntryReport> reports, llvm::raw_ostream &out);

} // namespace net
#endif // NETC_TOOLS_CHECKPROGRAM_H
