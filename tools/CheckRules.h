//===- CheckRules.h - derivatives that a program gives ----------*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// `derivative f(x) given dy` says what the compiler takes as f's derivative. Here it
// is compared with dual numbers of f's body, in f64, at random points of several
// shapes; and it has to be linear in dy, or transposing it means nothing. Rules that
// are declared as surrogates are not compared.
//
//===----------------------------------------------------------------------===//
#ifndef NETC_TOOLS_CHECKRULES_H
#define NETC_TOOLS_CHECKRULES_H

#include "ir/Interpreter.h"
#include "mlir/IR/BuiltinOps.h"

namespace net {

/// A derivative that is not its function's.
struct RuleFault {
  std::string place; ///< of the rule: `file:line:column`
  std::string what;  ///< names the function, the argument, what is expected and what was found
};

struct RuleReport {
  std::vector<RuleFault> faults;    ///< one a rule
  std::vector<RuleFault> unchecked; ///< whose function has no finite value at the points drawn
  int checked = 0;                  ///< functions, one for each kind of call
  int surrogates = 0;
};

/// `module` is in the phase `net`, and is not changed. Errors are of the passes and the
/// interpreter.
llvm::Expected<RuleReport> checkRules(mlir::ModuleOp module, uint64_t seed = 0);

/// A line for each fault. True if there is none.
bool print(const RuleReport &report, llvm::raw_ostream &out);

} // namespace net
#endif // NETC_TOOLS_CHECKRULES_H
