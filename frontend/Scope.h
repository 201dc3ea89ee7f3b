//===- Scope.h - names and what they denote ---------------------*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef NETC_FRONTEND_SCOPE_H
#define NETC_FRONTEND_SCOPE_H

#include "frontend/Value.h"

namespace net {

/// The declarations of one file, what it uses, and below everything the library.
struct FileScope {
  const ast::File *file = nullptr;
  std::map<std::string, const ast::Decl *> decls;
  std::map<std::string, const ast::Derivative *> derivatives; ///< by their functions
  std::map<std::string, const ast::ConstantDecl *>
      constants;                       ///< every name that a file-level `let` binds
  std::map<std::string, Value> values; ///< of those already evaluated
  std::vector<FileScope *> uses;
  FileScope *library = nullptr;
};

/// The names of one block, inside those of the blocks around it, inside a file's.
class Scope : public std::enable_shared_from_this<Scope> {
public:
  explicit Scope(FileScope *file) : file(file) {}
  static std::shared_ptr<Scope> within(const std::shared_ptr<Scope> &parent);
  /// All names as they are now. A parameter that is declared later, and knows where its initial
  /// value comes from, is not among them: else it would own itself.
  std::shared_ptr<Scope> copy() const;

  void define(const std::string &name, Value value) { names[name] = std::move(value); }
  /// The innermost meaning in blocks, or null; file-level names are the elaborator's.
  const Value *lookup(const std::string &name) const;
  bool definesHere(const std::string &name) const { return names.count(name); }
  void collectNames(std::vector<std::string> &into) const;
  /// The names of this block alone.
  const std::map<std::string, Value> &here() const { return names; }

  FileScope *const file;

private:
  std::shared_ptr<Scope> parent;
  std::map<std::string, Value> names;
};

} // namespace net
#endif // NETC_FRONTEND_SCOPE_H
