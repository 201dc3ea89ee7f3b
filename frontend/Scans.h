//===- Scans.h - scan, in one of two ways -----------------------*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef NETC_FRONTEND_SCANS_H
#define NETC_FRONTEND_SCANS_H

#include "frontend/Elaborator.h"

namespace net {

/// What a scan runs along, and what it carries.
struct ScanInputs {
  struct Sequence {
    Value value;
    mlir::Value tensor; ///< null: a range or a list
    int64_t axis = 0;
    SizeExpr length;
  };
  std::vector<Sequence> sequences; ///< one at least, all of one length
  bool isZipped = false;           ///< the pattern takes a tuple
  std::vector<std::pair<std::string, Value>> carries;

  const SizeExpr &length() const { return sequences[0].length; }
  /// Where the kept values of the turns have their axis.
  int64_t position() const { return sequences[0].tensor ? sequences[0].axis : 0; }
};

/// The statements of a turn, however turns are made.
class ScanBody {
public:
  ScanBody(Elaborator &e, const ast::Scan &scan, Env &env, const ScanInputs &inputs)
      : e(e), scan(scan), env(env), inputs(inputs) {}

protected:
  virtual ~ScanBody() = default;
  /// `next name = value`; false after a diagnostic. A name that is not carried gives nothing.
  virtual std::optional<bool> carry(const std::string &name, const Value &value, Env &turn) = 0;
  /// `emit`, one part of its value at a time.
  virtual bool keep(const Value &part, Env &turn) = 0;
  virtual void executed(const ast::Stmt &stmt, Env &turn) {}

  /// Runs all statements, until something has failed.
  void run(const std::vector<Value> &elements, Env &turn);
  /// The values of the scan: those emitted, then the last carries.
  Value tupleOf(std::vector<Value> parts);
  Value choose(const Value &condition, const Value &a, const Value &b, Env &turn);
  bool cannotBecome(const std::string &carry, const Value &before, const Value &now);
  /// What a carry of this type is next; null after a diagnostic.
  mlir::Value asCarry(const std::string &carry, const Value &before, const Value &now,
                      mlir::RankedTensorType type, Env &turn);
  bool fail() {
    failed = true;
    return false;
  }

  Elaborator &e;
  const ast::Scan &scan;
  Env &env;
  const ScanInputs &inputs;
  bool failed = false;
  std::optional<Value> done; ///< whether a `stop when` has been true, if there was one

private:
  void statement(const ast::Stmt &stmt, Env &turn);
  void rebind(const ast::Pattern &pattern, const Value &value, Env &turn);
  void stopWhen(const ast::Stop &stop, Env &turn);
};

/// The body once, as the region of a `net.scan`: a counter of turns is a tensor, a number that is
/// carried too, and what the body sets is carried besides. Poison after a diagnostic.
Value scanAsLoop(Elaborator &e, const ast::Scan &scan, Env &env, const ScanInputs &inputs);

} // namespace net
#endif // NETC_FRONTEND_SCANS_H
