//===- Show.cpp - tables, texts, and where files go -----------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "runtime/Show.h"

#include "runtime/Console.h"
#include "runtime/Error.h"
#include "runtime/SafeFile.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <sys/stat.h>
#include <unistd.h>

namespace netrt {

int64_t rowsOf(const ShownArray &array) { return array.shape.empty() ? 1 : array.shape[0]; }

int64_t rowElements(const ShownArray &array) {
  int64_t count = 1;
  for (size_t axis = 1; axis < array.shape.size(); ++axis)
    count *= array.shape[axis];
  return count;
}

std::string csvOf(const std::vector<ShownArray> &arrays) {
  std::string text;
  int64_t rows = 0;
  for (size_t i = 0; i < arrays.size(); ++i) {
    rows = std::max(rows, rowsOf(arrays[i]));
    std::string name = arrays[i].name.empty() ? format("c%zu", i + 1) : arrays[i].name;
    int64_t width = rowElements(arrays[i]);
    for (int64_t j = 0; j < width; ++j)
      text +=
          (text.empty() ? "" : ",") + name + (width > 1 ? format("_%lld", (long long)j + 1) : "");
  }
  text += "\n";
  for (int64_t row = 0; row < rows; ++row) {
    for (size_t i = 0; i < arrays.size(); ++i) {
      int64_t width = rowElements(arrays[i]);
      for (int64_t j = 0; j < width; ++j) {
        if (i + j > 0)
          text += ',';
        if (row < rowsOf(arrays[i]))
          text += format("%.9g", withoutSign(elementOf(arrays[i], row * width + j)));
      }
    }
    text += "\n";
  }
  return text;
}

static std::string textOf(const std::vector<ShownArray> &arrays) {
  std::string text;
  for (const ShownArray &array : arrays) {
    if (array.dtype != Dtype::U8)
      failData("text shows bytes, not %s", describe(array.dtype, array.shape).c_str());
    int64_t width = rowElements(array), rows = rowsOf(array);
    if (array.shape.size() == 1)
      std::swap(width, rows);
    for (int64_t row = 0; row < rows; ++row) {
      auto *start = reinterpret_cast<const char *>(array.data + row * width);
      text.append(start, strnlen(start, width));
      text += "\n";
    }
  }
  return text;
}

/// A stranger's program names a file, and nothing else: not where, and no checkpoint or script.
static std::string fileName(const ShowDecl &show, const std::string &ending) {
  std::string name = show.file.empty() ? show.entry + ending : show.file;
  bool plain = name.find('/') == std::string::npos && name[0] != '.' &&
               name.size() > ending.size() &&
               name.compare(name.size() - ending.size(), ending.size(), ending) == 0;
  if (!plain)
    failData("show %s writes a plain name ending in %s, not `%s`", show.kind.c_str(),
             ending.c_str(), name.c_str());
  return name;
}

static void writeFile(const std::string &path, const std::string &bytes) {
  SafeFile file(path);
  file.write(bytes.data(), static_cast<int64_t>(bytes.size()));
  file.commit("");
}

void prepareFolder(const std::string &directory) {
  if (!directory.empty() && mkdir(directory.c_str(), 0777) != 0 && errno != EEXIST)
    failSystem("cannot create %s", directory.c_str());
  if (access(directory.empty() ? "." : directory.c_str(), W_OK | X_OK) != 0)
    failSystem("cannot write into %s", directory.empty() ? "." : directory.c_str());
}

std::string writeShown(const ShowDecl &show, const std::vector<ShownArray> &arrays,
                       const std::string &directory) {
  const struct {
    const char *kind, *ending;
  } kinds[] = {{"images", ".png"},
               {"curve", ".svg"},
               {"scatter", ".svg"},
               {"table", ".csv"},
               {"text", ".txt"}};
  auto *kind = std::find_if(std::begin(kinds), std::end(kinds),
                            [&](const auto &row) { return show.kind == row.kind; });
  if (kind == std::end(kinds) || arrays.empty())
    failInternal("cannot show `%s` of %zu arrays", show.kind.c_str(), arrays.size());
  std::string name = fileName(show, kind->ending);
  prepareFolder(directory);
  std::string path = directory.empty() ? name : directory + "/" + name;
  std::string bytes = show.kind == "images"    ? pngOf(arrays[0])
                      : show.kind == "curve"   ? curveSvg(arrays)
                      : show.kind == "scatter" ? scatterSvg(arrays)
                      : show.kind == "text"    ? textOf(arrays)
                                               : csvOf(arrays);
  writeFile(path, bytes);
  if (show.kind == "images" || show.kind == "curve" || show.kind == "scatter")
    writeFile(path.substr(0, path.size() - 4) + ".csv", csvOf(arrays));
  return path;
}

} // namespace netrt
