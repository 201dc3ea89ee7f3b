//===- GradientText.h - a program with its gradients written out -*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The program as its author wrote it, but for the gradients that its blocks and tasks take: each is
// a call of a function, which follows, with a function forward and one backward for each layer
// between. The text is a program of the same meaning, to the same bits.
//
//===----------------------------------------------------------------------===//
#ifndef NETC_FRONTEND_GRADIENTTEXT_H
#define NETC_FRONTEND_GRADIENTTEXT_H

#include "frontend/Compile.h"
#include "frontend/GradientSites.h"
#include "frontend/Spelling.h"

namespace net {

class GradientText {
public:
  /// Elaborates a file; afterwards `module` holds a function for each gradient, with its
  /// `net.grad`, and nothing else. False after a diagnostic.
  bool elaborate(SourceManager &sources, FileId root, Diagnostics &diagnostics,
                 mlir::MLIRContext &context);
  mlir::ModuleOp module() const { return *functions; }
  /// Before `print`: where the text is written. See ast::moveUses.
  void moveUses(const std::string &from, const std::string &to);
  /// The program, when passes have replaced the `net.grad`s. Nothing after an error.
  std::optional<std::string> print(FunctionStyle style);
  /// What the last text calls the functions of its gradients.
  struct Written {
    const GradientSite *site;
    std::string name;
  };
  const std::vector<Written> &written() const { return names; }

private:
  WrittenGradients program;
  mlir::OwningOpRef<mlir::ModuleOp> functions;
  std::vector<Written> names;
};

} // namespace net
#endif // NETC_FRONTEND_GRADIENTTEXT_H
