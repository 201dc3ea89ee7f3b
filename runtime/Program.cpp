//===- Program.cpp - what the program description answers -----------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "runtime/Program.h"

#include "runtime/Error.h"

namespace netrt {

int64_t ColumnDecl::elements() const {
  return checkedProduct(shape.data(), shape.size(), 1, name.c_str());
}

int DataDecl::columnNamed(const std::string &path) const {
  std::string wanted = path.substr(path.rfind('.') + 1);
  for (size_t i = 0; i < columns.size(); ++i)
    if (columns[i].name == wanted)
      return static_cast<int>(i);
  return -1;
}

int Program::findVar(const std::string &path) const {
  auto found = varIndex.find(path);
  return found == varIndex.end() ? -1 : found->second;
}

const EntryDecl &Program::entry(const std::string &wanted) const {
  auto found = entryIndex.find(wanted);
  if (found == entryIndex.end())
    failInternal("no entry `%s` in this program", wanted.c_str());
  return entries[found->second];
}

const DataDecl &Program::dataNamed(const std::string &wanted) const {
  for (const DataDecl &decl : data)
    if (decl.name == wanted)
      return decl;
  failInternal("no data `%s` in this program", wanted.c_str());
}

void Program::fail(int64_t number, const std::string &behind) const {
  const Message &message = messages.at(static_cast<size_t>(number));
  if (message.file.empty())
    failData("%s%s", message.text.c_str(), behind.c_str());
  failData("%s:%lld: %s%s", message.file.c_str(), (long long)message.line, message.text.c_str(),
           behind.c_str());
}

} // namespace netrt
