//===- Link.h - objects, assembled and linked -------------------*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef NETC_TOOLS_LINK_H
#define NETC_TOOLS_LINK_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <string>

namespace net {

/// Asks the machine's `cc`, the C compiler driver: no library's place is known here. LLVM's linker,
/// a part of netc, does what it says.
struct Linker {
  bool show = false;   ///< `-v`: print the command
  bool dryRun = false; ///< `-###`: print the command only

  /// An object's bytes from assembly.
  llvm::Expected<std::string> assemble(llvm::StringRef assembly) const;
  /// An executable from the program's objects and the runtime.
  llvm::Error link(llvm::ArrayRef<std::string> objects, llvm::StringRef output) const;
  /// A library with a C interface: shared where `output` ends in `.so`, else an archive.
  llvm::Error linkLibrary(llvm::ArrayRef<std::string> objects, llvm::StringRef output) const;

private:
  llvm::Error run(llvm::ArrayRef<llvm::StringRef> arguments, bool links) const;
};

/// The error is a full disk, say, or a closed pipe.
llvm::Error writeStandardOutput(llvm::StringRef bytes);
/// Writes a file as a whole or not at all; `-` is the standard output.
llvm::Error writeFile(llvm::StringRef path, llvm::StringRef bytes);

} // namespace net
#endif // NETC_TOOLS_LINK_H
