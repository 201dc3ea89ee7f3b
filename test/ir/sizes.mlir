// RUN: net-opt %s --split-input-file --verify-diagnostics | net-opt --split-input-file | FileCheck %s

// #net.sizes: a size expression an axis, in one canonical text.

// CHECK-LABEL: @canonical(
// CHECK-SAME: #net.sizes<[B*T + 1, 10]>
// CHECK-SAME: #net.sizes<[3*B]>
// CHECK-SAME: #net.sizes<[(T - 3) floordiv 2 + 1]>
// CHECK-SAME: #net.sizes<[B + T]>
// CHECK-SAME: #net.sizes<["h'"]>
func.func @canonical(%a: tensor<?x10xf32, #net.sizes<[1 + T*B, 10]>>, %b: tensor<?xf32, #net.sizes<[B + B + B]>>,
                     %c: tensor<?xf32, #net.sizes<[1 + (T - 3) floordiv 2]>>, %d: tensor<?xf32, #net.sizes<[T + B]>>,
                     %e: tensor<?xf32, #net.sizes<["h'"]>>) {
  return
}

// -----

// Sizes that are the same polynomial are the same type.
// CHECK-LABEL: @equal(
func.func @equal(%a: tensor<?xf32, #net.sizes<[B*T + T]>>, %b: tensor<?xf32, #net.sizes<[T + T*B]>>) -> tensor<?xf32, #net.sizes<[T*B + T]>> {
  %y = net.add %a, %b : tensor<?xf32, #net.sizes<[T + B*T]>>
  return %y : tensor<?xf32, #net.sizes<[B*T + T]>>
}

// -----

// expected-error @+1 {{#net.sizes names 1 axes of a tensor with 2}}
func.func @wrong(%a: tensor<?x10xf32, #net.sizes<[B]>>) { return }

// -----

// expected-error @+1 {{#net.sizes calls axis 1 10, the tensor has 11}}
func.func @wrong(%a: tensor<?x11xf32, #net.sizes<[B, 10]>>) { return }

// -----

// expected-error @+1 {{#net.sizes calls axis 0 B, the tensor has 4}}
func.func @wrong(%a: tensor<4xf32, #net.sizes<[B]>>) { return }

// -----

// expected-error @+1 {{#net.sizes: axis 0 has no meaning as a size}}
func.func @wrong(%a: tensor<?xf32, #net.sizes<[99999999999 * 99999999999]>>) { return }

// -----

// expected-error @+1 {{#net.sizes: axis 0 has no meaning as a size}}
func.func @wrong(%a: tensor<?xf32, #net.sizes<[B floordiv 0]>>) { return }
