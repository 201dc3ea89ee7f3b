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

bool MinCut::push() {
  std::vector<std::pair<unsigned, size_t>> path; // nodes, and by which of its edges each is left
  unsigned node = source;
  while (node != sink) {
    size_t &i = next[node];
    while (i < edges[node].size() &&
           !(edges[node][i].left > 0 && levels[edges[node][i].to] == levels[node] + 1))
      ++i;
    if (i < edges[node].size()) {
      path.emplace_back(node, i);
      node = edges[node][i].to;
      continue;
    }
    if (path.empty())
      return false;
    node = path.back().first; // no way on from there
    ++next[node];
    path.pop_back();
  }
  int64_t flow = unlimited;
  for (auto [from, i] : path)
    flow = std::min(flow, edges[from][i].left);
  for (auto [from, i] : path) {
    Edge &edge = edges[from][i];
    edge.left -= flow;
    edges[edge.to][edge.back].left += flow;
  }
  return true;
}

std::vector<bool> MinCut::solve() {
  while (findLevels()) {
    next.assign(edges.size(), 0);
    while (push())
      continue;
  }
  std::vector<bool> reached(edges.size());
  for (size_t i = 0; i < edges.size(); ++i)
    reached[i] = levels[i] >= 0;
  return reached;
}
