//===- LinkHere.cpp - LLVM's linker as a library --------------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// As a process of its own the linker loads LLVM's library once more, which takes longer than to
// link.
//
//===----------------------------------------------------------------------===//
#include "tools/LinkHere.h"
#include "lld/Common/Driver.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Allocator.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/StringSaver.h"
#include "llvm/Support/raw_ostream.h"

LLD_HAS_DRIVER(elf)

using llvm::StringRef;

std::optional<bool> net::linkHere(StringRef commands) {
  llvm::BumpPtrAllocator memory;
  llvm::StringSaver saver(memory);
  for (StringRef line : llvm::split(commands, '\n')) {
    llvm::SmallVector<const char *> command;
    llvm::cl::TokenizeGNUCommandLine(line, saver, command);
    // GCC calls the linker through `collect2`, which keeps to itself what chose the linker.
    StringRef program = command.empty() ? "" : llvm::sys::path::filename(command[0]);
    if (program != "collect2" && program != "ld.lld")
      continue;
    // The linker registers LLVM's options for generating code. One of them has a name that is an
    // option of netc's, which has been read by now.
    if (llvm::cl::Option *ours = llvm::cl::getRegisteredOptions().lookup("march"))
      ours->removeArgument();
    command[0] = "ld.lld";
    llvm::erase_if(command, [](StringRef word) { return word.starts_with("-fuse-ld="); });
    auto result = lld::lldMain(command, llvm::outs(), llvm::errs(), {{lld::Gnu, &lld::elf::link}});
    return result.retCode == 0;
  }
  return std::nullopt;
}
