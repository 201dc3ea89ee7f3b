//===- NetOps.td - all operations of the dialect ----------*- tablegen -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
include "ir/ops/Control.td"
include "ir/ops/Elementwise.td"
include "ir/ops/Product.td"
include "ir/ops/Random.td"
include "ir/ops/Reduce.td"
include "ir/ops/Rows.td"
include "ir/ops/Shape.td"
