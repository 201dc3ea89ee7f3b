//===- Frame.h - the function that operations are being added to -*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A frame is one func.func under construction. What is behind a parameter
// depends on the kind of function: a layer takes it as an argument and tells its
// callers; an entry takes it from the context, by its full path.
//
//===----------------------------------------------------------------------===//
#ifndef NETC_FRONTEND_FRAME_H
#define NETC_FRONTEND_FRAME_H

#include "frontend/Value.h"
#include "mlir/IR/Builders.h"

namespace net {

/// The initial value of a parameter or state, evaluated where the init entry wants it.
struct Initial {
  const ast::Expr *expr = nullptr; ///< null: zeros
  std::shared_ptr<Scope> scope;    ///< the names it may use: sizes and static values
  bool ofType = false;             ///< `~ f(a)`: means f(type, a); else the value itself
};

/// Something with an identity that outlives a call: what a function needs besides its arguments.
struct Slot {
  enum class Kind {
    Param,
    State,
    Constant, ///< a `let` of a file that is an array: computed once, like a state nobody sets
    Column,   ///< a whole column of a data set: `Iris.train.x`
  };
  Kind kind = Kind::Param;
  std::shared_ptr<Instance> instance; ///< whose it is; null: it belongs to the frame itself
  std::string path;                   ///< within the instance; whole for Constant and Column
  mlir::RankedTensorType type;
  Initial initial;
  std::string layer; ///< name of the declaration that holds it: `dense`
  SourceRange range;
};

class Frame {
public:
  Frame(mlir::MLIRContext *context, bool training);
  virtual ~Frame();
  Frame(const Frame &) = delete;
  Frame &operator=(const Frame &) = delete;

  /// The value of a parameter, state, constant or column here and now.
  virtual mlir::Value read(const Slot &slot) = 0;
  /// `set`: what later reads see. Outside of training functions drop it.
  virtual void write(const Slot &slot, mlir::Value value) = 0;
  /// The random key of this function, tensor<i64>.
  virtual mlir::Value key() = 0;
  /// The function, for checks that a value belongs to it.
  virtual mlir::Region *region() = 0;

  /// `dense_1`, `dense_2`: names for instances, random call sites, optimizers, one counter a kind.
  std::string numbered(llvm::StringRef kind);
  /// The name as it stands, or with `_2` and so on if it is taken.
  std::string unique(llvm::StringRef name);

  /// The slot of a callee as this frame sees it. `callee`: the instance that was called, null for a fn.
  Slot seenFrom(const Slot &slot, const std::shared_ptr<Instance> &callee) const;
  /// `LeNet.conv2d_1.W`: the full path of a slot, where this frame's own ones begin with `root`.
  std::string fullPath(const Slot &slot, llvm::StringRef root) const;

  const int id; ///< unique in the process: owner of instances made here
  mlir::OpBuilder builder;
  bool training;
  int depth = 0; ///< of calls; bounds recursion

private:
  llvm::StringMap<int> counters;
};

} // namespace net
#endif // NETC_FRONTEND_FRAME_H
