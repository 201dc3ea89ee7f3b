//===- CallBackward.h - derivatives of functions -----------------*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A call's derivative is a call. A function becomes two (Pearlmutter and Siskind, Reverse-mode AD
// in a functional framework, 2008): `f.forward` gives what f does and what its derivative reads of
// the inside, the residuals; `f.adjoint` gives cotangents of arguments from those of results. So a
// layer is differentiated once, however often it stands in a network, and a gradient is still
// a program in functions.
//
//===----------------------------------------------------------------------===//
#ifndef NETC_PASSES_CALLBACKWARD_H
#define NETC_PASSES_CALLBACKWARD_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/SymbolTable.h"
#include "passes/Backward.h"
#include "llvm/ADT/SmallBitVector.h"
#include <map>

namespace net {

/// What is known of a call: which arguments are active, and the adjoint of each result.
struct CallPattern {
  llvm::SmallVector<bool> active;
  llvm::SmallVector<bool> unbounded;  ///< arguments behind which a derivative may be infinite
  llvm::SmallVector<Adjoint> results; ///< without contributions
  llvm::SmallVector<bool> supported;  ///< results whose cotangent's support is given too
  std::string key() const;
  /// The same for a function from which no support comes out.
  CallPattern bounded() const;
};

/// The two functions that a call with derivative becomes.
struct CallDerivative {
  mlir::func::FuncOp forward; ///< the callee itself if there is no residual
  mlir::func::FuncOp adjoint; ///< null if no argument gets a cotangent
  /// What the adjoint takes before the cotangents: arguments of the callee by number, then results
  /// of `forward`, also by number.
  llvm::SmallVector<unsigned> argumentsRead, resultsRead;
  llvm::SmallVector<unsigned> cotangents; ///< the results whose cotangents come then
  llvm::SmallVector<unsigned> supports;   ///< and those whose cotangents' supports come last
  llvm::SmallVector<std::string> names;   ///< of the results of `forward`
  llvm::SmallVector<Adjoint> arguments;   ///< of the callee; the adjoint gives each that is a value
  /// Per argument, where its cotangent's support is: -1: there is none; i: given as the i-th one;
  /// beyond these: among what the adjoint gives behind the cotangents.
  llvm::SmallVector<int> argumentSupports;
};

/// Which ways lead from a result through elementwise operations only: whether one passes an
/// operation whose derivative may be infinite, and to which arguments they lead.
struct ElementwiseWays {
  bool unbounded = false;
  llvm::SmallBitVector arguments;
};

/// The derivatives of a module's functions, each made once.
class Functions {
public:
  explicit Functions(mlir::ModuleOp module) : module(module), symbols(module) {}

  mlir::func::FuncOp calleeOf(CallOp call) {
    return symbols.lookup<mlir::func::FuncOp>(call.getCallee());
  }
  /// The function whose results the first ones of this one are, with the same arguments: a
  /// forward function's is the one it was made of.
  mlir::func::FuncOp origin(mlir::func::FuncOp function) const {
    auto found = origins.find(function);
    return found == origins.end() ? function : mlir::func::FuncOp(found->second);
  }
  llvm::FailureOr<const CallDerivative *> derivative(mlir::func::FuncOp callee,
                                                     const CallPattern &pattern);
  const ElementwiseWays &waysOf(mlir::func::FuncOp callee, unsigned result);

private:
  mlir::func::FuncOp add(mlir::func::FuncOp function, const llvm::Twine &name);

  mlir::ModuleOp module;
  mlir::SymbolTable symbols;
  std::map<std::pair<mlir::Operation *, std::string>, CallDerivative> made;
  llvm::DenseMap<mlir::Operation *, mlir::func::FuncOp> origins;
  std::map<std::pair<mlir::Operation *, unsigned>, ElementwiseWays> ways;
};

} // namespace net
#endif // NETC_PASSES_CALLBACKWARD_H
