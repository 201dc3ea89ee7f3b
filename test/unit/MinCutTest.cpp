//===- MinCutTest.cpp - the cheapest edges between two sides --------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "passes/MinCut.h"
#include "gtest/gtest.h"

using namespace net;

TEST(MinCut, CutsWhereLeastFlows) {
  MinCut graph;
  unsigned a = graph.addNode(), b = graph.addNode(), c = graph.addNode();
  graph.addEdge(MinCut::source, a, 3);
  graph.addEdge(MinCut::source, b, 2);
  graph.addEdge(a, b, 1);
  graph.addEdge(a, c, 1);
  graph.addEdge(b, MinCut::sink, 4);
  graph.addEdge(c, MinCut::sink, 2);
  // At most 1 + 1 leaves a, and all that reaches b goes on.
  EXPECT_EQ(graph.solve(), (std::vector<bool>{true, false, true, false, false}));
}

TEST(MinCut, GoesBackWhereAnEarlierWayWasWrong) {
  // The first way that is found may take the edge from a to b; the largest flow does without.
  MinCut graph;
  unsigned a = graph.addNode(), b = graph.addNode();
  graph.addEdge(MinCut::source, a, 2);
  graph.addEdge(a, b, 2);
  graph.addEdge(a, MinCut::sink, 1);
  graph.addEdge(MinCut::source, b, 1);
  graph.addEdge(b, MinCut::sink, 5);
  EXPECT_EQ(graph.solve(), (std::vector<bool>{true, false, false, false}));
}

TEST(MinCut, IsDeepWithoutRecursion) {
  MinCut graph;
  unsigned last = MinCut::source, half = 0;
  constexpr unsigned length = 1000000;
  for (unsigned i = 0; i < length; ++i) {
    unsigned node = graph.addNode();
    graph.addEdge(last, node, i == length / 2 ? 1 : 2);
    if (i == length / 2)
      half = node;
    last = node;
  }
  graph.addEdge(last, MinCut::sink, 2);
  std::vector<bool> side = graph.solve();
  EXPECT_TRUE(side[half - 1]);
  EXPECT_FALSE(side[half]);
}
