// RUN: net-opt %s --split-input-file --verify-diagnostics | net-opt --split-input-file | FileCheck %s
// RUN: net-opt %s --split-input-file --verify-diagnostics --net-grad --cse | FileCheck %s --check-prefix=GRAD

// net.take: slices at positions; the derivative adds them where they came from.

// CHECK-LABEL: @named(
// CHECK: net.take %{{.*}} at %{{.*}} over 0 : (tensor<10x4xf32>, tensor<?xi32, #net.sizes<[N]>>) -> tensor<?x4xf32, #net.sizes<[N, 4]>>
func.func @named(%x: tensor<10x4xf32>, %i: tensor<?xi32, #net.sizes<[N]>>) -> tensor<?x4xf32, #net.sizes<[N, 4]>> {
  %y = net.take %x at %i over 0 : (tensor<10x4xf32>, tensor<?xi32, #net.sizes<[N]>>) -> tensor<?x4xf32, #net.sizes<[N, 4]>>
  return %y : tensor<?x4xf32, #net.sizes<[N, 4]>>
}

// -----

// GRAD-LABEL: @derivative(
// GRAD-SAME:  %[[X:[a-z0-9]+]]:{{.*}}%[[I:[a-z0-9]+]]:{{.*}}%[[W:[a-z0-9]+]]:
// GRAD:       %[[Y:.*]] = net.take %[[X]] at %[[I]] over 0
// GRAD:       net.constant dense<1.000000e+00>
// GRAD:       %[[DY:.*]] = net.mul %{{.*}}, %[[W]]
// GRAD:       %[[ZERO:.*]] = net.constant dense<0.000000e+00>
// GRAD:       %[[BROADCAST2:.*]] = net.broadcast %[[ZERO]] to [] : {{.*}} -> tensor<10x4xf32>
// GRAD:       %[[SCATTER_ADD:.*]] = net.scatter_add %[[BROADCAST2]] at %[[I]] with %[[DY]] over 0
// GRAD:       return %[[SCATTER_ADD]]
func.func @derivative(%x: tensor<10x4xf32>, %i: tensor<?xi32, #net.sizes<[N]>>, %w: tensor<?x4xf32, #net.sizes<[N, 4]>>) -> tensor<10x4xf32> {
  %dx, %loss = net.grad %x : (tensor<10x4xf32>) -> (tensor<10x4xf32>, tensor<f32>) {
  ^bb0(%v: tensor<10x4xf32>):
    %y = net.take %v at %i over 0 : (tensor<10x4xf32>, tensor<?xi32, #net.sizes<[N]>>) -> tensor<?x4xf32, #net.sizes<[N, 4]>>
    %p = net.mul %y, %w : tensor<?x4xf32, #net.sizes<[N, 4]>>
    %l = net.sum %p over [0, 1] : (tensor<?x4xf32, #net.sizes<[N, 4]>>) -> tensor<f32>
    net.yield %l : tensor<f32>
  }
  return %dx : tensor<10x4xf32>
}

// -----

func.func @wrong(%x: tensor<3xf32>, %i: tensor<2xi32>) {
  // expected-error @+2 {{cannot take from axis 1 of f32[3] at i32[2]}}
  // expected-error @+1 {{'net.take' op failed to infer returned types}}
  %y = net.take %x at %i over 1 : (tensor<3xf32>, tensor<2xi32>) -> tensor<2xf32>
  return
}

// -----

func.func @wrong(%x: tensor<3xf32>, %i: tensor<2xf32>) {
  // expected-error @+1 {{'net.take' op operand #1 must be tensor of whole numbers with named sizes, but got 'tensor<2xf32>'}}
  %y = net.take %x at %i over 0 : (tensor<3xf32>, tensor<2xf32>) -> tensor<2xf32>
  return
}
