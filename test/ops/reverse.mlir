// RUN: net-opt %s --split-input-file --verify-diagnostics | net-opt --split-input-file | FileCheck %s
// RUN: net-opt %s --split-input-file --verify-diagnostics --net-grad --cse | FileCheck %s --check-prefix=GRAD

// net.reverse: axes backwards; its own derivative.

// CHECK-LABEL: @named(
// CHECK: net.reverse %{{.*}} over [0] : tensor<?x3xf32, #net.sizes<[B, 3]>>
func.func @named(%x: tensor<?x3xf32, #net.sizes<[B, 3]>>) -> tensor<?x3xf32, #net.sizes<[B, 3]>> {
  %y = net.reverse %x over [0] : tensor<?x3xf32, #net.sizes<[B, 3]>>
  return %y : tensor<?x3xf32, #net.sizes<[B, 3]>>
}

// -----

// GRAD-LABEL: @derivative(
// GRAD-SAME:  %[[X:[a-z0-9]+]]:{{.*}}%[[W:[a-z0-9]+]]:
// GRAD:       %[[Y:.*]] = net.reverse %[[X]] over [0]
// GRAD:       net.constant dense<1.000000e+00>
// GRAD:       %[[DY:.*]] = net.mul %{{.*}}, %[[W]]
// GRAD:       %[[REVERSE:.*]] = net.reverse %[[DY]] over [0]
// GRAD:       return %[[REVERSE]]
func.func @derivative(%x: tensor<?x3xf32, #net.sizes<[B, 3]>>, %w: tensor<?x3xf32, #net.sizes<[B, 3]>>) -> tensor<?x3xf32, #net.sizes<[B, 3]>> {
  %dx, %loss = net.grad %x : (tensor<?x3xf32, #net.sizes<[B, 3]>>) -> (tensor<?x3xf32, #net.sizes<[B, 3]>>, tensor<f32>) {
  ^bb0(%v: tensor<?x3xf32, #net.sizes<[B, 3]>>):
    %y = net.reverse %v over [0] : tensor<?x3xf32, #net.sizes<[B, 3]>>
    %p = net.mul %y, %w : tensor<?x3xf32, #net.sizes<[B, 3]>>
    %l = net.sum %p over [0, 1] : (tensor<?x3xf32, #net.sizes<[B, 3]>>) -> tensor<f32>
    net.yield %l : tensor<f32>
  }
  return %dx : tensor<?x3xf32, #net.sizes<[B, 3]>>
}

// -----

func.func @wrong(%x: tensor<2x3xf32>) {
  // expected-error @+1 {{'net.reverse' op has no such axes in f32[2, 3]}}
  %y = net.reverse %x over [2] : tensor<2x3xf32>
  return
}

// -----

func.func @wrong(%x: tensor<2x3xf32>) {
  // expected-error @+1 {{'net.reverse' op has no such axes in f32[2, 3]}}
  %y = net.reverse %x over [0, 0] : tensor<2x3xf32>
  return
}
