// RUN: net-opt %s --split-input-file --verify-diagnostics | net-opt --split-input-file | FileCheck %s
// RUN: net-opt %s --split-input-file --verify-diagnostics --net-grad --cse | FileCheck %s --check-prefix=GRAD

// net.argsort: positions in order; blocked for derivatives.

// CHECK-LABEL: @named(
// CHECK: net.argsort %{{.*}} over 1 : (tensor<?x3xf32, #net.sizes<[B, 3]>>) -> tensor<?x3xi32, #net.sizes<[B, 3]>>
// CHECK: net.argsort %{{.*}} over 1 descending : (tensor<?x3xf32, #net.sizes<[B, 3]>>) -> tensor<?x3xi32, #net.sizes<[B, 3]>>
func.func @named(%x: tensor<?x3xf32, #net.sizes<[B, 3]>>) -> (tensor<?x3xi32, #net.sizes<[B, 3]>>, tensor<?x3xi32, #net.sizes<[B, 3]>>) {
  %y = net.argsort %x over 1 : (tensor<?x3xf32, #net.sizes<[B, 3]>>) -> tensor<?x3xi32, #net.sizes<[B, 3]>>
  %z = net.argsort %x over 1 descending : (tensor<?x3xf32, #net.sizes<[B, 3]>>) -> tensor<?x3xi32, #net.sizes<[B, 3]>>
  return %y, %z : tensor<?x3xi32, #net.sizes<[B, 3]>>, tensor<?x3xi32, #net.sizes<[B, 3]>>
}

// -----

func.func @wrong(%x: tensor<2x3xf32>) {
  // expected-error @+2 {{cannot sort axis 2 of f32[2, 3]}}
  // expected-error @+1 {{'net.argsort' op failed to infer returned types}}
  %y = net.argsort %x over 2 : (tensor<2x3xf32>) -> tensor<2x3xi32>
  return
}

// -----

// What is sorted has a derivative, its positions have none.
// GRAD-LABEL: @sorted(
// GRAD-SAME:  %[[X:[a-z0-9]+]]:{{.*}}%[[W:[a-z0-9]+]]:
// GRAD:       %[[I:.*]] = net.argsort %[[X]] over 0
// GRAD:       net.constant dense<1.000000e+00>
// GRAD:       %[[DY:.*]] = net.mul %{{.*}}, %[[W]]
// GRAD:       %[[DX:.*]] = net.scatter_add_along %{{.*}} at %[[I]] with %[[DY]] over 0
// GRAD:       return %[[DX]]
func.func @sorted(%x: tensor<3xf32>, %w: tensor<3xf32>) -> tensor<3xf32> {
  %dx, %loss = net.grad %x : (tensor<3xf32>) -> (tensor<3xf32>, tensor<f32>) {
  ^bb0(%v: tensor<3xf32>):
    %i = net.argsort %v over 0 : (tensor<3xf32>) -> tensor<3xi32>
    %s = net.take_along %v at %i over 0 : (tensor<3xf32>, tensor<3xi32>) -> tensor<3xf32>
    %p = net.mul %s, %w : tensor<3xf32>
    %l = net.sum %p over [0] : (tensor<3xf32>) -> tensor<f32>
    net.yield %l : tensor<f32>
  }
  return %dx : tensor<3xf32>
}
