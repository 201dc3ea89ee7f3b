// RUN: net-opt %s --split-input-file --verify-diagnostics | net-opt --split-input-file | FileCheck %s
// RUN: net-opt %s --split-input-file --verify-diagnostics --net-grad --cse | FileCheck %s --check-prefix=GRAD

// net.window: sliding windows; the derivative is net.unwindow, and a sum for the value outside.

// CHECK-LABEL: @named(
// CHECK: net.window %{{.*}} with %{{.*}} {axes = array<i64: 1>, dilations = array<i64: 1>, high = array<i64: 1>, low = array<i64: 1>, sizes = array<i64: 3>, strides = array<i64: 2>} : (tensor<?x5xf32, #net.sizes<[B, 5]>>, tensor<f32>) -> tensor<?x3x3xf32, #net.sizes<[B, 3, 3]>>
func.func @named(%x: tensor<?x5xf32, #net.sizes<[B, 5]>>, %v: tensor<f32>) -> tensor<?x3x3xf32, #net.sizes<[B, 3, 3]>> {
  %y = net.window %x with %v {axes = array<i64: 1>, dilations = array<i64: 1>, high = array<i64: 1>, low = array<i64: 1>, sizes = array<i64: 3>, strides = array<i64: 2>} : (tensor<?x5xf32, #net.sizes<[B, 5]>>, tensor<f32>) -> tensor<?x3x3xf32, #net.sizes<[B, 3, 3]>>
  return %y : tensor<?x3x3xf32, #net.sizes<[B, 3, 3]>>
}

// -----

// GRAD-LABEL: @derivative(
// GRAD-SAME:  %[[X:[a-z0-9]+]]:{{.*}}%[[V:[a-z0-9]+]]:{{.*}}%[[W:[a-z0-9]+]]:
// GRAD:       %[[Y:.*]] = net.window %[[X]] with %[[V]] {axes = array<i64: 1>, dilations = array<i64: 1>, high = array<i64: 1>, low = array<i64: 1>, sizes = array<i64: 3>, strides = array<i64: 2>}
// GRAD:       %[[ONE:.*]] = net.constant dense<1.000000e+00>
// GRAD:       %[[DY:.*]] = net.mul %{{.*}}, %[[W]]
// GRAD:       %[[UNWINDOW:.*]] = net.unwindow %[[DY]] {axes = array<i64: 1>, dilations = array<i64: 1>, high = array<i64: 1>, low = array<i64: 1>, sizes = array<i64: 3>, strides = array<i64: 2>} : {{.*}} -> tensor<?x5xf32, #net.sizes<[B, 5]>>
// GRAD:       %[[ZERO:.*]] = net.constant dense<0.000000e+00>
// GRAD:       %[[BROADCAST2:.*]] = net.broadcast %[[ZERO]] to [] : {{.*}} -> tensor<?x5xf32, #net.sizes<[B, 5]>>
// GRAD:       %[[WINDOW:.*]] = net.window %[[BROADCAST2]] with %[[ONE]] {axes = array<i64: 1>, dilations = array<i64: 1>, high = array<i64: 1>, low = array<i64: 1>, sizes = array<i64: 3>, strides = array<i64: 2>}
// GRAD:       %[[MUL2:.*]] = net.mul %[[DY]], %[[WINDOW]]
// GRAD:       %[[SUM:.*]] = net.sum %[[MUL2]] over [0, 1, 2]
// GRAD:       return %[[UNWINDOW]], %[[SUM]]
func.func @derivative(%x: tensor<?x5xf32, #net.sizes<[B, 5]>>, %e: tensor<f32>, %w: tensor<?x3x3xf32, #net.sizes<[B, 3, 3]>>) -> (tensor<?x5xf32, #net.sizes<[B, 5]>>, tensor<f32>) {
  %dx, %de, %loss = net.grad %x, %e : (tensor<?x5xf32, #net.sizes<[B, 5]>>, tensor<f32>) -> (tensor<?x5xf32, #net.sizes<[B, 5]>>, tensor<f32>, tensor<f32>) {
  ^bb0(%vx: tensor<?x5xf32, #net.sizes<[B, 5]>>, %ve: tensor<f32>):
    %y = net.window %vx with %ve {axes = array<i64: 1>, dilations = array<i64: 1>, high = array<i64: 1>, low = array<i64: 1>, sizes = array<i64: 3>, strides = array<i64: 2>} : (tensor<?x5xf32, #net.sizes<[B, 5]>>, tensor<f32>) -> tensor<?x3x3xf32, #net.sizes<[B, 3, 3]>>
    %p = net.mul %y, %w : tensor<?x3x3xf32, #net.sizes<[B, 3, 3]>>
    %l = net.sum %p over [0, 1, 2] : (tensor<?x3x3xf32, #net.sizes<[B, 3, 3]>>) -> tensor<f32>
    net.yield %l : tensor<f32>
  }
  return %dx, %de : tensor<?x5xf32, #net.sizes<[B, 5]>>, tensor<f32>
}

// -----

func.func @wrong(%x: tensor<5xf32>, %v: tensor<f32>) {
  // expected-error @+2 {{has windows over axes that f32[5] has not}}
  // expected-error @+1 {{'net.window' op failed to infer returned types}}
  %y = "net.window"(%x, %v) {axes = array<i64: 2>, dilations = array<i64: 1>, high = array<i64: 1>, low = array<i64: 1>, sizes = array<i64: 3>, strides = array<i64: 2>} : (tensor<5xf32>, tensor<f32>) -> tensor<3x3xf32>
  return
}

// -----

func.func @wrong(%x: tensor<2x5xf32>, %v: tensor<f32>) {
  // expected-error @+2 {{wants a size, a stride, a dilation and paddings for each windowed axis}}
  // expected-error @+1 {{'net.window' op failed to infer returned types}}
  %y = "net.window"(%x, %v) {axes = array<i64: 1>, dilations = array<i64: 1>, high = array<i64: 1>, low = array<i64: 1>, sizes = array<i64: 3>, strides = array<i64: 0>} : (tensor<2x5xf32>, tensor<f32>) -> tensor<2x3x3xf32>
  return
}

// -----

func.func @wrong(%x: tensor<2x5xf32>, %v: tensor<f64>) {
  // expected-error @+2 {{mixes element types}}
  // expected-error @+1 {{'net.window' op failed to infer returned types}}
  %y = "net.window"(%x, %v) {axes = array<i64: 1>, dilations = array<i64: 1>, high = array<i64: 1>, low = array<i64: 1>, sizes = array<i64: 3>, strides = array<i64: 2>} : (tensor<2x5xf32>, tensor<f64>) -> tensor<2x3x3xf32>
  return
}

// -----

func.func @wrong(%x: tensor<2x5xf32>, %v: tensor<f32>) {
  // expected-error @+2 {{the count of windows over axis 1 of f32[2, 5] overflows}}
  // expected-error @+1 {{'net.window' op failed to infer returned types}}
  %y = "net.window"(%x, %v) {axes = array<i64: 1>, dilations = array<i64: 1>, high = array<i64: 1>, low = array<i64: 9223372036854775807>, sizes = array<i64: 3>, strides = array<i64: 2>} : (tensor<2x5xf32>, tensor<f32>) -> tensor<2x3x3xf32>
  return
}
