//===- GradientRewriter.h - a text in which gradients are calls -*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef NETC_FRONTEND_GRADIENTREWRITER_H
#define NETC_FRONTEND_GRADIENTREWRITER_H

#include "frontend/GradientSites.h"
#include "frontend/Spelling.h"

#include <set>

namespace net {

struct RewrittenText {
  std::string text;
  std::vector<const GradientSite *> written; ///< whose functions the text calls
};
/// A tree in which gradients are calls of the sites' functions.
RewrittenText rewritten(const ast::File &tree, const GradientSites &sites,
                        FunctionPrinter &functions);

} // namespace net
#endif // NETC_FRONTEND_GRADIENTREWRITER_H
