// RUN: net-opt %s --split-input-file --verify-diagnostics | net-opt --split-input-file | FileCheck %s
// RUN: net-opt %s --split-input-file --verify-diagnostics --net-grad --cse | FileCheck %s --check-prefix=GRAD

// net.scatter_add: the transpose of net.take.

// CHECK-LABEL: @named(
// CHECK: net.scatter_add %{{.*}} at %{{.*}} with %{{.*}} over 0 : tensor<10x4xf32>, tensor<?xi32, #net.sizes<[N]>>, tensor<?x4xf32, #net.sizes<[N, 4]>>
func.func @named(%x: tensor<10x4xf32>, %i: tensor<?xi32, #net.sizes<[N]>>, %u: tensor<?x4xf32, #net.sizes<[N, 4]>>) -> tensor<10x4xf32> {
  %y = net.scatter_add %x at %i with %u over 0 : tensor<10x4xf32>, tensor<?xi32, #net.sizes<[N]>>, tensor<?x4xf32, #net.sizes<[N, 4]>>
  return %y : tensor<10x4xf32>
}

// -----

// GRAD-LABEL: @derivative(
// GRAD-SAME:  %[[X:[a-z0-9]+]]:{{.*}}%[[U:[a-z0-9]+]]:{{.*}}%[[I:[a-z0-9]+]]:{{.*}}%[[W:[a-z0-9]+]]:
// GRAD:       %[[Y:.*]] = net.scatter_add %[[X]] at %[[I]] with %[[U]] over 0
// GRAD:       net.constant dense<1.000000e+00>
// GRAD:       %[[DY:.*]] = net.mul %{{.*}}, %[[W]]
// GRAD:       %[[TAKE:.*]] = net.take %[[DY]] at %[[I]] over 0
// GRAD:       return %[[DY]], %[[TAKE]]
func.func @derivative(%x: tensor<10x4xf32>, %u: tensor<?x4xf32, #net.sizes<[N, 4]>>, %i: tensor<?xi32, #net.sizes<[N]>>, %w: tensor<10x4xf32>) -> (tensor<10x4xf32>, tensor<?x4xf32, #net.sizes<[N, 4]>>) {
  %dx, %du, %loss = net.grad %x, %u : (tensor<10x4xf32>, tensor<?x4xf32, #net.sizes<[N, 4]>>) -> (tensor<10x4xf32>, tensor<?x4xf32, #net.sizes<[N, 4]>>, tensor<f32>) {
  ^bb0(%vx: tensor<10x4xf32>, %vu: tensor<?x4xf32, #net.sizes<[N, 4]>>):
    %y = net.scatter_add %vx at %i with %vu over 0 : tensor<10x4xf32>, tensor<?xi32, #net.sizes<[N]>>, tensor<?x4xf32, #net.sizes<[N, 4]>>
    %p = net.mul %y, %w : tensor<10x4xf32>
    %l = net.sum %p over [0, 1] : (tensor<10x4xf32>) -> tensor<f32>
    net.yield %l : tensor<f32>
  }
  return %dx, %du : tensor<10x4xf32>, tensor<?x4xf32, #net.sizes<[N, 4]>>
}

// -----

func.func @wrong(%x: tensor<3xf32>, %i: tensor<2xi32>, %u: tensor<3xf32>) {
  // expected-error @+1 {{'net.scatter_add' op adds f32[3] where f32[2] fits}}
  %y = net.scatter_add %x at %i with %u over 0 : tensor<3xf32>, tensor<2xi32>, tensor<3xf32>
  return
}

// -----

func.func @wrong(%x: tensor<3xf32>, %i: tensor<2xi32>, %u: tensor<2xf32>) {
  // expected-error @+1 {{cannot take from axis 1 of f32[3] at i32[2]}}
  %y = net.scatter_add %x at %i with %u over 1 : tensor<3xf32>, tensor<2xi32>, tensor<2xf32>
  return
}
