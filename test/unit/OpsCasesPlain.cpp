//===- OpsCasesPlain.cpp - cases of operations without derivative ---------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "OpsCases.h"

using namespace net::test;

using Table = std::map<std::string, std::vector<OpCase>>;

static std::string of(const std::string &shape, const std::string &element) {
  return shape.empty() ? element : shape + "x" + element;
}

static void addElementwise(Table &table) {
  for (const char *shape : {"", "1", "0", "3", "5x1", "2x3", "0x3", "7x5", "2x3x4", "2x1x3x2"}) {
    std::string truth = of(shape, "i1");
    addBoth(table, {{"net.not", {truth}}});
    for (const char *op : {"net.and", "net.or"})
      addBoth(table, {{op, {truth, truth}}});
    for (const char *op : {"net.eq", "net.ne", "net.lt", "net.le", "net.gt", "net.ge"})
      for (const char *element : {"f64", "i32"})
        addBoth(table, {{op, {of(shape, element), of(shape, element)}, "", truth}});
    addBoth(table, {{"net.stop_gradient", {of(shape, "f64")}}});
    addBoth(table, {{"net.checked",
                     {of(shape, "i32")},
                     "limit = \"N\", message = \"too large\"",
                     of(shape, "i32"),
                     5}});
  }
}

static void addReductions(Table &table) {
  const std::pair<const char *, const char *> ways[] = {
      {"", ""},     {"5", "0"},   {"0", "0"},      {"5", ""},         {"3x4", "0"},
      {"3x4", "1"}, {"0x4", "0"}, {"3x4", "0, 1"}, {"2x3x4", "0, 2"}, {"2x3x2x3", "1, 3"}};
  for (auto [shape, axes] : ways)
    for (const char *op : {"net.any", "net.all"})
      addBoth(table, {{op,
                       {of(shape, "i1")},
                       std::string("axes = array<i64") + (*axes ? ": " : "") + axes + ">"}});
  const std::pair<const char *, int> along[] = {{"1", 0},     {"5", 0},     {"3x4", 0},
                                                {"3x4", 1},   {"0x4", 1},   {"7x5", 1},
                                                {"2x3x4", 1}, {"5x1x3", 2}, {"2x3x2x3", 1}};
  for (auto [shape, axis] : along)
    for (const char *op : {"net.argmax", "net.argmin", "net.argsort"})
      addBoth(table, {{op, {of(shape, "f64")}, "axis = " + std::to_string(axis) + " : i64"}});
}

static void addConstants(Table &table) {
  auto add = [&](OpCase c) { table[c.op].push_back(std::move(c)); };
  add({"net.constant", {}, "value = dense<[1.5, -2.0, 0.0]> : tensor<3xf64>", "3xf64"});
  add({"net.constant", {}, "value = dense<0.1> : tensor<2x3xf64>", "2x3xf64"});
  add({"net.constant", {}, "value = dense<7> : tensor<i64>", "i64"});
  add({"net.constant", {}, "value = dense<> : tensor<0xf64>", "0xf64"});
  add({"net.constant", {}, "value = dense<[true, false]> : tensor<2xi1>", "2xi1"});
  for (const char *size : {"B", "B*T + 1", "N floordiv 2", "7"})
    add({"net.size", {}, std::string("expr = \"") + size + "\"", "i64"});
  for (const char *shape : {"1", "0", "5", "17", "B", "N"})
    for (const char *element : {"f64", "i32", "i64"})
      add({"net.iota", {}, "", of(shape, element)});
}

static void addRandom(Table &table) {
  for (const char *shape : {"", "1", "0", "5", "2x3", "7x5", "2x3x4", "BxT"}) {
    for (const char *op : {"net.uniform", "net.normal"})
      for (const char *element : {"f64", "f32"})
        table[op].push_back({op, {"i64"}, "", of(shape, element), 1 << 20});
    table["net.randint"].push_back(
        {"net.randint", {"i64", "i32", "i32"}, "", of(shape, "i32"), 1 << 20});
  }
  for (const char *path : {"", "Net.dense_1.W"})
    table["net.fold_key"].push_back(
        {"net.fold_key", {"i64"}, std::string("path = \"") + path + "\"", "i64", 1 << 20});
  for (const char *element : {"i32", "i64"})
    table["net.fold_in"].push_back({"net.fold_in", {"i64", element}, "", "i64", 1 << 20});
}

const Table &net::test::plainCases() {
  static const Table table = [] {
    Table made;
    addElementwise(made);
    addReductions(made);
    addConstants(made);
    addRandom(made);
    return made;
  }();
  return table;
}
