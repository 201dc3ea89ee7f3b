// RUN: net-opt %s --split-input-file --verify-diagnostics | net-opt --split-input-file | FileCheck %s
// RUN: net-opt %s --split-input-file --verify-diagnostics --net-grad --cse | FileCheck %s --check-prefix=GRAD

// net.scatter_add_along: the transpose of net.take_along.

// CHECK-LABEL: @named(
// CHECK: net.scatter_add_along %{{.*}} at %{{.*}} with %{{.*}} over 1 : tensor<?x3xf32, #net.sizes<[B, 3]>>, tensor<?x1xi32, #net.sizes<[B, 1]>>, tensor<?x1xf32, #net.sizes<[B, 1]>>
func.func @named(%x: tensor<?x3xf32, #net.sizes<[B, 3]>>, %i: tensor<?x1xi32, #net.sizes<[B, 1]>>, %u: tensor<?x1xf32, #net.sizes<[B, 1]>>) -> tensor<?x3xf32, #net.sizes<[B, 3]>> {
  %y = net.scatter_add_along %x at %i with %u over 1 : tensor<?x3xf32, #net.sizes<[B, 3]>>, tensor<?x1xi32, #net.sizes<[B, 1]>>, tensor<?x1xf32, #net.sizes<[B, 1]>>
  return %y : tensor<?x3xf32, #net.sizes<[B, 3]>>
}

// -----

// GRAD-LABEL: @derivative(
// GRAD-SAME:  %[[X:[a-z0-9]+]]:{{.*}}%[[U:[a-z0-9]+]]:{{.*}}%[[I:[a-z0-9]+]]:{{.*}}%[[W:[a-z0-9]+]]:
// GRAD:       %[[Y:.*]] = net.scatter_add_along %[[X]] at %[[I]] with %[[U]] over 1
// GRAD:       net.constant dense<1.000000e+00>
// GRAD:       %[[DY:.*]] = net.mul %{{.*}}, %[[W]]
// GRAD:       %[[TAKE_ALONG:.*]] = net.take_along %[[DY]] at %[[I]] over 1
// GRAD:       return %[[DY]], %[[TAKE_ALONG]]
func.func @derivative(%x: tensor<?x3xf32, #net.sizes<[B, 3]>>, %u: tensor<?x1xf32, #net.sizes<[B, 1]>>, %i: tensor<?x1xi32, #net.sizes<[B, 1]>>, %w: tensor<?x3xf32, #net.sizes<[B, 3]>>) -> (tensor<?x3xf32, #net.sizes<[B, 3]>>, tensor<?x1xf32, #net.sizes<[B, 1]>>) {
  %dx, %du, %loss = net.grad %x, %u : (tensor<?x3xf32, #net.sizes<[B, 3]>>, tensor<?x1xf32, #net.sizes<[B, 1]>>) -> (tensor<?x3xf32, #net.sizes<[B, 3]>>, tensor<?x1xf32, #net.sizes<[B, 1]>>, tensor<f32>) {
  ^bb0(%vx: tensor<?x3xf32, #net.sizes<[B, 3]>>, %vu: tensor<?x1xf32, #net.sizes<[B, 1]>>):
    %y = net.scatter_add_along %vx at %i with %vu over 1 : tensor<?x3xf32, #net.sizes<[B, 3]>>, tensor<?x1xi32, #net.sizes<[B, 1]>>, tensor<?x1xf32, #net.sizes<[B, 1]>>
    %p = net.mul %y, %w : tensor<?x3xf32, #net.sizes<[B, 3]>>
    %l = net.sum %p over [0, 1] : (tensor<?x3xf32, #net.sizes<[B, 3]>>) -> tensor<f32>
    net.yield %l : tensor<f32>
  }
  return %dx, %du : tensor<?x3xf32, #net.sizes<[B, 3]>>, tensor<?x1xf32, #net.sizes<[B, 1]>>
}

// -----

func.func @wrong(%x: tensor<4x3xf32>, %i: tensor<4x1xi32>, %u: tensor<4x2xf32>) {
  // expected-error @+1 {{'net.scatter_add_along' op adds f32[4, 2] where f32[4, 1] fits}}
  %y = net.scatter_add_along %x at %i with %u over 1 : tensor<4x3xf32>, tensor<4x1xi32>, tensor<4x2xf32>
  return
}
