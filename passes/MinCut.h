//===- MinCut.h - the cheapest edges between two sides of a graph --*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef NETC_PASSES_MINCUT_H
#define NETC_PASSES_MINCUT_H

#include <cstdint>
#include <vector>

namespace net {

/// A directed graph with capacities, of which the least cut is found by its largest flow (Dinic).
class MinCut {
public:
  static constexpr int64_t unlimited = int64_t(1) << 50;

  /// Two nodes there are: where flow begins and ends.
  static constexpr unsigned source = 0, sink = 1;
  unsigned addNode();
  void addEdge(unsigned from, unsigned to, int64_t capacity);
  /// For each node, whether it is on the source's side of the cut that is nearest to the source.
  std::vector<bool> solve();

private:
  struct Edge {
    unsigned to;
    int64_t left;
    size_t back; ///< number of the opposite edge in the other node's list
  };
  bool findLevels();
  /// What flows along one way of rising levels; false if there is none.
  bool push();

  std::vector<std::vector<Edge>> edges = std::vector<std::vector<Edge>>(2);
  std::vector<int> levels;
  std::vector<size_t> next;
};

} // namespace net
#endif // NETC_PASSES_MINCUT_H
