//===- Show.h - files for people to look at ---------------------*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef NETC_RUNTIME_SHOW_H
#define NETC_RUNTIME_SHOW_H

#include "runtime/Evaluate.h"

#include <string>
#include <vector>

namespace netrt {

/// Makes the folder of `--out` unless it is there. An Error if nothing can be written into it.
void prepareFolder(const std::string &directory);

/// Writes what `show` shows into `directory` (empty: the working directory), and the numbers of a
/// picture beside it as CSV. Returns the file's path. The program's name for it must be a plain
/// one: no directories, and an ending that fits the kind. Throws Errors.
std::string writeShown(const ShowDecl &show, const std::vector<ShownArray> &arrays,
                       const std::string &directory);

/// The pieces, as the files' bytes.
std::string pngOf(const ShownArray &images);
std::string curveSvg(const std::vector<ShownArray> &arrays);
std::string scatterSvg(const std::vector<ShownArray> &arrays);
/// Arrays side by side, a line per leading index.
std::string csvOf(const std::vector<ShownArray> &arrays);

/// Element `i` of an array as a number.
inline double elementOf(const ShownArray &array, int64_t i) {
  return loadDouble(array.dtype, array.data + i * sizeOf(array.dtype));
}
/// Elements below one leading index; the leading size (1 for a scalar).
int64_t rowElements(const ShownArray &array);
int64_t rowsOf(const ShownArray &array);

} // namespace netrt
#endif // NETC_RUNTIME_SHOW_H
