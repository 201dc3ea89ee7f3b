//===- OpsCases.cpp - the table of operations to be tested ----------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "OpsCases.h"

using namespace net::test;

namespace {
using Cases = std::vector<OpCase>;
using Table = std::map<std::string, Cases>;
using Strings = std::vector<std::string>;

/// Ranks 0 to 4; sizes 0, 1, odd and even.
const Strings shapes = {"",    "1",     "0",     "3",     "5x1",     "2x3",    "0x3",
                        "7x5", "2x3x4", "1x1x1", "3x1x5", "2x1x3x2", "1x2x3x1"};

std::string axes(const std::string &name, const std::string &list) {
  return name + " = array<i64" + (list.empty() ? "" : ": ") + list + ">";
}

void add(Table &table, const Cases &cases) {
  for (const OpCase &c : cases)
    table[c.op].push_back(c);
}

void addElementwise(Table &table) {
  for (const char *op :
       {"neg", "abs", "sign", "floor", "ceil", "round", "exp", "expm1", "log", "log1p", "sqrt",
        "rsqrt", "tanh", "sigmoid", "softplus", "erf", "sin", "cos", "tap"})
    for (const std::string &shape : shapes)
      addBoth(table, {{std::string("net.") + op, {shape}}});
  for (const char *op : {"add", "sub", "mul", "div", "pow", "max", "min", "mod", "idiv"})
    for (const std::string &shape : shapes)
      addBoth(table, {{std::string("net.") + op, {shape, shape}}});
  for (const std::string &shape : shapes) {
    std::string prefix = shape.empty() ? "" : shape + "x";
    addBoth(table, {{"net.where", {prefix + "i1", shape, shape}}});
    add(table, {{"net.cast", {shape}, "", prefix + "f32"}});
  }
  for (int n : {-3, -2, -1, 0, 1, 2, 3, 4, 5, 10})
    for (const char *shape : {"", "3", "2x3", "0x2", "2x3x1"})
      addBoth(table, {{"net.powi", {shape}, "n = " + std::to_string(n) + " : i64"}});
}

void addReductions(Table &table) {
  const std::pair<const char *, const char *> ways[] = {{"", ""},
                                                        {"1", "0"},
                                                        {"5", "0"},
                                                        {"0", "0"},
                                                        {"5", ""},
                                                        {"3x4", "0"},
                                                        {"3x4", "1"},
                                                        {"3x4", "0, 1"},
                                                        {"0x4", "0"},
                                                        {"0x4", "1"},
                                                        {"4x0", "1"},
                                                        {"2x3x4", "1"},
                                                        {"2x3x4", "2"},
                                                        {"2x3x4", "0, 2"},
                                                        {"1x1x3", "1"},
                                                        {"2x3x2x3", "1, 3"},
                                                        {"2x3x2x3", "0, 1, 2, 3"},
                                                        {"7x1", "0"}};
  for (const char *op : {"sum", "prod", "reduce_max", "reduce_min", "logsumexp"})
    for (auto [shape, over] : ways)
      addBoth(table, {{std::string("net.") + op, {shape}, axes("axes", over)}});
}

void addMoves(Table &table) {
  auto broadcast = [&](std::string x, const char *to, std::string y) {
    add(table, {{"net.broadcast", {x}, axes("axes", to), y}});
  };
  broadcast("", "", ""), broadcast("", "", "3"), broadcast("", "", "2x3x4"), broadcast("", "", "0");
  broadcast("3", "0", "3"), broadcast("3", "1", "2x3"), broadcast("3", "0", "3x5"),
      broadcast("1", "0", "7");
  broadcast("1x3", "0, 1", "4x3"), broadcast("2x1", "0, 1", "2x5"),
      broadcast("2x1", "0, 2", "2x3x5");
  broadcast("3x4", "1, 3", "2x3x2x4"), broadcast("1x1", "1, 2", "2x3x4"),
      broadcast("0x1", "0, 1", "0x3");
  broadcast("B", "1", "TxB"), broadcast("Bx1", "0, 1", "BxB*T"), broadcast("1", "0", "B"),
      broadcast("", "", "BxT");

  auto reshape = [&](std::string x, std::string y) { add(table, {{"net.reshape", {x}, "", y}}); };
  reshape("", ""), reshape("", "1"), reshape("1", ""), reshape("1x1", "1"), reshape("6", "2x3"),
      reshape("2x3", "6");
  reshape("2x3x4", "4x6"), reshape("0x3", "0"), reshape("0", "4x0"), reshape("5x1", "5"),
      reshape("3", "1x3x1");
  reshape("2x2x3x1", "3x4"), reshape("BxT", "B*T"), reshape("B*Tx2", "Bx2*T"),
      reshape("Bx1x3", "Bx3");

  const std::pair<const char *, const char *> orders[] = {{"", ""},
                                                          {"3", "0"},
                                                          {"2x3", "1, 0"},
                                                          {"2x3", "0, 1"},
                                                          {"0x3", "1, 0"},
                                                          {"1x5", "1, 0"},
                                                          {"2x3x4", "2, 0, 1"},
                                                          {"2x3x4", "1, 2, 0"},
                                                          {"2x3x4", "2, 1, 0"},
                                                          {"2x3x4", "0, 2, 1"},
                                                          {"2x1x3x4", "3, 0, 2, 1"},
                                                          {"2x3x1x2", "1, 3, 0, 2"},
                                                          {"3x3", "1, 0"}};
  for (auto [shape, order] : orders)
    addBoth(table, {{"net.transpose", {shape}, axes("order", order)}});

  const std::pair<const char *, const char *> reversed[] = {
      {"", ""},          {"3", "0"},       {"3", ""},       {"0", "0"},   {"1", "0"},
      {"2x3", "0"},      {"2x3", "1"},     {"2x3", "0, 1"}, {"0x3", "1"}, {"2x3x4", "1"},
      {"2x3x4", "0, 2"}, {"2x1x3x2", "3"}, {"5x1", "0, 1"}};
  for (auto [shape, over] : reversed)
    addBoth(table, {{"net.reverse", {shape}, axes("axes", over)}});

  auto slice = [&](std::string x, std::string starts, std::string strides, std::string y) {
    add(table, {{"net.slice",
                 {x},
                 "starts = #net.sizes<[" + starts + "]>, " + axes("strides", strides),
                 y}});
  };
  slice("", "", "", ""), slice("5", "0", "1", "5"), slice("5", "1", "1", "3"),
      slice("5", "1", "2", "2");
  slice("5", "4", "1", "1"), slice("5", "2", "1", "0"), slice("0", "0", "1", "0"),
      slice("7", "0", "3", "3");
  slice("3x4", "1, 0", "1, 1", "2x4"), slice("3x4", "0, 1", "2, 1", "2x3"),
      slice("3x4", "2, 3", "1, 1", "1x1");
  slice("2x5x3", "0, 1, 0", "1, 2, 2", "2x2x2"),
      slice("2x1x3x4", "1, 0, 0, 1", "1, 1, 2, 2", "1x1x2x2");
  slice("BxT", "0, 0", "1, 1", "BxT - 1"), slice("BxT", "0, T - 1", "1, 1", "Bx1"),
      slice("N", "1", "2", "2");

  auto pad = [&](std::string x, std::string low, std::string interior, std::string y) {
    add(table, {{"net.pad",
                 {x, ""},
                 "low = #net.sizes<[" + low + "]>, " + axes("interior", interior),
                 y}});
  };
  pad("", "", "", ""), pad("3", "0", "0", "3"), pad("3", "1", "0", "5"), pad("3", "2", "1", "9"),
      pad("3", "0", "2", "7");
  pad("0", "1", "0", "3"), pad("3", "-1", "0", "4"), pad("5", "-1", "0", "3"),
      pad("1", "2", "3", "4");
  pad("2x3", "1, 0", "0, 0", "4x3"), pad("2x3", "0, 1", "1, 0", "3x5"),
      pad("2x3", "1, -1", "2, 1", "6x5");
  pad("2x1x3", "0, 1, 1", "0, 0, 1", "2x3x7"),
      pad("2x1x3x2", "0, 1, 0, 0", "1, 0, 0, 1", "3x2x3x3");
  pad("BxT", "0, 1", "0, 0", "BxT + 2"), pad("N", "B", "0", "N + B"),
      pad("Bx3", "0, 0", "0, 0", "Bx3");

  auto concat = [&](Strings xs, int axis) {
    addBoth(table, {{"net.concat", xs, "axis = " + std::to_string(axis) + " : i64"}});
  };
  concat({"3"}, 0), concat({"3", "2"}, 0), concat({"1", "1", "1"}, 0), concat({"0", "3"}, 0),
      concat({"3", "0"}, 0);
  concat({"2x3", "4x3"}, 0), concat({"2x3", "2x1"}, 1), concat({"2x3", "2x1", "2x5"}, 1),
      concat({"2x0", "2x3"}, 1);
  concat({"2x3x4", "2x1x4"}, 1), concat({"2x3x1", "2x3x4", "2x3x1"}, 2),
      concat({"1x2x3x2", "4x2x3x2"}, 0);
  concat({"2x2x3x2", "2x2x3x1"}, 3);
}

std::string windowOf(const char *over, const char *sizes, const char *strides,
                     const char *dilations, const char *low, const char *high) {
  return axes("axes", over) + ", " + axes("sizes", sizes) + ", " + axes("strides", strides) + ", " +
         axes("dilations", dilations) + ", " + axes("low", low) + ", " + axes("high", high);
}

struct WindowCase {
  const char *x, *y, *over, *sizes, *strides, *dilations, *low, *high;
};
const WindowCase windows[] = {
    {"5", "3x3", "0", "3", "1", "1", "0", "0"},
    {"5", "2x2", "0", "2", "2", "1", "0", "0"},
    {"5", "5x3", "0", "3", "1", "1", "1", "1"},
    {"7", "2x3", "0", "3", "2", "2", "0", "0"},
    {"6", "3x2", "0", "2", "3", "1", "2", "1"},
    {"1", "1x1", "0", "1", "1", "1", "0", "0"},
    {"2", "0x3", "0", "3", "1", "1", "0", "0"},
    {"6", "2x2", "0", "2", "2", "1", "-1", "-1"},
    {"2x5", "2x4x2", "1", "2", "1", "1", "0", "0"},
    {"5x2", "4x2x2", "0", "2", "1", "1", "0", "0"},
    {"4x5", "3x2x2x3", "0, 1", "2, 3", "1, 2", "1, 1", "0, 0", "0, 0"},
    {"2x4x5x3", "2x2x3x3x2x3", "1, 2", "2, 3", "2, 2", "1, 1", "0, 1", "0, 1"},
    {"2x5x4x1", "2x3x4x1x3x2", "1, 2", "3, 2", "2, 1", "1, 1", "1, 1", "1, 0"},
    {"2x3x4", "2x3x2x3", "2", "3", "1", "1", "0", "0"},
    {"Bx5", "Bx2x3", "1", "3", "2", "1", "0", "0"},
};

void addWindows(Table &table) {
  for (const WindowCase &c : windows) {
    std::string attributes = windowOf(c.over, c.sizes, c.strides, c.dilations, c.low, c.high);
    add(table, {{"net.window", {c.x, ""}, attributes}});
    add(table, {{"net.unwindow", {c.y}, attributes, c.x}});
  }
  add(table, {{"net.window", {"BxT", ""}, windowOf("1", "2", "1", "1", "1", "0")}});
}

void addConvolutions(Table &table) {
  auto conv = [&](std::string x, std::string w, const char *strides, const char *low,
                  const char *high, const char *inputDilation, const char *dilation, int groups = 1,
                  int batchGroups = 1) {
    add(table, {{"net.conv",
                 {x, w},
                 axes("strides", strides) + ", " + axes("low", low) + ", " + axes("high", high) +
                     ", " + axes("input_dilation", inputDilation) + ", " +
                     axes("dilation", dilation) + ", groups = " + std::to_string(groups) +
                     " : i64, batch_groups = " + std::to_string(batchGroups) + " : i64"}});
  };
  conv("2x5x3", "3x3x2", "1", "0", "0", "1", "1"), conv("2x5x1", "2x1x1", "1", "0", "0", "1", "1");
  conv("2x6x3", "3x3x2", "2", "0", "0", "1", "1"), conv("1x6x3", "3x3x2", "2", "1", "1", "1", "1");
  conv("2x5x2", "2x2x3", "1", "0", "0", "1", "2"), conv("2x4x2", "3x2x3", "1", "2", "2", "2", "1");
  conv("2x4x2", "3x2x1", "2", "1", "2", "3", "2"), conv("2x5x2", "3x2x3", "3", "0", "1", "1", "1");
  conv("0x5x2", "3x2x3", "1", "0", "0", "1", "1"), conv("2x2x2", "3x2x3", "1", "0", "0", "1", "1");
  conv("2x5x4", "3x2x6", "1", "1", "1", "1", "1", 2),
      conv("1x7x3", "2x1x6", "2", "0", "0", "1", "2", 3);
  conv("4x5x3", "2x3x4", "1", "0", "1", "1", "1", 1, 2),
      conv("6x5x1", "3x1x3", "2", "1", "0", "2", "1", 1, 3);
  conv("2x6x2", "3x2x2", "1", "-1", "-1", "1", "1"),
      conv("2x6x2", "3x2x2", "2", "-1", "2", "2", "2");
  conv("2x4x5x3", "3x2x3x2", "1, 1", "0, 0", "0, 0", "1, 1", "1, 1");
  conv("2x5x4x2", "3x3x2x3", "2, 1", "1, 1", "1, 1", "1, 1", "1, 1");
  conv("2x4x4x4", "3x3x1x4", "2, 2", "0, 1", "1, 1", "1, 1", "1, 1", 4);
  conv("1x3x3x2", "2x2x2x1", "1, 1", "1, 1", "1, 1", "2, 2", "1, 1");
  conv("1x3x4x3x2", "2x2x2x2x3", "1, 2, 1", "1, 0, 0", "0, 1, 0", "1, 1, 2", "1, 1, 1");
  conv("Bx5x3", "3x3x2", "2", "1", "1", "1", "1"),
      conv("Bx4x4x2", "3x3x1x4", "1, 1", "1, 1", "1, 1", "1, 1", "1, 1", 2);
}

void addProducts(Table &table) {
  const struct {
    const char *a, *b, *spec;
  } products[] = {{"3x4", "4x5", "ij,jk->ik"},
                  {"4x3", "4x5", "ji,jk->ik"},
                  {"3x4", "5x4", "ij,kj->ik"},
                  {"3x4", "5x4", "ij,kj->ki"},
                  {"2x3x4", "4x5", "bij,jk->bik"},
                  {"2x3x4", "2x4x5", "bij,bjk->bik"},
                  {"3", "3", "i,i->"},
                  {"3", "3", "i,i->i"},
                  {"3", "4", "i,j->ij"},
                  {"3", "4", "i,j->ji"},
                  {"3x4", "", "ij,->ij"},
                  {"", "", ",->"},
                  {"3x4", "4", "ij,j->i"},
                  {"0x4", "4x5", "ij,jk->ik"},
                  {"3x0", "0x5", "ij,jk->ik"},
                  {"1x1", "1x1", "ij,jk->ik"},
                  {"2x3x4x5", "2x3x5x1", "abij,abjk->abik"},
                  {"2x3x4", "3x4x5", "bij,ijk->bk"},
                  {"2x3x4", "2x5x3", "bij,bki->jkb"},
                  {"2x3", "2x3", "ij,ij->"},
                  {"7x5", "5x2", "ij,jk->ki"}};
  for (const auto &p : products)
    addBoth(table, {{"net.einsum", {p.a, p.b}, std::string("spec = \"") + p.spec + "\""}});
}
} // namespace

void net::test::addBoth(Table &table, const Cases &cases) {
  for (const OpCase &c : cases) {
    table[c.op].push_back(c);
    table[c.op].push_back(c.named());
  }
}

const Table &net::test::derivativeCases() {
  static const Table table = [] {
    Table made;
    addElementwise(made);
    addReductions(made);
    addMoves(made);
    addWindows(made);
    addConvolutions(made);
    addIndexing(made);
    addRows(made);
    addProducts(made);
    return made;
  }();
  return table;
}

const std::map<std::string, std::string> &net::test::operationsWithoutDerivative() {
  static const std::map<std::string, std::string> reasons = {
      {"net.call", "structure: gone before derivatives are taken"},
      {"net.grad", "structure: the derivative itself, tested with its pass"},
      {"net.custom_vjp", "structure: its derivative is the program's, tested with the pass"},
      {"net.scan", "structure: the derivative of its region, tested with the pass"},
      {"net.yield", "structure"},
      {"net.kernel", "structure: made after derivatives are taken"},
      {"net.constant", "no operands"},
      {"net.size", "no operands"},
      {"net.iota", "no operands"},
      {"net.not", "truth values only"},
      {"net.and", "truth values only"},
      {"net.or", "truth values only"},
      {"net.any", "truth values only"},
      {"net.all", "truth values only"},
      {"net.eq", "a truth value of numbers: `zero`"},
      {"net.ne", "a truth value of numbers: `zero`"},
      {"net.lt", "a truth value of numbers: `zero`"},
      {"net.le", "a truth value of numbers: `zero`"},
      {"net.gt", "a truth value of numbers: `zero`"},
      {"net.ge", "a truth value of numbers: `zero`"},
      {"net.argmax", "a position: `blocked`, tested as a convention"},
      {"net.argmin", "a position: `blocked`, tested as a convention"},
      {"net.argsort", "positions: `blocked`, tested as a convention"},
      {"net.stop_gradient", "`zero` against the derivative, by definition: tested as a convention"},
      {"net.checked", "whole numbers only"},
      {"net.fold_key", "keys only"},
      {"net.fold_in", "keys only"},
      {"net.uniform", "keys only"},
      {"net.normal", "keys only"},
      {"net.randint", "whole numbers only"},
  };
  return reasons;
}
