//===- ReadCheckpoint.cpp - weights for the interpreter -------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "tools/ReadCheckpoint.h"
#include "ir/Types.h"
#include "runtime/Error.h"
#include "runtime/Safetensors.h"
#include "llvm/Support/FileSystem.h"

using namespace net;

static NamedArrays readAll(const std::string &path, mlir::MLIRContext *context) {
  auto source = netrt::openFile(path);
  uint64_t bytes = 0;
  if (std::error_code why = llvm::sys::fs::file_size(path, bytes))
    netrt::failSystem("cannot read %s: %s", path.c_str(), why.message().c_str());
  auto header = netrt::readSafetensorsHeader(*source, static_cast<int64_t>(bytes));
  NamedArrays arrays;
  std::vector<char> memory;
  for (const netrt::TensorInfo &tensor : header.tensors) {
    memory.resize(tensor.end - tensor.begin);
    source->readAll(memory.data(), memory.size());
    Array array(elementNamed(netrt::nameOf(tensor.dtype), context), tensor.shape);
    array.load(memory.data());
    arrays.emplace(tensor.name, std::move(array));
  }
  return arrays;
}

llvm::Expected<NamedArrays> net::readCheckpoint(const std::string &path,
                                                mlir::MLIRContext *context) {
  try {
    return readAll(path, context);
  } catch (const netrt::Error &error) {
    return llvm::createStringError(error.what());
  }
}
