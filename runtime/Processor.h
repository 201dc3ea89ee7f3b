//===- Processor.h - what code needs, and what the machine has --*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef NETC_RUNTIME_PROCESSOR_H
#define NETC_RUNTIME_PROCESSOR_H

#include <string>
#include <vector>

namespace netrt {

/// False for features that are not known here.
bool processorHas(const std::string &feature);
bool processorHasAll(const std::vector<std::string> &needs);
/// Fails by name, before any of the program's code runs: better than an illegal instruction.
void checkProcessor(const std::vector<std::string> &needs);

} // namespace netrt
#endif // NETC_RUNTIME_PROCESSOR_H
