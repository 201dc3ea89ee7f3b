// RUN: net-opt %s --split-input-file --verify-diagnostics | net-opt --split-input-file | FileCheck %s
// RUN: net-opt %s --split-input-file --verify-diagnostics --canonicalize | FileCheck %s --check-prefix=FOLD
// RUN: net-opt %s --split-input-file --verify-diagnostics --net-grad --cse | FileCheck %s --check-prefix=GRAD

// net.transpose: axes in another order; the derivative takes them back.

// CHECK-LABEL: @named(
// CHECK: net.transpose %{{.*}} by [2, 0, 1] : (tensor<?x3x4xf32, #net.sizes<[B, 3, 4]>>) -> tensor<4x?x3xf32, #net.sizes<[4, B, 3]>>
func.func @named(%x: tensor<?x3x4xf32, #net.sizes<[B, 3, 4]>>) -> tensor<4x?x3xf32, #net.sizes<[4, B, 3]>> {
  %y = net.transpose %x by [2, 0, 1] : (tensor<?x3x4xf32, #net.sizes<[B, 3, 4]>>) -> tensor<4x?x3xf32, #net.sizes<[4, B, 3]>>
  return %y : tensor<4x?x3xf32, #net.sizes<[4, B, 3]>>
}

// -----

// FOLD-LABEL: @same(
// FOLD-SAME:  %[[X:[a-z0-9]+]]:
// FOLD:       return %[[X]]
func.func @same(%x: tensor<?x3xf32, #net.sizes<[B, 3]>>) -> tensor<?x3xf32, #net.sizes<[B, 3]>> {
  %y = net.transpose %x by [0, 1] : (tensor<?x3xf32, #net.sizes<[B, 3]>>) -> tensor<?x3xf32, #net.sizes<[B, 3]>>
  return %y : tensor<?x3xf32, #net.sizes<[B, 3]>>
}

// -----

// GRAD-LABEL: @derivative(
// GRAD-SAME:  %[[X:[a-z0-9]+]]:{{.*}}%[[W:[a-z0-9]+]]:
// GRAD:       %[[Y:.*]] = net.transpose %[[X]] by [2, 0, 1]
// GRAD:       net.constant dense<1.000000e+00>
// GRAD:       %[[DY:.*]] = net.mul %{{.*}}, %[[W]]
// GRAD:       %[[TRANSPOSE:.*]] = net.transpose %[[DY]] by [1, 2, 0]
// GRAD:       return %[[TRANSPOSE]]
func.func @derivative(%x: tensor<?x3x4xf32, #net.sizes<[B, 3, 4]>>, %w: tensor<4x?x3xf32, #net.sizes<[4, B, 3]>>) -> tensor<?x3x4xf32, #net.sizes<[B, 3, 4]>> {
  %dx, %loss = net.grad %x : (tensor<?x3x4xf32, #net.sizes<[B, 3, 4]>>) -> (tensor<?x3x4xf32, #net.sizes<[B, 3, 4]>>, tensor<f32>) {
  ^bb0(%v: tensor<?x3x4xf32, #net.sizes<[B, 3, 4]>>):
    %y = net.transpose %v by [2, 0, 1] : (tensor<?x3x4xf32, #net.sizes<[B, 3, 4]>>) -> tensor<4x?x3xf32, #net.sizes<[4, B, 3]>>
    %p = net.mul %y, %w : tensor<4x?x3xf32, #net.sizes<[4, B, 3]>>
    %l = net.sum %p over [0, 1, 2] : (tensor<4x?x3xf32, #net.sizes<[4, B, 3]>>) -> tensor<f32>
    net.yield %l : tensor<f32>
  }
  return %dx : tensor<?x3x4xf32, #net.sizes<[B, 3, 4]>>
}

// -----

func.func @wrong(%x: tensor<2x3xf32>) {
  // expected-error @+2 {{no order of the axes of f32[2, 3]}}
  // expected-error @+1 {{'net.transpose' op failed to infer returned types}}
  %y = net.transpose %x by [0, 0] : (tensor<2x3xf32>) -> tensor<2x2xf32>
  return
}

// -----

func.func @wrong(%x: tensor<2x3xf32>) {
  // expected-error @+2 {{no order of the axes of f32[2, 3]}}
  // expected-error @+1 {{'net.transpose' op failed to infer returned types}}
  %y = net.transpose %x by [0] : (tensor<2x3xf32>) -> tensor<2xf32>
  return
}
