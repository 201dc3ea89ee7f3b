//===- Explain.cpp - the pages of the error ids ---------------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/Explain.h"

#include <algorithm>
#include <iterator>

using namespace net;

namespace {
struct Page {
  llvm::StringRef id, text;
};
/// From explain/*.md, ascending by id.
const Page pages[] = {
#include "frontend/Explain.inc"
};
} // namespace

llvm::StringRef net::explanation(llvm::StringRef id) {
  auto *page = std::lower_bound(std::begin(pages), std::end(pages), id,
                                [](const Page &p, llvm::StringRef id) { return p.id < id; });
  return page != std::end(pages) && page->id == id ? page->text : llvm::StringRef();
}

llvm::StringRef net::explanationTitle(llvm::StringRef id) {
  llvm::StringRef line = explanation(id).split('\n').first;
  return line.substr(std::min(line.size(), line.find(": ") + 2));
}

std::vector<llvm::StringRef> net::explainedIds() {
  std::vector<llvm::StringRef> ids;
  for (const Page &page : pages)
    ids.push_back(page.id);
  return ids;
}
