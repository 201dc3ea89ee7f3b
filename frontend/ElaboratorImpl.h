//===- ElaboratorImpl.h - what the elaborator keeps to itself ----*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef NETC_FRONTEND_ELABORATORIMPL_H
#define NETC_FRONTEND_ELABORATORIMPL_H

#include "frontend/Elaborator.h"

namespace net {

/// Adds the names after every `.` of a declaration.
void collectMembers(const ast::Decl &decl, std::set<std::string> &names);

/// Does a function, or its own derivative, take a gradient by what it calls this parameter? Then a
/// number that is known has to be a value there.
bool takesGradientBy(const ast::Parameter &parameter, const Template &what);

/// What a signature's sizes mean becomes known in the body.
void defineSizes(const Sizes &sizes, Scope &scope);

/// The body of a layer, network or fn: what it lacks becomes an argument.
class FunctionFrame : public Frame {
public:
  FunctionFrame(Specialization &target, bool training, bool isFn);

  mlir::Value key() override;
  bool isKey(mlir::Value value) const override {
    return keyPlaceholder && value.getDefiningOp() == keyPlaceholder;
  }
  void declared(const Slot &slot) override;
  bool mayInstantiate() const override { return !isFn; }

  /// The key comes last: until then an operation stands for it.
  void finishKey();
  /// What was set here, in the order of the first `set`.
  std::vector<std::pair<Slot, mlir::Value>> changed() const;

  std::map<std::string, Value> recorded;

protected:
  mlir::Value load(const Slot &slot) override;
  void store(const Slot &slot, mlir::Value value) override;
  bool stores() override { return isTraining(); } // states move on in training steps only
  void keep(const std::string &path, const Value &value) override { recorded[path] = value; }
  std::vector<std::pair<Slot, mlir::Value>> slotsRead() const override;

private:
  struct Held {
    Slot slot;
    mlir::Value value;
    bool isChanged = false;
  };
  Held &held(const Slot &slot);

  Specialization &target;
  const bool isFn;
  std::vector<Held> holds;
  std::map<std::pair<const Instance *, std::string>, size_t> index;
  mlir::Operation *keyPlaceholder = nullptr;
};

/// A function that is thrown away, to learn what something is.
class ScratchFrame : public Frame {
public:
  ScratchFrame(mlir::ModuleOp module, const std::string &name, bool training = false);
  ~ScratchFrame() override;
  mlir::Value key() override;
  bool mayInstantiate() const override { return false; }
  /// A value of this type, of which nothing else is known.
  mlir::Value argument(mlir::Type type);

protected:
  mlir::Value load(const Slot &slot) override;
  void store(const Slot &, mlir::Value) override {}
  bool stores() override { return false; }

private:
  mlir::func::FuncOp function;
};

/// Parameters of a callable, bound by a call.
struct Elaborator::Binding {
  const Template *callee = nullptr;
  std::shared_ptr<Scope> scope; ///< static parameters, as types see them
  Env *patternEnv = nullptr;
  Sizes sizes;
  std::vector<std::pair<std::string, Value>> values; ///< of all parameters, in order
  /// Parameters whose expressions are checked, and whose scalars are spread, when all sizes are
  /// known.
  struct Pending {
    size_t value;
    const ast::Parameter *parameter;
    TypePattern pattern;
    SourceRange range;
    bool spread;
  };
  std::vector<Pending> pending;
  bool failed = false;
};

struct Elaborator::Impl {
  std::vector<std::unique_ptr<FileScope>> files;
  std::unique_ptr<FileScope> library;
  std::set<FileId> libraryFiles;
  std::map<const ast::Callable *, FileScope *> fileOf;
  std::set<std::pair<FileScope *, std::string>> evaluating; ///< constants, to find circles
  std::map<std::string, std::shared_ptr<Instance>> networks;
  std::map<std::string, std::shared_ptr<Specialization>> specializations;
  std::map<std::pair<const Instance *, bool>, const Specialization *> signatures;
  std::set<std::pair<const Instance *, bool>> signing; ///< signatures being made
  std::map<std::string, int> symbols;                  ///< names given to functions
  llvm::DenseMap<mlir::Attribute, SourceRange> places; ///< by the locations made for them
  /// Names of the turns of scans, by the block that the scan stands in: for messages.
  std::map<std::pair<const Scope *, std::string>, SourceRange> turnNames;
  std::vector<SourceRange> calls; ///< the calls that led here, for mistakes inside a library

  bool isVisible(mlir::Value value, Frame &frame) const;
  Value evaluateConstant(Elaborator &e, const std::string &name, const ast::ConstantDecl &decl,
                         FileScope *file);
  Value instanceMember(Elaborator &e, const std::shared_ptr<Instance> &instance,
                       const std::string &prefix, const std::string &name, Env &env,
                       SourceRange range);
  std::string symbol(const std::string &name);
};

} // namespace net
#endif // NETC_FRONTEND_ELABORATORIMPL_H
