// RUN: net-opt %s --split-input-file --verify-diagnostics | net-opt --split-input-file | FileCheck %s
// RUN: net-opt %s --split-input-file --verify-diagnostics --net-grad --cse | FileCheck %s --check-prefix=GRAD

// net.reduce_min: of equal numbers the first takes the gradient.

// CHECK-LABEL: @named(
// CHECK: net.reduce_min %{{.*}} over [0] : (tensor<?x3xf32, #net.sizes<[B, 3]>>) -> tensor<3xf32>
func.func @named(%x: tensor<?x3xf32, #net.sizes<[B, 3]>>) -> tensor<3xf32> {
  %y = net.reduce_min %x over [0] : (tensor<?x3xf32, #net.sizes<[B, 3]>>) -> tensor<3xf32>
  return %y : tensor<3xf32>
}

// -----

// CHECK-LABEL: @everything(
// CHECK: net.reduce_min %{{.*}} over [1, 0] : (tensor<?x3xf32, #net.sizes<[B, 3]>>) -> tensor<f32>
func.func @everything(%x: tensor<?x3xf32, #net.sizes<[B, 3]>>) -> tensor<f32> {
  %y = net.reduce_min %x over [1, 0] : (tensor<?x3xf32, #net.sizes<[B, 3]>>) -> tensor<f32>
  return %y : tensor<f32>
}

// -----

// GRAD-LABEL: @derivative(
// GRAD-SAME:  %[[X:[a-z0-9]+]]:{{.*}}%[[W:[a-z0-9]+]]:
// GRAD:       %[[Y:.*]] = net.reduce_min %[[X]] over [1]
// GRAD:       net.constant dense<1.000000e+00>
// GRAD:       %[[DY:.*]] = net.mul %{{.*}}, %[[W]]
// GRAD:       %[[ARGMIN:.*]] = net.argmin %[[X]] over 1
// GRAD:       %[[IOTA:.*]] = net.iota : tensor<3xi32>
// GRAD:       %[[BROADCAST2:.*]] = net.broadcast %[[IOTA]] to [1] : {{.*}} -> tensor<?x3xi32, #net.sizes<[B, 3]>>
// GRAD:       %[[BROADCAST3:.*]] = net.broadcast %[[ARGMIN]] to [0] : {{.*}} -> tensor<?x3xi32, #net.sizes<[B, 3]>>
// GRAD:       %[[EQ:.*]] = net.eq %[[BROADCAST2]], %[[BROADCAST3]]
// GRAD:       %[[BROADCAST4:.*]] = net.broadcast %[[DY]] to [0] : {{.*}} -> tensor<?x3xf32, #net.sizes<[B, 3]>>
// GRAD:       %[[ZERO:.*]] = net.constant dense<0.000000e+00>
// GRAD:       %[[BROADCAST5:.*]] = net.broadcast %[[ZERO]] to [] : {{.*}} -> tensor<?x3xf32, #net.sizes<[B, 3]>>
// GRAD:       %[[WHERE:.*]] = net.where %[[EQ]], %[[BROADCAST4]], %[[BROADCAST5]]
// GRAD:       return %[[WHERE]]
func.func @derivative(%x: tensor<?x3xf32, #net.sizes<[B, 3]>>, %w: tensor<?xf32, #net.sizes<[B]>>) -> tensor<?x3xf32, #net.sizes<[B, 3]>> {
  %dx, %loss = net.grad %x : (tensor<?x3xf32, #net.sizes<[B, 3]>>) -> (tensor<?x3xf32, #net.sizes<[B, 3]>>, tensor<f32>) {
  ^bb0(%v: tensor<?x3xf32, #net.sizes<[B, 3]>>):
    %y = net.reduce_min %v over [1] : (tensor<?x3xf32, #net.sizes<[B, 3]>>) -> tensor<?xf32, #net.sizes<[B]>>
    %p = net.mul %y, %w : tensor<?xf32, #net.sizes<[B]>>
    %l = net.sum %p over [0] : (tensor<?xf32, #net.sizes<[B]>>) -> tensor<f32>
    net.yield %l : tensor<f32>
  }
  return %dx : tensor<?x3xf32, #net.sizes<[B, 3]>>
}

// -----

func.func @wrong(%x: tensor<2x3xf32>) {
  // expected-error @+2 {{cannot reduce axis 2 of f32[2, 3]}}
  // expected-error @+1 {{'net.reduce_min' op failed to infer returned types}}
  %y = net.reduce_min %x over [2] : (tensor<2x3xf32>) -> tensor<2xf32>
  return
}

// -----

func.func @wrong(%x: tensor<2x3xf32>) {
  // expected-error @+2 {{cannot reduce axis 0 of f32[2, 3]}}
  // expected-error @+1 {{'net.reduce_min' op failed to infer returned types}}
  %y = net.reduce_min %x over [0, 0] : (tensor<2x3xf32>) -> tensor<3xf32>
  return
}

// -----

func.func @wrong(%x: tensor<2x3xf32>) {
  // expected-error @+2 {{'net.reduce_min' op failed to infer returned types}}
  // expected-error @+1 {{'net.reduce_min' op inferred type(s) 'tensor<3xf32>' are incompatible with return type(s) of operation 'tensor<2xf32>'}}
  %y = net.reduce_min %x over [0] : (tensor<2x3xf32>) -> tensor<2xf32>
  return
}
