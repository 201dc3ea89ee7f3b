//===- TrainTree.h - a block's tree, prepared for running -------*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef NETC_RUNTIME_TRAINTREE_H
#define NETC_RUNTIME_TRAINTREE_H

#include "runtime/Train.h"

namespace netrt {

/// A report of a loop: a mean over its steps, or an evaluation (which neighbours may share).
struct Report {
  const ReportDecl *decl = nullptr;
  Evaluation *evaluation = nullptr;
  std::vector<std::unique_ptr<Evaluation>> before; ///< what the evaluation reads
  double sum = 0, weight = 0;
};

/// A node with what it needs to run.
struct Trainer::Item {
  const Node *node = nullptr;
  std::unique_ptr<Call> call;             ///< Run
  std::unique_ptr<Evaluation> evaluation; ///< Eval, Report
  Loop *loop = nullptr;                   ///< Each
  const Scope *scope = nullptr;           ///< of the innermost loop around it
  struct ReportLink {
    int result;
    Report *report;
  };
  std::vector<ReportLink> reports; ///< Run: results that are reported
  int stopResult = -1;             ///< Run: result that ends the loop
  int stopVar = -1;                ///< Stop
};

struct Trainer::Loop {
  const Node *node = nullptr;
  Loop *parent = nullptr;
  Scope scope;
  std::unique_ptr<BatchSource> source;
  std::vector<Report> reports;
  std::vector<std::unique_ptr<Evaluation>> evaluations;
  std::vector<std::unique_ptr<Evaluation>> shows; ///< as node->shows
  std::vector<ReportValue> running;               ///< room for the values of all reports
  Items items;
  bool isLeaf = true, shuffled = false;
  int64_t pass = 0, passes = 1, turn = 0, turns = 0, sinceReport = 0;
  int lastInside = 0; ///< the largest id of this loop and those inside: ids count in text order

  bool holds(int id) const { return id >= node->id && id <= lastInside; }
};

} // namespace netrt
#endif // NETC_RUNTIME_TRAINTREE_H
