// RUN: net-opt %s --split-input-file --verify-diagnostics | net-opt --split-input-file | FileCheck %s
// RUN: net-opt %s --split-input-file --verify-diagnostics --net-grad --cse | FileCheck %s --check-prefix=GRAD

// net.take_along: one element for each index.

// CHECK-LABEL: @named(
// CHECK: net.take_along %{{.*}} at %{{.*}} over 1 : (tensor<?x3xf32, #net.sizes<[B, 3]>>, tensor<?x1xi32, #net.sizes<[B, 1]>>) -> tensor<?x1xf32, #net.sizes<[B, 1]>>
func.func @named(%x: tensor<?x3xf32, #net.sizes<[B, 3]>>, %i: tensor<?x1xi32, #net.sizes<[B, 1]>>) -> tensor<?x1xf32, #net.sizes<[B, 1]>> {
  %y = net.take_along %x at %i over 1 : (tensor<?x3xf32, #net.sizes<[B, 3]>>, tensor<?x1xi32, #net.sizes<[B, 1]>>) -> tensor<?x1xf32, #net.sizes<[B, 1]>>
  return %y : tensor<?x1xf32, #net.sizes<[B, 1]>>
}

// -----

// GRAD-LABEL: @derivative(
// GRAD-SAME:  %[[X:[a-z0-9]+]]:{{.*}}%[[I:[a-z0-9]+]]:{{.*}}%[[W:[a-z0-9]+]]:
// GRAD:       %[[Y:.*]] = net.take_along %[[X]] at %[[I]] over 1
// GRAD:       net.constant dense<1.000000e+00>
// GRAD:       %[[DY:.*]] = net.mul %{{.*}}, %[[W]]
// GRAD:       %[[ZERO:.*]] = net.constant dense<0.000000e+00>
// GRAD:       %[[BROADCAST2:.*]] = net.broadcast %[[ZERO]] to [] : {{.*}} -> tensor<?x3xf32, #net.sizes<[B, 3]>>
// GRAD:       %[[SCATTER_ADD_ALONG:.*]] = net.scatter_add_along %[[BROADCAST2]] at %[[I]] with %[[DY]] over 1
// GRAD:       return %[[SCATTER_ADD_ALONG]]
func.func @derivative(%x: tensor<?x3xf32, #net.sizes<[B, 3]>>, %i: tensor<?x1xi32, #net.sizes<[B, 1]>>, %w: tensor<?x1xf32, #net.sizes<[B, 1]>>) -> tensor<?x3xf32, #net.sizes<[B, 3]>> {
  %dx, %loss = net.grad %x : (tensor<?x3xf32, #net.sizes<[B, 3]>>) -> (tensor<?x3xf32, #net.sizes<[B, 3]>>, tensor<f32>) {
  ^bb0(%v: tensor<?x3xf32, #net.sizes<[B, 3]>>):
    %y = net.take_along %v at %i over 1 : (tensor<?x3xf32, #net.sizes<[B, 3]>>, tensor<?x1xi32, #net.sizes<[B, 1]>>) -> tensor<?x1xf32, #net.sizes<[B, 1]>>
    %p = net.mul %y, %w : tensor<?x1xf32, #net.sizes<[B, 1]>>
    %l = net.sum %p over [0, 1] : (tensor<?x1xf32, #net.sizes<[B, 1]>>) -> tensor<f32>
    net.yield %l : tensor<f32>
  }
  return %dx : tensor<?x3xf32, #net.sizes<[B, 3]>>
}

// -----

func.func @wrong(%x: tensor<4x3xf32>, %i: tensor<5x1xi32>) {
  // expected-error @+2 {{cannot take from axis 1 of f32[4, 3] at i32[5, 1]}}
  // expected-error @+1 {{'net.take_along' op failed to infer returned types}}
  %y = net.take_along %x at %i over 1 : (tensor<4x3xf32>, tensor<5x1xi32>) -> tensor<5x1xf32>
  return
}
