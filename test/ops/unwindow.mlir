// RUN: net-opt %s --split-input-file --verify-diagnostics | net-opt --split-input-file | FileCheck %s
// RUN: net-opt %s --split-input-file --verify-diagnostics --net-grad --cse | FileCheck %s --check-prefix=GRAD

// net.unwindow: the sum of overlapping windows, the transpose of net.window.

// CHECK-LABEL: @named(
// CHECK: net.unwindow %{{.*}} {axes = array<i64: 1>, dilations = array<i64: 1>, high = array<i64: 1>, low = array<i64: 1>, sizes = array<i64: 3>, strides = array<i64: 2>} : tensor<?x3x3xf32, #net.sizes<[B, 3, 3]>> -> tensor<?x5xf32, #net.sizes<[B, 5]>>
func.func @named(%x: tensor<?x3x3xf32, #net.sizes<[B, 3, 3]>>) -> tensor<?x5xf32, #net.sizes<[B, 5]>> {
  %y = net.unwindow %x {axes = array<i64: 1>, dilations = array<i64: 1>, high = array<i64: 1>, low = array<i64: 1>, sizes = array<i64: 3>, strides = array<i64: 2>} : tensor<?x3x3xf32, #net.sizes<[B, 3, 3]>> -> tensor<?x5xf32, #net.sizes<[B, 5]>>
  return %y : tensor<?x5xf32, #net.sizes<[B, 5]>>
}

// -----

// GRAD-LABEL: @derivative(
// GRAD-SAME:  %[[X:[a-z0-9]+]]:{{.*}}%[[W:[a-z0-9]+]]:
// GRAD:       %[[Y:.*]] = net.unwindow %[[X]] {axes = array<i64: 1>, dilations = array<i64: 1>, high = array<i64: 1>, low = array<i64: 1>, sizes = array<i64: 3>, strides = array<i64: 2>} : {{.*}} -> tensor<?x5xf32, #net.sizes<[B, 5]>>
// GRAD:       net.constant dense<1.000000e+00>
// GRAD:       %[[DY:.*]] = net.mul %{{.*}}, %[[W]]
// GRAD:       %[[ZERO:.*]] = net.constant dense<0.000000e+00>
// GRAD:       %[[WINDOW:.*]] = net.window %[[DY]] with %[[ZERO]] {axes = array<i64: 1>, dilations = array<i64: 1>, high = array<i64: 1>, low = array<i64: 1>, sizes = array<i64: 3>, strides = array<i64: 2>}
// GRAD:       return %[[WINDOW]]
func.func @derivative(%x: tensor<?x3x3xf32, #net.sizes<[B, 3, 3]>>, %w: tensor<?x5xf32, #net.sizes<[B, 5]>>) -> tensor<?x3x3xf32, #net.sizes<[B, 3, 3]>> {
  %dx, %loss = net.grad %x : (tensor<?x3x3xf32, #net.sizes<[B, 3, 3]>>) -> (tensor<?x3x3xf32, #net.sizes<[B, 3, 3]>>, tensor<f32>) {
  ^bb0(%v: tensor<?x3x3xf32, #net.sizes<[B, 3, 3]>>):
    %y = net.unwindow %v {axes = array<i64: 1>, dilations = array<i64: 1>, high = array<i64: 1>, low = array<i64: 1>, sizes = array<i64: 3>, strides = array<i64: 2>} : tensor<?x3x3xf32, #net.sizes<[B, 3, 3]>> -> tensor<?x5xf32, #net.sizes<[B, 5]>>
    %p = net.mul %y, %w : tensor<?x5xf32, #net.sizes<[B, 5]>>
    %l = net.sum %p over [0, 1] : (tensor<?x5xf32, #net.sizes<[B, 5]>>) -> tensor<f32>
    net.yield %l : tensor<f32>
  }
  return %dx : tensor<?x3x3xf32, #net.sizes<[B, 3, 3]>>
}

// -----

func.func @wrong(%x: tensor<2x4x3xf32>) {
  // expected-error @+1 {{'net.unwindow' op sums f32[2, 4, 3], the windows of f32[2, 5] are f32[2, 3, 3]}}
  %y = net.unwindow %x {axes = array<i64: 1>, dilations = array<i64: 1>, high = array<i64: 1>, low = array<i64: 1>, sizes = array<i64: 3>, strides = array<i64: 2>} : tensor<2x4x3xf32> -> tensor<2x5xf32>
  return
}
