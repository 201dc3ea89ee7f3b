//===- MinCut.cpp - the cheapest edges between two sides of a graph -------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "passes/MinCut.h"
#include <algorithm>

using namespace net;

unsigned MinCut::addNode() {
  edges.emplace_back();
  return edges.size() - 1;
}

void MinCut::addEdge(unsigned from, unsigned to, int64_t capacity) {
  edges[from].push_back({to, std::min(capacity, unlimited), edges[to].size()});
  edges[to].push_back({from, 0, edges[from].size() - 1});
}

bool MinCut::findLevels() {
  levels.assign(edges.size(), -1);
  levels[source] = 0;
  std::vector<unsigned> queue = {source};
  for (size_t i = 0; i < queue.size(); ++i)
    for (const Edge &edge : edges[queue[i]])
      if (edge.left > 0 && levels[edge.to] < 0) {
        levels[edge.to] = levels[queue[i]] + 1;
        queue.push_back(edge.to);
      }
  return levels[sink] >= 0;
}

int64_t MinCut::push(unsigned node, int64_t flow) {
  if (node == sink)
    return flow;
  for (size_t &i = next[node]; i < edges[node].size(); ++i) {
    Edge &edge = edges[node][i];
    if (edge.left <= 0 || levels[edge.to] != levels[node] + 1)
      continue;
    if (int64_t pushed = push(edge.to, std::min(flow, edge.left))) {
      edges[node][i].left -= pushed;
      edges[edge.to][edge.back].left += pushed;
      return pushed;
    }
  }
  return 0;
}

std::vector<bool> MinCut::solve() {
  while (findLevels()) {
    next.assign(edges.size(), 0);
    while (push(source, unlimited) > 0)
      continue;
  }
  std::vector<bool> reached(edges.size());
  for (size_t i = 0; i < edges.size(); ++i)
    reached[i] = levels[i] >= 0;
  return reached;
}
