//===- Builtins.h - spellings of the primitive operations -------*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// One handler per name. A handler checks what the user wrote, with the messages,
// and emits operations that are valid by construction.
//
//===----------------------------------------------------------------------===//
#ifndef NETC_FRONTEND_BUILTINS_H
#define NETC_FRONTEND_BUILTINS_H

#include "frontend/Elaborator.h"

namespace net {

/// One call of a primitive operation: its arguments, and what went wrong so far.
class CallSite {
public:
  CallSite(Elaborator &elaborator, Env &env, std::string name, Arguments arguments,
           SourceRange range);

  /// Checks the count of positional arguments and the names of the others. False after a
  /// diagnostic.
  bool accepts(size_t least, size_t most, std::initializer_list<const char *> names = {});
  size_t count() const { return positional.size(); }
  const Value &at(size_t i) const { return positional[i]->value; }
  const Value *named(llvm::StringRef name) const;
  /// Position i, or the argument of that name; null if neither stands.
  const Value *get(size_t i, llvm::StringRef name) const;

  /// The argument as a tensor. Null after a diagnostic.
  mlir::Value array(size_t i, mlir::Type element = {});
  mlir::Value array(const Value &v, mlir::Type element = {});
  /// The same, of float elements.
  mlir::Value real(size_t i);
  bool weak(size_t i) const;
  /// A type as first argument: `zeros(f32[B])`, or that of an array.
  mlir::RankedTensorType type(size_t i);
  /// Static arguments; nothing after a diagnostic. Missing: the default.
  std::optional<int64_t> whole(const Value *v, llvm::StringRef name, int64_t otherwise);
  std::optional<bool> flag(llvm::StringRef name, bool otherwise);
  std::optional<llvm::SmallVector<int64_t>> wholes(const Value *v, llvm::StringRef name,
                                                   size_t length, int64_t otherwise);
  /// The axes of `over`, ascending; all of them if it is missing.
  std::optional<llvm::SmallVector<int64_t>> over(mlir::Value x);
  /// The axes that `over` names, in its order.
  std::optional<llvm::SmallVector<int64_t>> overInOrder(mlir::Value x);
  /// One axis of `over`.
  std::optional<int64_t> axis(int64_t rank, mlir::Value x, int64_t otherwise);

  Emit emit() { return elaborator.emit(env, range); }
  Value done(mlir::Value result, bool weak = false) {
    return elaborator.tensorValue(result, weak, range, name + "(..)",
                                  positional.empty() ? nullptr : &positional[0]->value);
  }
  Diagnostic &error(llvm::StringRef code, const std::string &text) {
    return elaborator.error(range, code, name + ": " + text);
  }
  /// A random key: that of `key =`, else one of this place.
  mlir::Value key();
  /// An argument that is a key. Null after a diagnostic.
  mlir::Value keyAt(const Value *v);

  Elaborator &elaborator;
  Env &env;
  std::string name;
  Arguments arguments;
  SourceRange range;

private:
  std::vector<const Argument *> positional;
};

using Primitives = std::map<std::string, Value (*)(CallSite &)>;
/// All primitive operations by name.
const Primitives &primitives();
void addElementwise(Primitives &table);
void addReductions(Primitives &table);
void addShapes(Primitives &table);
void addIndexing(Primitives &table);
void addProducts(Primitives &table);
void addMakers(Primitives &table);
void addRandom(Primitives &table);
void addDerived(Primitives &table);
/// `pad` of two arguments.
Value padInto(CallSite &c);
void addRows(Primitives &table);
void addResize(Primitives &table);
void addRoll(Primitives &table);
void addBundles(Primitives &table);

/// An operation by element, or `flatten`, on the parameters of networks. Nothing if it is another
/// one, or takes no such arguments.
std::optional<Value> callOnBundles(CallSite &call);

} // namespace net
#endif // NETC_FRONTEND_BUILTINS_H
