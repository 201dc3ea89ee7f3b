//===- Scope.cpp - names and what they denote -----------------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/Scope.h"

using namespace net;

std::shared_ptr<Scope> Scope::within(const std::shared_ptr<Scope> &parent) {
  auto scope = std::make_shared<Scope>(parent->file);
  scope->parent = parent;
  return scope;
}

std::shared_ptr<Scope> Scope::copy() const {
  auto scope = std::make_shared<Scope>(file);
  for (const Scope *from = this; from; from = from->parent.get())
    scope->names.insert(from->names.begin(), from->names.end());
  return scope;
}

const Value *Scope::lookup(const std::string &name) const {
  for (const Scope *scope = this; scope; scope = scope->parent.get()) {
    auto it = scope->names.find(name);
    if (it != scope->names.end())
      return &it->second;
  }
  return nullptr;
}

void Scope::collectNames(std::vector<std::string> &into) const {
  for (const Scope *scope = this; scope; scope = scope->parent.get())
    for (const auto &[name, value] : scope->names)
      into.push_back(name);
}
