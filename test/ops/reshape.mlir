// RUN: net-opt %s --split-input-file --verify-diagnostics | net-opt --split-input-file | FileCheck %s
// RUN: net-opt %s --split-input-file --verify-diagnostics --canonicalize | FileCheck %s --check-prefix=FOLD
// RUN: net-opt %s --split-input-file --verify-diagnostics --net-grad --cse | FileCheck %s --check-prefix=GRAD

// net.reshape: other sizes of as many elements.

// CHECK-LABEL: @named(
// CHECK: net.reshape %{{.*}} : tensor<?x?x2xf32, #net.sizes<[B, T, 2]>> -> tensor<?xf32, #net.sizes<[2*B*T]>>
func.func @named(%x: tensor<?x?x2xf32, #net.sizes<[B, T, 2]>>) -> tensor<?xf32, #net.sizes<[2*B*T]>> {
  %y = net.reshape %x : tensor<?x?x2xf32, #net.sizes<[B, T, 2]>> -> tensor<?xf32, #net.sizes<[2*B*T]>>
  return %y : tensor<?xf32, #net.sizes<[2*B*T]>>
}

// -----

// FOLD-LABEL: @same(
// FOLD-SAME:  %[[X:[a-z0-9]+]]:
// FOLD:       return %[[X]]
func.func @same(%x: tensor<?x3xf32, #net.sizes<[B, 3]>>) -> tensor<?x3xf32, #net.sizes<[B, 3]>> {
  %y = net.reshape %x : tensor<?x3xf32, #net.sizes<[B, 3]>> -> tensor<?x3xf32, #net.sizes<[B, 3]>>
  return %y : tensor<?x3xf32, #net.sizes<[B, 3]>>
}

// -----

// GRAD-LABEL: @derivative(
// GRAD-SAME:  %[[X:[a-z0-9]+]]:{{.*}}%[[W:[a-z0-9]+]]:
// GRAD:       %[[Y:.*]] = net.reshape %[[X]] : {{.*}} -> tensor<?xf32, #net.sizes<[3*B]>>
// GRAD:       net.constant dense<1.000000e+00>
// GRAD:       %[[DY:.*]] = net.mul %{{.*}}, %[[W]]
// GRAD:       %[[RESHAPE:.*]] = net.reshape %[[DY]] : {{.*}} -> tensor<?x3xf32, #net.sizes<[B, 3]>>
// GRAD:       return %[[RESHAPE]]
func.func @derivative(%x: tensor<?x3xf32, #net.sizes<[B, 3]>>, %w: tensor<?xf32, #net.sizes<[3*B]>>) -> tensor<?x3xf32, #net.sizes<[B, 3]>> {
  %dx, %loss = net.grad %x : (tensor<?x3xf32, #net.sizes<[B, 3]>>) -> (tensor<?x3xf32, #net.sizes<[B, 3]>>, tensor<f32>) {
  ^bb0(%v: tensor<?x3xf32, #net.sizes<[B, 3]>>):
    %y = net.reshape %v : tensor<?x3xf32, #net.sizes<[B, 3]>> -> tensor<?xf32, #net.sizes<[3*B]>>
    %p = net.mul %y, %w : tensor<?xf32, #net.sizes<[3*B]>>
    %l = net.sum %p over [0] : (tensor<?xf32, #net.sizes<[3*B]>>) -> tensor<f32>
    net.yield %l : tensor<f32>
  }
  return %dx : tensor<?x3xf32, #net.sizes<[B, 3]>>
}

// -----

func.func @wrong(%x: tensor<2x3xf32>) {
  // expected-error @+1 {{'net.reshape' op cannot make f32[5] of f32[2, 3]: 5 elements of 6}}
  %y = net.reshape %x : tensor<2x3xf32> -> tensor<5xf32>
  return
}

// -----

func.func @wrong(%x: tensor<?x3xf32, #net.sizes<[B, 3]>>) {
  // expected-error @+1 {{'net.reshape' op cannot make f32[B] of f32[B, 3]: B elements of 3*B}}
  %y = net.reshape %x : tensor<?x3xf32, #net.sizes<[B, 3]>> -> tensor<?xf32, #net.sizes<[B]>>
  return
}
